"""What is left of each task after so many other presentations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from tacos.plots import results as read
from tacos.plots.style import GREY, PAGE, legend_below, new_figure, series, set_title, styled


@styled
def retention(results: xr.Dataset | Mapping[str, xr.Dataset]) -> Figure:
    """Accuracy on each task against the presentations since it ended, a panel a task.

    Parameters
    ----------
    results : xarray.Dataset or mapping of label to xarray.Dataset
        ``accuracy_through(replica, point, tested_on)`` as fractions with ``presentation(point)`` and
        ``presentations_seen(trained_on)``, the ends of the tasks; attributes scenario, stream and chance.

    Returns
    -------
    Figure
        Lines: mean over replicas; bars: standard deviation. The last task is left out: nothing came after it. Several
        conditions stand beside each other, the first at its true place.
    """
    runs = read.by_label(results)
    first = next(iter(runs.values()))
    names = read.task_names(first)[:-1] or read.task_names(first)
    columns = min(len(names), 5)
    rows = -(-len(names) // columns)
    figure = new_figure(PAGE, 1.6 * rows + 1.4)
    panels = figure.subplots(rows, columns, squeeze=False, sharey=True, sharex=True)
    level = read.chance(runs)
    handles: list[Any] = []
    longest = max(by_age(run, 0)[0][-1] for run in runs.values())
    for task, (axes, name) in enumerate(zip(panels.flat, names, strict=False)):
        handles = []
        for k, ((label, run), style) in enumerate(zip(runs.items(), series(len(runs)), strict=True)):
            age, accuracy = by_age(run, task)
            mean, sd = read.mean_sd(accuracy)
            age = age + 0.008 * longest * k  # bars of several conditions beside each other, none before the task ended
            shape = {"markersize": 3, "capsize": 2, "elinewidth": 0.7, "label": label or "mean"}
            handles.append(axes.errorbar(age, mean, sd, **style, **shape))
        if level is not None:
            label = f"chance ({level:g} %)"
            handles.append(axes.axhline(level, color=GREY, linestyle=":", linewidth=1.0, label=label, zorder=1))
        axes.set_title(f"task {name}")
        if task + columns >= len(names):
            axes.set_xlabel("presentations since\nit ended (stimuli)")
            axes.tick_params(labelbottom=True)
    for axes in panels.flat[len(names) :]:
        axes.remove()
    for axes in panels[:, 0]:
        axes.set_ylabel("accuracy on\nthe task (%)")
    legend_below(figure, handles, title="± sd over replicas")
    set_title(figure, "Retention", read.setting(runs))
    return figure


def by_age(run: xr.Dataset, task: int) -> tuple[np.ndarray, np.ndarray]:
    """Presentations since a task ended, and the accuracy on it (%) of shape (replica, age)."""
    accuracy = read.percent(run, "accuracy_through", "replica", "point", "tested_on")
    points = read.variable(run, "presentation", "point").astype(int)
    end = int(read.variable(run, "presentations_seen", "trained_on")[task])
    after = np.flatnonzero(points >= end)
    return points[after] - end, accuracy[:, after, task]
