"""From mechanisms to what a simulator executes: equations, ordered pathways, and needs of the neurons.

The result is still text in Brian2 syntax and independent of any backend; both backends start from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from brian2.equations.equations import DIFFERENTIAL_EQUATION

from synapses.language.declarations import Mechanism, Modulator, NeuronState, Parameter, State
from synapses.language.errors import DeclarationError
from synapses.language.event_driven import LAST_UPDATE, Defined, Prologue, refuse_stale, unit_text
from synapses.language.needs import merge_needs
from synapses.language.pathways import SIZES, Pathway, pathways_of
from synapses.language.real_numbers import TYPES, real_numbers, real_numbers_of_block, real_numbers_of_equations
from synapses.language.statements import parsed, replace_names
from synapses.language.subexpressions import definitions_in, with_current_values

if TYPE_CHECKING:
    from synapses.language.model import Synapse


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
    bounds : str
        Statements about every synapse after its state update: bounds of clock-driven states.
    double : frozenset of str
        States kept in double precision whatever the rest is, with the parameters and expressions that change them; a
        network decides, which knows the time step.
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
    double: frozenset[str] = frozenset()
    bounds: str = ""

    @property
    def event_driven(self) -> bool:
        """Whether some state is brought up to date at events only."""
        return any(name.startswith(LAST_UPDATE) for name in self.states)


def lower(synapse: Synapse) -> LoweredSynapse:
    """Resolve gates, frozen states and event-driven equations of a model."""
    factors = [f"({m.gate})" for m in synapse.mechanisms if m.gate]
    gate = replace_names(f"({' * '.join(factors)})" if len(factors) > 1 else "".join(factors) or "1", SIZES)
    defined = Defined(synapse)
    states = dict(synapse.all_states())
    equations: list[str] = []
    clock_driven: set[str] = set()
    prologues: list[Prologue] = []
    for mechanism in synapse.mechanisms:
        clock, event = _split_equations(mechanism, gate)
        for name, text in clock:
            if name not in synapse.frozen:
                equations.append(text)
                clock_driven |= {name} & set(states)
        if event:
            prologue = Prologue(mechanism, event, synapse)
            prologues.append(prologue)
            states[prologue.last_update] = State(
                prologue.last_update, 0, "step of the last event-driven update", "integer"
            )
    refuse_stale(synapse, prologues, equations, defined)
    pathways = tuple(pathways_of(synapse, gate, prologues, defined))
    definitions = definitions_in(parsed("\n".join(equations)))
    pathways = tuple(replace(p, code=with_current_values(p.code, definitions, synapse.name)) for p in pathways)
    whole = {s.name for s in states.values() if s.unit in TYPES}
    pathways = tuple(replace(p, code=real_numbers_of_block(p.code, whole, synapse.name)) for p in pathways)
    states = {name: _real_initial(state, whole) for name, state in states.items()}
    methods = {m.method for m in synapse.mechanisms if any(n in clock_driven for n in _names(m))}
    if len(methods) > 1:
        raise DeclarationError(
            f"Synapse '{synapse.name}' mixes the integrators {', '.join(sorted(methods))}; a model has one."
        )
    return LoweredSynapse(
        parameters=synapse.own_parameters(),
        states=states,
        equations=real_numbers_of_equations("\n".join(equations), whole),
        clock_driven=frozenset(clock_driven),
        method=methods.pop() if methods else "euler",
        pathways=pathways,
        pre=merge_needs(need for m in synapse.mechanisms for need in m.pre),
        post=merge_needs(need for m in synapse.mechanisms for need in m.post),
        modulators=tuple({mod.name: mod for m in synapse.mechanisms for mod in m.modulators}.values()),
        summed={target: real_numbers(text, whole) for m in synapse.mechanisms for target, text in m.summed.items()},
        efficacy=real_numbers(synapse.efficacy, whole),
    )


def _real_initial(state: State, whole: set[str]) -> State:
    if not isinstance(state.initial, str):
        return state
    return replace(state, initial=real_numbers(state.initial, whole))


def _names(mechanism: Mechanism) -> set[str]:
    return set(parsed(mechanism.equations)) if mechanism.equations else set()


def _split_equations(mechanism: Mechanism, gate: str) -> tuple[list[tuple[str, str]], list[Any]]:
    """Clock-driven equations as text, plastic ones stopped while learning is frozen; event-driven ones."""
    clock, event = [], []
    if not mechanism.equations:
        return [], []
    for equation in parsed(mechanism.equations).values():
        unit = unit_text(equation)
        if "event-driven" in equation.flags:
            event.append(equation)
            continue
        expression = replace_names(equation.expr.code, {"gate": gate, **SIZES})
        if equation.type != DIFFERENTIAL_EQUATION:
            flags = f" ({', '.join(equation.flags)})" if equation.flags else ""
            clock.append((equation.varname, f"{equation.varname} = {expression} : {unit}{flags}"))
        else:
            rate = f"learning*({expression})" if mechanism.plastic else expression
            clock.append((equation.varname, f"d{equation.varname}/dt = {rate} : {unit} (clock-driven)"))
    return clock, event
