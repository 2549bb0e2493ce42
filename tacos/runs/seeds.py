"""Seeds as they are asked for: how many, or which."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any

from synapses.language.values import LARGEST_COUNT, said, whole
from tacos.errors import RunError

#: Replicas of a run; more of them are more than one folder can hold.
MOST = 100_000


def listed(seeds: int | Iterable[int]) -> list[int]:
    """The seeds 0, 1, ... for a number of them, or those given.

    Raises
    ------
    RunError
        If there is none, or one is twice there, or is no whole number from 0 to 2147483647.
    """
    right = "seeds is how many replicas to run, such as 3, or a list such as [0, 1, 2]"
    given = _several(seeds)
    if given is None:
        count = whole(seeds, right, -LARGEST_COUNT, MOST, RunError)
        if count < 1:
            raise RunError(f"There is nothing to run with {count} seeds; ask for at least one, e.g. --seeds 3.")
        return list(range(count))
    if not 0 < len(given) <= MOST:
        raise RunError(f"{right}, of at least one and at most {MOST}, not {said(seeds)}.")
    numbers = [whole(seed, "Seeds are different whole numbers from 0 to 2147483647", error=RunError) for seed in given]
    if len(set(numbers)) < len(numbers):
        raise RunError(f"Seeds are different whole numbers from 0 to 2147483647, not {said(seeds)}.")
    return numbers


def _several(seeds: Any) -> list[Any] | None:
    """Seeds that were given one by one; no more of them are looked at than can be."""
    if isinstance(seeds, str | bytes):
        return None
    try:
        return list(islice(seeds, MOST + 1))
    except TypeError:
        return None
