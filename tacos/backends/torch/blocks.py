"""The abstract code of every part of a step, with what its names mean; checked for units.

Brian2's equations, refractoriness and integrators turn a lowered network into assignments; here each name in them
is resolved to a state, a parameter, a part of the clock or a unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from brian2.core.functions import Function
from brian2.equations.equations import SUBEXPRESSION, extract_constant_subexpressions
from brian2.equations.refractory import add_refractoriness
from brian2.units.fundamentalunits import DIMENSIONLESS

from synapses.language.statements import Statement, parsed, read_statements
from synapses.language.units import base_unit, dimensions_of
from tacos.backends.torch.bindings import (
    CLOCK,
    bound,
    check_equations,
    check_units,
    common_variables,
    constant,
    integrated,
    variable,
)
from tacos.backends.torch.doubles import in_double
from tacos.backends.torch.render import render
from tacos.networks.lowering import LoweredNetwork, LoweredPopulation, LoweredProjection
from tacos.networks.lowering.pools import Pool, due
from tacos.networks.network import identifier

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

    def __init__(
        self, population: LoweredPopulation, modulators: Mapping[str, NeuronScope] = MappingProxyType({})
    ) -> None:
        self.population, self.reading = population, population.reading
        self.modulators = {name: modulators[name] for name in population.modulators if name in modulators}
        self.here = f"Population '{population.name}'"
        equations = parsed(population.equations)
        self.equations = add_refractoriness(equations) if population.refractory else equations
        self.subexpressions = {
            e.varname: e for e in equations.values() if e.type == SUBEXPRESSION and "constant over dt" not in e.flags
        }
        self.held = {
            e.varname: e for e in equations.values() if e.type == SUBEXPRESSION and "constant over dt" in e.flags
        }
        #: States that no step takes over from the one before.
        self.passing = {name: unit for name, unit in PASSING.items() if name in self.equations}
        self.passing |= {event.flag: "boolean" for event in population.events.values()}
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
        if name in self.subexpressions or name in self.population.pools:
            return f"{self.function(name)}(_n)"
        if name in self.modulators:
            return self.modulators[name].value(name)
        if name in self.population.courses:
            return f'_n.course["{name}"]'
        if name == "i":
            return f"torch.arange({self.population.size}, device=_n.seed.device)"
        if name == "N":
            return repr(self.population.size)
        return None

    def function(self, subexpression: str) -> str:
        """Name of the generated function of a subexpression."""
        return f"value_of_{identifier(self.population.name)}_{subexpression}"

    def binding(self, name: str) -> str | None:
        """Code that a name is bound to in a block of the population."""
        return CLOCK[name][0] if name in CLOCK else self.value(name)

    @cached_property
    def variables(self) -> dict[str, Any]:
        """Brian2 variables, for units and integrators."""
        found = dict(common_variables())
        for equation in self.equations.values():
            found[equation.varname] = variable(equation.varname, equation.dim, equation.var_type)
        for name, unit in self.states.items():
            found.setdefault(name, variable(name, dimensions_of(unit), unit))
        for parameter in self.population.parameters.values():
            found[parameter.name] = constant(parameter.name, dimensions_of(parameter.unit), parameter.value)
        for pool in self.population.pools.values():
            found[pool.name] = variable(pool.name, dimensions_of(pool.unit), pool.type)
        for name, scope in self.modulators.items():
            found[name] = scope.variables[name]
        for name in self.population.courses:
            found[name] = Function(lambda index: index, arg_units=[1], return_unit=1, stateless=True)
        return found

    def blocks(self, what: str, parts: Iterable[str]) -> Iterator[Block]:
        """The blocks of what is cut into parts."""
        for k, part in enumerate(parts):
            if block := self.block(f"part {k + 1} of {what}" if k else what, part):
                yield block

    def block(self, what: str, code: str, integrated: bool = False) -> Block | None:
        """A block of this population, or None if there is nothing to do; units of what is integrated were checked."""
        if not code.strip():
            return None
        where = f"{self.here}, {what}"
        statements = tuple(read_statements(code, where))
        if not integrated:
            check_units(code, self.variables, where)
        bindings = bound(statements, self.binding, where)
        for pool in [p for p in self.population.pools.values() if p.name in bindings]:
            if (condition := due(code, pool, self.reading, where)) != "True":
                # The clock that it reads is bound before: the pool goes last.
                found = bindings.pop(pool.name)
                bindings[pool.name] = f"{found} if due({render(condition, where)}) else 0"
        states = {s.target: (self.key(s.target), "own") for s in statements if s.target in self.states}
        name = f"{identifier(self.population.name)}_{what.replace(' ', '_')}"
        double = bool(self.population.double & set(states))
        return Block(name, where, statements, in_double(bindings, self.variables, double), states, double)

    def pool_blocks(self) -> Iterator[tuple[Pool, Block]]:
        """What each pool is made of."""
        for pool in self.population.pools.values():
            where = f"{self.here}, {pool.name}"
            statement = Statement(pool.name, "=", pool.expression)
            bindings = bound([statement], self.binding, where)
            yield pool, Block(self.function(pool.name), where, (statement,), bindings, {})

    def subexpression_blocks(self) -> Iterator[Block]:
        """What each subexpression is, as a statement ``value = expression``."""
        for name, equation in self.subexpressions.items():
            where = f"{self.here}, {name}"
            statement = Statement(name, "=", equation.expr.code)
            double = name in self.population.double
            bindings = in_double(bound([statement], self.binding, where), self.variables, double)
            yield Block(self.function(name), where, (statement,), bindings, {}, double)

    def before_step(self) -> str:
        """What is held for a step."""
        return "\n".join(f"{name} = {e.expr.code}" for name, e in self.held.items())

    def update(self) -> str:
        """The state update: what Brian2's integrator makes of the equations."""
        code = ["not_refractory = refractory_steps <= 0"] if self.population.refractory else []
        equations, _ = extract_constant_subexpressions(self.equations)
        check_equations(equations, self.variables, self.here)
        code.append(integrated(equations, self.variables, self.population.method, self.population.name, self.here, "i"))
        return "\n".join(line for line in code if line)


