"""The calcium-controlled synapse: its closed form, and the model as Brian2 runs it against that."""

import json

import numpy as np
import pytest
from brian2 import Network, StateMonitor, defaultclock, ms, second, seed

import synapses
import tacos
from synapses.calcium.graupner_brunel import PARAMETER_SETS, closed_form, time_above, transitions
from tacos.backends import Stretch
from tacos.networks.initial import initial_state
from tests.backends.by_name import simulator

LAGS = np.array([-80, -40, -20, -10, -5, 5, 10, 20, 40, 80]) * 1e-3
#: Change in strength by 60 pairs at 1 Hz, computed independently (not the paper's own numbers).
ORACLE = {
    "DP": [0.978, 0.852, 0.764, 0.882, 0.943, 1.240, 1.221, 1.172, 1.085, 1.013],
    "DPD": [1, 1, 0.998, 0.859, 0.846, 1.194, 0.961, 0.868, 1, 1],
}


@pytest.mark.parametrize("name", ORACLE)
def test_closed_form(name):
    np.testing.assert_allclose(closed_form(PARAMETER_SETS[name], LAGS), ORACLE[name], atol=1e-3)


def test_extrema_of_the_closed_form():
    lags = np.arange(-40, 41) * 1e-3
    curve = closed_form(PARAMETER_SETS["DP"], lags)
    assert (lags[curve.argmin()], lags[curve.argmax()]) == pytest.approx((-0.024, 0.006), abs=1.1e-3)
    assert (curve.min(), curve.max()) == pytest.approx((0.724, 1.24), abs=1e-3)
    curve = closed_form(PARAMETER_SETS["DPD"], lags)
    assert lags[curve.argmin()] == pytest.approx(0.016) and curve.min() == pytest.approx(0.84, abs=2e-3)


def test_shapes_of_the_six_curves():
    signs = {}
    for name in ("DP", "DPD", "DPD'", "P", "D", "D'"):
        curve = closed_form(PARAMETER_SETS[name], np.arange(-60, 61) * 1e-3)
        steps = np.sign(np.where(abs(curve - 1) < 0.01, 0, curve - 1))
        kept = steps[steps != 0]
        signs[name] = "".join("DP"[int(s > 0)] for s in kept[np.r_[True, np.diff(kept) != 0]])
    assert signs == {"DP": "DP", "DPD": "DPD", "DPD'": "DPD", "P": "P", "D": "D", "D'": "D"}


def test_time_above_agrees_with_a_fine_simulation():
    parameters, lag, frequency, dt = PARAMETER_SETS["cortical slices"], 0.013, 20.0, 1e-6
    times = np.arange(0, 12 / frequency, dt)
    calcium = np.zeros_like(times)
    for start, jump in ((parameters["D"], parameters["C_presyn"]), (lag, parameters["C_postsyn"])):
        for k in range(12):
            since = times - start - k / frequency
            calcium += jump * np.exp(-np.clip(since, 0, None) / parameters["tau_Ca"]) * (since >= 0)
    last = calcium[-round(1 / frequency / dt) :]
    for threshold in (1.0, 1.3):
        assert time_above(threshold, parameters, lag, frequency) == pytest.approx((last > threshold).mean(), abs=1e-4)


def test_every_parameter_set_is_a_model():
    for name in PARAMETER_SETS:
        model = synapses.graupner_brunel(name)
        assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    with pytest.raises(synapses.DeclarationError, match="no parameter set 'PD'; there are DP, DPD"):
        synapses.graupner_brunel("PD")


def test_bistable_without_spikes(neurons):
    model = synapses.graupner_brunel().with_parameters(tau_rho=0.1 * second)
    pre, post = neurons(model, "pre", [[] for _ in range(6)]), neurons(model, "post", [[]])
    built = model.connect(pre, post)
    built.rho = [0.02, 0.3, 0.49, 0.51, 0.7, 0.98]
    Network(pre, post, built).run(4 * second)
    np.testing.assert_allclose(built.rho[:], [0, 0, 0, 1, 1, 1], atol=1e-3)


def test_calcium_jumps_and_delay_are_exact(neurons):
    model = synapses.graupner_brunel("DP").with_parameters(D=4 * ms)
    pre, post = neurons(model, "pre", [[10]]), neurons(model, "post", [[20]])
    built = model.connect(pre, post)
    watch = StateMonitor(built, "c", record=0, when="end")
    Network(pre, post, built, watch).run(40 * ms)
    decay = 1 - 1 / 20
    after = np.arange(40)
    expected = np.where(after >= 14, decay ** (after - 14.0), 0) + np.where(after >= 20, 2 * decay ** (after - 20.0), 0)
    np.testing.assert_allclose(watch.c[0], expected, rtol=1e-12)


def test_initial_states_and_efficacy(neurons):
    seed(1)
    model = synapses.graupner_brunel("hippocampal slices")
    pre, post = neurons(model, "pre", [[1]]), neurons(model, "post", [[]], "total : 1")
    built = model.connect(pre, post, transmit="total_post += efficacy", connections={"n": 1000})
    up = np.asarray(built.rho[:])
    assert set(up) == {0.0, 1.0} and up.mean() == pytest.approx(0.3, abs=0.06)  # beta = 0.7 are DOWN
    Network(pre, post, built).run(5 * ms)
    assert post.total[0] == pytest.approx((1 - up).sum() + 5.28145 * up.sum())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["DP", "DPD"])
