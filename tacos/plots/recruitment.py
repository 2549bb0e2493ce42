"""Cells that are recruited: when, what they stand for, and the film of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from tacos.plots.style import GREY, PAGE, colours, new_figure, set_title, small, styled

#: Width of the bars of output weights, in images.
BAR = 0.45


@styled
def prototypes(
    images: ArrayLike,
    titles: Sequence[str],
    label: str = "input weight",
    *,
    outputs: ArrayLike | None = None,
    scenario: str = "",
) -> Figure:
    """Input weights of cells as images, a title each, and beside each its output weights.

    Parameters
    ----------
    images : array, shape (n_cells, height, width)
        In diverging colours around zero, the same for all.
    titles : sequence of str
        Such as a cell's class, its age and how often it was confirmed.
    label : str
        Of the colours.
    outputs : array, shape (n_cells, n_outputs), optional
        Output weights, drawn as bars on one scale.
    scenario : str, optional
        What was run, for the title.
    """
    fields = np.asarray(images, dtype=float)
    if fields.ndim != 3 or len(fields) != len(titles) or not len(fields):
        raise ValueError(f"prototypes takes images [cell, height, width] and a title each; found {fields.shape}.")
    beside = None if outputs is None else np.asarray(outputs, dtype=float)
    if beside is not None and (beside.ndim != 2 or len(beside) != len(fields)):
        raise ValueError(f"outputs is an array [cell, output] for {len(fields)} cells; found {beside.shape}.")
    columns = min(len(fields), 7 if beside is None else 5)
    rows = -(-len(fields) // columns)
    figure = new_figure(PAGE, 0.9 + 1.15 * rows)
    each = 1 if beside is None else 2
    widths = [1] * columns if beside is None else [1, BAR] * columns
    panels = figure.subplots(rows, each * columns, squeeze=False, width_ratios=widths)
    pictures, bars = list(panels[:, ::each].flat), list(panels[:, 1::2].flat) if beside is not None else []
    most = np.abs(fields).max() or 1.0
    drawn: Any = None
    for axes, image, title in zip(pictures, fields, titles, strict=False):
        drawn = axes.imshow(image, cmap="RdBu_r", vmin=-most, vmax=most, interpolation="nearest")
        axes.set_title(title, fontsize=small(), loc="center" if beside is None else "left")
        axes.spines[:].set(visible=True, linewidth=0.5)
        axes.set_xticks([])
        axes.set_yticks([])
    if beside is not None:
        _output_weights(bars[: len(fields)], beside)
        bars[(rows - 1) * columns].set_xlabel("output\nweights", fontsize=small())
    for axes in [*pictures[len(fields) :], *bars[len(fields) :]]:
        axes.remove()
    kept = [*pictures[: len(fields)], *bars[: len(fields)]]
    figure.colorbar(drawn, ax=kept, location="right", label=label, aspect=30, shrink=0.8)
    height, width = fields.shape[1:]
    set_title(figure, f"Prototypes ({height} x {width} inputs)", scenario)
    return figure


def _output_weights(panels: Sequence[Any], weights: np.ndarray) -> None:
    """Bars from zero, one an output, on the scale of all cells."""
    most = 1.05 * (np.abs(weights).max() or 1.0)
    for axes, row in zip(panels, weights, strict=True):
        axes.barh(np.arange(len(row)), row, color=np.where(row > 0, "#B2182B", "#2166AC"), height=0.8)
        axes.axvline(0, color="black", linewidth=0.5)
        axes.set(xlim=(-most, most), ylim=(len(row) - 0.5, -0.5), yticks=[0, len(row) - 1], xticks=[])
        axes.tick_params(labelsize=small(), length=2)
        axes.set_box_aspect(1 / BAR)  # as high as the image


@styled
def recruitment(
    presentation: ArrayLike, mature: ArrayLike, ends: Sequence[float], names: Sequence[str], *, scenario: str = ""
) -> Figure:
    """Which cells are in use while the stream goes by, and how many are recruited and released in each task.

    Parameters
    ----------
    presentation : array, shape (n_records,)
    mature : array of bool, shape (n_records, n_cells)
    ends : sequence of float
        The last presentation of each task; empty where tasks have none.
    names : sequence of str
        Of the tasks.
    scenario : str, optional
    """
    at, used = np.asarray(presentation, float), np.asarray(mature) > 0
    if used.ndim != 2 or used.shape[0] != len(at) or len(at) < 2:
        raise ValueError(f"recruitment takes mature [record, cell] at two records or more; found {used.shape}.")
    change = np.diff(used.astype(int), axis=0)
    figure = new_figure(PAGE, 4.2)
    counts, film = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.4))
    counts.plot(at, used.sum(1), color="black", label="in use")
    recruited, released = (np.cumsum([0, *(sign * change > 0).sum(1)]) for sign in (1, -1))
    counts.plot(at, used[0].sum() + recruited, color="#0072B2", linestyle="--", label="recruited so far")
    counts.plot(at, released, color="#D55E00", linestyle=":", label="released so far")
    counts.set_ylabel("cells")
    counts.legend(loc="upper left")
    film.imshow(
        used.T, aspect="auto", interpolation="nearest", cmap="Greys", origin="lower",
        extent=(at[0], at[-1], -0.5, used.shape[1] - 0.5), vmin=0, vmax=1.3,
    )  # fmt: skip
    film.set_ylabel("cell (dark: in use)")
    film.set_xlabel("presentations seen (stimuli)")
    for start, end, colour, name in zip([0, *ends[:-1]], ends, colours(max(len(ends), 1)), names, strict=False):
        counts.axvspan(start, end, 1.02, 1.07, color=colour, clip_on=False, linewidth=0)
        counts.text((start + end) / 2, 1.09, name, transform=counts.get_xaxis_transform(), ha="center", va="bottom",
                    fontsize=small())  # fmt: skip
        for axes in (counts, film):
            axes.axvline(end, color=GREY, linestyle="--", linewidth=0.8)
    film.set_xlim(at[0], at[-1])
    set_title(figure, "Recruitment through the stream", scenario)
    return figure
