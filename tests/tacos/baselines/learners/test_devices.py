"""Weights on devices: levels, writes and noise, and pairs of weak-RESET devices, against loops in NumPy."""

import numpy as np
import pytest
import torch
from scipy.stats import kstest

import synapses
from synapses.metaplastic_weights.devices import weak_reset
from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.learners.device_layers import QuantizedLayers, WeakResetLayers, writes
from tacos.baselines.learners.metaplastic import metaplastic_step
from tacos.baselines.learners.networks import Binarized, Quantized, WeakReset
from tacos.baselines.learners.quantized import beyond, level
from tacos.baselines.networks import architecture, to_dict
from tacos.errors import RunError
from tests.tacos.baselines.learners.support import learned, weights

W = torch.linspace(-1.3, 1.3, 521, dtype=torch.float64)


@pytest.mark.parametrize("levels", [2, 3, 4, 7])
def test_levels_and_thresholds(levels):
    half = 0.13
    places = half * (2 * np.arange(levels) - (levels - 1))  # of the levels
    thresholds = (places[1:] + places[:-1]) / 2
    expected = np.searchsorted(thresholds, W.numpy(), side="right")
    np.testing.assert_array_equal(level(W, levels, half), expected)
    nearest = thresholds[np.abs(W.numpy()[:, None] - thresholds).argmin(1)]
    found, distance = beyond(W, levels, half).numpy(), (W.numpy() - nearest) / half
    np.testing.assert_allclose(np.abs(found), np.abs(distance), atol=1e-9)
    off = np.abs(W.numpy()[:, None] - places).min(1) > 1e-6  # at a level two thresholds are as near
    np.testing.assert_allclose(found[off], distance[off], atol=1e-9)


def test_the_gate_is_that_of_the_spiking_synapse():
    """The expression of the language, evaluated."""
    model = synapses.quantized(4).with_parameters(m=1.5, half_cell=0.2)
    gate = next(one for one in model.mechanisms if one.name == "metaplasticity").gate
    method = baselines.named("quantized", strength=1.5)
    network = QuantizedLayers((2, 1), "none", 1, levels=4, half_cell=0.2)
    method.start(network, torch.Generator())
    for push in (-1.0, 1.0):
        names = {"w": W.numpy(), "U_post": push, "m": 1.5, "half_cell": 0.2}
        expected = spoken(gate, names)
        change = -1e-3 * push
        held = W - torch.from_numpy(expected) * 1e-3 * push
        found = metaplastic_step(W, W + change, 1.5, method.beyond(network, W))
        np.testing.assert_allclose(found, held, atol=1e-12)


def spoken(expression, names):
    """The value of an expression of the language for each weight."""
    functions = {
        "int": int, "tanh": np.tanh, "abs": abs, "floor": np.floor, "clip": lambda x, a, b: min(max(x, a), b),
    }  # fmt: skip
    return np.array([eval(expression, functions, names | {"w": w}) for w in names["w"]])


def test_two_levels_are_the_binarized_network_to_the_last_bit():
    two = Quantized((8,), levels=2, half_cell=1.0)
    for training in (Training("adam", 5e-3, 10), Training("sgd", 0.1, 10)):
        found = weights("quantized", two, strength=1.35, training=training)
        np.testing.assert_array_equal(found, weights("metaplastic", Binarized((8,)), strength=1.35, training=training))


def test_devices_are_written_where_the_level_has_changed():
    torch.manual_seed(0)
    model = QuantizedLayers((6, 5, 3), "none", 1, levels=4, half_cell=0.1)
    stored = [state.clone() for state in model.of("stored")]
    assert int(writes(model).sum()) == 0, "the first programming is not counted"
    assert set(torch.cat([s.flatten() for s in stored]).tolist()) <= {-1, *(np.float32([-1 / 3, 1 / 3])), 1}
    changed = 0
    for _ in range(20):
        with torch.no_grad():
            for w in model.hidden:
                w.add_(0.1 * torch.randn(w.shape))
        model.write()
        for before, now in zip(stored, model.of("stored"), strict=True):
            changed += int((before != now).sum())
        stored = [state.clone() for state in model.of("stored")]
        for layer, w in enumerate(model.hidden):
            assert torch.equal(model.of("read")[layer], model.wanted(w))
    assert int(writes(model).sum()) == changed > 20


def test_noise_is_drawn_at_writes_and_stays():
    torch.manual_seed(1)
    model = QuantizedLayers((40, 50), "none", 1, 4, 0.1, programming_noise=0.02, cycle_spread=0.1, device_spread=0.3)
    device, read, stored = (model.of(name)[0] for name in ("device", "read", "stored"))
    sd = torch.sqrt(0.02**2 + (0.1 * stored * device) ** 2)
    assert kstest(((read - stored * device) / sd).flatten(), "norm").pvalue > 0.01
    assert kstest(torch.log(device).flatten() / 0.3, "norm").pvalue > 0.01
    kept = read.clone()
    model.write()
    assert torch.equal(read, kept)
    with torch.no_grad():
        model.hidden[0][:, :20] += 0.2  # one level up, where there is one
    model.write()
    assert torch.equal(read[:, 20:], kept[:, 20:])
    assert torch.equal(read[:, :20] != kept[:, :20], model.of("writes")[0][:, :20] == 1)


