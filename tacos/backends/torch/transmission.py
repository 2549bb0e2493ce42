"""Networks whose spikes transmit the same in every presentation, so that a matrix product finds what arrives."""

from __future__ import annotations

from tacos.backends.torch.blocks import NeuronScope, SynapseScope
from tacos.networks.lowering import LoweredNetwork


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
