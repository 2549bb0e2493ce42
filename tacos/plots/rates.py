"""Histogram of firing rates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from tacos.plots.style import COLUMN, finite, new_figure, outlines, set_title, styled, whole_bars


@styled
def firing_rates(rates: Mapping[str, ArrayLike], *, bins: int = 40, scenario: str = "") -> Figure:
    """Distribution of firing rates over the neurons of each population.

    Parameters
    ----------
    rates : mapping of population to array of Hz
        One rate a neuron (any shape).
    bins : int
        Number of bins, shared by all populations.
    scenario : str, optional
        What was run, for the title.

    Returns
    -------
    Figure
        Share of a population's neurons by rate. The legend gives its mean rate and how many neurons are
        silent.
    """
    if not rates:
        raise ValueError("There is nothing to draw: no population was given.")
    groups, labels = [], []
    for name, values in rates.items():
        group = finite(values, f"the rates of '{name}'")
        if group.min() < 0:
            raise ValueError(f"Firing rates cannot be negative; population '{name}' has {group.min():g} Hz.")
        groups.append(group)
        labels.append(f"{name}: mean {group.mean():.3g} Hz, {100 * np.mean(group == 0):.3g} % silent")
    edges = np.linspace(0, max(group.max() for group in groups) or 1.0, bins + 1)
    figure = new_figure(COLUMN, 2.6 + 0.17 * len(groups))
    axes = figure.add_subplot()
    outlines(axes, groups, labels, bins=edges, weights=lambda group: np.full(group.size, 100 / group.size))
    whole_bars(axes, edges)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("firing rate (Hz)")
    axes.set_ylabel("neurons of the population (%)")
    figure.legend(loc="outside lower center")
    set_title(figure, "Firing rates", scenario)
    return figure
