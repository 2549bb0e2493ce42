"""Weights on devices: when they are written, what noise does to them, and pairs of devices that pulses use up."""

import json

import numpy as np
import pytest
from scipy.stats import kstest

import synapses
from synapses.metaplastic_weights.devices import programmed, weak_reset
from synapses.regularizers.penalty import regularized
from tests.synapses.metaplastic_weights.learning import assert_backends_agree, with_errors

IDEAL = {"programming_noise": 0.0, "cycle_spread": 0.0, "device_spread": 0.0}
EXACT = {"pulse_spread": 0.0, "pair_spread": 0.0}
PUSHES = np.random.default_rng(0).normal(size=(62, 300))


def pushed(neurons, model, steps=60, n=300, start=0.02, **states):
    """Weights after random pushes that move them in all directions."""
    return with_errors(neurons, model, lambda k, w: PUSHES[k, :n], np.full(n, start), steps, **states)


def plain():
    return regularized("plain", "error feedback alone")


def test_without_noise_it_is_the_model_and_counts_changes(neurons):
    binary = synapses.binary().with_parameters(eta=0.1)
    built = pushed(neurons, programmed(binary).with_parameters(**IDEAL), n=20, read=1.0, stored=1.0)
    alone = pushed(neurons, binary, n=20)
    np.testing.assert_array_equal(built.w[:], alone.w[:])
    np.testing.assert_array_equal(built.read[:], np.where(np.array(alone.w[:]) >= 0, 1.0, -1.0))
    side, changes = np.ones(20), np.zeros(20)
    w = np.full(20, 0.02)
    for k in range(1, 61):
        toward = PUSHES[k, :20] * w > 0
        w = w - 0.1 * PUSHES[k, :20] * np.where(toward, 1 - np.tanh(1.35 * abs(w)) ** 2, 1)
        changes += np.where(w >= 0, 1.0, -1.0) != side
        side = np.where(w >= 0, 1.0, -1.0)
    np.testing.assert_array_equal(built.writes[:], changes)
    assert changes.max() > 3 and changes.min() < 2


@pytest.mark.parametrize("kind", IDEAL)
def test_noise_is_drawn_at_writes_only(neurons, kind):
    spread = 0.2
    model = programmed(synapses.binary()).with_parameters(**{**IDEAL, kind: spread}, eta=0.1)
    built = pushed(neurons, model, read=1.0, stored=1.0)
    written = np.array(built.writes[:]) > 0
    stored, read, device = (np.array(getattr(built, name)[:]) for name in ("stored", "read", "device"))
    assert 100 < written.sum() < 300
    np.testing.assert_array_equal(read[~written], 1.0)
    deviation = (read / stored - 1)[written] / spread
    if kind == "device_spread":  # of the device: the same at every write
        np.testing.assert_allclose(read[written], (stored * device)[written], rtol=1e-12)
        deviation = np.log(device) / spread
    assert kstest(deviation, "norm").pvalue > 1e-3


def test_a_continuous_weight_is_written_at_every_update(neurons):
    built = pushed(neurons, programmed(plain()).with_parameters(eta=0.01), n=4, stored=0.02)
    np.testing.assert_array_equal(built.writes[:], 60)
    model = programmed(plain()).with_parameters(eta=0.01)
    exact = pushed(neurons, plain().with_parameters(eta=0.01), n=4)
    np.testing.assert_array_equal(pushed(neurons, model, n=4).w[:], exact.w[:])  # the copy that learns has no noise


def test_pulses_by_hand(neurons):
    """A loop over the equations; weights go up and down and use up their pairs."""
    n, eta, w_range, full = 6, 0.3, 1.5, 0.7
    model = weak_reset(plain()).with_parameters(eta=eta, w_range=w_range, R_full=full, w_max=10.0, **EXACT)
    built = pushed(neurons, model, n=n, start=0.0, kept=0.0, R_minus=0.0, R_plus=0.0)
    up, down, pulses, sets = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for k in range(1, 61):
        for j in range(n):
            asked = -eta * PUSHES[k, j] / w_range
            pulses[j] += 1
            if asked > 0:
                up[j] += asked * (1 - up[j])
            else:
                down[j] -= asked * (1 - down[j])
            if max(up[j], down[j]) > full:
                both = min(up[j], down[j])
                up[j], down[j], sets[j] = up[j] - both, down[j] - both, sets[j] + 1
    np.testing.assert_allclose(built.w[:], w_range * (up - down), rtol=1e-9)
    np.testing.assert_array_equal(built.pulses[:], pulses)
    np.testing.assert_array_equal(built.sets[:], sets)
    assert sets.min() > 0


def test_devices_that_differ_harm_more_than_pulses_that_differ(neurons):
    """Forty pulses of one sign: what pulses add to a weight averages out, how a device responds does not."""
    spreads = {}
    for kind in EXACT:
        model = weak_reset(plain()).with_parameters(**{**EXACT, kind: 0.3}, eta=0.02, w_range=3.0)
        built = with_errors(
            neurons, model, lambda k, w: -1.0, np.zeros(300), 40, kept=0.0, R_minus=0.0, R_plus=0.0
        )  # fmt: skip
        w = np.array(built.w[:])
        spreads[kind] = w.std() / w.mean()
    assert spreads["pair_spread"] > 4 * spreads["pulse_spread"] > 0.05, spreads


def test_both_backends():
    """A hidden weight on a pair, its levels programmed: the same random numbers on both."""
    model = programmed(weak_reset(synapses.quantized(4)))
    parameters = {"eta": 0.5, "half_cell": 0.1, "w_size": 2.0}
    assert_backends_agree(model, ["w", "R_minus", "R_plus", "pulses", "read", "writes"], **parameters)


@pytest.mark.parametrize("model", [synapses.tacos(), synapses.binary(), synapses.quantized(3)], ids=lambda m: m.name)
def test_any_weight(model):
    for on_devices in (programmed(model), weak_reset(model), programmed(weak_reset(model))):
        assert synapses.Synapse.from_dict(json.loads(json.dumps(on_devices.to_dict()))) == on_devices
        assert "2107.06064" in on_devices.cite()
    assert weak_reset(model).without("weak RESET") == model
    with pytest.raises(synapses.DeclarationError, match="efficacy reads 'read'"):
        programmed(model).without("device")


def test_what_is_refused():
    with pytest.raises(synapses.DeclarationError, match="'sampling' has events of another stage"):
        programmed(synapses.bayesian())
    with pytest.raises(synapses.DeclarationError, match="no state 'hidden'"):
        weak_reset(synapses.binary(), "hidden")
    assert weak_reset(synapses.bayesian("draw"), "mu").without("weak RESET") == synapses.bayesian("draw")
