"""What the names in a block of statements stand for: code, and Brian2 variables for units and integrators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.core.variables import Constant, Variable
from brian2.equations.equations import DIFFERENTIAL_EQUATION, Equations
from brian2.equations.unitcheck import check_dimensions, check_units_statements
from brian2.stateupdaters.base import StateUpdateMethod, UnsupportedEquationsException
from brian2.units.allunits import second
from brian2.units.fundamentalunits import DIMENSIONLESS, DimensionMismatchError
from brian2.utils.stringtools import get_identifiers

from synapses import DeclarationError
from synapses.language.statements import Statement
from tacos.backends.torch.render import CONSTANTS, FUNCTIONS
from tacos.networks.lowering import numbered_random

#: Names that say where in the stream a step is: their code, and whether they are a number for each replica.
CLOCK = {
    "dt": ("_n.dt", False),
    "duration": ("_n.duration", False),
    "step": ("_n.step", False),
    "learning": ("_n.learning", False),
    "random_phase": ("_n.phase", False),
    "random_seed": ("_n.seed", True),
    "presentation": ("_n.presentation", True),
    "now": ("_n.now", True),
}
_IN_SECONDS = ("dt", "duration")


def variable(name: str, dimensions: Any, kind: str) -> Variable:
    """A variable with a value for each neuron or synapse."""
    dtype = {"integer": np.int32, "boolean": np.bool_}.get(kind, np.float64)
    return Variable(name=name, dimensions=dimensions, dtype=dtype, scalar=False)


def constant(name: str, dimensions: Any, value: float) -> Constant:
    """A constant."""
    return Constant(name=name, dimensions=dimensions, value=value)


@cache
def common_variables() -> Mapping[str, Any]:
    """Functions, constants, units and the clock; Brian2 is handed those that a code uses, since it hashes them."""
    from tacos.backends.random_functions import random_functions

    found: dict[str, Any] = {**DEFAULT_FUNCTIONS, **random_functions()}
    found |= {name: constant(name, DIMENSIONLESS, 1.0) for name in CONSTANTS}
    found |= {name: constant(name, unit.dim, float(unit)) for name, unit in DEFAULT_UNITS.items()}
    for name in (*CLOCK, "i", "N"):
        in_seconds = name in _IN_SECONDS
        found[name] = variable(name, second.dim if in_seconds else DIMENSIONLESS, "" if in_seconds else "integer")
    # Constant within a step, which the exact integrator asks for.
    found["dt"] = Variable(name="dt", dimensions=second.dim, scalar=True, constant=True)
    return MappingProxyType(found)


def used(variables: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Those that a code uses."""
    return {name: variables[name] for name in get_identifiers(code) if name in variables}


def integrated(
    equations: Equations, variables: Mapping[str, Any], method: str, owner: str, here: str, index: str
) -> str:
    """What an integrator makes of differential equations."""
    if not any(e.type == DIFFERENTIAL_EQUATION for e in equations.values()):
        return ""
    if method not in StateUpdateMethod.stateupdaters:
        known = ", ".join(sorted(StateUpdateMethod.stateupdaters))
        raise DeclarationError(f"{here}: there is no integrator '{method}'; there are {known}.")
    known_here = used(variables, " ".join([*equations.identifiers, *equations.names]))
    known_here.pop("dt", None)
    try:
        code = StateUpdateMethod.stateupdaters[method](equations, known_here)
    except UnsupportedEquationsException as error:
        raise DeclarationError(f"{here}: the integrator '{method}' cannot solve its equations: {error}") from error
    if not isinstance(code, str):
        raise DeclarationError(f"{here}: the integrator '{method}' cannot be run by the torch backend; use 'euler'.")
    return numbered_random(code, f"{owner}/xi", index)


def check_units(code: str, variables: Mapping[str, Any], where: str) -> None:
    """Units of statements fit."""
    try:
        check_units_statements(code, used(variables, code))
    except (DimensionMismatchError, SyntaxError, KeyError, TypeError) as error:
        raise DeclarationError(f"{where}: {' '.join(str(error).split())}") from error
    except AssertionError:
        return  # an unknown name, of which the bindings tell more


def check_equations(equations: Equations, variables: Mapping[str, Any], where: str) -> None:
    """Units of differential equations fit, before an integrator simplifies them (``0*volt`` becomes 0)."""
    for equation in equations.values():
        if equation.type != DIFFERENTIAL_EQUATION or "xi" in " ".join(equation.identifiers):
            continue
        code = equation.expr.code
        try:
            check_dimensions(code, equation.dim / second.dim, used(variables, code))
        except (DimensionMismatchError, SyntaxError, KeyError, TypeError) as error:
            said = " ".join(str(error).split())
            raise DeclarationError(f"{where}, equation of '{equation.varname}': {said}") from error


def bound(statements: Iterable[Statement], meaning: Any, where: str) -> dict[str, str]:
    """Code for every name that is read before the block has defined it, or that is a state."""
    bindings: dict[str, str] = {}
    local: set[str] = set()
    for statement in statements:
        reads = get_identifiers(statement.expression)
        if statement.operation != "=" and not statement.target.endswith(("_pre", "_post")):
            reads = reads | {statement.target}
        for name in sorted(reads - local - set(bindings) - set(FUNCTIONS) - CONSTANTS):
            code = meaning(name)
            if code is None and name in DEFAULT_UNITS:
                code = repr(float(DEFAULT_UNITS[name]))
            if code is None and name not in DEFAULT_FUNCTIONS:
                raise DeclarationError(f"{where}: the torch backend does not know the name '{name}'.")
            if code is not None:
                bindings[name] = code
        local.add(statement.target)
    return bindings
