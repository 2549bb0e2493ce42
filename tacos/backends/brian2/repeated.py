"""Waiting events that do the same to a synapse each time, until a value of the moment changes.

The statements of such a pathway read the synapse's own states, values shared by all synapses, and the presynaptic
neuron only in conditions. As long as these values and conditions stay what they are, an event is a function of the
synapse's states alone: it matters how many there were, not when. A row then catches up with vector instructions, one
round for all its synapses, and stops early once a round changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tacos.backends.brian2.lazy import Replay

_NAME = re.compile(r"[A-Za-z_]\w*")
_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_STORED = re.compile(r"(_ptr_array_\w+\[_idx\]) = (\w+);")
_COMPARISON = re.compile(r"[<>=!]=|[<>]")
#: Functions that are exact, so that scalar and vector instructions give the same bits.
_EXACT = {"_clip", "int_"}


@dataclass(frozen=True)
class Repeated:
    """Conditions on the presynaptic neuron by the names that stand for them, and the statements of one round."""

    conditions: dict[str, str]
    code: list[str]


def repeated(kept: Replay) -> Repeated | None:
    """How a pathway's events are repeated, or None if each needs values of its own."""
    if kept.post:
        return None
    pre = {value.name for value in kept.pre}
    known = pre | {value.name for value in kept.shared}
    conditions: dict[str, str] = {}
    lines = []
    for line in kept.code:
        line = _without_conditions(line, pre, known, conditions)
        if pre & set(_NAME.findall(line)) or set(_CALL.findall(line)) - _EXACT:
            return None
        lines.append(_STORED.sub(_store_if_due, line.strip()))
    return Repeated(conditions, lines)


def _without_conditions(line: str, pre: set[str], known: set[str], conditions: dict[str, str]) -> str:
    """Put a name in the place of each ``int_(condition)`` on the presynaptic neuron."""
    start = 0
    while (start := line.find("int_(", start)) >= 0:
        end = closing(line, start + len("int_"))
        condition = line[start + len("int_(") : end]
        names = set(_NAME.findall(condition))
        if names & pre and names <= known and _COMPARISON.search(condition) and "(" not in condition:
            name = next((k for k, text in conditions.items() if text == condition), f"_condition{len(conditions)}")
            conditions[name] = condition
            line = line[:start] + name + line[end + 1 :]
        start += 1
    return line


def closing(text: str, opening: int) -> int:
    """Position of the bracket that closes the one at a position."""
    depth = 0
    for position in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return position
    raise ValueError(f"a bracket is never closed: {text}")


def _store_if_due(match: re.Match[str]) -> str:
    place, value = match.groups()
    old = f"_old_{value}"
    return (
        f"const auto {old} = {place}; const auto _new_{value} = _times[_k] > _round ? {value} : {old}; "
        f"_moved |= _new_{value} != {old} ? 1 : 0; {place} = _new_{value};"
    )
