"""Inhibitory plasticity: a loop from the rule, NEST, and the rate at which nothing changes."""

import json
from pathlib import Path

import numpy as np
import pytest

import synapses
from tests.synapses.given_spikes import both, poisson, round_trip, run

ORACLE = json.loads((Path(__file__).parents[1] / "oracles/inhibitory.json").read_text())
TAU = 0.02


def by_hand(pre, post, w, eta=0.01, alpha=0.12):
    for t in sorted(set(pre) | set(post)):
        if t in pre:
            w += eta * (sum(np.exp(-(t - s) * 1e-3 / TAU) for s in post if s < t) - alpha)
        if t in post:
            w += eta * sum(np.exp(-(t - s) * 1e-3 / TAU) for s in pre if s < t)
    return w


def test_the_rule_on_both_backends():
    rng = np.random.default_rng(8)
    pre, post = poisson(rng, 60, 0.2, n=2), poisson(rng, 60, 0.2, n=2)
    state = both(synapses.vogels(), {"pre": pre, "post": post}, 200, start={"pre-post.w": 1.0})
    expected = [by_hand(p, q, 1.0) for p in pre for q in post]
    np.testing.assert_allclose(state["pre-post.w"], expected, rtol=1e-12)
    assert np.abs(state["pre-post.w"] - 1).max() > 0.01


def test_the_weights_that_nest_sends(tmp_path):
    pre, post = ORACLE["pre"], ORACLE["post"]
    state, rows = run(
        synapses.vogels("5 Hz"), {"pre": [pre], "post": [post]}, pre[-1] + 5, "torch", start={"pre-post.w": 0.5},
        record=["pre-post.w"], folder=tmp_path,
    )  # fmt: skip
    np.testing.assert_allclose(rows["pre-post.w"][pre, 0], ORACLE["w"], rtol=2e-7)  # records have 32 bits
    np.testing.assert_allclose(state["pre-post.w"], ORACLE["w"][-1], rtol=1e-12)


@pytest.mark.parametrize(("rate", "sign"), [(25, -1), (50, 0), (100, 1)])
def test_nothing_changes_at_the_target_rate(rate, sign):
    """Independent regular trains, phases averaged: drift 2 eta tau (rate - target) a presynaptic spike."""
    period = 1000 // rate
    pre = [[100 + phase + 40 * k for k in range(10)] for phase in range(40)]
    post = [list(range(0, 600, period))]
    model = synapses.vogels("50 Hz")
    state = run(model, {"pre": pre, "post": post}, 600, "torch", start={"pre-post.w": 5.0})
    drift = (state["pre-post.w"].mean() - 5) / (10 * 0.01)
    # In steps the integral of the window is a sum, once with the spike's own step left out and once with it.
    ratio = np.exp(-1 / 20)
    window = 2 * ratio / (1 - ratio) * 1e-3
    assert drift == pytest.approx(window * rate - 2, abs=0.02)
    assert abs(drift) < 0.06 if sign == 0 else sign * drift > 0.9


def test_mechanisms_can_be_taken_out():
    model = synapses.vogels()
    for name in model.mechanism_names():
        round_trip(model.without(name))
    state = both(model.without("coincidence"), {"pre": [[5, 6]], "post": [[2]]}, 10, start={"pre-post.w": 1.0})
    assert state["pre-post.w"][0] == pytest.approx(1 - 2 * 0.01 * 0.12)
    assert "Vogels" in model.cite() and synapses.named("vogels", target="5 Hz") == synapses.vogels("5 Hz")
    with pytest.raises(synapses.DeclarationError, match="above zero, such as '3 Hz', not 0 Hz"):
        synapses.vogels("0 Hz")
