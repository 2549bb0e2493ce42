"""Postsynaptic events that wait: every synapse must be what it would be had they not."""

from dataclasses import replace

import numpy as np
import pytest

import tacos
import tasks
from synapses import Event, Mechanism, Modulator, NeuronState, Parameter, State, Synapse
from tacos.backends import RawRecord, Stretch
from tacos.backends.brian2.lazy import Kept, lazy_pathway, lazy_pathways, replay
from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.backends.brian2.standalone import StandaloneSimulator
from tacos.networks.initial import initial_state
from tacos.networks.populations import stimulus
from tests.backends import flagship
from tests.backends.assembly import assert_identical

N_IN, N_EXC, STEPS, N = 9, 7, 60, 6

TRACE = NeuronState("X", "dX/dt = -X/tau_x : 1", "X += 1", (Parameter("tau_x", "15 ms"),))
DOPAMINE = Modulator(
    "dopamine", "ddopamine/dt = -dopamine/tau_d : 1", "reward", "dopamine += 1/n_source", (Parameter("tau_d", "9 ms"),)
)
SUM = NeuronState("total", "total : 1")
#: Two blocks on postsynaptic events make both happen at once.
BYSTANDER = Mechanism("bystander", states=(State("seen"),), on_post=Event("seen = seen + 1", stage=1))
SHRINK = "w = w - 0.001*w"

#: Statements that read everything that can change between an event and the next visit of a row.
DRIFT = Mechanism(
    "drift",
    parameters=(Parameter("tau_trace", "20 ms"),),
    states=(State("trace"), State("last", unit="integer")),
    equations="dtrace/dt = -trace/tau_trace : 1 (event-driven)",
    pre=(TRACE,),
    post=(TRACE, NeuronState("V")),
    modulators=(DOPAMINE,),
    on_pre="w = clip(w - 0.03*trace*X_post, -1, 1)\ntrace = trace + 1",
    on_post="""
        change = dopamine*(X_pre - X_post) + 0.2*rand()*int(X_pre > 0.5) + 0.1*randn()*V_post + 0.01*(now - last)
        w = clip(w + 0.1*change*exp(-abs(w))*(1 + trace), -1, 1)
        last = now
    """,
    at_end="w = w + 0.01*rand()",
)


def synapse(*mechanisms):
    return Synapse("changing", mechanisms, (State("w", "0.3*rand()"),))


def network(*projections):
    """Random input drives neurons that drive each other."""
    cells = tacos.Population(
        "cells", N_EXC, "dV/dt = -V/(12*ms) : 1", "V >= 1", "V = 0.1*V", receptors={"current": "V += efficacy"}
    )
    return tacos.Network(
        (stimulus("input", N_IN, tasks.Rate("150 Hz")), cells), projections, duration=STEPS * 1e-3, readout="cells",
        signals={"reward": ("input",)},
    )  # fmt: skip


def forward(*mechanisms, **options):
    return tacos.Projection("input", "cells", synapse(*mechanisms), **options)


def recurrent(*mechanisms):
    return tacos.Projection("cells", "cells", synapse(*mechanisms), "V += 0.2*efficacy")


def run(simulator, folder, chunk=N, every=7, learning=True):
    """State after some presentations, and the states of synapses every few steps."""
    folder.mkdir(exist_ok=True)
    lowered = simulator.network
    state = initial_state(lowered, 3)
    keys = [f"{p.name}.{name}" for p in lowered.projections for name in p.synapse.states] if every else []
    records = [RawRecord(key, folder / key, unit="step", every=every) for key in keys]
    shown = np.random.default_rng(1).random((N, N_IN))
    for first in range(0, N, chunk):
        n = min(chunk, N - first)
        given = Stretch(
            {"image": shown[first : first + n]}, first, 5, 0, learning, n, records=records, counts=["cells"]
        )
        outcome = simulator.run(state, given)
        state = outcome.state
    assert outcome.counts["cells"].sum() > 10
    return state, {key: np.fromfile(folder / key, np.float32) for key in keys}


def assert_close(found, expected, tolerance):
    for key in expected.keys() & found.keys():
        np.testing.assert_allclose(found[key], expected[key], rtol=tolerance, atol=tolerance, err_msg=key)


