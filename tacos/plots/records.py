"""What plots of recorded states share: reading records block by block, the axis of time, the tasks above it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike, NDArray

from tacos.plots.style import GREY, PAGE, finite, small

#: Numbers held at a time, so that records of a million synapses fit in memory.
BLOCK = 1 << 22


def checked(time: ArrayLike, values: Any, state: str) -> tuple[NDArray[np.float64], Any]:
    """Times of the records, and values [record, synapse]: an array, or anything that gives one when it is sliced."""
    x = finite(time, "time")
    values = values if hasattr(values, "shape") else np.asarray(values)
    if len(values.shape) != 2 or values.shape[0] != x.size or values.shape[1] == 0:
        raise ValueError(f"{state} must have shape [record, synapse] with {x.size} records; found {values.shape}.")
    return x, values


def blocks(values: Any, state: str) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    """Some records after the other, as arrays."""
    step = max(1, BLOCK // values.shape[1])
    for start in range(0, values.shape[0], step):
        part = slice(start, min(start + step, values.shape[0]))
        block = np.asarray(values[part], dtype=np.float64)
        finite(block, state)
        yield part, block


def spread_over_ranks(last: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Indices of some synapses, spread evenly over the ranks of their last values."""
    count = min(count, last.size)
    ranks = ((np.arange(count) + 0.5) * last.size / max(count, 1)).astype(int)
    return np.argsort(last, kind="stable")[ranks]


def time_label(unit: str) -> str:
    """Label of the axis of time, in presentations or seconds."""
    return "presentations seen (stimuli)" if unit == "presentations" else f"time in the stream ({unit})"


def counted(count: int, of: str) -> str:
    """A number of synapses or neurons in words: "1 synapse", "1,280 synapses"."""
    return f"{count:,} {of.removesuffix('s') if count == 1 else of}"


def draw_tasks(axes: Axes, boundaries: Sequence[float], names: Sequence[str]) -> None:
    """Dashed lines between tasks and, above them, the tasks' names, or their numbers where names do not fit."""
    start, end = axes.get_xlim()
    boundaries, names = [float(b) for b in boundaries], [str(name) for name in names]
    if names and len(names) - len(boundaries) not in (0, 1):
        raise ValueError(
            f"{len(names)} task names need {len(names) - 1} or {len(names)} boundaries; found {len(boundaries)}."
        )
    inner = [b for b in boundaries if start < b < end]
    for k, boundary in enumerate(inner):
        label = "task boundary" if k == 0 else None
        line = axes.axvline(boundary, color=GREY, linestyle="--", linewidth=0.8, label=label, zorder=1)
        line.set_path_effects([withStroke(linewidth=2.0, foreground="white")])  # to be seen on any colour
    edges = [min(start, 0.0), *boundaries]
    if len(names) > len(boundaries):
        edges.append(max(end, *edges))
    stretches = [(max(left, start), min(right, end)) for left, right in zip(edges, edges[1:], strict=False)]
    names = _fitting(names, min((b - a for a, b in stretches if b > a), default=0) * 0.7 * PAGE / (end - start))
    for (left, right), name in zip(stretches, names, strict=False):
        if left < right:
            axes.text(
                (left + right) / 2,
                1.02,
                name,
                transform=axes.get_xaxis_transform(),
                ha="center",
                va="bottom",
                fontsize=small(),
            )


def _fitting(names: Sequence[str], inches: float) -> Sequence[str]:
    """The names if each fits into a width, else ever shorter ones; a character takes 0.08 inch."""
    numbers = [str(k) for k in range(len(names))]
    for candidate in (names, [f"task {k}" for k in numbers]):
        if all(0.08 * len(name) <= inches for name in candidate):
            return candidate
    return numbers
