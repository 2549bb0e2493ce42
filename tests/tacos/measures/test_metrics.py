"""Metrics on matrices worked by hand."""

import numpy as np
import pytest
import xarray as xr

from tacos.measures import metrics
from tacos.measures.metrics import UndefinedMetric

# rows: trained up to task; columns: tested on task
R = np.array(
    [
        [0.90, 0.60, 0.50],
        [0.95, 0.80, 0.55],
        [0.70, 0.60, 0.85],
    ]
)
INITIAL = np.array([0.50, 0.40, 0.45])

# The same rows, other numbers, for a second replica.
S = np.array(
    [
        [0.80, 0.50, 0.50],
        [0.60, 0.90, 0.40],
        [0.40, 0.90, 1.00],
    ]
)


def test_average_accuracy():
    # (0.70 + 0.60 + 0.85) / 3 = 2.15 / 3
    assert metrics.average_accuracy(R) == pytest.approx(2.15 / 3)


def test_learning_accuracy():
    # (0.90 + 0.80 + 0.85) / 3 = 2.55 / 3 = 0.85
    assert metrics.learning_accuracy(R) == pytest.approx(0.85)


def test_backward_transfer():
    # ((0.70 - 0.90) + (0.60 - 0.80)) / 2 = (-0.20 - 0.20) / 2 = -0.20
    assert metrics.backward_transfer(R) == pytest.approx(-0.20)


def test_forward_transfer():
    # ((0.60 - 0.40) + (0.55 - 0.45)) / 2 = (0.20 + 0.10) / 2 = 0.15; the 0.50 of task 0 plays no part
    assert metrics.forward_transfer(R, INITIAL) == pytest.approx(0.15)
    assert metrics.forward_transfer(R, [np.nan, 0.40, 0.45]) == pytest.approx(0.15)


def test_forgetting():
    # task 0: max(0.90, 0.95) - 0.70 = 0.25; task 1: max(0.80) - 0.60 = 0.20; (0.25 + 0.20) / 2 = 0.225
    assert metrics.forgetting(R) == pytest.approx(0.225)


def test_retention():
    # (0.70 / 0.90 + 0.60 / 0.80) / 2 = (0.77777... + 0.75) / 2 = 0.763888...
    assert metrics.retention(R) == pytest.approx((7 / 9 + 3 / 4) / 2)


def test_forgetting_counts_the_last_row_but_one_and_the_last_task_but_one():
    # Off by one in the rows would miss the 0.95, off by one in the tasks would average task 0 alone (0.25).
    with_peak = R.copy()
    with_peak[1, 0] = 1.00
    # (1.00 - 0.70 + 0.80 - 0.60) / 2 = 0.25
    assert metrics.forgetting(with_peak) == pytest.approx(0.25)
    worse = R.copy()
    worse[2, 1] = 0.00
    # (0.95 - 0.70 + 0.80 - 0.00) / 2 = 0.525
    assert metrics.forgetting(worse) == pytest.approx(0.525)


def test_forgetting_of_two_tasks():
    # max(0.9) - 0.4 = 0.5, over one task
    assert metrics.forgetting([[0.9, 0.5], [0.4, 0.8]]) == pytest.approx(0.5)


def test_forgetting_is_negative_where_accuracy_rose_to_the_end():
    # task 0: max(0.5, 0.6) - 0.9 = -0.3; task 1: 0.7 - 0.8 = -0.1; mean -0.2
    assert metrics.forgetting([[0.5, 0.0, 0.0], [0.6, 0.7, 0.0], [0.9, 0.8, 0.9]]) == pytest.approx(-0.2)


def test_forgetting_ignores_what_was_known_before_learning_and_what_the_last_row_reached():
    known = R.copy()
    known[0, 1] = 1.0  # task 1 before it was learned
    assert metrics.forgetting(known) == pytest.approx(0.225)
    known[2, 2] = 1.0  # the last task
    assert metrics.forgetting(known) == pytest.approx(0.225)


@pytest.mark.parametrize(
    "metric", [metrics.average_accuracy, metrics.backward_transfer, metrics.forgetting, metrics.retention]
)
def test_rows_and_columns_are_not_interchangeable(metric):
    assert metric(R) != pytest.approx(metric(R.T))


@pytest.mark.parametrize(
    "metric",
    [
        metrics.average_accuracy,
        metrics.learning_accuracy,
        metrics.backward_transfer,
        metrics.forgetting,
        metrics.retention,
    ],
)
def test_replicas_are_kept_apart(metric):
    assert isinstance(metric(R), float)
    np.testing.assert_allclose(metric(np.stack([R, S])), [metric(R), metric(S)])
    assert metric(np.stack([[R, S]] * 4)).shape == (4, 2)


def test_forward_transfer_with_one_initial_network_or_one_per_replica():
    both = np.stack([R, S])
    # S: ((0.50 - 0.40) + (0.40 - 0.45)) / 2 = 0.025
    np.testing.assert_allclose(metrics.forward_transfer(both, INITIAL), [0.15, 0.025])
    # with b = 0.5, 0.5, 0.5 for S: ((0.50 - 0.50) + (0.40 - 0.50)) / 2 = -0.05
    np.testing.assert_allclose(metrics.forward_transfer(both, [INITIAL, [0.5] * 3]), [0.15, -0.05])
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        metrics.forward_transfer(both, [0.5, 0.5])


