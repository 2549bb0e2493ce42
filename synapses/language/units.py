"""Values with units, kept as numbers in base SI units beside the name of the unit."""

from __future__ import annotations

import re
from typing import Any

from brian2.core.namespace import DEFAULT_UNITS
from brian2.equations.equations import dimensions_and_type_from_string
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension, DimensionMismatchError, Quantity, get_unit

from synapses.language.arithmetic import computed
from synapses.language.errors import DeclarationError
from synapses.language.values import number

__all__ = [
    "Dimension",
    "DIMENSIONLESS",
    "base_unit",
    "dimensions_of",
    "equation_unit",
    "parse_quantity",
    "si_value",
    "unit_name",
]


#: What a text that is no arithmetic ends in.
_NOT_READ = (
    ArithmeticError, DimensionMismatchError, MemoryError, NameError, RecursionError, SyntaxError, TypeError, ValueError,
)  # fmt: skip


_WITHOUT_UNIT = ("1", "integer", "boolean")
_BASES = {
    "metre": "length", "kilogram": "mass", "second": "time", "amp": "current", "kelvin": "temperature",
    "mole": "substance", "candle": "luminosity",
}  # fmt: skip


def dimensions_of(unit: str) -> Dimension:
    """Dimensions of a unit written as in Brian2 equations, such as ``"1"``, ``"volt"`` or ``"1/second"``."""
    if unit in _WITHOUT_UNIT:
        return DIMENSIONLESS
    try:
        computed(unit, DEFAULT_UNITS)  # Brian2 hands the text to Python: it is to be arithmetic with units
        return dimensions_and_type_from_string(unit)[0]
    except _NOT_READ as error:
        raise DeclarationError(
            f"'{unit}' is not a unit: write a base unit as in Brian2, such as 1, second, volt or 1/second."
        ) from error


def unit_name(value: Any) -> str:
    """The base unit of a value: ``"1"``, ``"second"``, ``"volt"`` ..."""
    return base_unit(getattr(value, "dim", DIMENSIONLESS))


def base_unit(dimensions: Dimension) -> str:
    """The base unit of dimensions, as it is written in Brian2 equations."""
    if dimensions is DIMENSIONLESS:
        return "1"
    # Brian2 says "volt2" for a square, and writes parentheses, neither of which its equations can read.
    said = re.sub(r"([a-z])(\d)", r"\1**\2", repr(get_unit(dimensions)).replace("^", "**"))
    if "(" not in said:
        return said
    powers = {name: dimensions.get_dimension(name) for name in _BASES.values()}
    return "*".join(f"{unit}**{powers[name]:g}" for unit, name in _BASES.items() if powers[name])


def equation_unit(unit: str) -> str:
    """A unit as Brian2's equations can read it, which know no parentheses there.

    Raises
    ------
    DeclarationError
        If it is none.
    """
    dimensions = dimensions_of(unit)
    return base_unit(dimensions) if "(" in unit else unit


def parse_quantity(text: str) -> Any:
    """Read ``"25 ms"``, ``"25*ms"``, ``"0.01"`` or ``"3e-3/second"``.

    Raises
    ------
    DeclarationError
        If the text is not a number with an optional unit.
    """
    expression = re.sub(r"^([-+.\deE]+)\s+(?=[A-Za-z(])", r"\1*", text.strip())
    try:
        value = computed(expression, {**DEFAULT_UNITS, "s": DEFAULT_UNITS["second"]})
        return value if isinstance(value, Quantity) else float(value)
    except _NOT_READ as error:
        raise DeclarationError(f"'{text}' is not a number with a unit, such as 0.003 or '25 ms'.") from error


def si_value(value: Any, unit: str, what: str) -> float:
    """A value as a float in base SI units, after a check of its unit.

    Parameters
    ----------
    value : float, Quantity or str
        The value; a string is read by :func:`parse_quantity`.
    unit : str
        The unit it must have, as in Brian2 equations.
    what : str
        The name of the value in the message of an error.
    """
    if isinstance(value, str):
        value = parse_quantity(value)
    plain = number(value, f"{what} is one number" + ("" if unit in _WITHOUT_UNIT else f" in {unit}"))
    found = getattr(value, "dim", DIMENSIONLESS)
    expected = dimensions_of(unit)
    if found is not expected and not (plain == 0 and found is DIMENSIONLESS):
        raise DeclarationError(f"{what} has the unit {_said(unit_name(value))}, but {_said(unit)} is needed.")
    return plain


def _said(unit: str) -> str:
    return "1 (no unit)" if unit == "1" else unit
