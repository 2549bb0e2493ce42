"""Figures of ablations show the numbers they were given, with units, boundaries and chance."""

import numpy as np
import pytest
import xarray as xr

from tacos import plots
from tacos.plots import style
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


def of(axes, colour):
    """Points of the errorbar in a colour."""
    return next(c.lines[0].get_xydata() for c in axes.containers if c.lines[0].get_color() == colour)


def rings(axes):
    return [
        c.get_offsets().tolist() for c in axes.collections if c.get_facecolors().size == 0 and len(c.get_offsets()) == 1
    ]


def test_front():
    """A panel each, in colour before all others in grey, so that no marker has to tell them apart."""
    figure = plots.stability_plasticity_front(ablation())
    overview, full, without, sweep = figure.axes
    colour = style.PALETTE[1]
    assert [axes.get_title() for axes in figure.axes[1:]] == ["full", "without m", "full: dm"]
    np.testing.assert_allclose(of(full, colour), [[90, 60], [80, 70]], err_msg="in the order of the learning rate")
    np.testing.assert_allclose(of(without, colour), [[30, 20], [70, 65]])
    # The network that was chosen belongs to the sweep around it: dm times 1, then 4.
    np.testing.assert_allclose(of(sweep, colour), [[80, 70], [85, 75]])
    for axes in figure.axes:
        grey = [line for line in axes.lines if line.get_color() == "0.8"]
        assert len(grey) == 3, "every curve stands behind"
    for axes, ring in ((full, [80, 70]), (without, [70, 65]), (sweep, [80, 70])):
        np.testing.assert_allclose(rings(axes), [[ring]], err_msg="the learning rate chosen")
    assert not overview.containers and overview.get_ylim()[0] == 17, "below chance, too, nothing is left out"
    for axes in (full, without, sweep):
        assert (*axes.get_xlim(), *axes.get_ylim()) == (67, 83, 62, 73), "around what was chosen"
    assert overview.get_ylabel() == "retained accuracy (%)" and sweep.get_xlabel() == "learning accuracy (%)"
    assert legend(figure) == [
        "the condition or sweep named above", "all others", "eta chosen", "as much retained as learned", "chance (50 %)",
    ]  # fmt: skip
    assert "domain-incremental, validation data (n = 1)" in figure.get_suptitle()
    failed = ablation()
    failed["grid_accuracy"][:] = np.nan
    with pytest.raises(ValueError, match="no trial of two tasks or more has finished"):
        plots.stability_plasticity_front(failed)


def test_front_shows_means_and_intervals_over_seeds():
    data = ablation()
    wider = xr.concat([data["grid_accuracy"] - 0.03, data["grid_accuracy"] + 0.03], "grid_replica")
    data = data.drop_vars("grid_accuracy").assign(grid_accuracy=wider)
    tested = wider.transpose("trial", ...).values[[0, 2]]  # what was chosen of both conditions
    data["accuracy"] = ("condition", "replica", "trained_on", "tested_on"), tested
    full = plots.stability_plasticity_front(data.assign_attrs(held_out="test")).axes[1]
    np.testing.assert_allclose(of(full, style.PALETTE[1]), [[90, 60], [80, 70]])
    half = 12.706 * 3  # t of one degree of freedom, times the standard error of two values six points apart
    across, up = full.containers[0].lines[2]
    np.testing.assert_allclose(across.get_segments()[0][:, 0], [90 - half, 90 + half], rtol=1e-4)
    np.testing.assert_allclose(up.get_segments()[1][:, 1], [70 - half, 70 + half], rtol=1e-4)
    star = full.containers[1].lines[0]
    assert star.get_marker() == "*"
    np.testing.assert_allclose(star.get_xydata(), [[80, 70]])


def test_a_condition_that_keeps_little_is_drawn_whole():
    data = ablation()
    data["grid_accuracy"][2, 0, -1, :-1] = 0.3
    without = plots.stability_plasticity_front(data).axes[2]
    assert without.get_title() == "without m\n(not close up)" and without.get_ylim() == (17, 100)


def test_front_compares_the_same_tasks():
    """The last task was not followed by others: how well it was learned says nothing of what could be kept."""
    data = ablation()
    data["grid_accuracy"][:, :, -1, -1] = 0.1
    full = plots.stability_plasticity_front(data).axes[1]
    np.testing.assert_allclose(of(full, style.PALETTE[1]), [[90, 60], [80, 70]])


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


def test_activity_of_zeros_stands_at_zero():
    still = run()
    for name in ("rate", "silent"):
        still[name][:] = 0
    for axes in plots.activity_through_stream(still).axes:
        assert axes.get_ylim() == (0, 1), "not amid +-0.05"


def test_no_bar_is_cut():
    """A standard deviation may reach beyond 100 %."""
    spread = run()
    for name in ("accuracy", "accuracy_through"):
        spread[name][0], spread[name][1] = 1.0, 0.7
    figures = {
        "retention": plots.retention(spread), "comparison": plots.comparison({"a": spread}),
        "stream": plots.accuracy_through_stream(spread),
    }  # fmt: skip
    top = 85 + 30 / np.sqrt(2)
    assert figures["retention"].axes[0].get_ylim()[1] > top
    assert figures["comparison"].axes[0].get_xlim()[1] > top
    assert figures["stream"].axes[0].get_ylim()[1] > top


def test_seeds_are_not_hidden_behind_the_bar():
    rows = [
        {"label": "a", "network": "n", "group": "flagship", "epochs": 1, "boundaries": False,
         "accuracy": {0: 0.8, 1: 0.82}},
        {"label": "b", "network": "n", "group": "free", "epochs": 1, "boundaries": False, "accuracy": {0: 0.8, 1: 0.8}},
    ]  # fmt: skip
    groups = {"flagship": "ours", "free": "told nothing"}
    axes = plots.methods(rows, groups, "split-digits, domain-incremental").axes[0]
    dots = [line for line in axes.lines if line.get_marker() == "."]
    assert len(dots) == len(axes.containers) == 2
    for line, bar in zip(dots, axes.containers, strict=True):
        apart = np.ptp(axes.transData.transform([(0, line.get_ydata()[0]), (0, bar.lines[0].get_ydata()[0])])[:, 1])
        assert apart * 72 / axes.figure.dpi > 5, "points, more than the height of the marker"


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
