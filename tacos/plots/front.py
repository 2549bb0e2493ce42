"""Stability against plasticity: what is kept of earlier tasks against how well each task was learned."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from tacos.measures.statistics import half_interval
from tacos.plots import results as read
from tacos.plots.style import GREY, PAGE, legend_below, new_figure, palette, set_title, styled

#: The close-ups show the chosen points that retain at most so much less than the best, with a margin; per cent.
NEAR, MARGIN = 10.0, 3.0
COLUMNS = 3
_PALE = "0.8"


@dataclass(frozen=True)
class _Curve:
    """Points of a sweep in the order of the factors; `points` and `errors` hold learned and retained accuracy (%).

    `chosen` says which point the ablation tested; `test` is its outcome on the held-out data, if there is one.
    """

    label: str
    parameter: str
    points: read.Array
    errors: read.Array | None
    chosen: np.ndarray
    test: tuple[read.Array, read.Array | None] | None = None


@styled
def stability_plasticity_front(ablation: xr.Dataset) -> Figure:
    """Learning accuracy against retained accuracy, a panel a condition, swept over the learning rate.

    Both are means over all tasks but the last: right after each was learned, and at the end of the stream. A mechanism
    that moves the front lifts the curve; one that slides along it could be replaced by another learning rate.

    Parameters
    ----------
    ablation : xarray.Dataset
        ``grid_accuracy(trial, grid_replica, grid_trained_on, grid_tested_on)`` as fractions, with ``grid_condition``,
        ``grid_parameter`` and ``grid_factor`` by trial; ``factor(condition)`` chosen; attributes scenario, stream,
        grid_held_out, learning_rate and chance. Where conditions were tested also ``accuracy(condition, replica,
        trained_on, tested_on)`` and the attribute held_out.

    Returns
    -------
    Figure
        First all trials, then close up each condition, and each sweep of another parameter at the chosen learning rate,
        in colour before all others in grey; one that retains too little for the close-up is drawn whole. Markers grow
        with the swept parameter; the ring is the learning rate that was chosen, the star what it gave on the test.
        Points are means over seeds, bars the 95 % confidence intervals of the means where there are several seeds.
        On the grey line as much is retained as was learned.
    """
    rate = str(ablation.attrs["learning_rate"])
    curves = _curves(ablation, rate)
    if not curves:
        raise ValueError("There is nothing to draw: no trial of two tasks or more has finished.")
    columns = min(COLUMNS, 1 + len(curves))
    rows = -(-(1 + len(curves)) // columns)
    figure = new_figure(PAGE * max(columns, 2) / COLUMNS, 2.1 * rows + 0.6)
    grid = figure.subplots(rows, columns, squeeze=False)
    chance = 100 * float(ablation.attrs["chance"])
    whole, close = _limits(curves, chance)
    for axes in grid.flat[1 + len(curves) :]:
        axes.remove()
    overview, *panels = grid.flat[: 1 + len(curves)]
    _background(overview, curves, chance, whole)
    overview.set_title("all trials; frame: close-up")
    (left, right), (bottom, top) = close
    overview.add_patch(Rectangle((left, bottom), right - left, top - bottom, fill=False, linewidth=0.8, zorder=5))
    for axes, curve in zip(panels, curves, strict=True):
        centre = curve.points[:, curve.chosen] if curve.chosen.any() else curve.points
        inside = (centre[0] >= left) & (centre[0] <= right) & (centre[1] >= bottom) & (centre[1] <= top)
        _background(axes, curves, chance, close if inside.any() else whole)
        _draw(axes, curve, palette()[1])
        name = curve.label if curve.parameter == rate else f"{curve.label}: {curve.parameter}"
        axes.set_title(textwrap.fill(name, 30) + ("" if inside.any() else "\n(not close up)"))
    for k, axes in enumerate([overview, *panels]):
        if k % columns == 0:
            axes.set_ylabel("retained accuracy (%)")
        if k + columns > len(panels):
            axes.set_xlabel("learning accuracy (%)")
    tested = any(curve.test for curve in curves)
    legend_below(
        figure, _handles(ablation, rate, chance, tested), title=f"larger markers: higher {rate}, or the parameter named"
    )
    seeds = f"n = {ablation.sizes['grid_replica']}"
    set_title(
        figure, "Stability and plasticity",
        f"{ablation.attrs['stream']}, {ablation.attrs['scenario']}, {ablation.attrs['grid_held_out']} data ({seeds})",
        "earlier tasks: at the end of the stream against right after each; bars: 95 % intervals",
    )  # fmt: skip
    return figure


def _handles(ablation: xr.Dataset, rate: str, chance: float, tested: bool) -> list[Any]:
    colour = palette()[1]
    handles = [
        Line2D([], [], color=colour, marker="o", label="the condition or sweep named above"),
        Line2D([], [], color=_PALE, label="all others"),
        Line2D([], [], color="black", marker="o", markersize=8, fillstyle="none", linestyle="", label=f"{rate} chosen"),
    ]
    if tested:
        what = f"the same on {ablation.attrs.get('held_out', 'test')} data (n = {ablation.sizes['replica']})"
        handles.append(Line2D([], [], color="black", marker="*", markersize=7, linestyle="", label=what))
    return [
        *handles,
        Line2D([], [], color=GREY, linewidth=0.8, label="as much retained as learned"),
        Line2D([], [], color=GREY, linestyle=":", label=f"chance ({chance:g} %)"),
    ]


def _curves(ablation: xr.Dataset, rate: str) -> list[_Curve]:
    """Sweeps in the order of the conditions; failed trials are left out."""
    matrices = read.percent(ablation, "grid_accuracy", "trial", "grid_replica", "grid_trained_on", "grid_tested_on")
    if matrices.shape[-1] < 2:
        return []
    points, errors = _means(np.moveaxis(matrices, 1, 0))
    keys = list(zip(ablation["grid_condition"].values, ablation["grid_parameter"].values, strict=True))
    factors = ablation["grid_factor"].values
    curves = []
    for label, parameter in dict.fromkeys(keys):
        chosen = float(ablation["factor"].sel(condition=label))
        at = [(factors[k], k) for k, key in enumerate(keys) if key == (label, parameter)]
        if parameter != rate:  # the network as it is belongs to every sweep around it
            at += [(1.0, k) for k, key in enumerate(keys) if key == (label, rate) and factors[k] == chosen]
            chosen = 1.0
        at = sorted((factor, k) for factor, k in at if np.isfinite(points[:, k]).all())
        if at:
            of, mine = np.array([factor for factor, _ in at]), [k for _, k in at]
            test = None
            if "accuracy" in ablation and parameter == rate:
                matrix = read.percent(ablation.sel(condition=label), "accuracy", "replica", "trained_on", "tested_on")
                test = _means(matrix)
                test = test if np.isfinite(test[0]).all() else None
            mean_errors = None if errors is None else errors[:, mine]
            curves.append(_Curve(str(label), str(parameter), points[:, mine], mean_errors, of == chosen, test))
    return curves


def _means(matrices: read.Array) -> tuple[read.Array, read.Array | None]:
    """Learned and retained accuracy [2, ...], means over seeds and half the widths of their intervals.

    Of matrices [seed, ..., trained on, tested on].
    """
    learned = np.diagonal(matrices, axis1=-2, axis2=-1)[..., :-1].mean(axis=-1)
    both = np.stack([learned, matrices[..., -1, :-1].mean(axis=-1)], axis=1)
    return both.mean(axis=0), half_interval(both) if len(both) > 1 else None


def _limits(curves: list[_Curve], chance: float) -> tuple[Any, Any]:
    """Limits of both axes, of all trials and close up."""
    points = np.concatenate([curve.points for curve in curves], axis=1)
    chosen = np.concatenate([curve.chosen for curve in curves])
    lowest = max(0.0, min(chance, points.min()) - MARGIN)
    near = chosen if chosen.any() else np.ones_like(chosen)
    near = points[:, near & (points[1] >= points[1, near].max() - NEAR)]
    low, high = near.min(axis=1) - MARGIN, np.minimum(100, near.max(axis=1) + MARGIN)
    return ((lowest, 100), (lowest, 100)), ((low[0], high[0]), (low[1], high[1]))


def _background(axes: Axes, curves: list[_Curve], chance: float, limits: Any) -> None:
    """All curves in grey, chance, and the diagonal."""
    for curve in curves:
        axes.plot(*curve.points, color=_PALE, linewidth=1.0, zorder=1)
    axes.plot([0, 100], [0, 100], color=GREY, linewidth=0.8, zorder=1)
    axes.axhline(chance, color=GREY, linestyle=":", linewidth=1.0, zorder=1)
    axes.axvline(chance, color=GREY, linestyle=":", linewidth=1.0, zorder=1)
    axes.set(xlim=limits[0], ylim=limits[1])


def _draw(axes: Axes, curve: _Curve, colour: Any) -> None:
    learned, retained = curve.points
    bars: dict[str, Any] = {"elinewidth": 0.7, "capsize": 1.5}
    errors = (None, None) if curve.errors is None else tuple(curve.errors)
    axes.errorbar(
        learned,
        retained,
        xerr=errors[0],
        yerr=errors[1],
        color=colour,
        linewidth=1.0,
        zorder=3,
        label=curve.label,
        **bars,
    )
    sizes = np.linspace(6, 42, len(learned)) if len(learned) > 1 else np.full(1, 24.0)
    axes.scatter(learned, retained, s=sizes, color=colour, linewidths=0, zorder=4)
    ring: dict[str, Any] = {"facecolors": "none", "edgecolors": "black", "linewidths": 0.9, "zorder": 5}
    axes.scatter(learned[curve.chosen], retained[curve.chosen], 90, **ring)
    if curve.test is not None:
        (x, y), spread = curve.test
        spread = np.full(2, np.nan) if spread is None else spread
        axes.errorbar(x, y, xerr=spread[0], yerr=spread[1], fmt="*", color="black", markersize=6, zorder=6, **bars)
