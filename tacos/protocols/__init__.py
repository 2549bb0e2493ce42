"""What protocols of experimenters do to synapses: run, resumed and recorded as any network."""

from tacos.protocols.apply import apply
from tacos.protocols.network import protocol_network
from tacos.protocols.outcome import Outcome

__all__ = ["Outcome", "apply", "protocol_network"]
