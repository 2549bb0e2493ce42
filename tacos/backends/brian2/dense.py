"""C++ templates that visit the synapses of a neuron that fired, instead of a list of synapses.

Brian2's generated loop copies the index of every synapse of a spike into a queue, then into a list, and finds the
neurons of a synapse by two more lookups. Here the rows of an all-to-all projection are contiguous, and need no index at
all; other projections keep Brian2's lists of the synapses of a neuron, and a delayed pathway queues neurons instead of
synapses. Delays of each synapse are Brian2's own. So are the statements inside the loop.
"""

from __future__ import annotations

import re

import numpy as np
from brian2 import prefs
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject

from tacos.backends.brian2.flags import drawn, flag, guarded, shown_for_a_presentation
from tacos.backends.brian2.lazy import lazy_pathways, replay
from tacos.backends.brian2.repeated import repeated
from tacos.networks.lowering import LoweredNetwork
from tacos.networks.network import identifier

_NEURON_INDEX = re.compile(r"_ptr_array_\w*__synaptic_(pre|post)\[_idx\]")
_DOUBLE = re.compile(r"(?<![\w.])(\d+\.\d*(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)(?![\w.])")


def dense_code(lines: list[str]) -> list[str]:
    """Statements of a pathway with the neurons' indices known instead of looked up, and constants of our precision."""
    known = {"pre": "_source", "post": "_target"}
    return _own_precision([_NEURON_INDEX.sub(lambda match: known[match.group(1)], line) for line in lines])


def _own_precision(lines: list[str]) -> list[str]:
    if prefs.core.default_float_dtype is np.float32:
        # One double in an expression makes the compiler convert all of it, at half the width of its vectors.
        lines = [_DOUBLE.sub(r"\1f", line) for line in lines]
    return lines


def row_code(lines: list[str], side: str) -> list[str]:
    """The same where only the neuron whose synapses are visited is known, of one side, ``"pre"`` or ``"post"``."""
    return _own_precision([_NEURON_INDEX.sub(lambda m: "_neuron" if m[1] == side else m[0], line) for line in lines])


def visited(vector_code: list[str]) -> list[str]:
    """Arrays with a value for each synapse, which a pathway reads or writes."""
    return sorted(set(re.findall(r"(_ptr_array_\w+)\[_idx\]", "\n".join(vector_code))))


def adds(vector_code: list[str]) -> bool:
    """Whether a pathway does no more than to add something simple to its targets."""
    code = "\n".join(dense_code(vector_code))
    stored = re.findall(r"^\s*_ptr_array_\w+\[(\w+)\] = ", code, re.MULTILINE)
    return stored == ["_postsynaptic_idx"] and not re.search(r"\b[a-z]\w*\(", code)


def row_pathways(network: LoweredNetwork) -> set[str]:
    """Names in Brian2 of the pathways that visit lists of the synapses of a neuron: not dense, and with one delay."""
    return {
        f"{identifier(projection.name)}_{pathway.name}"
        for projection in network.projections
        for pathway in projection.pathways
        if pathway.delays is None and (pathway.queue or not projection.all_to_all)
    }


def use_dense_templates(network: LoweredNetwork) -> None:
    """Make Brian2's standalone device use our templates for the pathways of this network."""
    dense, waited_for = {}, {}
    lazy = lazy_pathways(network)
    for projection in network.projections:
        for pathway in projection.pathways:
            name = f"{identifier(projection.name)}_{pathway.name}"
            if projection.all_to_all and not pathway.queue:
                dense[name] = network.population(projection.target).size
            if projection.name in lazy and pathway.side == "pre":
                waited_for[name] = lazy[projection.name]
    CPPStandaloneCodeObject.templater = CPPStandaloneCodeObject.templater.derive(
        "tacos.backends.brian2",
        env_globals={
            "dense_pathways": dense,
            "dense_code": dense_code,
            "row_pathways": row_pathways(network),
            "row_code": row_code,
            "visited": visited,
            "adds": adds,
            "lazy_pathways": set(lazy.values()),
            "waited_for": waited_for,
            "replay": replay,
            "repeated": repeated,
            "shown_for_a_presentation": shown_for_a_presentation(network),
            "drawn": drawn,
            "flag": flag,
            "guarded": guarded,
        },
    )
