"""Networks of which, with plasticity frozen, many presentations can be tested at once."""

from __future__ import annotations

from brian2.utils.stringtools import get_identifiers

from synapses.language.statements import read_statements
from tacos.backends.torch.blocks import NeuronScope, SynapseScope
from tacos.networks.lowering import LoweredNetwork


def presentations_are_independent(network: LoweredNetwork) -> bool:
    """Whether, with plasticity frozen, a presentation leaves nothing behind that another one could notice."""
    if network.steps != network.stimulus_steps:
        return False  # a blank interval in place of the reset
    for population in network.populations:
        reset = {statement.target for statement in read_statements(population.end, population.name)}
        if population.spikes and set(population.states) - reset:
            return False
    for projection in network.projections:
        synapse = projection.synapse
        transmission, *others = projection.pathways
        if synapse.clock_driven or synapse.summed or not all(pathway.plastic for pathway in others):
            return False
        if get_identifiers(transmission.code) & set(projection.modulators):
            return False
    return True


def transmits_alike(network: LoweredNetwork) -> bool:
    """Whether a spike transmits the same in every presentation while plasticity is frozen, whatever neurons do."""
    neurons = {p.name: NeuronScope(p) for p in network.populations}
    for projection in network.projections:
        if any(pathway.queue for pathway in projection.pathways[1:]):
            return False  # executed while plasticity is frozen, too, with no events
        scope = SynapseScope(projection, network, neurons)
        block = scope.block("transmit", projection.pathways[0].code)
        kept = neurons[projection.target].kept
        if any(side != "post" or name.removesuffix("_post") in kept for name, (_, side) in block.states.items()):
            return False
        fixed = ("_at.synaptic(", "_at.shared(_n.value[", "_at.i", "_at.j", *"0123456789")
        if not all(code.startswith(fixed) for code in block.bindings.values()):
            return False
    return True
