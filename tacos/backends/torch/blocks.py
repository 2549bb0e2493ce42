"""The abstract code of every part of a step, with what its names mean; checked for units.

Brian2's equations, refractoriness and integrators turn a lowered network into assignments; here each name in them
is resolved to a state, a parameter, a part of the clock or a unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.core.variables import Constant, Variable
from brian2.equations.equations import DIFFERENTIAL_EQUATION, SUBEXPRESSION, Equations
from brian2.equations.refractory import add_refractoriness
from brian2.equations.unitcheck import check_units_statements
from brian2.stateupdaters.base import StateUpdateMethod, UnsupportedEquationsException
from brian2.units.allunits import second
from brian2.units.fundamentalunits import DIMENSIONLESS, DimensionMismatchError
from brian2.utils.stringtools import get_identifiers

from synapses import DeclarationError
from synapses.language.statements import Statement, read_statements
from synapses.language.units import base_unit, dimensions_of
from tacos.backends.torch.doubles import in_double
from tacos.backends.torch.render import CONSTANTS, FUNCTIONS
from tacos.networks.lowering import LoweredNetwork, LoweredPopulation, LoweredProjection, numbered_random

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
#: Variables of neurons that are found anew at every step or presentation, and are no part of the state.
PASSING = {"fired": "boolean", "stimulus": "1", "not_refractory": "boolean"}


@dataclass(frozen=True)
class Block:
    """Statements executed at one point of a step.

    Attributes
    ----------
    function : str
        Name of the generated function.
    where : str
        For its docstring and for messages.
    statements : tuple of Statement
    bindings : dict
        ``{name: code}`` of everything that the statements read or write and do not define.
    states : dict
        ``{name: (key, side)}`` of those that are written: side is ``"own"``, ``"pre"`` or ``"post"``.
    double : bool
        Whether it computes in double precision whatever the rest does.
    """

    function: str
    where: str
    statements: tuple[Statement, ...]
    bindings: dict[str, str]
    states: dict[str, tuple[str, str]]
    double: bool = False


class NeuronScope:
    """What names mean in the code of a population."""

    def __init__(self, population: LoweredPopulation) -> None:
        self.population = population
        self.here = f"Population '{population.name}'"
        equations = Equations(population.equations)
        self.equations = add_refractoriness(equations) if population.refractory else equations
        self.subexpressions = {
            e.varname: e for e in equations.values() if e.type == SUBEXPRESSION and "constant over dt" not in e.flags
        }
        self.held = {
            e.varname: e for e in equations.values() if e.type == SUBEXPRESSION and "constant over dt" in e.flags
        }
        #: States that no step takes over from the one before.
        self.passing = {name: unit for name, unit in PASSING.items() if name in self.equations}
        self.passing |= {name: base_unit(e.dim) for name, e in self.held.items()}
        self.states = {**population.states, **self.passing}
        #: States that a refractory neuron keeps, whoever writes them.
        self.kept = {e.varname for e in equations.values() if population.refractory and "unless refractory" in e.flags}

    def key(self, name: str) -> str:
        """Key of a state."""
        return f"{self.population.name}.{name}"

    def value(self, name: str) -> str | None:
        """Code of the value of a name for all neurons, or None if it means nothing here."""
        if name in self.states:
            return f'_n.state["{self.key(name)}"]'
        if name in self.population.parameters:
            return f'_n.value["{self.key(name)}"]'
        if name in self.subexpressions:
            return f"{self.function(name)}(_n)"
        if name == "i":
            return f"torch.arange({self.population.size}, device=_n.seed.device)"
        if name == "N":
            return repr(self.population.size)
        return None

    def function(self, subexpression: str) -> str:
        """Name of the generated function of a subexpression."""
        return f"{_identifier(self.population.name)}_{subexpression}"

    def binding(self, name: str) -> str | None:
        """Code that a name is bound to in a block of the population."""
        return CLOCK[name][0] if name in CLOCK else self.value(name)

    @cached_property
    def variables(self) -> dict[str, Any]:
        """Brian2 variables, for units and integrators."""
        found = dict(_common_variables())
        for equation in self.equations.values():
            found[equation.varname] = _variable(equation.varname, equation.dim, equation.var_type)
        for name, unit in self.states.items():
            found.setdefault(name, _variable(name, dimensions_of(unit), unit))
        for parameter in self.population.parameters.values():
            found[parameter.name] = _constant(parameter.name, dimensions_of(parameter.unit), parameter.value)
        return found

    def block(self, what: str, code: str) -> Block | None:
        """A block of this population, or None if there is nothing to do."""
        if not code.strip():
            return None
        where = f"{self.here}, {what}"
        statements = tuple(read_statements(code, where))
        _check_units(code, self.variables, where)
        bindings = _bindings(statements, self.binding, where)
        states = {s.target: (self.key(s.target), "own") for s in statements if s.target in self.states}
        name = f"{_identifier(self.population.name)}_{what.replace(' ', '_')}"
        double = bool(self.population.double & set(states))
        return Block(name, where, statements, in_double(bindings, self.variables, double), states, double)

    def subexpression_blocks(self) -> Iterator[Block]:
        """What each subexpression is, as a statement ``value = expression``."""
        for name, equation in self.subexpressions.items():
            where = f"{self.here}, {name}"
            statement = Statement(name, "=", equation.expr.code)
            double = name in self.population.double
            bindings = in_double(_bindings([statement], self.binding, where), self.variables, double)
            yield Block(self.function(name), where, (statement,), bindings, {}, double)

    def update(self) -> str:
        """The state update: what Brian2's integrator makes of the equations."""
        code = [f"{name} = {e.expr.code}" for name, e in self.held.items()]
        if self.population.refractory:
            code.append("not_refractory = refractory_steps <= 0")
        code.append(
            _integrated(self.equations, self.variables, self.population.method, self.population.name, self.here, "i")
        )
        return "\n".join(line for line in code if line)


