"""From mechanisms to what a simulator executes: equations, ordered pathways, and needs of the neurons.

The result is still text in Brian2 syntax and independent of any backend; both backends start from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.core.variables import Constant, Variable
from brian2.equations.equations import DIFFERENTIAL_EQUATION, Equations
from brian2.stateupdaters.base import UnsupportedEquationsException
from brian2.stateupdaters.exact import linear
from brian2.utils.stringtools import get_identifiers

from synapses.language.declarations import Mechanism, Modulator, NeuronState, Parameter, State
from synapses.language.errors import DeclarationError
from synapses.language.statements import (
    Statement,
    parsed,
    read_statements,
    refuse_order_dependence,
    replace_names,
)
from synapses.language.units import base_unit, dimensions_of

if TYPE_CHECKING:
    from synapses.language.model import Synapse

#: Position of the stages within the synaptic events of a step.
TRANSMISSION, THIRD_FACTORS, PLASTICITY = 0, 10, 20

LAST_UPDATE = "last_update"


@dataclass(frozen=True)
class Pathway:
    """A block of statements executed for the synapses of the neurons that had an event.

    Attributes
    ----------
    name : str
    side : str
        ``"pre"`` or ``"post"``: whose event.
    event : str
        ``"spike"``, or ``"end"`` of a presentation.
    order : int
        Position among the pathways of the same event.
    code : str
    delay : str
        Name of the parameter that holds the delay, or empty.
    plastic : bool
        Whether it stops while plasticity is frozen.
    """

    name: str
    side: str
    event: str
    order: int
    code: str
    delay: str = ""
    plastic: bool = True


@dataclass(frozen=True)
class LoweredSynapse:
    """A synapse ready for a backend.

    Attributes
    ----------
    parameters, states : dict by name
    equations : str
        Clock-driven differential equations, subexpressions and summed variables.
    clock_driven : frozenset of str
        States with a differential equation in ``equations``.
    method : str
        Integrator of ``equations``.
    pathways : tuple of Pathway
        Plasticity on spikes and at the end of presentations, in order; transmission is the network's.
    pre, post : tuple of NeuronState
    modulators : tuple of Modulator
    summed : dict
        ``{"x_post": expression}``.
    efficacy : str
    """

    parameters: dict[str, Parameter]
    states: dict[str, State]
    equations: str
    clock_driven: frozenset[str]
    method: str
    pathways: tuple[Pathway, ...]
    pre: tuple[NeuronState, ...]
    post: tuple[NeuronState, ...]
    modulators: tuple[Modulator, ...]
    summed: dict[str, str]
    efficacy: str

    @property
    def event_driven(self) -> bool:
        """Whether some state is brought up to date at events only."""
        return any(name.startswith(LAST_UPDATE) for name in self.states)


def lower(synapse: Synapse) -> LoweredSynapse:
    """Resolve gates, frozen states and event-driven equations of a model."""
    factors = [f"({m.gate})" for m in synapse.mechanisms if m.gate]
    gate = f"({' * '.join(factors)})" if len(factors) > 1 else "".join(factors) or "1"
    defined = _Defined(synapse)
    states = dict(synapse.all_states())
    equations: list[str] = []
    clock_driven: set[str] = set()
    prologues: list[_Prologue] = []
    for mechanism in synapse.mechanisms:
        clock, event = _split_equations(mechanism, gate)
        for name, text in clock:
            if name not in synapse.frozen:
                equations.append(text)
                clock_driven |= {name} & set(states)
        if event:
            prologue = _Prologue(mechanism, event, synapse)
            prologues.append(prologue)
            states[prologue.last_update] = State(
                prologue.last_update, 0, "step of the last event-driven update", "integer"
            )
    _refuse_stale(synapse, prologues, equations, defined)
    pathways = tuple(_pathways(synapse, gate, prologues, defined))
    methods = {m.method for m in synapse.mechanisms if any(n in clock_driven for n in _names(m))}
    if len(methods) > 1:
        raise DeclarationError(
            f"Synapse '{synapse.name}' mixes the integrators {', '.join(sorted(methods))}; a model has one."
        )
    return LoweredSynapse(
        parameters={p.name: p for p in [*synapse.parameters, *(p for m in synapse.mechanisms for p in m.parameters)]},
        states=states,
        equations="\n".join(equations),
        clock_driven=frozenset(clock_driven),
        method=methods.pop() if methods else "euler",
        pathways=pathways,
        pre=merge_needs(need for m in synapse.mechanisms for need in m.pre),
        post=merge_needs(need for m in synapse.mechanisms for need in m.post),
        modulators=tuple({mod.name: mod for m in synapse.mechanisms for mod in m.modulators}.values()),
        summed={target: text for m in synapse.mechanisms for target, text in m.summed.items()},
        efficacy=synapse.efficacy,
    )


def merge_needs(needs: Iterable[NeuronState]) -> tuple[NeuronState, ...]:
    """One need a name; a need with equations stands for those without."""
    merged: dict[str, NeuronState] = {}
    for need in needs:
        known = merged.get(need.name)
        if known is None or not known.equations:
            merged[need.name] = need
        elif need.equations and need != known:
            raise DeclarationError(
                f"The neuron state '{need.name}' is asked for in two ways: '{known.equations}' with "
                f"{_values(known)} and '{need.equations}' with {_values(need)}; give one of them another "
                "name."
            )
    return tuple(merged.values())


def _values(need: NeuronState) -> str:
    return ", ".join(f"{p.name} = {p.value:g} {p.unit}" for p in need.parameters) or "no constants"


def _names(mechanism: Mechanism) -> set[str]:
    return set(parsed(mechanism.equations)) if mechanism.equations else set()


def _split_equations(mechanism: Mechanism, gate: str) -> tuple[list[tuple[str, str]], list[Any]]:
    """Clock-driven equations as text, plastic ones stopped while learning is frozen; event-driven ones."""
    clock, event = [], []
    if not mechanism.equations:
        return [], []
    for equation in parsed(mechanism.equations).values():
        unit = _unit_text(equation)
        if "event-driven" in equation.flags:
            event.append(equation)
            continue
        expression = replace_names(equation.expr.code, {"gate": gate})
        if equation.type != DIFFERENTIAL_EQUATION:
            flags = f" ({', '.join(equation.flags)})" if equation.flags else ""
            clock.append((equation.varname, f"{equation.varname} = {expression} : {unit}{flags}"))
        else:
            rate = f"learning*({expression})" if mechanism.plastic else expression
            clock.append((equation.varname, f"d{equation.varname}/dt = {rate} : {unit} (clock-driven)"))
    return clock, event


def _unit_text(equation: Any) -> str:
    """Unit of an equation, or its type where that is an integer or a boolean."""
    return equation.var_type if equation.var_type in ("integer", "boolean") else base_unit(equation.dim)


def _words(code: str) -> set[str]:
    return set(re.findall(r"\b[A-Za-z_]\w*\b", code))


class _Defined:
    """Variables defined as expressions over others, so that what they read counts as read."""

    def __init__(self, synapse: Synapse) -> None:
        self.reads = {
            equation.varname: _words(equation.expr.code)
            for mechanism in synapse.mechanisms
            if mechanism.equations
            for equation in parsed(mechanism.equations).values()
            if equation.type != DIFFERENTIAL_EQUATION
        }

    def read_by(self, code: str) -> set[str]:
        """All names that code reads, directly or through expressions."""
        found, new = set(), _words(code)
        while new:
            found |= new
            new = {name for known in new for name in self.reads.get(known, ())} - found
        return found


class _Prologue:
    """Brings the event-driven states of one mechanism up to date before a block that uses them."""

    def __init__(self, mechanism: Mechanism, equations: list[Any], synapse: Synapse) -> None:
        tag = _tag(mechanism.name)
        self.mechanism = mechanism.name
        self.last_update = f"{LAST_UPDATE}_{tag}"
        self.elapsed = f"elapsed_{tag}"
        self.states = {equation.varname for equation in equations} - synapse.frozen
        here = f"Synapse '{synapse.name}', mechanism '{mechanism.name}'"
        parameters = [*synapse.parameters, *(p for m in synapse.mechanisms for p in m.parameters)]
        variables: dict[str, Variable] = {
            p.name: Constant(name=p.name, value=p.value, dimensions=dimensions_of(p.unit)) for p in parameters
        }
        for name in synapse.frozen:
            unit = synapse.all_states()[name].unit
            variables[name] = Constant(name=name, value=0.0, dimensions=dimensions_of(unit))
        for equation in equations:
            if equation.varname in self.states:
                variables[equation.varname] = Variable(name=equation.varname, dimensions=equation.dim, scalar=False)
        active = [e for e in equations if e.varname in self.states]
        text = "\n".join(f"d{e.varname}/dt = {e.expr.code} : {_unit_text(e)}" for e in active)
        used = {name for e in active for name in get_identifiers(e.expr.code)} - set(DEFAULT_FUNCTIONS)
        for name in sorted(used - set(variables) - set(DEFAULT_CONSTANTS) - set(DEFAULT_UNITS)):
            raise DeclarationError(
                f"{here}: the event-driven equation '{text.strip()}' reads '{name}'; it may read parameters "
                "and the "
                f"mechanism's other event-driven states only, so declare it without the flag (clock-driven)."
            )
        try:
            update = _solved(text, variables, self.states)
        except UnsupportedEquationsException as error:
            raise DeclarationError(
                f"{here}: only equations that are linear and decay can be event-driven; declare "
                f"'{text.strip()}' "
                f"without the flag, to be integrated at every step."
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

    def wanted_by(self, code: str, defined: _Defined) -> bool:
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


def _tag(name: str) -> str:
    """The name of a mechanism as part of an identifier, which must not end like a variable of a neuron."""
    tag = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    return f"{tag}_rule" if tag.endswith(("pre", "post")) else tag


def _refuse_stale(synapse: Synapse, prologues: list[_Prologue], equations: list[str], defined: _Defined) -> None:
    """Refuse what reads an event-driven state between events, where its value is out of date."""
    tags = [_tag(p.mechanism) for p in prologues]
    for prologue, tag in zip(prologues, tags, strict=True):
        if tags.count(tag) > 1 or not tag:
            raise DeclarationError(
                f"Synapse '{synapse.name}': '{prologue.mechanism}' differs from another mechanism's name in "
                "signs only, "
                f"or has no letter; choose another name."
            )
    states = {name: prologue for prologue in prologues for name in prologue.states}
    readers = [(line, f"the equation '{line}'") for line in equations if not _is_expression(line)]
    readers += [(text, f"the sum {name}") for m in synapse.mechanisms for name, text in m.summed.items()]
    for code, what in readers:
        for name in sorted(defined.read_by(code) & set(states)):
            raise DeclarationError(
                f"Synapse '{synapse.name}': {what} reads '{name}', which is brought up to date at events "
                "only; declare "
                f"the equation of '{name}' without the flag (event-driven)."
            )
    early = "\n".join(
        event.code for m in synapse.mechanisms for event in m.on_pre if event.stage < 0 and not event.delay
    )
    for name in sorted(defined.read_by(synapse.efficacy) & set(states)):
        if not states[name].states & defined.read_by(early):
            raise DeclarationError(
                f"Synapse '{synapse.name}': the efficacy reads '{name}', which is brought up to date at "
                "events only; "
                "use it in an on_pre event of a stage below zero, or declare its equation without "
                "(event-driven)."
            )


def _is_expression(line: str) -> bool:
    return re.match(r"d\w+/dt\b", line) is None


def _pathways(synapse: Synapse, gate: str, prologues: list[_Prologue], defined: _Defined) -> Iterable[Pathway]:
    elapsed = {p.mechanism: {"elapsed": p.elapsed} for p in prologues}
    blocks: dict[tuple[str, str, int, str, bool], list[str]] = {}
    for mechanism in synapse.mechanisms:
        sides = (
            ("pre", "spike", mechanism.on_pre),
            ("post", "spike", mechanism.on_post),
            ("pre", "end", mechanism.at_end),
        )
        for side, event, events in sides:
            for item in events:
                where = f"Synapse '{synapse.name}', mechanism '{mechanism.name}'"
                kept = _without_frozen(read_statements(item.code, where), synapse)
                code = "\n".join(str(s) for s in kept)
                own = {name: f"{_tag(mechanism.name)}_{name}" for name in _locals(kept, synapse)}
                own = {name: new if new[0].isalpha() else f"of_{new}" for name, new in own.items()}
                code = replace_names(code, {"gate": gate, **elapsed.get(mechanism.name, {}), **own})
                if code:
                    key = (side, event, item.stage, item.delay, mechanism.plastic)
                    blocks.setdefault(key, []).append(code)
    using_elapsed = [
        p for p in prologues if any(p.elapsed in _words(code) for codes in blocks.values() for code in codes)
    ]
    for (side, event, stage, delay, plastic), codes in sorted(blocks.items(), key=lambda b: _position(*b[0])):
        code = "\n".join(codes)
        where = f"Synapse '{synapse.name}', {'end of a presentation' if event == 'end' else 'on_' + side}"
        refuse_order_dependence(read_statements(code, where), where, defined.read_by)
        wanted = [p for p in prologues if p.wanted_by(code, defined)]
        for p in using_elapsed:
            if p in wanted and p.elapsed not in _words(code):
                raise DeclarationError(
                    f"{where}: mechanism '{p.mechanism}' uses the time that has elapsed since its states "
                    "were brought "
                    f"up to date, and this event (stage {stage}) brings them up to date without it; use "
                    "elapsed here too."
                )
        code = "\n".join([p.code for p in wanted] + [code])
        name = _pathway_name(side, event, stage, delay, plastic)
        yield Pathway(name, side, event, _order(side, event, stage), code, delay, plastic)


def _locals(statements: list[Statement], synapse: Synapse) -> list[str]:
    """Names that belong to the event: another mechanism's of the same name are others."""
    names = dict.fromkeys(s.target for s in statements)
    return [n for n in names if n not in synapse.all_states() and not n.endswith(("_pre", "_post"))]


