"""Spikes of every population over one stretch of time."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from tacos.plots.style import PAGE, colours, finite, new_figure, set_title, styled


@styled
def spike_raster(
    spikes: Mapping[str, tuple[ArrayLike, ArrayLike]],
    sizes: Mapping[str, int],
    duration_ms: float,
    *,
    marked: Mapping[str, int] = MappingProxyType({}),
    scenario: str = "",
) -> Figure:
    """Raster of spikes, one panel a population, in the order of `sizes` from top to bottom.

    Parameters
    ----------
    spikes : mapping of population to (times [spike] in ms, neuron indices [spike])
        What each population fired; one that is not named fired nothing.
    sizes : mapping of population to number of neurons
        The populations to draw.
    duration_ms : float
        Length of the recording in ms, from 0.
    marked : mapping of population to int, optional
        A neuron of a population that is drawn in black and named, such as the output that answered.
    scenario : str, optional
        What was run, for the title.

    Returns
    -------
    Figure
        A panel's legend gives the mean rate of its population in Hz.
    """
    unknown = sorted(set(spikes) - set(sizes))
    if unknown:
        raise ValueError(f"spikes name the population '{unknown[0]}', but sizes name only {', '.join(sizes)}.")
    if not sizes or duration_ms <= 0:
        raise ValueError("A raster needs at least one population in sizes and a duration above 0 ms.")
    heights = np.clip(0.35 * np.sqrt(list(sizes.values())), 0.6, 2.4)  # large ones higher, but all to be seen
    figure = new_figure(PAGE, 1.0 + float(heights.sum()) + 0.25 * len(sizes))
    panels = figure.subplots(len(sizes), 1, sharex=True, squeeze=False, height_ratios=heights.tolist())[:, 0]
    for axes, height, (name, size), colour in zip(panels, heights, sizes.items(), colours(len(sizes)), strict=True):
        times, indices = _checked(name, *spikes.get(name, ([], [])), size, duration_ms)
        rate = times.size / size / duration_ms * 1000
        axes.plot(
            times,
            indices,
            "|",
            color=colour,
            markersize=float(np.clip(72 * height / size, 1.5, 10)),
            markeredgewidth=0.7,
            label=f"{name}: {size} neurons, mean {rate:.3g} Hz",
            rasterized=times.size > 5000,
        )
        if name in marked:
            mine = indices == marked[name]
            count = int(mine.sum())
            axes.plot(
                times[mine], indices[mine], "|", color="black", markersize=axes.lines[0].get_markersize(),
                markeredgewidth=1.2, label=f"neuron {marked[name]}: {count} spike{'s' * (count != 1)}",
            )  # fmt: skip
        axes.set_ylim(-0.5, size - 0.5)
        axes.set_yticks(sorted({0, size - 1}))
        legend = axes.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.1, handlelength=0.7, ncols=2)
        for handle in legend.get_lines():
            handle.set_markersize(7)
    panels[-1].set_xlim(0, duration_ms)
    panels[-1].set_xlabel("time (ms)")
    figure.supylabel("neuron index")
    set_title(figure, "Spikes", scenario)
    return figure


def _checked(
    name: str, times: ArrayLike, indices: ArrayLike, size: int, duration_ms: float
) -> tuple[np.ndarray, np.ndarray]:
    """Times and indices of one population, refused where they do not fit the panel."""
    if size < 1:
        raise ValueError(f"Population '{name}' must have at least one neuron; sizes say {size}.")
    t, i = np.asarray(times, dtype=np.float64).ravel(), np.asarray(indices).ravel()
    if t.size != i.size:
        raise ValueError(f"Population '{name}' has {t.size} spike times but {i.size} neuron indices.")
    if t.size:
        finite(t, f"the spike times of '{name}'")
        if t.min() < 0 or t.max() > duration_ms:
            raise ValueError(
                f"Population '{name}' spikes between {t.min():g} and {t.max():g} ms, but the recording lasts "
                f"from 0 to {duration_ms:g} ms (times are in ms)."
            )
        if i.min() < 0 or i.max() >= size:
            raise ValueError(f"Population '{name}' has neurons 0 to {size - 1}; found index {i.min()} to {i.max()}.")
    return t, i
