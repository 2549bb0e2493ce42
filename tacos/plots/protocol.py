"""Curves of protocols: the change of the efficacy over what differs between the conditions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tacos.plots.style import COLUMN, GREY, legend_below, new_figure, series, set_title, styled


@styled
def protocol_curve(
    x: NDArray[np.float64],
    changes: Mapping[str, NDArray[np.float64]],
    label: str = "condition",
    unit: str = "1",
    ratio: bool = True,
    title: str = "",
) -> Figure:
    """Change of the efficacy over the conditions of a protocol, a curve a synapse.

    Parameters
    ----------
    x : array, shape (condition,)
    changes : dict
        ``{synapse: array of shape (seed, condition)}``; mean and standard deviation over seeds are drawn.
    label, unit : str
        Of the abscissa.
    ratio : bool
        Whether a change is the efficacy after over that before, or the difference.
    title : str

    Returns
    -------
    Figure
    """
    figure = new_figure(COLUMN, 2.9)
    axes = figure.subplots()
    handles = []
    for (name, change), style in zip(changes.items(), series(len(changes)), strict=True):
        spread = change.std(0, ddof=1) if len(change) > 1 else None
        handles.append(axes.errorbar(x, change.mean(0), spread, **style, markersize=3.5, capsize=2, label=name))
    nothing = axes.axhline(1.0 if ratio else 0.0, color=GREY, linewidth=0.8, label="no change")
    if x.min() < 0 < x.max():
        axes.axvline(0, color=GREY, linewidth=0.5)
    axes.set_xlabel(f"{label} ({unit})" if unit != "1" else label)
    axes.set_ylabel("efficacy, after / before" if ratio else "efficacy, after - before")
    legend_below(figure, [*handles, nothing])
    set_title(figure, title, f"n = {max(len(change) for change in changes.values())}")
    return figure


@styled
def protocol_course(
    time: NDArray[np.float64], efficacy: Mapping[str, NDArray[np.float64]], pulses: NDArray[np.float64], title: str = ""
) -> Figure:
    """Efficacy through a protocol, a curve a synapse, with the presynaptic spikes below.

    Parameters
    ----------
    time : array, shape (record,)
        In seconds.
    efficacy : dict
        ``{synapse: array of shape (seed, record)}``; mean and standard deviation over seeds are drawn.
    pulses : array
        Times of presynaptic spikes, in seconds.
    title : str

    Returns
    -------
    Figure
    """
    scale, unit = (60.0, "min") if time[-1] > 300 else (1.0, "s")
    figure = new_figure(COLUMN, 2.9)
    axes = figure.subplots()
    handles = []
    for (name, values), style in zip(efficacy.items(), series(len(efficacy)), strict=True):
        line = {key: given for key, given in style.items() if key != "marker"}
        handles += axes.plot(time / scale, values.mean(0), **line, label=name)
        if len(values) > 1:
            mean, spread = values.mean(0), values.std(0, ddof=1)
            axes.fill_between(time / scale, mean - spread, mean + spread, color=style["color"], alpha=0.2, linewidth=0)
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.08 * (high - low), high)
    (spikes,) = axes.plot(
        pulses / scale, np.full(len(pulses), low - 0.04 * (high - low)), "|", color=GREY, label="presynaptic spikes"
    )
    axes.set_xlabel(f"time ({unit})")
    axes.set_ylabel("efficacy")
    legend_below(figure, [*handles, spikes])
    set_title(figure, title, f"n = {max(len(values) for values in efficacy.values())}")
    return figure
