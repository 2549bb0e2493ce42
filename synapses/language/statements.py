"""Reading statements: what a block reads and assigns, and whether the order of synapses matters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from brian2.equations.equations import Equations
from brian2.parsing.statements import parse_statement
from brian2.utils.stringtools import get_identifiers

from synapses.language.errors import DeclarationError


@lru_cache(maxsize=4096)
def parsed(text: str) -> Equations:
    """Brian2 equations of a text, parsed once; they are never changed."""
    return Equations(text)


@dataclass(frozen=True)
class Statement:
    """One assignment: ``target operation expression``, with the names that the expression reads."""

    target: str
    operation: str
    expression: str

    @property
    def reads(self) -> set[str]:
        """Names read, the target included where the operation is not a plain assignment."""
        names = set(get_identifiers(self.expression))
        return names if self.operation == "=" else names | {self.target}

    def __str__(self) -> str:
        return f"{self.target} {self.operation} {self.expression}"


def read_statements(code: str, where: str) -> list[Statement]:
    """Statements of a block, one a line (a line may be continued inside brackets)."""
    statements = []
    for line in _logical_lines(code):
        try:
            target, operation, expression, _ = parse_statement(line)
        except Exception as error:
            raise DeclarationError(
                f"{where}: cannot read the statement '{line}'; write 'state = expression'."
            ) from error
        statements.append(Statement(target, operation, expression.strip()))
    return statements


def _logical_lines(code: str) -> Iterable[str]:
    pending, depth = "", 0
    for line in code.splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        pending = f"{pending} {line}".strip()
        depth += sum(line.count(c) for c in "([") - sum(line.count(c) for c in ")]")
        if depth <= 0:
            yield pending
            pending, depth = "", 0
    if pending:
        yield pending


def replace_names(code: str, replacements: Mapping[str, str]) -> str:
    """Replace whole names in code."""
    if not replacements:
        return code
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, replacements)) + r")\b")
    return pattern.sub(lambda match: replacements[match.group()], code)


def replace_names_of_equations(equations: str, replacements: Mapping[str, str]) -> str:
    """Replace whole names in equations, not in their units and flags: ``driven`` stays in ``(clock-driven)``."""
    lines = (line.rpartition(":") for line in equations.splitlines())
    return "\n".join(replace_names(left, replacements) + colon + right for left, colon, right in lines)


def number_calls(code: str, function: str, renamed: Callable[[int], str]) -> str:
    """Replace the k-th call ``function()`` of a block by ``renamed(k)``."""
    count = iter(range(code.count("(") + 1))
    return re.sub(rf"\b{function}\(\s*\)", lambda _: renamed(next(count)), code)


def refuse_order_dependence(
    statements: list[Statement],
    where: str,
    read_by: Callable[[str], set[str]] = get_identifiers,
    instead: str = "use a later stage to read the sum",
) -> None:
    """Refuse what would depend on the order in which synapses are visited.

    Synapses of one neuron share its variables, so within a block such a variable may be added to, or read,
    but not both, and never assigned. ``read_by`` tells the names that an expression reads, ``instead`` is what
    the message says to do.
    """
    neuronal = [s for s in statements if s.target.endswith(("_pre", "_post"))]
    for statement in neuronal:
        if statement.operation not in ("+=", "-="):
            raise DeclarationError(
                f"{where}: '{statement}' assigns a variable of the neuron, so the result depends on the order of "
                f"synapses; add to it with += and {instead}."
            )
        readers = [s for s in statements if statement.target in read_by(s.expression)]
        if readers:
            raise DeclarationError(
                f"{where}: '{statement}' adds to {statement.target} and '{readers[0]}' reads it in the same stage, so "
                f"the result depends on the order of synapses; {instead}."
            )
