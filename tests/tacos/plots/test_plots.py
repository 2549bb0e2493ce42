"""Figures: the numbers drawn, labels with units, legends, titles and the files written."""

import warnings

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.text import Text

from tacos import plots
from tacos.measures.metrics import UndefinedMetric
from tacos.plots import records, style

SCENARIO = "domain-incremental"


def run(replicas=2, **attrs):
    """Two tasks of 100 presentations; the second replica is 0.04 better throughout."""
    accuracy = np.array([[0.90, 0.50], [0.70, 0.80]])
    through = np.array([[0.50, 0.50], [0.90, 0.50], [0.70, 0.80]])
    better = 0.04 * np.arange(replicas)[:, None, None]
    return xr.Dataset(
        {
            "accuracy": (("replica", "trained_on", "tested_on"), accuracy + better),
            "accuracy_through": (("replica", "point", "tested_on"), through + better),
        },
        coords={
            "presentation": ("point", [0, 100, 200]),
            "task_name": ("tested_on", ["0 / 1", "2 / 3"]),
            "presentations_seen": ("trained_on", [100, 200]),
        },
        attrs={"scenario": SCENARIO, "stream": "split digits", "condition": "TACOS", "chance": 0.5} | attrs,
    )


def title(figure: Figure) -> str:
    return figure.get_suptitle()


def legend(figure: Figure) -> list[str]:
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes)]
    return [text.get_text() for box in legends if box for text in box.get_texts()]


def line(axes, label):
    return next(found for found in axes.lines if found.get_label() == label)


