"""Networks of which, with plasticity frozen, many presentations can be tested at once."""

from __future__ import annotations

from brian2.equations.equations import DIFFERENTIAL_EQUATION
from brian2.utils.stringtools import get_identifiers

from synapses.language.statements import parsed, read_statements
from tacos.networks.lowering import LoweredNetwork, LoweredPopulation


def presentations_are_independent(network: LoweredNetwork) -> bool:
    """Whether, with plasticity frozen, a presentation leaves nothing behind that another one could notice."""
    if network.steps != network.stimulus_steps:
        return False  # a blank interval in place of the reset
    for population in network.populations:
        if population.spikes and _kept(population) & _moved_while_frozen(population, network):
            return False
        if any(_kept(network.population(modulator)) for modulator in population.modulators):
            return False
    for projection in network.projections:
        synapse = projection.synapse
        transmission, *others = projection.pathways
        if synapse.clock_driven or synapse.summed or not all(pathway.plastic for pathway in others):
            return False
        if get_identifiers(transmission.code) & set(projection.modulators):
            return False
    return True


def _kept(population: LoweredPopulation) -> set[str]:
    """States that survive a presentation."""
    return set(population.states) - {s.target for s in read_statements(population.end, population.name)}


def _moved_while_frozen(population: LoweredPopulation, network: LoweredNetwork) -> set[str]:
    """States that something changes although plasticity is frozen."""
    blocks = [population.totals, *population.before_threshold, *population.reset]
    blocks += [part for event in population.events.values() if not event.lasting for part in event.own]
    moved = {s.target for block in blocks for s in read_statements(block, population.name)}
    moved |= {e.varname for e in parsed(population.equations).values() if e.type == DIFFERENTIAL_EQUATION}
    for projection in network.projections:
        sides = {"pre": projection.source, "post": projection.target}
        for pathway in (p for p in projection.pathways if not p.plastic):
            for statement in read_statements(pathway.code, projection.name):
                name, _, side = statement.target.rpartition("_")
                moved |= {name} if sides.get(side) == population.name else set()
    return moved
