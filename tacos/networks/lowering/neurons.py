"""A population with what its synapses need of it: refractoriness, floors, thresholds and resets as statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from brian2.equations.equations import DIFFERENTIAL_EQUATION, PARAMETER, EquationError, Equations
from brian2.utils.stringtools import get_identifiers

from synapses import DeclarationError, Parameter
from synapses.language.check_flags import OF_NEURONS, check_flags
from synapses.language.declarations import NeuronState
from synapses.language.event_driven import unit_text
from synapses.language.needs import equation_text, same_equation, same_statements
from synapses.language.real_numbers import real_numbers, real_numbers_of_block, real_numbers_of_equations, whole_names
from synapses.language.statements import parsed, read_statements
from synapses.language.subexpressions import definitions_in, with_current_values
from synapses.language.units import base_unit, dimensions_of
from tacos.networks.lowering.courses import with_courses
from tacos.networks.lowering.lowered_network import LoweredEvent, LoweredPopulation
from tacos.networks.lowering.named_events import conditions_of, flag_of
from tacos.networks.lowering.names import CLOCK
from tacos.networks.lowering.pools import Reading, read_pools
from tacos.networks.lowering.random_calls import numbered_random
from tacos.networks.populations import Population


def lower_population(
    population: Population,
    needs: Iterable[NeuronState],
    steps: int,
    stimulus_steps: int,
    blank: bool,
    dt: float,
    totals: str = "",
    modulators: Mapping[str, str] = MappingProxyType({}),
    broadcast: bool = False,
) -> LoweredPopulation:
    """A population as a backend needs it."""
    here = f"Population '{population.name}'"
    needs = list(needs)
    population, courses = with_courses(population, dt)
    text = _joined_equations(population.equations, needs, population.pooled, bool(population.threshold), here)
    equations = read_equations(text, here)
    check_flags(equations, OF_NEURONS, here)
    for equation in equations.values():
        if equation.expr is not None and "t" in equation.identifiers:
            raise DeclarationError(
                f"{here}: the equation of '{equation.varname}' reads the absolute time t; use step (within the "
                f"presentation) or a stimulus instead."
            )
    parameters = _parameters(population, needs, here)
    for name in parameters:
        if name in equations:
            raise DeclarationError(
                f"{here} has '{name}' in its equations and as a constant too, its own or one that a synapse on it asks "
                f"for; give one of them another name."
            )
    states = {
        e.varname: e.var_type if e.var_type in ("integer", "boolean") else base_unit(e.dim)
        for e in equations.values()
        if e.type in (DIFFERENTIAL_EQUATION, PARAMETER) and "constant" not in e.flags
    }
    _check_assigned(population.reset, states, f"{here}, reset")
    for name, code in population.on_event.items():
        _check_assigned(code, states, f"{here}, on_event '{name}'")
    _check_assigned(population.at_end, states, f"{here}, at_end")
    spikes, refractory = bool(population.threshold), population.refractory > 0
    reset = [population.reset, *_further_resets(population.reset, needs, here)]
    lines = [text] if text.strip() else []
    if spikes:
        states["spike_count"] = "integer"
        reset.append("spike_count += 1")
        lines += ["spike_count : integer", "fired : boolean"]
    if refractory:
        states["refractory_steps"] = "integer"
        parameters["refractory_period"] = Parameter(
            "refractory_period", population.refractory, "refractory period", unit="second"
        )
        reset.append("refractory_steps = int(refractory_period/dt + 1e-3) - 1")  # whole steps, as in Brian2
        lines.append("refractory_steps : integer")
    if population.channel:
        lines.append("stimulus : 1")
    lines += [f"{flag_of(name)} : boolean" for name in (*population.events, *population.end_events)]
    initial = {name: population.initial.get(name, 0.0) for name in states}
    for name in population.initial:
        if name not in states:
            raise DeclarationError(f"{here} gives an initial value to '{name}', which is not one of its states.")
    persistent = {*population.persistent, *(need.name for need in needs if need.persistent)}
    cleared = {"spike_count", *population.transient} if blank else set(states) - persistent
    end = "\n".join(f"{name} = {literal(initial[name], unit)}" for name, unit in states.items() if name in cleared)
    condition = f"({population.threshold})" + (f" and step < {stimulus_steps}" if population.channel and blank else "")
    for name in population.floors:
        if name not in states:
            raise DeclarationError(f"{here} gives a floor to '{name}', which is not one of its states.")
    before = [
        f"{name} = clip({name}, {floor}, {literal(np.inf, states[name])})" for name, floor in population.floors.items()
    ]
    if spikes:
        before.append(f"fired = {condition}" + (" and refractory_steps <= 0" if refractory else ""))
    if refractory:
        before.append("refractory_steps = refractory_steps - int(refractory_steps > 0)")
    declared = read_equations("\n".join(lines), here)
    known = {**modulators, **CLOCK, "i": "integer", "N": "integer"}
    known |= {p.name: p.unit for p in parameters.values()} | {e.varname: unit_text(e) for e in declared.values()}
    for name in modulators:
        if name in declared or name in parameters:
            raise DeclarationError(
                f"{here} has a '{name}', and so has the network, as a neuromodulator; use two names."
            )
    pools = read_pools(population.pooled, known, population.size, here)
    known |= {pool.name: pool.type for pool in pools.values()}
    conditions = conditions_of(population, persistent, known, here)
    whole = whole_names(declared.values())
    whole |= {pool.name for pool in pools.values() if pool.type == "integer"}
    pools = {pool.name: replace(pool, expression=real_numbers(pool.expression, whole)) for pool in pools.values()}
    numbered = numbered_random(real_numbers_of_equations("\n".join(lines), whole), population.name, "i")
    definitions = definitions_in(read_equations(numbered, here))
    reading = Reading(pools, definitions)

    def block(code: str, owner: str) -> tuple[str, ...]:
        code = numbered_random(real_numbers_of_block(code, whole, here), owner, "i")
        return tuple(with_current_values(part, definitions, here) for part in reading.parts(code, known, here))

    def flags(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(part for name in names for part in block(conditions[name][0], f"{population.name}/event {name}"))

    events = {
        name: LoweredEvent(
            name,
            flag_of(name),
            name in population.end_events,
            conditions[name][1],
            block(population.on_event.get(name, ""), f"{population.name}/on {name}"),
        )
        for name in (*population.events, *population.end_events)
    }
    ends = [population.at_end, *(need.at_end for need in needs)]

    return LoweredPopulation(
        name=population.name,
        size=population.size,
        equations=numbered,
        parameters=parameters,
        states=states,
        initial=initial,
        before_threshold=(*block("\n".join(before), population.name), *flags(population.events)),
        reset=block("\n".join(line for line in reset if line), f"{population.name}/reset"),
        before_end=flags(population.end_events),
        plastic_end=block("\n".join(text for text in ends if text.strip()), f"{population.name}/plastic end"),
        end=numbered_random(real_numbers_of_block(end, whole, here), f"{population.name}/end", "i"),
        refractory=refractory,
        spikes=spikes,
        channel=population.channel,
        per_step=population.per_step,
        method=population.method,
        totals=totals,
        pools=pools,
        events=events,
        modulators=tuple(name for name in modulators if name in _names_read(population, needs)),
        broadcast=broadcast,
        courses=courses,
    )


def _names_read(population: Population, needs: Iterable[NeuronState]) -> set[str]:
    """All names in the code of a population."""
    texts = [population.equations, population.threshold, population.reset, population.at_end]
    for named in (population.floors, population.pooled, population.events, population.end_events, population.on_event):
        texts += named.values()
    texts += [text for need in needs for text in (need.equations, need.on_spike, need.at_end)]
    return set(get_identifiers("\n".join(texts)))


def _joined_equations(own: str, needs: Iterable[NeuronState], pools: Collection[str], spikes: bool, here: str) -> str:
    """Equations of a population and those that its synapses add; what both define must be the same."""
    defined = dict(read_equations(own, here))
    texts = [own]
    for need in (n for n in needs if n.equations):
        asked = read_equations(need.equations, here)
        for name, equation in asked.items():
            if name in defined and not same_equation(defined[name], equation):
                raise DeclarationError(
                    f"{here} has '{equation_text(defined[name])}', and a synapse on it needs "
                    f"'{equation_text(equation)}'; give both the same equation, or one of them another name."
                )
        new = [equation for name, equation in asked.items() if name not in defined]
        texts.append(need.equations if len(new) == len(asked) else "\n".join(map(equation_text, new)))
        defined |= {equation.varname: equation for equation in new}
    for need in needs:
        if need.name in pools or (need.name == "spike_count" and spikes):
            continue
        if need.name not in defined:
            raise DeclarationError(f"{here} has no '{need.name}' ({need.meaning}), which a synapse on it needs.")
        if defined[need.name].dim is not dimensions_of(need.unit):
            raise DeclarationError(
                f"{here} has '{need.name}' in {base_unit(defined[need.name].dim)}, and a synapse on it needs it in "
                f"{need.unit}; give both the same unit, or one of them another name."
            )
    return "\n".join(texts)


def _further_resets(own: str, needs: Iterable[NeuronState], here: str) -> Iterable[str]:
    """What synapses ask for at a spike, unless the population's own reset does so in the same words."""
    there = read_statements(own, f"{here}, reset")
    for need in (n for n in needs if not n.delay):
        asked = read_statements(need.on_spike, f"{here}, at a spike")
        if not asked or all(any(same_statements(str(s), str(t)) for t in there) for s in asked):
            continue
        for statement in there:
            if statement.target in {s.target for s in asked}:
                raise DeclarationError(
                    f"{here} has '{statement}' in its reset, and a synapse on it needs '{need.on_spike.strip()}' "
                    f"there; write the same, or give one of them another name."
                )
        yield need.on_spike


