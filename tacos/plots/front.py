"""Stability against plasticity: what is kept of earlier tasks against how well each task was learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from tacos.plots import results as read
from tacos.plots.style import GREY, PAGE, legend_below, new_figure, series, set_title, styled

#: The close-up shows the chosen points that retain at most so much less than the best, with a margin; per cent.
NEAR, MARGIN = 10.0, 3.0


@dataclass(frozen=True)
class _Curve:
    """Points of a sweep in the order of the factors: learned and retained accuracy in per cent, which was chosen."""

    label: str
    parameter: str
    learned: np.ndarray
    retained: np.ndarray
    chosen: np.ndarray


@styled
def stability_plasticity_front(ablation: xr.Dataset) -> Figure:
    """Learning accuracy against retained accuracy, a curve a condition, swept over the learning rate.

    Both are means over all tasks but the last: right after each was learned, and at the end of the stream. A mechanism
    that moves the front lifts the curve; one that slides along it could be replaced by another learning rate.

    Parameters
    ----------
    ablation : xarray.Dataset
        ``grid_accuracy(trial, grid_replica, grid_trained_on, grid_tested_on)`` as fractions, with ``grid_condition``,
        ``grid_parameter`` and ``grid_factor`` by trial; ``factor(condition)`` chosen; attributes scenario, stream,
        grid_held_out, learning_rate and chance.

    Returns
    -------
    Figure
        Left: all trials; right: where the conditions that retain most lie. Markers grow with the swept parameter;
        rings: the learning rate that was chosen. Sweeps of other parameters, at the chosen learning rate, are dotted in
        the colour of their condition. On the grey line as much is retained as was learned.
    """
    rate = str(ablation.attrs["learning_rate"])
    curves = _curves(ablation, rate)
    if not curves:
        raise ValueError("There is nothing to draw: no trial of two tasks or more has finished.")
    figure = new_figure(PAGE, 3.9)
    whole, close = figure.subplots(1, 2)
    handles = []
    for curve, style in zip(curves, _styles(curves, rate), strict=True):
        for axes in (whole, close):
            _draw(axes, curve, style)
        name = curve.label if curve.parameter == rate else f"{curve.label}: {curve.parameter}"
        handles.append(Line2D([], [], **style, markersize=4, label=name))
    _frame(whole, close, curves, 100 * float(ablation.attrs["chance"]))
    handles += [
        Line2D([], [], color="black", marker="o", markersize=8, fillstyle="none", linestyle="", label=f"{rate} chosen"),
        Line2D([], [], color=GREY, linewidth=0.8, label="as much retained as learned"),
        Line2D([], [], color=GREY, linestyle=":", label=f"chance ({100 * ablation.attrs['chance']:g} %)"),
    ]
    legend_below(figure, handles, title=f"larger markers: higher {rate}, or the parameter that is named")
    setting = f"{ablation.attrs['stream']}, {ablation.attrs['scenario']}, {ablation.attrs['grid_held_out']} data"
    set_title(figure, "Stability and plasticity", f"{setting} (n = {ablation.sizes['grid_replica']})")
    return figure


def _curves(ablation: xr.Dataset, rate: str) -> list[_Curve]:
    """Sweeps in the order of the conditions; failed trials are left out."""
    matrices = read.percent(ablation, "grid_accuracy", "trial", "grid_replica", "grid_trained_on", "grid_tested_on")
    if matrices.shape[-1] < 2:
        return []
    mean = matrices.mean(axis=1)
    points = np.stack([np.diagonal(mean, axis1=1, axis2=2)[:, :-1].mean(axis=1), mean[:, -1, :-1].mean(axis=1)])
    keys = list(zip(ablation["grid_condition"].values, ablation["grid_parameter"].values, strict=True))
    factors = ablation["grid_factor"].values
    curves = []
    for label, parameter in dict.fromkeys(keys):
        chosen = float(ablation["factor"].sel(condition=label))
        at = [(factors[k], k) for k, key in enumerate(keys) if key == (label, parameter)]
        if parameter != rate:  # the network as it is belongs to every sweep around it
            at += [(1.0, k) for k, key in enumerate(keys) if key == (label, rate) and factors[k] == chosen]
            chosen = np.nan  # its ring is there already
        at = sorted((factor, k) for factor, k in at if np.isfinite(points[:, k]).all())
        if at:
            of, mine = np.array([factor for factor, _ in at]), [k for _, k in at]
            learned, retained = points[:, mine]
            curves.append(_Curve(str(label), str(parameter), learned, retained, of == chosen))
    return curves


def _styles(curves: list[_Curve], rate: str) -> list[dict[str, Any]]:
    """A colour for each condition, a marker for each sweep."""
    labels = list(dict.fromkeys(curve.label for curve in curves))
    own = dict(zip(labels, series(len(labels)), strict=True))
    parameters = list(dict.fromkeys(curve.parameter for curve in curves if curve.parameter != rate))
    other = {name: series(k + 2)[-1]["marker"] for k, name in enumerate(parameters)}  # not that of the first condition
    return [
        own[c.label] | ({} if c.parameter == rate else {"linestyle": ":", "marker": other[c.parameter]}) for c in curves
    ]


def _draw(axes: Axes, curve: _Curve, style: dict[str, Any]) -> None:
    line = {key: value for key, value in style.items() if key != "marker"}
    axes.plot(curve.learned, curve.retained, **line, linewidth=1.0, zorder=2)
    sizes = np.linspace(6, 42, len(curve.learned)) if len(curve.learned) > 1 else np.full(1, 24.0)
    axes.scatter(
        curve.learned, curve.retained, s=sizes, c=style["color"], marker=style["marker"], linewidths=0, zorder=3
    )
    chosen = curve.chosen
    axes.scatter(
        curve.learned[chosen], curve.retained[chosen], 110, facecolors="none", edgecolors="black", linewidths=0.9,
        zorder=4,
    )  # fmt: skip


def _frame(whole: Axes, close: Axes, curves: list[_Curve], chance: float) -> None:
    """Chance, the diagonal, and what the two panels show."""
    learned, retained, chosen = (
        np.concatenate([getattr(curve, name) for curve in curves]) for name in ("learned", "retained", "chosen")
    )
    for axes in (whole, close):
        axes.plot([0, 100], [0, 100], color=GREY, linewidth=0.8, zorder=1)
        axes.axhline(chance, color=GREY, linestyle=":", linewidth=1.0, zorder=1)
        axes.axvline(chance, color=GREY, linestyle=":", linewidth=1.0, zorder=1)
        axes.set_xlabel("learning accuracy: earlier tasks,\nright after learning each (%)")
    whole.set_ylabel("retained accuracy: earlier tasks,\nat the end of the stream (%)")
    lowest = max(0.0, min(chance, learned.min(), retained.min()) - MARGIN)
    whole.set_xlim(lowest, 100)
    whole.set_ylim(lowest, 100)
    near = chosen if chosen.any() else np.ones_like(chosen)
    near = near & (retained >= retained[near].max() - NEAR)
    close.set_xlim(learned[near].min() - MARGIN, min(100, learned[near].max() + MARGIN))
    close.set_ylim(retained[near].min() - MARGIN, min(100, retained[near].max() + MARGIN))
    (left, right), (bottom, top) = close.get_xlim(), close.get_ylim()
    whole.add_patch(Rectangle((left, bottom), right - left, top - bottom, fill=False, linewidth=0.8, zorder=5))
    whole.set_title("all trials")
    close.set_title("the frame on the left")
