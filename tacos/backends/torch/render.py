"""Expressions and statements in Brian2 syntax as PyTorch code."""

from __future__ import annotations

import ast
from collections.abc import Collection

from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.parsing.rendering import NodeRenderer

from synapses import DeclarationError
from tacos.networks.lowering.courses import LOOKUP

#: Functions of operations.py, by Brian2's names; ``rand`` and ``randn`` were numbered before.
FUNCTIONS = {
    **{
        name: name
        for name in (
            "exp", "log", "log10", "log1p", "expm1", "exprel", "sin", "cos", "tan", "sinh", "cosh", "tanh",
            "arcsin", "arccos", "arctan", "sqrt", "sign", "floor", "ceil", "clip", "abs", "timestep",
            "uniform", "normal",
        )
    },
    "int": "whole",
}  # fmt: skip
CONSTANTS = set(DEFAULT_CONSTANTS) - {"-inf"}
_ORDERED = (ast.Gt, ast.GtE, ast.Lt, ast.LtE)


class TorchRenderer(NodeRenderer):
    """Renders an expression; names stay as they are, and are bound by the caller."""

    expression_ops = {**NodeRenderer.expression_ops, "And": "&", "Or": "|"}

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where
        self.needed = ""

    def render_UnaryOp(self, node: ast.UnaryOp) -> str:  # noqa: N802
        if isinstance(node.op, ast.Not):
            return f"logical_not({self.render_node(node.operand)})"
        return super().render_UnaryOp(node)

    def render_BoolOp(self, node: ast.BoolOp) -> str:  # noqa: N802
        """Where an ``and`` is false already, the random numbers that follow are not needed: most pixels are dark."""
        if not isinstance(node.op, ast.And):
            return super().render_BoolOp(node)
        first, *others = node.values
        code = self.render_element_parentheses(first)
        for other in others:
            before, self.needed = self.needed, code
            code += f" & {self.render_element_parentheses(other)}"
            self.needed = before
        return code

    def render_Call(self, node: ast.Call) -> str:  # noqa: N802
        code = super().render_Call(node)
        return f"{code[:-1]}, needed={self.needed})" if self.needed and code.startswith("uniform(") else code

    def render_func(self, node: ast.Name) -> str:
        if node.id.startswith(LOOKUP):
            return node.id
        if node.id not in FUNCTIONS:
            kind = "Brian2's" if node.id in DEFAULT_FUNCTIONS else "an unknown"
            raise DeclarationError(
                f"{self.where}: {kind} function '{node.id}' cannot be run by the torch backend; "
                f"there are {', '.join(sorted(FUNCTIONS))}."
            )
        return FUNCTIONS[node.id]


def render(expression: str, where: str, shared: Collection[str] = ()) -> str:
    """An expression as PyTorch code; the value of a name among ``shared`` is copied where it is all there is.

    Raises
    ------
    DeclarationError
        If it uses something that has no counterpart; the message names it.
    """
    tree = ast.parse(expression.strip(), mode="eval").body
    try:
        code = TorchRenderer(where).render_node(tree)
    except (SyntaxError, ValueError) as error:
        raise DeclarationError(f"{where}: '{expression}' cannot be run by the torch backend: {error}.") from error
    # A state that is given to another must not share its memory.
    return f"copied({code})" if isinstance(tree, ast.Name) and tree.id in shared else code


def render_smooth(condition: str, where: str) -> str:
    """A condition as 0 and 1 with a gradient: that of a comparison is a surrogate at its margin.

    ``and`` multiplies, ``or`` is ``1 - (1 - a)(1 - b)``, ``not`` is ``1 - a``; anything else has no gradient.
    """

    def smooth(node: ast.expr) -> str:
        if isinstance(node, ast.BoolOp):
            parts = [smooth(value) for value in node.values]
            if isinstance(node.op, ast.And):
                return "*".join(f"({part})" for part in parts)
            return "1 - " + "*".join(f"(1 - ({part}))" for part in parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return f"1 - ({smooth(node.operand)})"
        plain = render(ast.unparse(node), where)
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], _ORDERED):
            one, other = (render(ast.unparse(side), where) for side in (node.left, node.comparators[0]))
            if isinstance(node.ops[0], ast.Lt | ast.LtE):
                one, other = other, one
            return f"crossing(({one}) - ({other}), {plain}, _n.threshold)"
        return f"as_number({plain})"

    return smooth(ast.parse(condition.strip(), mode="eval").body)
