"""How memories decay: signal-to-noise ratio against age, and initial strength against lifetime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tacos.plots.style import COLUMN, GREY, PAGE, legend_below, new_figure, series, set_title, styled


@styled
def memory_decay(curves: Sequence[Any]) -> Figure:
    """Signal-to-noise ratio against age, all models together.

    Parameters
    ----------
    curves : sequence
        With the attributes of :class:`tacos.memory.Curve`; one solved and simulated has the same label twice.

    Returns
    -------
    Figure
        Lines: exact; points: simulated, with the standard error over patterns.
    """
    figure = new_figure(PAGE, 3.4)
    axes = figure.add_subplot()
    handles = []
    styles = _styles(curves)
    for curve in curves:
        own = styles[curve.label]
        x, y = curve.ages + 1, curve.snr
        seen = y > 0
        if curve.kind == "exact":
            axes.plot(x[seen], y[seen], color=own["color"], linestyle=own["linestyle"])
        else:
            error = np.sqrt(curve.synapses) * np.broadcast_to(curve.error, y.shape) / curve.noise
            low = np.minimum(error[seen], 0.9 * y[seen])  # the axis is logarithmic
            axes.errorbar(
                x[seen], y[seen], yerr=[low, error[seen]], color=own["color"], marker=own["marker"], linestyle="none",
                elinewidth=0.6, markersize=3,
            )  # fmt: skip
    for label, own in styles.items():
        kinds = {curve.kind for curve in curves if curve.label == label}
        shown: dict[str, Any] = {"linestyle": own["linestyle"] if "exact" in kinds else "none",
                 "marker": own["marker"] if "simulated" in kinds else "none"}  # fmt: skip
        handles.append(Line2D([], [], color=own["color"], label=label, **shown))
    axes.axhline(1, color=GREY, linewidth=0.8, linestyle="--")
    axes.set(xscale="log", yscale="log", xlabel="age + 1 (patterns)", ylabel="signal-to-noise ratio (dimensionless)")
    top = max(float(curve.snr.max()) for curve in curves)
    axes.set_ylim(0.2, max(2.0, 1.6 * top))
    set_title(figure, f"Memory of one pattern among others, {_count(curves)} synapses", _kinds(curves))
    legend_below(figure, handles)
    return figure


@styled
def memory_map(curves: Sequence[Any]) -> Figure:
    """Initial signal-to-noise ratio against lifetime, one point a model.

    Parameters
    ----------
    curves : sequence
        With the attributes of :class:`tacos.memory.Curve`.

    Returns
    -------
    Figure
        Filled: exact; open: simulated; an arrow: it lives longer than was followed. The lines are what
        two-state synapses reach with any transition probability, and the square root of the number of synapses.
    """
    figure = new_figure(COLUMN + 1.5, 3.6)
    axes = figure.add_subplot()
    styles = _styles(curves)
    handles: dict[str, Line2D] = {}
    for curve in curves:
        known = np.isfinite(curve.lifetime)
        x = max(curve.lifetime if known else float(curve.ages[-1]), 0.5)
        own = styles[curve.label]
        face = own["color"] if curve.kind == "exact" else "white"
        marker = own["marker"] if known else r"$\rightarrow$"
        options = {"marker": marker, "markerfacecolor": face, "color": own["color"], "linestyle": "none"}
        axes.plot([x], [max(curve.initial, 1e-2)], markersize=6, **options)
        handles.setdefault(curve.label, Line2D([], [], label=curve.label, **options))
    synapses = max(curve.synapses for curve in curves)
    q = np.geomspace(1.02 / np.sqrt(synapses), 1, 200)
    lives = np.log(q * np.sqrt(synapses)) / -np.log1p(-np.minimum(q, 0.999))
    axes.plot(lives, q * np.sqrt(synapses), color=GREY, linewidth=0.8)
    axes.axhline(np.sqrt(synapses), color=GREY, linewidth=0.8, linestyle=":")
    axes.set(xscale="log", yscale="log", xlabel="lifetime, until the ratio is 1 (patterns)")
    axes.set_ylabel("initial signal-to-noise ratio (dimensionless)")
    shown = [Line2D([], [], color=GREY, linewidth=0.8, label="two-state synapses, any q"),
             Line2D([], [], color=GREY, linewidth=0.8, linestyle=":", label="bound: root of their number")]  # fmt: skip
    set_title(figure, f"Strength and lifetime, {_count(curves)} synapses")
    legend_below(figure, [*handles.values(), *shown])
    return figure


def _styles(curves: Sequence[Any]) -> dict[str, dict[str, Any]]:
    labels = list(dict.fromkeys(curve.label for curve in curves))
    return dict(zip(labels, series(len(labels)), strict=True))


def _count(curves: Sequence[Any]) -> str:
    return ", ".join(f"{n:,}".replace(",", " ") for n in sorted({curve.synapses for curve in curves}))


def _kinds(curves: Sequence[Any]) -> str:
    words = {"exact": "lines: exact", "simulated": "points: simulated, bars one standard error"}
    return "; ".join(word for kind, word in words.items() if kind in {curve.kind for curve in curves})
