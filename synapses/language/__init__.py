"""The language in which synapses are written: declarations, composition, checks, and rendering to Brian2."""

from synapses.language.courses import TimeCourse
from synapses.language.declarations import (
    Event,
    Mechanism,
    Modulator,
    NeuronState,
    Parameter,
    Reference,
    State,
)
from synapses.language.errors import DeclarationError
from synapses.language.lowered import LoweredSynapse
from synapses.language.model import Requirements, Synapse
from synapses.language.pathways import Pathway

__all__ = [
    "DeclarationError",
    "Event",
    "LoweredSynapse",
    "Mechanism",
    "Modulator",
    "NeuronState",
    "Parameter",
    "Pathway",
    "Reference",
    "Requirements",
    "State",
    "Synapse",
    "TimeCourse",
]
