"""Histogram of a synaptic state."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from tacos.plots.style import COLUMN, axis_label, finite, new_figure, outlines, set_title, styled, whole_bars


@styled
def state_distribution(
    values: Mapping[str, ArrayLike],
    state: str,
    unit: str,
    *,
    log_share: bool = False,
    bins: int = 60,
    scenario: str = "",
) -> Figure:
    """Distribution of a state over synapses, for one or several conditions or moments.

    Parameters
    ----------
    values : mapping of label to array
        The state of every synapse (any shape), in `unit`.
    state : str
        Name of the state, for the axis.
    unit : str
        Its unit; "" or "1" if it is dimensionless.
    log_share : bool
        Shares on a logarithmic axis, for the tails.
    bins : int
        Number of bins, shared by all labels.
    scenario : str, optional
        What was run, for the title.

    Returns
    -------
    Figure
        Share of a label's own synapses by value, so that populations of unlike size compare. The legend gives their
        number, and mean and standard deviation over them.
    """
    if not values:
        raise ValueError("There is nothing to draw: no values were given.")
    groups = [finite(array, f"{state} of '{label}'") for label, array in values.items()]
    labels = [
        f"{label}: {group.mean():.3g} ± {group.std():.2g} (n = {group.size:,})"
        for label, group in zip(values, groups, strict=True)
    ]
    edges = np.histogram_bin_edges(np.concatenate(groups), bins)
    figure = new_figure(COLUMN, 2.6 + 0.17 * len(groups))
    axes = figure.add_subplot()
    if log_share:  # a bar of one synapse stands above the axis, and none has more than all
        highest = max(np.histogram(group, edges)[0].max() / group.size for group in groups)
        axes.set_yscale("log")
        axes.set_ylim(50 / max(group.size for group in groups), 150 * highest)
    outlines(
        axes, groups, labels, bins=edges, log=log_share, weights=lambda group: np.full(group.size, 100 / group.size)
    )
    if not log_share:
        axes.set_ylim(bottom=0)
    whole_bars(axes, edges)
    axes.set_xlabel(axis_label(state, unit))
    axes.set_ylabel("share of synapses (%, log)" if log_share else "share of synapses (%)")
    figure.legend(loc="outside lower center", title="mean ± sd over synapses")
    set_title(figure, f"Distribution of {state}", scenario)
    return figure
