"""Projections: which neurons are connected, by which synapses, with which delay and sign."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from synapses import DeclarationError, Synapse
from synapses.language.pathways import TRANSMISSION
from synapses.language.units import si_value
from synapses.language.values import LARGEST_COUNT, finite, said, whole


@dataclass(frozen=True)
class AllToAll:
    """Every neuron of the source to every neuron of the target; synapse k = i * n_target + j."""

    self_connections: bool = True

    def pairs(self, n_source: int, n_target: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices of source and target, shape (n_synapses,) each, sorted by source."""
        i, j = np.divmod(np.arange(n_source * n_target), n_target)
        keep = slice(None) if self.self_connections else i != j
        return i[keep], j[keep]


@dataclass(frozen=True)
class OneToOne:
    """Neuron k of the source to neuron k of the target."""

    def pairs(self, n_source: int, n_target: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices of source and target, shape (n_synapses,) each, sorted by source."""
        if n_source != n_target:
            raise DeclarationError(f"One-to-one needs populations of one size, not {n_source} and {n_target}.")
        return np.arange(n_source), np.arange(n_source)


@dataclass(frozen=True)
class Random:
    """Each pair with a probability, drawn from a seed of its own: all replicas share the connections.

    Attributes
    ----------
    probability : float
    seed : int
    self_connections : bool
    """

    probability: float
    seed: int = 0
    self_connections: bool = False

    def __post_init__(self) -> None:
        right = "A probability of connection is above zero and at most one"
        object.__setattr__(self, "probability", finite(self.probability, right, most=1, above=0))
        object.__setattr__(self, "seed", whole(self.seed, "A seed of connections is a whole number, zero or more"))

    def pairs(self, n_source: int, n_target: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices of source and target, shape (n_synapses,) each, sorted by source."""
        chosen = np.random.default_rng(self.seed).random((n_source, n_target)) < self.probability
        if not self.self_connections and n_source == n_target:
            np.fill_diagonal(chosen, False)
        i, j = np.nonzero(chosen)
        if not len(i):
            raise DeclarationError(f"Probability {self.probability:g} connects none of {n_source} x {n_target} pairs.")
        return i, j


Connectivity = AllToAll | OneToOne | Random
CONNECTIVITIES = {cls.__name__: cls for cls in (AllToAll, OneToOne, Random)}


@dataclass(frozen=True)
class Projection:
    """Synapses of one kind from one population to another.

    Attributes
    ----------
    source, target : str
        Names of populations.
    synapse : Synapse
    receptor : str
        One of the target's receptors, or a statement such as ``"U += efficacy"``.
    connectivity : AllToAll, OneToOne or Random
    delay : float
        Of transmission, in seconds (the constructor takes quantities and strings as well).
    sign : str
        ``""`` for weights of any sign, ``"excitatory"`` or ``"inhibitory"`` for Dale's law: weights are then
        magnitudes, kept at zero or above, and the sign is applied at transmission (not to conductances, whose
        reversal potential is their sign: use the inhibitory receptor there).
    role : str
        Role in which the synapse's constants are taken (``"output"``), see ``Synapse.in_role``.
    name : str
        ``"source-target"`` if not given.
    random_name : str
        Projections with the same one draw the same random initial values; the own name if not given.
    order : int
        Position of the transmission among the synaptic events of a step.
    """

    source: str
    target: str
    synapse: Synapse
    receptor: str = "current"
    connectivity: Connectivity = field(default_factory=AllToAll)
    delay: Any = 0.0
    sign: str = ""
    role: str = ""
    name: str = ""
    random_name: str = ""
    order: int = TRANSMISSION

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", f"{self.source}-{self.target}")
        if not isinstance(self.delay, float):
            object.__setattr__(self, "delay", si_value(self.delay, "second", f"The delay of '{self.name}'"))
        finite(self.delay, f"Projection '{self.name}': a delay is zero or more", least=0)
        whole(self.order, f"Projection '{self.name}': the order is a whole number", -LARGEST_COUNT)
        if not isinstance(self.receptor, str):
            right = "a receptor is the name of one, or a statement such as 'U += efficacy'"
            raise DeclarationError(f"Projection '{self.name}': {right}, not {said(self.receptor)}.")
        if self.sign not in ("", "excitatory", "inhibitory"):
            raise DeclarationError(
                f"Projection '{self.name}': the sign is 'excitatory', 'inhibitory' or '' (any), not '{self.sign}'."
            )
        if not isinstance(self.connectivity, Connectivity):
            raise DeclarationError(
                f"Projection '{self.name}': the connectivity is AllToAll(), OneToOne() or Random(0.1), not "
                f"{self.connectivity!r}."
            )
        if self.role:
            object.__setattr__(self, "synapse", self.synapse.in_role(self.role))
            object.__setattr__(self, "role", "")

    def with_parameters(self, **values: Any) -> Projection:
        """The projection with other values of some parameters of its synapse."""
        return replace(self, synapse=self.synapse.with_parameters(**values))
