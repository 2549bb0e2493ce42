"""Synapses that are told when a task ends: by one spike of one neuron, in the last presentation, on every backend."""

import numpy as np
import pytest

import synapses
import tacos
import tasks
from tacos.backends import Stretch
from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.backends.torch.simulator import TorchSimulator
from tacos.errors import RunError
from tacos.networks.initial import initial_state
from tests.tacos import made_up_simulator

N, ENDS = 9, (2, 5)


def network(name, blank=0.0):
    made = tacos.error_driven((10, 2), 8, synapses.named(name), duration=0.05 - blank)
    parameters = {"w_initial": 3.0, "eta": 0.05, "strength": {"l2": 1.0, "si": 3.0, "mas": 0.1}[name]}
    return tacos.Network.from_dict({**made.to_dict(), "blank": blank}).with_parameters(**parameters)


def learn(simulator, chunk=N):
    shown = np.random.default_rng(1).random((N, 10))
    targets = np.eye(2)[np.random.default_rng(2).integers(2, size=N)]
    ends = np.isin(np.arange(N), ENDS)[:, None] * 1.0
    state = initial_state(simulator.network, 5)
    for first in range(0, N, chunk):
        part = slice(first, first + chunk)
        given = {"image": shown[part], "target": targets[part], "boundary": ends[part]}
        state = simulator.run(state, Stretch(given, first, 5, 0, True, len(shown[part]))).state
    return state


@pytest.mark.slow
@pytest.mark.parametrize(("name", "blank"), [("l2", 0.0), ("si", 0.0), ("mas", 0.0), ("si", 0.01)])
def test_both_backends_agree(name, blank):
    made = network(name, blank)
    expected = learn(RuntimeSimulator(made, "float64", capacity=N, target="numpy"), chunk=4)
    found = learn(TorchSimulator(made, "float64"))
    for key in expected:
        np.testing.assert_allclose(found[key], expected[key], rtol=0, atol=1e-9, err_msg=key)
    importance, anchor, w = (expected[f"input-hidden.{state}"] for state in ("importance", "w_old", "w"))
    assert (importance > 0).any() and np.abs(w - anchor).max() > 1e-4
    assert expected["task_end.task_end"] == 0  # it does not outlast its presentation, blank or not


def test_nothing_is_important_before_a_task_ends():
    made = network("l2")
    simulator = RuntimeSimulator(made, "float64", capacity=N, target="numpy")
    state = initial_state(simulator.network, 5)
    shown = {"image": np.ones((3, 10)), "target": np.eye(2)[[0, 1, 0]]}
    after = simulator.run(state, Stretch(shown, 0, 5, 0, True, 3)).state
    assert not after["input-hidden.importance"].any() and (after["input-hidden.w"] != state["input-hidden.w"]).any()


def test_a_stream_tells_only_who_asks(tmp_path, monkeypatch):
    """`tacos.run` shows the ends of the tasks of the stream."""
    stream = tasks.named("split-digits", samples=10, test_samples=10)
    told = tacos.error_driven(stream, 4, synapses.l2())
    assert told.signals["boundary"] == ("boundary",)
    assert "boundary" not in tacos.error_driven(stream, 4).signals
    made_up_simulator.install(monkeypatch, stream)
    shown = []
    run = made_up_simulator.MadeUpSimulator.run

    def spy(self, state, stretch):
        shown.append((stretch.learning, stretch.shown.get("boundary")))
        return run(self, state, stretch)

    monkeypatch.setattr(made_up_simulator.MadeUpSimulator, "run", spy)
    tacos.run(told, stream, 1, out=tmp_path / "run", evaluate_every=3, progress=False)
    ends = np.concatenate([given[:, 0] for learning, given in shown if learning])
    assert np.flatnonzero(ends).tolist() == [1, 3, 5, 7, 9]  # of five tasks, not of the tests in between
    assert all(given is None for learning, given in shown if not learning)


@pytest.mark.parametrize("options", [{"shuffled": True}, {"boundaries": "random"}])
def test_a_stream_without_ends_is_refused(options, tmp_path):
    stream = tasks.split("digits", classes_per_task=5, samples=10, test_samples=10, **options)
    with pytest.raises(RunError, match="'boundary' has to be told when a task ends"):
        tacos.run(tacos.error_driven(stream, 4, synapses.mas()), stream, 1, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
