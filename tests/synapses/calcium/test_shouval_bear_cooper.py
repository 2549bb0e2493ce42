"""The unified calcium model against a loop written from the equations, and against numbers of its three protocols."""

import json

import numpy as np
import pytest

import synapses
import tacos
from tacos.backends import Stretch
from tacos.networks.initial import initial_state
from tests.backends.by_name import simulator

DT = 0.25e-3
#: w/w(0) after 40 pairs at 1 Hz, and lags in ms; computed independently, by the rectangle rule in steps of 0.25 ms.
TABLE = {
    -80: 1.00, -40: 0.985, -20: 0.78, -10: 0.51, -5: 0.43, -2: 2.02, 3: 1.99, 10: 1.91, 20: 1.77, 30: 1.56, 40: 1.26,
    60: 0.55, 80: 0.57, 100: 0.70, 120: 0.84,
}  # fmt: skip
LAGS = np.array(list(TABLE))
#: Of the presynaptic cell's first spike, ms.
FIRST = 85
CLAMPED = ("back-propagating action potential", "postsynaptic potential")


def logistic(x):
    return 1 / (1 + np.exp(-x))


def loop(w, pre, post, steps, dt=0.25, rule="trapezoid", size=1.0, clamp=None):
    """The weights after ``steps``, from the equations: exact decays, forward Euler of calcium and weight; ms and mV.

    ``pre`` and ``post`` are boolean, [step, synapse], the latter when the action potential reaches the spine. ``rule``
    is how the calcium current is integrated within a step.
    """
    n = pre.shape[1]
    opened, psp, bap = np.zeros((2, n)), np.zeros((2, n)), np.zeros((2, n))
    decays = [np.exp(-dt / np.array(taus))[:, None] for taus in ((50, 200), (50, 5), (3, 25))]
    calcium, w = np.zeros(n), np.array(w, float)

    def current():
        V = -65 + psp[0] - psp[1] + bap.sum(axis=0) if clamp is None else clamp
        return -0.002 * opened.sum(axis=0) * (V - 130) / (1 + np.exp(-0.062 * V) / 3.57)

    found = []
    for step in range(max(steps)):
        opened = opened + 0.25 * (1 - opened.sum(axis=0)) * pre[step]
        psp = psp + size / 0.6968 * pre[step]
        bap = np.where(post[step], [[75.0], [25.0]], bap)
        before = current()
        opened, psp, bap = (x * decay for x, decay in zip((opened, psp, bap), decays, strict=True))
        flow = (before + current()) / 2 if rule == "trapezoid" else before
        eta = 1e-3 / (0.1 / (1e-5 + calcium**3) + 1)
        omega = 0.25 + logistic(80 * (calcium - 0.55)) - 0.25 * logistic(80 * (calcium - 0.35))
        calcium, w = calcium + dt * (flow - calcium / 50), w + dt * eta * (omega - w)
        if step + 1 in steps:
            found.append(w)
    return found


def pairs_for_loop(lags, period=1000, dt=0.25):
    """When two pairs arrive, and the steps after which they are over, for :func:`loop`."""
    per = round(period / dt)
    pre = np.zeros((2 * per, len(lags)), bool)
    post = np.zeros_like(pre)
    pre[round(FIRST / dt) :: per] = True
    for k, lag in enumerate(lags):
        post[round((FIRST + 2 + lag) / dt) :: per, k] = True
    return pre, post, (per, 2 * per)


def after_40(first, second):
    """Weights after 40 pairs, from those after one and after two, each for initial weights of 0 and 1.

    Calcium does not depend on the weight, which a pair so changes by a linear function: from the second pair on the same.
    """
    (low, high), (later_low, later_high) = (np.reshape(w, (2, -1)) for w in (first, second))
    slope = (later_high - later_low) / (high - low)
    offset = later_low - slope * low
    once = low + (high - low) * 0.25
    return (slope**39 * once + offset * (1 - slope**39) / (1 - slope)) / 0.25


def timed(name, n):
    """Cells that fire at a step of their own, and again after each period."""
    return tacos.Population(
        name, n, "start : integer\nperiod : integer",
        threshold="step >= start and (step - start) % period == 0", reset="", persistent=("start", "period"),
    )  # fmt: skip


