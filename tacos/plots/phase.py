"""One state against another through the stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from tacos.plots.records import blocks, checked, counted, spread_over_ranks, time_label
from tacos.plots.style import GREY, PAGE, axis_label, finite, new_figure, set_title, styled

#: A synapse that moved through less than this share of a state's range draws a line, not a path.
MOVED = 0.01
#: Dots of other synapses drawn at most, spread evenly.
DOTS = 5000


@styled
def phase_plot(
    time: ArrayLike,
    x: Any,
    y: Any,
    states: tuple[str, str],
    units: tuple[str, str],
    boundaries: Sequence[float] = (),
    *,
    individuals: int = 8,
    time_unit: str = "presentations",
    of: str = "synapses",
    scenario: str = "",
) -> Figure:
    """Paths of a few synapses in the plane of two states, coloured by time, before all synapses at the end.

    Parameters
    ----------
    time : array [record]
        Number of presentations seen at each record, or seconds.
    x, y : array [record, synapse]
        The states on the horizontal and the vertical axis; read in blocks.
    states, units : pairs of str
        Their names and units ("" or "1" if dimensionless).
    boundaries : sequence of float
        Time of the end of each task.
    individuals : int
        Synapses drawn as paths, spread evenly over the ranks of the final values of `y` among those that moved in both
        states: by a hundredth of what all moved through, or, where these are too few, by most.
    time_unit : {"presentations", "s"}
    of : str
        What the values belong to, for the legend.
    scenario : str, optional
        What was run, for the title.

    Returns
    -------
    Figure
        Paths go from circles to squares; white dots on them, and white lines in the colour bar, are task boundaries.
    """
    t, x = checked(time, x, states[0])
    y = checked(time, y, states[1])[1]
    if x.shape != y.shape:
        raise ValueError(f"{states[0]} and {states[1]} must be of the same synapses; found {x.shape} and {y.shape}.")
    last_x, last_y = (finite(v[-1], name) for v, name in zip((x, y), states, strict=True))
    moved = _moved(x, states[0]), _moved(y, states[1])
    both = np.minimum(*moved)
    movers = np.flatnonzero(both >= MOVED)
    few = movers.size < individuals
    if few:
        movers = np.argsort(-both, kind="stable")[:individuals]
    chosen = movers[spread_over_ranks(last_y[movers], individuals)]
    paths = np.empty((t.size, len(chosen), 2))
    for axis, (values, name) in enumerate(zip((x, y), states, strict=True)):
        for part, block in blocks(values, name):
            paths[part, :, axis] = block[:, chosen]

    figure = new_figure(0.7 * PAGE, 4.4)
    axes = figure.add_subplot()
    dots = np.unique(np.linspace(0, last_x.size - 1, min(DOTS, last_x.size)).round().astype(int))
    label = f"{len(dots):,} of {last_x.size:,} {of} at the end" if len(dots) < last_x.size else f"all {of} at the end"
    if len(chosen) < last_x.size:
        axes.plot(
            last_x[dots], last_y[dots], ".", color="#BBBBBB", markersize=2, zorder=1, label=label, rasterized=True
        )
    colours = Normalize(t[0], t[-1] if t[-1] > t[0] else t[0] + 1)
    inner = [float(b) for b in boundaries if t[0] < b < t[-1]]
    at = np.searchsorted(t, inner)
    lines = LineCollection([], cmap="viridis", norm=colours)
    for k in range(len(chosen)):
        path = paths[:, k]
        lines = LineCollection(
            list(np.stack([path[:-1], path[1:]], axis=1)), cmap="viridis", norm=colours, linewidth=1.2, zorder=2
        )
        lines.set_array((t[1:] + t[:-1]) / 2)
        axes.add_collection(lines)
        first = k == 0
        ends: dict[str, Any] = {"linestyle": "none", "color": "black", "markersize": 4.5, "zorder": 4}
        axes.plot(*path[0], marker="o", fillstyle="none", label="first record" if first else None, **ends)
        axes.plot(*path[-1], marker="s", fillstyle="none", label="last record" if first else None, **ends)
        if inner:
            axes.plot(
                *path[at].T, "o", markerfacecolor="white", markeredgecolor=GREY, markersize=3, zorder=3,
                label="task boundary" if first else None,
            )  # fmt: skip
    axes.margins(0.05)
    bar = figure.colorbar(lines, ax=axes, label=time_label(time_unit), pad=0.02)
    for boundary in inner:
        bar.ax.axhline(boundary, color="white", linewidth=1.2)
    axes.set_xlabel(axis_label(states[0], units[0]))
    axes.set_ylabel(axis_label(states[1], units[1]))
    among = ", which moved most" if few else f" of {len(movers):,} that moved in both states"
    among = among if len(chosen) < last_x.size else ""
    figure.legend(loc="outside lower center", ncols=2, title=f"coloured: {counted(len(chosen), f'single {of}')}{among}")
    set_title(figure, f"{states[1]} against {states[0]} through the stream", scenario)
    return figure


def _moved(values: Any, name: str) -> NDArray[np.float64]:
    """Range of each synapse through the stream, as a share of the range of all."""
    low, high = np.full((2, values.shape[1]), [[np.inf], [-np.inf]])
    for _, block in blocks(values, name):
        low, high = np.minimum(low, block.min(axis=0)), np.maximum(high, block.max(axis=0))
    whole = float(high.max() - low.min())
    share: NDArray[np.float64] = (high - low) / (whole or 1.0)
    return share
