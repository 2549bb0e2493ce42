"""Neuromodulators become populations of one neuron, which neurons and synapses read."""

from __future__ import annotations

from dataclasses import replace

from brian2.equations.equations import Equations

from synapses import DeclarationError, Modulator, static
from synapses.language.event_driven import unit_text
from synapses.language.pathways import THIRD_FACTORS
from synapses.language.statements import parsed, replace_names
from tacos.networks.network import Network
from tacos.networks.populations import Population
from tacos.networks.projections import Projection


def modulators_of(network: Network) -> dict[str, Modulator]:
    """The neuromodulators that a network declares, and those that its synapses ask for."""
    found = {modulator.name: modulator for modulator in network.modulators}
    for projection in network.projections:
        for modulator in projection.synapse.lowered.modulators:
            if found.setdefault(modulator.name, modulator) != modulator:
                raise DeclarationError(
                    f"The neuromodulator '{modulator.name}' of projection '{projection.name}' differs from another of "
                    "that name; they are one, so they must agree."
                )
    return found


def modulator_unit(population: Population) -> str:
    """Unit of the variable that carries the name of a neuromodulator."""
    return str(unit_text(parsed(population.equations)[population.name]))


def with_modulators(network: Network) -> Network:
    """Add a population of one neuron for each neuromodulator, and what drives it."""
    populations, projections = list(network.populations), list(network.projections)
    sizes = {p.name: p.size for p in populations}
    for modulator in modulators_of(network).values():
        if modulator.source and modulator.source not in network.signals:
            raise DeclarationError(
                f"The neuromodulator '{modulator.name}' listens to '{modulator.source}', and the network has no such "
                f"signal: give signals={{'{modulator.source}': names of populations}}."
            )
        sources = network.signals[modulator.source] if modulator.source else ()
        states = tuple(Equations(modulator.equations))
        populations.append(
            Population(
                modulator.name, 1, modulator.equations, parameters=modulator.parameters, courses=modulator.courses,
                persistent=states if modulator.persistent else (), transient=() if modulator.persistent else states,
            )
        )  # fmt: skip
        statement = replace_names(modulator.on_source, {"n_source": str(sum(sizes[name] for name in sources))})
        projections += [
            Projection(name, modulator.name, static(1.0), statement, order=THIRD_FACTORS) for name in sources
        ]
    return replace(network, populations=tuple(populations), projections=tuple(projections))