def run(model, pre_start, post_start, steps, period=4000, backend="torch", values=None, learning=True, n=1):
    """Pairs of cells that fire periodically, each with one synapse; the states after ``steps`` steps, ``n`` times.

    Torch is the quickest where there are many steps; that it gives what Brian2 gives is tested on its own.
    """
    cells = len(pre_start)
    network = tacos.Network(
        (timed("pre", cells), timed("post", cells)),
        (tacos.Projection("pre", "post", model, "period += 0", tacos.OneToOne(), values=values or {}),),
        duration=steps * DT, dt=DT, readout="post",
    )  # fmt: skip
    state = initial_state(network.lowered, 0)
    for name, start in (("pre", pre_start), ("post", post_start)):
        state[f"{name}.start"] = np.asarray(start, np.int32)
        state[f"{name}.period"][:] = period
    made, states = simulator(backend, network), [state]
    for k in range(n):
        states.append(made.run(states[-1], Stretch({}, k, 0, 0, learning, 1)).state)
    return states[1:] if n > 1 else states[1]


def twice(model, lags, values, period=400):
    """Weights after one and after two pairs, for initial weights of 0 and 1."""
    cells, start, steps = 2 * len(lags), round(FIRST / 0.25), round(period / 0.25)
    both = np.tile(np.rint(lags / 0.25).astype(int), 2)
    values = {"w": np.repeat([0.0, 1.0], len(lags)), **values}
    states = run(model, np.full(cells, start), start + both, steps, steps, values=values, n=2)
    return [state["pre-post.w"] for state in states]


def test_the_loop_gives_the_numbers_of_the_table():
    """The table's rectangle rule included, so that the loop is an oracle of the same equations."""
    w = loop(np.repeat([0.0, 1.0], len(LAGS)), *pairs_for_loop(np.tile(LAGS, 2)), rule="rectangle")
    np.testing.assert_allclose(after_40(*w), list(TABLE.values()), rtol=0.01)


def test_spike_timing():
    """Two pairs at 2.5 Hz, which overlap, with all lags."""
    found = twice(synapses.shouval_bear_cooper(), LAGS, {})
    pre, post, steps = pairs_for_loop(np.tile(LAGS, 2), 400, dt=0.125)
    expected = loop(np.repeat([0.0, 1.0], len(LAGS)), pre, post, steps, dt=0.125)
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert np.abs(np.array(expected)[1] - np.repeat([0.0, 1.0], len(LAGS))).max() > 0.1


@pytest.mark.slow
@pytest.mark.compiled
def test_spike_timing_curve():
    """40 pairs at 1 Hz: potentiation, with depression on both sides of it."""
    start = np.full(len(LAGS), 800)
    lags = np.rint(LAGS / 0.25).astype(int)
    found = run(synapses.shouval_bear_cooper(), start, start + lags, 160_000, backend="standalone")["pre-post.w"] / 0.25
    pre, post, steps = pairs_for_loop(np.tile(LAGS, 2), dt=0.125)
    expected = after_40(*loop(np.repeat([0.0, 1.0], len(LAGS)), pre, post, steps, dt=0.125))
    np.testing.assert_allclose(found, expected, rtol=0.01)
    np.testing.assert_allclose(
        found, list(TABLE.values()), rtol=0.061
    )  # the rectangle rule of the table is off so much
    curve = dict(zip(LAGS, found, strict=True))
    assert curve[-5] < 0.5 and curve[-2] > 1.9, "the border is at about -3 ms, for the delay of 2 ms"
    assert max(curve[60], curve[80]) < 0.6 and curve[120] < 0.9, "depression again, pre long before post"


def test_pairing_with_a_clamped_potential():
    """Nothing near rest, then depression, then potentiation that saturates."""
    V = np.array([-70, -66, -60, -58, -56, -54, -50, -40, -20, 0])
    clamped = synapses.shouval_bear_cooper().without(*CLAMPED)
    found = twice(clamped, np.zeros(len(V)), {"V_0": np.tile(V, 2) * 1e-3})
    pre, post, steps = pairs_for_loop(np.zeros(2 * len(V)), 400, dt=0.125)
    expected = loop(np.repeat([0.0, 1.0], len(V)), pre, post, steps, dt=0.125, clamp=np.tile(V, 2))
    np.testing.assert_allclose(found, expected, atol=2e-4)
    curve = dict(zip(V, after_40(*found), strict=True))
    assert abs(curve[-70] - 1) < 0.01 and abs(curve[-66] - 1) < 0.02, "nothing near rest"
    assert max(curve[v] for v in (-60, -58, -56, -54)) < 0.9, "depression"
    assert 1.2 < curve[-50] < curve[-40] < curve[-20] < curve[0] < 1.1 * curve[-20], "potentiation, which saturates"


def test_rate_curve():
    """Postsynaptic potentials of 10 mV: depression at 3 Hz, potentiation at 10 Hz, as in the loop."""
    model, steps = synapses.shouval_bear_cooper().with_parameters(epsp_size="10 mV"), 3600
    periods = np.array([1333, 400])
    state = run(model, [0, 0], [steps, steps], steps, periods)
    pre = np.arange(steps)[:, None] % periods == 0
    (expected,) = loop([0.25, 0.25], pre, np.zeros_like(pre), (steps,), size=10.0)
    np.testing.assert_allclose(state["pre-post.w"], expected, rtol=0.005)
    assert expected[0] < 0.25 < expected[1]
    opened = state["pre-post.open_fast"] + state["pre-post.open_slow"]
    assert np.all((opened > 0) & (opened < 1)), "closed receptors alone open"


