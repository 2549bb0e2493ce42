"""Projections: which neurons are connected, by which synapses, with which delay and sign."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from synapses import DeclarationError, Synapse
from synapses.language.pathways import TRANSMISSION
from synapses.language.units import si_value
from synapses.language.values import LARGEST_COUNT, finite, said, whole
from tacos.networks.connectomes import Connect, Values, values_of


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


Connectivity = AllToAll | OneToOne | Random | Connect
CONNECTIVITIES = {cls.__name__: cls for cls in (AllToAll, OneToOne, Random, Connect)}


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
    connectivity : AllToAll, OneToOne, Random or Connect
    delay : float or Values
        Of transmission, in seconds (the constructor takes quantities and strings as well); an array gives each synapse
        its own.
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
    weights : array, optional
        Of each synapse at the start: shape (n_source, n_target), or (n_synapses,) sorted by source, then target. For
        magnitudes where the projection has a sign.
    values : dict
        ``{"tau": array}``: the same for any state of the synapse, or for a parameter, which each synapse then has.
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
    weights: Any = None
    values: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", f"{self.source}-{self.target}")
        self._set_delay()
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
                f"Projection '{self.name}': the connectivity is AllToAll(), OneToOne(), Random(0.1) or Connect(pairs), "
                f"not {said(self.connectivity)}."
            )
        if not isinstance(self.synapse, Synapse):
            raise DeclarationError(
                f"Projection '{self.name}': a synapse is one such as synapses.static(1.0), not {said(self.synapse)}."
            )
        if self.role:
            object.__setattr__(self, "synapse", self.synapse.in_role(self.role))
            object.__setattr__(self, "role", "")
        self._set_values()

    def _set_delay(self) -> None:
        what = f"The delay of '{self.name}'"
        if isinstance(self.delay, Values | list | tuple) or np.ndim(self.delay):
            object.__setattr__(self, "delay", values_of(self.delay, "second", what))
        elif not isinstance(self.delay, float):
            object.__setattr__(self, "delay", si_value(self.delay, "second", what))
        if isinstance(self.delay, float):
            finite(self.delay, f"Projection '{self.name}': a delay is zero or more", least=0)

    @property
    def longest_delay(self) -> float:
        """The longest delay of transmission, in seconds."""
        return self.delay if isinstance(self.delay, float) else float(self.delay.array.max())

    def _set_values(self) -> None:
        here = f"Projection '{self.name}'"
        values = dict(self.values)
        if self.weights is not None:
            weight = self.synapse.efficacy
            if weight not in self.synapse.all_states():
                raise DeclarationError(
                    f"{here}: weights are the values of the efficacy, which is '{weight}' and not a state; name the "
                    "state in values={...}."
                )
            values[weight] = self.weights
            object.__setattr__(self, "weights", None)
        units = {p.name: p.unit for p in self.synapse.own_parameters().values()}
        units |= {s.name: s.unit for s in self.synapse.all_states().values()}
        for name in values:
            if name not in units:
                raise DeclarationError(
                    f"{here}: there are values for '{name}', which is no state or parameter of synapse "
                    f"'{self.synapse.name}' ({', '.join(units)})."
                )
        values = {name: values_of(v, units[name], f"{here}: the values of '{name}'") for name, v in values.items()}
        object.__setattr__(self, "values", values)

    def with_synapse(self, synapse: Synapse) -> Projection:
        """The projection with another synapse; values of what it does not have leave with the one before."""
        known = {*synapse.own_parameters(), *synapse.all_states()}
        return replace(self, synapse=synapse, values={n: v for n, v in self.values.items() if n in known})

    def with_parameters(self, **values: Any) -> Projection:
        """The projection with other values of some parameters of its synapse."""
        for name in values:
            if name in self.values:
                raise DeclarationError(
                    f"Projection '{self.name}': each synapse has a '{name}' of its own; give the projection other "
                    "values={...} instead."
                )
        return replace(self, synapse=self.synapse.with_parameters(**values))