def test_one_task():
    assert metrics.average_accuracy([[0.8]]) == pytest.approx(0.8)
    assert metrics.learning_accuracy([[0.8]]) == pytest.approx(0.8)
    for metric in (metrics.backward_transfer, metrics.forgetting, metrics.retention):
        with pytest.raises(UndefinedMetric, match="one task"):
            metric([[0.8]])
    with pytest.raises(UndefinedMetric, match="one task"):
        metrics.forward_transfer([[0.8]], [0.5])


def test_forward_transfer_without_initial_accuracies_says_why():
    with pytest.raises(UndefinedMetric, match="accuracies at initialisation were not measured"):
        metrics.forward_transfer(R, None)
    with pytest.raises(UndefinedMetric, match="task 2 was not evaluated at initialisation"):
        metrics.forward_transfer(R, [0.5, 0.5, np.nan])


def test_a_metric_is_undefined_only_if_it_needs_what_was_not_evaluated():
    lower = np.where(np.tri(3, dtype=bool), R, np.nan)
    assert metrics.average_accuracy(lower) == pytest.approx(2.15 / 3)
    assert metrics.forgetting(lower) == pytest.approx(0.225)
    assert metrics.backward_transfer(lower) == pytest.approx(-0.20)
    with pytest.raises(UndefinedMetric, match="task 1 after training up to task 0, which was not evaluated"):
        metrics.forward_transfer(lower, INITIAL)
    hole = R.copy()
    hole[1, 0] = np.nan
    assert metrics.backward_transfer(hole) == pytest.approx(-0.20)
    with pytest.raises(UndefinedMetric, match="task 0 after training up to task 1"):
        metrics.forgetting(np.stack([R, hole]))


def test_retention_of_what_was_never_learned_is_undefined():
    with pytest.raises(UndefinedMetric, match="task 1 right after learning it is 0"):
        metrics.retention([[0.9, 0.5, 0.5], [0.9, 0.0, 0.5], [0.9, 0.3, 0.5]])


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="found 97.*percentages"):
        metrics.average_accuracy([[97.0, 50.0], [60.0, 98.0]])
    with pytest.raises(ValueError, match="found -0.1"):
        metrics.average_accuracy([[-0.1]])
    with pytest.raises(ValueError, match=r"shape \(2, 3\)"):
        metrics.average_accuracy(R[:2])
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        metrics.average_accuracy(R[0])


def test_labelled_axes_must_be_in_order():
    labelled = xr.DataArray(R, dims=("trained_on", "tested_on"))
    assert metrics.backward_transfer(labelled) == pytest.approx(-0.20)
    with pytest.raises(ValueError, match=r"\('tested_on', 'trained_on'\)"):
        metrics.backward_transfer(labelled.T)


def test_summary_of_two_replicas():
    found = metrics.summary(np.stack([R, S]), INITIAL)
    assert set(found) == {
        "average_accuracy",
        "learning_accuracy",
        "backward_transfer",
        "forward_transfer",
        "forgetting",
        "retention",
        "undefined",
    }
    assert found["undefined"] == {}
    # R: -0.20. S: ((0.40 - 0.80) + (0.90 - 0.90)) / 2 = -0.20. Mean -0.20, sd 0.
    assert found["backward_transfer"]["mean"] == pytest.approx(-0.20)
    assert found["backward_transfer"]["sd"] == pytest.approx(0.0)
    # R: 0.225. S: (max(0.80, 0.60) - 0.40 + 0.90 - 0.90) / 2 = 0.20.
    # Mean 0.2125; the sd of two values is their distance / sqrt(2).
    assert found["forgetting"]["mean"] == pytest.approx(0.2125)
    assert found["forgetting"]["sd"] == pytest.approx(0.025 / np.sqrt(2))
    assert found["forgetting"]["n"] == 2


def test_summary_of_one_replica_has_no_standard_deviation():
    found = metrics.summary(R)
    assert found["forgetting"] == {"mean": pytest.approx(0.225), "sd": None, "n": 1}
    assert found == metrics.summary(R[None])
    assert set(found["undefined"]) == {"forward_transfer"}
    assert "initialisation" in found["undefined"]["forward_transfer"]


def test_summary_of_one_task_says_what_is_undefined():
    found = metrics.summary([[[0.8]], [[0.6]]])
    assert found["average_accuracy"]["mean"] == pytest.approx(0.7)
    assert set(found["undefined"]) == {"backward_transfer", "forward_transfer", "forgetting", "retention"}
    assert all("one task" in reason for reason in found["undefined"].values())


def test_summary_refuses_no_replica_and_too_many_axes():
    with pytest.raises(ValueError, match="no replica"):
        metrics.summary(np.empty((0, 3, 3)))
    with pytest.raises(ValueError, match="4 axes"):
        metrics.summary(R[None, None])
