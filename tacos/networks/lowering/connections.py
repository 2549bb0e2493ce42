"""A projection as pathways: what a spike transmits, Dale's law, delays, and random numbers of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from brian2.equations.equations import SUBEXPRESSION
from brian2.utils.stringtools import get_identifiers

from synapses import DeclarationError
from synapses.language.lowered import LoweredSynapse
from synapses.language.pathways import PLASTICITY, TRANSMISSION, Pathway
from synapses.language.real_numbers import (
    TYPES,
    real_numbers,
    real_numbers_of_block,
    real_numbers_of_equations,
    whole_names,
)
from synapses.language.statements import read_statements, refuse_order_dependence
from tacos.networks.lowering.lowered_network import LoweredPathway, LoweredPopulation, LoweredProjection
from tacos.networks.lowering.neurons import literal, read_equations
from tacos.networks.lowering.own_values import TRAVEL, own_values
from tacos.networks.lowering.random_calls import numbered_random
from tacos.networks.lowering.transmission import transmission
from tacos.networks.network import Network
from tacos.networks.projections import Projection


def signed_synapse(projection: Projection) -> LoweredSynapse:
    """The synapse, with weights kept at zero or above where the projection has a sign."""
    lowered = projection.synapse.lowered
    if not projection.sign:
        return lowered
    weight = lowered.efficacy
    if weight not in lowered.states:
        raise DeclarationError(
            f"Projection '{projection.name}': Dale's law needs an efficacy that is a state, not '{weight}'."
        )
    unit = lowered.states[weight].unit
    positive = f"{weight} = clip({weight}, {literal(0, unit)}, {literal(np.inf, unit)})"

    def bounded(pathway: Pathway) -> Pathway:
        lines = []
        for statement in read_statements(pathway.code, projection.name):
            lines.append(str(statement))
            if statement.target == weight:
                lines.append(positive)
        return replace(pathway, code="\n".join(lines))

    initial = lowered.states[weight].initial
    state = replace(lowered.states[weight], initial=f"abs({literal(initial)})")
    return replace(
        lowered,
        states={**lowered.states, weight: state},
        pathways=tuple(map(bounded, lowered.pathways)),
        bounds=positive if weight in lowered.clock_driven else "",
        efficacy=weight if projection.sign == "excitatory" else f"-{weight}",
    )


def lower_projection(
    projection: Projection,
    synapse: LoweredSynapse,
    populations: dict[str, LoweredPopulation],
    network: Network,
) -> LoweredProjection:
    """A projection as a backend needs it."""
    source, target = populations[projection.source], populations[projection.target]
    here = f"Projection '{projection.name}'"
    if not source.spikes:
        raise DeclarationError(f"{here}: '{source.name}' does not spike, so it cannot be a source.")
    i, j = projection.connectivity.pairs(source.size, target.size)
    index = f"(i*{target.size} + j)"
    blank = network.blank > 0
    transmitted = transmission(projection, synapse, network.population(projection.target), target)
    _refuse_order_dependence(
        transmitted, f"{here}, receptor", source, target, "let the neuron's equations read the sum"
    )
    for pathway in synapse.pathways:
        _refuse_order_dependence(pathway.code, f"{here}, {pathway.name}", source, target)
    whole = {name for name, state in synapse.states.items() if state.unit in TYPES}
    for side, population in (("pre", source), ("post", target)):
        equations = read_equations(population.equations, population.name).values()
        whole |= {f"{name}_{side}" for name in whole_names(equations)}
    # Noise is numbered once it is integrated; where there is none, random calls keep the names they had then.
    random_owner = f"{projection.name}/{'equations' if 'xi' in get_identifiers(synapse.equations) else 'xi'}"
    synapse = replace(
        synapse,
        equations=numbered_random(real_numbers_of_equations(synapse.equations, whole), random_owner, index),
        summed={
            key: numbered_random(real_numbers(text, whole), f"{projection.name}/sum {key}", index)
            for key, text in synapse.summed.items()
        },
        pathways=tuple(replace(p, code=real_numbers_of_block(p.code, whole, here)) for p in synapse.pathways),
    )
    transmitted = real_numbers_of_block(transmitted, whole, here)
    values = own_values(projection, i, j, (source.size, target.size), network.dt)
    travel = values.get(TRAVEL)
    transmit = Pathway("transmit", "pre", "spike", projection.order, transmitted, plastic=False)
    pathways = []
    for pathway in (transmit, *synapse.pathways):
        delays = travel if pathway is transmit else None
        delay = _delay_of(pathway, projection, synapse)
        steps = int(delay / network.dt + 0.5) if delays is None else int(delays.max())
        code = numbered_random(pathway.code, f"{projection.name}/{pathway.name}", index)
        if steps and not blank:
            arrives = str(steps) if delays is None else TRAVEL
            code = _within_presentation(code, arrives, synapse.states, f"{here}, delayed event")
        queue = f"{projection.name}.{pathway.name}.queue" if delay or pathway.delay or delays is not None else ""
        place = _place_of_event(pathway, network, projection, here)
        pathways.append(
            LoweredPathway(**{**vars(pathway), "code": code, **place}, delay_steps=steps, delays=delays, queue=queue)
        )
    return LoweredProjection(
        name=projection.name,
        source=projection.source,
        target=projection.target,
        sources=i.astype(np.int32),
        targets=j.astype(np.int32),
        all_to_all=len(i) == source.size * target.size and travel is None,
        synapse=synapse,
        pathways=tuple(pathways),
        modulators=tuple(m.name for m in synapse.modulators),
        values=values,
        initial_sites={name: f"{projection.random_name or projection.name}/initial {name}" for name in synapse.states},
    )


def _delay_of(pathway: Pathway, projection: Projection, synapse: LoweredSynapse) -> float:
    """The delay of a pathway in seconds; zero where each synapse has its own."""
    if pathway.delay:
        return float(synapse.parameters[pathway.delay].value)
    return projection.delay if pathway.name == "transmit" and isinstance(projection.delay, float) else 0.0


def _place_of_event(pathway: Pathway, network: Network, projection: Projection, here: str) -> dict[str, Any]:
    """Whether a pathway is executed at the end of a presentation, and its position there."""
    if pathway.event in ("spike", "end"):
        return {}
    name = projection.source if pathway.side == "pre" else projection.target
    population = network.population(name)
    if pathway.event in population.events:
        return {}
    if pathway.event not in population.end_events:
        there = ", ".join((*population.events, *population.end_events)) or "none"
        raise DeclarationError(
            f"{here}: its synapse does something at the event '{pathway.event}' of '{name}', which has no such event; "
            f"there are {there}."
        )
    if pathway.delay:
        raise DeclarationError(
            f"{here}: the event '{pathway.event}' is at the end of a presentation; nothing follows it after "
            f"{pathway.delay}."
        )
    first = PLASTICITY if pathway.order >= PLASTICITY else TRANSMISSION - 1
    return {"at_end": True, "order": pathway.order - first}


def _refuse_order_dependence(
    code: str, where: str, source: LoweredPopulation, target: LoweredPopulation, *instead: str
) -> None:
    """The rule of synapses, with what is known of the neurons here: their expressions, and who is whom."""
    reads = {
        f"{equation.varname}_{side}": {f"{name}_{side}" for name in equation.identifiers}
        for side, population in (("pre", source), ("post", target))
        for equation in read_equations(population.equations, population.name).values()
        if equation.type == SUBEXPRESSION and "constant over dt" not in equation.flags
    }
    for side, population in (("pre", source), ("post", target)):
        reads |= {
            f"{pool.name}_{side}": {f"{name}_{side}" for name in get_identifiers(pool.expression)}
            for pool in population.pools.values()
        }

    def read_by(text: str) -> set[str]:
        found: set[str] = set()
        new = set(get_identifiers(text))
        while new:
            found |= new
            new = {name for known in new for name in reads.get(known, ())} - found
        return found

    refuse_order_dependence(read_statements(code, where), where, read_by, *instead)
    if source is target:
        both = re.sub(r"_pre\b", "_post", code)
        where = f"{where} of a population onto itself"
        refuse_order_dependence(read_statements(both, where), where, read_by, *instead)


def _within_presentation(code: str, delay_steps: str, states: Iterable[str], where: str) -> str:
    """Make spikes of the previous presentation, still under way at its end, have no effect on this one."""
    states = set(states)
    lines = [f"arrived = int(step >= {delay_steps})"]
    for statement in read_statements(code, where):
        target, operation, expression = statement.target, statement.operation, statement.expression
        if operation in ("+=", "-="):
            lines.append(f"{target} {operation} arrived*({expression})")
        elif operation != "=":
            raise DeclarationError(f"{where}: write '{statement}' with = or +=.")
        else:
            kept = f"arrived*({expression}) + (1 - arrived)*{target}" if target in states else expression
            lines.append(f"{target} = {kept}")
    return "\n".join(lines)
