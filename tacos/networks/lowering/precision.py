"""Which states are kept in double precision while the rest is single, because their changes would be lost otherwise.

In single precision a change below 6e-8 of a state is none, and a state that relaxes by a fraction r in an update comes
to rest 6e-8/r away from where it should.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from brian2.equations.equations import SUBEXPRESSION
from brian2.utils.stringtools import get_identifiers

from synapses.language.lowered import LoweredSynapse
from synapses.language.statements import parsed, read_statements
from tacos.networks.lowering.lowered_network import LoweredPopulation
from tacos.networks.lowering.rates import Update, updates_of_population, updates_of_synapse

#: A state that changes by a smaller fraction in an update is slow: single precision would be wrong by 6e-4 or more.
SLOW = 1e-4


def with_precision_of_synapse(synapse: LoweredSynapse, dt: float, duration: float) -> LoweredSynapse:
    """The synapse, with what is kept in double precision."""
    updates = updates_of_synapse(synapse, dt, duration)
    said = {s.name: s.precision for s in synapse.states.values() if s.precision}
    slow = _in_double(updates, said, {s.name: s.initial for s in synapse.states.values()})
    blocks = [p.code for p in synapse.pathways]
    return replace(synapse, double=_with_what_they_read(slow, blocks, synapse.equations, synapse.parameters))


def with_precision_of_population(
    population: LoweredPopulation, said: Mapping[str, str], dt: float, duration: float
) -> LoweredPopulation:
    """The population, with what is kept in double precision."""
    slow = _in_double(updates_of_population(population, dt, duration), said, population.initial)
    blocks = [population.totals, *population.before_threshold, *population.reset, *population.plastic_end]
    blocks += [part for event in population.events.values() for part in event.own] + [population.end]
    return replace(population, double=_with_what_they_read(slow, blocks, population.equations, population.parameters))


def _in_double(updates: Iterable[Update], said: Mapping[str, str], initial: Mapping[str, Any]) -> set[str]:
    found = {u.state for u in updates if is_slow(u, initial.get(u.state, 0.0))}
    return (found | {n for n, p in said.items() if p == "double"}) - {n for n, p in said.items() if p == "single"}


def is_slow(update: Update, initial: Any) -> bool:
    """Whether one update can change a state by less than a ten-thousandth.

    A relaxation counts by its smallest factor: of an equation all factors that are numbers, of an event those that act
    always or under a condition. A constant drift counts by the initial value, or by one where that is zero. What other
    variables push, and jumps, say nothing of how slow a state is.
    """
    if update.terms.keys() == {()}:
        start = abs(initial) if isinstance(initial, int | float) and initial else 1.0
        return 0 < abs(update.terms[()]) < SLOW * start
    fractions = [
        abs(number)
        for product, number in update.own.items()
        if update.interval == "step" or all(f.condition or f.names == {update.state} for f, _ in product)
    ]
    return bool(fractions) and min(fractions) < SLOW


def _with_what_they_read(
    states: set[str], blocks: Iterable[str], equations: str, parameters: Iterable[str]
) -> frozenset[str]:
    """States, and what is read where they change: parameters, and expressions that are real numbers."""
    if not states:
        return frozenset()
    defined = parsed(equations) if equations else {}
    expressions = {n: e for n, e in defined.items() if e.type == SUBEXPRESSION and e.var_type == "float"}
    read: set[str] = set()
    for block in blocks:
        statements = read_statements(block, "a block")
        if any(s.target in states for s in statements):
            read |= {name for s in statements for name in get_identifiers(s.expression)}
    if states & {n for n, e in defined.items() if e.type == "differential equation"}:
        read |= {name for e in defined.values() if e.type == "differential equation" for name in e.identifiers}
    while further := {name for n in read & set(expressions) for name in expressions[n].identifiers} - read:
        read |= further
    return frozenset(states | (read & (set(parameters) | set(expressions))))
