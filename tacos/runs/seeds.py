"""Seeds as they are asked for: how many, or which."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral

from tacos.errors import RunError


def listed(seeds: int | Iterable[int]) -> list[int]:
    """The seeds 0, 1, ... for a number of them, or those given.

    Raises
    ------
    RunError
        If there is none, or one is twice there, or is no whole number from 0 to 2147483647.
    """
    if isinstance(seeds, Integral):
        if seeds < 1:
            raise RunError(f"There is nothing to run with {seeds} seeds; ask for at least one, e.g. --seeds 3.")
        return list(range(int(seeds)))
    try:
        found = [] if isinstance(seeds, str) else list(seeds)  # type: ignore[arg-type]
    except TypeError:
        found = []
    if not found or not all(isinstance(seed, Integral) for seed in found):
        raise RunError(f"seeds is how many replicas to run, such as 3, or a list such as [0, 1, 2]; not {seeds!r}.")
    numbers = [int(seed) for seed in found]
    if len(set(numbers)) < len(numbers) or min(numbers) < 0 or max(numbers) >= 2**31:
        raise RunError("Seeds are different whole numbers from 0 to 2147483647.")
    return numbers
