"""States that change by less than single precision can hold, in float32 as everywhere."""

from dataclasses import replace

import numpy as np
import pytest

import tacos
import tasks
from synapses import Mechanism, NeuronState, Parameter, State, Synapse
from tacos.backends import Stretch
from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.backends.brian2.standalone import StandaloneSimulator
from tacos.backends.torch.simulator import TorchSimulator
from tacos.networks.initial import initial_state
from tacos.networks.populations import adaptive_lif, stimulus

DT, STEPS, N = 1e-3, 40, 50

BACKENDS = ("torch", "numpy", "cython", "standalone")
LIGHT = [
    pytest.param(name, marks=pytest.mark.compiled if name in ("cython", "standalone") else []) for name in BACKENDS
]


def simulator(backend, network, dtype="float32"):
    if backend == "torch":
        return TorchSimulator(network, dtype, capacity=N)
    if backend == "standalone":
        return StandaloneSimulator(network, dtype, capacity=N)
    return RuntimeSimulator(network, dtype, target=backend, capacity=N)


def run(backend, network, dtype="float32", n=N, pieces=1, state=None):
    """All states after some presentations, in which every input spikes at every tenth step."""
    made, built = simulator(backend, network, dtype), network.lowered
    state = initial_state(built, 1) if state is None else state
    raster = np.zeros((n * built.steps, 2))
    raster[::10] = 1
    for part in np.array_split(np.arange(n), pieces):
        shown = {"image": raster[part[0] * built.steps : (part[-1] + 1) * built.steps]}
        state = made.run(state, Stretch(shown, int(part[0]), 1, 0, True, len(part))).state
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


@pytest.mark.parametrize("backend", LIGHT)
def test_closed_forms(backend):
    after = run(backend, slow_network())
    for name, value in expected().items():
        owner = "cell" if name in ("theta", "x") else "input-cell"
        tolerance = 1e-5 * value if name == "quick" else 1e-10
        np.testing.assert_allclose(after[f"{owner}.{name}"], value, atol=tolerance, rtol=0, err_msg=name)