def test_monte_carlo_agrees_with_the_closed_form(neurons, name):
    """60 pairs at 10 Hz: the same pairs as at 1 Hz, with less time for the double well between them."""
    seed(2012)
    defaultclock.dt = 0.5 * ms
    trials, pairs, frequency = 500, 60, 10.0
    lags = np.array([-30, -12, 6, 16]) * 1e-3
    model = synapses.graupner_brunel(name)
    starts = np.arange(pairs) * 200 + 80
    pre = neurons(model, "pre", [[int(s - round(lag / 5e-4)) for s in starts] for lag in lags])
    post = neurons(model, "post", [starts.tolist()])
    built = model.connect(pre, post, connections={"n": 2 * trials})
    up_at_first = np.arange(len(built)) % 2 == 1
    built.rho = up_at_first.astype(float)
    Network(pre, post, built).run(pairs / frequency * second + 0.2 * second)
    up = np.asarray(built.rho[:]) > 0.5
    parameters = dict(PARAMETER_SETS[name])
    parameters["tau_Ca"] = -5e-4 / np.log(1 - 5e-4 / parameters["tau_Ca"])  # forward Euler
    for neuron, lag in enumerate(lags):
        here = np.asarray(built.i) == neuron
        found = np.array([up[here & ~up_at_first].mean(), 1 - up[here & up_at_first].mean()])
        expected = np.array(transitions(parameters, lag, pairs, frequency))
        error = np.sqrt(expected * (1 - expected) / trials)
        # Half a step of time at each of the crossings of a threshold, besides chance.
        assert np.all(abs(found - expected) < 4 * error + 0.03), (lag, found, expected)


def pairs_of_cells(name, lags, steps, copies=1):
    """Cells that fire at steps of their own in each presentation, a synapse for each pair; D is in their times."""
    dt, p, first = 1e-4, PARAMETER_SETS[name], round(0.02 / 1e-4)
    cells = [
        tacos.Population(side, len(lags) * copies, "start : integer", "step == start", persistent=["start"])
        for side in ("pre", "post")
    ]
    model = synapses.graupner_brunel(name).with_parameters(D=0 * second)
    projection = tacos.Projection("pre", "post", model, "start += 0", tacos.OneToOne())
    network = tacos.Network(cells, (projection,), steps * dt, dt, readout="post")
    state = initial_state(network.lowered, 0)
    state["pre.start"][:] = first + round(p["D"] / dt)
    state["post.start"] = np.repeat(first + np.rint(np.array(lags) / dt), copies).astype(np.int32)
    return network, state


@pytest.mark.parametrize("name", ["DP", "cortical slices"])
def test_without_noise_the_equations_are_solved(name):
    """``with_parameters(sigma=0)``: two pairs at 17 Hz against a loop with exact calcium and smaller steps."""
    lags = np.array([-0.015, 0.006, 0.03])
    network, state = pairs_of_cells(name, lags, 600)
    state["pre-post.rho"][:] = [0.3, 0.4, 0.8]
    network = network.with_parameters(**{"pre-post.sigma": 0.0})
    end = simulator("torch", network, capacity=2).run(state, Stretch({}, 0, 1, 0, True, 2)).state["pre-post.rho"]
    p, dt = PARAMETER_SETS[name], 2e-5
    c, rho = np.zeros(3), np.array([0.3, 0.4, 0.8])
    pre, post = np.rint((0.02 + p["D"]) / dt), np.rint((0.02 + lags) / dt)
    for step in range(round(0.12 / dt)):
        c = c * np.exp(-dt / p["tau_Ca"])
        high, low = c > p["theta_p"], c > p["theta_d"]
        drift = p["gamma_p"] * (1 - rho) * high - p["gamma_d"] * rho * low - rho * (1 - rho) * (0.5 - rho)
        rho = rho + dt * drift / p["tau_rho"]
        c = c + p["C_presyn"] * (step % round(0.06 / dt) == pre) + p["C_postsyn"] * (step % round(0.06 / dt) == post)
    assert np.abs(rho - [0.3, 0.4, 0.8]).min() > 0.001
    np.testing.assert_allclose(end - [0.3, 0.4, 0.8], rho - [0.3, 0.4, 0.8], rtol=0.02)


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("name", ["DP", "hippocampal slices", "cortical slices"])
def test_monte_carlo_in_steps_of_a_tenth_of_a_millisecond(name):
    """60 pairs at 5 Hz: both probabilities of transition within four standard errors of the closed form."""
    lags, trials, pairs, frequency = np.array([-0.015, 0.006, 0.03]), 250, 60, 5.0
    network, state = pairs_of_cells("DP", lags, 2000, 2 * trials)
    p = PARAMETER_SETS[name]
    own = {f"pre-post.{key}": value for key, value in p.items() if key != "D"}
    state["pre.start"][:] = round((0.02 + p["D"]) / 1e-4)
    state["pre-post.rho"] = np.tile(np.repeat([0.0, 1.0], trials), len(lags))
    made = simulator("standalone", network, capacity=pairs)
    end = made.run(state, Stretch({}, 0, 2012, 0, True, pairs, parameters=own)).state["pre-post.rho"]
    up = (end > p["rho_star"]).reshape(len(lags), 2, trials).mean(axis=2)
    for lag, found in zip(lags, np.stack([up[:, 0], 1 - up[:, 1]], axis=1), strict=True):
        expected = np.array(transitions(p, lag, pairs, frequency))
        error = np.sqrt(expected * (1 - expected) / trials)
        assert np.all(np.abs(found - expected) < 4 * error + 0.5 / trials), (lag, found, expected)
