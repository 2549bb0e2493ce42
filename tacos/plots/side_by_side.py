"""Average accuracy of several conditions, seed by seed."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from tacos.measures.metrics import UndefinedMetric, average_accuracy
from tacos.plots import results as read
from tacos.plots.style import GREY, new_figure, palette, set_title, small, styled


@styled
def comparison(rows: Mapping[str, xr.Dataset]) -> Figure:
    """Average accuracy at the end of the stream, one row a condition, in the order given.

    Parameters
    ----------
    rows : mapping of label to xarray.Dataset
        Results with ``accuracy(replica, trained_on, tested_on)`` as fractions, all of one scenario.

    Returns
    -------
    Figure
        Dots: single replicas; diamond and bar: mean and standard deviation, also written beside the row.
    """
    runs = read.by_label(rows)
    names = [textwrap.fill(label, 30) for label in runs]
    figure = new_figure(5.0, 1.6 + sum(max(0.34, 0.16 * (1 + name.count("\n"))) for name in names))
    axes = figure.add_subplot()
    for y, (label, run) in enumerate(runs.items()):
        values = _average_accuracies(label, run)
        spread = np.linspace(-0.22, 0.0, values.size) if values.size > 1 else np.full(1, -0.11)
        axes.plot(values, y + spread, "o", color=palette()[0], alpha=0.6, markersize=3, label="replica")
        mean, sd = values.mean(), values.std(ddof=1) if values.size > 1 else None
        axes.errorbar(mean, y + 0.22, xerr=sd, fmt="D", color="black", capsize=3, label="mean ± sd")
        text = f"{mean:.1f} %" if sd is None else f"{mean:.1f} ± {sd:.1f} %"
        beside = axes.get_yaxis_transform()  # x in widths of the panel, y in rows
        axes.annotate(text, (1.02, y), xycoords=beside, va="center", fontsize=small(), annotation_clip=False)
    level = read.chance(runs)
    if level is not None:
        axes.axvline(level, color=GREY, linestyle=":", label=f"chance ({level:g} %)", zorder=1)
    axes.set_yticks(range(len(runs)), names)
    axes.set_ylim(len(runs) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("average accuracy over all tasks (%)")
    axes.grid(axis="x", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    figure.legend(once.values(), once.keys(), loc="outside lower center", ncols=3)
    set_title(figure, "Average accuracy at the end of the stream", read.setting(runs))
    return figure


def _average_accuracies(label: str, run: xr.Dataset) -> read.Array:
    """Average accuracy of each replica in percent; the error of one that is undefined names the row."""
    matrices = read.variable(run, "accuracy", "replica", "trained_on", "tested_on")
    try:
        return 100 * np.asarray(average_accuracy(matrices))
    except UndefinedMetric as reason:
        raise UndefinedMetric(f"average accuracy of '{label}'", reason.why) from None
