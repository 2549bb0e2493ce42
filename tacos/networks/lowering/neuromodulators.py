"""Neuromodulators become populations of one neuron, which synapses read."""

from __future__ import annotations

from dataclasses import replace

from brian2.equations.equations import Equations

from synapses import DeclarationError, static
from synapses.language.pathways import THIRD_FACTORS
from synapses.language.statements import replace_names
from tacos.networks.network import Network
from tacos.networks.populations import Population
from tacos.networks.projections import Projection


def with_modulators(network: Network) -> Network:
    """Add a population of one neuron for each neuromodulator, and what drives it."""
    modulators = {m.name: m for p in network.projections for m in p.synapse.lowered.modulators}
    populations, projections = list(network.populations), list(network.projections)
    sizes = {p.name: p.size for p in populations}
    for modulator in modulators.values():
        if modulator.source not in network.signals:
            raise DeclarationError(
                f"The neuromodulator '{modulator.name}' listens to '{modulator.source}', and the network has no such "
                f"signal: give signals={{'{modulator.source}': names of populations}}."
            )
        sources = network.signals[modulator.source]
        states = tuple(Equations(modulator.equations))
        populations.append(
            Population(
                modulator.name, 1, modulator.equations, parameters=modulator.parameters,
                persistent=states if modulator.persistent else (), transient=() if modulator.persistent else states,
            )
        )  # fmt: skip
        statement = replace_names(modulator.on_source, {"n_source": str(sum(sizes[name] for name in sources))})
        projections += [
            Projection(name, modulator.name, static(1.0), statement, order=THIRD_FACTORS) for name in sources
        ]
    return replace(network, populations=tuple(populations), projections=tuple(projections))
