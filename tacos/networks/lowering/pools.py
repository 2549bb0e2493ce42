"""Pools: numbers about a whole population, which mean what they say at the moment they are read."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from brian2.core.variables import Variable
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.units.fundamentalunits import DimensionMismatchError
from brian2.utils.stringtools import get_identifiers

from synapses import DeclarationError
from synapses.language.check_names import check_name
from synapses.language.readable import EVERYWHERE
from synapses.language.statements import Statement, read_statements
from synapses.language.units import base_unit, dimensions_of
from tacos.networks.lowering.names import CLOCK

#: What a pool can be of an expression over the neurons.
KINDS = ("sum", "mean", "max", "min", "largest", "argmax")


@dataclass(frozen=True)
class Pool:
    """A number about a whole population.

    Attributes
    ----------
    name, unit : str
    kind : str
        One of `KINDS`: ``"largest"`` is the ``rank``-th largest value, ``"argmax"`` the lowest index among the largest.
    expression : str
        Over the neurons' states and constants.
    rank : int
    """

    name: str
    kind: str
    expression: str
    unit: str
    rank: int = 1

    @property
    def type(self) -> str:
        """Unit, or type where it is an index."""
        return "integer" if self.kind == "argmax" else self.unit


def read_pools(declared: Mapping[str, str], known: Mapping[str, str], size: int, here: str) -> dict[str, Pool]:
    """The pools of a population, those that another reads before it.

    Parameters
    ----------
    declared : dict
        ``{"V_top": "max(V)"}``.
    known : dict
        ``{name: unit or type}`` of everything else that has a value for each neuron, or for all.
    size : int
        Of the population.
    here : str
        For messages.
    """
    pools: dict[str, Pool] = {}
    waiting = dict(declared)
    while waiting:
        ready = [name for name, text in waiting.items() if not get_identifiers(text) & set(waiting)]
        if not ready:
            circle = ", ".join(f"'{name}'" for name in waiting)
            raise DeclarationError(f"{here}: the pools {circle} are defined by one another; give one an expression.")
        for name in ready:
            units = {**known, **{pool.name: pool.type for pool in pools.values()}}
            pools[name] = _read(name, waiting.pop(name), units, size, here)
    return pools


def _read(name: str, text: str, known: Mapping[str, str], size: int, here: str) -> Pool:
    check_name(name, here)
    where = f"{here}: the pool {name} = '{text}'"
    if name in known:
        raise DeclarationError(f"{here}: '{name}' is a pool and something else too; give one of them another name.")
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        call = None
    match call:
        case ast.Call(func=ast.Name(id=kind), args=[expression], keywords=[]) if kind in KINDS and kind != "largest":
            rank = 1
        case ast.Call(func=ast.Name(id="largest" as kind), args=[expression, ast.Constant(value=int(rank))]):
            if isinstance(rank, bool) or not 1 <= rank <= size:
                raise DeclarationError(f"{where}: the rank is a whole number from 1 to {size}, the number of neurons.")
        case _:
            raise DeclarationError(
                f"{where} is not sum(x), mean(x), max(x), min(x), argmax(x) or largest(x, k) of an expression x."
            )
    code = ast.unparse(expression)
    unknown = sorted(get_identifiers(code) - set(known) - set(EVERYWHERE))
    if unknown:
        raise DeclarationError(f"{where} reads '{unknown[0]}', which the population does not have.")
    if {"rand", "randn"} & get_identifiers(code):
        raise DeclarationError(f"{where} draws random numbers; draw them into a state, and pool that.")
    kinds = {"integer": int, "boolean": bool}
    variables = {n: Variable(n, dimensions=dimensions_of(u), dtype=kinds.get(u, float)) for n, u in known.items()}
    try:
        dimensions = parse_expression_dimensions(code, {**EVERYWHERE, **variables})
    except (DimensionMismatchError, SyntaxError, ValueError, TypeError, NotImplementedError) as error:
        raise DeclarationError(f"{where}: {' '.join(str(error).split())}") from error
    return Pool(name, kind, code, "1" if kind == "argmax" else base_unit(dimensions), rank)


class Reading:
    """What expressions of a population read, through its subexpressions and pools."""

    def __init__(self, pools: Mapping[str, Pool], definitions: Mapping[str, str]) -> None:
        self.pools = pools
        self._made_of = {name: set(get_identifiers(text)) for name, text in definitions.items()}
        self._made_of |= {pool.name: set(get_identifiers(pool.expression)) for pool in pools.values()}

    def read_by(self, text: str) -> set[str]:
        """All names that an expression reads."""
        found: set[str] = set()
        new = set(get_identifiers(text))
        while new:
            found |= new
            new = {name for known in new for name in self._made_of.get(known, ())} - found
        return found

    def pools_of(self, text: str) -> list[Pool]:
        """The pools that an expression reads, in the order in which they are found."""
        names = self.read_by(text) if self.pools else ()
        return [pool for name, pool in self.pools.items() if name in names]

    def parts(self, code: str, lasting: Collection[str], where: str) -> tuple[str, ...]:
        """A block, cut before each statement that reads a pool of what the block has changed by then.

        Parts are executed one after the other, each for all neurons. ``lasting`` are the names whose value outlasts a
        part; a name that is local to a block cannot be read beyond a cut.
        """
        if not code.strip():
            return ()
        if not self.pools:
            return (code,)
        parts: list[list[Statement]] = [[]]
        for statement in read_statements(code, where):
            assigned = {s.target for s in parts[-1]}
            if any(self.read_by(pool.expression) & assigned for pool in self.pools_of(statement.expression)):
                parts.append([])
            parts[-1].append(statement)
        for k, part in enumerate(parts[1:], 1):
            local = {s.target for earlier in parts[:k] for s in earlier} - set(lasting)
            for statement in part:
                if lost := sorted(statement.reads & local):
                    raise DeclarationError(
                        f"{where}: '{statement}' reads '{lost[0]}', which is local to the statements before a pool is "
                        f"read; declare '{lost[0]}' in the equations of the population."
                    )
        return tuple("\n".join(map(str, part)) for part in parts)


def due(code: str, pool: Pool, reading: Reading, where: str, known: Collection[str] = ()) -> str:
    """A condition without which a block does not read a pool: ``"step == 80"``; ``"True"`` if there is none.

    It reads where in the stream we are, and the names that are ``known`` besides.
    """
    conditions = []
    for statement in read_statements(code, where):
        if pool not in reading.pools_of(statement.expression):
            continue
        first = leading(statement.expression, known)
        if not first:
            return "True"
        conditions.append(first)
    return " or ".join(f"({text})" for text in dict.fromkeys(conditions)) or "True"


def leading(expression: str, known: Collection[str] = ()) -> str:
    """What the beginning of a conjunction says about where in the stream we are; empty if nothing."""
    first = _leading(ast.parse(expression.strip(), mode="eval").body, {*CLOCK, *known})
    return " and ".join(f"({text})" for text in first)


def _leading(node: ast.expr, known: Collection[str]) -> list[str]:
    """Conditions at the beginning of a conjunction that read nothing but what is known."""
    if not isinstance(node, ast.BoolOp) or not isinstance(node.op, ast.And):
        return []
    found: list[str] = []
    for value in node.values:
        inner = _leading(value, known)
        if inner and isinstance(value, ast.BoolOp):
            found += inner
            if len(inner) == len(value.values):
                continue
            return found
        if get_identifiers(ast.unparse(value)) - set(known) - {"int"}:
            return found
        found.append(ast.unparse(value))
    return found
