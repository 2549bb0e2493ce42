"""States that change by less than single precision can hold, in float32 as everywhere."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import synapses
import tacos
import tasks
from synapses import DeclarationError, Mechanism, NeuronState, Parameter, State, Synapse
from tacos.backends import BackendError, Choice, Stretch, batch_key
from tacos.backends.brian2.cache import _key
from tacos.backends.torch import device
from tacos.networks.initial import initial_state
from tacos.networks.populations import adaptive_lif, stimulus
from tacos.runs.checkpoint import Progress, load_checkpoint, save_checkpoint
from tests.backends.by_name import simulator

DT, STEPS, N = 1e-3, 40, 50

CYTHON = pytest.param("cython", marks=pytest.mark.compiled)  # a module to build for every block: minutes a network
BACKENDS = ("torch", "masked", "numpy", CYTHON, pytest.param("standalone", marks=pytest.mark.compiled))


def stretch(steps, first, stop, every=10, **options):
    """Presentations in which the inputs spike at every tenth step, or never."""
    raster = np.zeros(((stop - first) * steps, 2))
    if every:
        raster[::every] = 1
    return Stretch({"image": raster}, first, 1, 0, True, stop - first, **options)


def run(backend, network, dtype="float32", pieces=(0, N), folder=None, every=10, **start):
    """All states after N presentations, run in pieces, with a checkpoint between them if there is a folder."""
    made, built = simulator(backend, network, dtype, N), network.lowered
    state = initial_state(built, 1)
    state |= {key: np.full_like(state[key], value) for key, value in start.items()}
    for first, stop in pairwise(pieces):
        state = made.run(state, stretch(built.steps, first, stop, every)).state
        if folder:
            save_checkpoint(folder, state, Progress())
            state, _ = load_checkpoint(folder)
    return state


def slow_synapse():
    """A state for each kind of update, each with its own way to say how slow it is."""
    clocked = Mechanism(
        "clocked",
        parameters=(Parameter("tau_a", "1e5 second"),),
        states=(State("a", 0.9), State("drifting", 1.0), State("quick", 1.0)),
        equations="""
            over_tau = 1/tau_a : hertz
            da/dt = -a*over_tau : 1
            ddrifting/dt = 1e-6*hertz : 1
            dquick/dt = -quick/(100*ms) : 1
        """,
    )
    lazy = Mechanism(
        "event-driven", parameters=(Parameter("tau_b", "1e5 second"),), states=(State("b", 0.9),),
        equations="db/dt = -b/tau_b : 1 (event-driven)", on_pre="b = b + 0",
    )  # fmt: skip
    events = Mechanism(
        "events",
        parameters=(Parameter("little", 2e-8),),
        states=(State("p", 1.0), State("q", 1.0), State("r", 1.0), State("s", 1.0)),
        on_pre="kept = 1 - little\np = kept*p",
        on_post="q += 1e-7*(0.5 - q)*int(p > 0.1)",
        at_end="r = r*(1 - 2e-8)\ns = s*exp(-5*little)",
    )
    return Synapse("slow", (clocked, lazy, events), (State("w", 0.0),))


def neurons():
    """A threshold that decays over hours, and what synapses may ask of a neuron."""
    base = adaptive_lif("cell", 2, tau_theta="1e7 ms", theta_step=0.0)
    return replace(base, threshold="step % 10 == 5", reset="theta += theta_step", initial={"theta": 0.9})


def slow_network():
    need = NeuronState(
        "x", "x : 1", "x = x*(1 - fading)", (Parameter("fading", 2e-8),), persistent=True, at_end="x = x - 1e-7*x"
    )
    cell = neurons()
    model = slow_synapse()
    model = replace(model, mechanisms=(*model.mechanisms, Mechanism("need", post=(need,), on_pre="w = w + x_post")))
    cell = replace(cell, equations=cell.equations + "\nx : 1", initial={**cell.initial, "x": 1.0})
    return tacos.Network(
        (stimulus("input", 2, tasks.Raster()), cell), (tacos.Projection("input", "cell", model),),
        STEPS * DT, DT, readout="cell",
    )  # fmt: skip


def expected():
    """By name: the state after all presentations."""
    steps, spikes = N * STEPS, N * STEPS // 10
    return {
        "a": 0.9 * (1 - DT / 1e5) ** steps,
        "drifting": 1 + 1e-6 * DT * steps,
        "quick": (1 - DT / 0.1) ** steps,
        "b": 0.9 * np.exp(-(steps - 10) * DT / 1e5),
        "p": (1 - 2e-8) ** spikes,
        "q": 0.5 + 0.5 * (1 - 1e-7) ** spikes,
        "r": (1 - 2e-8) ** N,
        "s": np.exp(-1e-7 * N),
        "theta": 0.9 * (1 - DT / 1e4) ** steps,
        "x": (1 - 2e-8) ** spikes * (1 - 1e-7) ** N,
    }


@pytest.mark.parametrize("backend", BACKENDS)
def test_closed_forms(backend):
    after = run(backend, slow_network())
    for name, value in expected().items():
        owner = "cell" if name in ("theta", "x") else "input-cell"
        tolerance = 1e-5 * value if name == "quick" else 1e-10
        np.testing.assert_allclose(after[f"{owner}.{name}"], value, atol=tolerance, rtol=0, err_msg=name)


def relaxing_network():
    """Library models without a spike: a chain updated at every step, one at the end, two bistable synapses."""
    chain = {"w": 1.0, "u_2": 0.5, "u_3": -0.5, "u_4": 0.5, "u_5": 1.0, "u_6": 0.7}
    models = {
        "stepwise": synapses.benna_fusi(6, update="step"), "chain": synapses.benna_fusi(6),
        "slices": synapses.graupner_brunel("hippocampal slices"), "DP": synapses.graupner_brunel("DP"),
    }  # fmt: skip
    cell = replace(adaptive_lif("cell", 2), threshold="step < 0")
    projections = tuple(tacos.Projection("input", "cell", model, name=name) for name, model in models.items())
    network = tacos.Network((stimulus("input", 2, tasks.Raster()), cell), projections, STEPS * DT, DT, readout="cell")
    start = {f"{name}.{u}": value for name in ("stepwise", "chain") for u, value in chain.items()}
    return network, {**start, "slices.rho": 0.52, "DP.rho": 0.55}


@pytest.mark.parametrize("backend", [backend for backend in BACKENDS if backend is not CYTHON])
def test_models_of_the_library_as_in_double_precision(backend):
    network, start = relaxing_network()
    after = run(backend, network, pieces=(0, 10), every=0, **start)
    exact = run("torch", network, "float64", pieces=(0, 10), every=0, **start)
    for key in start:
        owner, _, name = key.rpartition(".")
        slow = name in network.lowered.projection(owner).synapse.double
        moved = abs(exact[key] - start[key])
        assert slow or key in ("chain.w", "chain.u_2"), key
        if slow:
            np.testing.assert_allclose(after[key] - start[key], exact[key] - start[key], atol=1e-3 * moved.max())
        np.testing.assert_allclose(after[key], exact[key], rtol=1e-5, err_msg=key)


# -- cut, stored, side by side -------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS[::2])
def test_a_checkpoint_keeps_all_bits(backend, tmp_path):
    whole = run(backend, slow_network())
    cut = run(backend, slow_network(), pieces=(0, 1, 7, N), folder=tmp_path)
    for key, values in whole.items():
        np.testing.assert_array_equal(cut[key], values, err_msg=key)
        if key.rpartition(".")[2] in expected():
            assert values.dtype == np.float64


@pytest.mark.compiled
def test_a_checkpoint_keeps_all_bits_of_a_compiled_program(tmp_path):
    test_a_checkpoint_keeps_all_bits("standalone", tmp_path)


def test_a_batch_gives_what_each_replica_gives_alone():
    network = slow_network()
    made, state = simulator("torch", network, "float32", N), initial_state(network.lowered, 1)
    requests = [
        (state, stretch(STEPS, 0, N, parameters={"input-cell.tau_a": tau, "input-cell.little": 1 / tau}))
        for tau in (1e5, 3e5, 1e6)
    ]
    for (before, part), together in zip(requests, made.run_together(requests), strict=True):
        alone = made.run(before, part).state
        for key, values in alone.items():
            np.testing.assert_array_equal(together.state[key], values, err_msg=key)
        tau = part.parameters["input-cell.tau_a"]
        np.testing.assert_allclose(alone["input-cell.a"], 0.9 * (1 - DT / tau) ** (N * STEPS), atol=1e-10, rtol=0)
        np.testing.assert_allclose(alone["input-cell.p"], (1 - 1 / tau) ** (N * STEPS / 10), atol=1e-10, rtol=0)


def test_a_device_without_double_precision(monkeypatch):
    def checked(name, dtype):
        if dtype == "float64":
            raise BackendError("no")

    monkeypatch.setattr(device, "checked_device", checked)
    device.check_double("mps", tacos.error_driven((4, 2), 3).lowered)
    with pytest.raises(
        BackendError, match="'mps' has no double precision, and changes of cell.theta, cell.x, input-cell"
    ):
        device.check_double("mps", slow_network().lowered)


# -- which states --------------------------------------------------------------------------------------------------


def double(network):
    parts = {p.name: (p.double, p.states) for p in network.lowered.populations}
    parts |= {p.name: (p.synapse.double, p.synapse.states) for p in network.lowered.projections}
    return {f"{name}.{x}" for name, (names, states) in parts.items() for x in names if x in states}


def test_slow_ones():
    slow = {f"input-cell.{name}" for name in ("a", "drifting", "b", "p", "q", "r", "s")}
    assert double(slow_network()) == slow | {"cell.theta", "cell.x"}
    assert double(relaxing_network()[0]) == {
        "slices.rho", "DP.rho", "cell.theta", "chain.u_3", "chain.u_4", "chain.u_5", "chain.u_6",
        "stepwise.w", *(f"stepwise.u_{k}" for k in range(2, 7)),
    }  # fmt: skip


@pytest.mark.parametrize("form", ["linear", "bistable", "chain"])
@pytest.mark.parametrize("gate", ["hyperbolic", "exponential"])
@pytest.mark.parametrize("drive", ["activity", "calcium"])
def test_none_in_the_flagship(drive, gate, form):
    network = tacos.error_driven((4, 2), 3, synapses.tacos(drive, form, gate))
    growth = {"dm": 1e-9} if drive == "activity" else {"m_rate": "1e-9 Hz"}
    assert not double(network)
    assert not double(network.with_parameters(eta=1e-9, **growth)), "jumps, however small a gate makes them"
    off = "metaplasticity" if form != "linear" else "consolidation"
    assert not double(network.switched_off(off)), "what does not move is not slow"


def test_parameters_decide_and_programs_are_not_shared():
    network = tacos.error_driven((4, 2), 3)
    slower = network.with_parameters(**{"input-hidden.tau_c": "3600 second"})
    assert double(slower) == {"input-hidden.w_ref"}
    assert slower.lowered.projection("input-hidden").synapse.double >= {"w_ref", "tau_c"}
    faster = network.with_parameters(**{"input-hidden.tau_c": "4 second"})
    for key in (lambda n: batch_key(n, Choice("torch")), lambda n: _key(n.lowered, 10, "float32")):
        assert key(faster) == key(network) != key(slower)


def test_what_a_declaration_says_of_precision_counts():
    network = slow_network()
    (projection,) = network.projections
    *others, events, need = projection.synapse.mechanisms
    states = (State("p", 1.0, precision="single"), *events.states[1:])
    asked = replace(need.post[0], precision="single")
    model = replace(
        projection.synapse,
        mechanisms=(*others, replace(events, states=states), replace(need, post=(asked,))),
        states=(State("w", 0.0, precision="double"),),
    )
    changed = network.with_synapse("input-cell", model)
    assert double(network) - double(changed) == {"input-cell.p", "cell.x"}
    assert double(changed) - double(network) == {"input-cell.w"}
    cell = replace(network.population("cell"), precision={"theta": "single", "V": "double"})
    both = replace(changed, populations=(network.populations[0], cell))
    assert double(both) ^ double(changed) == {"cell.theta", "cell.V"}
    assert tacos.Network.from_dict(both.to_dict()) == both
    assert "precision" not in str(network.to_dict())


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: State("x", precision="half"), "State 'x': a precision is 'single' or 'double', or empty, not 'half'"),
        (lambda: NeuronState("x", precision="half"), "Neuron state 'x': a precision is"),
        (lambda: State("x", 0, unit="integer", precision="double"), "State 'x' is no real number, so it has no"),
        (lambda: replace(neurons(), precision={"V": "half"}), "Population 'cell', state 'V': a precision is"),
    ],
)
def test_a_precision_is_one_of_two(made, message):
    with pytest.raises(DeclarationError, match=message):
        made()


def test_a_precision_is_that_of_a_state():
    network = slow_network()
    cell = replace(network.population("cell"), precision={"spike_count": "double"})
    with pytest.raises(DeclarationError, match="'cell' gives a precision to 'spike_count', which is not one of its"):
        _ = replace(network, populations=(network.populations[0], cell)).lowered
