"""What a neuron's own spike does to it a delay later: synapses of the neuron onto itself."""

from __future__ import annotations

from dataclasses import replace

from synapses import DeclarationError, NeuronState, static
from synapses.language.statements import read_statements
from tacos.networks.network import Network
from tacos.networks.projections import OneToOne, Projection


def with_delayed_needs(network: Network) -> Network:
    """Add a projection for each neuron state that a spike changes after a delay."""
    found: dict[tuple[str, str], NeuronState] = {}
    for projection in network.projections:
        lowered = projection.synapse.lowered
        for population, needs in ((projection.source, lowered.pre), (projection.target, lowered.post)):
            found |= {(population, need.name): need for need in needs if need.delay and need.on_spike.strip()}
    added = [_later(population, need) for (population, _), need in found.items()]
    return replace(network, projections=(*network.projections, *added)) if added else network


def _later(population: str, need: NeuronState) -> Projection:
    here = f"The neuron state '{need.name}' of '{population}'"
    for statement in read_statements(need.on_spike, here):
        if statement.operation not in ("+=", "-="):
            raise DeclarationError(f"{here}: what a spike does a delay later adds with += or -=, not '{statement}'.")
    delay = next(p for p in need.parameters if p.name == need.delay)
    return Projection(
        population,
        population,
        static(1.0),
        need.on_spike,
        OneToOne(),
        delay.value,
        name=f"{population} {need.name} later",
    )
