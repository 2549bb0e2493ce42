"""Networks and baselines learn spike trains: the same on both backends, spike by spike what the data say."""

import numpy as np
import pytest
import torch

import synapses
import tacos
import tasks
from tacos import RunError, baselines
from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.backends.torch.simulator import TorchSimulator
from tacos.baselines.networks import MLP, Spiking, seen
from tacos.networks.populations import lif, stimulus
from tacos.recordings.recording import Recording
from tacos.runs.checkpoint import load_checkpoint
from tacos.runs.replica import Replica
from tests.tacos import runs_support as runs
from tests.tasks import trains
from tests.tasks.test_spoken_digits import PUBLISHED

STREAM = tasks.split(
    trains.dataset(8, duration="40 ms"), classes_per_task=2, scenario="class-incremental", blank="4 ms"
)
RECORDINGS = (Recording("input", ("spikes",), unit="spikes"),)


@pytest.fixture(scope="module")
def ends(tmp_path_factory):
    """A network on each backend, in double precision: the folder of its run, and what came out."""
    populations = stimulus("input", STREAM.n_inputs, STREAM.encoding), lif("output", 4, threshold=0.02)
    weights = tacos.Projection("input", "output", synapses.named("stdp"))
    network = tacos.Network(populations, (weights,), STREAM.duration, "1 ms", STREAM.blank)
    simulators = {
        "brian2": RuntimeSimulator(network, "float64", capacity=7, target="numpy"),
        "torch": TorchSimulator(network, "float64", capacity=5),
    }
    found = {}
    for name, simulator in simulators.items():
        folder = tmp_path_factory.mktemp(name)
        found[name] = folder, Replica(simulator, STREAM, 3, folder, STREAM.evaluation_points, RECORDINGS).run()
    return found


def test_inputs_spike_where_the_data_say(ends):
    raster, _ = STREAM.presentations(3, 0, STREAM.n_presentations)
    for folder, _ in ends.values():
        spikes = np.fromfile(folder / "0.spikes.record", np.int32).reshape(-1, 3)  # presentation, step, neuron
        shown = np.zeros_like(raster)
        shown[spikes[:, 0] * STREAM.rows + spikes[:, 1], spikes[:, 2]] = 1
        np.testing.assert_array_equal(shown, raster)


def test_both_backends_answer_and_learn_alike(ends):
    (one_folder, one), (other_folder, other) = ends.values()
    assert one.accuracy == other.accuracy and np.max(one.accuracy) > 0 and one.rates == other.rates
    weights = [load_checkpoint(folder)[0]["input-output.w"] for folder in (one_folder, other_folder)]
    np.testing.assert_allclose(*weights, rtol=1e-9)
    assert np.std(weights[0]) > 0


def test_another_time_step_is_refused_before_there_is_a_folder(tmp_path):
    network = tacos.error_driven(STREAM, hidden=4, dt="0.5 ms")
    with pytest.raises((RunError, tasks.TaskError), match="dt = 0.5 ms is not the step of the spike trains, 1 ms"):
        tacos.run(network, STREAM, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_baselines_see_counts_and_learn_them(tmp_path):
    stream = STREAM.with_options(shuffled=True, passes=15)
    training = baselines.Training(learning_rate=1e-2, batch=5)
    for network in (MLP((20,)), Spiking(20)):
        result = baselines.run("naive", stream, [0], network=network, training=training, out=tmp_path / network.kind)
        assert result.accuracy_matrix[0, -1].mean() > 0.9, network.kind


def test_a_spiking_baseline_is_shown_a_bin_a_step():
    """What comes in the last bin acts in the last step; the network has an input a unit."""
    network = Spiking(hidden=6, steps=10)
    binned = seen(STREAM, network)
    assert (binned.image_shape, seen(STREAM, MLP()).image_shape) == ((10, 8), (20, 8))
    torch.manual_seed(0)
    model = network.build(binned)
    assert model.input.in_features == 8
    with torch.no_grad():
        model.input.bias.zero_()
        model.input.weight.fill_(20.0)
        quiet, early, late = torch.zeros(3, 10, 8)
        early[0], late[-1] = 1, 1
        rates = []
        for image in (quiet, early, late):
            model(image.reshape(1, -1))
            rates.append(model.rate)
    assert rates[0] == 0 and rates[2] == pytest.approx(1 / (10 * 0.002))  # one spike, in the last step
    assert rates[1] > rates[2]


def test_images_are_seen_as_they_are():
    stream = tasks.split("digits")
    assert seen(stream, MLP()) is stream


@pytest.mark.slow
@pytest.mark.skipif(not PUBLISHED.exists(), reason="needs the recordings in TACOS_DATA")
@pytest.mark.parametrize("backend", [pytest.param("brian2", marks=pytest.mark.compiled), "torch"])
def test_spoken_digits_on_the_command_line(backend, tmp_path, capfd):
    options = ["--scenario", "class-incremental", "--stream", "classes_per_task=5"]  # two tasks: few tests
    arguments = [*options, "--samples", "10", "--test-samples", "10", "--hidden", "20"]
    status, out, error = runs.cli(
        capfd, "run", "split-spoken-digits", *arguments, "--backend", backend, "--out", str(tmp_path / "run")
    )
    assert status == 0, error
    assert "split-spoken-digits" in out
    found = tacos.load(tmp_path / "run")
    assert found.finished().all() and found.dataset["rate"].sel(population="input").values.max() > 10
