"""L2, synaptic intelligence and memory aware synapses against their equations in NumPy."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, ms

import synapses
from synapses import DeclarationError

SPIKES_PRE = [[1, 5, 22, 41, 65, 90, 101], [3, 44, 45, 70], [30, 75]]
SPIKES_POST = [[8, 33, 64, 105], [26, 50, 71]]
ENDS = (1, 3)  # the presentations with which tasks end, of six


class Twin:
    """A regularized synapse beside one with error feedback alone, between the same neurons.

    Before each presentation the twin gets the weights of the other; after it, its weights say what was learned.
    """

    def __init__(self, neurons, name, **parameters):
        model = synapses.named(name).with_parameters(eta=0.2, **parameters)
        pre, post = neurons(model, "pre", SPIKES_PRE), neurons(model, "post", SPIKES_POST, "I : 1")
        self.post, self.end = post, NeuronGroup(1, "task_end : 1")
        self.built = model.connect(pre, post, presentation=20 * ms, modulators={"task_end": self.end})
        bare = model.only("error feedback")
        self.bare = bare.connect(pre, post, presentation=20 * ms)
        w = np.random.default_rng(4).uniform(-1, 1, 6)
        self.built.w, self.built.w_old = w, w
        if "w_before" in model.all_states():
            self.built.w_before = w
        self.network = Network(pre, post, self.end, self.built, self.bare)
        self.pre = pre

    def present(self, k):
        """One presentation; weights before it and after learning, and the product of the traces."""
        before = np.array(self.built.w[:])
        self.bare.w = before
        self.post.U = np.random.default_rng(k).normal(0, 1, 2)
        self.end.task_end = float(k in ENDS)
        self.network.run(20 * ms)
        traces = (0.0, 0.0)
        if "X" in self.pre.variables and "X" in self.post.variables:
            traces = (np.array(self.pre.X[:]), np.array(self.post.X[:]))
        return before, np.array(self.bare.w[:]), np.multiply.outer(*traces).ravel()


def pulled(w, rate, anchor):
    return (w + rate * anchor) / (1 + rate)  # where gradient and penalty balance: the implicit step


def test_l2(neurons):
    twin = Twin(neurons, "l2", strength=0.7)
    anchor = np.array(twin.built.w[:])
    for k in range(6):
        _, learned, _ = twin.present(k)
        expected = pulled(learned, 2 * 0.2 * 0.7 * (k > ENDS[0]), anchor)
        np.testing.assert_allclose(twin.built.w[:], expected, atol=1e-12)
        anchor = expected if k in ENDS else anchor
        np.testing.assert_allclose(twin.built.w_old[:], anchor, atol=1e-12)
    assert np.abs(twin.built.w[:] - learned).max() > 0.01


def test_si(neurons):
    """The equations of Zenke et al. 2017, with the gradient that error feedback has followed."""
    eta, c, xi = 0.2, 30.0, 0.05
    twin = Twin(neurons, "si", strength=c, damping=xi)
    anchor = np.array(twin.built.w[:])
    omega, path = np.zeros(6), np.zeros(6)
    for k in range(6):
        before, learned, _ = twin.present(k)
        gradient = (before - learned) / eta
        expected = pulled(learned, 2 * eta * c * omega, anchor)
        np.testing.assert_allclose(twin.built.w[:], expected, atol=1e-12)
        path -= gradient * (expected - before)
        if k in ENDS:
            assert (path >= 0).all()  # nothing to rectify, whether by task or in sum as in the authors' code
            omega += path / ((expected - anchor) ** 2 + xi)
            anchor, path = expected, np.zeros(6)
        np.testing.assert_allclose(twin.built.importance[:], eta * omega, atol=1e-12)
        np.testing.assert_allclose(twin.built.path[:], eta * path, atol=1e-12)
    assert (omega > 0).sum() > 3 and np.abs(expected - learned).max() > 0.01


def test_mas(neurons):
    """Hebbian importance: the product of the activities at the end of each presentation."""
    twin = Twin(neurons, "mas", strength=0.5)
    anchor = np.array(twin.built.w[:])
    omega, coactivity = np.zeros(6), np.zeros(6)
    for k in range(6):
        _, learned, product = twin.present(k)
        expected = pulled(learned, 2 * 0.2 * 0.5 * omega, anchor)
        np.testing.assert_allclose(twin.built.w[:], expected, atol=1e-12)
        coactivity += product
        if k in ENDS:
            omega, coactivity, anchor = omega + coactivity, np.zeros(6), expected
        np.testing.assert_allclose(twin.built.importance[:], omega, atol=1e-12)
    assert (omega > 0).sum() > 3 and np.abs(expected - learned).max() > 0.01


@pytest.mark.slow
@pytest.mark.parametrize("name", ["l2", "si", "mas"])
def test_no_strength_is_error_feedback_alone(neurons, name):
    twin = Twin(neurons, name, strength=0.0)
    for k in range(6):
        _, learned, _ = twin.present(k)
        np.testing.assert_array_equal(twin.built.w[:], learned)


@pytest.mark.parametrize("name", ["l2", "si", "mas"])
def test_however_strong_it_does_not_overshoot(neurons, name):
    twin = Twin(neurons, name, strength=1e12)
    for k in range(6):
        _, learned, _ = twin.present(k)
        if k == ENDS[0]:
            anchor = np.array(twin.built.w[:])
    held = np.array(twin.built.importance[:]) > 0
    assert held.any() and np.isfinite(twin.built.w[:]).all()
    np.testing.assert_allclose(np.array(twin.built.w[:])[held], anchor[held], atol=1e-6)


def test_they_say_what_they_need():
    model = synapses.si()
    assert "'task_end'" in str(model.requires())
    with pytest.raises(DeclarationError, match="error feedback"):
        model.without("error feedback")
    assert model.cite().count("1703.04200") == 1
