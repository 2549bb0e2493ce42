"""The metaplastic weight of several levels, against its definition, and against the binary weight."""

import json

import numpy as np
import pytest
from brian2 import Network, ms

import synapses
from tests.synapses.metaplastic_weights.learning import assert_backends_agree, ran, with_errors


def thresholds(levels, half_cell):
    return half_cell * np.arange(2 - levels, levels - 1, 2.0)


def gate(w, error, levels, m, half_cell):
    """The definition: an update toward the nearest threshold is held back."""
    there = thresholds(levels, half_cell)
    beyond = w - there[abs(there - w).argmin()]
    return 1 - np.tanh(m * abs(beyond) / half_cell) ** 2 if error * beyond > 0 else 1.0


@pytest.mark.parametrize("levels", [2, 3, 4, 8])
def test_the_gate(neurons, levels):
    m, half_cell, eta = 2.0, 0.8, 1e-3
    w = np.random.default_rng(levels).uniform(-1.3, 1.3, 60) * half_cell * (levels - 1)
    errors = np.where(np.arange(60) % 2, 1.0, -1.0)
    model = synapses.quantized(levels).with_parameters(m=m, half_cell=half_cell, eta=eta)
    built = with_errors(neurons, model, lambda k, now: errors, w, steps=1)
    expected = [gate(*pair, levels, m, half_cell) for pair in zip(w, errors, strict=True)]
    np.testing.assert_allclose((w - np.array(built.w[:])) / (eta * errors), expected, atol=1e-9)
    assert min(expected) < 0.1 and expected.count(1.0) > 5


@pytest.mark.parametrize("levels", [2, 3, 4, 8])
def test_the_levels(neurons, levels):
    half_cell, size = 0.8, 1.5
    model = synapses.quantized(levels).with_parameters(half_cell=half_cell, w_size=size).freeze("w")
    w = np.linspace(-2.03, 2.03, 41) * half_cell * levels
    pre, post = neurons(model, "pre", [[1]]), neurons(model, "post", [[] for _ in w], "I : 1\ntotal : 1")
    built = model.connect(pre, post, transmit="total_post += efficacy")
    built.w = w
    Network(pre, post, built).run(3 * ms)
    used = np.linspace(-size, size, levels)
    expected = used[np.searchsorted(thresholds(levels, half_cell), w, side="right")]
    np.testing.assert_allclose(post.total[:], expected, rtol=1e-12)


def test_two_levels_are_the_binary_weight_to_the_last_bit():
    constants = {"eta": 0.3, "m": 1.35}
    _, binary, spikes = ran(synapses.binary(), **constants)
    _, quantized, same = ran(synapses.quantized(2), **constants)
    for key in binary:
        np.testing.assert_array_equal(quantized[key], binary[key], err_msg=key)
    np.testing.assert_array_equal(same["output"], spikes["output"])
    _, other, _ = ran(synapses.quantized(4), **constants)
    assert (other["input-hidden.w"] != binary["input-hidden.w"]).any()


def switches(neurons, m):
    """How often 50 hidden weights that are pushed at random change their level in 400 updates."""
    rng = np.random.default_rng(0)
    pushes = rng.normal(size=(402, 50))
    levels = []

    def push(k, w):
        levels.append(np.searchsorted(thresholds(4, 1.0), w, side="right"))
        return pushes[k]

    model = synapses.quantized(4).with_parameters(m=m, eta=0.3)
    with_errors(neurons, model, push, rng.uniform(-3, 3, 50), steps=400)
    return int((np.diff(levels, axis=0) != 0).sum())


def test_levels_change_less_often_with_more_metaplasticity(neurons):
    counts = [switches(neurons, m) for m in (0.0, 1.0, 2.0, 4.0)]
    assert counts[0] > counts[1] > counts[2] > counts[3] > 0, counts


def test_both_backends():
    assert_backends_agree(synapses.quantized(5), ["w"], eta=0.3, half_cell=0.05, w_size=2.0)


def test_round_trip_and_what_it_needs():
    model = synapses.quantized(8)
    assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    with pytest.raises(synapses.DeclarationError, match="needs mechanism 'error feedback'"):
        model.without("error feedback")
    for levels in (1, 2.5):
        with pytest.raises(synapses.DeclarationError, match="at least 2 levels"):
            synapses.quantized(levels)
    assert "2306.12142" in model.cite()
