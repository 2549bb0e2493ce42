"""What a mistake of the user raises: one sentence that says what is wrong, where, and what would be right."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Iterable
from typing import SupportsIndex


class TaskError(ValueError):
    """An option of a stream, an encoding or a data set that cannot be meant."""


class DataError(TaskError):
    """Images, labels or data files that are not what they should be."""


def _closest(word: str, known: Iterable[str]) -> str:
    """End a sentence: with a question for the known word nearest to `word`, or with a full stop."""
    near = difflib.get_close_matches(str(word), list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else "."


def one_of(value: str, known: Iterable[str], what: str) -> str:
    """Return `value` if it is among `known`, else raise a `TaskError` that lists them."""
    known = list(known)
    if value not in known:
        there = ", ".join(known)
        raise TaskError(f"{what} {value!r} is not known; there are {there}{_closest(value, known)}")
    return value


def whole(value: SupportsIndex, what: str, least: int = 1, most: int = 2**31 - 1) -> int:
    """Return `value` as an int, or raise a `TaskError` if it is not a whole number from `least` to `most`."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        raise TaskError(f"{what} = {value!r} must be a whole number of at least {least}.")
    if number > most:
        raise TaskError(f"{what} = {value!r} must be a whole number of at most {most}.")
    return number


def whole_numbers(value: object, what: str) -> tuple[int, ...]:
    """Return whole numbers from 0 on, of a sequence or of a text such as ``"4,3,0"``, or raise a `TaskError`."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, Iterable) or isinstance(parts, bytes):
        raise TaskError(f"{what} = {value!r} must be whole numbers, such as [2, 0, 1].")
    given = [int(part) if isinstance(part, str) and part.strip().isdecimal() else part for part in parts]
    return tuple(whole(number, f"a number of {what}", least=0) for number in given)
