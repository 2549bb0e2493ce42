"""What every backend offers: run some presentations from a state to a state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
from brian2.utils.stringtools import get_identifiers

from tacos.errors import RunError
from tacos.networks.initial import State, last_updates
from tacos.networks.lowering import LoweredNetwork

#: Values that stimuli given step by step have at most in one start, 8 bytes each.
_STIMULI = 4_000_000


class BackendError(RunError):
    """A backend cannot do what was asked; the message says what to do instead."""


@dataclass(frozen=True)
class RawRecord:
    """What to append to which file while running.

    Attributes
    ----------
    key : str
        ``"projection.state"`` or ``"population.state"``; for spikes the population's name.
    path : Path
        Rows of 32-bit numbers are appended here, one row a time; spikes as ``(presentation, step, neuron)``.
    indices : array or None
        Which synapses or neurons; None for all.
    every : int
        Interval in presentations or steps.
    unit : str
        ``"presentation"``, ``"step"``, or ``"spikes"``.
    """

    key: str
    path: Path
    indices: np.ndarray | None = None
    every: int = 1
    unit: str = "presentation"


@dataclass(frozen=True)
class Stretch:
    """Some presentations for one replica.

    Attributes
    ----------
    shown : dict
        ``{channel: values}`` with one row a presentation (or a step, for inputs given per step).
    first : int
        Position of the first presentation in its stream, which random numbers depend on.
    seed, phase : int
        Key of the random numbers: the replica's seed, and what they are for.
    learning : bool
        False freezes all plasticity.
    counts : sequence of str
        Populations whose spike counts are wanted.
    records : sequence of RawRecord
    parameters : dict
        ``{"owner.parameter": value}`` in base SI units where this replica differs from the network.
    """

    shown: Mapping[str, np.ndarray]
    first: int
    seed: int
    phase: int
    learning: bool
    n: int
    counts: Sequence[str] = ()
    records: Sequence[RawRecord] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Simulated:
    """What a stretch gave: the state after it, spike counts ``[presentation, neuron]``, and the seconds it took."""

    state: State
    counts: dict[str, np.ndarray] = field(default_factory=dict)
    seconds: float = 0.0


class Simulator(Protocol):
    """Runs stretches for one network.

    Attributes
    ----------
    network : LoweredNetwork
    capacity : int
        Largest number of presentations of one stretch.
    parallel : bool
        Whether several threads may call it at once.
    batched : bool
        Whether replicas are best run side by side in one call.
    description : str
    """

    network: LoweredNetwork
    capacity: int
    parallel: bool
    batched: bool
    description: str

    def run(self, state: State, stretch: Stretch) -> Simulated:
        """Run at most ``capacity`` presentations; ``state`` is left as it is."""
        ...

    def run_together(self, requests: Sequence[tuple[State, Stretch]]) -> list[Simulated]:
        """Run several replicas; each gives what it gives alone."""
        ...


class OneByOne:
    """A simulator that runs one replica at a time."""

    batched = False

    def run(self, state: State, stretch: Stretch) -> Simulated:
        """Run one replica."""
        raise NotImplementedError

    def run_together(self, requests: Sequence[tuple[State, Stretch]]) -> list[Simulated]:
        """Run several replicas, one after the other."""
        return [self.run(state, stretch) for state, stretch in requests]


def check_request(network: LoweredNetwork, capacity: int, state: State, stretch: Stretch) -> None:
    """Refuse more presentations than fit, and a stretch that begins before the last event of its state.

    Raises
    ------
    BackendError
    """
    if stretch.n > capacity:
        raise BackendError(f"{stretch.n} presentations in one run are more than the {capacity} at most.")
    used = {
        f"{projection.name}.{name}"
        for projection in network.projections
        for pathway in projection.pathways
        if stretch.learning or not pathway.plastic
        for name in get_identifiers(pathway.code)
    }
    updates = [int(steps.max(initial=0)) for key, steps in last_updates(state).items() if key in used]
    latest = max(updates, default=0)
    if latest > stretch.first * network.steps:
        raise BackendError(
            f"The state has events up to step {latest}, and presentation {stretch.first} begins at step "
            f"{stretch.first * network.steps}: time would run backwards. Begin at presentation "
            f"{-(-latest // network.steps)} or later."
        )


def parameter_values(network: LoweredNetwork, changed: Mapping[str, float] = MappingProxyType({})) -> dict[str, float]:
    """All parameters by ``"owner.parameter"``, in base SI units; some of them changed."""
    values = {f"{p.name}.{q.name}": q.value for p in network.populations for q in p.parameters.values()}
    values |= {f"{p.name}.{q.name}": q.value for p in network.projections for q in p.synapse.parameters.values()}
    return values | dict(changed)


def capacity_for(network: LoweredNetwork, most: int) -> int:
    """Presentations of one start: fewer than ``most`` where every step has a stimulus of its own."""
    values = sum(p.size * network.steps for p in network.populations if p.channel and p.per_step)
    return max(1, min(most, _STIMULI // values)) if values else most
