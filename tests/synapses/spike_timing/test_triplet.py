"""Triplet STDP against loops written from its equations, and against NEST on the same spikes."""

import json
from pathlib import Path

import numpy as np
import pytest

import synapses
from synapses.spike_timing.triplet import PARAMETER_SETS
from tests.synapses.given_spikes import both, given, poisson, round_trip, run

ORACLE = json.loads((Path(__file__).parents[1] / "oracles/pairs_and_triplets.json").read_text())
MS = 1e-3


def by_hand(values, pre, post, w, nearest=False, dt=MS):
    """The rule as sums over pairs of spikes, in continuous time; ``w`` after every spike."""
    a2p, a3p, a2m, a3m, tau_x, tau_y = values
    taus = {"r1": 16.8 * MS, "r2": tau_x * MS, "o1": 33.7 * MS, "o2": tau_y * MS}

    def trace(name, train, t):
        since = (t - np.array([s for s in train if s < t])) * dt
        since = since[-1:] if nearest else since
        return np.exp(-since / taus[name]).sum()

    after = {}
    for t in sorted(set(pre) | set(post)):
        down = trace("o1", post, t) * (a2m + a3m * trace("r2", pre, t)) if t in pre else 0.0
        up = trace("r1", pre, t) * (a2p + a3p * trace("o2", post, t)) if t in post else 0.0
        w = np.clip(np.clip(w - down, 0, 1) + up, 0, 1)
        after[t] = w
    return after


@pytest.mark.parametrize("key", PARAMETER_SETS)
def test_every_set_is_the_rule_on_both_backends(key):
    rng = np.random.default_rng(5)
    pre, post = poisson(rng, 80, 0.2, n=2), poisson(rng, 80, 0.2, n=2)
    state = both(synapses.triplet(*key), {"pre": pre, "post": post}, 200, start={"pre-post.w": 0.4})
    values = list(vars(PARAMETER_SETS[key]).values())[:6]
    expected = [list(by_hand(values, p, q, 0.4, key[1] == "nearest").values())[-1] for p in pre for q in post]
    np.testing.assert_allclose(state["pre-post.w"], expected, rtol=1e-10)
    assert np.abs(state["pre-post.w"] - 0.4).max() > 0.01


@pytest.mark.parametrize("preparation", ["visual cortex", "hippocampus"])
def test_the_weights_that_nest_sends(preparation, tmp_path):
    pre, post, sent = ORACLE["pre"], ORACLE["post"], ORACLE["triplet"][preparation]
    steps = pre[-1] + 10
    state, rows = run(
        synapses.triplet(preparation), {"pre": [pre], "post": [post]}, steps, "torch", start={"pre-post.w": 0.5},
        record=["pre-post.w"], folder=tmp_path,
    )  # fmt: skip
    # NEST sends the weight after the depression of the moment.
    np.testing.assert_allclose(rows["pre-post.w"][pre, 0], sent, rtol=2e-7)  # records have 32 bits
    np.testing.assert_allclose(state["pre-post.w"], sent[-1], rtol=1e-12)


def test_a_record_of_the_pair_rule(tmp_path):
    """The older model on the same spikes."""
    pre, post = ORACLE["pre"], ORACLE["post"]
    state = run(synapses.stdp(), {"pre": [pre], "post": [post]}, pre[-1] + 10, start={"pre-post.w": 0.5})
    np.testing.assert_allclose(state["pre-post.w"], ORACLE["stdp"][-1], rtol=1e-12)


def test_potentiation_needs_a_frequency():
    """Pre before post: nothing at 2 Hz, a lot at 50 Hz; post before pre turns from depression to potentiation."""
    protocols = [(2, 10), (50, 10), (10, -10), (50, -10)]  # pairs per second, post - pre in ms
    pre = [[20 + 1000 // rate * k for k in range(rate)] for rate, _ in protocols]
    post = [[t + lag for t in train] for train, (_, lag) in zip(pre, protocols, strict=True)]
    model = synapses.triplet("visual cortex", "all-to-all", "minimal").with_parameters(w_max=100.0)
    state = run(model, {"pre": pre, "post": post}, 1040, "torch", start={"pre-post.w": 50.0})
    slow, fast, seldom, often = np.diag(state["pre-post.w"].reshape(4, 4)) - 50
    assert abs(slow) < 1e-3 and fast > 0.4
    assert seldom < -0.05 and often > 0.3


def test_euler_traces_are_the_default_of_a_population():
    """A population that does not ask for exact integration has traces that fall by 1 - dt/tau a step."""
    model = synapses.triplet("hippocampus")
    populations = {name: given(name, 1, method="euler") for name in ("pre", "post")}
    state = run(model, {"pre": [[10]], "post": [[60]]}, 100, populations=populations, start={"pre-post.w": 0.5})
    assert state["pre-post.w"][0] == pytest.approx(0.5 + 6.1e-3 * (1 - 1 / 16.8) ** 50, rel=1e-12)


def test_mechanisms_can_be_taken_out():
    model = synapses.triplet()
    for name in model.mechanism_names():
        round_trip(model.without(name))
    assert [need.name for need in model.without("depression").lowered.post] == ["o_2"]
    trains = {"pre": [[10, 90]], "post": [[50]]}
    state = both(model.without("potentiation"), trains, 100, start={"pre-post.w": 0.5})
    assert state["pre-post.w"][0] < 0.5
    assert "Pfister" in model.cite() and synapses.named("triplet") == model


def test_options_are_checked():
    with pytest.raises(synapses.DeclarationError, match="no constants for 'motor cortex', 'all-to-all', 'full'"):
        synapses.triplet("motor cortex")
