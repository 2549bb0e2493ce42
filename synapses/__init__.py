"""Synapses: a language for models composed of mechanisms, and the models of the literature written in it."""

from synapses.language import (
    DeclarationError,
    Event,
    Mechanism,
    Modulator,
    NeuronState,
    Parameter,
    Reference,
    State,
    Synapse,
)
from synapses.library import named, names
from synapses.static import static
from synapses.tacos import tacos

__all__ = [
    "DeclarationError",
    "Event",
    "Mechanism",
    "Modulator",
    "NeuronState",
    "Parameter",
    "Reference",
    "State",
    "Synapse",
    "named",
    "names",
    "static",
    "tacos",
]
