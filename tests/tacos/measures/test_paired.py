"""The one paired table: numbers against the closed formula, and one way to print each of them."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from tacos.measures.paired import aligned, csv_text, difference_cell, mean_cell, mean_sd, p_cell, paired
from tacos.measures.statistics import holm

ACCURACY = some.lists(some.floats(0, 1).map(lambda x: round(x, 4)), min_size=3, max_size=10)


@given(ACCURACY, some.integers(0, 2**31))
def test_differences_are_those_of_the_closed_formula(values, seed):
    rng = np.random.default_rng(seed)
    own = np.array(values)
    others = {label: own + rng.normal(0, 0.1, own.size) for label in "abc"}
    table = paired({"own": dict(enumerate(own)), **{k: dict(enumerate(v)) for k, v in others.items()}}, "own")
    n, ps = own.size, []
    for label, other in others.items():
        d = other - own
        half = stats.t.ppf(0.975, n - 1) * d.std(ddof=1) / np.sqrt(n)
        found = table.loc[label, ["difference", "low", "high"]].tolist()
        np.testing.assert_allclose(found, [d.mean(), d.mean() - half, d.mean() + half], rtol=1e-9, atol=1e-12)
        ps.append(2 * stats.t.sf(abs(d.mean()) * np.sqrt(n) / d.std(ddof=1), n - 1))
    np.testing.assert_allclose(table.loc[list(others), "p"].astype(float), holm(ps), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(table.loc["own", ["mean", "sd"]].astype(float), [own.mean(), own.std(ddof=1)])


def test_only_shared_seeds_are_paired_and_what_is_undefined_is_nan():
    values = {
        "own": {0: 0.5, 1: 0.7, 2: 0.6},
        "shared": {1: 0.6, 2: 0.55, 9: 0.1},
        "alone": {2: 0.9},
        "shifted": {0: 0.4, 1: 0.6, 2: 0.5},
        "failed": {},
    }
    table = paired(values, "own", minus=True)
    assert table["pairs"].tolist() == [0, 2, 0, 3, 0] and table["seeds"].tolist() == [3, 3, 1, 3, 0]
    assert table.loc["shared", "difference"] == pytest.approx(0.075)
    assert table.loc["shifted", "difference"] == pytest.approx(0.1)
    assert table.loc["shifted", ["low", "high", "p"]].isna().all()
    assert table.loc[["own", "alone", "failed"], ["difference", "low", "high", "p"]].isna().all(axis=None)
    assert np.isnan(table.loc["alone", "sd"]) and np.isnan(table.loc["failed", "mean"])
    assert paired(values, "own").loc["shared", "difference"] == -table.loc["shared", "difference"]
    one = paired(values, "own", ["shared"])
    assert one["pairs"].tolist() == [0, 2, 0, 0, 0]
    # Two comparisons, of which one has no p and counts as the least significant.
    assert table.loc["shared", "p"] == pytest.approx(min(1, 2 * one.loc["shared", "p"]))


def test_holm_is_that_of_statsmodels():
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p = np.random.default_rng(0).uniform(0, 0.2, 20)
    np.testing.assert_allclose(holm(p), multitest.multipletests(p, method="holm")[1])


def test_every_cell_is_printed_in_one_way():
    assert mean_cell(0.824, 0.0049) == "82.4 +- 0.5" and mean_cell(82.4, 0.49, 1) == "82.4 +- 0.5"
    assert mean_cell(*mean_sd([0.5])) == "50.0" and mean_cell(*mean_sd([])) == "-" == mean_cell(None, None)
    assert difference_cell(0.012, 0.003, 0.021) == "+1.2 (+0.3 to +2.1)"
    assert difference_cell(0.1, np.nan, np.nan) == "+10.0 (-)" and difference_cell(*[np.nan] * 3) == "-"
    assert [p_cell(p) for p in (0.0123, 1e-5, 1.0, np.nan)] == ["0.012", "< 0.001", "1.000", "-"]


def test_columns_are_aligned_and_a_short_line_may_be_long():
    lines = aligned(
        [["condition", "accuracy", "p"], ["a", "1.0", "0.5"], ["long label", "failed: for a very long reason"]]
    )
    assert lines == [
        "condition   accuracy  p",
        "a           1.0       0.5",
        "long label  failed: for a very long reason",
    ]
    assert aligned([]) == []


def test_comma_separated_values_are_exact():
    rows = [{"name": "a, b", "x": 0.1 + 0.2, "n": 3, "none": None}, {"name": "c", "x": 1.0, "n": 4, "none": None}]
    found = list(csv.DictReader(io.StringIO(csv_text(rows))))
    assert [float(row["x"]) for row in found] == [0.1 + 0.2, 1.0] and [row["n"] for row in found] == ["3", "4"]
    assert found[0]["name"] == "a, b" and found[0]["none"] == ""
    assert csv_text([]) == "" and csv_text([], ["a", "b"]) == "a,b\n"
