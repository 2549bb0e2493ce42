"""What tests of weights that learn from errors share: neurons with a given error, and small networks on both backends."""

import numpy as np
from brian2 import Network, ms, network_operation

import tacos
from tacos.backends import Stretch
from tacos.networks.initial import initial_state
from tests.backends.by_name import simulator

PRESENTATIONS, N_IN, N_OUT = 4, 10, 2


def with_errors(neurons, model, errors, start, steps, **states):
    """One synapse a neuron, after steps in which its input fires and its error signal is ``errors(k, w)[j]``.

    They start with the weights ``start`` and these other states.
    """
    pre = neurons(model, "pre", [list(range(1, steps + 1))])
    post = neurons(model, "post", [[] for _ in start], "I : 1")
    built = model.connect(pre, post)
    for name, values in {"w": start, **states}.items():
        setattr(built, name, values)

    @network_operation(when="before_synapses")
    def error(t):
        post.U = errors(int(round(t / ms)), np.array(built.w[:]))

    Network(pre, post, built, error).run((steps + 1) * ms)
    return built


def stretch(learning=True, n=PRESENTATIONS):
    """Some presentations of random images of two classes."""
    rng = np.random.default_rng(1)
    shown = rng.random((n, N_IN))
    targets = np.eye(N_OUT)[rng.integers(N_OUT, size=n)]
    return Stretch({"image": shown, "target": targets}, 0, 5, 0, learning, n, counts=("hidden", "output"))


def network(model, **parameters):
    """A small error-driven network, driven so that cells of both layers fire."""
    built = tacos.error_driven((N_IN, N_OUT), 8, model, duration=0.03, dt=1e-3)
    return built.with_parameters(**{"hidden.V_th": 0.05, "output.V_th": 0.05, **parameters})


def ran(model, backend="torch", learning=True, presentations=PRESENTATIONS, **parameters):
    """States before and after, and spike counts."""
    built = network(model, **parameters)
    before = initial_state(built.lowered, 5)
    found = simulator(backend, built, capacity=PRESENTATIONS).run(before, stretch(learning, presentations))
    return before, found.state, found.counts


def assert_backends_agree(model, moved, **parameters):
    """Brian2 and PyTorch give the same spikes and states; these states of both projections change."""
    before, expected, spikes = ran(model, "runtime", **parameters)
    _, found, counts = ran(model, **parameters)
    for name in spikes:
        assert spikes[name].sum() > 0, f"{name} is silent"
        np.testing.assert_array_equal(counts[name], spikes[name])
    for key in expected:
        np.testing.assert_allclose(found[key], expected[key], rtol=1e-9, atol=1e-9, err_msg=key)
    for projection in ("input-hidden", "hidden-output"):
        for state in moved:
            assert (expected[f"{projection}.{state}"] != before[f"{projection}.{state}"]).any(), (projection, state)
