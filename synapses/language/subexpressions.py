"""A subexpression is what it says at the moment it is read, also after what it is made of was assigned.

Backends compute the subexpressions of a block before it, or again now and then; where it matters, the definition
is written in place of the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from brian2.equations.equations import SUBEXPRESSION
from brian2.utils.stringtools import get_identifiers

from synapses.language.statements import read_statements, replace_names


def definitions_in(equations: Mapping[str, Any]) -> dict[str, str]:
    """What subexpressions say, those left out that are kept for a step."""
    return {
        name: equation.expr.code
        for name, equation in equations.items()
        if equation.type == SUBEXPRESSION and "constant over dt" not in equation.flags
    }


def with_current_values(code: str, definitions: Mapping[str, str], where: str) -> str:
    """Statements in which subexpressions of what was assigned before are written out; else the same text."""
    if not definitions or not code.strip():
        return code
    made_of = {name: _all_reads(name, definitions) for name in definitions}

    def written_out(expression: str, assigned: set[str]) -> str:
        stale = {n for n in get_identifiers(expression) if n in made_of and made_of[n] & assigned}
        return replace_names(expression, {n: f"({written_out(definitions[n], assigned)})" for n in stale})

    lines, assigned, changed = [], set[str](), False
    for statement in read_statements(code, where):
        expression = written_out(statement.expression, assigned)
        changed |= expression != statement.expression
        lines.append(f"{statement.target} {statement.operation} {expression}")
        assigned.add(statement.target)
    return "\n".join(lines) if changed else code


def _all_reads(name: str, definitions: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    new = set(get_identifiers(definitions[name]))
    while new:
        found |= new
        new = {n for known in new if known in definitions for n in get_identifiers(definitions[known])} - found
    return found
