"""Values of single synapses that a projection brings: of states at the start, and of parameters for good."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synapses import DeclarationError, Mechanism, State, Synapse
from tacos.networks.network import Network
from tacos.networks.projections import Projection

#: State that holds how many steps a spike travels to a synapse, where that differs between synapses.
TRAVEL = "steps_of_travel"


def with_own_values(network: Network) -> Network:
    """Parameters that differ between synapses become states of the synapse."""
    return replace(network, projections=tuple(map(_with_states, network.projections)))


def _with_states(projection: Projection) -> Projection:
    parameters = [name for name in projection.values if name in projection.synapse.own_parameters()]
    synapse = projection.synapse
    if not isinstance(projection.delay, float):
        synapse = replace(synapse, states=(*synapse.states, State(TRAVEL, 0, "steps of travel", "integer")))
    return (
        replace(projection, synapse=_as_states(synapse, parameters))
        if parameters
        else replace(projection, synapse=synapse)
    )


def _as_states(synapse: Synapse, names: list[str]) -> Synapse:
    def moved(mechanism: Mechanism) -> Mechanism:
        return replace(
            mechanism,
            parameters=tuple(p for p in mechanism.parameters if p.name not in names),
            off={name: value for name, value in mechanism.off.items() if name not in names},
        )

    own = synapse.own_parameters()
    states = tuple(State(name, 0.0, own[name].meaning, own[name].unit) for name in names)
    return replace(
        synapse,
        states=(*synapse.states, *states),
        parameters=tuple(p for p in synapse.parameters if p.name not in names),
        mechanisms=tuple(map(moved, synapse.mechanisms)),
        roles={role: {k: v for k, v in values.items() if k not in names} for role, values in synapse.roles.items()},
    )


def own_values(
    projection: Projection, i: np.ndarray, j: np.ndarray, shape: tuple[int, int], dt: float
) -> dict[str, np.ndarray]:
    """What a projection says of its synapses' states, by name."""
    here = f"Projection '{projection.name}'"
    found = {
        name: given.of(i, j, shape, f"{here}: the values of '{name}'") for name, given in projection.values.items()
    }
    weight = projection.synapse.efficacy
    if projection.sign and weight in found and (found[weight] < 0).any():
        raise DeclarationError(
            f"{here}: there is a weight below zero, but with a sign weights are magnitudes; give their absolute values."
        )
    if not isinstance(projection.delay, float):
        delays = projection.delay.of(i, j, shape, f"{here}: the delays")
        if (delays < 0).any():
            raise DeclarationError(f"{here}: there is a negative delay ({delays.min():g} s).")
        found[TRAVEL] = (delays / dt + 0.5).astype(np.int32)
    return found
