"""A map of final accuracy over two quantities."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tacos.plots import results as read
from tacos.plots.style import COLUMN, new_figure, set_title, small, styled


@styled
def sensitivity_map(results: xr.Dataset, limits: tuple[float, float] | None = None) -> Figure:
    """Average accuracy at the end of the stream over two quantities.

    Parameters
    ----------
    results : xarray.Dataset
        Of :func:`tacos.sensitivity`: ``accuracy(y, x, replica, trained_on, tested_on)`` as fractions, the coordinates x
        and y, attributes x_name, y_name, x_now, y_now, scenario, stream and held_out.
    limits : (low, high), optional
        Accuracies in percent between which the colours run; from chance to 100 % if not given, so that maps compare.

    Returns
    -------
    Figure
        Mean over replicas in every cell, with the standard deviation where there are several; a dash where a cell
        failed. The frame marks the values that the network has.
    """
    final = read.percent(results, "accuracy", "replica", "y", "x", "trained_on", "tested_on")[:, :, :, -1].mean(axis=3)
    if not np.isfinite(final).any():
        raise ValueError("There is nothing to draw: every cell of the map failed.")
    mean, sd = read.mean_sd(final)
    xs, ys = ([str(v) for v in results[axis].values] for axis in "xy")
    figure = new_figure(max(COLUMN, 0.55 * len(xs) + 1.6), max(2.6, 0.42 * len(ys) + 1.5))
    axes = figure.add_subplot()
    low, high = limits or (100 * float(results.attrs.get("chance", 0.0)), 100.0)
    if not low < high:
        raise ValueError(f"The limits of the colours are two accuracies in percent, the lower first; found {limits}.")
    image = axes.imshow(np.ma.masked_invalid(mean), cmap="cividis", vmin=low, vmax=high, aspect="auto", origin="lower")
    axes.set_facecolor("0.9")
    middle = low + 0.45 * (high - low)  # cividis runs from dark blue over grey to yellow
    for i, j in np.ndindex(mean.shape):
        text = "–" if np.isnan(mean[i, j]) else f"{mean[i, j]:.1f}"
        if sd is not None and not np.isnan(sd[i, j]):
            text += f"\n± {sd[i, j]:.1f}"
        colour = "white" if mean[i, j] < middle else "black"
        axes.text(j, i, text, ha="center", va="center", fontsize=small(), color=colour)
    axes.set_xticks(range(len(xs)), xs)
    axes.set_yticks(range(len(ys)), ys)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(quantity(str(results.attrs["x_name"])))
    axes.set_ylabel(quantity(str(results.attrs["y_name"])))
    now = (_index(xs, results.attrs.get("x_now", "")), _index(ys, results.attrs.get("y_now", "")))
    if None not in now:
        axes.add_patch(Rectangle((now[0] - 0.5, now[1] - 0.5), 1, 1, fill=False, edgecolor="#D55E00", linewidth=1.8))  # type: ignore[operator]
    beyond = (bool(np.nanmin(mean) < low), bool(np.nanmax(mean) > high))
    extend = {(True, False): "min", (False, True): "max", (True, True): "both"}.get(beyond, "neither")
    bar = figure.colorbar(image, ax=axes, label="average accuracy (%)", fraction=0.05, pad=0.03, extend=extend)
    bar.outline.set_visible(False)
    attrs = results.attrs
    remarks = [f"chance {100 * attrs['chance']:g} %"] if "chance" in attrs else []
    remarks += ["frame: as given"] if None not in now else []
    set_title(
        figure,
        "Sensitivity of the final accuracy",
        f"{attrs['stream']}, {attrs['scenario']}, {attrs['held_out']} data (n = {results.sizes['replica']})",
        "; ".join(remarks),
    )
    return figure


def quantity(name: str) -> str:
    """An axis of a map with its unit."""
    if name.endswith("*"):
        return f"{name[:-1]} (multiples of its value)"
    if name in ("stream.samples", "stream.samples_per_class"):
        return f"{name.removeprefix('stream.').replace('_', ' ')} (training presentations)"
    return name.removeprefix("stream.")


def _index(values: list[str], now: object) -> int | None:
    """Where the present value stands, compared as a number where it is one."""
    for k, value in enumerate(values):
        try:
            same = float(value) == float(str(now))
        except ValueError:
            same = value == str(now)
        if same:
            return k
    return None
