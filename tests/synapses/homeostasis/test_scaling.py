"""Synaptic scaling: a loop from its equations, exactness between events, and composition."""

import numpy as np
import pytest

import synapses
from synapses import synaptic_scaling
from tests.synapses.given_spikes import both, given, poisson, round_trip, run

FAST = {"beta_scaling": 0.02, "gamma_scaling": "0.05 Hz", "tau_sensor": "50 ms"}


def loop(post, steps, w, changes=(), target=10.0, dt=1e-3):
    """dw/dt = w (beta (target - a) + gamma e) in every step; ``changes`` are ``{step: amount}`` of another rule."""
    a, e, course = 0.0, 0.0, []
    for k in range(steps):
        rate = 0.02 * (target - a) + 0.05 * e
        a, e = a - dt * a / 0.05, e + dt * (target - a)
        w = w * np.exp(dt * rate)
        if k in changes:
            w += changes[k]
        a += (k in post) / 0.05
        course.append(w)
    return np.array(course)


def euler(n_pre, n_post):
    return {"pre": given("pre", n_pre, method="euler"), "post": given("post", n_post, method="euler")}


def test_a_loop_and_both_backends():
    rng = np.random.default_rng(1)
    trains = {"pre": [[150], [40, 299]], "post": [[], *poisson(rng, 60, 0.3)]}
    trains["post"][1] = [t for t in trains["post"][1] if t < 290]
    model = synapses.scaling().with_parameters(**FAST)
    state = both(model, trains, 300, populations=euler(2, 2), start={"pre-post.w": 2.0})
    silent, busy = (loop(post, 300, 2.0) for post in trains["post"])
    last = trains["post"][1][-1]
    expected = [silent[150], busy[last], silent[299], busy[299]]
    np.testing.assert_allclose(state["pre-post.w"], expected, rtol=1e-9)
    assert silent[299] > 2.05 and busy[299] < 2


def test_what_is_transmitted_is_up_to_date():
    model = synapses.scaling().with_parameters(**FAST)
    state = run(model, {"pre": [[200]], "post": [[]]}, 210, populations=euler(1, 1), start={"pre-post.w": 2.0})
    assert state["post.got"][0] == pytest.approx(loop([], 210, 2.0)[200], rel=1e-9)


def test_on_top_of_stdp():
    """Scaling acts in every step, pairs at spikes, whatever the order in which a synapse is brought up to date."""
    trains = {"pre": [[20, 90]], "post": [[50, 110]]}
    model = (synapses.stdp() + synaptic_scaling()).with_parameters(**FAST, w_max=100.0)
    round_trip(model)
    state = both(model, trains, 120, populations=euler(1, 1), start={"pre-post.w": 50.0})
    decay = 1 - 1 / 20
    changes = {
        50: 0.5 * decay**30,
        90: -0.525 * decay**40,
        110: 0.5 * (decay**90 + decay**20),
    }
    assert state["pre-post.w"][0] == pytest.approx(loop([50, 110], 120, 50.0, changes)[110], rel=1e-9)
    assert model.without("scaling").mechanisms == synapses.stdp().with_parameters(w_max=100.0).mechanisms


def test_the_factor_is_one_for_all_synapses_of_a_cell():
    """Ratios of weights stay what they were, to the last digits, however often each was brought up to date."""
    rng = np.random.default_rng(3)
    trains = {"pre": [*poisson(rng, 100, 0.2, n=3)], "post": [sorted({*poisson(rng, 100, 0.2)[0], 199})]}
    start = np.array([0.5, 1.0, 3.0])
    model = synapses.scaling().with_parameters(**FAST)
    state = run(model, trains, 200, populations=euler(3, 1), start={"pre-post.w": start})
    np.testing.assert_allclose(state["pre-post.w"] / state["pre-post.w"][1], start, rtol=1e-12)
    assert abs(state["pre-post.w"][1] - 1) > 0.01


def test_it_goes_on_from_presentation_to_presentation():
    model = synapses.scaling().with_parameters(**FAST)
    populations = euler(1, 1)
    trains = {"pre": [[99]], "post": [[]]}
    two = both(model, trains, 100, presentations=2, populations=populations, start={"pre-post.w": 1.0})
    assert two["pre-post.w"][0] == pytest.approx(loop([], 200, 1.0)[199], rel=1e-9)
    round_trip(model)
    assert "van Rossum" in model.cite() and synapses.named("scaling", target="5 Hz") == synapses.scaling("5 Hz")
