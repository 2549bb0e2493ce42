"""Stability against plasticity: what is kept of earlier tasks against how well each task was learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tacos.plots import results as read
from tacos.plots.style import GREY, PAGE, legend_below, new_figure, series, set_title, styled


@dataclass(frozen=True)
class _Curve:
    """Points of a sweep in the order of the factors: learned and retained accuracy in per cent."""

    label: str
    parameter: str
    factors: np.ndarray
    learned: np.ndarray
    retained: np.ndarray


@styled
def stability_plasticity_front(ablation: xr.Dataset) -> Figure:
    """Learning accuracy against retained accuracy, a curve a condition, swept over the learning rate.

    Retained accuracy is the accuracy on all tasks but the last at the end of the stream. A mechanism that moves the
    front lifts the curve; one that slides along it could be replaced by another learning rate.

    Parameters
    ----------
    ablation : xarray.Dataset
        ``grid_accuracy(trial, grid_replica, grid_trained_on, grid_tested_on)`` as fractions, with ``grid_condition``,
        ``grid_parameter`` and ``grid_factor`` by trial; ``factor(condition)`` chosen; attributes scenario, stream,
        grid_held_out, learning_rate and chance.

    Returns
    -------
    Figure
        Markers grow with the swept parameter; rings: the learning rate that was chosen. Sweeps of other parameters, at
        the chosen learning rate, are dotted. On the grey line as much is retained as was learned. Trials below chance
        lie outside the panel, which says how many; a chosen one that retains so little is named at the lower edge.
    """
    curves = _curves(ablation)
    if not curves:
        raise ValueError("There is nothing to draw: no trial of two tasks or more has finished.")
    rate = str(ablation.attrs["learning_rate"])
    labels = [str(label) for label in ablation["condition"].values]
    parameters = list(dict.fromkeys(c.parameter for c in curves if c.parameter != rate))
    names = [*labels, *(f"{labels[0]}: {parameter}" for parameter in parameters)]
    styles = dict(zip(names, series(len(names)), strict=True))
    figure = new_figure(PAGE, 4.6)
    axes = figure.add_subplot()
    handles = []
    for curve in curves:
        name = curve.label if curve.parameter == rate else f"{curve.label}: {curve.parameter}"
        style = styles[name] | ({} if curve.parameter == rate else {"linestyle": ":"})
        chosen = float(ablation["factor"].sel(condition=curve.label))
        _draw(axes, curve, style, chosen if curve.parameter == rate else None, _lowest(ablation))
        handles.append(Line2D([], [], **style, markersize=4, label=name))
    hidden = _frame(axes, ablation, curves)
    handles += [
        Line2D([], [], color="black", marker="o", markersize=8, fillstyle="none", linestyle="", label=f"{rate} chosen"),
        Line2D([], [], color=GREY, linewidth=0.8, label="as much retained as learned"),
        Line2D([], [], color=GREY, linestyle=":", label=f"chance ({100 * ablation.attrs['chance']:g} %)"),
    ]
    legend_below(figure, handles, title=f"larger markers: higher {rate}, or the parameter that is named")
    setting = f"{ablation.attrs['stream']}, {ablation.attrs['scenario']}, {ablation.attrs['grid_held_out']} data"
    set_title(figure, "Stability and plasticity", f"{setting} (n = {ablation.sizes['grid_replica']})", hidden)
    return figure


def _curves(ablation: xr.Dataset) -> list[_Curve]:
    """Sweeps in the order of the conditions; failed trials are left out."""
    axes = ("trial", "grid_replica", "grid_trained_on", "grid_tested_on")
    matrices = read.percent(ablation, "grid_accuracy", *axes)
    keys = list(zip(ablation["grid_condition"].values, ablation["grid_parameter"].values, strict=True))
    factors = ablation["grid_factor"].values
    curves = []
    for label, parameter in dict.fromkeys(keys):
        mine = [k for k, key in enumerate(keys) if key == (label, parameter) and np.isfinite(matrices[k]).all()]
        mine.sort(key=lambda k: factors[k])
        if mine and matrices.shape[-1] > 1:
            mean = matrices[mine].mean(axis=1)
            learned = np.diagonal(mean, axis1=1, axis2=2).mean(axis=1)
            retained = mean[:, -1, :-1].mean(axis=1)
            curves.append(_Curve(str(label), str(parameter), factors[mine], learned, retained))
    return curves


def _draw(axes: Axes, curve: _Curve, style: dict[str, Any], chosen: float | None, low: float) -> None:
    line = {key: value for key, value in style.items() if key != "marker"}
    axes.plot(curve.learned, curve.retained, **line, linewidth=1.0, zorder=2)
    sizes = np.linspace(6, 42, len(curve.factors)) if len(curve.factors) > 1 else np.full(1, 24.0)
    inside = np.minimum(curve.learned, curve.retained) >= low
    axes.scatter(
        curve.learned[inside], curve.retained[inside], s=sizes[inside], c=style["color"], marker=style["marker"],
        linewidths=0, zorder=3,
    )  # fmt: skip
    for k in np.flatnonzero(curve.factors == chosen) if chosen is not None else ():
        learned, retained = curve.learned[k], curve.retained[k]
        if retained < low <= learned:
            text, above = f"{curve.label}: {retained:.0f} % ↓", (3, 4 + 11 * len(axes.texts))
            axes.annotate(text, (learned, low), above, textcoords="offset points", ha="right", color=style["color"])
        else:
            axes.scatter(learned, retained, 110, facecolors="none", edgecolors="black", linewidths=0.9, zorder=4)


def _frame(axes: Axes, ablation: xr.Dataset, curves: list[_Curve]) -> str:
    """Chance, the diagonal, and a panel from chance upward; what it leaves out, for the title."""
    level = 100 * float(ablation.attrs["chance"])
    low = _lowest(ablation)
    axes.plot([low, 100], [low, 100], color=GREY, linewidth=0.8, zorder=1)
    axes.axhline(level, color=GREY, linestyle=":", linewidth=1.0, zorder=1)
    axes.axvline(level, color=GREY, linestyle=":", linewidth=1.0, zorder=1)
    axes.set_xlim(low, 100)
    axes.set_ylim(low, 100)
    axes.set_xlabel("learning accuracy: each task right after learning it (%)")
    axes.set_ylabel("retained accuracy: earlier tasks at the end (%)")
    outside = sum(int(np.sum((c.learned < low) | (c.retained < low))) for c in curves)
    return f"{outside} trial{'s' * (outside > 1)} below chance not shown" if outside else ""


def _lowest(ablation: xr.Dataset) -> float:
    """Where the panel begins."""
    return 100 * float(ablation.attrs["chance"]) - 4

