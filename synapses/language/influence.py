"""Which mechanisms of a synapse reach anything, and which states nobody moves: read from the equations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synapses.language.statements import parsed, read_statements

if TYPE_CHECKING:
    from synapses.language.model import Synapse


@dataclass(frozen=True)
class Assignment:
    """A mechanism changes ``target`` according to ``reads``; names local to an event carry the mechanism's name."""

    mechanism: str
    target: str
    reads: frozenset[str]


def idle_mechanisms(synapse: Synapse) -> dict[str, tuple[str, ...]]:
    """Mechanisms without any effect on what is transmitted, on the neurons, or on another mechanism that has one.

    Parameters
    ----------
    synapse : Synapse

    Returns
    -------
    dict
        ``{mechanism: states that it changes}``: nothing that matters reads these states. A mechanism whose states are
        all frozen changes none.
    """
    assignments = list(_assignments(synapse))
    needed = _needed(synapse, assignments)
    idle = {}
    for mechanism in synapse.mechanisms:
        mine = [a for a in assignments if a.mechanism == mechanism.name]
        gates = mechanism.gate and "gate" in needed
        asks = (mechanism.post or mechanism.pre or mechanism.modulators) and not (
            mine or mechanism.gate or any(events for *_, events in mechanism.triggers())
        )
        if not (gates or asks or any(a.target in needed for a in mine)):
            states = synapse.all_states()
            idle[mechanism.name] = tuple(dict.fromkeys(a.target for a in mine if a.target in states))
    return idle


def still_states(synapse: Synapse) -> dict[str, tuple[str, ...]]:
    """States that mechanisms read and nothing changes, so that they keep their initial value.

    Returns
    -------
    dict
        ``{state: mechanisms that read it}``; frozen states are among them.
    """
    assignments = list(_assignments(synapse))
    moved = {a.target for a in assignments}
    gates = {m.name: _names(m.gate) for m in synapse.mechanisms}
    still = {}
    for state in synapse.all_states():
        readers = [a.mechanism for a in assignments if state in a.reads]
        readers += [name for name, names in gates.items() if state in names]
        if state not in moved and readers:
            still[state] = tuple(dict.fromkeys(readers))
    return still


def gate_names(synapse: Synapse) -> set[str]:
    """Names that the gates of a synapse read: states, neuromodulators, parameters and functions."""
    return {name for mechanism in synapse.mechanisms for name in _names(mechanism.gate)}


def _needed(synapse: Synapse, assignments: list[Assignment]) -> set[str]:
    """All names that reach the efficacy or the neurons."""
    gates = gate_names(synapse)
    needed = _names(synapse.efficacy) | {a.target for a in assignments if a.target.endswith(("_pre", "_post"))}
    while True:
        more = set().union(*(a.reads for a in assignments if a.target in needed))
        more |= gates if "gate" in needed | more else set()
        if more <= needed:
            return needed
        needed |= more


def _assignments(synapse: Synapse) -> Iterable[Assignment]:
    """Everything that mechanisms change, frozen states left out."""
    states = synapse.all_states()
    for mechanism in synapse.mechanisms:
        for event in (event for *_, events in mechanism.triggers() for event in events):
            statements = read_statements(event.code, f"Synapse '{synapse.name}', mechanism '{mechanism.name}'")
            own = {s.target for s in statements if s.target not in states and not s.target.endswith(("_pre", "_post"))}
            local = {name: f"{mechanism.name}: {name}" for name in own}
            for s in statements:
                if s.target not in synapse.frozen:
                    reads = frozenset(local.get(name, name) for name in s.reads)
                    yield Assignment(mechanism.name, local.get(s.target, s.target), reads)
        equations = parsed(mechanism.equations).values() if mechanism.equations else ()
        for equation in equations:
            if equation.varname not in synapse.frozen:
                reads = frozenset(_names(equation.expr.code))
                yield Assignment(mechanism.name, equation.varname, reads)
        for target, text in mechanism.summed.items():
            yield Assignment(mechanism.name, target, frozenset(_names(text)))


def _names(text: str) -> set[str]:
    return set(re.findall(r"\b[A-Za-z_]\w*\b", text))