def _check_assigned(code: str, states: Iterable[str], where: str) -> None:
    """A name that is assigned and that nothing reads is a state that was mistyped."""
    statements = read_statements(code, where)
    for position, statement in enumerate(statements):
        name = statement.target
        if name not in states and not any(name in later.reads for later in statements[position + 1 :]):
            raise DeclarationError(
                f"{where}: '{statement}' assigns '{name}', which is not one of its states "
                f"({', '.join(states) or 'none'})."
            )


def read_equations(text: str, here: str) -> Equations:
    """Equations of a population; a mistake is one sentence."""
    try:
        return parsed(text)
    except (EquationError, SyntaxError, ValueError) as error:
        raise DeclarationError(f"{here}: its equations cannot be read: {' '.join(str(error).split())}") from error


def _parameters(population: Population, needs: Iterable[NeuronState], here: str) -> dict[str, Parameter]:
    parameters = {p.name: p for p in population.parameters}
    for parameter in (p for need in needs for p in need.parameters):
        known = parameters.setdefault(parameter.name, parameter)
        if (known.value, known.unit) != (parameter.value, parameter.unit):
            raise DeclarationError(
                f"{here} is asked for {parameter.name} = {parameter.value:g} {parameter.unit} and for {known.value:g} "
                f"{known.unit} by the synapses around it; they share the neuron, so they must agree."
            )
    return parameters


def literal(value: Any, unit: str = "1") -> str:
    """A value in code: an expression as it is, a number in base units with its unit."""
    if isinstance(value, str):
        return value
    if unit in ("integer", "boolean"):
        return repr({"integer": int, "boolean": bool}[unit](value))  # Cython assigns no float to an integer
    return repr(float(value)) + ("" if unit == "1" else f"*({unit})")
