"""C++ templates that visit the synapses of a neuron that fired, instead of a list of synapses.

Brian2's generated loop copies the index of every synapse of a spike into a queue, then into a list, and finds the
neurons of a synapse by two more lookups. Here synapses are sorted by their presynaptic neuron, and a row is known by
its ends; in an all-to-all projection both neurons are known without a lookup. A postsynaptic neuron keeps Brian2's list
of its synapses and beside it that of their other ends. A delayed pathway queues neurons instead of synapses. Delays of
each synapse are Brian2's own. So are the statements inside the loop.
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
    """The same where the neuron whose synapses are visited is known, of one side, ``"pre"`` or ``"post"``.

    The neurons at the other end are looked up by synapse, or, where synapses lie apart, in a list as long as the row.
    """

    def known(match: re.Match[str]) -> str:
        if match[1] == side:
            return "_neuron"
        return match[0] if side == "pre" else "_ends[_place]"

    return _own_precision([_NEURON_INDEX.sub(known, line) for line in lines])


def far_ends(vector_code: list[str]) -> str:
    """The array of presynaptic neurons that a pathway on postsynaptic events reads, or an empty string."""
    found = (match[0] for line in vector_code for match in _NEURON_INDEX.finditer(line) if match[1] == "pre")
    return next(found, "").removesuffix("[_idx]")


def visited(code: list[str]) -> list[str]:
    """Arrays with a value for each synapse, which the statements of a row read or write."""
    return sorted(set(re.findall(r"(_ptr_array_\w+)\[_idx\]", "\n".join(code))))


def adds(vector_code: list[str]) -> bool:
    """Whether a pathway does no more than to add something simple to its targets."""
    code = "\n".join(dense_code(vector_code))
    stored = re.findall(r"^\s*_ptr_array_\w+\[(\w+)\] = ", code, re.MULTILINE)
    return stored == ["_postsynaptic_idx"] and not re.search(r"\b[a-z]\w*\(", code)


def row_pathways(network: LoweredNetwork) -> set[str]:
    """Names in Brian2 of the pathways that visit the synapses of a neuron: not dense, and with one delay.

    Those of a presynaptic neuron lie side by side, since synapses are sorted by it.
    """
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
            "far_ends": far_ends,
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
