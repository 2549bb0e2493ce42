"""Records appended while running, against the states of runs of one presentation at a time."""

import numpy as np
import pytest

from tacos.backends import RawRecord
from tacos.backends.brian2.runtime import RuntimeSimulator
from tests.backends import flagship

N = 7
CHOSEN = np.array([3, 17, 200])


@pytest.fixture(scope="module", params=[pytest.param("standalone", marks=pytest.mark.compiled), "numpy"])
def simulator(request):
    network = flagship.network()
    if request.param == "standalone":
        return flagship.standalone(network)
    return RuntimeSimulator(network, "float64", capacity=N, target="numpy")


@pytest.fixture(scope="module")
def stepwise(simulator):
    """States after each presentation, and everything recorded, in runs of one presentation."""
    given, network = flagship.stimuli(N), flagship.network()
    states = [flagship.start(network)]
    for k in range(N):
        states.append(simulator.run(states[-1], flagship.stretch(given, k, k + 1)).state)
    return given, states


@pytest.mark.slow
def test_records(simulator, stepwise, tmp_path):
    """States of chosen synapses, of all, of neurons; every so many presentations or steps; spikes; all in one run."""
    given, states = stepwise
    names = ["chosen", "third", "neuron", "step", "tenth", "spikes", "integer"]
    path = {name: tmp_path / f"{name}.record" for name in names}
    records = [
        RawRecord(f"{flagship.IN}.w", path["chosen"], CHOSEN),
        RawRecord(f"{flagship.OUT}.m", path["third"], None, every=3),
        RawRecord("surprise.surprise", path["neuron"], np.array([0]), every=2),
        RawRecord("hidden.V", path["step"], None, unit="step"),
        RawRecord(f"{flagship.IN}.w", path["tenth"], CHOSEN, every=10, unit="step"),
        RawRecord("hidden", path["spikes"], unit="spikes"),
        RawRecord("hidden.spike_count", path["integer"]),
    ]
    counts = []
    state = states[0]
    for first, stop in ((0, 2), (2, 7)):  # files are appended to
        outcome = simulator.run(state, flagship.stretch(given, first, stop, records=records, counts=["hidden"]))
        state = outcome.state
        counts.append(outcome.counts["hidden"])
    counts = np.concatenate(counts)

    def rows(name, width, dtype=np.float32):
        return np.fromfile(path[name], dtype).reshape(-1, width)

    after = [np.float32(s[f"{flagship.IN}.w"]) for s in states[1:]]
    np.testing.assert_array_equal(rows("chosen", 3), [values[CHOSEN] for values in after])
    thirds = [np.float32(states[k][f"{flagship.OUT}.m"]) for k in (3, 6)]
    np.testing.assert_array_equal(rows("third", flagship.N_HIDDEN * flagship.N_OUT), thirds)
    surprise = [np.float32(states[k]["surprise.surprise"]) for k in (2, 4, 6)]
    np.testing.assert_array_equal(rows("neuron", 1), surprise)

    potential = rows("step", flagship.N_HIDDEN)
    assert len(potential) == N * flagship.STEPS
    assert np.abs(potential).max() > 0.5
    tenth = rows("tenth", 3)
    assert len(tenth) == N * flagship.STEPS // 10
    last = tenth[flagship.STEPS // 10 - 1 :: flagship.STEPS // 10]
    np.testing.assert_array_equal(last, rows("chosen", 3))  # w does not change at the end of a presentation

    spikes = rows("spikes", 3, np.int32)
    np.testing.assert_array_equal(rows("integer", flagship.N_HIDDEN, np.int32), counts)
    found = np.zeros((N, flagship.STEPS, flagship.N_HIDDEN), bool)
    found[tuple(spikes.T)] = True
    assert len(spikes) == found.sum() > 0, "no spike is written twice"
    np.testing.assert_array_equal(found.sum(axis=1), counts)
    # Records are taken after the resets of their step.
    np.testing.assert_array_equal(potential.reshape(found.shape)[found], 0)


@pytest.mark.slow
def test_positions_of_a_later_run(simulator, stepwise, tmp_path):
    """Intervals and positions count from the start of the stream, not of the run."""
    given, states = stepwise
    path = tmp_path / "w.record"
    spikes = tmp_path / "spikes.record"
    records = [RawRecord(f"{flagship.IN}.w", path, CHOSEN, every=4), RawRecord("hidden", spikes, unit="spikes")]
    simulator.run(states[3], flagship.stretch(given, 3, 6, records=records))
    np.testing.assert_array_equal(np.fromfile(path, np.float32), np.float32(states[4][f"{flagship.IN}.w"])[CHOSEN])
    assert set(np.fromfile(spikes, np.int32).reshape(-1, 3)[:, 0]) == {3, 4, 5}


@pytest.mark.slow
def test_recording_changes_nothing(simulator, stepwise, tmp_path):
    given, states = stepwise
    state = simulator.run(states[0], flagship.stretch(given, 0, 3)).state
    for key, values in states[3].items():
        np.testing.assert_array_equal(state[key], values, err_msg=key)
