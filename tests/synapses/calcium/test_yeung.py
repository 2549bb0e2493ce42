"""Metaplasticity of NMDA receptors against its fixed point, and the whole model against a loop from the equations."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

import synapses
import tacos
from synapses.calcium.yeung import fixed_conductance
from tacos.backends import Stretch
from tacos.networks.initial import initial_state
from tacos.networks.populations import conductance_lif
from tests.backends.by_name import simulator

DT = 0.25e-3


def cells(name, n):
    """Cells at a potential that stays, which fire at steps of their own and again after each period."""
    return tacos.Population(
        name, n, "start : integer\nperiod : integer\nV : volt",
        threshold="step >= start and (step - start) % period == 0", persistent=["start", "period", "V"],
    )  # fmt: skip


def run(model, V, pre, post, steps, dt=DT, **states):
    """Pairs of cells; ``pre`` and ``post`` are (first step, period) for each or all; the states after so many steps."""
    n = len(V)
    network = tacos.Network(
        (cells("pre", n), cells("post", n)),
        (tacos.Projection("pre", "post", model, "period += 0", tacos.OneToOne()),),
        duration=steps * dt, dt=dt, readout="post",
    )  # fmt: skip
    state = initial_state(network.lowered, 0)
    state["post.V"] = np.array(V, float)
    for name, (start, period) in (("pre", pre), ("post", post)):
        state[f"{name}.start"][:], state[f"{name}.period"][:] = start, period
    for name, value in states.items():
        state[f"pre-post.{name}"][:] = value
    return simulator("numpy", network).run(state, Stretch({}, 0, 0, 0, True, 1)).state


def never(steps):
    return steps, 1


def quick(factor):
    """The model with faster kinetics of the same fixed point."""
    model = synapses.yeung()
    p = model.all_parameters()
    return model.with_parameters(
        k_plus=f"{factor * p['k_plus'].value} Hz", k_minus=f"{factor * p['k_minus'].value} Hz"
    )  # fmt: skip


def test_fixed_point_of_the_conductance():
    """At a clamped potential: eq. 1, and the exponential approach to it."""
    model, above = synapses.yeung(), np.array([0.0, 5.0, 10.0, 20.0])
    p = {name: parameter.value for name, parameter in model.all_parameters().items()}
    V = (above - 65) * 1e-3
    formula = p["g_t"] / (p["k_minus"] / p["k_plus"] * above**2 + 1)
    np.testing.assert_allclose([fixed_conductance(model, d * 1e-3) for d in above], formula, rtol=1e-12)
    settled = run(quick(1000), V, never(400), never(400), 400)["pre-post.g_NMDA"]
    np.testing.assert_allclose(settled, formula, rtol=1e-6)
    soon = run(model, V, never(400), never(400), 400)["pre-post.g_NMDA"]
    rate = p["k_plus"] + p["k_minus"] * above**2
    np.testing.assert_allclose(soon, formula + (p["g_0"] - formula) * np.exp(-rate * 0.1), rtol=1e-6)


def test_the_more_a_neuron_fires_the_smaller_the_conductance():
    """Slow kinetics see the mean square of the action potentials, which is a sum of integrals of exponentials."""
    model, hertz = quick(10), np.array([2.0, 5.0, 10.0, 20.0, 40.0])
    p = {name: parameter.value for name, parameter in model.all_parameters().items()}
    period = np.rint(1 / hertz / DT).astype(int)
    g = run(model, np.full(5, -0.065), never(8000), (0, period), 8000)["pre-post.g_NMDA"]
    assert np.all(np.diff(np.abs(g)) < 0), "decreasing"
    squares = []
    for T in 1 / hertz:
        t = (np.arange(20_000) + 0.5) * T / 20_000
        squares.append(np.mean((45 * np.exp(-t / 0.003) + 15 * np.exp(-t / 0.035)) ** 2))
    mean = p["g_t"] / (p["k_minus"] / p["k_plus"] * np.array(squares) + 1)
    np.testing.assert_allclose(g[2:], mean[2:], rtol=0.25)  # the last spikes count for more than those before


def crossover(g, hertz, change):
    """The lowest rate from which the weight grows, of one conductance."""
    falls = np.flatnonzero(change[g] < 0)
    return hertz[falls.max() + 1] if falls.max() + 1 < len(hertz) else np.inf


def test_the_threshold_slides():
    """With less conductance the presynaptic rate at which depression turns into potentiation is higher."""
    hertz, conductances = np.array([2, 4, 6, 8, 10, 13, 16, 20, 26, 32, 40]), (-1800.0, -1400.0, -1150.0)
    model = synapses.yeung().without("metaplasticity")
    n, steps = len(hertz), 2000
    period = np.tile(np.rint(1 / hertz / DT).astype(int), len(conductances))
    given = np.repeat(conductances, n)
    w = run(model, np.full(len(given), -0.045), (0, period), never(steps), steps, w=0.5, g_NMDA=given)["pre-post.w"]
    change = dict(zip(conductances, (w - 0.5).reshape(-1, n), strict=True))
    at = [crossover(g, hertz, change) for g in conductances]
    assert 2 < at[0] < at[1] < at[2] < np.inf, at


def test_against_a_loop():
    """Calcium, weight and conductance with spikes of both sides, in steps that are ten times finer."""
    V, steps, factor = -55.0, 800, 10
    pre, post = (20, 160), (44, 200)
    end = run(quick(20), [V * 1e-3], pre, post, steps, w=0.5, g_NMDA=-2500)
    model = quick(20)
    p = {name: parameter.value for name, parameter in model.all_parameters().items()}
    dt = DT / factor
    opened, bap, g, calcium, w = np.zeros(2), np.zeros(2), -0.0025, 0.0, 0.5
    for step in range(steps * factor):
        if step >= (pre[0] + 1) * factor and (step - (pre[0] + 1) * factor) % (pre[1] * factor) == 0:
            opened = opened + 0.7 * (1 - opened.sum()) * np.array([0.7, 0.3])
        if step >= (post[0] + 1) * factor and (step - (post[0] + 1) * factor) % (post[1] * factor) == 0:
            bap = 60 * np.array([0.75, 0.25])
        total = V + bap.sum()
        flow = g * opened.sum() * (total - 130) / (1 + np.exp(-0.062 * total) / 3.57) * 1e3
        omega = 1 / (1 + np.exp(-20 * (calcium - 0.4))) - 0.5 / (1 + np.exp(-60 * (calcium - 0.25)))
        w += dt * p["eta_0"] * calcium * omega
        g += dt * (p["k_plus"] * p["g_t"] * 1e-6 - (p["k_plus"] + p["k_minus"] * (total + 65) ** 2) * g)
        calcium += dt * (flow - calcium / 0.02)
        opened = opened * np.exp(-dt / np.array([0.05, 0.2]))
        bap = bap * np.exp(-dt / np.array([0.003, 0.035]))
    assert calcium > 0.02 and abs(w - 0.5) > 1e-3
    assert end["pre-post.Ca"][0] == pytest.approx(calcium, rel=0.01)
    assert end["pre-post.g_NMDA"][0] == pytest.approx(g * 1e6, rel=0.005)
    assert end["pre-post.w"][0] - 0.5 == pytest.approx(w - 0.5, rel=0.02)


def test_bounds_hold_when_the_synapse_is_used():
    end = run(synapses.yeung(), [-0.065] * 2, (100, 1000), never(110), 110, w=[1.2, -0.3])["pre-post.w"]
    np.testing.assert_allclose(end, [1, 0], atol=1e-3)
    free = synapses.yeung().without("bounds")
    end = run(free, [-0.065] * 2, (100, 1000), never(110), 110, w=[1.2, -0.3])["pre-post.w"]
    np.testing.assert_allclose(end, [1.2, -0.3], atol=1e-3)


@pytest.mark.parametrize("backend", ["torch", "masked"])
def test_backends_agree(backend):
    """Onto integrate-and-fire neurons that the synapses drive."""
    states = {}
    for name in ("numpy", backend):
        post = conductance_lif("post", 2, threshold="-55 mV", refractory="0 ms")
        projection = tacos.Projection("pre", "post", synapses.yeung().with_parameters(scale=3.0), "excitatory")
        network = tacos.Network((cells("pre", 2), post), (projection,), 300 * DT, DT, readout="post")
        state = initial_state(network.lowered, 0)
        state["pre.start"], state["pre.period"][:] = np.array([3, 10], np.int32), 60
        found = simulator(name, network).run(state, Stretch({}, 0, 0, 0, True, 1, counts=("post",)))
        assert found.counts["post"].sum() > 2
        states[name] = found.state
    for key, value in states["numpy"].items():
        np.testing.assert_allclose(states[backend][key], value, rtol=1e-9, atol=1e-12, err_msg=key)
    assert np.ptp(states["numpy"]["pre-post.g_NMDA"] / -2500) < 0.1 < np.abs(states["numpy"]["pre-post.Ca"]).max()


def test_the_model_and_its_mechanisms():
    model = synapses.named("yeung")
    assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    assert "Yeung, Blais, Cooper, Shouval 2002" in model.cite()
    for name in ("metaplasticity", "bounds", "weight change", "back-propagating action potential"):
        assert name not in model.without(name).mechanism_names()
    with pytest.raises(synapses.DeclarationError, match="'NMDA receptors'"):
        model.without("NMDA receptors")
    with pytest.raises(synapses.DeclarationError, match="'calcium'"):
        model.without("calcium")


@pytest.mark.slow
@pytest.mark.compiled
def test_correlated_inputs_win_with_metaplasticity_alone():
    """At 15 Hz, in the network of the script that draws the figure."""
    path = Path(__file__).parents[3] / "scripts" / "reproduce" / "yeung.py"
    spec = spec_from_file_location("reproduce_yeung", path)
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    gaps = []
    for model in (synapses.yeung(), synapses.yeung().without("metaplasticity")):
        network = script.correlated(model)
        correlated, other, fired = script.segregation(
            simulator("standalone", network, "float32", 1000), network, 15, 0, 60
        )
        assert fired > 5
        gaps.append(correlated - other)
    assert gaps[0] > 0.3 > 0.05 > abs(gaps[1]), gaps
