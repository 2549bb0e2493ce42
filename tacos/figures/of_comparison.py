"""All figures of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from tacos import plots
from tacos.errors import RunError


def comparison_figures(
    name: str, rows: Sequence[Mapping[str, Any]], groups: Mapping[str, str], title: str, chance: float | None
) -> dict[str, Figure]:
    """Matplotlib figures of a comparison by name: its rows in the groups of what they have to know.

    Parameters
    ----------
    name : str
        Of the files of this comparison.
    rows, groups, title, chance
        See :func:`tacos.plots.methods`.
    """
    if not any(row["accuracy"] for row in rows):
        raise RunError("No row of this comparison has finished, so that there is nothing to draw.")
    return {name: plots.methods(rows, groups, title, chance)}
