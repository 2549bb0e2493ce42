"""What a user gives to a protocol, checked: one sentence about what is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Real
from typing import Any

from tasks.errors import TaskError


def several(values: Any, what: str) -> tuple[float, ...]:
    """Numbers as floats; one number is one of them."""
    given = (values,) if isinstance(values, Real) or not isinstance(values, Iterable) else tuple(values)
    if not given or not all(
        isinstance(one, Real) and not isinstance(one, bool) and math.isfinite(one) for one in given
    ):
        raise TaskError(f"{what} = {values!r} must be numbers, at least one, such as -10,10.")
    return tuple(map(float, given))


def above_zero(value: Any, what: str) -> float:
    """A number above zero."""
    (number,) = several(value, what) if isinstance(value, Real) else (math.nan,)
    if not number > 0:
        raise TaskError(f"{what} = {value!r} must be a number above zero.")
    return number
