"""All figures of a run, from its folder."""

import matplotlib.image
import numpy as np
import pytest

from tacos import figures
from tacos.errors import RunError
from tacos.figures import effective_learning_rate, save_figures
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
        "trajectories_input-hidden_w",
        "trajectories_input-hidden_m",
        "trajectories_hidden_V",
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
