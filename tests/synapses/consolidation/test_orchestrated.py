"""The rule against a loop written from its equations, its wells, and a neuron that runs away without its help."""

import json
from itertools import combinations

import numpy as np
import pytest

import synapses
import tacos
from tacos.backends import Stretch
from tacos.networks.initial import initial_state
from tacos.networks.populations import lif, stimulus
from tasks import Raster, Rate
from tests.backends.both import agree
from tests.backends.by_name import simulator


def given(model, raster, dt=1e-3):
    """Inputs and cells that fire when they are told; the last column is the cell. States after it."""
    steps, size = raster.shape
    cell = tacos.Population(
        "cell", 1, "V : 1", "V > 0.5", "V -= 1", receptors={"current": "V += 0*efficacy", "told": "V += efficacy"}
    )
    net = tacos.Network(
        (stimulus("input", size, Raster()), cell),
        (
            tacos.Projection("input", "cell", model, name="plastic", connectivity=tacos.Connect([(k, 0) for k in range(size - 1)])),
            tacos.Projection("input", "cell", synapses.static(1.0), receptor="told", name="told",
                             connectivity=tacos.Connect([(size - 1, 0)])),
        ),
        steps * dt, dt, readout="cell",
    )  # fmt: skip
    return net


def spikes(steps=400, size=5, seed=3, pre=30.0, post=30.0):
    rates = np.r_[np.full(size - 1, pre), post]
    return (np.random.default_rng(seed).random((steps, size)) < rates * 1e-3).astype(float)


def loop(raster, w, w_ref, without=(), dt=1e-3):
    """The rule, written from the equations; a cell fires one step after it is told."""
    A, beta, growth, w_c, P, tau = 1e-3, 0.05, 0.02, 0.5, 17.07, 1200.0
    n = raster.shape[1] - 1
    w, w_ref = np.full(n, w), np.full(n, w_ref)
    z_pre, z_fast, z_slow, told = np.zeros(n), 0.0, 0.0, False
    for row in raster:
        z_pre, z_fast, z_slow = z_pre * (1 - dt / 0.02), z_fast * (1 - dt / 0.02), z_slow * (1 - dt / 0.1)
        if "consolidation" not in without:
            w_ref = w_ref + dt / tau * (w - w_ref + P * -w_ref * (w_c / 2 - w_ref) * (w_c - w_ref))
        pre, post = row[:-1] > 0, told
        if "transmitter-induced growth" not in without:
            w = np.where(pre, np.clip(w + growth * A, 0, 5), w)
        if "doublet depression" not in without:
            w = np.where(pre, np.clip(w - A * z_fast, 0, 5), w)
        if post and "heterosynaptic plasticity" not in without:
            w = np.clip(w - beta * (w - w_ref) * z_fast**3, 0, 5)
        if post and "triplet potentiation" not in without:
            w = np.clip(w + A * z_pre * z_slow, 0, 5)
        z_pre, z_fast, z_slow = z_pre + pre, z_fast + post, z_slow + post
        told = row[-1] > 0
    return w, w_ref


def after(model, raster, backend="runtime", **start):
    net = given(model, raster)
    state = initial_state(net.lowered, 1)
    for name, value in start.items():
        state[f"plastic.{name}"][:] = value
    return simulator(backend, net).run(state, Stretch({"image": raster}, 0, 1, 0, True, 1)).state


MECHANISMS = synapses.orchestrated().mechanism_names()


@pytest.mark.parametrize(
    "without", [(), *((name,) for name in MECHANISMS)], ids=lambda names: ",".join(names) or "full"
)
def test_against_a_loop_written_from_the_equations(without):
    raster = spikes(post=90.0)
    state = after(synapses.orchestrated().without(*without), raster, w=0.3)
    w, w_ref = loop(raster, 0.3, 0.0, without)
    np.testing.assert_allclose(state["plastic.w"], w, rtol=1e-9)
    if "plastic.w_ref" in state:
        np.testing.assert_allclose(state["plastic.w_ref"], w_ref, rtol=1e-9)
    assert abs(w - 0.3).max() > 1e-3


def test_every_part_does_something_of_its_own():
    raster = spikes(post=90.0)
    ends = {without: loop(raster, 0.3, 0.1, without)[0] for without in [(), *((name,) for name in MECHANISMS)]}
    for a, b in combinations(ends, 2):
        assert abs(ends[a] - ends[b]).max() > 1e-7, (a, b)


def test_wells_of_the_reference_weight():
    """With w = w_ref only the wells are left: 0 and 0.5 hold, 0.25 does not."""
    silent = np.zeros((1, 2))
    start = np.array([0.0, 0.02, 0.23, 0.25, 0.27, 0.45, 0.5, 0.55])
    slope = []
    for value in start:
        slope.append(after(synapses.orchestrated(), silent, "torch", w=value, w_ref=value)["plastic.w_ref"][0] - value)
    expected = 17.07 * -start * (0.25 - start) * (0.5 - start) * 1e-3 / 1200
    np.testing.assert_allclose(slope, expected, atol=1e-15)
    assert list(np.sign(np.round(slope, 15))) == [0, -1, -1, 0, 1, 1, 0, -1]


def test_the_neuron_s_own_bursts_let_the_weights_follow_the_wells():
    """A cell at 100 Hz pulls each weight to its reference, and both together end in the nearer well."""
    raster = np.zeros((2500, 2))
    raster[::10, 1] = 1
    model = synapses.orchestrated().with_parameters(tau_cons="0.3 second")
    for value, well in ((0.22, 0.0), (0.28, 0.5)):
        state = after(model, raster, "torch", w=value, w_ref=value)
        assert state["plastic.w_ref"][0] == pytest.approx(well, abs=0.02)
        assert state["plastic.w"][0] == pytest.approx(well, abs=0.02)


def driven(model, parts=2, inputs=20, rate=30.0):
    """A leaky cell whose inputs learn thirty times faster than they should: mean weight, and spikes of each half second."""
    net = tacos.Network(
        (stimulus("input", inputs, Rate(f"{rate} Hz")), lif("cell", 1)),
        (tacos.Projection("input", "cell", model),), 0.5, 1e-3, readout="cell",
    )  # fmt: skip
    made, state = simulator("torch", net, capacity=1), initial_state(net.lowered, 1)
    state["input-cell.w"][:] = 4.0
    counts = []
    for k in range(parts):
        stretch = Stretch({"image": np.ones((1, inputs))}, k, 1, 0, True, 1, counts=["cell"])
        outcome = made.run(state, stretch)
        state = outcome.state
        counts.append(int(outcome.counts["cell"].sum()))
    return state["input-cell.w"].mean(), counts


@pytest.mark.slow
def test_a_neuron_runs_away_without_the_heterosynaptic_term():
    model = synapses.orchestrated().with_parameters(A=0.03, beta=1.5, w_max=50.0)
    held, rates = driven(model)
    free, higher = driven(model.without("heterosynaptic plasticity"))
    assert free > 45 and higher[0] < higher[1]
    assert held < 3 and rates[1] < 20


def test_both_backends():
    raster = spikes(120, post=90.0)
    agree(given(synapses.orchestrated(), raster), raster, plastic__w=0.3, plastic__w_ref=0.2)


def test_declaration():
    model = synapses.orchestrated()
    assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    assert "6:6922" in model.cite()
    for name in MECHANISMS:
        assert name not in model.without(name).mechanism_names()
