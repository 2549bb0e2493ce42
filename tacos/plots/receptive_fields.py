"""Receptive fields as images, before the stream and after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from tacos.plots.style import COLUMN, PAGE, axis_label, new_figure, set_title, small, styled

#: Height of a page, in inches.
TALL = 9.0


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
        Indices of the neurons, which name the rows.
    scenario : str, optional
        What was run, for the title.

    Returns
    -------
    Figure
        A row for each neuron, the states side by side, each before and after; where all synapses were alike before, the
        title says their value instead.
    """
    if not fields or not len(neurons):
        raise ValueError("There is nothing to draw: receptive fields need a state and a neuron.")
    stacks = {state: _checked(state, pair, len(neurons)) for state, pair in fields.items()}
    _, height, width = next(iter(stacks.values()))[0].shape
    moments = {state: _moments(*pair) for state, pair in stacks.items()}
    columns = sum(map(len, moments.values()))
    side = min(1.2, (PAGE - 0.8) / columns, (TALL - 1.4) * width / height / len(neurons))
    figure = new_figure(min(PAGE, max(COLUMN, 0.8 + columns * side)), 1.4 + len(neurons) * side * height / width)
    grid = figure.subplots(len(neurons), columns, squeeze=False)
    start = 0
    for state, (before, after) in stacks.items():
        low, high = (f([f(before), f(after)]) for f in (np.nanmin, np.nanmax))
        if low < 0 < high:
            high = max(-low, high)
            low, colours = -high, "RdBu_r"
        else:
            colours = "viridis"
        shown = moments[state]
        panels = grid[:, start : start + len(shown)]
        start += len(shown)
        drawn: Any = None
        for axes_column, (when, images) in zip(panels.T, shown.items(), strict=True):
            for axes, image in zip(axes_column, images, strict=True):
                drawn = axes.imshow(
                    image, cmap=colours, vmin=low, vmax=high if high > low else low + 1, interpolation="nearest"
                )
                axes.set_xticks([])
                axes.set_yticks([])
                axes.spines[:].set(visible=True, linewidth=0.5)
                axes.set_facecolor("#DDDDDD")
            axes_column[0].set_title(f"{state}\n{when}", fontsize=small())
        label = axis_label(state, units.get(state, "1"))
        figure.colorbar(drawn, ax=panels.ravel().tolist(), location="bottom", label=label, pad=0.02, aspect=15)
    for axes, neuron in zip(grid[:, 0], neurons, strict=True):
        axes.set_ylabel(f"neuron {neuron}", fontsize=small())
    set_title(figure, f"Receptive fields ({height} x {width} pixels) before and after the stream", scenario)
    return figure


def _moments(before: NDArray[np.float64], after: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """What is drawn of a state, by its title: a column of one colour would say no more than a number."""
    if np.nanmin(before) == np.nanmax(before):
        return {f"after ({np.nanmin(before):g} before)": after}
    return {"before": before, "after": after}


def _checked(state: str, pair: tuple[ArrayLike, ArrayLike], n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    before, after = (np.asarray(values, dtype=np.float64) for values in pair)
    if before.ndim != 3 or before.shape != after.shape or len(before) != n:
        raise ValueError(
            f"{state} must have shape [neuron, height, width] with {n} neurons, before and after; found "
            f"{before.shape} and {after.shape}."
        )
    if not np.isfinite(before).any() or np.isinf(before).any() or np.isinf(after).any():
        raise ValueError(f"{state} has no finite values to draw.")
    return before, after
