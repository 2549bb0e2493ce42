"""Events of postsynaptic neurons, kept back until the rows of synapses that they change are next touched.

A postsynaptic spike changes one synapse of every row. Done at once, the spikes of a step stream the whole matrix
through the cache. Here they are logged, with what their statements read, and a row catches up with the log when an
event of its presynaptic neuron needs it, at the end of a presentation, and before it is recorded: the row then sits in
the cache for all of them. Every synapse sees the same statements with the same values in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from brian2.core.functions import DEFAULT_FUNCTIONS

from synapses.language.statements import read_statements
from tacos.networks.lowering import LoweredNetwork, LoweredProjection
from tacos.networks.network import identifier

_DECLARED = re.compile(r"(?:const )?(\w+) (\w+)(?: =.*)?;")
_READ = re.compile(r"const (\w+) (\w+) = (_ptr_array_\w+)\[(_presynaptic_idx|_postsynaptic_idx|0)\];")
_UNKNOWN = re.compile(r"_ptr_array_\w+\[(?!_idx\])[^]]*\]")


def lazy_pathways(network: LoweredNetwork) -> dict[str, str]:
    """Names in Brian2 of the pathways whose events wait, by projection."""
    found = {projection.name: lazy_pathway(projection) for projection in network.projections}
    return {name: f"{identifier(name)}_{pathway}" for name, pathway in found.items() if pathway}


def lazy_pathway(projection: LoweredProjection) -> str:
    """The name of the pathway whose events may wait, or an empty string.

    Waiting changes nothing if the pathway is the only one on postsynaptic events, changes the synapses' own states
    only, and if nobody reads or writes these states but events that visit whole rows at once.
    """
    synapse, pathways = projection.synapse, projection.pathways
    post = [pathway for pathway in pathways if pathway.side == "post"]
    delayed = any(pathway.queue for pathway in pathways)
    if not projection.all_to_all or delayed or synapse.equations or synapse.summed:
        return ""
    if len(post) != 1 or post[0].event != "spike":
        return ""
    for statement in read_statements(post[0].code, projection.name):
        functions = [DEFAULT_FUNCTIONS[name] for name in statement.reads if name in DEFAULT_FUNCTIONS]
        if statement.target.endswith(("_pre", "_post")) or not all(function.stateless for function in functions):
            return ""
    return post[0].name


@dataclass(frozen=True)
class Kept:
    """A value that statements read, as it was at the event."""

    type: str
    name: str
    value: str


@dataclass(frozen=True)
class Replay:
    """What to keep of an event, and the statements without the reading of it."""

    shared: list[Kept]
    pre: list[Kept]
    post: list[Kept]
    code: list[str]


def replay(scalar_code: Iterable[str], vector_code: Iterable[str]) -> Replay:
    """Split Brian2's code of a pathway into values of the moment and statements about the synapse."""
    declared = [match.groups() for line in scalar_code if (match := _DECLARED.match(line))]
    kept: dict[str, list[Kept]] = {"_presynaptic_idx": [], "_postsynaptic_idx": [], "0": []}
    code = []
    for line in vector_code:
        if match := _READ.match(line):
            kept[match[4]].append(Kept(match[1], match[2], match[3]))
        elif read := _UNKNOWN.search(line):
            raise ValueError(f"'{read[0]}' cannot be kept for later: {line}")
        else:
            code.append(line)
    shared = [Kept(kind, name, name) for kind, name in declared]
    shared += [Kept(read.type, read.name, f"{read.value}[0]") for read in kept["0"]]
    return Replay(shared, kept["_presynaptic_idx"], kept["_postsynaptic_idx"], code)
