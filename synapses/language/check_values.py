"""Values of parameters that no equation can mean: what is infinite may bound or divide, and nothing else."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from synapses.language.errors import DeclarationError
from synapses.language.statements import parsed, read_statements

if TYPE_CHECKING:
    from synapses.language.model import Synapse


def check_infinite(synapse: Synapse, here: str) -> None:
    """Refuse an infinite parameter that makes a state infinite: a learning rate, and no bound or time constant."""
    infinite = {name for name, p in synapse.own_parameters().items() if math.isinf(p.value)}
    if not infinite:
        return
    for expression in _expressions(synapse, here):
        for name in sorted(_as_factors(ast.parse(expression.strip(), mode="eval").body) & infinite):
            raise DeclarationError(
                f"{here}: Parameter '{name}' is infinite, and '{' '.join(expression.split())}' would be, too; give it "
                f"a number (what is infinite may be a bound of clip, be compared, or divide)."
            )


def _expressions(synapse: Synapse, here: str) -> Iterable[str]:
    yield synapse.efficacy
    for m in synapse.mechanisms:
        for event in (event for *_, events in m.triggers() for event in events):
            yield from (statement.expression for statement in read_statements(event.code, here))
        if m.equations:
            yield from (e.expr.code for e in parsed(m.equations).values() if e.expr is not None)
        yield from m.summed.values()
        if m.gate:
            yield m.gate


def _as_factors(node: ast.AST) -> set[str]:
    """Names that make an expression infinite where they are: not in a denominator, a comparison or a call."""
    match node:
        case ast.Name(id=name):
            return {name}
        case ast.BinOp(left=left, op=ast.Div()):
            return _as_factors(left)
        case ast.BinOp(left=left, right=right):
            return _as_factors(left) | _as_factors(right)
        case ast.Call(func=ast.Name(id="clip"), args=[clipped, *_]):
            return _as_factors(clipped)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _as_factors(operand)
    return set()
