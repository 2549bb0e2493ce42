"""What is left of a task after so many other presentations."""

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
    """Accuracy on a task against the presentations since it ended, mean over the tasks of that age.

    Parameters
    ----------
    results : xarray.Dataset or mapping of label to xarray.Dataset
        ``accuracy_through(replica, point, tested_on)`` as fractions with ``presentation(point)`` and
        ``presentations_seen(trained_on)``, the ends of the tasks; attributes scenario, stream and chance.

    Returns
    -------
    Figure
        Lines: mean over tasks and replicas; bars: standard deviation over replicas of the mean over tasks. The older,
        the fewer tasks there are: they need not be equally hard. Several conditions stand beside each other, the first
        at its true place.
    """
    runs = read.by_label(results)
    figure = new_figure(PAGE, 3.2)
    axes = figure.add_subplot()
    handles: list[Any] = []
    for k, ((label, run), style) in enumerate(zip(runs.items(), series(len(runs)), strict=True)):
        age, accuracy = by_age(run)
        mean, sd = read.mean_sd(accuracy)
        age = age + 0.004 * age[-1] * k  # bars of several conditions beside each other, none before a task has ended
        label = label or "mean"
        handles.append(axes.errorbar(age, mean, sd, **style, markersize=3.5, capsize=2, elinewidth=0.7, label=label))
    level = read.chance(runs)
    if level is not None:
        name = f"chance ({level:g} %)"
        handles.append(axes.axhline(level, color=GREY, linestyle=":", linewidth=1.0, label=name, zorder=1))
    axes.set_xlabel("presentations since the task ended (stimuli)")
    axes.set_ylabel("accuracy on the task (%)")
    axes.set_ylim(top=min(axes.get_ylim()[1], 102))
    legend_below(figure, handles, title="mean over tasks of that age, ± sd over replicas")
    set_title(figure, "Retention", read.setting(runs))
    return figure


def by_age(run: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Presentations since a task ended, and accuracy (%) of shape (replica, age), mean over the tasks of that age."""
    accuracy = read.percent(run, "accuracy_through", "replica", "point", "tested_on")
    points = read.variable(run, "presentation", "point").astype(int)
    ends = read.variable(run, "presentations_seen", "trained_on").astype(int)
    found: dict[int, list[np.ndarray]] = {}
    for task, end in enumerate(ends):
        for p, point in enumerate(points):
            if point >= end:
                found.setdefault(int(point - end), []).append(accuracy[:, p, task])
    # Where tests fall at an age of some tasks only, the line would jump from task to task: every task that gets so old
    # must have been tested then. Tasks of unequal length share no age but 0: then all are drawn.
    shared = [age for age in found if len(found[age]) == np.sum(ends[-1] - ends >= age)]
    ages = sorted(shared if len(shared) > 1 else found)
    return np.array(ages), np.stack([np.mean(found[age], axis=0) for age in ages], axis=1)
