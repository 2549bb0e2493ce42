"""What to record, as a value: which states of which synapses or neurons, how often."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synapses import DeclarationError
from tacos.lowering import LoweredNetwork
from tacos.network import Network

_UNITS = ("presentation", "step")


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
        ``"all"``, ``"random(200)"`` or indices.
    every : int
        Interval, in units of ``unit``.
    unit : {"presentation", "step"}
    """

    owner: str
    states: tuple[str, ...]
    which: str | tuple[int, ...] = "random(200)"
    every: int = 1
    unit: str = "presentation"

    def indices(self, network: LoweredNetwork) -> np.ndarray | None:
        """Which synapses or neurons, the same for every replica; None for all of them."""
        n = _size(network, self.owner)
        if not isinstance(self.which, str):
            chosen = np.asarray(self.which, dtype=np.int64)
            if len(chosen) == 0 or chosen.min() < 0 or chosen.max() >= n:
                raise DeclarationError(f"Recording of '{self.owner}': indices go from 0 to {n - 1}.")
            return chosen
        if self.which == "all":
            return None
        count = int(self.which[len("random(") : -1])
        return None if count >= n else np.sort(np.random.default_rng(0).choice(n, count, replace=False))

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        which = self.which if isinstance(self.which, str) else list(self.which)
        return {
            "owner": self.owner,
            "states": list(self.states),
            "which": which,
            "every": self.every,
            "unit": self.unit,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Recording:
        """The recording that :meth:`to_dict` described."""
        which = data["which"] if isinstance(data["which"], str) else tuple(data["which"])
        return cls(data["owner"], tuple(data["states"]), which, data["every"], data["unit"])


Recordable = str | Recording | Sequence[str | Recording] | None


def recordings(given: Recordable, network: Network) -> tuple[Recording, ...]:
    """Read recordings and check them against a network.

    A text reads ``"input-hidden: w, m; synapses=random(200); every=10 presentations"``; without an owner the states of
    all plastic projections that have them are meant. ``"output: V; neurons=0,1; every=1 step"`` records neurons,
    ``"hidden: spikes"`` spikes.
    """
    items: Iterable[str | Recording] = () if given is None else [given] if isinstance(given, str | Recording) else given
    found: list[Recording] = []
    for item in items:
        found += _read(item, network) if isinstance(item, str) else [item]
    seen: set[tuple[str, str]] = set()
    for recording in found:
        _check(recording, network)
        for state in recording.states:
            if (recording.owner, state) in seen:
                raise DeclarationError(f"'{state}' of '{recording.owner}' is to be recorded twice; ask for it once.")
            seen.add((recording.owner, state))
    return tuple(found)


def _read(text: str, network: Network) -> list[Recording]:
    head, *options = [part.strip() for part in text.split(";")]
    owner, colon, names = head.rpartition(":")
    states = tuple(name.strip() for name in names.split(",") if name.strip())
    which: str | tuple[int, ...] = "random(200)" if not colon or owner.strip() in _projections(network) else "all"
    every, unit = 1, "presentation"
    for option in options:
        key, _, value = (part.strip() for part in option.partition("="))
        if key in ("synapses", "neurons"):
            which = _which(value, text)
        elif key == "every":
            match = re.fullmatch(r"(\d+)\s*(presentation|step)s?", value)
            if not match or int(match.group(1)) < 1:
                raise DeclarationError(f"'{text}': write every=10 presentations, or every=1 step, not every={value}.")
            every, unit = int(match.group(1)), match.group(2)
        else:
            raise DeclarationError(f"'{text}': unknown option '{key}'; there are synapses=, neurons= and every=.")
    if colon:
        return [Recording(owner.strip(), states, which, every, unit)]
    owners = [
        (p.name, tuple(s for s in states if s in p.synapse.lowered.states)) for p in network.plastic_projections()
    ]
    found = [Recording(name, own, which, every, unit) for name, own in owners if own]
    if not states or not found:
        raise DeclarationError(f"'{text}': no plastic projection has the state '{', '.join(states)}'.")
    return found


def _which(value: str, text: str) -> str | tuple[int, ...]:
    if value == "all" or re.fullmatch(r"random\([1-9]\d*\)", value):
        return value
    try:
        return tuple(int(number) for number in value.split(","))
    except ValueError as error:
        raise DeclarationError(f"'{text}': choose all, random(200) or indices such as 3,17, not '{value}'.") from error


def _projections(network: Network) -> list[str]:
    return [p.name for p in network.projections]


def _check(recording: Recording, network: Network) -> None:
    lowered = network.lowered
    names = [p.name for p in lowered.projections] + [p.name for p in lowered.populations]
    if recording.owner not in names:
        raise DeclarationError(
            f"Cannot record '{recording.owner}': there is no such projection or population; "
            f"there are {', '.join(names)}."
        )
    if recording.unit not in _UNITS or recording.every < 1:
        raise DeclarationError(f"Recording of '{recording.owner}': the interval is a number of presentations or steps.")
    projection = recording.owner in _projections(network)
    part = lowered.projection(recording.owner).synapse if projection else lowered.population(recording.owner)
    states = [
        *part.states,
        *(["spikes"] if not projection and lowered.population(recording.owner).spikes else []),
    ]
    for state in recording.states:
        if state not in states:
            raise DeclarationError(
                f"'{recording.owner}' has no state '{state}' to record; there are {', '.join(states)}."
            )
    if not recording.states:
        raise DeclarationError(f"Recording of '{recording.owner}' names no state; there are {', '.join(states)}.")
    if "spikes" in recording.states and recording != Recording(recording.owner, ("spikes",), recording.which):
        raise DeclarationError(
            f"Spikes of '{recording.owner}' are a recording of their own, of every step: '{recording.owner}: spikes'."
        )
    if "spikes" in recording.states and recording.which not in ("all", Recording.which):
        raise DeclarationError(
            f"Spikes of '{recording.owner}' are recorded of all neurons; leave out the choice of some."
        )
    recording.indices(lowered)


def _size(network: LoweredNetwork, owner: str) -> int:
    for projection in network.projections:
        if projection.name == owner:
            return len(projection.sources)
    return network.population(owner).size
