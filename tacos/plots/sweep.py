"""What a sweep found: final accuracy over each of its axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from tacos.plots import results as read
from tacos.plots.sensitivity import quantity
from tacos.plots.style import GREY, PAGE, new_figure, palette, set_title, styled


@styled
def sweep_figure(results: xr.Dataset, axes: Sequence[str]) -> Figure:
    """Average accuracy at the end of the stream over each axis of a sweep.

    Parameters
    ----------
    results : xarray.Dataset
        Of :attr:`tacos.sweeps.Sweep.dataset`.
    axes : sequence of str
        Names of its axes.

    Returns
    -------
    Figure
        A panel an axis: a point for each cell, mean over replicas, and for values that several cells share the best and
        the mean of them.
    """
    final = 100 * results["accuracy"].isel(trained_on=-1).mean("tested_on").mean("replica")
    cells = final.stack(every=final.dims) if "cell" not in final.dims else final
    if not np.isfinite(cells.values).any():
        raise ValueError("There is nothing to draw: no cell of the sweep has finished.")
    columns = min(len(axes), 3)
    rows = -(-len(axes) // columns)
    figure = new_figure(PAGE * columns / 3 + (columns == 1), 2.2 * rows + 0.9)
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for panel, name in zip(panels.flat, axes, strict=False):
        values, accuracy = cells[name].values, np.asarray(cells.values, dtype=float)
        numbers = values.dtype.kind in "if"
        shown = list(dict.fromkeys(values.tolist()))
        at = values.astype(float) if numbers else np.array([shown.index(v) for v in values.tolist()], dtype=float)
        panel.plot(at, accuracy, "o", color=GREY, alpha=0.5, markersize=3, label="a cell, mean over seeds")
        there = np.unique(at)
        if there.size < at.size:
            for kind, summary, colour in (("best", np.nanmax, palette()[1]), ("mean", np.nanmean, palette()[0])):
                groups = [accuracy[at == x] for x in there]
                line = [summary(group) if np.isfinite(group).any() else np.nan for group in groups]
                panel.plot(there, line, "-", color=colour, label=f"{kind} of the cells with this value")
        if numbers and (there > 0).all() and there[-1] > 20 * there[0]:
            panel.set_xscale("log")
        if not numbers:
            panel.set_xticks(range(len(shown)), [str(v) for v in shown])
        panel.set_xlabel(quantity(name))
    for panel in panels.flat[len(axes) :]:
        panel.remove()
    for panel in panels[:, 0]:
        panel.set_ylabel("average accuracy (%)")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(3, max(1, columns)))
    set_title(figure, "Average accuracy at the end of the stream", f"{read.setting({'sweep': results})}")
    return figure