def _without_frozen(statements: list[Statement], synapse: Synapse) -> list[Statement]:
    """Statements without those that change a frozen state, and without locals that nothing reads any more."""
    kept = [s for s in statements if s.target not in synapse.frozen]
    while kept != (needed := [s for k, s in enumerate(kept) if _has_effect(s, kept[k + 1 :], synapse)]):
        kept = needed
    return kept


def _has_effect(statement: Statement, after: list[Statement], synapse: Synapse) -> bool:
    if statement.target in synapse.all_states() or statement.target.endswith(("_pre", "_post")):
        return True
    return any(statement.target in later.reads for later in after)


def _pathway_name(side: str, event: str, stage: int, delay: str, plastic: bool) -> str:
    words = ["end" if event == "end" else side]
    words += [f"stage{stage}".replace("-", "m")] if stage else []
    words += [delay] if delay else []
    words += [] if plastic else ["fast"]
    return "_".join(words)


def _position(side: str, event: str, stage: int, delay: str, plastic: bool) -> tuple[int, str]:
    """Order of execution; Brian2 sorts what has the same order by name."""
    return _order(side, event, stage), _pathway_name(side, event, stage, delay, plastic)


def _order(side: str, event: str, stage: int) -> int:
    if event == "end":
        return stage
    base = TRANSMISSION - 1 if stage < 0 else PLASTICITY
    return base + 2 * stage + (side == "post")
