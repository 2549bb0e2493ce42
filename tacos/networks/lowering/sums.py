"""Several projections that sum into one variable of a neuron: each has one of its own, and those are added up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from synapses.language.declarations import NeuronState
from synapses.language.lowered import LoweredSynapse
from tacos.networks.network import Network


def separate_sums(
    network: Network, lowered: Mapping[str, LoweredSynapse]
) -> tuple[dict[str, LoweredSynapse], dict[str, str]]:
    """Give each projection a variable of its own where others sum into the same.

    Returns
    -------
    dict
        The synapses by projection.
    dict
        ``{population: statements}`` that add up the parts, before the state update.
    """
    owners: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for projection in network.projections:
        for target in lowered[projection.name].summed:
            name, _, side = target.rpartition("_")
            population = projection.source if side == "pre" else projection.target
            owners.setdefault((population, name), []).append((projection.name, target))
    separate = dict(lowered)
    totals: dict[str, list[str]] = {}
    for (population, name), sums in owners.items():
        if len(sums) < 2:
            continue
        parts = [f"{name}_part_{k}_of_sum" for k in range(len(sums))]
        for (owner, target), part in zip(sums, parts, strict=True):
            separate[owner] = _summing_into(separate[owner], target, part)
        totals.setdefault(population, []).append(f"{name} = {' + '.join(parts)}")
    return separate, {population: "\n".join(lines) for population, lines in totals.items()}


def _summing_into(synapse: LoweredSynapse, target: str, part: str) -> LoweredSynapse:
    name, _, side = target.rpartition("_")
    needs = synapse.pre if side == "pre" else synapse.post
    unit = next(need.unit for need in needs if need.name == name)
    needs = (*needs, NeuronState(part, f"{part} : {unit}", meaning=f"part of {name}", unit=unit))
    summed = {f"{part}_{side}" if key == target else key: text for key, text in synapse.summed.items()}
    return replace(synapse, pre=needs, summed=summed) if side == "pre" else replace(synapse, post=needs, summed=summed)
