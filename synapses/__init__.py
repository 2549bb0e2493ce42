"""Synapses: a language for models composed of mechanisms, and the models of the literature written in it."""

from synapses.calcium.graupner_brunel import graupner_brunel
from synapses.calcium.shouval_bear_cooper import shouval_bear_cooper
from synapses.calcium.yeung import yeung
from synapses.consolidation.benna_fusi import benna_fusi
from synapses.consolidation.cascade import cascade
from synapses.consolidation.error_driven_chain import error_driven_chain
from synapses.consolidation.orchestrated import orchestrated
from synapses.consolidation.two_component import two_component
from synapses.consolidation.two_state import two_state
from synapses.consolidation.ziegler import ziegler
from synapses.homeostasis.normalization import normalization, weight_normalization
from synapses.homeostasis.scaling import scaling, synaptic_scaling
from synapses.homeostasis.vogels import vogels
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
from synapses.short_term.tsodyks_markram import tsodyks_markram, with_short_term
from synapses.short_term.use_dependent import use_dependent
from synapses.spike_timing.bcm import bcm
from synapses.spike_timing.reward_modulated import reward_modulated
from synapses.spike_timing.stdp import stdp
from synapses.spike_timing.triplet import triplet
from synapses.spike_timing.voltage_based import voltage_based
from synapses.static import static
from synapses.tacos import tacos
from synapses.tagging.luboeinski_tetzlaff import luboeinski_tetzlaff
from synapses.tagging.tag_trigger_consolidation import tag_trigger_consolidation

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
    "bcm",
    "benna_fusi",
    "binary",
    "cascade",
    "error_driven_chain",
    "graupner_brunel",
    "l2",
    "luboeinski_tetzlaff",
    "mas",
    "named",
    "names",
    "normalization",
    "orchestrated",
    "quantized",
    "recruiting",
    "reward_modulated",
    "scaling",
    "shouval_bear_cooper",
    "si",
    "static",
    "stdp",
    "synaptic_scaling",
    "tacos",
    "tag_trigger_consolidation",
    "title",
    "triplet",
    "tsodyks_markram",
    "two_component",
    "two_state",
    "use_dependent",
    "vogels",
    "voltage_based",
    "weight_normalization",
    "with_short_term",
    "yeung",
    "ziegler",
]
