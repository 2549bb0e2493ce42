"""Trajectories of a synaptic state through the stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from tacos.plots.records import blocks, checked, counted, draw_tasks, spread_over_ranks, time_label
from tacos.plots.style import PAGE, axis_label, colours, legend_below, new_figure, palette, set_title, styled


@styled
def trajectories(
    time: ArrayLike,
    values: Any,
    state: str,
    unit: str,
    boundaries: Sequence[float] = (),
    task_names: Sequence[str] = (),
    *,
    individuals: int = 5,
    indices: ArrayLike = (),
    time_unit: str = "presentations",
    of: str = "synapses",
    scenario: str = "",
) -> Figure:
    """How a state moves through the stream: quantiles over synapses, and a few synapses one by one.

    Parameters
    ----------
    time : array [record]
        Number of presentations seen at each record, or seconds.
    values : array [record, synapse]
        The state, in `unit`; read in blocks, so that it may be a variable of a file.
    state, unit : str
        Name of the state and its unit ("" or "1" if it is dimensionless), for the axis.
    boundaries : sequence of float
        Time of the end of each task; that of the last may be left out.
    task_names : sequence of str
        Names of the tasks, written above the stretches that the boundaries cut.
    individuals : int
        Synapses drawn singly, spread evenly over the ranks of the final values. If there are no more, each is drawn
        in a colour of its own, and no bands.
    indices : array [synapse]
        Numbers of the synapses, to name those few by.
    time_unit : {"presentations", "s"}
    of : str
        What the values belong to, for the legend.
    scenario : str, optional
        What was run, for the title.

    Returns
    -------
    Figure
        Median line, bands from the 25 to the 75 % and from the 5 to the 95 % quantile, thin single lines.
    """
    x, y = checked(time, values, state)
    chosen = spread_over_ranks(np.asarray(y[-1], dtype=np.float64), individuals)
    quantiles, singles = np.empty((5, x.size)), np.empty((x.size, len(chosen)))
    for part, block in blocks(y, state):
        quantiles[:, part] = np.quantile(block, [0.05, 0.25, 0.5, 0.75, 0.95], axis=1)
        singles[part] = block[:, chosen]
    q5, q25, q50, q75, q95 = quantiles
    figure = new_figure(PAGE, 2.8)
    axes = figure.add_subplot()
    if len(chosen) == y.shape[1]:
        numbers = np.asarray(indices) if np.size(indices) else np.arange(len(chosen))
        for k, colour in zip(np.argsort(chosen), colours(len(chosen)), strict=True):
            name = f"{of.removesuffix('s')} {numbers[chosen[k]]}"
            axes.plot(x, singles[:, k], color=colour, linewidth=1.0, label=name)
    else:
        axes.fill_between(x, q5, q95, color=palette()[0], alpha=0.18, linewidth=0, label="5 to 95 %")
        axes.fill_between(x, q25, q75, color=palette()[0], alpha=0.35, linewidth=0, label="25 to 75 %")
        for k, single in enumerate(singles.T):
            label = f"single {of}" if k == 0 else None
            axes.plot(x, single, color=palette()[1], linewidth=0.7, alpha=0.9, label=label)
        axes.plot(x, q50, color=palette()[0], linewidth=1.8, label="median")
    axes.set_xlim(x.min(), x.max() if x.max() > x.min() else x.min() + 1)
    draw_tasks(axes, boundaries, task_names)
    axes.set_xlabel(time_label(time_unit))
    axes.set_ylabel(axis_label(state, unit))
    legend_below(figure, axes.get_legend_handles_labels()[0], title=counted(y.shape[1], of), ncols=4)
    set_title(figure, f"Trajectories of {state}", scenario)
    return figure
