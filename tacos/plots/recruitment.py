"""Cells that are recruited: when, what they stand for, and the film of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from tacos.plots.style import GREY, PAGE, SMALLEST, colours, new_figure, set_title, styled


@styled
def prototypes(images: ArrayLike, titles: Sequence[str], label: str = "input weight", *, scenario: str = "") -> Figure:
    """Input weights of cells as images, a title each.

    Parameters
    ----------
    images : array, shape (n_cells, height, width)
        In diverging colours around zero, the same for all.
    titles : sequence of str
        Such as a cell's class, its age and how often it was confirmed.
    label : str
        Of the colours.
    scenario : str, optional
        What was run, for the title.
    """
    fields = np.asarray(images, dtype=float)
    if fields.ndim != 3 or len(fields) != len(titles) or not len(fields):
        raise ValueError(f"prototypes takes images [cell, height, width] and a title each; found {fields.shape}.")
    columns = min(len(fields), 7)
    rows = -(-len(fields) // columns)
    figure = new_figure(PAGE, 0.9 + 1.15 * rows)
    panels = figure.subplots(rows, columns, squeeze=False)
    most = np.abs(fields).max() or 1.0
    drawn: Any = None
    for axes, image, title in zip(panels.flat, fields, titles, strict=False):
        drawn = axes.imshow(image, cmap="RdBu_r", vmin=-most, vmax=most, interpolation="nearest")
        axes.set_title(title, fontsize=SMALLEST)
    for axes in panels.flat:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set(visible=True, linewidth=0.5)
    for axes in list(panels.flat)[len(fields) :]:
        axes.remove()
    figure.colorbar(drawn, ax=list(panels.flat)[: len(fields)], location="right", label=label, aspect=30, shrink=0.8)
    height, width = fields.shape[1:]
    set_title(figure, f"Prototypes ({height} x {width} inputs)", scenario)
    return figure


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
    counts.plot(at[1:], np.cumsum((change > 0).sum(1)), color="#0072B2", linestyle="--", label="recruited so far")
    counts.plot(at[1:], np.cumsum((change < 0).sum(1)), color="#D55E00", linestyle=":", label="released so far")
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
                    fontsize=SMALLEST)  # fmt: skip
        for axes in (counts, film):
            axes.axvline(end, color=GREY, linestyle="--", linewidth=0.8)
    film.set_xlim(at[0], at[-1])
    set_title(figure, "Recruitment through the stream", scenario)
    return figure
