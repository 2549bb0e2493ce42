"""Trajectories of a synaptic state through the stream."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from tacos.plots.style import GREY, PAGE, PALETTE, SMALLEST, axis_label, finite, new_figure, set_title, styled


@styled
def trajectories(
    presentation: ArrayLike,
    values: ArrayLike,
    state: str,
    unit: str,
    boundaries: Sequence[float] = (),
    task_names: Sequence[str] = (),
    *,
    individuals: int = 5,
    scenario: str = "",
) -> Figure:
    """How a state moves over the presentations: quantiles over synapses, and a few synapses one by one.

    Parameters
    ----------
    presentation : array [record]
        Number of presentations seen at each record.
    values : array [record, synapse]
        The state, in `unit`.
    state, unit : str
        Name of the state and its unit ("" or "1" if it is dimensionless), for the axis.
    boundaries : sequence of float
        Number of presentations seen at the end of each task; that of the last may be left out.
    task_names : sequence of str
        Names of the tasks, written above the stretches that the boundaries cut.
    individuals : int
        Synapses drawn singly, spread evenly over the ranks of the final values.
    scenario : str, optional
        What was run, for the title.

    Returns
    -------
    Figure
        Median line, bands from the 25 to the 75 % and from the 5 to the 95 % quantile, thin single lines.
    """
    x = finite(presentation, "presentation")
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 2 or y.shape[0] != x.size or y.shape[1] == 0:
        raise ValueError(f"values must have shape [record, synapse] with {x.size} records; found {y.shape}.")
    finite(y, state)
    figure = new_figure(PAGE, 2.8)
    axes = figure.add_subplot()
    q5, q25, q50, q75, q95 = np.quantile(y, [0.05, 0.25, 0.5, 0.75, 0.95], axis=1)
    axes.fill_between(x, q5, q95, color=PALETTE[0], alpha=0.18, linewidth=0, label="5 to 95 %")
    axes.fill_between(x, q25, q75, color=PALETTE[0], alpha=0.35, linewidth=0, label="25 to 75 %")
    count = min(individuals, y.shape[1])
    ranks = ((np.arange(count) + 0.5) * y.shape[1] / max(count, 1)).astype(int)
    for k, synapse in enumerate(np.argsort(y[-1], kind="stable")[ranks]):
        label = "single synapses" if k == 0 else None
        axes.plot(x, y[:, synapse], color=PALETTE[1], linewidth=0.7, alpha=0.9, label=label)
    axes.plot(x, q50, color=PALETTE[0], linewidth=1.8, label="median")
    axes.set_xlim(x.min(), x.max() if x.max() > x.min() else x.min() + 1)
    _tasks(axes, [float(b) for b in boundaries], task_names)
    axes.set_xlabel("presentations seen (stimuli)")
    axes.set_ylabel(axis_label(state, unit))
    figure.legend(loc="outside right upper", title=f"{y.shape[1]} synapses")
    set_title(figure, f"Trajectories of {state}", scenario)
    return figure


def _tasks(axes: Axes, boundaries: list[float], names: Sequence[str]) -> None:
    """Dashed lines between tasks and, above them, the tasks' names."""
    start, end = axes.get_xlim()
    if names and len(names) - len(boundaries) not in (0, 1):
        raise ValueError(
            f"{len(names)} task names need {len(names) - 1} or {len(names)} boundaries; found {len(boundaries)}."
        )
    inner = [b for b in boundaries if start < b < end]
    for k, boundary in enumerate(inner):
        label = "task boundary" if k == 0 else None
        axes.axvline(boundary, color=GREY, linestyle="--", linewidth=0.8, label=label, zorder=1)
    edges = [min(start, 0.0), *boundaries]
    if len(names) > len(boundaries):
        edges.append(max(end, *edges))
    for left, right, name in zip(edges, edges[1:], names, strict=False):
        left, right = max(left, start), min(right, end)
        if left < right:
            axes.text(
                (left + right) / 2,
                1.02,
                name,
                transform=axes.get_xaxis_transform(),
                ha="center",
                va="bottom",
                fontsize=SMALLEST,
            )
