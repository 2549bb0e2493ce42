"""The BCM rule with spikes: a loop from its equations, and the rule of rates as its mean."""

import numpy as np
import pytest

import synapses
from tests.synapses.given_spikes import both, given, poisson, round_trip, run

TAU_X, TAU_Y, TAU_THETA, Y_0, ETA = 0.02, 0.05, 10.0, 10.0, 2e-6


def by_hand(pre, post, steps, w, theta=0.0, dt=1e-3):
    """Steps of forward Euler; a spike changes the weight before it counts."""
    x = y = 0.0
    for k in range(steps):
        x, y, theta = x - dt * x / TAU_X, y - dt * y / TAU_Y, theta - dt * theta / TAU_THETA
        if k in post:
            w, theta = np.clip(w + ETA * x * (y - theta), 0, 1), theta + y / Y_0 / TAU_THETA
        x, y = x + (k in pre) / TAU_X, y + (k in post) / TAU_Y
    return w, theta


def cells(n_pre, n_post):
    return {"pre": given("pre", n_pre, method="euler"), "post": given("post", n_post, method="euler")}


def test_a_loop_and_both_backends():
    rng = np.random.default_rng(6)
    trains = {"pre": poisson(rng, 60, 0.3, n=2), "post": poisson(rng, 60, 0.3, n=2)}
    state = both(
        synapses.bcm(), trains, 300, populations=cells(2, 2), start={"pre-post.w": 0.5, "post.theta_slow": 25.0}
    )
    expected = [by_hand(p, q, 300, 0.5, 25.0) for p in trains["pre"] for q in trains["post"]]
    np.testing.assert_allclose(state["pre-post.w"], [w for w, _ in expected], rtol=1e-9)
    np.testing.assert_allclose(state["post.theta_slow"], [theta for _, theta in expected[:2]], rtol=1e-9)
    assert np.abs(state["pre-post.w"] - 0.5).max() > 1e-3


def test_the_mean_is_the_rule_of_rates():
    """Independent spikes: depression below the threshold, none at it, potentiation above; eta x y (y - theta)."""
    rng, rates, seconds, theta = np.random.default_rng(2), np.array([5, 10, 20, 30]), 1.0, 20.0
    trains = {
        "pre": poisson(rng, 40, seconds, n=100),
        "post": [train for rate in rates for train in poisson(rng, rate, seconds, n=100)],
    }
    model = synapses.bcm().without("sliding threshold").with_parameters(theta_0=f"{theta} Hz", w_max=1e3)
    state = run(model, trains, round(seconds * 1e3), "torch", start={"pre-post.w": 500.0, "pre-post.theta": theta})
    change = (state["pre-post.w"].reshape(100, 4, 100) - 500).mean(0) / ETA / seconds  # of each postsynaptic cell
    mean, error = change.mean(1), change.std(1) / 10
    t = np.arange(0, seconds, 1e-3)  # traces start empty
    x, y = 1 - np.exp(-t / TAU_X), 1 - np.exp(-t / TAU_Y)
    expected = 40 * rates * (rates * (x * y).mean() - theta * x.mean())
    assert (abs(mean - expected) < 4 * error).all() and (error < 1000).all(), (mean, expected, error)
    assert mean[0] < 0 and mean[1] < 0 and mean[3] > 0


def test_the_threshold_slides_to_the_mean_square():
    """Of Poisson spikes of a rate r: to r^2/y_0, without what the noise of y adds to its own square."""
    rates = np.array([10, 20])
    rng = np.random.default_rng(9)
    post = [train for rate in rates for train in poisson(rng, rate, 3.0, n=100)]
    model = synapses.bcm().with_parameters(tau_theta="0.5 s")
    state = run(model, {"pre": [[]], "post": post}, 3000, "torch")
    theta = state["post.theta_slow"].reshape(2, 100)
    wanted = rates**2 / Y_0 * (1 - np.exp(-6))
    assert (abs(theta.mean(1) - wanted) < 4 * theta.std(1) / 10).all() and (theta.std(1) / 10 < 0.1 * wanted).all()


def test_mechanisms_can_be_taken_out():
    model = synapses.bcm()
    for name in model.mechanism_names():
        round_trip(model.without(name))
    trains = {"pre": [[10]], "post": [[15, 25]]}
    state = both(model.without("sliding threshold"), trains, 40, start={"pre-post.w": 0.5})
    x = [np.exp(-(t - 10) / 20) / TAU_X for t in (15, 25)]
    expected = 0.5 + ETA * (x[0] * -10 + x[1] * (np.exp(-10 / 50) / TAU_Y - 10))
    assert state["pre-post.w"][0] == pytest.approx(expected, rel=1e-12)
    assert "inspired by" in model.cite().lower() and "Bienenstock" in model.cite()
