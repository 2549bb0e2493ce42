"""Statistics against SciPy and against numbers worked by hand."""

import numpy as np
import pytest
from scipy import stats

from tacos.measures.statistics import half_interval, holm, paired_difference, welch_interval


def test_paired_difference_worked_by_hand():
    # differences 1, 2, 3: mean 2, sd 1, standard error 1 / sqrt(3); t = 2 sqrt(3).
    # With 2 degrees of freedom p = 1 - t / sqrt(t^2 + 2) = 1 - sqrt(12 / 14) = 0.074180,
    # and the 0.975 quantile of t solves t / sqrt(t^2 + 2) = 0.95: t = 0.95 sqrt(2 / (1 - 0.9025)) = 4.302653.
    found = paired_difference([11, 12, 13], [10, 10, 10])
    half = 0.95 * np.sqrt(2 / 0.0975) / np.sqrt(3)
    assert found.n == 3
    assert found.mean == pytest.approx(2)
    assert found.sd == pytest.approx(1)
    assert (found.low, found.high) == (pytest.approx(2 - half), pytest.approx(2 + half))
    assert found.p == pytest.approx(1 - np.sqrt(12 / 14))


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.99])
def test_paired_difference_agrees_with_scipy(confidence):
    rng = np.random.default_rng(3)
    a, b = rng.normal(0.8, 0.05, 10), rng.normal(0.75, 0.05, 10)
    found, expected = paired_difference(a, b, confidence), stats.ttest_rel(a, b)
    interval = expected.confidence_interval(confidence)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-12)
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))


def test_pairing_matters_and_swapping_changes_the_sign_only():
    a, b = np.array([0.9, 0.7, 0.5]), np.array([0.85, 0.66, 0.44])
    found, swapped = paired_difference(a, b), paired_difference(b, a)
    assert found.p < 0.05 < stats.ttest_ind(a, b).pvalue
    assert (swapped.mean, swapped.low, swapped.high) == pytest.approx((-found.mean, -found.high, -found.low))
    assert swapped.p == pytest.approx(found.p)


def test_equal_differences():
    """They do not say how much seeds vary: no interval, and p only where there is nothing to be significant."""
    same = paired_difference([0.5, 0.75], [0.5, 0.75])
    assert same == (0, 0, pytest.approx(np.nan, nan_ok=True), pytest.approx(np.nan, nan_ok=True), 2, 1)
    a, b = np.array([0.83, 0.71, 0.9]), np.array([0.81, 0.69, 0.88])
    assert np.ptp(a - b) > 0, "equal but for rounding"
    shifted = paired_difference(a, b)
    assert (shifted.mean, shifted.sd, shifted.n) == (pytest.approx(0.02), 0, 3)
    assert np.isnan([shifted.low, shifted.high, shifted.p]).all()
    close = paired_difference(a, b + [0, 0, 1e-9])
    assert 0 < close.low < close.high and 0 < close.p < 1e-6, "a difference that is no rounding counts"


def test_holm_worked_by_hand():
    # sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1: 0.02, 0.03, 0.06, 0.04;
    # running maximum: 0.02, 0.03, 0.06, 0.06
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    # 0.5 * 2 = 1.0, 0.9 * 1 = 0.9 raised to 1.0; 0.6 * 2 = 1.2 cut at 1
    np.testing.assert_allclose(holm([0.9, 0.5]), [1.0, 1.0])
    np.testing.assert_allclose(holm([0.6, 0.7]), [1.0, 1.0])


def test_holm_of_one_of_ties_and_of_none():
    assert holm([0.03]) == pytest.approx([0.03])
    np.testing.assert_allclose(holm([0.02, 0.02]), [0.04, 0.04])
    np.testing.assert_allclose(holm([np.nan, 0.02, 0.01]), [np.nan, 0.04, 0.03])  # as many as with p = 1 in its place
    assert holm([]).size == 0


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="a has 3, b has 2"):
        paired_difference([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="at least two seeds"):
        paired_difference([1], [1])
    with pytest.raises(ValueError, match="b must hold finite values; seed number 1"):
        paired_difference([1, 2], [1, np.nan])
    with pytest.raises(ValueError, match=r"shape \(1, 2\)"):
        paired_difference([[1, 2]], [[1, 2]])
    with pytest.raises(ValueError, match="found 95"):
        paired_difference([1, 2], [1, 3], 95)
    with pytest.raises(ValueError, match="found 1.5"):
        holm([1.5])


def test_welch_interval_is_that_of_scipy():
    ours = [0.5, 0.9, 0.7, 0.8]
    low, high = welch_interval(0.6, 0.1, 10, ours)
    test = stats.ttest_ind_from_stats(np.mean(ours), np.std(ours, ddof=1), 4, 0.6, 0.1, 10, equal_var=False)
    assert (low + high) / 2 == pytest.approx(np.mean(ours) - 0.6)
    # The interval at the confidence 1 - p has zero at its edge.
    edge = welch_interval(0.6, 0.1, 10, ours, 1 - test.pvalue)
    assert min(map(abs, edge)) == pytest.approx(0, abs=1e-9)
    assert low < edge[0] and edge[1] < high if test.pvalue > 0.05 else low > 0
    with pytest.raises(ValueError, match="at least two runs"):
        welch_interval(0.6, 0.1, 1, ours)


def test_half_interval_is_that_of_students_t():
    values = np.array([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]])
    low, high = stats.t.interval(0.95, 2, loc=7 / 3, scale=stats.sem(values[:, 0]))
    np.testing.assert_allclose(half_interval(values), [(high - low) / 2, 0], atol=1e-12)
    with pytest.raises(ValueError, match="at least two values"):
        half_interval([1.0])
