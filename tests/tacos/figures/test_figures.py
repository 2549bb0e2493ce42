"""All figures of a run, from its folder."""

import matplotlib.image
import numpy as np
import pytest

from synapses import Mechanism
from tacos.errors import RunError
from tacos.figures import of_run as figures
from tacos.figures.fields import receptive_fields
from tacos.figures.of_recordings import _threshold, trajectory_figures
from tacos.figures.of_run import effective_learning_rate, save_figures
from tacos.networks.initial import initial_state
from tacos.networks.populations import adaptive_lif
from tests.tacos import runs_support as runs

NETWORK = runs.flagship()


def state(network, seed=0):
    """Any state of the plastic projections and of the neuromodulator."""
    rng = np.random.default_rng(seed)
    made = {"surprise.surprise": np.array([30.0])}
    for projection in network.plastic_projections():
        size = len(network.lowered.projection(projection.name).sources)
        for name in projection.synapse.lowered.states:
            made[f"{projection.name}.{name}"] = rng.uniform(0, 2, size)
    return made


def test_effective_learning_rate_is_the_product_of_the_gates():
    network = NETWORK.with_parameters(reference_surprise="15 Hz", **{"hidden-output.eta": 0.004})
    values = state(network)
    # Surprise is twice its reference; the gate of metaplasticity is 1/(1 + m).
    expected = 0.004 * 2 / (1 + values["hidden-output.m"])
    np.testing.assert_allclose(effective_learning_rate("hidden-output", network, values), expected)
    less = network.without("metaplasticity")
    np.testing.assert_allclose(effective_learning_rate("hidden-output", less, values), 0.008)
    least = less.without("neuromodulation")
    np.testing.assert_allclose(effective_learning_rate("hidden-output", least, values), 0.004)


def test_models_without_a_learning_rate_have_no_such_figure():
    assert effective_learning_rate("input-hidden", runs.own_network(), {}) is None


def test_a_learning_rate_raised_by_the_neuromodulator_can_be_drawn():
    network = NETWORK.with_parameters(reference_surprise="1 Hz")
    assert "effective_learning_rate" in figures._synapse_figures(state(network), network, "domain-incremental")


def test_a_run_under_way_has_those_of_its_accuracies(tmp_path):
    result = runs.made_up_run(tmp_path / "run", {0: [[0.9, 0.2]]}, state="running")
    assert list(figures.figures(result)) == ["accuracy_matrix", "accuracy_through_stream"]


def test_a_folder_without_results(tmp_path):
    result = runs.made_up_run(tmp_path / "run", {0: []}, state="started")
    result.folder.results.unlink()
    with pytest.raises(RunError, match="has no results yet; its status is 'started'"):
        save_figures(result)


RECORDED = {
    *(f"{kind}_input-hidden_{state}" for kind in ("trajectories", "histogram") for state in ("w", "m")),
    "phase_input-hidden_w_m",
    "trajectories_hidden_V",
    *(f"trajectories_hidden-output_{state}" for state in ("w", "m")),  # of eight: too few for a histogram
    "phase_hidden-output_w_m",
    "receptive_fields_input-hidden",
}


@pytest.mark.compiled
def test_figures_of_the_recorded_states(monkeypatch, tmp_path_factory):
    """The replica that was asked for, in the units of time that were recorded, with boundaries."""
    result = runs.flagship_run(tmp_path_factory.getbasetemp())
    made = trajectory_figures(result, seed=1)
    assert set(made) == RECORDED
    for name, figure in made.items():
        words = " ".join(figure.get_suptitle().split())  # long titles are folded
        assert words.endswith(", seed 1") or name.startswith("receptive"), name
        assert "domain-incremental" in figure.get_suptitle()
    recorded = result.trajectories("input-hidden")
    w = made["trajectories_input-hidden_w"].axes[0]
    median = next(found for found in w.lines if found.get_label() == "median")
    np.testing.assert_allclose(median.get_ydata(), np.median(recorded["w"][1], axis=1))
    assert [found.get_xdata()[0] for found in w.lines if found.get_label() == "task boundary"] == [30]
    voltage = made["trajectories_hidden_V"].axes[0]
    assert voltage.get_xlabel() == "time in the stream (s)"
    assert [found.get_xdata()[0] for found in voltage.lines if found.get_label() == "task boundary"] == [
        pytest.approx(30 * 0.15)
    ]
    assert {"neuron 0", "neuron 3"} < {found.get_label() for found in voltage.lines}
    phase = made["phase_input-hidden_w_m"].axes[0]
    assert (phase.get_xlabel(), phase.get_ylabel()) == ("m (dimensionless)", "w (dimensionless)")