class SynapseScope:
    """What names mean in the code of a projection."""

    def __init__(self, projection: LoweredProjection, network: LoweredNetwork, neurons: dict[str, NeuronScope]) -> None:
        self.projection, self.synapse = projection, projection.synapse
        self.here = f"Projection '{projection.name}'"
        self.sides = {"pre": neurons[projection.source], "post": neurons[projection.target]}
        self.modulators = {name: neurons[name] for name in projection.modulators}
        self.equations = parsed(self.synapse.equations)
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
            population = self.sides[side].population
            common = base in population.parameters or base in population.pools
            return f"_at.shared({value})" if common else f"_at.{side}({value})"
        return None

    def function(self, subexpression: str) -> str:
        """Name of the generated function of a subexpression."""
        return f"value_of_{identifier(self.projection.name)}_{subexpression}"

    @cached_property
    def variables(self) -> dict[str, Any]:
        """Brian2 variables, for units and integrators."""
        found = dict(common_variables())
        for side, scope in self.sides.items():
            found |= {f"{name}_{side}": variable for name, variable in scope.variables.items()}
            found[f"N_{side}"] = constant(f"N_{side}", DIMENSIONLESS, scope.population.size)
        for name, scope in self.modulators.items():
            found[name] = scope.variables[name]
        for state in self.synapse.states.values():
            found[state.name] = variable(state.name, dimensions_of(state.unit), state.unit)
        for equation in self.subexpressions.values():
            found[equation.varname] = variable(equation.varname, equation.dim, equation.var_type)
        for parameter in self.synapse.parameters.values():
            found[parameter.name] = constant(parameter.name, dimensions_of(parameter.unit), parameter.value)
        found["j"] = variable("j", DIMENSIONLESS, "integer")
        return found

    def block(self, what: str, code: str, integrated: bool = False) -> Block:
        """A block of this projection; units of what is integrated were checked before."""
        where = f"{self.here}, {what}"
        statements = tuple(read_statements(code, where))
        if not integrated:
            check_units(code, self.variables, where)
        bindings = bound(statements, self.binding, where)
        states = {}
        for statement in statements:
            base, _, side = statement.target.rpartition("_")
            if statement.target in self.synapse.states:
                states[statement.target] = (self.key(statement.target), "own")
            elif side in self.sides:
                states[statement.target] = (self.sides[side].key(base), side)
        name = f"{identifier(self.projection.name)}_{what.replace(' ', '_')}"
        double = bool(self.synapse.double & set(states))
        return Block(name, where, statements, in_double(bindings, self.variables, double), states, double)

    def subexpression_blocks(self) -> Iterator[Block]:
        """What each subexpression is."""
        for name, equation in self.subexpressions.items():
            where = f"{self.here}, {name}"
            statement = Statement(name, "=", equation.expr.code)
            double = name in self.synapse.double
            bindings = in_double(bound([statement], self.binding, where), self.variables, double)
            yield Block(self.function(name), where, (statement,), bindings, {}, double)

    def update(self) -> str:
        """The update of clock-driven states."""
        index = f"(i*{self.sides['post'].population.size} + j)"
        check_equations(self.equations, self.variables, self.here)
        return integrated(self.equations, self.variables, self.synapse.method, self.projection.name, self.here, index)
