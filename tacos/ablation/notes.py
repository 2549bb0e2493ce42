"""What the equations say of a condition, before anything is run."""

from __future__ import annotations

from synapses.language.influence import idle_mechanisms, still_states
from tacos.networks.network import Network


def notes(label: str, network: Network, full: Network) -> tuple[str, ...]:
    """What the equations say: mechanisms that reach nothing, states that this condition leaves without a mover."""
    found: dict[str, None] = {}
    for projection in network.plastic_projections():
        synapse, before = projection.synapse, full.projection(projection.name).synapse
        for mechanism, states in idle_mechanisms(synapse).items():
            if states:
                found[
                    f"'{label}': {mechanism} changes {', '.join(states)} only, and nothing else reads that: it does "
                    "nothing here, in or out."
                ] = None
        for state, readers in still_states(synapse).items():
            if state not in synapse.frozen and state not in still_states(before):
                found[
                    f"'{label}': nothing changes {state} any more, and {', '.join(readers)} still reads it, so that it "
                    f"keeps its initial value: the same as 'freeze {state}'."
                ] = None
    return tuple(found)
