"""Discrete synapses driven by the activity of presentations, against transition matrices written down by hand."""

import json

import numpy as np
import pytest
from brian2 import Network, ms, seed

import synapses
import tacos
from tacos.backends import Stretch
from tacos.networks.initial import initial_state
from tacos.networks.populations import Population
from tests.backends.by_name import simulator

MODELS = {"cascade": synapses.cascade, "two_state": synapses.two_state}
#: Whether the presynaptic and the postsynaptic neuron fire.
ACTIVITY = {"both": (1, 1), "pre": (1, 0), "post": (0, 1), "none": (0, 0)}
#: What each rule asks for: +1 potentiation, -1 depression.
ASKED = {
    "presynaptic": {"both": 1, "pre": -1, "post": 0, "none": 0},
    "postsynaptic": {"both": 1, "pre": 0, "post": -1, "none": 0},
    "xor": {"both": 1, "pre": -1, "post": -1, "none": 1},
}


def matrix(n, x, sign):
    """By hand, for potentiation: states are (strong, depth), in the order weak 1..n, strong 1..n."""
    found = np.zeros((2 * n, 2 * n))
    for depth in range(1, n + 1):
        stay, leave = (1, 0) if sign > 0 else (0, 1)
        q = x ** (depth - 1) if depth < n else x ** (n - 1) / (1 - x)
        p = x**depth / (1 - x) if depth < n else 0.0
        state = leave * n + depth - 1
        found[state, stay * n] += q
        found[state, state] += 1 - q
        state = stay * n + depth - 1
        found[state, stay * n + min(depth, n - 1)] += p
        found[state, state] += 1 - p
    return found


def one_to_one(model, n):
    """As many synapses, each between two neurons of its own that fire in the first step if they are shown a one."""
    pre, post = (
        Population(name, n, "heard : 1", "stimulus > 0.5 and step == 0", receptors={"current": "heard += efficacy"},
                   channel=channel)
        for name, channel in (("pre", "image"), ("post", "target"))
    )  # fmt: skip
    projection = tacos.Projection("pre", "post", model, connectivity=tacos.OneToOne(), name="stored")
    return tacos.Network((pre, post), (projection,), duration=2e-3, dt=1e-3, readout="post")


def shown(network, backend, state, pre, post, seed=1):
    """The state after presentations in which these neurons fire, shape (n_presentations, n_neurons) each."""
    made = simulator(backend, network, capacity=len(pre))
    return made.run(state, Stretch({"image": pre, "target": post}, 0, seed, 0, True, len(pre))).state


