"""Membrane potentials, or another state of neurons, step by step: with spikes, threshold and ends of presentations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from tacos.plots.records import checked, time_label
from tacos.plots.style import GREY, PAGE, axis_label, legend_below, new_figure, palette, set_title, styled

#: Panels at most.
NEURONS = 5


@styled
def potentials(
    time: ArrayLike,
    values: Any,
    state: str,
    unit: str,
    *,
    indices: ArrayLike = (),
    spikes: Mapping[int, ArrayLike] | None = None,
    threshold: float | None = None,
    ends: ArrayLike = (),
    scenario: str = "",
) -> Figure:
    """A state of neurons at every recorded step, a panel a neuron.

    Parameters
    ----------
    time : array [record]
        In seconds.
    values : array [record, neuron]
        The state, in `unit`.
    state, unit : str
        Name of the state and its unit ("" or "1" if it is dimensionless).
    indices : array [neuron]
        Numbers of the neurons; from 0 if not given. Of more than five, five are drawn, spread evenly.
    spikes : mapping of a neuron's number to times in seconds, optional
        Drawn as ticks above the curve; not known if not given.
    threshold : float, optional
        Value of the state at which a neuron spikes, in `unit`.
    ends : array
        Times at which presentations end.
    scenario : str, optional
        What was run, for the title.

    Returns
    -------
    Figure
    """
    x, y = checked(time, values, state)
    y = np.asarray(y, dtype=np.float64)
    numbers = np.asarray(indices) if np.size(indices) else np.arange(y.shape[1])
    shown = np.unique(np.linspace(0, y.shape[1] - 1, min(NEURONS, y.shape[1])).round().astype(int))
    figure = new_figure(PAGE, 0.9 + 1.05 * len(shown))
    panels = figure.subplots(len(shown), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    known: dict[str, Any] = {}
    for axes, k in zip(panels, shown, strict=True):
        (known[state],) = axes.plot(x, y[:, k], color=palette()[0], linewidth=0.9, label=state)
        if threshold is not None:
            known["threshold"] = axes.axhline(threshold, color=GREY, linestyle=":", linewidth=1.0, label="threshold")
        for end in (end for end in np.asarray(ends, dtype=np.float64) if x[0] < end <= x[-1]):
            known["end"] = axes.axvline(
                end, color=GREY, linestyle="--", linewidth=0.8, label="end of a presentation", zorder=1
            )
        count = ""
        if spikes is not None:
            times = np.asarray(spikes.get(int(numbers[k]), ()), dtype=np.float64)
            times = times[(times >= x[0]) & (times <= x[-1])]
            count = f": {times.size} spike{'s' * (times.size != 1)}"
            (known["spike"],) = axes.plot(
                times, np.full(times.size, 0.96), "|", color=palette()[1], markersize=7, markeredgewidth=1.0,
                transform=axes.get_xaxis_transform(), label="spike",
            )  # fmt: skip
        axes.set_title(f"neuron {numbers[k]}{count}", loc="left")
    low, high = float(y[:, shown].min()), float(y[:, shown].max())
    high = max(high, threshold) if threshold is not None else high
    room = (high - low) or 1.0
    panels[0].set_ylim(low - 0.05 * room, high + 0.2 * room)  # spikes above
    panels[-1].set_xlim(x[0], x[-1] if x[-1] > x[0] else x[0] + 1)
    panels[-1].set_xlabel(time_label("s"))
    figure.supylabel(axis_label(state, unit))
    legend_below(figure, list(known.values()), ncols=4)
    set_title(figure, f"{state} of single neurons", scenario)
    return figure