class SynapseScope:
    """What names mean in the code of a projection."""

    def __init__(self, projection: LoweredProjection, network: LoweredNetwork, neurons: dict[str, NeuronScope]) -> None:
        self.projection, self.synapse = projection, projection.synapse
        self.here = f"Projection '{projection.name}'"
        self.sides = {"pre": neurons[projection.source], "post": neurons[projection.target]}
        self.modulators = {name: neurons[name] for name in projection.modulators}
        self.equations = Equations(self.synapse.equations)
        self.subexpressions = {e.varname: e for e in self.equations.values() if e.type == SUBEXPRESSION}

    def key(self, name: str) -> str:
        """Key of a state."""
        return f"{self.projection.name}.{name}"

    def binding(self, name: str) -> str | None:
        """Code that a name is bound to, or None if it means nothing here."""
        if name in CLOCK:
            code, each = CLOCK[name]
            return f"_at.shared({code})" if each else code
        if name in self.synapse.states:
            return f'_at.synaptic(_n.state["{self.key(name)}"])'
        if name in self.synapse.parameters:
            return f'_at.shared(_n.value["{self.key(name)}"])'
        if name in self.subexpressions:
            return f"{self.function(name)}(_n, _at)"
        if name in self.modulators:
            return f"_at.shared({self.modulators[name].value(name)})"
        if name in ("i", "j"):
            return f"_at.{name}"
        sizes = {f"N_{side}": repr(scope.population.size) for side, scope in self.sides.items()}
        if name in sizes:
            return sizes[name]
        base, _, side = name.rpartition("_")
        if side in self.sides and (value := self.sides[side].value(base)):
            return f"_at.shared({value})" if base in self.sides[side].population.parameters else f"_at.{side}({value})"
        return None

    def function(self, subexpression: str) -> str:
        """Name of the generated function of a subexpression."""
        return f"{_identifier(self.projection.name)}_{subexpression}"

    @cached_property
    def variables(self) -> dict[str, Any]:
        """Brian2 variables, for units and integrators."""
        found = dict(_common_variables())
        for side, scope in self.sides.items():
            found |= {f"{name}_{side}": variable for name, variable in scope.variables.items()}
            found[f"N_{side}"] = _constant(f"N_{side}", DIMENSIONLESS, scope.population.size)
        for name, scope in self.modulators.items():
            found[name] = scope.variables[name]
        for state in self.synapse.states.values():
            found[state.name] = _variable(state.name, dimensions_of(state.unit), state.unit)
        for equation in self.subexpressions.values():
            found[equation.varname] = _variable(equation.varname, equation.dim, equation.var_type)
        for parameter in self.synapse.parameters.values():
            found[parameter.name] = _constant(parameter.name, dimensions_of(parameter.unit), parameter.value)
        found["j"] = _variable("j", DIMENSIONLESS, "integer")
        return found

    def block(self, what: str, code: str) -> Block:
        """A block of this projection."""
        where = f"{self.here}, {what}"
        statements = tuple(read_statements(code, where))
        _check_units(code, self.variables, where)
        bindings = _bindings(statements, self.binding, where)
        states = {}
        for statement in statements:
            base, _, side = statement.target.rpartition("_")
            if statement.target in self.synapse.states:
                states[statement.target] = (self.key(statement.target), "own")
            elif side in self.sides:
                states[statement.target] = (self.sides[side].key(base), side)
        name = f"{_identifier(self.projection.name)}_{what.replace(' ', '_')}"
        double = bool(self.synapse.double & set(states))
        return Block(name, where, statements, in_double(bindings, self.variables, double), states, double)

    def subexpression_blocks(self) -> Iterator[Block]:
        """What each subexpression is."""
        for name, equation in self.subexpressions.items():
            where = f"{self.here}, {name}"
            statement = Statement(name, "=", equation.expr.code)
            double = name in self.synapse.double
            bindings = in_double(_bindings([statement], self.binding, where), self.variables, double)
            yield Block(self.function(name), where, (statement,), bindings, {}, double)

    def update(self) -> str:
        """The update of clock-driven states."""
        index = f"(i*{self.sides['post'].population.size} + j)"
        return _integrated(self.equations, self.variables, self.synapse.method, self.projection.name, self.here, index)


