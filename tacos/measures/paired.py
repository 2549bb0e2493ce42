"""The one table of conditions side by side: means over seeds, and the paired difference of each to one of them.

Numbers are a DataFrame (`paired`), which anything can write; how they read, undefined ones too, is said here alone.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tacos.measures.statistics import holm, paired_difference

#: What is printed where a number is undefined.
NONE = "-"


def mean_sd(values: Iterable[float]) -> tuple[float, float]:
    """Mean and sample standard deviation; the deviation of a single value is NaN, and so is everything of none."""
    x = np.asarray(list(values), dtype=np.float64)
    return float(x.mean()) if x.size else np.nan, float(x.std(ddof=1)) if x.size > 1 else np.nan


def paired(
    values: Mapping[Any, Mapping[int, float]],
    reference: Hashable,
    compared: Collection[Hashable] | None = None,
    minus: bool = False,
) -> pd.DataFrame:
    """Means over seeds, and the difference of each to a reference over the seeds that both have.

    Parameters
    ----------
    values : dict
        ``{label: {seed: value}}``.
    reference : hashable
        One of the labels.
    compared : collection of labels, optional
        Which are compared, and count in Holm's correction; all but the reference if not given.
    minus : bool
        Take each from the reference, rather than the reference from each.

    Returns
    -------
    DataFrame
        Index: the labels. ``mean``, ``sd``, ``seeds``; ``difference`` with its 95 % confidence interval ``low`` to
        ``high``, the number of ``pairs``, and ``p`` of Student's paired t-test with Holm's correction. NaN where
        undefined: one seed, no pair, seeds that all differ by the same.
    """
    rows = pd.DataFrame(
        [[*mean_sd(by_seed.values()), len(by_seed)] for by_seed in values.values()],
        index=pd.Index(list(values), tupleize_cols=False),
        columns=["mean", "sd", "seeds"],
    )
    rows[["difference", "low", "high", "p"]] = np.nan
    rows["pairs"] = 0
    own = values[reference]
    for label in values if compared is None else compared:
        shared = sorted(own.keys() & values[label].keys())
        if label != reference and len(shared) > 1:
            sides = [[by_seed[seed] for seed in shared] for by_seed in (values[label], own)]
            found = paired_difference(*(reversed(sides) if minus else sides))
            names = ["difference", "low", "high", "p", "pairs"]
            rows.loc[label, names] = found.mean, found.low, found.high, found.p, found.n
    there = rows["pairs"] > 0
    rows.loc[there, "p"] = holm(rows.loc[there, "p"])
    return rows


def mean_cell(mean: float | None, sd: float | None, factor: float = 100) -> str:
    """``82.4 +- 0.5`` in per cent; without the deviation for one seed."""
    if mean is None or np.isnan(mean):
        return NONE
    return f"{factor * mean:.1f}" + ("" if sd is None or np.isnan(sd) else f" +- {factor * sd:.1f}")


def difference_cell(difference: float, low: float, high: float, factor: float = 100) -> str:
    """``+1.2 (+0.3 to +2.1)`` in points: a difference with its interval."""
    if np.isnan(difference):
        return NONE
    interval = NONE if np.isnan(low) else f"{factor * low:+.1f} to {factor * high:+.1f}"
    return f"{factor * difference:+.1f} ({interval})"


def p_cell(p: float) -> str:
    """``0.012``, and ``< 0.001``."""
    return NONE if np.isnan(p) else f"{p:.3f}" if p >= 0.001 else "< 0.001"


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Lines of cells with the cells of a column below each other; a shorter line may end in a long cell."""
    full = max(map(len, lines), default=0)
    widths = [max(len(line[k]) for line in lines if len(line) == full or k < len(line) - 1) for k in range(full)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False)).rstrip() for line in lines]


def csv_text(rows: Sequence[Mapping[str, object]] | pd.DataFrame, columns: Sequence[str] | None = None) -> str:
    """Rows as comma-separated values in full precision; empty for none."""
    table = pd.DataFrame(rows, columns=None if columns is None else list(columns))
    return "" if table.empty and columns is None else table.to_csv(index=False, lineterminator="\n")
