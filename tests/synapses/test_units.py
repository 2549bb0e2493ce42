"""Values with units."""

import pytest
from brian2 import Equations, amp, kelvin, metre, mmolar, ms, mV, nS, ohm, second, volt

from synapses import DeclarationError, Parameter, State
from synapses.language.units import base_unit, dimensions_of, parse_quantity, unit_name


@pytest.mark.parametrize(
    "text, value",
    [
        ("25 ms", 25 * ms),
        ("25*ms", 25 * ms),
        ("0.01", 0.01),
        ("3e-3/second", 3e-3 / second),
        ("1 / second", 1 / second),
        ("-4 mV", -4 * mV),
        ("2.5e2 s", 250 * second),
        ("1 mV/ms", 1 * volt / second),
        ("3 second**2", 3 * second**2),
    ],
)
def test_text(text, value):
    assert parse_quantity(text) == value
    assert getattr(parse_quantity(text), "dim", None) == getattr(value, "dim", None)


@pytest.mark.parametrize("text", ["", "ms 3", "3 apples", "25ms", "3 ms + 2", "().__class__", "import os"])
def test_not_a_quantity(text):
    with pytest.raises(DeclarationError, match="is not a number with a unit"):
        parse_quantity(text)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        1 / ms,
        mV,
        nS,
        mV**2,
        ms**2,
        1 / mV,
        volt / second,
        amp / volt**2,
        mmolar,
        metre**2,
        ohm * amp,
        kelvin,
        second**0.5,
        second**-0.5,
        volt * second,
    ],
)
def test_the_name_of_a_unit_can_be_read_again(value):
    assert dimensions_of(unit_name(value)) is getattr(value, "dim", dimensions_of("1"))
    parameter = Parameter("p", 3 * value)
    assert Parameter("p", parameter.value, unit=parameter.unit) == parameter


def test_units_are_checked():
    with pytest.raises(DeclarationError, match="Parameter 'p' has the unit second, but volt is needed"):
        Parameter("p", "3 ms", unit="volt")
    with pytest.raises(DeclarationError, match="Initial value of 'x' has the unit second, but 1 .no unit. is needed"):
        State("x", 3 * ms)
    with pytest.raises(DeclarationError, match="'mV' is not a unit: write a base unit"):
        State("x", unit="mV")
    assert State("x", 0, unit="volt").initial == 0.0
    assert Parameter("tau", "25 ms").unit == "second" and Parameter("tau", 25 * ms).value == 0.025


@pytest.mark.parametrize(
    "unit", ["1/(second*volt**2)", "hertz/volt**2", "(second * volt ** 2) ** -1", "metre/(second**2)"]
)
def test_every_unit_can_be_written_into_equations(unit):
    dimensions = dimensions_of(unit)
    for written in (Parameter("k", 3.0, unit=unit).unit, State("x", 0.0, unit=unit).unit, base_unit(dimensions)):
        assert Equations(f"x : {written}")["x"].dim is dimensions
    assert Parameter("k", 3 / (second * volt**2)).with_value(4 / (second * volt**2)).value == 4
