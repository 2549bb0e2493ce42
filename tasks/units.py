"""Times and rates as users write them, turned into plain SI floats (seconds, hertz) once and for all.

A value may be a Brian2 quantity (``150*ms``), a text (``"150 ms"``) or a bare number in SI units (``0.15``).
Brian2 is not imported: it takes seconds to load, and a stream can be described without it.
"""

from __future__ import annotations

import contextlib
import math
import re
from decimal import Decimal
from typing import Any, TypeAlias

from tasks.errors import TaskError

Amount: TypeAlias = Any
"""A time or rate as given; as an attribute of what was made with it, a float in seconds or hertz."""

# Powers of ten: a decimal exponent is exact, whereas 35 * 1e-3 is not 0.035.
_TIMES = {"s": 0, "second": 0, "seconds": 0, "ms": -3, "us": -6, "µs": -6}
_RATES = {"Hz": 0, "hertz": 0, "kHz": 3}
_AMOUNT = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*\*?\s*([A-Za-zµ]+)\s*")


def seconds(value: Amount, what: str) -> float:
    """Return a time in seconds; `what` names it in the message of a `TaskError`."""
    return _amount(value, what, _TIMES, 1, "a time", "'150 ms' or 0.15 (seconds)")


def hertz(value: Amount, what: str) -> float:
    """Return a rate in hertz; `what` names it in the message of a `TaskError`."""
    return _amount(value, what, _RATES, -1, "a rate", "'250 Hz' or 250.0 (hertz)")


def in_ms(value: float) -> str:
    """Return a time in seconds as text in milliseconds, for messages."""
    return f"{value * 1e3:g} ms"


def _amount(value: Amount, what: str, units: dict[str, int], power: int, kind: str, example: str) -> float:
    number = math.nan
    if isinstance(value, str):
        match = _AMOUNT.fullmatch(value)
        if match and match[2] in units:
            number = float(Decimal(match[1]).scaleb(units[match[2]]))
    elif _power_of_time(value) in (None, power) and not isinstance(value, bool):
        with contextlib.suppress(TypeError, ValueError):
            number = float(value)
    if not math.isfinite(number):
        raise TaskError(f"{what} = {value!r} is not {kind}; write for example {example}.")
    return number


def _power_of_time(value: Amount) -> float | None:
    """Return n for a Brian2 quantity in second**n, nan for any other unit, None for a bare number."""
    dimension = getattr(value, "dim", None)
    if dimension is None:
        return None
    n: float = dimension.get_dimension("time")
    others = ("length", "mass", "current", "temperature", "substance", "luminosity")
    return math.nan if any(dimension.get_dimension(other) for other in others) else n
