"""Statistics of differences between conditions, from a handful of seeds.

A claim that one condition beats another needs *paired* seeds (same initial weights, task order and input
spikes), a confidence interval and, where several comparisons are made, a correction. All intervals are
Student's t, which supposes that the values (for pairs: their differences) are roughly normal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats


class PairedDifference(NamedTuple):
    """Difference ``a - b`` over paired seeds, in the unit of the values."""

    mean: float
    """Mean of the differences."""
    sd: float
    """Sample standard deviation of the differences (``ddof=1``)."""
    low: float
    """Lower end of the confidence interval of the mean; NaN where all differences are equal."""
    high: float
    """Upper end of the confidence interval of the mean; NaN where all differences are equal."""
    n: int
    """Number of pairs."""
    p: float
    """Two-sided p-value of Student's paired t-test, not corrected for other comparisons; NaN where it is undefined."""


def paired_difference(a: ArrayLike, b: ArrayLike, confidence: float = 0.95) -> PairedDifference:
    """Difference ``a - b`` between two conditions run with the same seeds.

    Parameters
    ----------
    a, b : array [n]
        One value a seed, in the same order of seeds; at least two.
    confidence : float
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    PairedDifference
        mean, sd, low, high, n, p. If all differences are equal (up to rounding), so few seeds do not say how much they
        vary, and the t-test divides by zero: the interval is NaN, and so is p, or 1 if there is no difference at all.
    """
    first, second = _sample(a, "a"), _sample(b, "b")
    if first.size != second.size:
        raise ValueError(f"Paired values need the same seeds on both sides: a has {first.size}, b has {second.size}.")
    if not 0 < confidence < 1:
        raise ValueError(f"The confidence must lie between 0 and 1, for instance 0.95; found {confidence}.")
    difference = first - second
    mean, sd = float(difference.mean()), float(difference.std(ddof=1))
    rounding = 1e-12 * max(np.abs(first).max(), np.abs(second).max())
    if np.ptp(difference) <= rounding:
        none = abs(mean) <= rounding
        return PairedDifference(0.0 if none else mean, 0.0, np.nan, np.nan, difference.size, 1.0 if none else np.nan)
    test = stats.ttest_rel(first, second)
    low, high = test.confidence_interval(confidence)
    return PairedDifference(mean, sd, float(low), float(high), difference.size, float(test.pvalue))


def welch_interval(mean: float, sd: float, n: int, values: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Confidence interval of the mean of `values` minus a published mean, with unequal variances (Welch's t).

    Parameters
    ----------
    mean, sd : float
        As published, with the sample standard deviation over `n` runs.
    n : int
        At least two.
    values : array [m]
        Ours, in the same unit; at least two.
    confidence : float

    Returns
    -------
    low, high : float
    """
    ours = _sample(values, "values")
    if n < 2 or not sd >= 0:
        raise ValueError(f"A published mean needs at least two runs and a deviation of zero or more; found {n}, {sd}.")
    a, b = ours.var(ddof=1) / ours.size, sd**2 / n
    difference = float(ours.mean() - mean)
    if a + b == 0:
        return difference, difference
    freedom = (a + b) ** 2 / (a**2 / (ours.size - 1) + b**2 / (n - 1))
    half = float(stats.t.ppf((1 + confidence) / 2, freedom) * np.sqrt(a + b))
    return difference - half, difference + half


def half_interval(values: ArrayLike, confidence: float = 0.95) -> NDArray[np.float64]:
    """Half the width of the confidence interval of a mean (Student's t).

    Parameters
    ----------
    values : array [n, ...]
        Along the first axis, at least two.
    confidence : float

    Returns
    -------
    array [...]
        The interval is the mean plus and minus this; NaN where a value is missing.
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim == 0 or len(sample) < 2:
        raise ValueError("The interval of a mean needs at least two values.")
    n = len(sample)
    half: NDArray[np.float64] = stats.t.ppf((1 + confidence) / 2, n - 1) * sample.std(axis=0, ddof=1) / np.sqrt(n)
    return half


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Holm's step-down correction of p-values for several comparisons.

    With the p-values sorted, the k-th smallest of m (k from 0) becomes ``max over l <= k of (m - l) p_l``, at
    most 1.
    Controls the chance of any false positive, whatever the dependence between the tests. Holm (1979), A
    simple sequentially rejective multiple test procedure, Scand. J. Statist. 6, 65-70.

    Parameters
    ----------
    p_values : array [m]
        Uncorrected p-values, all that were computed and not only those that looked well. NaN is a comparison without
        one: it counts, as the least significant.

    Returns
    -------
    array [m]
        Adjusted p-values in the order given; NaN stays NaN.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1:
        raise ValueError(f"Holm's correction takes a list of p-values; found an array of shape {p.shape}.")
    outside = (p < 0) | (p > 1)
    if outside.any():
        raise ValueError(f"p-values lie between 0 and 1; found {p[outside][0]}.")
    order = np.argsort(p, kind="stable")  # NaN last, where it changes no other
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)), 1)
    return adjusted


def _sample(x: ArrayLike, name: str) -> NDArray[np.float64]:
    """Values [n] of at least two seeds, all finite."""
    values = np.asarray(x, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"{name} must hold one value a seed; found an array of shape {values.shape}.")
    if values.size < 2:
        raise ValueError(f"{name} must hold at least two seeds to say how much they vary; found {values.size}.")
    if not np.isfinite(values).all():
        raise ValueError(
            f"{name} must hold finite values; seed number {np.flatnonzero(~np.isfinite(values))[0]} has none."
        )
    return values
