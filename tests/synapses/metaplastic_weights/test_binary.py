"""The metaplastic binary weight: the gate, the rule without it, and what hidden weights say of importance."""

import json
import math

import numpy as np
import pytest
from scipy.stats import spearmanr

import synapses
from tests.synapses.metaplastic_weights.learning import assert_backends_agree, with_errors

WEIGHTS = np.array([1.0, 1.0, -1.0, -1.0, 0.3, 0.0])
ERRORS = np.array([0.5, -0.5, 0.5, -0.5, 0.5, 0.5])


def test_the_gate_holds_back_updates_toward_zero_only(neurons):
    model = synapses.binary().with_parameters(eta=0.1, m=1.35)
    built = with_errors(neurons, model, lambda k, w: ERRORS, WEIGHTS, steps=1)
    gates = (WEIGHTS - np.array(built.w[:])) / (0.1 * ERRORS)
    np.testing.assert_allclose(gates[:4], [0.2360, 1, 1, 0.2360], atol=5e-5)  # the number of Laborieux's gate
    np.testing.assert_allclose(gates[4:], [1 - math.tanh(1.35 * 0.3) ** 2, 1], atol=1e-12)


def test_a_path_of_updates(neurons):
    """A loop over the equation, with errors that change sign, across zero and back."""
    steps, eta, m = 60, 0.5, 0.5
    errors = np.random.default_rng(0).normal(size=(steps + 2, 6))
    model = synapses.binary().with_parameters(eta=eta, m=m)
    built = with_errors(neurons, model, lambda k, w: errors[k], WEIGHTS, steps=steps)
    expected, crossed = list(WEIGHTS), 0
    for k in range(1, steps + 1):
        for j, w in enumerate(expected):
            step = -eta * errors[k][j]
            held = 1 - math.tanh(m * abs(w)) ** 2 if step * w < 0 else 1
            expected[j] = w + step * held
            crossed += expected[j] * w < 0
    np.testing.assert_allclose(built.w[:], expected, rtol=1e-10)
    assert crossed > 6


def test_the_weight_that_is_used_is_the_sign(neurons):
    model = synapses.binary().with_parameters(w_size=0.7).freeze("w")
    pre, post = neurons(model, "pre", [[1]]), neurons(model, "post", [[] for _ in range(4)], "I : 1\ntotal : 1")
    built = model.connect(pre, post, transmit="total_post += efficacy")
    built.w = [2.0, 1e-30, -1e-30, 0.0]
    from brian2 import Network, ms

    Network(pre, post, built).run(3 * ms)
    np.testing.assert_array_equal(post.total[:], [0.7, 0.7, -0.7, 0.7])


@pytest.mark.parametrize("model", [synapses.binary(), synapses.quantized(4)], ids=lambda model: model.name)
def test_without_strength_it_is_the_plain_rule_to_the_last_bit(neurons, model):
    errors = np.random.default_rng(0).normal(size=(42, 6))
    model = model.with_parameters(eta=0.3)
    off, plain, gated = (
        np.array(with_errors(neurons, variant, lambda k, w: errors[k], WEIGHTS, steps=40).w[:])
        for variant in (model.with_parameters(m=0.0), model.without("metaplasticity"), model)
    )
    np.testing.assert_array_equal(off, plain)
    assert (gated != plain).any()


def test_both_backends():
    assert_backends_agree(synapses.binary(), ["w"], eta=0.3, m=5.0, w_size=2.0)


def test_large_hidden_weights_are_those_whose_change_would_cost_most(neurons):
    """Laborieux's quadratic task, in 60 dimensions: hidden weights diverge at a rate that orders what a flip costs."""
    d, eta, steps = 60, 0.01, 400
    rng = np.random.default_rng(0)
    axes, _ = np.linalg.qr(rng.normal(size=(d, d)))
    curvature = axes @ np.diag(rng.uniform(10.5, 29.5, d)) @ axes.T
    optimum = rng.uniform(-4, 4, d)

    def gradient(_, w):
        return curvature @ (np.where(w >= 0, 1, -1) - optimum)

    model = synapses.binary().without("metaplasticity").with_parameters(eta=eta)
    built = with_errors(neurons, model, gradient, rng.uniform(-0.05, 0.05, d), steps=steps)
    w = np.array(built.w[:])
    away = np.where(w >= 0, 1, -1) - optimum
    # Of 1/2 x'Hx when x_i becomes x_i - 2 s_i.
    cost = -2 * np.where(w >= 0, 1, -1) * (curvature @ away) + 2 * np.diag(curvature)
    assert spearmanr(abs(w), cost).statistic > 0.95


def test_round_trip_and_what_it_needs():
    model = synapses.binary()
    assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    assert model.without("metaplasticity").mechanism_names() == ("error feedback",)
    with pytest.raises(synapses.DeclarationError, match="needs mechanism 'error feedback'"):
        model.without("error feedback")
    assert "10.1038/s41467-021-22768-y" in model.cite()
