"""Powers and clipped values are real numbers: ``2**-1`` and ``clip(0, 0.5, 1)`` are a half, whatever runs them.

C++, NumPy and PyTorch each make something else of a whole number to the power of a negative one. Where the exponent may
be one, the base becomes a real number; ``k**2`` and ``2**3`` stay whole. Brian2's compiled ``clip`` gives what it
clips its own type back: a whole number or a truth value becomes a real number first, unless its bounds are whole.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable
from typing import Any

from synapses.language.needs import equation_text
from synapses.language.statements import parsed, read_statements

#: Whole numbers that every population and projection knows.
WHOLE = frozenset(
    {"i", "j", "N", "N_pre", "N_post", "n_pre", "n_post", "step", "presentation", "now", "learning", "t_in_timesteps"}
)
#: Types of variables that are no real numbers.
TYPES = ("integer", "boolean")
_KEEPING = ("abs", "clip", "sign")
_CONCERNED = re.compile(r"\*\*|\bclip\b")


def real_numbers(expression: str, whole: Collection[str]) -> str:
    """An expression whose powers and clipped values are real numbers; the same text where nothing has to change.

    Parameters
    ----------
    expression : str
    whole : collection of str
        Names of whole numbers and truth values.
    """
    if not _CONCERNED.search(expression):
        return expression
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except SyntaxError:
        return expression  # whoever reads it says so
    made = _Real(whole)
    changed = made.visit(tree)
    return ast.unparse(changed) if made.changed else expression


def real_numbers_of_block(code: str, whole: Iterable[str], where: str = "a block") -> str:
    """Statements in real numbers where they must be; what is assigned to a whole number is made whole again."""
    if not _CONCERNED.search(code):
        return code
    fixed = {*whole, *WHOLE}
    names, lines, changed = set(fixed), [], False
    for statement in read_statements(code, where):
        expression = real_numbers(statement.expression, names)
        if expression != statement.expression:
            changed = True
            real = statement.target in fixed and not is_whole(expression, names)
            expression = f"int({expression})" if real else expression
        elif statement.operation == "=" and is_whole(expression, names):
            names.add(statement.target)
        lines.append(f"{statement.target} {statement.operation} {expression}")
    return "\n".join(lines) if changed else code


def real_numbers_of_equations(text: str, whole: Iterable[str]) -> str:
    """Equations in real numbers where they must be; the same text where nothing has to change."""
    if not _CONCERNED.search(text):
        return text
    equations = parsed(text)
    names = {*whole, *WHOLE, *whole_names(equations.values())}
    lines, changed = [], False
    for equation in equations.values():
        code = equation.expr.code if equation.expr is not None else ""
        real = real_numbers(code, names)
        changed |= real != code
        real = f"int({real})" if real != code and equation.var_type == "integer" else real
        lines.append(equation_text(equation, real))
    return "\n".join(lines) if changed else text


def whole_names(equations: Iterable[Any]) -> set[str]:
    """Variables that equations declare as integers or truth values."""
    return {equation.varname for equation in equations if equation.var_type in TYPES}


def is_whole(expression: str, whole: Collection[str]) -> bool:
    """Whether the value of an expression is an integer or a truth value."""
    try:
        return _is_whole(ast.parse(expression.strip(), mode="eval").body, {*whole, *WHOLE})
    except SyntaxError:
        return False


def _is_whole(node: ast.AST, whole: Collection[str]) -> bool:
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int)
        case ast.Name(id=name):
            return name in whole
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _is_whole(operand, whole)
        case ast.BinOp(op=ast.Div()):
            return False
        case ast.BinOp(left=left, right=right):
            return _is_whole(left, whole) and _is_whole(right, whole)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return name in ("int", "timestep") or (name in _KEEPING and all(_is_whole(a, whole) for a in arguments))
    return False


class _Real(ast.NodeTransformer):
    """Makes real the base of a power whose exponent may be negative, and what is clipped between real numbers."""

    def __init__(self, whole: Collection[str]) -> None:
        self.whole = {*whole, *WHOLE}
        self.changed = False

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:  # noqa: N802
        base_is_whole = _is_whole(node.left, self.whole)
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow) or not base_is_whole:
            return node
        match node.right:
            case ast.Constant(value=int()):
                return node
        node.left = self._real(node.left)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802
        match node:
            case ast.Call(func=ast.Name(id="clip"), args=[ast.expr() as value, *bounds], keywords=[]):
                if _is_whole(value, self.whole) and not all(_is_whole(b, self.whole) for b in bounds):
                    self.generic_visit(node)
                    node.args[0] = self._real(node.args[0])
                    return node
        return self.generic_visit(node)

    def _real(self, node: ast.expr) -> ast.expr:
        self.changed = True
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return ast.Constant(float(node.value))
        match node:
            case ast.Call(func=ast.Name(id="int")):
                made: ast.expr = node
            case _:
                made = ast.Call(ast.Name("int"), [node], [])
        return ast.BinOp(ast.Constant(1.0), ast.Mult(), made)  # a truth value is multiplied by nothing
