"""From mechanisms to what a simulator executes: equations, ordered pathways, and needs of the neurons.

The result is still text in Brian2 syntax and independent of any backend; both backends start from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from brian2.core.variables import Constant, Variable
from brian2.equations.equations import DIFFERENTIAL_EQUATION, Equations
from brian2.stateupdaters.base import UnsupportedEquationsException
from brian2.stateupdaters.exact import linear

from synapses.language.declarations import Mechanism, Modulator, NeuronState, Parameter, State
from synapses.language.errors import DeclarationError
from synapses.language.statements import read_statements, refuse_order_dependence, replace_names
from synapses.language.units import dimensions_of

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
    gate = " * ".join(f"({m.gate})" for m in synapse.mechanisms if m.gate) or "1"
    states = dict(synapse.all_states())
    equations: list[str] = []
    clock_driven: set[str] = set()
    prologues: list[_Prologue] = []
    for mechanism in synapse.mechanisms:
        clock, event = _split_equations(mechanism)
        for name, text in clock:
            if name not in synapse.frozen:
                equations.append(text)
                clock_driven |= {name} & set(states)
        event = [equation for equation in event if equation.varname not in synapse.frozen]
        if event:
            prologue = _Prologue(mechanism, event, synapse.all_parameters())
            prologues.append(prologue)
            states[prologue.last_update] = State(
                prologue.last_update, 0, "step of the last event-driven update", "integer"
            )
    pathways = tuple(_pathways(synapse, gate, prologues))
    methods = {m.method for m in synapse.mechanisms if any(n in clock_driven for n in _names(m))}
    if len(methods) > 1:
        raise DeclarationError(
            f"Synapse '{synapse.name}' mixes the integrators {', '.join(sorted(methods))}; a model has one."
        )
    return LoweredSynapse(
        parameters={
            p.name: p for p in [*synapse.parameters, *(p for m in synapse.mechanisms for p in m.parameters)]
        },
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
                f"{_values(known)} and '{need.equations}' with {_values(need)}; give one of them another name."
            )
    return tuple(merged.values())


def _values(need: NeuronState) -> str:
    return ", ".join(f"{p.name} = {p.value:g} {p.unit}" for p in need.parameters) or "no constants"


def _names(mechanism: Mechanism) -> set[str]:
    return set(Equations(mechanism.equations)) if mechanism.equations else set()


def _split_equations(mechanism: Mechanism) -> tuple[list[tuple[str, str]], list[Any]]:
    """Clock-driven equations as text, with plastic ones stopped while learning is frozen; event-driven ones."""
    clock, event = [], []
    if not mechanism.equations:
        return [], []
    for equation in Equations(mechanism.equations).values():
        unit = _unit_text(equation)
        if equation.type != DIFFERENTIAL_EQUATION:
            flags = f" ({', '.join(equation.flags)})" if equation.flags else ""
            clock.append((equation.varname, f"{equation.varname} = {equation.expr.code} : {unit}{flags}"))
        elif "event-driven" in equation.flags:
            event.append(equation)
        else:
            rate = f"learning*({equation.expr.code})" if mechanism.plastic else equation.expr.code
            clock.append((equation.varname, f"d{equation.varname}/dt = {rate} : {unit} (clock-driven)"))
    return clock, event


def _unit_text(equation: Any) -> str:
    """Unit of an equation, or its type where that is an integer or a boolean."""
    return equation.var_type if equation.var_type in ("integer", "boolean") else _base_unit(equation.dim)


@lru_cache
def _base_unit(dimensions: Any) -> str:
    from brian2.units.fundamentalunits import DIMENSIONLESS, get_unit

    return "1" if dimensions is DIMENSIONLESS else repr(get_unit(dimensions)).replace("^", "**")


class _Prologue:
    """Brings the event-driven states of one mechanism up to date before a block that uses them."""

    def __init__(self, mechanism: Mechanism, equations: list[Any], parameters: dict[str, Parameter]) -> None:
        tag = re.sub(r"\W+", "_", mechanism.name)
        self.mechanism = mechanism.name
        self.last_update = f"{LAST_UPDATE}_{tag}"
        self.elapsed = f"elapsed_{tag}"
        self.states = {equation.varname for equation in equations}
        text = "\n".join(f"d{e.varname}/dt = {e.expr.code} : {_unit_text(e)}" for e in equations)
        variables: dict[str, Variable] = {
            name: Constant(name=name, value=p.value, dimensions=dimensions_of(p.unit))
            for name, p in parameters.items()
        }
        for equation in equations:
            variables[equation.varname] = Variable(
                name=equation.varname, dimensions=equation.dim, scalar=False
            )
        try:
            update = linear(Equations(text), variables)
        except UnsupportedEquationsException as error:
            raise DeclarationError(
                f"Mechanism '{mechanism.name}': only linear equations with constant coefficients can be event-driven; "
                f"declare '{text.strip()}' without the flag, to be integrated at every step."
            ) from error
        self.code = "\n".join(
            [
                f"{self.elapsed} = (now - {self.last_update}) * dt",
                re.sub(r"\bdt\b", self.elapsed, update),
                f"{self.last_update} = now",
            ]
        )

    def wanted_by(self, code: str) -> bool:
        names = set(re.findall(r"\b[A-Za-z_]\w*\b", code))
        return bool(names & (self.states | {self.elapsed}))


def _pathways(synapse: Synapse, gate: str, prologues: list[_Prologue]) -> Iterable[Pathway]:
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
                kept = [s for s in read_statements(item.code, where) if s.target not in synapse.frozen]
                code = "\n".join(str(s) for s in kept)
                code = replace_names(code, {"gate": gate, **elapsed.get(mechanism.name, {})})
                if code:
                    key = (side, event, item.stage, item.delay, mechanism.plastic)
                    blocks.setdefault(key, []).append(code)
    for (side, event, stage, delay, plastic), codes in sorted(
        blocks.items(), key=lambda item: _order(*item[0])
    ):
        code = "\n".join(codes)
        kind = "end" if event == "end" else side
        where = f"Synapse '{synapse.name}', {'end of a presentation' if event == 'end' else 'on_' + side}"
        refuse_order_dependence(read_statements(code, where), where)
        code = "\n".join([p.code for p in prologues if p.wanted_by(code)] + [code])
        name = (
            kind
            if (stage, delay, plastic) == (0, "", True)
            else "_".join(
                [
                    kind,
                    *([f"stage{stage}".replace("-", "m")] if stage else []),
                    *([delay] if delay else []),
                    *([] if plastic else ["fast"]),
                ]
            )
        )
        yield Pathway(name, side, event, _order(side, event, stage, delay, plastic)[0], code, delay, plastic)


def _order(side: str, event: str, stage: int, delay: str, plastic: bool) -> tuple[int, str, bool]:
    if event == "end":
        return (stage, delay, plastic)
    base = TRANSMISSION - 1 if stage < 0 else PLASTICITY
    return (base + 2 * stage + (side == "post"), delay, plastic)


def with_initial(lowered: LoweredSynapse, name: str, initial: Any) -> LoweredSynapse:
    """The same synapse with another initial value of one state."""
    states = {**lowered.states, name: replace(lowered.states[name], initial=initial)}
    return replace(lowered, states=states)
