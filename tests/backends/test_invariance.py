"""What must not matter: the size of chunks, evaluation in between, what follows, the mode; and where presentations end."""

from dataclasses import replace

import numpy as np
import pytest

import synapses
import tacos
import tasks
from synapses import Mechanism, Parameter, State, Synapse
from tacos.backends import BackendError, RawRecord, Stretch
from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.backends.brian2.standalone import StandaloneSimulator
from tacos.networks.initial import initial_state
from tacos.networks.populations import lif, stimulus
from tacos.runs.replica import at_step
from tests.backends import assembly, by_name, flagship
from tests.backends.assembly import assert_identical, run

LONG = 1010
PLASTIC = "input-exc"


def made(kind):
    # Presentations of 100 steps; in NumPy of 30, since every step takes milliseconds there.
    blank = "blank" in kind
    if "standalone" in kind:
        return StandaloneSimulator(assembly.network(0.08 if blank else 0.1, 0.02 * blank), "float64", capacity=LONG)
    return RuntimeSimulator(
        assembly.network(0.02 if blank else 0.03, 0.01 * blank), "float64", capacity=21, target="numpy"
    )


compiled = pytest.mark.compiled
KINDS = [
    pytest.param("standalone reset", marks=compiled),
    pytest.param("standalone blank", marks=compiled),
    "numpy reset",
    "numpy blank",
]


@pytest.fixture(scope="module")
def simulators():
    """Simulators by kind, built when first asked for, with the state after some presentations in one go."""
    known = {}

    def get(kind):
        if kind not in known:
            simulator = made(kind)
            known[kind] = simulator, 7 if "numpy" in kind else 20
            known[kind] += (run(simulator, known[kind][1], 100),)
        return known[kind]

    return get


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_network_is_active(simulators, kind):
    simulator, n, state = simulators(kind)
    weights = state[f"{PLASTIC}.w"]
    assert 0 <= weights.min() < 0.05 and weights.max() > 0.01, "Dale's law is put to the test"
    assert state[f"{PLASTIC}.late"].sum() > 10 and state[f"{PLASTIC}.trace"].max() > 0
    counts = simulator.run(
        state, Stretch({"image": assembly.images(3)}, n, 11, 0, True, 3, counts=["exc", "inh", "relay"])
    ).counts
    assert all(values.sum() > 0 for values in counts.values()), counts


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_result(simulators, kind):
    simulator, n, expected = simulators(kind)
    assert_identical(run(simulator, n, 100), expected)
    other = run(simulator, n, 100, seed=12)
    assert not np.array_equal(other[f"{PLASTIC}.w"], expected[f"{PLASTIC}.w"])
    assert not np.array_equal(other[f"{PLASTIC}.noise"], expected[f"{PLASTIC}.noise"])


