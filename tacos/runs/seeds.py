"""Seeds as they are asked for: how many, or which. Read with every folder, so that nothing heavy is imported here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from numbers import Integral
from typing import Any

from tacos.errors import RunError

#: Replicas of a run; more of them are more than one folder can hold.
MOST = 100_000


def listed(seeds: int | Iterable[int]) -> list[int]:
    """The seeds 0, 1, ... for a number of them, or those given.

    Raises
    ------
    RunError
        If there is none, or too many, or one is twice there, or is no whole number from 0 to 2147483647.
    """
    if _is_whole(seeds):
        count = int(seeds)  # type: ignore[arg-type]
        if count < 1:
            raise RunError(f"There is nothing to run with {count} seeds; ask for at least one, e.g. --seeds 3.")
        if count > MOST:
            raise RunError(f"A run has {MOST} seeds at most; ask for fewer, e.g. --seeds 3.")
        return list(range(count))
    try:
        found = [] if isinstance(seeds, str | bytes) else list(islice(seeds, MOST + 1))  # type: ignore[arg-type]
    except TypeError:
        found = []
    if len(found) > MOST:
        raise RunError(f"A run has {MOST} seeds at most; name fewer of them.")
    if not found or not all(map(_is_whole, found)):
        raise RunError(f"seeds is how many replicas to run, such as 3, or a list such as [0, 1, 2]; not {repr(seeds):.60}.")
    numbers = [int(seed) for seed in found]
    if len(set(numbers)) < len(numbers) or min(numbers) < 0 or max(numbers) >= 2**31:
        raise RunError("Seeds are different whole numbers from 0 to 2147483647.")
    return numbers


def read(text: str) -> int | list[int]:
    """Seeds as a text: a number of them, ``10``, or which, ``0-9,12``."""
    if re.fullmatch(r"\s*-?\d{1,30}\s*", text):
        return int(text)
    parts = [re.fullmatch(r"\s*(\d{1,10})\s*(?:-\s*(\d{1,10})\s*)?", part) for part in text.split(",")]
    bounds = [(int(part[1]), int(part[2] or part[1])) for part in parts if part]
    if len(bounds) < len(parts) or any(low > high for low, high in bounds):
        raise RunError(f"Seeds are a number of them, such as 10, or which, such as 0-9,12; not '{text}'.")
    if sum(high - low + 1 for low, high in bounds) > MOST:
        raise RunError(f"A run has {MOST} seeds at most; ask for fewer, e.g. --seeds 3.")
    return [seed for low, high in bounds for seed in range(low, high + 1)]


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
