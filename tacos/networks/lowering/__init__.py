"""From a network to what a backend executes."""

from __future__ import annotations

from brian2.utils.stringtools import get_identifiers

from synapses import DeclarationError
from synapses.language.lowered import LoweredSynapse
from synapses.language.needs import merge_needs
from tacos.networks.lowering.connections import lower_projection, signed_synapse
from tacos.networks.lowering.delayed_needs import with_delayed_needs
from tacos.networks.lowering.lowered_network import (
    LoweredEvent,
    LoweredNetwork,
    LoweredPathway,
    LoweredPopulation,
    LoweredProjection,
)
from tacos.networks.lowering.neuromodulators import modulator_unit, modulators_of, with_modulators
from tacos.networks.lowering.neurons import lower_population
from tacos.networks.lowering.own_values import with_own_values
from tacos.networks.lowering.precision import with_precision_of_population, with_precision_of_synapse
from tacos.networks.lowering.random_calls import numbered_random, site
from tacos.networks.lowering.stability import check_steps
from tacos.networks.lowering.sums import separate_sums
from tacos.networks.network import Network
from tacos.networks.time_constants import check_time_constants

__all__ = [
    "LoweredEvent",
    "LoweredNetwork",
    "LoweredPathway",
    "LoweredPopulation",
    "LoweredProjection",
    "lower",
    "numbered_random",
    "site",
]


def lower(network: Network) -> LoweredNetwork:
    """Resolve needs, neuromodulators, refractoriness, resets and random numbers of a network."""
    stimulus_steps = round(network.duration / network.dt)
    steps = stimulus_steps + round(network.blank / network.dt)
    network = with_own_values(with_delayed_needs(with_modulators(network)))
    broadcast = {name: modulator_unit(network.population(name)) for name in modulators_of(network)}
    lowered, totals = separate_sums(network, {p.name: signed_synapse(p) for p in network.projections})
    populations = tuple(
        lower_population(
            population,
            merge_needs(
                [need for p in network.projections if p.source == population.name for need in lowered[p.name].pre]
                + [need for p in network.projections if p.target == population.name for need in lowered[p.name].post]
            ),
            steps=steps,
            stimulus_steps=stimulus_steps,
            blank=network.blank > 0,
            dt=network.dt,
            totals=totals.get(population.name, ""),
            modulators={} if population.name in broadcast else broadcast,
            broadcast=population.name in broadcast,
        )
        for population in network.populations
    )
    populations = tuple(
        with_precision_of_population(p, _precision(network, lowered, p), network.dt, network.duration)
        for p in populations
    )
    lowered = {n: with_precision_of_synapse(s, network.dt, network.duration) for n, s in lowered.items()}
    by_name = {p.name: p for p in populations}
    for population in populations:  # with what synapses need of them
        check_time_constants(f"Population '{population.name}'", population.parameters.values(), network.dt)
    for name, synapse in lowered.items():
        read = get_identifiers(synapse.equations) if synapse.clock_driven else set()
        integrated = [parameter for key, parameter in synapse.parameters.items() if key in read]
        check_time_constants(f"Projection '{name}'", integrated, network.dt)
        # Updates at events may have time constants that are shorter than a step, and none that are negative.
        check_time_constants(f"Projection '{name}'", synapse.parameters.values(), 0.0)
    projections = tuple(lower_projection(p, lowered[p.name], by_name, network) for p in network.projections)
    check_steps(network, populations, projections)
    return LoweredNetwork(
        populations, projections, network.duration, network.dt, steps, stimulus_steps, network.readout
    )


def _precision(network: Network, lowered: dict[str, LoweredSynapse], population: LoweredPopulation) -> dict[str, str]:
    """What a population says of the precision of its states, and what its synapses ask for."""
    needs = [need for p in network.projections if p.source == population.name for need in lowered[p.name].pre]
    needs += [need for p in network.projections if p.target == population.name for need in lowered[p.name].post]
    said = {need.name: need.precision for need in needs if need.precision}
    said |= network.population(population.name).precision
    for name in said:
        if population.states.get(name, "integer") in ("integer", "boolean"):
            raise DeclarationError(
                f"Population '{population.name}' gives a precision to '{name}', which is not one of its real states."
            )
    return said
