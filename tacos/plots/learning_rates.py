"""Histogram of effective learning rates: how many synapses can still learn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from tacos.plots.style import COLUMN, GREY, axis_label, finite, new_figure, outlines, set_title, styled, whole_bars

FROZEN = 0.01
"""A synapse counts as frozen below this share of the maximum."""


@styled
def effective_learning_rate(
    values: Mapping[str, ArrayLike],
    unit: str = "",
    *,
    maximum: float | Mapping[str, float] | None = None,
    decades: int = 6,
    scenario: str = "",
) -> Figure:
    """Distribution of effective learning rates (the learning rate times all gates) over synapses.

    Parameters
    ----------
    values : mapping of label to array
        Effective learning rate of every synapse (any shape), not negative, in `unit`.
    unit : str
        Unit of the learning rate; "" or "1" if it is dimensionless.
    maximum : float or mapping of label to float, optional
        The learning rate of a synapse with open gates, the same for all labels or its own for each; the largest of all
        values if it is not given.
    decades : int
        How far below the largest maximum the axis reaches at most. Smaller values, zeros included, are counted in the
        first bin.
    scenario : str, optional
        What was run, for the title.

    Returns
    -------
    Figure
        Share of synapses on a logarithmic axis. The legend gives how many are frozen: below 1 % of their maximum,
        which a dashed line marks if all labels share it.
    """
    if not values:
        raise ValueError("There is nothing to draw: no values were given.")
    groups = [finite(array, f"the learning rate of '{label}'") for label, array in values.items()]
    smallest, largest = min(g.min() for g in groups), max(g.max() for g in groups)
    if smallest < 0:
        raise ValueError(f"An effective learning rate cannot be negative; found {smallest:g}.")
    shared = float(largest) if maximum is None else maximum
    tops = dict(shared) if isinstance(shared, Mapping) else dict.fromkeys(values, shared)
    top = max(largest, *tops.values()) if isinstance(shared, Mapping) else shared
    if min(tops.values()) <= 0:
        raise ValueError("All effective learning rates are 0: give the learning rate of open gates as maximum.")
    if largest > top * (1 + 1e-9):
        raise ValueError(f"An effective learning rate of {largest:g} is above the maximum given, {top:g}.")
    lowest = min(smallest, FROZEN * min(tops.values()))
    needed = min(decades, int(np.ceil(np.log10(top / lowest)))) if lowest > 0 else decades
    floor = top * 10.0**-needed
    labels = [
        f"{label}: {100 * np.mean(group < FROZEN * tops[label]):.3g} % frozen"
        for label, group in zip(values, groups, strict=True)
    ]
    figure = new_figure(COLUMN, 2.9 + 0.17 * len(groups))
    axes = figure.add_subplot()
    edges = np.geomspace(floor, top * (1 + 1e-9), 8 * needed + 1)
    shown = [np.maximum(group, floor) for group in groups]
    outlines(axes, shown, labels, bins=edges, weights=lambda group: np.full(group.size, 100 / group.size))
    shared_line = len(set(tops.values())) == 1
    if shared_line:
        axes.axvline(FROZEN * min(tops.values()), color=GREY, linestyle="--", linewidth=0.8, label="1 % of the maximum")
    axes.set_xscale("log")
    whole_bars(axes, edges)
    axes.set_ylim(bottom=0)
    note = "\n(first bin: all that are smaller)" if smallest < floor else ""
    axes.set_xlabel(axis_label("effective learning rate", unit) + note)
    axes.set_ylabel("synapses (%)")
    figure.legend(loc="outside lower center", title="" if shared_line else "frozen: below 1 % of its own learning rate")
    set_title(figure, "Effective learning rates", scenario)
    return figure
