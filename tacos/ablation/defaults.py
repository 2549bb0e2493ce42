"""The conditions of an ablation that names none, from what the mechanisms declare."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from synapses import DeclarationError, Mechanism
from tacos.errors import RunError
from tacos.networks.network import Network

FULL = "full"
#: Most mechanisms of which every combination is run, if all of them have a meaning.
LARGEST = 4


def default_conditions(network: Network, learning_rate: str) -> list[str]:
    """Every combination of mechanisms on and off that has a meaning, those that share a state together.

    A mechanism that needs another one, or reads a state of it, does not stay without it. Each shared state frozen comes
    after the combinations. A network may say which conditions there are instead.
    """
    if network.conditions:
        return [FULL, *network.conditions]
    removable = [m for m in mechanisms(network) if learning_rate not in {p.name for p in m.parameters}]
    groups = _groups(removable)
    found = _combinations(network, groups) if len(groups) <= 2 * LARGEST else []
    if len(found) < 2 or len(found) > 2**LARGEST:
        names = ", ".join(m.name for m in removable) or "none"
        raise RunError(
            f"There is no default ablation for {len(groups)} separable mechanisms ({names}); name the conditions, e.g. "
            f"'{removable[0].name}'." if removable else
            "The synapses have no mechanism besides the learning rule; name the conditions, e.g. 'w_max*0.5'."
        )  # fmt: skip
    owners: dict[str, set[str]] = {}
    for mechanism in removable:
        for state in mechanism.states:
            owners.setdefault(state.name, set()).add(mechanism.name)
    return found + [f"freeze {state}" for state, names in owners.items() if len(names) > 1]


def mechanisms(network: Network) -> list[Mechanism]:
    """Mechanisms of all plastic projections and of the populations, each once."""
    found = {m.name: m for p in network.plastic_projections() for m in p.synapse.mechanisms}
    return [*found.values(), *(Mechanism(name) for p in network.populations for name in p.removable)]


def _groups(mechanisms: Sequence[Mechanism]) -> list[list[str]]:
    """Names of mechanisms, together where they share a state."""
    groups: list[list[Mechanism]] = []
    for mechanism in mechanisms:
        own = {state.name for state in mechanism.states}
        near = [g for g in groups if any(own & {state.name for state in other.states} for other in g)]
        groups = [g for g in groups if g not in near] + [[*(m for g in near for m in g), mechanism]]
    order = [m.name for m in mechanisms]
    named = [sorted((m.name for m in group), key=order.index) for group in groups]
    return sorted(named, key=lambda group: order.index(group[0]))


def _combinations(network: Network, groups: Sequence[Sequence[str]]) -> list[str]:
    found = []
    for kept in sorted(product((True, False), repeat=len(groups)), key=lambda kept: len(groups) - sum(kept)):
        out = [name for group, keep in zip(groups, kept, strict=True) if not keep for name in group]
        if _has_meaning(network, out):
            found.append(f"without {', '.join(out)}" if out else FULL)
    return found


def _has_meaning(network: Network, out: Sequence[str]) -> bool:
    try:
        network.without(*out)
    except DeclarationError:
        return False
    return True