@pytest.mark.slow
@pytest.mark.parametrize("chunk", [1, 3, 7])
@pytest.mark.parametrize("kind", KINDS)
def test_chunks(simulators, kind, chunk):
    simulator, n, expected = simulators(kind)
    if chunk < n:
        assert_identical(run(simulator, n, chunk), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_resuming_with_evaluation_in_between(simulators, kind):
    """Evaluation neither touches the state given to it nor changes what follows."""
    simulator, n, expected = simulators(kind)
    half = n // 2
    state = run(simulator, half, 100)
    kept = {key: values.copy() for key, values in state.items()}
    evaluated = run(simulator, 3, 100, state=state, learning=False, phase=1, shown=assembly.images(3, seed=8))
    assert_identical(state, kept)
    for name in ("w", "ticks", "ends", "trace", "noise"):
        np.testing.assert_array_equal(evaluated[f"{PLASTIC}.{name}"], state[f"{PLASTIC}.{name}"])
    assert (evaluated[f"{PLASTIC}.fast_ends"] == state[f"{PLASTIC}.fast_ends"] + 3).all()
    assert_identical(run(simulator, n, 100, state=state, first=half), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_what_follows_does_not_matter(simulators, kind, tmp_path):
    simulator, n, _ = simulators(kind)
    rows = {}
    for seed in (0, 1):
        shown = assembly.images(n)
        shown[n // 2 :] = assembly.images(n, seed=seed + 20)[n // 2 :]
        path = tmp_path / f"{seed}.record"
        run(simulator, n, 100, shown=shown, records=[RawRecord(f"{PLASTIC}.w", path)])
        rows[seed] = np.fromfile(path, np.float32).reshape(n, -1)
    np.testing.assert_array_equal(rows[0][: n // 2], rows[1][: n // 2])
    assert not np.array_equal(rows[0], rows[1])


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_spikes_under_way_and_refractoriness(simulators, kind):
    """Between presentations they survive a blank interval and have no effect after a reset."""
    simulator, _, _ = simulators(kind)
    key = "exc-inh.transmit.queue"
    base = run(simulator, 1, 1)
    dark = np.zeros((4, assembly.N_IN))
    under_way = np.array([[4, synapse] for synapse in range(15)], np.int32)

    def second(**changes):
        state = run(simulator, 1, 1) | changes
        stretch = Stretch({"image": dark[:1]}, 1, 11, 0, True, 1, counts=["inh", "exc"])
        return simulator.run(state, stretch).counts

    quiet = second(**{key: under_way[:0]})["inh"]
    driven = second(**{key: under_way})["inh"]
    assert key in base
    if "reset" in kind:
        np.testing.assert_array_equal(driven, quiet)
        assert (base["exc.refractory_steps"] == 0).all() and (base["exc.V"] == 0).all()
    else:
        assert (driven > quiet).all()
        hot = {"exc.V": np.full(assembly.N_EXC, 3.0)}
        free = second(**hot, **{"exc.refractory_steps": np.zeros(assembly.N_EXC, np.int32)})["exc"]
        held = second(**hot, **{"exc.refractory_steps": np.full(assembly.N_EXC, 200, np.int32)})["exc"]
        assert (free > 0).all() and (held == 0).all()


@compiled
@pytest.mark.parametrize("kind", ["reset", "blank"])
def test_both_modes_agree(simulators, kind, tmp_path):
    standalone, _, _ = simulators(f"standalone {kind}")
    network = assembly.network(0.08 if kind == "blank" else 0.1, 0.02 * (kind == "blank"))
    runtime = RuntimeSimulator(network, "float64", capacity=4, target="numpy")
    states = {}
    for name, simulator in (("standalone", standalone), ("runtime", runtime)):
        records = [RawRecord(p, tmp_path / f"{name}.{p}", unit="spikes") for p in ("input", "exc", "inh", "relay")]
        states[name] = run(simulator, 4, 4, records=records)
        for record in records:
            expected = tmp_path / f"standalone.{record.key}"
            assert record.path.stat().st_size > 0 and record.path.read_bytes() == expected.read_bytes(), record.key
    for key, values in states["runtime"].items():
        if key.endswith(".queue"):
            np.testing.assert_array_equal(values, states["standalone"][key], err_msg=key)
        else:
            np.testing.assert_allclose(values, states["standalone"][key], rtol=0, atol=1e-9, err_msg=key)


def check_boundaries(state, n, steps):
    """Every presentation ended once, after its last step, and the last one too."""
    np.testing.assert_array_equal(state[f"{PLASTIC}.ends"], n)
    np.testing.assert_array_equal(state[f"{PLASTIC}.ticks"], n * steps)
    np.testing.assert_array_equal(state[f"{PLASTIC}.misplaced"], 0)
    np.testing.assert_array_equal(state[f"{PLASTIC}.first_end"], steps - 1)


@compiled
def test_boundaries_of_a_thousand_presentations(simulators):
    """100 ms in steps of 1 ms: Brian2's own second clock slips a step after 640 of them."""
    simulator, _, _ = simulators("standalone reset")
    check_boundaries(run(simulator, LONG, LONG), LONG, 100)


@compiled
def test_boundaries_after_a_thousand_presentations_in_chunks(simulators):
    simulator, _, _ = simulators("standalone blank")
    check_boundaries(run(simulator, LONG, 400), LONG, 100)


@pytest.mark.parametrize("kind", ["numpy reset", "numpy blank"])
def test_boundaries_in_numpy(simulators, kind):
    _, n, state = simulators(kind)
    check_boundaries(state, n, 30)


def test_no_end_before_the_first_presentation(simulators):
    simulator, _, _ = simulators("numpy reset")
    state = run(simulator, 1, 1)
    check_boundaries(state, 1, 30)


def test_too_many_presentations_for_one_run(simulators):
    simulator, _, _ = simulators("numpy reset")
    with pytest.raises(BackendError, match="22 presentations in one run are more than the 21"):
        run(simulator, 22, 22)


@pytest.mark.parametrize(
    "backend", [pytest.param("standalone", marks=[pytest.mark.slow, compiled]), "runtime", "torch"]
)
def test_time_does_not_run_backwards(backend):
    """A state that is given as that of an earlier presentation: what decays between events would grow."""
    network = tacos.Network(
        (stimulus("input", 2, tasks.Rate("300 Hz")), lif("cell", 1)),
        (tacos.Projection("input", "cell", synapses.tsodyks_markram("facilitating")),), 0.02, 1e-3, readout="cell",
    )  # fmt: skip
    simulator = by_name.simulator(backend, network, capacity=3)

    def shown(first):
        return Stretch({"image": np.ones((3, 2))}, first, 1, 0, True, 3)

    after = simulator.run(initial_state(network.lowered, 1), shown(0)).state
    with pytest.raises(
        BackendError,
        match=r"events up to step 5\d, and presentation 2 begins at step 40: .* Begin at presentation 3 or",
    ):
        simulator.run(after, shown(2))
    assert np.isfinite(simulator.run(after, shown(3)).state["input-cell.x"]).all()
    assert np.isfinite(simulator.run(at_step(after, 60, 0), shown(0)).state["input-cell.x"]).all()


@pytest.mark.slow
@compiled
def test_single_precision(tmp_path):
    """It runs, stays close to double precision at first, and can be cut into chunks all the same."""
    network = flagship.network()
    simulator = flagship.standalone(network, "float32")
    given, start = flagship.stimuli(10), flagship.start(network)
    start = {k: v.astype(np.float32).astype(v.dtype) if v.dtype.kind == "f" else v for k, v in start.items()}
    first = simulator.run(start, flagship.stretch(given, 0, 3)).state
    double = flagship.standalone(network).run(start, flagship.stretch(given, 0, 3)).state
    for key in double:
        np.testing.assert_allclose(first[key], double[key], rtol=1e-3, atol=1e-3, err_msg=key)
    assert_identical(
        simulator.run(first, flagship.stretch(given, 3, 10)).state, simulator.run(start, flagship.stretch(given)).state
    )


@pytest.mark.slow
@compiled
def test_flagship_in_chunks():
    network = flagship.network()
    simulator = flagship.standalone(network)
    given = flagship.stimuli(20)
    whole = simulator.run(flagship.start(network), flagship.stretch(given)).state
    for chunk in (1, 3, 7):
        state = flagship.start(network)
        for first in range(0, 20, chunk):
            state = simulator.run(state, flagship.stretch(given, first, first + chunk)).state
        assert_identical(state, whole)


@compiled
def test_targets_are_for_learning_only():
    """With plasticity frozen and no teacher, the class that is shown changes nothing but error neurons' silence."""
    network = flagship.network()
    simulator = flagship.standalone(network)
    given = flagship.stimuli(5)
    stretch = flagship.stretch(given, learning=False, counts=["output"])
    found = [
        simulator.run(flagship.start(network), replace(stretch, shown={**stretch.shown, "target": target})).counts[
            "output"
        ]
        for target in (np.eye(2)[[0] * 5], np.eye(2)[[1] * 5])
    ]
    np.testing.assert_array_equal(*found)


def test_a_test_sees_no_time_pass_since_learning():
    """Its steps count anew: event-driven states that go on while plasticity is frozen would else grow backwards."""
    trace = Mechanism(
        "trace",
        parameters=(Parameter("tau", "5 ms"),),
        states=(State("trace"),),
        equations="dtrace/dt = -trace/tau : 1 (event-driven)",
        on_pre="trace = trace + 1",
        plastic=False,
    )
    network = tacos.Network(
        (stimulus("input", 3, tasks.Rate("200 Hz")), lif("post", 2)),
        (tacos.Projection("input", "post", Synapse("counting", (trace,), (State("w", 1.0),))),),
        duration=0.03, readout="post",
    )  # fmt: skip
    simulator = RuntimeSimulator(network, "float64", capacity=2, target="numpy")
    shown = {"image": np.ones((2, 3))}
    start = initial_state(simulator.network, 1)
    learned = simulator.run(start, Stretch(shown, 100, 1, 0, True, 2)).state
    assert (learned["input-post.last_update_trace"] > 100 * 30).all()
    now = 102 * 30
    tested = simulator.run(at_step(learned, now, 40 * 30), Stretch(shown, 40, 1, 1, False, 2)).state
    # As if learning had ended at step zero.
    fresh = {**learned, "input-post.last_update_trace": learned["input-post.last_update_trace"] - now}
    expected = simulator.run(at_step(fresh, 0, 40 * 30), Stretch(shown, 40, 1, 1, False, 2)).state
    np.testing.assert_array_equal(tested["input-post.trace"], expected["input-post.trace"])
    assert (tested["input-post.trace"] != learned["input-post.trace"]).all()
    decayed = learned["input-post.trace"] * np.exp(-60 / 5)
    assert (tested["input-post.trace"] < decayed + 20).all()  # what spikes have added besides