# -- helpers -------------------------------------------------------------------------------------------------------


def _identifier(name: str) -> str:
    from tacos.networks.network import identifier

    return identifier(name)


def _variable(name: str, dimensions: Any, kind: str) -> Variable:
    dtype = {"integer": np.int32, "boolean": np.bool_}.get(kind, np.float64)
    return Variable(name=name, dimensions=dimensions, dtype=dtype, scalar=False)


def _constant(name: str, dimensions: Any, value: float) -> Constant:
    return Constant(name=name, dimensions=dimensions, value=value)


@cache
def _common_variables() -> Mapping[str, Any]:
    """Functions, constants, units and the clock; Brian2 is handed those that a code uses, since it hashes them."""
    from tacos.backends.random_functions import random_functions

    found: dict[str, Any] = {**DEFAULT_FUNCTIONS, **random_functions()}
    found |= {name: _constant(name, DIMENSIONLESS, 1.0) for name in CONSTANTS}
    found |= {name: _constant(name, unit.dim, float(unit)) for name, unit in DEFAULT_UNITS.items()}
    for name in (*CLOCK, "i", "N"):
        in_seconds = name in _IN_SECONDS
        found[name] = _variable(name, second.dim if in_seconds else DIMENSIONLESS, "" if in_seconds else "integer")
    # Constant within a step, which the exact integrator asks for.
    found["dt"] = Variable(name="dt", dimensions=second.dim, scalar=True, constant=True)
    return MappingProxyType(found)


def _used(variables: Mapping[str, Any], code: str) -> dict[str, Any]:
    """Those that a code uses."""
    return {name: variables[name] for name in get_identifiers(code) if name in variables}


def _integrated(
    equations: Equations, variables: Mapping[str, Any], method: str, owner: str, here: str, index: str
) -> str:
    """What an integrator makes of differential equations."""
    if not any(e.type == DIFFERENTIAL_EQUATION for e in equations.values()):
        return ""
    if method not in StateUpdateMethod.stateupdaters:
        known = ", ".join(sorted(StateUpdateMethod.stateupdaters))
        raise DeclarationError(f"{here}: there is no integrator '{method}'; there are {known}.")
    known_here = _used(variables, " ".join([*equations.identifiers, *equations.names]))
    known_here.pop("dt", None)
    try:
        code = StateUpdateMethod.stateupdaters[method](equations, known_here)
    except UnsupportedEquationsException as error:
        raise DeclarationError(f"{here}: the integrator '{method}' cannot solve its equations: {error}") from error
    if not isinstance(code, str):
        raise DeclarationError(f"{here}: the integrator '{method}' cannot be run by the torch backend; use 'euler'.")
    return numbered_random(code, f"{owner}/xi", index)


def _check_units(code: str, variables: Mapping[str, Any], where: str) -> None:
    try:
        check_units_statements(code, _used(variables, code))
    except (DimensionMismatchError, SyntaxError, KeyError, TypeError) as error:
        raise DeclarationError(f"{where}: {' '.join(str(error).split())}") from error
    except AssertionError:
        return  # an unknown name, of which the bindings tell more


def _bindings(statements: Iterable[Statement], meaning: Any, where: str) -> dict[str, str]:
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
