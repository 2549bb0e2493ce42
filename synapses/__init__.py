"""Synapses: a language for models composed of mechanisms, and the models of the literature written in it."""

from synapses.benna_fusi import benna_fusi
from synapses.graupner_brunel import graupner_brunel
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
from synapses.stdp import stdp
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
    "benna_fusi",
    "graupner_brunel",
    "named",
    "names",
    "static",
    "stdp",
    "tacos",
]
