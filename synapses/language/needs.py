"""What several ask of one neuron: joined where they agree, refused where they do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from brian2.equations.equations import DIFFERENTIAL_EQUATION
from brian2.parsing.sympytools import str_to_sympy

from synapses.language.declarations import NeuronState, Parameter
from synapses.language.errors import DeclarationError
from synapses.language.event_driven import unit_text
from synapses.language.statements import parsed, read_statements
from synapses.language.units import dimensions_of


def merge_needs(needs: Iterable[NeuronState]) -> tuple[NeuronState, ...]:
    """One need a name: one with equations also stands for those without, and does what they do.

    Raises
    ------
    DeclarationError
        If two needs of one name differ in what they say.
    """
    merged: dict[str, NeuronState] = {}
    for need in needs:
        merged[need.name] = _joined(merged[need.name], need) if need.name in merged else need
    return tuple(merged.values())


def same_equation(one: Any, other: Any) -> bool:
    """Whether two equations say the same of one variable, whatever the spaces and the order of terms."""
    alike = (one.varname, one.type, one.var_type, one.dim, set(one.flags))
    if alike != (other.varname, other.type, other.var_type, other.dim, set(other.flags)):
        return False
    return one.expr is None or same_expression(one.expr.code, other.expr.code)


def same_expression(one: str, other: str) -> bool:
    """Whether two expressions are the same but for spaces and the order of terms."""
    if one.split() == other.split():
        return True
    try:
        return bool(str_to_sympy(one) == str_to_sympy(other))
    except (SyntaxError, ValueError, TypeError, NotImplementedError):
        return False


def same_statements(one: str, other: str) -> bool:
    """Whether two blocks are the same statement by statement."""
    first, second = read_statements(one, "a neuron state"), read_statements(other, "a neuron state")
    return len(first) == len(second) and all(
        (a.target, a.operation) == (b.target, b.operation) and same_expression(a.expression, b.expression)
        for a, b in zip(first, second, strict=True)
    )


def equation_text(equation: Any, code: str = "") -> str:
    """An equation as it is written; with ``code``, one that has it on its right side."""
    flags = f" ({', '.join(equation.flags)})" if equation.flags else ""
    if equation.expr is None:
        return f"{equation.varname} : {unit_text(equation)}{flags}"
    left = f"d{equation.varname}/dt" if equation.type == DIFFERENTIAL_EQUATION else equation.varname
    return f"{left} = {code or equation.expr.code} : {unit_text(equation)}{flags}"


def _joined(known: NeuronState, need: NeuronState) -> NeuronState:
    if dimensions_of(known.unit) is not dimensions_of(need.unit):
        raise DeclarationError(
            f"The neuron state '{need.name}' is asked for in the units {known.unit} and {need.unit}; give one of them "
            "another name."
        )
    if known.delay != need.delay and known.on_spike.strip() and need.on_spike.strip():
        raise _conflict(known, need)
    if known.equations and need.equations:
        if not (_same_equations(known, need) and known.persistent == need.persistent and _same_effects(known, need)):
            raise _conflict(known, need)
        return known
    base, asking = (need, known) if need.equations else (known, need)
    for one, other in ((base.on_spike, asking.on_spike), (base.at_end, asking.at_end)):
        if one.strip() and other.strip() and not same_statements(one, other):
            raise _conflict(known, need)
    constants = {p.name: p for p in base.parameters}
    for parameter in asking.parameters:
        if _constant(constants.setdefault(parameter.name, parameter)) != _constant(parameter):
            raise _conflict(known, need)
    return replace(
        base,
        on_spike=base.on_spike or asking.on_spike,
        at_end=base.at_end or asking.at_end,
        delay=base.delay if base.on_spike.strip() else asking.delay,
        parameters=tuple(constants.values()),
        persistent=base.persistent or asking.persistent,
        precision=base.precision or asking.precision,
    )


def _same_equations(known: NeuronState, need: NeuronState) -> bool:
    one, other = parsed(known.equations), parsed(need.equations)
    return set(one) == set(other) and all(same_equation(one[name], other[name]) for name in one)


def _same_effects(known: NeuronState, need: NeuronState) -> bool:
    constants = {_constant(p) for p in known.parameters} == {_constant(p) for p in need.parameters}
    return constants and same_statements(known.on_spike, need.on_spike) and same_statements(known.at_end, need.at_end)


def _constant(parameter: Parameter) -> tuple[str, float, str]:
    return parameter.name, parameter.value, parameter.unit


def _conflict(known: NeuronState, need: NeuronState) -> DeclarationError:
    return DeclarationError(
        f"The neuron state '{need.name}' is asked for in two ways: {_said(known)} and {_said(need)}; give one of them "
        "another name."
    )


def _said(need: NeuronState) -> str:
    """What a need says, in a sentence."""
    said = f"'{need.equations.strip()}'" if need.equations.strip() else "without equations"
    said += f" with {', '.join(f'{p.name} = {p.value:g} {p.unit}' for p in need.parameters) or 'no constants'}"
    later = f" after {need.delay}" if need.delay else ""
    said += f", '{need.on_spike.strip()}' at a spike{later}" if need.on_spike.strip() else ""
    said += f", '{need.at_end.strip()}' at the end of a presentation" if need.at_end.strip() else ""
    return said + (", persistent" if need.persistent else "")