def test_only_the_last_action_potential_counts():
    model = synapses.shouval_bear_cooper()
    once = run(model, [999], [40], 60, 4000)
    often = run(model, [999], [0], 60, 20)
    for part in ("fast", "slow"):
        assert often[f"pre-post.bap_{part}"][0] == pytest.approx(once[f"pre-post.bap_{part}"][0], rel=1e-12)
    # It arrives 2 ms, 8 steps, after step 40, and decays until the end of step 59.
    assert once["pre-post.bap_fast"][0] == pytest.approx(0.075 * np.exp(-11 * 0.25 / 3), rel=2e-3)


@pytest.mark.parametrize("backend", ["torch", "masked"])
@pytest.mark.parametrize("potential", ["spine", "neuron"])
def test_backends_agree(backend, potential):
    model = synapses.shouval_bear_cooper(potential)
    if potential == "neuron":
        states = {name: run_onto_neurons(model, name) for name in ("numpy", backend)}
    else:
        states = {name: run(model, [3, 5, 40], [20, 2, 41], 240, 60, name) for name in ("numpy", backend)}
    for key, value in states["numpy"].items():
        np.testing.assert_allclose(states[backend][key], value, rtol=1e-9, atol=1e-12, err_msg=key)
    key = next(k for k in states["numpy"] if k.endswith(".w"))
    assert np.abs(states["numpy"][key] - 0.25).max() > 1e-6


def run_onto_neurons(model, backend="numpy"):
    """Two inputs onto two neurons that they drive over threshold."""
    network = tacos.Network(
        (timed("pre", 2), tacos.networks.populations.conductance_lif("post", 2)),
        (tacos.Projection("pre", "post", model.with_efficacy("8*w"), "excitatory"),),
        duration=240 * DT, dt=DT, readout="post",
    )  # fmt: skip
    state = initial_state(network.lowered, 0)
    state["pre.start"], state["pre.period"][:] = np.array([3, 5], np.int32), 60
    found = simulator(backend, network).run(state, Stretch({}, 0, 0, 0, True, 1, counts=("post",)))
    assert found.counts["post"].sum() > 0
    return found.state


def test_a_neurons_potential_is_read():
    """Calcium with the neuron's potential, without action potentials: that of the clamped model at the same potential."""
    model = synapses.shouval_bear_cooper("neuron").without(CLAMPED[0])
    assert [need.name for need in model.requires().post] == ["V"]
    held = tacos.Population(
        "post", 1, "dV/dt = 0*volt/second : volt", initial={"V": "-55*mV"}, receptors={"none": "V += 0*volt*efficacy"}
    )
    network = tacos.Network(
        (timed("pre", 1), held), (tacos.Projection("pre", "post", model, "none"),), 0.1, DT, readout="post"
    )
    state = initial_state(network.lowered, 0)
    state["pre.period"][:] = 4000
    found = simulator("numpy", network).run(state, Stretch({}, 0, 0, 0, True, 1)).state
    clamped = synapses.shouval_bear_cooper().without(*CLAMPED).with_parameters(V_0="-55 mV")
    expected = run(clamped, [0], [900], 400)
    assert found["pre-post.Ca"][0] > 0.1
    assert found["pre-post.Ca"][0] == pytest.approx(expected["pre-post.Ca"][0], rel=1e-12)


def test_frozen_plasticity_lets_calcium_go_on():
    state = run(synapses.shouval_bear_cooper(), [3], [20], 200, learning=False)
    assert state["pre-post.w"][0] == 0.25 and state["pre-post.Ca"][0] > 0.1


def test_the_model_and_its_mechanisms():
    for potential in ("spine", "neuron"):
        model = synapses.named("shouval_bear_cooper", potential=potential)
        assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
        assert "Shouval, Bear, Cooper 2002" in model.cite()
        for name in ("weight change", "back-propagating action potential"):
            assert name not in model.without(name).mechanism_names()
    with pytest.raises(synapses.DeclarationError, match="'calcium'.*'NMDA receptors'"):
        model.without("NMDA receptors")
    with pytest.raises(synapses.DeclarationError, match="'weight change'.*'calcium'"):
        model.without("calcium")
    with pytest.raises(synapses.DeclarationError, match="'spine' or of the 'neuron', not 'dendrite'"):
        synapses.shouval_bear_cooper("dendrite")
    assert model.longest_step == DT