@pytest.mark.compiled
def test_of_a_dense_recording_the_last_presentations_are_drawn(monkeypatch, tmp_path_factory):
    result = runs.flagship_run(tmp_path_factory.getbasetemp())
    monkeypatch.setattr("tacos.figures.of_recordings.DENSE", 5)
    figure = trajectory_figures(result, seed=1)["potentials_hidden_V"]
    recorded = result.trajectories("hidden", "V")
    seconds = recorded["time"].values
    shown = seconds[seconds > seconds[-1] - 3 * 0.15]
    zero, three = figure.axes
    assert zero.lines[0].get_xdata().tolist() == shown.tolist() and len(shown) >= 5
    np.testing.assert_array_equal(three.lines[0].get_ydata(), recorded["V"][1, -len(shown) :, 1])
    assert zero.get_xlim() == (shown[0], shown[-1])
    assert figure.get_suptitle().endswith("seed 1, last 3 presentations")
    drawn = {line.get_label(): line for line in three.lines}
    assert drawn["threshold"].get_ydata()[0] == 1.0
    raw = np.fromfile(result.folder.replica(1) / "1.spikes.record", np.int32).reshape(-1, 3)
    times = np.array([(150 * presentation + step + 1) / 1000 for presentation, step, k in raw if k == 3])
    np.testing.assert_allclose(drawn["spike"].get_xdata(), times[(times >= shown[0]) & (times <= shown[-1])])
    ends = [line.get_xdata()[0] for line in three.lines if line.get_label() == "end of a presentation"]
    np.testing.assert_allclose(ends, [8.7, 8.85, 9.0])


def test_the_threshold_of_a_potential_is_known_where_it_stands_still():
    assert _threshold(NETWORK.population("hidden"), "V") == 1.0
    assert _threshold(NETWORK.population("hidden"), "U") is None
    assert _threshold(adaptive_lif("a", 3), "V") is None, "it moves"


@pytest.mark.compiled
def test_synapses_of_the_figures_are_chosen(tmp_path_factory):
    result = runs.flagship_run(tmp_path_factory.getbasetemp())
    made = trajectory_figures(result, synapses="changed(7)", neurons="0,5")
    figure = made["trajectories_input-hidden_w"]
    assert figure.get_suptitle().endswith("seed 0, changed(7)")
    assert figure.legends[0].get_title().get_text() == "7 synapses"
    assert "changed" not in made["trajectories_hidden_V"].get_suptitle(), "neurons are not chosen by it"
    fields = made["receptive_fields_input-hidden"]
    assert [axes.get_ylabel() for axes in fields.axes if axes.get_ylabel()] == ["neuron 0", "neuron 5"]
    with pytest.raises(RunError, match="flagship' has no seed 7; its seeds are 0, 1"):
        trajectory_figures(result, seed=7)
    with pytest.raises(RunError, match="None of the 30 recorded synapses is chosen"):
        trajectory_figures(result, synapses="where(m > 1e6)")


@pytest.mark.compiled
def test_receptive_fields_are_the_incoming_synapses(tmp_path_factory):
    """Pixel (row, column) of neuron j is synapse 8 (8 row + column) + j, before and after."""
    result = runs.flagship_run(tmp_path_factory.getbasetemp())
    found = receptive_fields(result, "input-hidden", seed=1, neurons="2,7")
    final, initial = result.state(1), initial_state(NETWORK.lowered, 1)
    assert list(found.neurons) == [2, 7] and found.units == {"w": "1", "m": "1"}
    for state in ("w", "m"):
        before, after = found.fields[state]
        assert before.shape == after.shape == (2, 8, 8)
        for row, column, k, j in ((0, 0, 0, 2), (3, 5, 1, 7), (7, 7, 0, 2)):
            synapse = 8 * (8 * row + column) + j
            assert before[k, row, column] == initial[f"input-hidden.{state}"][synapse]
            assert after[k, row, column] == final[f"input-hidden.{state}"][synapse]
    change = np.sqrt(np.mean((final["input-hidden.w"] - initial["input-hidden.w"]).reshape(64, 8) ** 2, axis=0))
    most = receptive_fields(result, "input-hidden", seed=1, neurons="changed(3)").neurons
    assert list(most) == sorted(np.argsort(change)[-3:])
    assert list(receptive_fields(result, "input-hidden", neurons="all").neurons) == list(range(8))
    for rule in ("8", "where(m > 1)", "changed(2, runs/pilot)", "some"):
        with pytest.raises(RunError, match=r"Choose neurons by changed\(6\), .* indices from 0 to 7, not"):
            receptive_fields(result, "input-hidden", neurons=rule)
    with pytest.raises(RunError, match="'hidden-output' of '.*' does not come from a population that shows images"):
        receptive_fields(result, "hidden-output")


