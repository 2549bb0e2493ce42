"""Receptive fields as images, before the stream and after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from tacos.plots.style import PAGE, SMALLEST, axis_label, new_figure, set_title, styled


@styled
def receptive_fields(
    fields: Mapping[str, tuple[ArrayLike, ArrayLike]],
    units: Mapping[str, str],
    neurons: Sequence[int],
    *,
    scenario: str = "",
) -> Figure:
    """Incoming synapses of some neurons, laid out as the image that they look at.

    Parameters
    ----------
    fields : mapping of state to (before, after)
        Each an array [neuron, height, width]; NaN where there is no synapse. A state with values of both signs is drawn
        in diverging colours around zero; before and after share their colours.
    units : mapping of state to str
        "" or "1" for those without a unit.
    neurons : sequence of int
        Indices of the neurons, for the titles of the columns.
    scenario : str, optional
        What was run, for the title.

    Returns
    -------
    Figure
        A column for each neuron; for each state a row before and a row after.
    """
    if not fields or not len(neurons):
        raise ValueError("There is nothing to draw: receptive fields need a state and a neuron.")
    stacks = {state: _checked(state, pair, len(neurons)) for state, pair in fields.items()}
    _, height, width = next(iter(stacks.values()))[0].shape
    side = min(1.05, (PAGE - 1.6) / len(neurons))
    figure = new_figure(PAGE, 0.7 + 2 * len(stacks) * (side * height / width + 0.08))
    grid = figure.subplots(2 * len(stacks), len(neurons), squeeze=False)
    for k, (state, (before, after)) in enumerate(stacks.items()):
        low, high = (f([f(before), f(after)]) for f in (np.nanmin, np.nanmax))
        if low < 0 < high:
            high = max(-low, high)
            low, colours = -high, "RdBu_r"
        else:
            colours = "viridis"
        rows = grid[2 * k : 2 * k + 2]
        drawn: Any = None
        for axes_row, images, when in zip(rows, (before, after), ("before", "after"), strict=True):
            for axes, image in zip(axes_row, images, strict=True):
                drawn = axes.imshow(
                    image, cmap=colours, vmin=low, vmax=high if high > low else low + 1, interpolation="nearest"
                )
                axes.set_xticks([])
                axes.set_yticks([])
                axes.spines[:].set(visible=True, linewidth=0.5)
                axes.set_facecolor("#DDDDDD")
            axes_row[0].set_ylabel(f"{state}\n{when}")
        figure.colorbar(drawn, ax=rows.ravel().tolist(), label=axis_label(state, units.get(state, "1")), pad=0.02)
    for axes, neuron in zip(grid[0], neurons, strict=True):
        axes.set_title(f"neuron {neuron}", fontsize=SMALLEST)
    set_title(figure, f"Receptive fields ({height} x {width} pixels) before and after the stream", scenario)
    return figure


def _checked(
    state: str, pair: tuple[ArrayLike, ArrayLike], n: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    before, after = (np.asarray(values, dtype=np.float64) for values in pair)
    if before.ndim != 3 or before.shape != after.shape or len(before) != n:
        raise ValueError(
            f"{state} must have shape [neuron, height, width] with {n} neurons, before and after; found "
            f"{before.shape} and {after.shape}."
        )
    if not np.isfinite(before).any() or np.isinf(before).any() or np.isinf(after).any():
        raise ValueError(f"{state} has no finite values to draw.")
    return before, after