def lowered(*projections):
    return network(*projections).lowered


# -- which ---------------------------------------------------------------------------------------------------------


def test_the_flagship_waits():
    assert lazy_pathways(flagship.network().lowered) == {
        "input-hidden": "input_hidden_post",
        "hidden-output": "hidden_output_post",
    }


@pytest.mark.parametrize("projection", [forward(DRIFT), recurrent(DRIFT)])
def test_what_waits(projection):
    assert lazy_pathway(lowered(projection).projections[0]) == "post"


REFUSED = {
    "no postsynaptic event": forward(Mechanism("pre", on_pre=SHRINK)),
    "two stages": forward(DRIFT, BYSTANDER),
    "frozen or not": forward(DRIFT, Mechanism("fast", on_post=SHRINK, plastic=False)),
    "delayed event": forward(
        Mechanism("late", (), (Parameter("lag", "3 ms"),), on_post=SHRINK, on_pre=Event(SHRINK, delay="lag"))
    ),
    "delayed transmission": forward(Mechanism("post", on_post=SHRINK), delay="2 ms"),
    "clock": forward(
        Mechanism(
            "clock", "", (Parameter("tau_w", "50 ms"),), equations="dw/dt = -w/tau_w : 1 (clock-driven)", on_post=SHRINK
        )
    ),
    "sum": forward(Mechanism("sum", post=(SUM,), summed={"total_post": "w"}, on_post=SHRINK)),
    "adds to the neuron": forward(Mechanism("adds", post=(SUM,), on_post=f"{SHRINK}\ntotal_post += w")),
    "sparse": forward(Mechanism("post", on_post=SHRINK), connectivity=tacos.Random(0.5)),
    "generator": forward(Mechanism("drawn", on_post="w = w + poisson(1)")),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_does_not_wait(kind):
    assert lazy_pathway(lowered(REFUSED[kind]).projections[0]) == ""


def test_what_is_kept():
    scalar = [
        "const double dopamine_gain = _ptr_array_s_gain[0];", "const int32_t step_syn = _ptr_array_c_timestep[0] % 60;",
        "char on;", "if(step_syn)", "    on = true;",
    ]  # fmt: skip
    vector = [
        "const int32_t _presynaptic_idx = _ptr_array_s__synaptic_pre[_idx];",
        "const float X_pre = _ptr_array_a_X[_presynaptic_idx];",
        "const float X_post = _ptr_array_b_X[_postsynaptic_idx];",
        "const double dopamine = _ptr_array_dopamine_dopamine[0];",
        "float w = _ptr_array_s_w[_idx];",
        "w += X_pre;",
    ]
    found = replay(scalar, vector)
    assert found.shared == [
        Kept("double", "dopamine_gain", "dopamine_gain"), Kept("int32_t", "step_syn", "step_syn"),
        Kept("char", "on", "on"), Kept("double", "dopamine", "_ptr_array_dopamine_dopamine[0]"),
    ]  # fmt: skip
    assert found.pre == [Kept("float", "X_pre", "_ptr_array_a_X")]
    assert found.post == [Kept("float", "X_post", "_ptr_array_b_X")]
    assert found.code == [vector[0], *vector[4:]]


def test_a_read_that_cannot_be_kept():
    with pytest.raises(ValueError, match="_ptr_array_a_X"):
        replay([], ["float X_pre = _ptr_array_a_X[_presynaptic_idx];"])


# -- equality ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def waiting():
    return network(forward(DRIFT), recurrent(DRIFT))


@pytest.fixture(scope="module")
def simulator(waiting):
    return StandaloneSimulator(waiting, "float64", capacity=N)


@pytest.mark.slow
@pytest.mark.compiled
def test_at_once(waiting, simulator, tmp_path):
    """The same network with both blocks done at once."""
    at_once = network(forward(DRIFT, BYSTANDER), recurrent(DRIFT, BYSTANDER))
    assert len(lazy_pathways(waiting.lowered)) == 2 and not lazy_pathways(at_once.lowered)
    state, records = run(simulator, tmp_path / "waiting")
    expected, expected_records = run(StandaloneSimulator(at_once, "float64", capacity=N), tmp_path / "at once")
    assert expected["input-cells.seen"].min() > 3
    assert_close(state, expected, 1e-12)
    assert_close(records, expected_records, 1e-7)
    rows = records["input-cells.w"].reshape(-1, N_IN * N_EXC)
    assert len(rows) == N * STEPS // 7 and (np.diff(rows, axis=0) != 0).mean() > 0.1


@pytest.mark.slow
@pytest.mark.compiled
def test_in_numpy(waiting, simulator, tmp_path):
    state, records = run(simulator, tmp_path / "standalone")
    expected, expected_records = run(
        RuntimeSimulator(waiting, "float64", capacity=N, target="numpy"), tmp_path / "numpy"
    )
    assert_close(state, expected, 1e-9)
    assert_close(records, expected_records, 1e-6)


@pytest.mark.compiled
def test_chunks_and_records_do_not_matter(simulator, tmp_path):
    state, records = run(simulator, tmp_path / "whole", every=1)
    for chunk, every in ((1, 1), (4, 7), (N, 0)):
        folder = tmp_path / f"{chunk} {every}"
        found, rows = run(simulator, folder, chunk, every)
        assert_identical(found, state)
        if every == 1:
            assert_identical(rows, records)


@pytest.mark.compiled
def test_frozen(simulator, tmp_path):
    state, _ = run(simulator, tmp_path, learning=False)
    for key, value in initial_state(simulator.network, 3).items():
        if key.startswith("input-cells"):
            np.testing.assert_array_equal(state[key], value, err_msg=key)


@pytest.mark.slow
@pytest.mark.compiled
def test_long_presentations(waiting, tmp_path):
    """More steps with events than the log holds."""
    long = replace(waiting, duration=0.7)
    simulators = (
        StandaloneSimulator(long, "float64", capacity=N),
        RuntimeSimulator(long, "float64", capacity=N, target="numpy"),
    )
    found, expected = (run(s, tmp_path / f"{k}", every=0)[0] for k, s in enumerate(simulators))
    assert_close(found, expected, 1e-9)


@pytest.mark.slow
@pytest.mark.compiled
def test_at_once_where_waiting_would_matter(tmp_path):
    """Refused kinds side by side."""
    kinds = ["two stages", "frozen or not", "delayed event", "delayed transmission", "clock", "sum", "sparse"]
    some = network(
        forward(Mechanism("adds", post=(NeuronState("other", "other : 1"),), on_post=f"{SHRINK}\nother_post += w")),
        *(replace(REFUSED[kind], name=kind) for kind in kinds),
    )
    assert not lazy_pathways(some.lowered)
    state, records = run(StandaloneSimulator(some, "float64", capacity=N), tmp_path / "standalone")
    expected, expected_records = run(RuntimeSimulator(some, "float64", capacity=N, target="numpy"), tmp_path / "numpy")
    assert_close(state, expected, 1e-9)
    assert_close(records, expected_records, 1e-6)


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_flagship(dtype, tmp_path):
    """The flagship with its blocks done at once: the same bits."""
    built = flagship.network()
    at_once = replace(
        built,
        projections=tuple(
            replace(p, synapse=replace(p.synapse, mechanisms=(*p.synapse.mechanisms, BYSTANDER)))
            if p.synapse.mechanisms
            else p
            for p in built.projections
        ),
    )
    assert lazy_pathways(built.lowered) and not lazy_pathways(at_once.lowered)
    given, found, rows = flagship.stimuli(10), {}, {}
    for name, one in (("waiting", built), ("at once", at_once)):
        start = flagship.start(one)
        records = [RawRecord(f"{flagship.IN}.{k}", tmp_path / f"{name}.{k}", unit="step", every=7) for k in ("w", "m")]
        simulator = flagship.standalone(one, dtype)
        found[name] = simulator.run(start, flagship.stretch(given, records=records)).state
        rows[name] = {record.key: np.fromfile(record.path, np.float32) for record in records}
    assert found["at once"][f"{flagship.IN}.seen"].min() > 3
    common = found["waiting"].keys() & found["at once"].keys()
    assert f"{flagship.IN}.w" in common
    assert_identical({k: found["waiting"][k] for k in common}, {k: found["at once"][k] for k in common})
    assert_identical(rows["waiting"], rows["at once"])
