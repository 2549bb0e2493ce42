"""Synapses: a language for models composed of mechanisms, and the models of the literature written in it."""

from synapses.calcium.graupner_brunel import graupner_brunel
from synapses.consolidation.benna_fusi import benna_fusi
from synapses.consolidation.error_driven_chain import error_driven_chain
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
    TimeCourse,
)
from synapses.language import uncaught as _uncaught  # noqa: F401 - tells Brian2's log which errors are ours
from synapses.library import named, names, title
from synapses.metaplastic_weights.bayesian import bayesian
from synapses.metaplastic_weights.binary import binary
from synapses.metaplastic_weights.quantized import quantized
from synapses.recruiting import recruiting
from synapses.regularizers.l2 import l2
from synapses.regularizers.mas import mas
from synapses.regularizers.si import si
from synapses.spike_timing.stdp import stdp
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
    "TimeCourse",
    "bayesian",
    "benna_fusi",
    "binary",
    "error_driven_chain",
    "graupner_brunel",
    "l2",
    "mas",
    "named",
    "names",
    "quantized",
    "recruiting",
    "si",
    "static",
    "stdp",
    "tacos",
    "title",
]
