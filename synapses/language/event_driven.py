"""States that are brought up to date at events only, by the exact solution over the time that has elapsed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.core.variables import Constant, Variable
from brian2.equations.equations import DIFFERENTIAL_EQUATION, Equations
from brian2.stateupdaters.base import UnsupportedEquationsException
from brian2.stateupdaters.exact import linear
from brian2.utils.stringtools import get_identifiers

from synapses.language.declarations import Mechanism
from synapses.language.errors import DeclarationError
from synapses.language.statements import parsed, replace_names
from synapses.language.units import base_unit, dimensions_of

if TYPE_CHECKING:
    from synapses.language.model import Synapse

LAST_UPDATE = "last_update"


def unit_text(equation: Any) -> str:
    """Unit of an equation, or its type where that is an integer or a boolean."""
    return equation.var_type if equation.var_type in ("integer", "boolean") else base_unit(equation.dim)


def words(code: str) -> set[str]:
    """All names in a code, those of functions included."""
    return set(re.findall(r"\b[A-Za-z_]\w*\b", code))


class Defined:
    """Variables defined as expressions over others, so that what they read counts as read."""

    def __init__(self, synapse: Synapse) -> None:
        self.reads = {
            equation.varname: words(equation.expr.code)
            for mechanism in synapse.mechanisms
            if mechanism.equations
            for equation in parsed(mechanism.equations).values()
            if equation.type != DIFFERENTIAL_EQUATION
        }

    def read_by(self, code: str) -> set[str]:
        """All names that code reads, directly or through expressions."""
        found, new = set(), words(code)
        while new:
            found |= new
            new = {name for known in new for name in self.reads.get(known, ())} - found
        return found


class Prologue:
    """Brings the event-driven states of one mechanism up to date before a block that uses them."""

    def __init__(self, mechanism: Mechanism, equations: list[Any], synapse: Synapse) -> None:
        tag = tag_of(mechanism.name)
        self.mechanism = mechanism.name
        self.last_update = f"{LAST_UPDATE}_{tag}"
        self.elapsed = f"elapsed_{tag}"
        self.states = {equation.varname for equation in equations} - synapse.frozen
        here = f"Synapse '{synapse.name}', mechanism '{mechanism.name}'"
        variables: dict[str, Variable] = {
            p.name: Constant(name=p.name, value=p.value, dimensions=dimensions_of(p.unit))
            for p in synapse.own_parameters().values()
        }
        for name in synapse.frozen:
            unit = synapse.all_states()[name].unit
            variables[name] = Constant(name=name, value=0.0, dimensions=dimensions_of(unit))
        for equation in equations:
            if equation.varname in self.states:
                variables[equation.varname] = Variable(name=equation.varname, dimensions=equation.dim, scalar=False)
        active = [e for e in equations if e.varname in self.states]
        text = "\n".join(f"d{e.varname}/dt = {e.expr.code} : {unit_text(e)}" for e in active)
        used = {name for e in active for name in get_identifiers(e.expr.code)} - set(DEFAULT_FUNCTIONS)
        for name in sorted(used - set(variables) - set(DEFAULT_CONSTANTS) - set(DEFAULT_UNITS)):
            raise DeclarationError(
                f"{here}: the event-driven equation '{text.strip()}' reads '{name}'; it may read parameters and the "
                "mechanism's other event-driven states only, so declare it without the flag (clock-driven)."
            )
        try:
            update = _solved(text, variables, self.states)
        except UnsupportedEquationsException as error:
            raise DeclarationError(
                f"{here}: only equations that are linear and decay can be event-driven; declare '{text.strip()}' "
                "without the flag, to be integrated at every step."
            ) from error
        self.code = "\n".join(
            line
            for line in (
                f"{self.elapsed} = (now - {self.last_update}) * dt",
                re.sub(r"\bdt\b", self.elapsed, update),
                f"{self.last_update} = now",
            )
            if line
        )

    def wanted_by(self, code: str, defined: Defined) -> bool:
        """Whether a block reads something of it."""
        return bool(defined.read_by(code) & (self.states | {self.elapsed}))


def _solved(text: str, variables: dict[str, Variable], states: set[str]) -> str:
    """The exact update of linear equations."""
    if not text:
        return ""
    # Brian2 2.9 hands the states' names to sympy as text, which takes E, gamma or trace for something of its own.
    safe = {name: f"{name}_now" for name in states}
    renamed = replace_names(text, {**safe, **{f"d{name}": f"d{new}" for name, new in safe.items()}})
    update = linear(Equations(renamed), {safe.get(name, name): variable for name, variable in variables.items()})
    back = {new: name for name, new in safe.items()}
    return replace_names(update, {**back, **{f"_{new}": f"_{name}" for new, name in back.items()}})


def tag_of(name: str) -> str:
    """The name of a mechanism as part of an identifier, which must not end like a variable of a neuron."""
    tag = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    return f"{tag}_rule" if tag.endswith(("pre", "post")) else tag


def refuse_stale(synapse: Synapse, prologues: list[Prologue], equations: list[str], defined: Defined) -> None:
    """Refuse what reads an event-driven state between events, where its value is out of date."""
    tags = [tag_of(p.mechanism) for p in prologues]
    for prologue, tag in zip(prologues, tags, strict=True):
        if tags.count(tag) > 1 or not tag:
            raise DeclarationError(
                f"Synapse '{synapse.name}': '{prologue.mechanism}' differs from another mechanism's name in signs "
                "only, or has no letter; choose another name."
            )
    states = {name: prologue for prologue in prologues for name in prologue.states}
    readers = [(line, f"the equation '{line}'") for line in equations if not _is_expression(line)]
    readers += [(text, f"the sum {name}") for m in synapse.mechanisms for name, text in m.summed.items()]
    for code, what in readers:
        for name in sorted(defined.read_by(code) & set(states)):
            raise DeclarationError(
                f"Synapse '{synapse.name}': {what} reads '{name}', which is brought up to date at events only; declare "
                f"the equation of '{name}' without the flag (event-driven)."
            )
    early = "\n".join(
        event.code for m in synapse.mechanisms for event in m.on_pre if event.stage < 0 and not event.delay
    )
    for name in sorted(defined.read_by(synapse.efficacy) & set(states)):
        if not states[name].states & defined.read_by(early):
            raise DeclarationError(
                f"Synapse '{synapse.name}': the efficacy reads '{name}', which is brought up to date at events only; "
                "use it in an on_pre event of a stage below zero, or declare its equation without (event-driven)."
            )


def _is_expression(line: str) -> bool:
    return re.match(r"d\w+/dt\b", line) is None
