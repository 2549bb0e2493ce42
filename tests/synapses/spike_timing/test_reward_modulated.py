"""Reward-modulated STDP: a loop in steps, a closed form between events, and NEST."""

import json
from pathlib import Path

import numpy as np
import pytest

import synapses
from tests.synapses.given_spikes import both, poisson, round_trip, run

ORACLE = json.loads((Path(__file__).parents[1] / "oracles/dopamine.json").read_text())
SIGNALS = {"reward": ["critic"]}
TAU_C, TAU_D, TAU = 1.0, 0.2, 0.02


def in_steps(pre, post, reward, steps, w, a_plus, a_minus, w_max=200.0, dt=1e-3):
    """Forward Euler, in the order of a step; traces of spikes are exact."""
    c, d, x, y = 0.0, 0.0, 0.0, 0.0
    for k in range(steps):
        d -= dt * d / TAU_D
        x, y = x * np.exp(-dt / TAU), y * np.exp(-dt / TAU)
        change = c * d
        c, w = c - dt * c / TAU_C, w + dt * change * ((change > 0 and w < w_max) or (change < 0 and w > 0))
        d += (k in reward) / TAU_D
        c += -a_minus * y * (k in pre) + a_plus * x * (k in post)
        x, y = x + (k in pre), y + (k in post)
    return w, c


def in_closed_form(pre, post, reward, w, a_plus, a_minus):
    """Exponentials between events; ``w`` at every presynaptic spike."""
    c, d, last, after = 0.0, 0.0, 0, []
    rate = 1 / TAU_C + 1 / TAU_D
    for k in sorted({*pre, *post, *reward}):
        since = (k - last) * 1e-3
        w += c * d * (1 - np.exp(-since * rate)) / rate
        c, d, last = c * np.exp(-since / TAU_C), d * np.exp(-since / TAU_D), k
        if k in pre:
            after.append(w)
            c -= a_minus * sum(np.exp(-(k - s) * 1e-3 / TAU) for s in post if s < k)
        if k in post:
            c += a_plus * sum(np.exp(-(k - s) * 1e-3 / TAU) for s in pre if s < k)
        d += (k in reward) / TAU_D
    return np.array(after)


def test_a_loop_and_both_backends():
    rng = np.random.default_rng(4)
    trains = {"pre": poisson(rng, 40, 0.3, n=2), "post": poisson(rng, 40, 0.3, n=2), "critic": [[60, 180]]}
    state = both(synapses.reward_modulated(), trains, 300, start={"pre-post.w": 2.0}, signals=SIGNALS)
    expected = [in_steps(p, q, trains["critic"][0], 300, 2.0, 1.0, 1.5) for p in trains["pre"] for q in trains["post"]]
    np.testing.assert_allclose(state["pre-post.w"], [w for w, _ in expected], rtol=1e-9)
    np.testing.assert_allclose(state["pre-post.c"], [c for _, c in expected], rtol=1e-9)
    assert np.abs(state["pre-post.w"] - 2).max() > 0.1


def test_nest(tmp_path):
    pre, post, reward, wanted = (np.array(ORACLE[name]) for name in ("pre", "post", "reward", "w"))
    exact = in_closed_form(pre.tolist(), post.tolist(), reward.tolist(), 2.0, 0.1, 0.15)
    np.testing.assert_allclose(exact, wanted, rtol=1e-9)
    model = synapses.reward_modulated().with_parameters(A_plus=0.1, A_minus=0.15, w_max=50.0)
    _, rows = run(
        model, {"pre": [pre], "post": [post], "critic": [reward]}, 2000, "torch", start={"pre-post.w": 2.0},
        record=["pre-post.w"], folder=tmp_path, signals=SIGNALS,
    )  # fmt: skip
    # Steps of 1 ms: half a percent of the largest change, 0.13.
    np.testing.assert_allclose(rows["pre-post.w"][pre, 0], wanted, atol=7e-4)


def test_reward_finds_the_pair_that_was_before_it():
    """A reward a second later strengthens the pair that fired in order; without a reward nothing changes."""
    trains = {"pre": [[50], [80], [900]], "post": [[60]], "critic": [[1000]]}
    state = run(synapses.reward_modulated(), trains, 2500, "torch", start={"pre-post.w": 2.0}, signals=SIGNALS)
    causal, anticausal, neither = state["pre-post.w"] - 2
    # The mark at the reward, times a release that decays while the mark fades.
    mark, integral = np.exp(-0.5) * np.exp(-0.94), 1 / (1 / TAU_C + 1 / TAU_D) / TAU_D
    assert causal == pytest.approx(mark * integral, rel=0.01)
    assert anticausal == pytest.approx(-1.5 * np.exp(-1) * np.exp(-0.92) * integral, rel=0.01)
    assert abs(neither) < 1e-12


def test_weights_stop_at_their_bounds():
    trains = {"pre": [[10, 80], [60, 130]], "post": [[20, 90]], "critic": [[30, 100]]}
    model = synapses.reward_modulated().with_parameters(w_max=2.1)
    state = both(model, trains, 200, start={"pre-post.w": 2.0}, signals=SIGNALS)
    assert 2.1 <= state["pre-post.w"][0] < 2.12
    weak = both(model, trains, 200, start={"pre-post.w": 0.05}, signals=SIGNALS)
    assert -0.02 < weak["pre-post.w"][1] <= 0


def test_mechanisms_can_be_taken_out():
    model = synapses.reward_modulated("nearest")
    round_trip(model)
    for name in ("potentiation", "depression"):
        round_trip(model.without(name))
    with pytest.raises(synapses.DeclarationError, match="'potentiation' needs .*'reward'"):
        model.without("reward")
    with pytest.raises(synapses.DeclarationError, match="reward"):
        run(model, {"pre": [[1]], "post": [[2]]}, 5)
    assert "Izhikevich" in model.cite()
