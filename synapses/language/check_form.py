"""What an expression may be made of: real numbers, and truth values that int() makes numbers."""

from __future__ import annotations

import ast
import math

from synapses.language.errors import DeclarationError
from synapses.language.readable import Known

#: Of a power of whole numbers; what is larger is no number of a computer.
_LARGEST = 300


def check_form(expression: str, known: Known, where: str) -> None:
    """Refuse what one backend computes and another does not, or none."""
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except SyntaxError:
        return  # the check of units says so
    for node in ast.walk(tree):
        match node:
            case ast.Compare(ops=[_, _, *_]):
                raise DeclarationError(
                    f"{where}: write '{ast.unparse(node)}' as two comparisons with 'and' in between."
                )
            case ast.Constant(value=value) if not _is_real(value):
                raise DeclarationError(f"{where}: '{expression}' has a number that is not real and finite.")
            case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=int() as power)) if abs(power) > _LARGEST:
                raise DeclarationError(f"{where}: '{ast.unparse(node)}' has an exponent above {_LARGEST}.")
            case ast.BinOp(left=left, right=right):
                for part in (left, right):
                    if _is_truth(part, known):
                        said = ast.unparse(part)
                        raise DeclarationError(f"{where}: '{said}' in '{expression}' is no number; write int({said}).")
            case ast.BoolOp(values=parts):
                _check_truths(parts, known, expression, where)
            case ast.UnaryOp(op=ast.Not(), operand=part):
                _check_truths([part], known, expression, where)


def _check_truths(parts: list[ast.expr], known: Known, expression: str, where: str) -> None:
    for part in parts:
        if not _is_truth(part, known):
            said = ast.unparse(part)
            raise DeclarationError(
                f"{where}: '{said}' in '{expression}' is neither true nor false; compare it, such as {said} > 0."
            )


def _is_truth(node: ast.AST, known: Known) -> bool:
    match node:
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()) | ast.Constant(value=bool()):
            return True
        case ast.Name(id=name):
            return name in ("True", "False") or getattr(known.get(name), "dtype", None) is bool
    return False


def _is_real(value: object) -> bool:
    try:
        return isinstance(value, bool | int | float) and math.isfinite(value)
    except OverflowError:
        return False