@pytest.mark.compiled
def test_all_figures_of_a_run(tmp_path, tmp_path_factory):
    result = runs.flagship_run(tmp_path_factory.getbasetemp())
    written = save_figures(result, tmp_path / "deep" / "figures")
    assert {path.stem for path in written} == {
        "accuracy_matrix",
        "accuracy_through_stream",
        "distribution_w",
        "distribution_w_ref",
        "distribution_m",
        "effective_learning_rate",
        *RECORDED,
        "raster_last_presentation",
        "firing_rates",
    }
    for path in written:
        assert path.suffix == ".png"
        assert path.with_suffix(".pdf").read_bytes()[:5] == b"%PDF-"
        picture = matplotlib.image.imread(path)
        assert min(picture.shape[:2]) > 200
        assert np.ptp(picture[..., :3]) > 0.5, "something is drawn"


@pytest.mark.compiled
def test_rates_and_raster_come_from_the_recorded_spikes(monkeypatch, tmp_path_factory):
    result = runs.flagship_run(tmp_path_factory.getbasetemp())
    drawn = {}
    monkeypatch.setattr(figures.plots, "firing_rates", lambda rates, **options: drawn.update(rates=rates))
    monkeypatch.setattr(figures.plots, "spike_raster", lambda spikes, *rest, **options: drawn.update(spikes=spikes))
    figures._spike_figures(result, NETWORK, "domain-incremental")
    raw = np.fromfile(result.folder.replica(0) / "1.spikes.record", np.int32).reshape(-1, 3)
    counts = [(raw[:, 2] == neuron).sum() for neuron in range(8)]
    np.testing.assert_allclose(drawn["rates"]["hidden"], np.array(counts) / (runs.N * 0.15))
    times, neurons = drawn["spikes"]["hidden"]
    last = raw[raw[:, 0] == runs.N - 1]
    np.testing.assert_allclose(times, last[:, 1])
    np.testing.assert_array_equal(neurons, last[:, 2])


def test_gates_with_any_function_and_of_neurons():
    tired = Mechanism("tired", gate="1 - 0.5*int(m > 1 and w > 0)")
    network = NETWORK.with_synapse("input-hidden", NETWORK.projection("input-hidden").synapse.with_mechanism(tired))
    values = state(network)
    m, w = values["input-hidden.m"], values["input-hidden.w"]
    expected = effective_learning_rate("input-hidden", NETWORK, values) * (1 - 0.5 * ((m > 1) & (w > 0)))
    np.testing.assert_allclose(effective_learning_rate("input-hidden", network, values), expected)
    neuron = Mechanism("neuron", gate="1/(1 + X_post)")
    network = NETWORK.with_synapse("input-hidden", NETWORK.projection("input-hidden").synapse.with_mechanism(neuron))
    assert effective_learning_rate("input-hidden", network, state(network)) is None, "known while it runs only"


def test_a_projection_that_does_not_learn_is_left_out_of_effective_learning_rates():
    network = NETWORK.with_parameters(**{"hidden-output.eta": 0.0})
    figure = figures._synapse_figures(state(network), network, "domain-incremental")["effective_learning_rate"]
    assert [text.get_text().split(":")[0] for text in figure.legends[0].get_texts()][:1] == ["input-hidden"]
    still = NETWORK.with_parameters(**{"hidden-output.eta": 0.0, "input-hidden.eta": 0.0})
    assert "effective_learning_rate" not in figures._synapse_figures(state(still), still, "domain-incremental")
