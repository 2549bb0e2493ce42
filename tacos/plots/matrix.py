"""Heat map of the accuracy matrix."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tacos.plots import results as read
from tacos.plots.style import COLUMN, new_figure, set_title, small, styled


@styled
def accuracy_matrix(results: xr.Dataset) -> Figure:
    """Accuracy on each task after training up to each task, in percent, printed in the cells.

    Parameters
    ----------
    results : xarray.Dataset
        ``accuracy(replica, trained_on, tested_on)`` as fractions, ``task_name(tested_on)``, and the
        attributes scenario, stream and condition. A cell that was not evaluated in every replica shows a
        dash.

    Returns
    -------
    Figure
        Mean over replicas, with the standard deviation below where there are several. Tasks that were not learned yet
        are pale; the colour bar marks chance, where the attributes say it.
    """
    runs = read.by_label(results)
    names = read.task_names(results)
    mean, sd = read.mean_sd(read.percent(results, "accuracy", "replica", "trained_on", "tested_on"))
    rows, columns = mean.shape
    longest = max(map(len, names))
    tilted = longest > 6
    figure = new_figure(max(COLUMN, 0.5 * columns + 1.4), max(2.4, 0.42 * rows + 1.3) + 0.05 * longest * tilted)
    axes = figure.add_subplot()
    image = axes.imshow(np.ma.masked_invalid(mean), cmap="cividis", vmin=0, vmax=100, aspect="auto")
    axes.set_facecolor("0.9")  # shows where a cell is masked
    ends = results.attrs.get("has_ends", True)
    for i, j in np.ndindex(rows, columns):
        text = "–" if np.isnan(mean[i, j]) else f"{mean[i, j]:.1f}"
        if sd is not None and not np.isnan(sd[i, j]):
            text += f"\n± {sd[i, j]:.1f}"
        dark = mean[i, j] < 45  # cividis runs from dark blue over grey to yellow
        later = ends and j > i
        if later and not np.isnan(mean[i, j]):
            axes.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor="white", alpha=0.65, linewidth=0))
        axes.text(
            j, i, text, ha="center", va="center", fontsize=small(), color="white" if dark and not later else "black"
        )
    axes.set_xticks(range(columns), names, rotation=35 if tilted else 0, ha="right" if tilted else "center")
    if tilted:
        for label in axes.get_xticklabels():
            label.set_rotation_mode("anchor")
    learned = names if ends else [f"{int(n)}" for n in read.variable(results, "presentations_seen", "trained_on")]
    axes.set_yticks(range(rows), learned[:rows])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("tested on task")
    axes.set_ylabel("trained up to task" if ends else "presentations learned")
    bar = figure.colorbar(image, ax=axes, label="accuracy (%)", fraction=0.05, pad=0.03)
    bar.outline.set_visible(False)
    cells = "cells: mean" if sd is None else "cells: mean ± sd over replicas"
    if ends and columns > 1:
        cells += "; pale: not learned yet"
    if (chance := read.chance(runs)) is not None:
        bar.ax.axhline(chance, color="white", linewidth=1.5)
        cells += f"; line: chance ({chance:g} %)"
    set_title(figure, f"Accuracy matrix{_of(results)}", read.setting(runs), cells)
    return figure


def _of(results: xr.Dataset) -> str:
    condition = results.attrs.get("condition")
    return f", {condition}" if condition else ""
