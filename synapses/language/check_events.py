"""Events: statements that read what is known, change what may be changed, and whose units fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.core.variables import Variable
from brian2.parsing.bast import brian_ast
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.units.allunits import second
from brian2.units.fundamentalunits import DIMENSIONLESS, DimensionMismatchError

from synapses.language.check_expressions import check_identifiers, one_line
from synapses.language.check_form import check_form
from synapses.language.check_names import check_name
from synapses.language.declarations import Event
from synapses.language.errors import DeclarationError
from synapses.language.readable import IN_EQUATIONS, MEANINGS, Known, equations_of
from synapses.language.statements import Statement, parsed, read_statements
from synapses.language.units import base_unit, dimensions_of
from synapses.language.values import meant

if TYPE_CHECKING:
    from synapses.language.model import Synapse


#: Far from what a model needs, and within what the schedule of a step has room for.
LARGEST_STAGE = 20


def check_event(event: Event, known: Known, synapse: Synapse, where: str) -> None:
    """Its stage and delay can be, and its statements."""
    if event.stage != int(event.stage) or abs(event.stage) > LARGEST_STAGE:
        raise DeclarationError(
            f"{where}: the stage {event.stage} is not a whole number from -{LARGEST_STAGE} to {LARGEST_STAGE}."
        )
    if event.delay:
        own = synapse.own_parameters()
        if event.delay not in own:
            raise DeclarationError(
                f"{where}: the delay '{event.delay}' is not a parameter of the model "
                f"({', '.join(own) or 'it has none'})."
            )
        delay = own[event.delay]
        if dimensions_of(delay.unit) is not second.dim or delay.value < 0:
            raise DeclarationError(
                f"{where}: the delay '{event.delay}' = {delay.value:g} {delay.unit} is not a time of zero or more."
            )
    statements = read_statements(event.code, where)
    if not statements:
        raise DeclarationError(f"{where}: there is an event without statements.")
    _check_block(statements, known, synapse, where)


def _check_block(statements: list[Statement], known: Known, synapse: Synapse, where: str) -> None:
    local = dict(known)
    own: dict[str, str] = {}
    for position, statement in enumerate(statements):
        target = statement.target
        check_identifiers(statement.reads, local, synapse, f"{where}: '{statement}'")
        _check_target(statement, local, synapse, where)
        check_form(statement.expression, local, where)
        try:
            found = parse_expression_dimensions(statement.expression, local)
        except DimensionMismatchError as error:
            raise DeclarationError(f"{where}: the units do not fit in '{statement}': {one_line(error)}") from error
        except (SyntaxError, ValueError, TypeError, NotImplementedError) as error:
            raise DeclarationError(f"{where}: cannot read '{statement}': {one_line(error)}") from error
        if target not in local or target in own:
            kind = brian_ast(statement.expression, local).dtype
            if own.setdefault(target, kind) != kind:
                raise DeclarationError(
                    f"{where}: '{target}' is {own[target]} at first and {kind} in '{statement}'; use two names."
                )
        if target not in local:
            check_name(target, where)
            _check_is_read(statement, statements[position + 1 :], synapse, where)
            kinds = {"integer": int, "boolean": bool}
            local[target] = Variable(target, dimensions=found, dtype=kinds.get(own[target], float))
        expected = local[target].dim if statement.operation in ("=", "+=", "-=") else DIMENSIONLESS
        if found is not expected and not _is_zero(statement.expression):
            raise DeclarationError(
                f"{where}: the units do not fit in '{statement}': '{target}' has {base_unit(local[target].dim)}, the "
                f"right side {base_unit(found)}."
            )


def _check_target(statement: Statement, known: Known, synapse: Synapse, where: str) -> None:
    target = statement.target
    if target in synapse.all_parameters():
        raise DeclarationError(f"{where}: '{statement}' changes a parameter; declare '{target}' as a State instead.")
    taken = (IN_EQUATIONS, MEANINGS, DEFAULT_FUNCTIONS, DEFAULT_CONSTANTS, DEFAULT_UNITS)
    if any(target in names for names in taken):
        raise DeclarationError(f"{where}: '{statement}' assigns '{target}', which has a meaning already.")
    modulators = {name for m in synapse.mechanisms for mod in m.modulators for name in parsed(mod.equations)}
    if target in modulators:
        raise DeclarationError(f"{where}: '{statement}' changes a neuromodulator; synapses may only read it.")
    defined = {name for m in synapse.mechanisms if m.equations for name in equations_of(m)} - set(synapse.all_states())
    if target in defined:
        raise DeclarationError(
            f"{where}: '{statement}' assigns '{target}', which is defined by an equation '{target} = ...'."
        )
    if target.endswith(("_pre", "_post")) and target not in known:
        raise DeclarationError(
            f"{where}: '{statement}' changes a variable of the neuron that is not declared in what it needs of them."
        )


def _check_is_read(statement: Statement, after: list[Statement], synapse: Synapse, where: str) -> None:
    """A name that is assigned, not declared and never read is a state that was mistyped."""
    if not any(statement.target in later.reads for later in after):
        states = synapse.all_states()
        raise DeclarationError(
            f"{where}: '{statement}' assigns '{statement.target}', which is no state of the model and is not read "
            f"afterwards (states: {', '.join(states) or 'none'}){meant(statement.target, states)}"
        )


def _is_zero(expression: str) -> bool:
    try:
        return float(expression) == 0
    except ValueError:
        return False
