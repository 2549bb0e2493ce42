"""Exact solutions of models of the library, where there are any."""

from __future__ import annotations

import numpy as np

import synapses
from synapses import Synapse
from tacos.memory import discrete
from tacos.memory.chain import Chain
from tacos.memory.decay import Solved
from tacos.memory.drive import DRIVES, Drive

#: How a model which is solved is driven.
_USUAL = {"cascade": "coincidence", "two_state": "coincidence", "benna_fusi": "timing"}


def usual(synapse: Synapse) -> Drive | None:
    """The drive of a model that is solved, None for others."""
    return DRIVES[_USUAL[synapse.name]] if synapse.name in _USUAL else None


def exact(synapse: Synapse, drive: Drive | None = None) -> Solved | None:
    """The exact solution of a synapse that stores patterns, or None if there is none.

    Parameters
    ----------
    synapse : Synapse
        With all mechanisms of the library's model and no others; parameters may differ.
    drive : Drive, optional
        How patterns are shown, if not in the usual way. A chain knows the duration of a presentation by it; for other
        models than chains another drive may ask for something else, and there is no solution.
    """
    mode = usual(synapse)
    if mode is None or synapse.frozen:
        return None
    values = {name: p.value for name, p in synapse.all_parameters().items()}
    if synapse.name == "cascade" and _is(synapse, synapses.cascade()) and drive in (None, mode):
        return discrete.cascade(int(values["n"]), values["x"])
    if synapse.name == "two_state" and _is(synapse, synapses.two_state()) and drive in (None, mode):
        return discrete.two_state(values["q"])
    if synapse.name == "benna_fusi":
        k = np.arange(sum(name.startswith("u_") for name in synapse.all_states()) + 1, dtype=float)
        if k.size < 2 or not _is(synapse, synapses.benna_fusi(k.size)):
            return None
        interval = (drive or mode).duration / values["alpha"]
        return Chain(values["x"] ** k, values["g"] * values["x"] ** -k, interval, euler=True, already=1)
    return None


def _is(synapse: Synapse, model: Synapse) -> bool:
    """Whether the mechanisms are those of the model, whatever the values of parameters."""
    if synapse.all_parameters().keys() != model.all_parameters().keys():
        return False
    theirs = model.all_parameters().items()
    same = {name: p.value if p.unit == "1" else f"{p.value!r} {p.unit}" for name, p in theirs}
    return synapse.with_parameters(**same).mechanisms == model.mechanisms
