"""Decay of the fast weight, and what the slow one takes over."""

import json

import numpy as np
import pytest

import synapses
import tacos
from tacos.backends import Stretch
from tacos.networks.initial import initial_state
from tacos.networks.populations import stimulus
from tasks import Raster
from tests.backends.both import agree
from tests.backends.by_name import simulator


def network(model, seconds=0.2, dt=1e-3, size=3):
    """Inputs onto a leaky cell that each of their spikes excites; the last input makes it fire one step later."""
    cell = tacos.Population(
        "cell", 1, "dV/dt = -V/(2*second) : 1", "V > 0.9", "V -= 1", initial={"V": "0.1"},
        receptors={"current": "V += 0*efficacy", "told": "V += efficacy"},
    )  # fmt: skip
    return tacos.Network(
        (stimulus("input", size + 1, Raster()), cell),
        (
            tacos.Projection("input", "cell", model, name="plastic", connectivity=tacos.Connect([(k, 0) for k in range(size)])),
            tacos.Projection("input", "cell", synapses.static(), "told", tacos.Connect([(size, 0)]), name="told"),
        ),
        seconds, dt, readout="cell",
    )  # fmt: skip


def silence(w, V_mean, seconds=200.0, dt=1.0, **parameters):
    """Weights after some time without a spike, in a neuron whose mean potential stays."""
    model = synapses.two_component().without("learning", "penalty").with_parameters(tau_V="1e12 second", **parameters)
    net = network(model, seconds, dt, len(w))
    state = initial_state(net.lowered, 1)
    state["plastic.w"][:], state["cell.V_mean"][:] = w, V_mean
    steps = round(seconds / dt)
    return simulator("torch", net).run(state, Stretch({"image": np.zeros((steps, len(w) + 1))}, 0, 1, 0, True, 1)).state


def test_what_decays_is_kept_where_it_is_worth_it():
    """The fast weight decays; the slow one gains the same until the fast one is below its threshold."""
    w = np.array([0.4, -0.4, 0.04])
    state = silence(w, 0.3)
    left = w * (1 - 0.01) ** 200
    np.testing.assert_allclose(state["plastic.w"], left, rtol=1e-9)
    np.testing.assert_allclose(left, w * np.exp(-2), rtol=0.02)
    np.testing.assert_allclose(state["plastic.w"] + state["plastic.w_slow"], [0.4, -0.4, left[2]], rtol=1e-9)
    long = silence(w, 0.3, 600.0)
    kept = abs(long["plastic.w_slow"])
    np.testing.assert_allclose(kept, [0.35, 0.35, 0], atol=0.01 * 0.4)


def test_nothing_is_kept_in_a_neuron_that_was_not_depolarized():
    state = silence(np.array([0.4, -0.4, 0.04]), 0.1)
    assert not state["plastic.w_slow"].any()


def raster(steps=200, size=3):
    told = np.zeros((steps, size + 1))
    told[10::20, :size] = 1
    told[15::40, 0] = 1
    told[18::20, size] = 1
    return told


@pytest.mark.parametrize("without", [(), ("learning",), ("penalty",), ("decay",), ("selective consolidation",)])
def test_against_a_loop_written_from_the_equations(without):
    told = raster()
    model = synapses.two_component().with_parameters(lambda_1=0.01).without(*without)
    net = network(model)
    state = initial_state(net.lowered, 1)
    state["plastic.w"][:] = 0.3
    if "cell.V_mean" in state:
        state["cell.V_mean"][:] = 0.2001
    after = simulator("runtime", net).run(state, Stretch({"image": told}, 0, 1, 0, True, 1)).state
    w, slow, plus, minus, V, V_mean = np.full(3, 0.3), np.zeros(3), np.zeros(3), 0.0, 0.1, 0.2001
    for row in told:
        V, V_mean = V * (1 - 1e-3 / 2), V_mean + 1e-4 * (V - V_mean)
        plus, minus = plus * 0.95, minus * 0.95
        gain = 1e-5 * w if "selective consolidation" not in without else 0 * w
        slow = slow + gain * (V_mean > 0.2) * (abs(w) > 0.05)
        w = w * (1 - 1e-5) if "decay" not in without else w
        fires, pre = V > 0.9, row[:3] > 0
        if "learning" not in without:
            w = np.where(pre, w - 0.00525 * minus, w)
        if "penalty" not in without:
            w = np.where(pre, w - 0.01 * np.sign(V), w)
        if fires and "learning" not in without:
            w = w + 0.005 * plus
        V += row[3] - fires
        plus, minus = plus + row[:3], minus + fires
    np.testing.assert_allclose(after["plastic.w"], w, rtol=1e-9)
    if "selective consolidation" not in without:
        np.testing.assert_allclose(after["plastic.w_slow"], slow, rtol=1e-9)
        assert slow.max() > 0
    assert abs(w - 0.3).max() > 1e-4


def test_both_backends():
    agree(
        network(synapses.two_component().with_parameters(lambda_1=0.01), 0.1),
        raster(100),
        plastic__w=0.3,
        cell__V_mean=0.25,
    )


def test_declaration():
    model = synapses.two_component()
    assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    assert "613265" in model.cite()
    for name in model.mechanism_names():
        assert name not in model.without(name).mechanism_names()
