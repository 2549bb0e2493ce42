"""Accuracy of every task while the stream goes by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from tacos.plots import results as read
from tacos.plots.style import GREY, PAGE, colours, legend_below, new_figure, set_title, styled


@styled
def accuracy_through_stream(results: xr.Dataset | Mapping[str, xr.Dataset]) -> Figure:
    """Accuracy on each task against the presentations seen so far, one panel a condition.

    Parameters
    ----------
    results : xarray.Dataset or mapping of label to xarray.Dataset
        ``accuracy_through(replica, point, tested_on)`` as fractions, with the coordinates
        ``presentation(point)``, ``presentations_seen(trained_on)`` (the end of each task) and
        ``task_name(tested_on)``, and the attributes scenario, stream, condition and chance.

    Returns
    -------
    Figure
        Lines: mean over replicas; bands: plus and minus one standard deviation. The strip above each panel
        shows, in its colour, which task is being presented; dashes mark the boundaries. Neither is drawn where tasks
        do not end.
    """
    runs = read.by_label(results)
    names = max((read.task_names(run) for run in runs.values()), key=len)
    figure = new_figure(PAGE, 1.1 + 1.5 * len(runs))
    panels = figure.subplots(len(runs), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    for axes, (label, run) in zip(panels, runs.items(), strict=True):
        _panel(axes, run, read.chance(runs))
        axes.set_title(label if len(runs) > 1 else "", loc="left", pad=10)
    panels[0].set_ylim(0, max(104, panels[0].dataLim.y1 + 1))
    panels[-1].set_xlabel("presentations seen (stimuli)")
    figure.supylabel("accuracy (%)")
    legend_below(figure, _handles(names, runs), title="accuracy on task", ncols=4)
    what = "Accuracy through the stream"
    set_title(
        figure,
        f"{what}, {next(iter(runs))}" if len(runs) == 1 and next(iter(runs)) else what,
        read.setting(runs),
    )
    return figure


def _panel(axes: Axes, run: xr.Dataset, chance: float | None) -> None:
    accuracy = read.percent(run, "accuracy_through", "replica", "point", "tested_on")
    presentation = read.variable(run, "presentation", "point")
    ends = read.variable(run, "presentations_seen", "trained_on")
    mean, sd = read.mean_sd(accuracy)
    palette = colours(mean.shape[1])
    for task, colour in enumerate(palette):
        axes.plot(presentation, mean[:, task], "o-", color=colour, markersize=2.5, label=f"task {task}", zorder=3)
        if sd is not None:
            low, high = mean[:, task] - sd[:, task], mean[:, task] + sd[:, task]
            axes.fill_between(presentation, low, high, color=colour, alpha=0.2, linewidth=0)
    if run.attrs.get("has_ends", True):
        starts = [0.0, *ends[:-1]]
        for start, end, colour in zip(starts, ends, palette, strict=False):
            axes.axvspan(start, end, 1.02, 1.06, color=colour, clip_on=False, linewidth=0)
        for boundary in ends[:-1]:
            axes.axvline(boundary, color=GREY, linestyle="--", linewidth=0.8, zorder=1)
    if chance is not None:
        axes.axhline(chance, color=GREY, linestyle=":", linewidth=1.0, zorder=1)
    axes.set_xlim(0, max(presentation.max(), ends.max()))
    axes.set_yticks(np.arange(0, 101, 25))


def _handles(names: list[str], runs: Mapping[str, xr.Dataset]) -> list[Any]:
    """Legend: the tasks by colour, then what the grey lines and the band are."""
    handles: list[Any] = [
        Line2D([], [], color=colour, marker="o", label=name)
        for name, colour in zip(names, colours(len(names)), strict=True)
    ]
    if any(run.sizes["replica"] > 1 for run in runs.values()):
        handles.append(Patch(color=GREY, alpha=0.3, linewidth=0, label="± sd over replicas"))
    if any(run.attrs.get("has_ends", True) for run in runs.values()):
        handles.append(Line2D([], [], color=GREY, linestyle="--", linewidth=0.8, label="task boundary"))
    level = read.chance(runs)
    if level is not None:
        handles.append(Line2D([], [], color=GREY, linestyle=":", label=f"chance ({level:g} %)"))
    return handles
