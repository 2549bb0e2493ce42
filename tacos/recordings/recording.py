"""What to record, as a value: which states of which synapses or neurons, how often."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synapses import DeclarationError
from synapses.language.values import LARGEST_COUNT, whole
from tacos.networks.lowering import LoweredNetwork
from tacos.recordings import rules
from tasks import IMAGE


@dataclass(frozen=True)
class Recording:
    """States of one projection or population, sampled at an interval.

    Attributes
    ----------
    owner : str
        Name of a projection or population.
    states : tuple of str
        Names of states, or ``("spikes",)`` for the spikes of a population.
    which : str or tuple of int
        ``"all"``, ``"random(200)"``, ``"between([10:18, 8:20], [0:5])"`` (see :func:`tacos.recordings.rules.between`),
        ``"changed(200, RUN)"``: those whose first state changed most in an earlier run; or indices.
    every : int
        Interval, in units of ``unit``.
    unit : {"presentation", "step"}
    image : (height, width), optional
        Of the images that a rule with rows and columns means; that of the stream if not given.
    rule : str
        The rule that indices came from, if they came from one.
    presentations : str, int, slice or sequence of int
        Which presentations of the stream are recorded, counted from 0: ``"100:200"`` (100 to 199), ``"0,500"``, or
        the same in Python; all if empty. Kept as text.
    reduce : str or sequence of str
        Statistics over the synapses or neurons that are kept in place of these: ``"mean"``, ``"sd"`` (dividing by their
        number), ``"min"``, ``"max"``, ``"median"``, and quantiles such as ``"q0.05"``.
    """

    owner: str
    states: tuple[str, ...]
    which: str | tuple[int, ...] = "random(200)"
    every: int = 1
    unit: str = "presentation"
    image: tuple[int, int] | None = None
    rule: str = ""
    presentations: str = ""
    reduce: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.states, str):
            object.__setattr__(self, "states", (self.states,))
        if not isinstance(self.which, str):
            right = f"Recording of '{self.owner}': indices of synapses or neurons are whole numbers from 0 on"
            given = self.which if isinstance(self.which, Iterable) else (self.which,)
            object.__setattr__(self, "which", tuple(whole(k, right, -LARGEST_COUNT) for k in given))
        right = f"Recording of '{self.owner}': the interval is a number of presentations or steps, at least one"
        object.__setattr__(self, "every", whole(self.every, right, 1))
        try:
            object.__setattr__(self, "presentations", rules.presentations(self.presentations))
            object.__setattr__(self, "reduce", rules.statistics(self.reduce))
        except DeclarationError as error:
            raise DeclarationError(f"Recording of '{self.owner}': {error}") from None

    def indices(self, network: LoweredNetwork) -> np.ndarray | None:
        """Which synapses or neurons, the same for every replica; None for all of them."""
        n = _size(network, self.owner)
        if not isinstance(self.which, str):
            chosen = np.asarray(self.which, dtype=np.int64)
            if len(chosen) == 0 or chosen.min() < 0 or chosen.max() >= n:
                raise DeclarationError(f"Recording of '{self.owner}': indices go from 0 to {n - 1}.")
            return chosen
        try:
            return self._chosen(network, n)
        except DeclarationError as error:
            raise DeclarationError(f"Recording of '{self.owner}': {error}") from None

    def _chosen(self, network: LoweredNetwork, n: int) -> np.ndarray | None:
        name, arguments = rules.parsed(str(self.which))
        if name == "random":
            return None if arguments[0] >= n else rules.at_random(n, arguments[0])
        if name == "between":
            projection = next((p for p in network.projections if p.name == self.owner), None)
            if projection is None:
                raise DeclarationError("it is a population, and between(...) chooses synapses; name neurons.")
            source, target = network.population(projection.source), network.population(projection.target)
            image = self.image if source.channel == IMAGE else None
            found = rules.is_between(
                projection.sources, projection.targets, str(self.which), source.size, target.size, image
            )
            if not found.any():
                raise DeclarationError(f"no synapse is {self.which}.")
            return np.flatnonzero(found)
        if name == "where":
            raise DeclarationError(
                f"{self.which} is known only at the end; record all or random(1000), and choose when plotting: "
                f"tacos plot RUN --trajectories --synapses '{self.which}'."
            )
        return None

    def size(self, network: LoweredNetwork) -> int:
        """How many synapses or neurons there are to choose from."""
        return _size(network, self.owner)

    def unit_of(self, state: str, network: LoweredNetwork) -> str:
        """The unit of a state, ``"integer"`` and ``"boolean"`` included."""
        for projection in network.projections:
            if projection.name == self.owner:
                return str(projection.synapse.states[state].unit)
        return str(network.population(self.owner).states[state])

    def window(self) -> np.ndarray | None:
        """The presentations that are recorded, in order; None for all of them."""
        return rules.members(self.presentations, LARGEST_COUNT, "presentations") if self.presentations else None

    def clock(self, network: LoweredNetwork, rows: int) -> dict[str, np.ndarray]:
        """When each record was taken: ``time`` (s, or presentations), ``presentation`` and ``step``, both from 0."""
        length = 1 if self.unit == "presentation" else network.steps
        window = self.window()
        if window is None:
            ends = self.every * np.arange(1, rows + 1)
        else:
            within = [np.arange(p * length // self.every, (p + 1) * length // self.every) + 1 for p in window]
            ends = self.every * np.concatenate(within)[:rows]
        if self.unit == "presentation":
            return {"time": ends, "presentation": ends - 1, "step": np.full(len(ends), network.steps - 1)}
        presentation, step = np.divmod(ends - 1, network.steps)
        return {"time": ends * network.dt, "presentation": presentation, "step": step}

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        which = self.which if isinstance(self.which, str) else list(self.which)
        data = {
            "owner": self.owner, "states": list(self.states), "which": which, "every": self.every, "unit": self.unit,
        }  # fmt: skip
        more = {"image": list(self.image or ()), "rule": self.rule, "presentations": self.presentations}
        more |= {"reduce": list(self.reduce)}
        return data | {key: value for key, value in more.items() if value}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Recording:
        """The recording that :meth:`to_dict` described."""
        which = data["which"] if isinstance(data["which"], str) else tuple(data["which"])
        image = tuple(data["image"]) if "image" in data else None
        return cls(
            data["owner"], tuple(data["states"]), which, data["every"], data["unit"], image, data.get("rule", ""),
            data.get("presentations", ""), tuple(data.get("reduce", ())),
        )  # fmt: skip


Recordable = str | Recording | Sequence[str | Recording] | None


def _size(network: LoweredNetwork, owner: str) -> int:
    for projection in network.projections:
        if projection.name == owner:
            return len(projection.sources)
    return network.population(owner).size
