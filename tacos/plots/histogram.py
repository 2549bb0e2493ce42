"""Histogram of a state through the stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from tacos.plots.records import blocks, checked, draw_tasks, time_label
from tacos.plots.style import PAGE, axis_label, new_figure, set_title, styled

#: Records drawn at most, spread evenly: more columns than a printed page can show.
COLUMNS = 400


@styled
def histogram_through_time(
    time: ArrayLike,
    values: Any,
    state: str,
    unit: str,
    boundaries: Sequence[float] = (),
    task_names: Sequence[str] = (),
    *,
    bins: int = 60,
    time_unit: str = "presentations",
    of: str = "synapses",
    scenario: str = "",
) -> Figure:
    """How many synapses have which value of a state, record by record; counts in logarithmic colours.

    Parameters
    ----------
    time : array [record]
        Number of presentations seen at each record, or seconds.
    values : array [record, synapse]
        The state, in `unit`; read in blocks, so that it may be a variable of a file.
    state, unit : str
        Name of the state and its unit ("" or "1" if it is dimensionless), for the axis.
    boundaries, task_names : sequences
        Time of the end of each task, and the tasks' names.
    bins : int
        Number of bins between the least and the largest value of the whole stream.
    time_unit : {"presentations", "s"}
    of : str
        What the values belong to, for the colour bar.
    scenario : str, optional
        What was run, for the title.

    Returns
    -------
    Figure
        Of long recordings 400 records, spread evenly.
    """
    x, y = checked(time, values, state)
    if x.size > COLUMNS:
        shown = np.linspace(0, x.size - 1, COLUMNS).round().astype(int)
        x, y = x[shown], _Rows(y, shown)
    low, high = np.inf, -np.inf
    for _, block in blocks(y, state):
        low, high = min(low, block.min()), max(high, block.max())
    edges = np.histogram_bin_edges([low, high], bins)
    counts = np.empty((bins, x.size))
    for part, block in blocks(y, state):
        counts[:, part] = np.transpose([np.histogram(row, edges)[0] for row in block])
    figure = new_figure(PAGE, 2.8)
    axes = figure.add_subplot()
    most = max(2.0, float(counts.max()))
    norm = LogNorm(1, most)
    drawn = axes.pcolormesh(
        _edges(x), edges, np.where(counts > 0, counts, np.nan), norm=norm, cmap="viridis", rasterized=True
    )
    axes.set_xlim(_edges(x)[0], x[-1])
    draw_tasks(axes, boundaries, task_names)
    axes.set_xlabel(time_label(time_unit))
    axes.set_ylabel(axis_label(state, unit))
    bar = figure.colorbar(drawn, ax=axes, label=f"number of {of} (log)", pad=0.02)
    if most < 100:  # too few decades for their powers
        bar.set_ticks([n for n in (1, 2, 5, 10, 20, 50) if n <= most])
        bar.minorticks_off()
        bar.ax.yaxis.set_major_formatter("{x:.0f}")
    if any(line.get_label() == "task boundary" for line in axes.lines):
        axes.legend(loc="upper right", bbox_to_anchor=(1, -0.14), borderaxespad=0)
    set_title(figure, f"Histogram of {state} through the stream, {y.shape[1]:,} {of}", scenario)
    return figure


class _Rows:
    """Some rows of values that are not in memory."""

    def __init__(self, values: Any, rows: np.ndarray) -> None:
        self.values, self.rows, self.shape = values, rows, (len(rows), values.shape[1])

    def __getitem__(self, part: slice) -> np.ndarray:
        return np.asarray(self.values[self.rows[part]])


def _edges(x: np.ndarray) -> np.ndarray:
    """Edges of columns that lie around the times of records."""
    if x.size == 1:
        return np.array([x[0] - 0.5, x[0] + 0.5])
    middle = (x[1:] + x[:-1]) / 2
    return np.concatenate([[2 * x[0] - middle[0]], middle, [2 * x[-1] - middle[-1]]])
