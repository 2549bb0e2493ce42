"""The models by name, as the command line knows them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

from synapses.language import DeclarationError, Synapse
from synapses.language.values import meant, plain

#: The module of each model, which is a function of the same name in it.
_MODELS = {
    "tacos": "synapses.tacos",
    "stdp": "synapses.spike_timing.stdp",
    "voltage_based": "synapses.spike_timing.voltage_based",
    "reward_modulated": "synapses.spike_timing.reward_modulated",
    "bcm": "synapses.spike_timing.bcm",
    "triplet": "synapses.spike_timing.triplet",
    "tsodyks_markram": "synapses.short_term.tsodyks_markram",
    "scaling": "synapses.homeostasis.scaling",
    "normalization": "synapses.homeostasis.normalization",
    "vogels": "synapses.homeostasis.vogels",
    "graupner_brunel": "synapses.calcium.graupner_brunel",
    "shouval_bear_cooper": "synapses.calcium.shouval_bear_cooper",
    "yeung": "synapses.calcium.yeung",
    "benna_fusi": "synapses.consolidation.benna_fusi",
    "orchestrated": "synapses.consolidation.orchestrated",
    "cascade": "synapses.consolidation.cascade",
    "two_state": "synapses.consolidation.two_state",
    "error_driven_chain": "synapses.consolidation.error_driven_chain",
    "l2": "synapses.regularizers.l2",
    "si": "synapses.regularizers.si",
    "mas": "synapses.regularizers.mas",
    "bayesian": "synapses.metaplastic_weights.bayesian",
    "binary": "synapses.metaplastic_weights.binary",
    "quantized": "synapses.metaplastic_weights.quantized",
    "static": "synapses.static",
    "luboeinski_tetzlaff": "synapses.tagging.luboeinski_tetzlaff",
    "tag_trigger_consolidation": "synapses.tagging.tag_trigger_consolidation",
    "two_component": "synapses.consolidation.two_component",
    "use_dependent": "synapses.short_term.use_dependent",
    "ziegler": "synapses.consolidation.ziegler",
}


def names() -> tuple[str, ...]:
    """Names of the models there are."""
    return tuple(_MODELS)


def title(synapse: Synapse) -> str:
    """Name of a model in words: that of the library, and what it has more or less than that, or frozen."""
    own, words = synapse.mechanism_names(), synapse.name
    if synapse.name in _MODELS:
        whole = named(synapse.name).mechanism_names()
        out, more = [n for n in whole if n not in own], [n for n in own if n not in whole]
        words = " + ".join([words, *more])
        if len(out) > 1 and len(out) == len(whole) - 1 and not more:
            words += f" without all but {own[0]}"
        elif out:
            words += f" without {', '.join(out)}"
    return words + (f", frozen {', '.join(sorted(synapse.frozen))}" if synapse.frozen else "")


def named(name: str, **options: Any) -> Synapse:
    """The model of a name, with its constructor's options.

    Parameters
    ----------
    name : str
        Such as "cascade", or "cascade:n=5,x=0.4": options and parameters may be written into it.
    **options
        Of the constructor.

    Raises
    ------
    DeclarationError
        If there is none of this name, or what is written into it cannot be read.
    """
    name, colon, rest = name.partition(":")
    if name not in _MODELS:
        raise DeclarationError(f"There is no synapse '{name}'; there are {', '.join(_MODELS)}{meant(name, _MODELS)}")
    model: Callable[..., Synapse] = getattr(import_module(_MODELS[name]), name)
    written = dict(_pair(name, item) for item in rest.split(",")) if colon else {}
    of_constructor = inspect.signature(model).parameters
    options |= {key: written.pop(key) for key in list(written) if key in of_constructor}
    made = model(**options)
    return made.with_parameters(**written) if written else made


def _pair(name: str, item: str) -> tuple[str, Any]:
    key, equals, value = item.partition("=")
    if not equals or not key.strip() or not value.strip():
        raise DeclarationError(f"'{item}' is not of the form OPTION=VALUE, as in '{name}:OPTION=VALUE,OPTION=VALUE'.")
    return key.strip(), plain(value.strip())
