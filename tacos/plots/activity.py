"""Firing rates, and presentations without an answer, while the stream goes by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tacos.plots import results as read
from tacos.plots.style import GREY, PAGE, legend_below, new_figure, series, set_title, styled


@styled
def activity_through_stream(
    results: xr.Dataset | Mapping[str, xr.Dataset], populations: Sequence[str] = ("hidden", "output")
) -> Figure:
    """Mean firing rate of populations at test, and fraction of tests without an output spike, after each task.

    Parameters
    ----------
    results : xarray.Dataset or mapping of label to xarray.Dataset
        ``rate(replica, trained_on, population)`` in Hz, ``silent(replica, point, tested_on)`` as fractions, with
        ``presentation(point)`` and ``presentations_seen(trained_on)``; attributes scenario, stream and, where it is
        false, has_ends.
    populations : sequence of str
        A panel each.

    Returns
    -------
    Figure
        Lines: mean over replicas; bars: standard deviation. Dashes mark the boundaries of the tasks, if they have any.
    """
    runs = read.by_label(results)
    figure = new_figure(PAGE, 0.8 + 1.25 * (len(populations) + 1))
    panels = figure.subplots(len(populations) + 1, 1, sharex=True)
    for (label, run), style in zip(runs.items(), series(len(runs)), strict=True):
        seen = read.variable(run, "presentations_seen", "trained_on")
        rates = read.variable(run, "rate", "replica", "trained_on", "population")
        names = [str(name) for name in run["population"].values]
        for axes, population in zip(panels, populations, strict=False):
            if population not in names:
                raise ValueError(f"These results hold no rate of '{population}'; they hold {', '.join(names)}.")
            _line(axes, seen, rates[:, :, names.index(population)], style, label)
        silent = read.percent(run, "silent", "replica", "point", "tested_on").mean(axis=2)
        _line(panels[-1], read.variable(run, "presentation", "point"), silent, style, label)
    for axes, population in zip(panels, populations, strict=False):
        axes.set_ylabel(f"{population}:\nmean rate (Hz)")
    panels[-1].set_ylabel("tests without an\noutput spike (%)")
    for axes in panels:  # zeros stand at zero, not amid 0.05 % or Hz
        axes.set_ylim(0, max(1.0, axes.get_ylim()[1]))
    panels[-1].set_xlabel("presentations seen (stimuli)")
    boundaries = read.boundaries(next(iter(runs.values())))
    for axes in panels:
        for boundary in boundaries:
            line = axes.axvline(boundary, color=GREY, linestyle="--", linewidth=0.8, label="task boundary", zorder=1)
        axes.set_xlim(0, seen[-1] * 1.02)
    handles = [*panels[-1].containers, *([line] if len(boundaries) else [])]
    legend_below(figure, handles, title="± sd over replicas")
    set_title(figure, "Activity through the stream", read.setting(runs))
    return figure


def _line(axes: Axes, x: np.ndarray, values: np.ndarray, style: dict[str, Any], label: str) -> None:
    mean, sd = read.mean_sd(values)
    axes.errorbar(x, mean, sd, **style, markersize=3.5, capsize=2, elinewidth=0.7, label=label or "mean")
