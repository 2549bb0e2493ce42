"""Values at the door: what is a number, a whole number, and within which bounds.

Callers say what would be right, as the beginning of a sentence ("A chunk is at least one presentation"); what was given
instead is added here.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from synapses.language.errors import DeclarationError

#: Neurons of a population, or steps of a presentation: above what can be simulated, and far below what overflows.
LARGEST = 10_000_000
#: What is counted by a 32-bit integer of the generated programs.
LARGEST_COUNT = 2**31 - 1


def whole(
    value: Any, right: str, least: int = 0, most: int = LARGEST_COUNT, error: type[Exception] = DeclarationError
) -> int:
    """A whole number of any numeric type, as an int.

    Parameters
    ----------
    value
        What was given.
    right : str
        What would be right.
    least, most : int
        Bounds, both allowed.
    error : type
        What is raised.
    """
    found = _number(value)
    if isinstance(found, bool) or found is None or not math.isfinite(found) or found != int(found):
        raise error(f"{right}, not {said(value)}.")
    if found > most:
        raise error(f"{right}, and at most {most}, not {said(value)}.")
    if found < least:
        raise error(f"{right}, not {said(value)}.")
    return int(found)


def finite(
    value: Any,
    right: str,
    least: float = -math.inf,
    most: float = math.inf,
    above: float = -math.inf,
    error: type[Exception] = DeclarationError,
) -> float:
    """A finite number of any numeric type, as a float; ``least`` and ``most`` are allowed, ``above`` is not."""
    found = _number(value)
    if found is None or isinstance(found, bool) or not math.isfinite(found):
        raise error(f"{right}, not {said(value)}.")
    if not least <= found <= most or found <= above:
        raise error(f"{right}, not {said(value)}.")
    return float(found)


def number(value: Any, right: str, error: type[Exception] = DeclarationError) -> float:
    """A number, an infinite one or a truth value too, as a float; of what has a unit, that in base units."""
    found = _number(value)
    if found is None or math.isnan(found):
        raise error(f"{right}, not {said(value)}.")
    return float(found)


def said(value: Any) -> str:
    """A value in a message: on one line, and cut where it is long."""
    try:
        text = " ".join((str(value) if isinstance(value, np.generic | np.ndarray) else repr(value)).split())
    except ValueError:  # Python writes no numbers of thousands of digits
        return "one of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _number(value: Any) -> float | int | bool | None:
    """One real number as Python has it; None for what is none."""
    if isinstance(value, str | bytes | bytearray | complex):
        return None
    try:
        found = value if isinstance(value, int) else _of_one(value)
        return found if isinstance(found, int) and math.isfinite(float(found)) else float(found)
    except (ArithmeticError, TypeError, ValueError):
        return None


def _of_one(value: Any) -> Any:
    """What an array without axes, or anything that is no array, holds."""
    array = np.asarray(value)
    if array.ndim:
        raise ValueError("an array of several values")
    return array.item()


def meant(name: Any, known: Iterable[str]) -> str:
    """How a sentence about an unknown name ends: with the name that was probably meant, if there is one."""
    by_lower = {other.lower(): other for other in known}
    close = difflib.get_close_matches(str(name).lower(), by_lower, 1)
    return f"; did you mean '{by_lower[close[0]]}'?" if close else "."


def plain(text: Any) -> Any:
    """A number or a truth value where a text is one."""
    if not isinstance(text, str):
        return text
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
