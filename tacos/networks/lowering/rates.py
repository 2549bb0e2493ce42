"""How much one update changes a state, found from the equations with the parameters' values.

Of every differential equation and every assignment of a state: the terms of what is added in one update, a step of a
clock-driven equation, one event otherwise. Between events a step is the shortest time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from brian2.equations.equations import DIFFERENTIAL_EQUATION
from brian2.utils.stringtools import get_identifiers

from synapses.language.event_driven import LAST_UPDATE
from synapses.language.lowered import LoweredSynapse
from synapses.language.statements import Statement, parsed, read_statements, replace_names
from synapses.language.subexpressions import definitions_in
from synapses.language.terms import Product, Terms, itself, reads, terms_of, written_out
from tacos.networks.lowering.lowered_network import LoweredPopulation


@dataclass(frozen=True)
class Update:
    """One thing that changes a state.

    Attributes
    ----------
    state : str
    said : str
        The equation or the statement.
    terms : dict
        What is added in one update.
    interval : str
        ``"step"`` of a clock-driven equation, ``"event"``, or ``"end"`` of a presentation.
    """

    state: str
    said: str
    terms: Terms
    interval: str

    @property
    def own(self) -> dict[Product, float]:
        """Terms that are proportional to the state; all that depend on it where there are none."""
        depending = {p: c for p, c in self.terms.items() if reads(p, self.state) and isfinite(c) and c != 0}
        (alone,) = itself(self.state)
        linear = {
            p: c
            for p, c in depending.items()
            if alone in p and not any(self.state in factor.names for factor, _ in p if factor != alone[0])
        }
        return linear or depending

    @property
    def rate(self) -> float | None:
        """The factor by which the state changes itself where that is a number, else None."""
        depending = [p for p in self.terms if reads(p, self.state)]
        return self.terms[depending[0]] if depending == [itself(self.state)] else None


def updates_of_synapse(synapse: LoweredSynapse, dt: float, duration: float) -> list[Update]:
    """All updates of a synapse's states."""
    values = {p.name: p.value for p in synapse.parameters.values()}
    values |= {"dt": dt, "duration": duration, "learning": 1.0}
    real = {name: s.unit for name, s in synapse.states.items() if s.unit not in ("integer", "boolean")}
    equations = parsed(synapse.equations) if synapse.equations else {}
    code = [("end" if p.at_end else "event", p.code) for p in synapse.pathways]
    # Event-driven states are brought up to date after a step at least: now - last_update is one.
    values |= {"now": 1.0, **{name: 0.0 for name in synapse.states if name.startswith(LAST_UPDATE)}}
    return list(_updates(equations, code, values, real))


def updates_of_population(population: LoweredPopulation, dt: float, duration: float) -> list[Update]:
    """All updates of neurons' states."""
    values = {p.name: p.value for p in population.parameters.values()}
    values |= {"dt": dt, "duration": duration, "N": float(population.size)}
    real = {name: unit for name, unit in population.states.items() if unit not in ("integer", "boolean")}
    code = [("event", part) for part in population.reset]
    code += [("event", part) for event in population.events.values() for part in event.own]
    code += [("end", part) for part in population.plastic_end]
    return list(_updates(parsed(population.equations) if population.equations else {}, code, values, real))


def _updates(
    equations: Mapping[str, Any],
    code: Iterable[tuple[str, str]],
    values: Mapping[str, float],
    states: Mapping[str, str],
) -> Iterator[Update]:
    known = {name: value for name, value in values.items() if name not in states}
    definitions = definitions_in(equations)
    for name, equation in equations.items():
        if equation.type == DIFFERENTIAL_EQUATION:
            said = f"d{name}/dt = {equation.expr.code}"
            yield from _update(name, said, f"({_written_out(equation.expr.code, definitions)})*dt", known, "step")
    for interval, text in code:
        for statement, expression in written_out(read_statements(text, "a block"), states):
            expression = _written_out(expression, definitions)
            yield from _update(statement.target, str(statement), _added(statement, expression), known, interval)


def _update(state: str, said: str, added: str, known: Mapping[str, float], interval: str) -> Iterator[Update]:
    try:
        terms = terms_of(added, known)
    except (SyntaxError, ValueError, RecursionError, OverflowError):
        return  # nothing is known of it
    yield Update(state, said, terms, interval)


def _added(statement: Statement, expression: str) -> str:
    target = statement.target
    match statement.operation:
        case "+=" | "-=":
            return f"{statement.operation[0]}({expression})"
        case "*=" | "/=":
            return f"{target}{statement.operation[0]}({expression}) - {target}"
    return f"({expression}) - {target}"


def _written_out(expression: str, definitions: Mapping[str, str]) -> str:
    """An expression without subexpressions; a definition never leads back to itself."""
    for _ in definitions:
        names = get_identifiers(expression) & set(definitions)
        if not names:
            break
        expression = replace_names(expression, {name: f"({definitions[name]})" for name in names})
    return expression
