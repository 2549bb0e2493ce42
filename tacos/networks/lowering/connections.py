"""A projection as pathways: what a spike transmits, Dale's law, delays, and random numbers of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from synapses import DeclarationError
from synapses.language.lowered import LoweredSynapse
from synapses.language.pathways import Pathway
from synapses.language.statements import read_statements, replace_names
from tacos.networks.lowering.lowered_network import LoweredPathway, LoweredPopulation, LoweredProjection
from tacos.networks.lowering.neurons import literal, read_equations
from tacos.networks.lowering.random_calls import numbered_random
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
    if weight in lowered.clock_driven:
        raise DeclarationError(
            f"Projection '{projection.name}': Dale's law bounds weights at events, and '{weight}' has a differential "
            f"equation; leave out the sign, and bound '{weight}' in its equation."
        )

    unit = lowered.states[weight].unit

    def bounded(pathway: Pathway) -> Pathway:
        lines = []
        for statement in read_statements(pathway.code, projection.name):
            lines.append(str(statement))
            if statement.target == weight:
                lines.append(f"{weight} = clip({weight}, {literal(0, unit)}, {literal(np.inf, unit)})")
        return replace(pathway, code="\n".join(lines))

    initial = lowered.states[weight].initial
    state = replace(lowered.states[weight], initial=f"abs({literal(initial)})")
    return replace(
        lowered,
        states={**lowered.states, weight: state},
        pathways=tuple(map(bounded, lowered.pathways)),
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
    transmitted = _transmission(projection, synapse, network)
    driven = read_statements(transmitted, here)[0].target.removesuffix("_post")
    if driven not in target.states:
        there = ", ".join(target.states) or "none"
        raise DeclarationError(
            f"{here}: population '{target.name}' has no state '{driven}' to add to; there are {there}."
        )
    transmit = Pathway("transmit", "pre", "spike", projection.order, transmitted, plastic=False)
    pathways = []
    for pathway in (transmit, *synapse.pathways):
        own = synapse.parameters[pathway.delay].value if pathway.delay else 0.0
        delay = projection.delay if pathway is transmit else own
        steps = int(delay / network.dt + 0.5)
        code = numbered_random(pathway.code, f"{projection.name}/{pathway.name}", index)
        if delay and not blank:
            code = _within_presentation(code, steps, synapse.states, f"{here}, delayed event")
        queue = f"{projection.name}.{pathway.name}.queue" if delay or pathway.delay else ""
        pathways.append(LoweredPathway(**{**vars(pathway), "code": code}, delay_steps=steps, queue=queue))
    return LoweredProjection(
        name=projection.name,
        source=projection.source,
        target=projection.target,
        sources=i.astype(np.int32),
        targets=j.astype(np.int32),
        all_to_all=len(i) == source.size * target.size,
        synapse=synapse,
        pathways=tuple(pathways),
        modulators=tuple(m.name for m in synapse.modulators),
        initial_sites={name: f"{projection.random_name or projection.name}/initial {name}" for name in synapse.states},
    )


def _transmission(projection: Projection, synapse: LoweredSynapse, network: Network) -> str:
    target = network.population(projection.target)
    statement = projection.receptor
    if "=" not in statement:
        if statement not in target.receptors:
            there = ", ".join(target.receptors) or "none"
            raise DeclarationError(
                f"Projection '{projection.name}': population '{target.name}' has no receptor '{statement}'; "
                f"there are {there}."
            )
        statement = target.receptors[statement]
    own = {p.name for p in target.parameters} | set(read_equations(target.equations, target.name))
    left = statement.split("+=")[0].strip()
    names = {name: f"{name}_post" for name in own | {left}}
    return replace_names(statement, {**names, "efficacy": f"({synapse.efficacy})"})


def _within_presentation(code: str, delay_steps: int, states: Iterable[str], where: str) -> str:
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
