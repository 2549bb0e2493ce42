"""For the pictures of weights that learn from errors: synapses, one a neuron, whose errors are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from brian2 import Network, NeuronGroup, defaultclock, ms, network_operation, prefs
from numpy.typing import NDArray

from synapses import Synapse

Values = NDArray[np.float64]


def learned(
    model: Synapse, errors: Callable[[int, Values], Values], start: Values, steps: int, **states: Any
) -> tuple[Values, Any]:
    """Hidden weights before each step and after the last, shape (steps + 1, n), and the Brian2 synapses.

    In every step the input fires and the error signal of neuron j is ``errors(step, w)[j]``; all start with the weights
    `start` and these other states.
    """
    prefs.codegen.target = "numpy"
    defaultclock.dt = 1 * ms
    pre = NeuronGroup(1, "dummy : 1", threshold="True", reset="")
    post = NeuronGroup(len(start), f"{model.post_equations()}\nI : 1", threshold="False", reset="", method="euler")
    built = model.connect(pre, post)
    for name, values in {"w": start, **states}.items():
        setattr(built, name, values)
    path = []

    @network_operation(when="before_synapses")
    def give() -> None:
        path.append(np.array(built.w[:]))
        post.U = errors(len(path) - 1, path[-1])

    Network(pre, post, built, give).run(steps * ms)
    return np.array([*path, built.w[:]]), built


def gate(model: Synapse, w: Values, error: float) -> Values:
    """How much of an update the model lets through, measured in one step; a positive error lowers the weight."""
    eta = 1e-3
    path, _ = learned(model.with_parameters(eta=eta), lambda step, now: np.full(len(w), error), w, 1)
    return np.asarray((path[0] - path[1]) / (eta * error))
