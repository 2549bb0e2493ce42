"""How plastic synapses still are while the stream goes by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tacos.plots.learning_rates import FROZEN
from tacos.plots.style import GREY, PAGE, legend_below, new_figure, series, set_title, styled

#: ``{projection: (presentations seen [record], learning rate times gates over learning rate [record, synapse])}``
Gated = Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]

#: On each curve.
MARKERS = 5


@styled
def plasticity_through_stream(
    conditions: Mapping[str, Gated],
    boundaries: Sequence[float] = (),
    *,
    learning_rate: str = "eta",
    frozen: float = FROZEN,
    scenario: str = "",
    note: str = "",
) -> Figure:
    """Effective learning rate and fraction of frozen synapses of each projection, a line a condition.

    Parameters
    ----------
    conditions : mapping of label to (mapping of projection to (presentations [record], openness [record, synapse]))
        Openness is the product of the gates: the effective learning rate as a share of the learning rate.
    boundaries : sequence of float
        Presentations seen at the end of each task but the last.
    learning_rate : str
        Its name.
    frozen : float
        A synapse counts as frozen below this openness.
    scenario : str, optional
        What was run, for the title.
    note : str, optional
        Above the legend.

    Returns
    -------
    Figure
        A column a projection; above: mean over synapses, below: share of frozen synapses.
    """
    projections = list(dict.fromkeys(name for gated in conditions.values() for name in gated))
    if not projections:
        raise ValueError("There is nothing to draw: no projection was given.")
    figure = new_figure(PAGE, 4.6)
    panels = figure.subplots(2, len(projections), sharex=True, sharey="row", squeeze=False)
    for k, ((label, gated), style) in enumerate(zip(conditions.items(), series(len(conditions)), strict=True)):
        for column, projection in enumerate(projections):
            if projection in gated:
                x, openness = gated[projection]
                # A few markers, at places of their own, tell curves apart that lie on each other.
                marks = {"markevery": (k / len(conditions) / MARKERS, 1 / MARKERS), "markersize": 3.5}
                panels[0, column].plot(x, openness.mean(axis=1), **style, **marks, label=label)
                panels[1, column].plot(x, 100 * (openness < frozen).mean(axis=1), **style, **marks)
    for column, projection in enumerate(projections):
        panels[0, column].set_title(projection)
        panels[1, column].set_ylim(-3, 103)
        panels[1, column].set_xlabel("presentations seen (stimuli)")
        panels[1, column].set_xlim(left=0)
    handles = list(panels[0, 0].lines)
    for axes in panels.flat:
        for boundary in boundaries:
            line = axes.axvline(boundary, color=GREY, linestyle="--", linewidth=0.8, label="task boundary", zorder=1)
    if min(np.min(openness.mean(axis=1)) for gated in conditions.values() for _, openness in gated.values()) < 0.05:
        panels[0, 0].set_yscale("log")
    else:
        panels[0, 0].set_ylim(bottom=0)
    panels[0, 0].set_ylabel(f"effective learning\nrate (share of {learning_rate})")
    panels[1, 0].set_ylabel(f"frozen synapses (%),\nbelow {100 * frozen:g} % of {learning_rate}")
    legend_below(figure, [*handles, *([line] if boundaries else [])], title=note)
    set_title(figure, "Plasticity through the stream", scenario)
    return figure
