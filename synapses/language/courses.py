"""Time courses: values that an experimenter gives, such as a pulse of current, a drug or a dopamine signal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from synapses.language.errors import DeclarationError
from synapses.language.units import DIMENSIONLESS, base_unit, dimensions_of, equation_unit, si_value


@dataclass(frozen=True)
class TimeCourse:
    """A variable that is given, constant for an interval, then the next value; the last one lasts.

    Attributes
    ----------
    values : sequence of float
        In base units, or a Brian2 quantity.
    interval : float
        How long each holds, in seconds (quantities and strings such as ``"1 ms"`` as well).
    unit : str
        Base unit, taken from ``values`` if not given.
    over : str
        ``"presentation"``: it begins anew with every presentation. ``"stream"``: it runs on from the first presentation
        of a stream to the last.
    """

    values: Any
    interval: Any = 1e-3
    unit: str = ""
    over: str = "presentation"

    def __post_init__(self) -> None:
        unit = equation_unit(self.unit) if self.unit else base_unit(getattr(self.values, "dim", DIMENSIONLESS))
        if getattr(self.values, "dim", dimensions_of(unit)) is not dimensions_of(unit):
            raise DeclarationError(f"A time course has the unit {base_unit(self.values.dim)}, but {unit} is needed.")
        try:
            values = tuple(float(value) for value in np.asarray(self.values))
        except (TypeError, ValueError) as error:
            raise DeclarationError("A time course is a sequence of numbers, a value for each interval.") from error
        if not values or not all(map(math.isfinite, values)):
            raise DeclarationError("A time course has at least one value, and all of them are finite numbers.")
        if not isinstance(self.interval, float):
            interval = si_value(self.interval, "second", "The interval of a time course")
            object.__setattr__(self, "interval", interval)
        if not 0 < self.interval < math.inf:
            raise DeclarationError(f"The interval of a time course is a time above zero, not {self.interval:g} s.")
        if self.over not in ("presentation", "stream"):
            raise DeclarationError(f"A time course runs over a 'presentation' or the 'stream', not '{self.over}'.")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "unit", unit)


def read_courses(given: dict[str, Any]) -> dict[str, TimeCourse]:
    """Time courses by name, also those that were written as plain data."""
    return {name: course if isinstance(course, TimeCourse) else TimeCourse(**course) for name, course in given.items()}