def all_figures():
    rng = np.random.default_rng(0)
    rates = {"hidden": rng.gamma(2, 5, 50)}
    states = {"before": rng.normal(size=100), "after": rng.normal(size=100)}
    return {
        "matrix": plots.accuracy_matrix(run()),
        "stream": plots.accuracy_through_stream({"a": run(), "b": run()}),
        "comparison": plots.comparison({"a": run(), "b": run(1)}),
        "raster": plots.spike_raster({"input": ([1.0], [0])}, {"input": 3, "output": 2}, 10, scenario=SCENARIO),
        "rates": plots.firing_rates(rates, scenario=SCENARIO),
        "states": plots.state_distribution(states, "w", "nS", scenario=SCENARIO),
        "learning": plots.effective_learning_rate({"a": rng.random(50)}, "nS", scenario=SCENARIO),
        "trajectories": plots.trajectories([0, 1], np.ones((2, 9)), "m", "", scenario=SCENARIO),
        "histogram": plots.histogram_through_time(
            [1, 2, 3], rng.random((3, 50)), "w", "nS", [1.5, 3], ["a long name of a task", "b"], scenario=SCENARIO
        ),
        "phase": plots.phase_plot(
            [1, 2, 3], rng.random((3, 50)), rng.random((3, 50)), ("w_ref", "w"), ("nS", "nS"), [2, 3], scenario=SCENARIO
        ),
        "fields": plots.receptive_fields(
            {"w": rng.normal(size=(2, 5, 3, 4)), "m": (np.zeros((5, 3, 4)), rng.random((5, 3, 4)))},
            {"w": "nS", "m": "1"}, range(195, 200), scenario=SCENARIO,
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def figures():
    return all_figures()


@pytest.mark.parametrize(
    "name",
    ["matrix", "stream", "comparison", "raster", "rates", "states", "learning", "trajectories", "histogram", "phase"]
    + ["fields"],
)
def test_every_figure_can_be_read_in_a_paper(figures, name):
    figure = figures[name]
    assert isinstance(figure, Figure)
    assert SCENARIO in title(figure)
    assert figure.get_figwidth() <= style.PAGE
    figure.canvas.draw()
    drawn = figure.get_tightbbox()  # in inches
    assert drawn.x0 > -0.01 and drawn.x1 < figure.get_figwidth() + 0.01
    assert drawn.y0 > -0.01 and drawn.y1 < figure.get_figheight() + 0.01
    for text in figure.findobj(Text):
        if text.get_text() and text.get_visible():
            assert text.get_fontsize() >= 8, text.get_text()
    if name not in ("matrix", "fields"):  # colour bars are their legends
        assert legend(figure)


def test_style_does_not_depend_on_nor_change_the_users_settings():
    import matplotlib

    with matplotlib.rc_context({"font.size": 3.0, "xtick.labelsize": 3.0}):
        figure = plots.firing_rates({"hidden": [1.0, 2.0]})
        assert figure.axes[0].get_xticklabels()[0].get_fontsize() == 8
        assert matplotlib.rcParams["font.size"] == 3.0


def test_accuracy_matrix_prints_mean_and_sd_in_percent():
    figure = plots.accuracy_matrix(run())
    axes, bar = figure.axes
    # two replicas, 0.04 apart: mean +2 points, sd 4 / sqrt(2) = 2.83 points; text order is row by row
    cells = [text.get_text() for text in axes.texts]
    assert cells == ["92.0\n± 2.8", "52.0\n± 2.8", "72.0\n± 2.8", "82.0\n± 2.8"]
    assert [text.get_position() for text in axes.texts] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    np.testing.assert_allclose(axes.images[0].get_array(), [[92, 52], [72, 82]])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("tested on task", "trained up to task")
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0 / 1", "2 / 3"]
    assert bar.get_ylabel() == "accuracy (%)"
    assert "TACOS" in title(figure) and "split digits, domain-incremental (n = 2)" in title(figure)


def test_accuracy_matrix_where_tasks_do_not_end():
    axes = plots.accuracy_matrix(run().assign_attrs(has_ends=0)).axes[0]
    assert axes.get_ylabel() == "presentations learned"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["100", "200"]


def test_accuracy_matrix_of_one_replica_and_with_a_hole():
    single = run(1)
    assert [text.get_text() for text in plots.accuracy_matrix(single).axes[0].texts][2:] == ["70.0", "80.0"]
    holed = run(2)
    holed["accuracy"][0, 0, 1] = np.nan  # in one of two replicas
    assert plots.accuracy_matrix(holed).axes[0].texts[1].get_text() == "–"


def test_axes_are_taken_by_name():
    turned = run().transpose("tested_on", "trained_on", "point", "replica")
    assert plots.accuracy_matrix(turned).axes[0].texts[1].get_text() == "52.0\n± 2.8"
    drawn = plots.accuracy_through_stream(turned).axes[0]
    np.testing.assert_allclose(line(drawn, "task 0").get_ydata(), [52, 92, 72])


def test_accuracy_through_stream():
    figure = plots.accuracy_through_stream(run())
    (axes,) = figure.axes
    np.testing.assert_allclose(line(axes, "task 1").get_xdata(), [0, 100, 200])
    np.testing.assert_allclose(line(axes, "task 1").get_ydata(), [52, 52, 82])
    band = axes.collections[1].get_paths()[0].get_extents()
    half = 4 / np.sqrt(2)
    assert (band.y0, band.y1) == (pytest.approx(52 - half), pytest.approx(82 + half))
    vertical = [found.get_xdata()[0] for found in axes.lines if list(found.get_xdata()) in ([100, 100],)]
    assert vertical == [100]  # one boundary: the end of the stream is none
    assert [list(found.get_ydata()) for found in axes.lines if found.get_linestyle() == ":"] == [[50, 50]]
    assert axes.get_xlabel() == "presentations seen (stimuli)"
    assert figure.get_supylabel() == "accuracy (%)"
    assert legend(figure) == ["0 / 1", "2 / 3", "± sd over replicas", "task boundary", "chance (50 %)"]


def test_accuracy_through_stream_of_several_conditions():
    figure = plots.accuracy_through_stream({"with": run(1), "without": run(1)})
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["with", "without"]
    assert "± sd over replicas" not in legend(figure)
    assert not figure.axes[0].collections


def test_chance_is_drawn_only_where_it_is_known():
    unknown = run()
    del unknown.attrs["chance"]
    assert not any("chance" in text for text in legend(plots.accuracy_through_stream(unknown)))


def test_comparison():
    figure = plots.comparison({"TACOS": run(), "one seed": run(1)})
    (axes,) = figure.axes
    # last rows (0.70 + 0.80) / 2 = 75 %, and 79 % in the better replica
    np.testing.assert_allclose(axes.lines[0].get_xdata(), [75, 79])
    assert [text.get_text() for text in axes.texts] == ["77.0 ± 2.8 %", "75.0 %"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["TACOS", "one seed"]
    assert axes.yaxis_inverted()
    assert axes.get_xlabel() == "average accuracy over all tasks (%)"
    assert sorted(legend(figure)) == ["chance (50 %)", "mean ± sd", "replica"]
    assert "(n = 1 to 2)" in title(figure)


def test_comparison_says_which_row_is_unfinished():
    unfinished = run()
    unfinished["accuracy"][:, 1] = np.nan
    with pytest.raises(UndefinedMetric, match="average accuracy of 'stopped' is undefined.*not evaluated"):
        plots.comparison({"TACOS": run(), "stopped": unfinished})


@pytest.mark.parametrize("draw", [plots.comparison, plots.accuracy_through_stream])
def test_scenarios_are_never_mixed(draw):
    with pytest.raises(ValueError, match="'b' is task-incremental"):
        draw({"a": run(), "b": run(scenario="task-incremental")})
    with pytest.raises(ValueError, match="no results"):
        draw({})


def test_results_that_cannot_be_drawn_say_why():
    nameless = run()
    del nameless.attrs["scenario"]
    with pytest.raises(ValueError, match="do not say their scenario"):
        plots.accuracy_matrix(nameless)
    with pytest.raises(ValueError, match="hold no 'accuracy'; they hold accuracy_through"):
        plots.accuracy_matrix(run().drop_vars("accuracy"))
    with pytest.raises(ValueError, match="fractions between 0 and 1; found 90"):
        plots.accuracy_matrix(run().assign(accuracy=100 * run()["accuracy"]))
    with pytest.raises(ValueError, match="nothing to draw"):
        plots.accuracy_matrix(run().isel(replica=slice(0, 0)))


def test_spike_raster():
    spikes = {"hidden": ([1.0, 5.0, 9.0], [0, 3, 1]), "output": ([2.0], [1])}
    figure = plots.spike_raster(spikes, {"hidden": 4, "output": 2, "error": 2}, 50, scenario="one presentation")
    hidden, _output, error = figure.axes
    np.testing.assert_array_equal(hidden.lines[0].get_xdata(), [1, 5, 9])
    np.testing.assert_array_equal(hidden.lines[0].get_ydata(), [0, 3, 1])
    assert error.lines[0].get_xdata().size == 0
    assert hidden.get_ylim() == (-0.5, 3.5)
    assert error.get_xlim() == (0, 50)
    assert (error.get_xlabel(), figure.get_supylabel()) == ("time (ms)", "neuron index")
    # 3 spikes of 4 neurons in 50 ms: 3 / 4 / 0.05 s = 15 Hz
    assert legend(figure)[0] == "hidden: 4 neurons, mean 15 Hz"
    assert legend(figure)[2] == "error: 2 neurons, mean 0 Hz"
    marked = plots.spike_raster(spikes, {"hidden": 4, "output": 2}, 50, marked={"hidden": 3})
    np.testing.assert_array_equal(marked.axes[0].lines[1].get_xdata(), [5])
    assert legend(marked)[1] == "neuron 3: 1 spike"


@pytest.mark.parametrize(
    ("spikes", "message"),
    [
        ({"ghost": ([], [])}, "population 'ghost'"),
        ({"hidden": ([0.01, 60.0], [0, 0])}, "lasts from 0 to 50 ms"),
        ({"hidden": ([1.0], [4])}, "neurons 0 to 3; found index 4"),
        ({"hidden": ([1.0, 2.0], [0])}, "2 spike times but 1 neuron"),
        ({"hidden": ([np.nan], [0])}, "must be finite"),
    ],
)
def test_spikes_that_do_not_fit_are_refused(spikes, message):
    with pytest.raises(ValueError, match=message):
        plots.spike_raster(spikes, {"hidden": 4}, 50)


def heights(axes, k=0):
    """Bar heights of the k-th outline."""
    vertices = [patch for patch in axes.patches if not patch.get_fill()][k].get_xy()
    return vertices[1:-1:2, 1]


def test_firing_rates():
    figure = plots.firing_rates({"hidden": [0.0, 0.0, 10.0, 30.0], "output": [40.0]}, bins=4)
    (axes,) = figure.axes
    np.testing.assert_allclose(heights(axes), [50, 25, 0, 25])  # bins of 10 Hz, the upper edge in the next one
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("firing rate (Hz)", "neurons of the population (%)")
    assert sorted(legend(figure)) == ["hidden: mean 10 Hz, 50 % silent", "output: mean 40 Hz, 0 % silent"]
    with pytest.raises(ValueError, match="'hidden' has -1 Hz"):
        plots.firing_rates({"hidden": [-1.0]})


def test_all_neurons_silent():
    assert legend(plots.firing_rates({"hidden": np.zeros(5)})) == ["hidden: mean 0 Hz, 100 % silent"]


def test_state_distribution():
    values = {"before": [0.0, 1.0, 2.0, 2.0]}
    figure = plots.state_distribution(values, "w_ref", "nS", bins=2)
    (axes,) = figure.axes
    np.testing.assert_allclose(heights(axes), [25, 75])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("w_ref (nS)", "share of synapses (%)")
    assert legend(figure) == ["before: 1.25 ± 0.83 (n = 4)"]  # sd: sqrt((1.5625 + 0.0625 + 2 * 0.5625) / 4) = 0.829
    logarithmic = plots.state_distribution(values, "m", "", log_share=True).axes[0]
    assert logarithmic.get_yscale() == "log"
    assert logarithmic.get_xlabel() == "m (dimensionless)"
    assert logarithmic.get_ylim()[0] < 25, "one synapse is seen"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alike = plots.state_distribution({"before": [0.0] * 4}, "m", "", log_share=True).axes[0]
    assert alike.get_ylim() == (12.5, 150), "all in one bar, and none above 100 %"
    unlike = plots.state_distribution({"small": values["before"], "large": 100 * values["before"]}, "w", "nS", bins=2)
    np.testing.assert_allclose(heights(unlike.axes[0], 0), heights(unlike.axes[0], 1), err_msg="populations compare")
    with pytest.raises(ValueError, match=r"w of 'after' must be finite; 1 of 2"):
        plots.state_distribution({"after": [1.0, np.nan]}, "w", "nS")


def test_first_and_last_bars_are_whole():
    values = {"a": [1.0, 2.0, 4.0]}
    for figure in (
        plots.state_distribution(values, "w", "nS"), plots.firing_rates(values), plots.effective_learning_rate(values)
    ):  # fmt: skip
        (axes,) = figure.axes
        outline = next(patch for patch in axes.patches if not patch.get_fill()).get_xy()[:, 0]
        left, right = axes.transData.transform([(outline.min(), 0), (outline.max(), 0)])[:, 0]
        assert axes.bbox.x0 + 1 < left and right < axes.bbox.x1 - 1, "pixels, more than half the line"


def test_effective_learning_rate_counts_frozen_synapses():
    values = {"early": [1.0, 0.5, 0.02, 0.009], "late": [0.009, 0.001, 0.0, 0.1]}
    figure = plots.effective_learning_rate(values, "nS", decades=3)
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel().startswith("effective learning rate (nS)")
    # below 0.01, 1 % of the maximum of all: one of four, and three of four
    assert sorted(legend(figure)) == ["1 % of the maximum", "early: 25 % frozen", "late: 75 % frozen"]
    assert sorted(heights(axes, k).sum() for k in (0, 1)) == [pytest.approx(100)] * 2  # zeros are counted too
    assert line(axes, "1 % of the maximum").get_xdata()[0] == pytest.approx(0.01)


def test_effective_learning_rate_against_a_given_maximum():
    assert "late: 100 % frozen" in legend(plots.effective_learning_rate({"late": [0.001, 0.0]}, maximum=1.0))
    assert "late: 100 % frozen" in legend(plots.effective_learning_rate({"late": [0.0]}, maximum=1.0))
    with pytest.raises(ValueError, match="All effective learning rates are 0"):
        plots.effective_learning_rate({"late": [0.0]})
    with pytest.raises(ValueError, match="2 is above the maximum given, 1"):
        plots.effective_learning_rate({"late": [2.0]}, maximum=1.0)
    with pytest.raises(ValueError, match="cannot be negative; found -1"):
        plots.effective_learning_rate({"late": [-1.0, 1.0]})


def test_trajectories():
    x = np.array([0, 100, 200])
    y = np.arange(101.0) * np.array([[0], [1], [2]])  # synapse k ends at 2 k: quantiles are known
    figure = plots.trajectories(x, y, "w", "nS", [100, 200], ["first", "second"], individuals=2)
    (axes,) = figure.axes
    np.testing.assert_allclose(line(axes, "median").get_ydata(), [0, 50, 100])
    outer, inner = (band.get_paths()[0].vertices for band in axes.collections)
    at_end = [np.unique(band[band[:, 0] == 200, 1]) for band in (outer, inner)]
    np.testing.assert_allclose(at_end, [[10, 190], [50, 150]])
    singles = [found for found in axes.lines if found.get_color() == style.PALETTE[1]]
    assert [found.get_ydata()[-1] for found in singles] == [50, 150]  # ranks 25 and 75 of 101
    assert line(axes, "task boundary").get_xdata()[0] == 100
    assert [(text.get_text(), text.get_position()[0]) for text in axes.texts] == [
        ("first", 50),
        ("second", 150),
    ]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("presentations seen (stimuli)", "w (nS)")
    assert legend(figure) == ["5 to 95 %", "25 to 75 %", "single synapses", "median", "task boundary"]
    assert figure.legends[0].get_title().get_text() == "101 synapses"
    assert plots.trajectories(x, y[:, :1], "w", "nS").legends[0].get_title().get_text() == "1 synapse"


def test_trajectories_take_boundaries_without_the_last():
    axes = plots.trajectories([0, 200], np.ones((2, 3)), "w", "nS", [100], ["first", "second"]).axes[0]
    assert [text.get_position()[0] for text in axes.texts] == [50, 150]
    with pytest.raises(ValueError, match="2 task names need 1 or 2 boundaries; found 3"):
        plots.trajectories([0, 200], np.ones((2, 3)), "w", "nS", [50, 100, 150], ["first", "second"])
    with pytest.raises(ValueError, match=r"2 records; found \(3, 2\)"):
        plots.trajectories([0, 200], np.ones((3, 2)), "w", "nS")


def test_few_trajectories_are_drawn_each_by_itself():
    y = np.array([[3.0, 1, 2], [9, 8, 7]])
    figure = plots.trajectories([1, 2], y, "V", "mV", [1.5], time_unit="s", of="neurons", indices=[40, 50, 60])
    (axes,) = figure.axes
    assert not axes.collections, "no bands"
    assert legend(figure) == ["neuron 40", "neuron 50", "neuron 60", "task boundary"]
    np.testing.assert_array_equal(line(axes, "neuron 60").get_ydata(), [2, 7])
    assert len({found.get_color() for found in axes.lines[:3]}) == 3
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time in the stream (s)", "V (mV)")
    assert figure.legends[0].get_title().get_text() == "3 neurons"


def test_names_of_tasks_that_do_not_fit_become_numbers():
    def names(n, text):
        ends = [10 * k for k in range(1, n + 1)]
        return [found.get_text() for found in plots.trajectories(
            [0, 10 * n], np.ones((2, 9)), "w", "", ends, [f"{text} {k}" for k in range(n)]).axes[0].texts]  # fmt: skip

    assert names(2, "permutation") == ["permutation 0", "permutation 1"]
    assert names(8, "permutation")[-1] == "task 7"
    assert names(20, "permutation")[-1] == "19"


def test_records_are_read_in_blocks(monkeypatch):
    """Of a variable that is a file, no more is asked for at a time than fits; the figure is the same."""
    asked = []

    class InAFile:
        shape = (10, 30)
        content = np.random.default_rng(0).normal(size=shape)

        def __getitem__(self, part):
            asked.append(np.size(self.content[part]))
            return self.content[part]

    monkeypatch.setattr(records, "BLOCK", 100)
    draw = {
        "trajectories": lambda v: plots.trajectories(np.arange(10), v, "w", ""),
        "histogram": lambda v: plots.histogram_through_time(np.arange(10), v, "w", ""),
        "phase": lambda v: plots.phase_plot(np.arange(10), v, v, ("w", "w"), ("", "")),
    }
    for name, function in draw.items():
        from_file, from_array = function(InAFile()), function(InAFile.content)
        for one, other in zip(from_file.axes[0].lines, from_array.axes[0].lines, strict=True):
            np.testing.assert_array_equal(one.get_xydata(), other.get_xydata(), err_msg=name)
    assert max(asked) == 90


def test_histogram_through_time():
    x = np.array([10, 20, 30])
    y = np.array([[0.0, 0, 0, 0, 0], [0, 0, 1, 1, 4], [4, 4, 4, 4, 4]])
    figure = plots.histogram_through_time(x, y, "m", "nS", [20, 30], ["first", "second"], bins=4)
    axes, bar = figure.axes
    (mesh,) = axes.collections
    counts = np.ma.filled(mesh.get_array().astype(float).reshape(4, 3), 0)
    np.testing.assert_array_equal(counts, [[5, 2, 0], [0, 2, 0], [0, 0, 0], [0, 1, 5]])
    np.testing.assert_array_equal(np.unique(mesh.get_coordinates()[..., 0]), [5, 15, 25, 35])
    np.testing.assert_array_equal(np.unique(mesh.get_coordinates()[..., 1]), [0, 1, 2, 3, 4])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("presentations seen (stimuli)", "m (nS)")
    assert bar.get_ylabel() == "number of synapses (log)"
    assert line(axes, "task boundary").get_xdata()[0] == 20
    assert [text.get_text() for text in axes.texts] == ["first", "second"]
    assert legend(figure) == ["task boundary"]
    assert "5 synapses" in title(figure)


def test_histogram_of_a_long_recording_and_of_a_constant():
    figure = plots.histogram_through_time(np.arange(1, 1002), np.arange(2002.0).reshape(1001, 2), "w", "")
    assert figure.axes[0].collections[0].get_coordinates().shape == (61, 401, 2)
    counts = np.ma.filled(figure.axes[0].collections[0].get_array().astype(float), 0)
    assert counts.sum() == 800
    plots.histogram_through_time([1, 2], np.ones((2, 30)), "w", "").canvas.draw()
    with pytest.raises(ValueError, match=r"w must have shape \[record, synapse\] with 2 records; found \(2, 0\)"):
        plots.histogram_through_time([1, 2], np.ones((2, 0)), "w", "")


def test_phase_plot():
    t = np.array([100, 200, 300])
    ramp = np.arange(3.0)[:, None]
    figure = plots.phase_plot(
        t, ramp * [1, 2, 3, 4], ramp * [40, 30, 20, 10], ("m", "w"), ("1", "nS"), [200, 300], individuals=2
    )
    axes, bar = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("m (dimensionless)", "w (nS)")
    assert bar.get_ylabel() == "presentations seen (stimuli)"
    np.testing.assert_array_equal(
        line(axes, "all synapses at the end").get_xydata(), [[2, 80], [4, 60], [6, 40], [8, 20]]
    )
    # Ranks 1 and 3 of 4 by the final w: the third synapse and the first.
    paths = [np.array(path.get_segments()) for path in axes.collections]
    np.testing.assert_array_equal(paths[0], [[[0, 0], [3, 20]], [[3, 20], [6, 40]]])
    np.testing.assert_array_equal(paths[1], [[[0, 0], [1, 40]], [[1, 40], [2, 80]]])
    np.testing.assert_array_equal(axes.collections[0].get_array(), [150, 250])
    np.testing.assert_array_equal(line(axes, "first record").get_xydata(), [[0, 0]])
    np.testing.assert_array_equal(line(axes, "last record").get_xydata(), [[6, 40]])
    np.testing.assert_array_equal(line(axes, "task boundary").get_xydata(), [[3, 20]])
    assert [found.get_ydata()[0] for found in bar.lines] == [200]
    assert title(figure) == "w against m through the stream"
    with pytest.raises(ValueError, match=r"of the same synapses; found \(3, 4\) and \(3, 2\)"):
        plots.phase_plot(t, np.ones((3, 4)), np.ones((3, 2)), ("m", "w"), ("1", "nS"))


def test_paths_are_of_synapses_that_move():
    """Most synapses of a learning network never do, and would all draw the same line."""
    t, rng = np.arange(5.0), np.random.default_rng(0)
    m, w = np.zeros((5, 100)), np.tile(rng.normal(size=100), (5, 1))
    m[:, 40:43] += t[:, None]
    w[:, 40:43] += 0.1 * t[:, None]
    w[:, :30] += 0.1 * t[:, None]  # moves in one state only
    figure = plots.phase_plot(t, m, w, ("m", "w"), ("1", "1"), individuals=3)
    assert sorted(np.array(path.get_segments())[-1, 1, 1] for path in figure.axes[0].collections) == sorted(
        w[-1, 40:43]
    )
    assert figure.legends[0].get_title().get_text() == "coloured: 3 single synapses of 3 that moved in both states"
    few = plots.phase_plot(t, m, w, ("m", "w"), ("1", "1"), individuals=5)
    ends = [np.array(path.get_segments())[-1, 1, 1] for path in few.axes[0].collections]
    assert len(ends) == 5 and set(w[-1, 40:43]) < set(ends), "others only where these are too few"


def test_potentials():
    t = np.arange(10) * 0.01
    v = np.stack([np.linspace(-1, 0.8, 10), np.zeros(10)], axis=1)
    figure = plots.potentials(
        t,
        v,
        "V",
        "mV",
        indices=[4, 7],
        spikes={4: [0.02, 0.05, 3.0]},
        threshold=1.0,
        ends=[0.05, 0.5],
        scenario="seed 0",
    )
    four, seven = figure.axes
    assert [axes.get_title("left") for axes in figure.axes] == ["neuron 4: 2 spikes", "neuron 7: 0 spikes"]
    np.testing.assert_array_equal(line(four, "V").get_ydata(), v[:, 0])
    np.testing.assert_array_equal(line(four, "spike").get_xdata(), [0.02, 0.05])
    for axes in (four, seven):
        assert line(axes, "threshold").get_ydata()[0] == 1 < axes.get_ylim()[1]
        assert [found.get_xdata()[0] for found in axes.lines if found.get_label() == "end of a presentation"] == [0.05]
    assert [" ".join(text.split()) for text in legend(figure)] == ["V", "threshold", "end of a presentation", "spike"]
    assert (seven.get_xlabel(), figure.get_supylabel()) == ("time in the stream (s)", "V (mV)")
    bare = plots.potentials(t, v, "V", "1")
    assert legend(bare) == ["V"] and bare.axes[0].get_title("left") == "neuron 0", (
        "what was not recorded is not claimed"
    )


def test_sensitivity_maps_share_their_colours():
    def map_of(level):
        data = xr.Dataset(
            {"accuracy": (("y", "x", "replica", "trained_on", "tested_on"), np.full((1, 2, 1, 1, 1), level))},
            coords={"x": [1, 2], "y": [5]},
            attrs={"x_name": "dm*", "y_name": "tau_c", "scenario": SCENARIO, "stream": "s", "held_out": "test"},
        )
        return data.assign_attrs(chance=0.5)

    first, second = (plots.sensitivity_map(map_of(level)).axes[0].images[0] for level in (0.8, 0.95))
    assert first.get_clim() == second.get_clim() == (50, 100)
    near = plots.sensitivity_map(map_of(0.8), (75, 90))
    assert near.axes[0].images[0].get_clim() == (75, 90)
    with pytest.raises(ValueError, match=r"the lower first; found \(90, 75\)"):
        plots.sensitivity_map(map_of(0.8), (90, 75))


def test_no_column_of_zeros():
    w, m = np.arange(8.0).reshape(2, 2, 2), np.ones((2, 2, 2))
    figure = plots.receptive_fields({"w": (w, -w), "m": (0 * m, w)}, {}, [0, 1])
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert titles == ["w\nbefore", "w\nafter", "m\nafter (0 before)"]
    assert sum(bool(axes.images) for axes in figure.axes) == 6


@pytest.mark.parametrize("long", ["a name " * 12])
def test_no_title_lies_over_a_legend(long):
    names = [f"task {k}" for k in range(9)]
    through = run()
    for figure in (
        plots.trajectories([0, 1], np.ones((2, 9)), "m", "", [0.1 * k for k in range(1, 10)], names, scenario=long),
        plots.accuracy_through_stream(through.assign_attrs(stream=long)),
    ):
        figure.canvas.draw()
        title_box = figure._suptitle.get_window_extent()
        assert not any(title_box.overlaps(box.get_window_extent()) for box in figure.legends)


def test_receptive_fields():
    w = np.array([[[0.0, 1], [2, 3]], [[-1, 0], [0, 0]]])
    m = np.array([[[0.0, 0], [0, 5]], [[0, np.nan], [0, 1]]])
    figure = plots.receptive_fields({"w": (w, -2 * w), "m": (m / 2, m)}, {"w": "nS", "m": "1"}, [7, 3])
    images = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in images[:4]] == ["w\nbefore", "w\nafter", "m\nbefore", "m\nafter"]
    assert [axes.get_ylabel() for axes in images[::4]] == ["neuron 7", "neuron 3"]
    drawn = [axes.images[0] for axes in [*images[0::4], *images[1::4], *images[2::4], *images[3::4]]]
    np.testing.assert_array_equal(drawn[1].get_array(), w[1])
    np.testing.assert_array_equal(drawn[2].get_array(), -2 * w[0])
    assert {image.get_clim() for image in drawn[:4]} == {(-6, 6)}, "zero is the middle, before as after"
    assert {image.get_clim() for image in drawn[4:]} == {(0, 5)}
    assert drawn[7].get_array().mask[0, 1], "no synapse, no colour"
    assert [axes.get_xlabel() for axes in figure.axes if not axes.images] == ["w (nS)", "m (dimensionless)"]
    assert "2 x 2 pixels" in title(figure)
    with pytest.raises(ValueError, match=r"with 3 neurons, before and after; found \(2, 2, 2\)"):
        plots.receptive_fields({"w": (w, w)}, {}, [1, 2, 3])
    with pytest.raises(ValueError, match="need a state and a neuron"):
        plots.receptive_fields({}, {}, [1])


def test_save_writes_png_and_pdf(tmp_path):
    figure = plots.firing_rates({"hidden": [1.0, 2.0]})
    png, pdf = plots.save(figure, tmp_path / "new" / "rates.v2")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["rates.v2.pdf", "rates.v2.png"]
    assert png.read_bytes().startswith(b"\x89PNG")
    assert pdf.read_bytes().startswith(b"%PDF")
    width = int.from_bytes(png.read_bytes()[16:20], "big")
    assert width == 200 * style.COLUMN
    before = pdf.read_bytes()
    plots.save(plots.firing_rates({"hidden": [1.0, 2.0]}), tmp_path / "new" / "rates.v2")
    assert pdf.read_bytes() == before, "the same figure is the same file"
    with pytest.raises(ValueError, match="without suffix"):
        plots.save(figure, tmp_path / "rates.png")


def test_a_save_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    figure = plots.firing_rates({"hidden": [1.0, 2.0]})
    (tmp_path / "rates.png").write_bytes(b"whole")

    def fail(file, **_):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(figure, "savefig", fail)
    with pytest.raises(OSError, match="disk full"):
        plots.save(figure, tmp_path / "rates")
    assert [path.name for path in tmp_path.iterdir()] == ["rates.png"]
    assert (tmp_path / "rates.png").read_bytes() == b"whole"
