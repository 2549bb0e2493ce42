"""The learning rate that the gates leave to a synapse."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from synapses import Synapse
from synapses.language.influence import gate_names
from tacos.networks.initial import evaluated


def gate_variables(synapse: Synapse) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """States of the synapse, and neuromodulators, that its gates read."""
    names = gate_names(synapse)
    states = tuple(name for name in synapse.all_states() if name in names)
    return states, tuple(m.name for m in synapse.lowered.modulators if m.name in names)


def gated_learning_rate(
    synapse: Synapse, values: Mapping[str, NDArray[np.float64]], learning_rate: str = "eta"
) -> NDArray[np.float64] | float | None:
    """Learning rate times all gates; None for models without such a parameter, or if gates read anything else.

    Parameters
    ----------
    synapse : Synapse
    values : mapping of name to array
        The states and neuromodulators of :func:`gate_variables`, of shapes that broadcast.
    learning_rate : str
        Name of the parameter.

    Returns
    -------
    array, float (without any gate) or None
    """
    parameters = {p.name: p.value for p in synapse.all_parameters().values()}
    if learning_rate not in parameters:
        return None
    rate: NDArray[np.float64] | float = parameters[learning_rate]
    for mechanism in synapse.mechanisms:
        if mechanism.gate:
            try:
                rate = rate * evaluated(mechanism.gate, {**parameters, **values})
            except NameError:
                return None
    return rate
