"""An expression as a sum of products: how much of it is proportional to a state, with numbers for all constants.

Values of parameters are put in, conditions count as a factor of zero or one, bounds (``clip``) as not reached. What is
no polynomial stays a factor that is not looked into.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from brian2.core.namespace import DEFAULT_UNITS

from synapses.language.arithmetic import computed
from synapses.language.statements import Statement, replace_names

#: Functions of numbers that a factor without names may call.
FUNCTIONS = {
    name: getattr(np, name)
    for name in ("exp", "expm1", "log", "log10", "log1p", "sqrt", "abs", "sign", "sin", "cos", "tanh", "floor", "ceil")
}
_NUMBERS = {"inf": math.inf, "pi": math.pi, "e": math.e}
#: An expression with more terms is not looked into.
_MOST_TERMS = 500


@dataclass(frozen=True)
class Factor:
    """A factor that is no number: its text, the names it reads, and whether it is a condition."""

    text: str
    names: frozenset[str]
    condition: bool = False


#: Factors with their powers; empty for a number.
Product = tuple[tuple[Factor, int], ...]
#: A sum: the number before each product.
Terms = dict[Product, float]


def terms_of(expression: str, values: Mapping[str, float]) -> Terms:
    """The terms of an expression in Brian2 syntax, with ``values`` for parameters and the time step, all in SI units.

    Raises
    ------
    ValueError
        If there are very many.
    """
    known = {**_NUMBERS, **values}
    return {product: c for product, c in _terms(ast.parse(expression.strip(), mode="eval").body, known).items() if c}


def reads(product: Product, name: str) -> bool:
    """Whether a product depends on a name."""
    return any(name in factor.names for factor, _ in product)


def itself(name: str) -> Product:
    """The product that is a state and nothing else."""
    return ((Factor(name, frozenset({name})), 1),)


def written_out(statements: list[Statement], states: Mapping[str, str]) -> list[tuple[Statement, str]]:
    """Assignments of states, with local names replaced by what they stand for."""
    local: dict[str, str] = {}
    found = []
    for statement in statements:
        expression = replace_names(statement.expression, local)
        if statement.target in states:
            found.append((statement, expression))
        elif statement.operation == "=":
            local[statement.target] = f"({expression})"
        elif statement.operation in ("+=", "-=", "*=", "/=") and statement.target in local:
            local[statement.target] = f"({local[statement.target]} {statement.operation[0]} ({expression}))"
    return found


def _terms(node: ast.expr, known: Mapping[str, float]) -> Terms:
    match node:
        case ast.Constant(value=bool() | int() | float() as number):
            return {(): float(number)}
        case ast.Name(id=name) if name in known:
            return {(): known[name]}
        case ast.Name(id=name):
            if name in DEFAULT_UNITS:
                return {(): float(DEFAULT_UNITS[name])}
            return {itself(name): 1.0}
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _terms(operand, known)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _times(_terms(operand, known), {(): -1.0})
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _plus(_terms(left, known), _terms(right, known))
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _plus(_terms(left, known), _times(_terms(right, known), {(): -1.0}))
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _times(_terms(left, known), _terms(right, known))
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _times(_terms(left, known), _power(right, _terms(right, known), -1))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            exponent = _number(_terms(right, known))
            if exponent is not None and exponent == int(exponent):
                return _power(left, _terms(left, known), int(exponent))
        case ast.Call(func=ast.Name(id="clip"), args=[inner, _, _]):
            return _terms(inner, known)
        case ast.Call(func=ast.Name(id="int"), args=[ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not())]):
            return {((Factor(ast.unparse(node), _names(node), condition=True), 1),): 1.0}
        case ast.Call(func=ast.Name(id="int"), args=[inner]) if (whole := _number(_terms(inner, known))) is not None:
            return {(): float(math.trunc(whole))}
    return _opaque(node, known)


def _opaque(node: ast.expr, known: Mapping[str, float]) -> Terms:
    """What is no polynomial: a number if all it reads is known, otherwise one factor."""
    names = _names(node)
    if names <= set(known) | set(DEFAULT_UNITS):
        units = {name: float(DEFAULT_UNITS[name]) for name in names if name not in known}
        try:
            with np.errstate(all="ignore"):
                return {(): float(computed(ast.unparse(node), {**FUNCTIONS, **known, **units}))}
        except (ArithmeticError, NameError, SyntaxError, TypeError, ValueError):
            pass
    return {((Factor(ast.unparse(node), names), 1),): 1.0}


def _names(node: ast.AST) -> frozenset[str]:
    called = {id(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}
    return frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and id(n) not in called)


def _number(terms: Terms) -> float | None:
    return sum(terms.values()) if set(terms) <= {()} else None


def _plus(one: Terms, other: Terms) -> Terms:
    found = dict(one)
    for product, number in other.items():
        found[product] = found.get(product, 0.0) + number
    return found


def _times(one: Terms, other: Terms) -> Terms:
    if len(one) * len(other) > _MOST_TERMS:
        raise ValueError("too many terms")
    found: Terms = {}
    for a, x in one.items():
        for b, y in other.items():
            powers = dict(a)
            for factor, power in b:
                powers[factor] = powers.get(factor, 0) + power
            # A condition is zero or one, whatever its power.
            kept = ((f, 1 if f.condition and p > 0 else p) for f, p in powers.items() if p)
            product = tuple(sorted(kept, key=lambda item: item[0].text))
            found[product] = found.get(product, 0.0) + x * y
    return found


def _power(node: ast.expr, terms: Terms, exponent: int) -> Terms:
    number = _number(terms)
    if number is not None:
        return {(): float(np.float64(number) ** exponent) if number or exponent >= 0 else math.inf}
    if len(terms) == 1:
        ((product, number),) = terms.items()
        return {tuple((factor, power * exponent) for factor, power in product): float(np.float64(number) ** exponent)}
    if 0 <= exponent <= 6:
        found: Terms = {(): 1.0}
        for _ in range(exponent):
            found = _times(found, terms)
        return found
    text = ast.unparse(node)
    return {((Factor(f"({text})", _names(node)), exponent),): 1.0}
