"""Expressions computed without running code: what a text may say is arithmetic, comparisons, and known names.

Texts come from folders that somebody may have sent: they are parsed, never evaluated by Python.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

_OPERATORS: dict[type[ast.AST], Any] = {
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Not: np.logical_not,
    ast.And: np.logical_and,
    ast.Or: np.logical_or,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
#: Largest exponent of whole numbers, which Python would compute to the last of a billion digits.
_LARGEST = 1000


def computed(text: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression.

    Parameters
    ----------
    text : str
        With ``+ - * / // % **``, ``and or not``, comparisons, parentheses, numbers, and calls of functions by name.
    names : dict
        Numbers, arrays, quantities and functions.

    Raises
    ------
    NameError
        If it reads another name.
    SyntaxError
        If it is anything else.
    """
    return _value(ast.parse(text.strip(), mode="eval").body, names)


def _value(node: ast.AST, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() as number):
            return number
        case ast.Name(id=name):
            if name not in names:
                raise NameError(f"name '{name}' is not defined", name=name)
            return names[name]
        case ast.UnaryOp(op=op, operand=operand):
            return _operator(op)(_value(operand, names))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left, names), _value(right, names))
        case ast.BinOp(left=left, op=op, right=right):
            return _operator(op)(_value(left, names), _value(right, names))
        case ast.BoolOp(op=op, values=[first, *others]):
            value = _value(first, names)
            for other in others:
                value = _operator(op)(value, _value(other, names))
            return value
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _operator(op)(_value(left, names), _value(right, names))
        case ast.Call(func=ast.Name(id=name) as called, args=arguments, keywords=[]):
            function = _value(called, names)
            if not callable(function):
                raise SyntaxError(f"'{name}' is no function")
            return function(*(_value(argument, names) for argument in arguments))
    raise SyntaxError(f"'{ast.unparse(node)}' is no arithmetic")


def _operator(op: ast.AST) -> Any:
    if type(op) not in _OPERATORS:
        raise SyntaxError(f"{type(op).__name__} is no arithmetic")
    return _OPERATORS[type(op)]


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and abs(exponent) > _LARGEST:
        raise OverflowError(f"an exponent of {exponent} is too large")
    kinds = [np.asarray(value).dtype.kind for value in (base, exponent)]
    if all(kind in "iu" for kind in kinds) and np.any(np.asarray(exponent) < 0):
        base = base * 1.0  # NumPy has no whole numbers to a negative power
    return base**exponent
