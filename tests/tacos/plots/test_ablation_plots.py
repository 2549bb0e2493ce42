"""Figures of ablations show the numbers they were given, with units, boundaries and chance."""

import numpy as np
import pytest
import xarray as xr

from tacos import plots
from tacos.plots.retention import by_age


def ablation():
    """Two conditions at two learning rates, and a sweep of dm; three tasks."""
    matrices = np.full((5, 1, 3, 3), 0.5)
    for k, (learned, kept) in enumerate([(0.8, 0.7), (0.9, 0.6), (0.7, 0.65), (0.3, 0.2), (0.85, 0.75)]):
        matrices[k, 0][np.diag_indices(3)] = learned
        matrices[k, 0, -1, :-1] = kept
    return xr.Dataset(
        {
            "grid_accuracy": (("trial", "grid_replica", "grid_trained_on", "grid_tested_on"), matrices),
            "grid_condition": ("trial", ["full", "full", "without m", "without m", "full"]),
            "grid_parameter": ("trial", ["eta", "eta", "eta", "eta", "dm"]),
            "grid_factor": ("trial", [2.0, 0.5, 1.0, 0.25, 4.0]),
            "factor": ("condition", [2.0, 1.0]),
        },
        coords={"condition": ["full", "without m"]},
        attrs={
            "stream": "split-digits", "scenario": "domain-incremental", "grid_held_out": "validation", "chance": 0.5,
            "learning_rate": "eta",
        },
    )  # fmt: skip


def run(offset=0.0):
    """Three tasks of ten presentations, two replicas."""
    through = np.full((2, 3, 3), 0.5)
    through[:, 0, 0], through[:, 1, :2], through[:, 2] = 0.9 - offset, [0.8 - offset, 0.9], [0.6, 0.7, 0.95]
    through[1] -= 0.02
    return xr.Dataset(
        {
            "accuracy": (("replica", "trained_on", "tested_on"), through),
            "accuracy_through": (("replica", "point", "tested_on"), through),
            "silent": (("replica", "point", "tested_on"), np.full((2, 3, 3), 0.1)),
            "rate": (("replica", "trained_on", "population"), np.stack([[[20, 30]] * 3, [[24, 30]] * 3])),
        },
        coords={
            "presentation": ("point", [10, 20, 30]),
            "presentations_seen": ("trained_on", [10, 20, 30]),
            "population": ["hidden", "output"],
            "task_name": ("tested_on", ["0/1", "2/3", "4/5"]),
        },
        attrs={"stream": "split-digits", "scenario": "domain-incremental", "chance": 0.5},
    )


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_front():
    figure = plots.stability_plasticity_front(ablation())
    whole, close = figure.axes
    for axes in (whole, close):
        full, without, sweep = axes.lines[:3]
        np.testing.assert_allclose(full.get_xydata(), [[90, 60], [80, 70]], err_msg="in the order of the learning rate")
        np.testing.assert_allclose(without.get_xydata(), [[30, 20], [70, 65]])
        # The network that was chosen belongs to the sweep around it: dm times 1, then 4.
        np.testing.assert_allclose(sweep.get_xydata(), [[80, 70], [85, 75]])
        assert sweep.get_linestyle() == ":" and sweep.get_color() == full.get_color()
        rings = [
            c.get_offsets()[0].tolist()
            for c in axes.collections
            if c.get_facecolors().size == 0 and len(c.get_offsets())
        ]
        np.testing.assert_allclose(rings, [[80, 70], [70, 65]], err_msg="the learning rates chosen")
        assert axes.get_xlabel() == "learning accuracy: earlier tasks,\nright after learning each (%)"
    assert whole.get_ylabel() == "retained accuracy: earlier tasks,\nat the end of the stream (%)"
    assert whole.get_ylim()[0] == 17, "below chance, too, nothing is left out"
    assert (*close.get_xlim(), *close.get_ylim()) == (67, 83, 62, 73), "around what was chosen"
    assert legend(figure) == [
        "full",
        "without m",
        "full: dm",
        "eta chosen",
        "as much retained as learned",
        "chance (50 %)",
    ]
    assert "domain-incremental, validation data (n = 1)" in figure.get_suptitle()
    failed = ablation()
    failed["grid_accuracy"][:] = np.nan
    with pytest.raises(ValueError, match="no trial of two tasks or more has finished"):
        plots.stability_plasticity_front(failed)


def test_front_compares_the_same_tasks():
    """The last task was not followed by others: how well it was learned says nothing of what could be kept."""
    data = ablation()
    data["grid_accuracy"][:, :, -1, -1] = 0.1
    full = plots.stability_plasticity_front(data).axes[0].lines[0]
    np.testing.assert_allclose(full.get_xydata(), [[90, 60], [80, 70]])


def test_retention():
    for task, (ages, accuracies) in enumerate([([0, 10, 20], [90, 80, 60]), ([0, 10], [90, 70]), ([0], [95])]):
        age, accuracy = by_age(run(), task)
        assert age.tolist() == ages
        np.testing.assert_allclose(accuracy, [accuracies, np.array(accuracies) - 2])
    figure = plots.retention({"full": run(), "less": run(0.1)})
    assert [axes.get_title() for axes in figure.axes] == ["task 0/1", "task 2/3"], "nothing came after the last one"
    np.testing.assert_allclose(figure.axes[0].lines[0].get_xydata(), [[0, 89], [10, 79], [20, 59]])
    assert figure.axes[0].get_xlabel() == "presentations since\nit ended (stimuli)"
    assert figure.axes[0].get_ylabel() == "accuracy on\nthe task (%)"
    assert legend(figure) == ["full", "less", "chance (50 %)"]
    assert "domain-incremental (n = 2)" in figure.get_suptitle()


def test_activity():
    figure = plots.activity_through_stream({"full": run(), "less": run(0.1)})
    hidden, output, silent = figure.axes
    np.testing.assert_allclose(hidden.lines[0].get_ydata(), [22, 22, 22])
    np.testing.assert_allclose(silent.lines[0].get_ydata(), [10, 10, 10])
    assert [a.get_ylabel() for a in figure.axes] == [
        "hidden:\nmean rate (Hz)", "output:\nmean rate (Hz)", "tests without an\noutput spike (%)",
    ]  # fmt: skip
    assert silent.get_xlabel() == "presentations seen (stimuli)"
    assert legend(figure) == ["full", "less", "task boundary"]
    assert legend(plots.activity_through_stream(run().assign_attrs(has_ends=0))) == ["mean"], (
        "no boundaries, none drawn"
    )
    with pytest.raises(ValueError, match="no rate of 'hidden2'; they hold hidden, output"):
        plots.activity_through_stream(run(), ["hidden2"])


def test_plasticity():
    openness = np.array([[1.0, 1.0], [0.5, 0.005]])
    figure = plots.plasticity_through_stream(
        {"full": {"input-hidden": (np.array([10.0, 20.0]), openness)}}, [10.0], scenario="split-digits"
    )
    rate, frozen = figure.axes
    np.testing.assert_allclose(rate.lines[0].get_ydata(), [1, 0.2525])
    np.testing.assert_allclose(frozen.lines[0].get_ydata(), [0, 50])
    assert rate.get_ylabel() == "effective learning\nrate (share of eta)"
    assert frozen.get_ylabel() == "frozen synapses (%),\nbelow 1 % of eta"
    assert frozen.get_xlabel() == "presentations seen (stimuli)"
    assert legend(figure) == ["full", "task boundary"]
    with pytest.raises(ValueError, match="nothing to draw"):
        plots.plasticity_through_stream({"full": {}})