def test_levels_change_less_often_with_a_larger_strength():
    """Random pushes, as of scripts/reproduce/quantized.py, where half a cell is one and steps are 0.3."""
    counts = []
    for m in (0.0, 1.0, 4.0):
        torch.manual_seed(0)
        model, method = QuantizedLayers((20, 10), "none", 1), baselines.named("quantized", strength=m)
        method.start(model, torch.Generator())
        optimizer = method.optimizer(model, Training("sgd", 0.03))
        for _ in range(200):
            model.hidden[0].grad = torch.randn(10, 20)
            method.after_backward(model)
            optimizer.step()
            method.after_step(model)
        counts.append(float(writes(model).mean()))
    assert counts[0] > 1.5 * counts[1] > 2 * counts[2] > 0


def test_memory_in_bits():
    for levels, bits in ((2, 1), (4, 2), (5, 3)):
        model = QuantizedLayers((7, 5, 3), "layer", 1, levels)
        assert model.bits() == {"devices": bits * 50, "hidden": 32 * 50}


def test_pairs_are_those_of_the_equations():
    """The code block of the spiking mechanism, run by Python for every pair."""
    torch.manual_seed(2)
    model = WeakResetLayers((5, 4), "none", 1, w_range=1.0, R_full=0.6, pulse_spread=0.0, pair_spread=0.4)
    hidden = model.hidden[0]
    block = next(one for one in weak_reset(synapses.binary()).mechanisms if one.name == "weak RESET").on_pre
    code = "\n".join(line.strip() for line in block[0].code.strip().splitlines())
    names = {"minus": "R_minus", "plus": "R_plus", "device_minus": "device_minus", "device_plus": "device_plus",
             "pulses": "pulses", "sets": "sets"}  # fmt: skip
    start = hidden.detach().flatten().tolist()
    pairs = [
        {said: float(model.of(name)[0].flatten()[k]) for name, said in names.items()}
        | {"w": start[k], "kept": start[k], "w_range": 1.0, "R_full": 0.6}
        for k in range(20)
    ]
    functions = {"int": int, "clip": lambda x, a, b: min(max(x, a), b), "inf": np.inf, "randn": lambda: 0.0}
    for step in range(60):
        push = 0.1 * torch.randn(hidden.shape) + 0.02
        before = [hidden.detach().clone()]
        with torch.no_grad():
            hidden.add_(push)
        model.pulse(before)
        for pair, asked in zip(pairs, push.flatten().tolist(), strict=True):
            pair["w"] += asked
            pair["pulse_spread"] = 0.0
            exec(code, functions, pair)
        np.testing.assert_allclose(hidden.detach().flatten(), [pair["w"] for pair in pairs], atol=1e-4, err_msg=step)
    assert model.of("sets")[0].flatten().tolist() == [pair["sets"] for pair in pairs]
    assert model.of("sets")[0].sum() > 20 and model.of("pulses")[0].min() == 60


def test_ideal_pairs_follow_the_optimizer_until_they_are_full():
    """Small resistances add up what is asked."""
    exact = WeakReset((8,), w_range=1e3, pulse_spread=0, pair_spread=0)
    binary = weights("metaplastic", Binarized((8,)), strength=2.0, training=Training("sgd", 0.1, 10))
    found = weights("weak-reset", exact, strength=2.0, training=Training("sgd", 0.1, 10))
    np.testing.assert_allclose(found, binary, atol=1e-3)
    assert not np.array_equal(found, weights("weak-reset", WeakReset((8,)), training=Training("sgd", 0.1, 10)))


def test_declarations():
    for network in (Quantized((8,), levels=3, device_spread=0.2), WeakReset((8, 4), "per task", pulse_spread=0.0)):
        assert architecture(to_dict(network)) == network
    assert str(Quantized((8,), device_spread=0.2)) == "quantized 8, layer norm, 4 levels, noisy devices"
    with pytest.raises(RunError, match="levels of a quantized network are a whole number, at least 2"):
        Quantized(levels=1)
    with pytest.raises(RunError, match="pulse_spread is a number, zero or more"):
        WeakReset(pulse_spread=-1)
    for name in ("quantized", "weak-reset"):
        with pytest.raises(RunError, match=f"is for the network '{name}'"):
            learned(name, Binarized((8,)))
        network = architecture(name)
        np.testing.assert_array_equal(*(weights(name, type(network)((8,)), seed=3) for _ in range(2)))
