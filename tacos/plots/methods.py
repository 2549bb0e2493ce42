"""Methods side by side, grouped by what they have to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from tacos.plots.style import GREY, new_figure, palette, set_title, small, styled

_MARKERS = {"flagship": "D", "free": "o", "boundaries": "s", "stored": "^", "ceiling": "v"}
#: Dots of seeds above the line of a row, mean and bar below it, so that neither hides the other; in rows.
_APART = 0.22


@styled
def methods(
    rows: Sequence[Mapping[str, Any]], groups: Mapping[str, str], title: str, chance: float | None = None
) -> Figure:
    """Average accuracy at the end of the stream, one row a method, in groups of what it has to know.

    Parameters
    ----------
    rows : sequence of dict
        ``label``, ``network``, ``group`` (flagship, free, boundaries, stored or ceiling), ``epochs``, ``boundaries``
        (whether it is told of them) and ``accuracy``, ``{seed: fraction}``; rows without any are left out. The first
        one is what is compared.
    groups : dict
        ``{group: what it is called}``.
    title : str
    chance : float, optional
        Accuracy of guessing, a fraction.

    Returns
    -------
    Figure
        Small dots: seeds; large markers with bars: mean and standard deviation. The line and band through all rows are
        mean and standard deviation of the flagship.
    """
    shown = [row for row in rows if row["accuracy"]]
    if not shown:
        raise ValueError("There is nothing to draw: no row of the comparison has finished.")
    first, second, third, fourth = (palette() * 4)[:4]
    colours = {"flagship": second, "free": third, "boundaries": first, "stored": fourth, "ceiling": GREY}
    there = [group for group in colours if any(row["group"] == group for row in shown)]
    figure = new_figure(7.0, 1.2 + 0.23 * (len(shown) + 1.5 * len(there)))
    axes = figure.add_subplot()
    beside = axes.get_yaxis_transform()  # x in widths of the panel, y in rows
    if rows[0]["accuracy"]:
        mean, sd = _mean_sd(rows[0]["accuracy"])
        axes.axvline(mean, color=colours["flagship"], linewidth=0.8, zorder=1)
        if sd is not None:
            axes.axvspan(mean - sd, mean + sd, color=colours["flagship"], alpha=0.12, linewidth=0)
    y, places, names = 0.0, [], []
    for group in there:
        heading = _heading(group, shown, groups)
        axes.annotate(heading, (-0.01, y), xycoords=beside, va="center", ha="right", fontsize=small(),
                      fontweight="bold", color=colours[group], annotation_clip=False)  # fmt: skip
        y += 1
        for row in (row for row in shown if row["group"] == group):
            mean, sd = _mean_sd(row["accuracy"])
            values = 100 * np.array(list(row["accuracy"].values()))
            axes.plot(values, np.full(values.size, y - _APART), ".", color=colours[group], alpha=0.5, markersize=4)
            axes.errorbar(mean, y + _APART, xerr=sd, fmt=_MARKERS[group], color=colours[group], capsize=2, markersize=4)
            text = f"{mean:.1f}" + ("" if sd is None else f" ± {sd:.1f}") + f"  (n = {values.size})"
            axes.annotate(text, (1.02, y), xycoords=beside, va="center", fontsize=small(), annotation_clip=False)
            places.append(y)
            epochs = f", {row['epochs']} epoch{'s' if row['epochs'] > 1 else ''}" if group != "ceiling" else ""
            names.append(f"{row['label']}, {row['network'].split(',')[0]}{epochs}")
            y += 1
        y += 0.5
    axes.set_yticks(places, names)
    axes.set_ylim(y - 0.5, -0.7)
    axes.tick_params(axis="y", length=0)
    if chance is not None:
        chance = 100 * chance
        axes.axvline(chance, color=GREY, linestyle=":", zorder=1)
        # Beside the title of the first group, where no row is.
        axes.annotate(f"chance {chance:g} %", (chance, 0), va="center", ha="left", fontsize=small(), color=GREY,
                      xytext=(2, 0), textcoords="offset points")  # fmt: skip
    axes.set_xlabel("average accuracy over all tasks at the end of the stream (%)")
    axes.grid(axis="x", color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)
    setting = title.replace("+- sd over seeds", "± sd, dots: seeds")
    set_title(figure, "Methods by what they have to know", setting)
    return figure


def _heading(group: str, rows: Sequence[Mapping[str, Any]], groups: Mapping[str, str]) -> str:
    told = any(row["boundaries"] for row in rows if row["group"] == group)
    knows = "boundaries" if told else "free"
    return f"{groups[group]}, {groups[knows]}" if group == "flagship" else groups[group]


def _mean_sd(by_seed: dict[int, float]) -> tuple[float, float | None]:
    values = 100 * np.array(list(by_seed.values()))
    return float(values.mean()), float(values.std(ddof=1)) if values.size > 1 else None