@pytest.mark.parametrize("gating", ASKED)
@pytest.mark.parametrize("activity", ACTIVITY)
def test_transition_probabilities_are_those_of_the_matrices(gating, activity):
    n, x, copies = 4, 0.4, 2000
    model = synapses.cascade(n, x, gating)
    network = one_to_one(model, 2 * n * copies)
    state = initial_state(network.lowered, 0)
    begun = np.repeat(np.arange(2 * n), copies)
    state["stored.strong"], state["stored.depth"] = (begun // n).astype(np.int32), (begun % n + 1).astype(np.int32)
    pre, post = (np.full((1, begun.size), float(fires)) for fires in ACTIVITY[activity])
    after = shown(network, "torch", state, pre, post)
    ended = after["stored.strong"] * n + after["stored.depth"] - 1
    found = np.zeros((2 * n, 2 * n))
    np.add.at(found, (begun, ended), 1)
    found /= copies
    asked = ASKED[gating][activity]
    expected = matrix(n, x, asked) if asked else np.eye(2 * n)
    assert np.all((found > 0) <= (expected > 0)), "no other transition is made"
    assert np.all(abs(found - expected) <= 4.5 * np.sqrt(expected * (1 - expected) / copies) + 1e-12)


def test_all_states_stay_equally_likely():
    n, synapses_, presentations = 3, 4000, 60
    network = one_to_one(synapses.cascade(n), synapses_)
    rng = np.random.default_rng(5)
    state = initial_state(network.lowered, 3)
    state["stored.depth"][:] = 1  # far from it
    pre, post = np.ones((presentations, synapses_)), rng.integers(0, 2, (presentations, synapses_)).astype(float)
    after = shown(network, "torch", state, pre, post)
    counts = np.bincount(after["stored.strong"] * n + after["stored.depth"] - 1, minlength=2 * n)
    expected = synapses_ / (2 * n)
    assert ((counts - expected) ** 2 / expected).sum() < 25, counts  # chi square, 5 degrees of freedom: p = 1e-4
    assert np.bincount(state["stored.depth"])[1] == synapses_


def test_two_states():
    q, copies = 0.3, 5000
    network = one_to_one(synapses.two_state(q), 2 * copies)
    state = initial_state(network.lowered, 0)
    state["stored.strong"] = np.repeat([0, 1], copies).astype(np.int32)
    for post, expected in ((1.0, [q, 1]), (0.0, [0, 1 - q])):
        after = shown(network, "torch", state, np.ones((1, 2 * copies)), np.full((1, 2 * copies), post))
        found = after["stored.strong"].reshape(2, copies).mean(axis=1)
        np.testing.assert_allclose(found, expected, atol=4.5 * np.sqrt(q * (1 - q) / copies))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("gating", ASKED)
def test_backends_draw_and_do_the_same(name, gating):
    network = one_to_one(MODELS[name](gating=gating), 50)
    rng = np.random.default_rng(2)
    pre, post = (rng.integers(0, 2, (30, 50)).astype(float) for _ in range(2))
    state = initial_state(network.lowered, 7)
    one, other, masked = (shown(network, backend, state, pre, post) for backend in ("torch", "numpy", "masked"))
    assert (one["stored.strong"] != state["stored.strong"]).any()
    for key, values in one.items():
        np.testing.assert_allclose(other[key], values, rtol=0, atol=1e-9, err_msg=key)
        np.testing.assert_allclose(masked[key], values, rtol=0, atol=1e-9, err_msg=key)


def test_mechanisms_can_be_taken_out():
    n = 200
    rng = np.random.default_rng(4)
    pre, post = np.ones((20, n)), rng.integers(0, 2, (20, n)).astype(float)

    def after(model, **start):
        network = one_to_one(model, n)
        state = initial_state(network.lowered, 1)
        for name, value in start.items():
            state[f"stored.{name}"][:] = value
        return shown(network, "torch", state, pre, post)

    flat = after(synapses.cascade().without("metaplasticity"), depth=1)
    assert set(flat["stored.depth"]) == {1}
    np.testing.assert_array_equal(flat["stored.strong"], post[-1])  # q_1 = 1: it is what was asked for last
    for model in (synapses.cascade(), synapses.two_state()):
        for gone, strong in (("depression", 1), ("potentiation", 0)):
            assert set(after(model.without(gone), strong=strong)["stored.strong"]) == {strong}
            assert strong in set(after(model.without(gone), strong=1 - strong)["stored.strong"])


def test_a_gate_makes_transitions_less_likely():
    closed = synapses.Mechanism("closed", gate="0")
    network = one_to_one(synapses.cascade() + closed, 100)
    state = initial_state(network.lowered, 1)
    after = shown(network, "torch", state, np.ones((5, 100)), np.ones((5, 100)))
    np.testing.assert_array_equal(after["stored.strong"], state["stored.strong"])
    np.testing.assert_array_equal(after["stored.depth"], state["stored.depth"])


def test_in_a_script_of_brian2(neurons):
    """A neuron that fires leaves its mark until the presentation ends."""
    seed(1)
    model = synapses.two_state(q=1.0)
    pre, post = neurons(model, "pre", [[3, 15], []]), neurons(model, "post", [[5]])
    built = model.connect(pre, post, presentation=10 * ms, transmit="")
    built.strong = [0, 0]
    net = Network(pre, post, built)
    net.run(10 * ms)
    np.testing.assert_array_equal(built.strong[:], [1, 0])  # both fired; the presynaptic one did not
    pre.spiked, post.spiked = 0, 0  # networks reset their neurons, a script does it itself
    net.run(10 * ms)
    np.testing.assert_array_equal(built.strong[:], [0, 0])  # the presynaptic one alone


@pytest.mark.parametrize("name", MODELS)
def test_as_plain_data(name):
    for model in (MODELS[name](), MODELS[name](gating="xor"), synapses.named(name)):
        assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    assert "Fusi" in model.cite()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: synapses.cascade(1), "at least 2, not 1"),
        (lambda: synapses.cascade(x=0.6), "above 0 and up to 0.5, not 0.6"),
        (lambda: synapses.cascade(gating="pre"), "gated by presynaptic, postsynaptic, xor, not 'pre'"),
        (lambda: synapses.two_state(0), "above 0 and up to 1, not 0"),
        (lambda: synapses.two_state(1.5), "above 0 and up to 1, not 1.5"),
    ],
)
def test_options_are_checked(call, sentence):
    with pytest.raises(synapses.DeclarationError, match=sentence):
        call()
