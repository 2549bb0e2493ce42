"""Expressions: known names, and units that fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brian2.core.namespace import DEFAULT_UNITS
from brian2.equations.unitcheck import check_dimensions
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.units.fundamentalunits import DimensionMismatchError
from brian2.utils.stringtools import get_identifiers

from synapses.language.check_form import check_form
from synapses.language.errors import DeclarationError
from synapses.language.readable import MEANINGS, Known, hint_of
from synapses.language.units import Dimension
from synapses.language.values import meant

if TYPE_CHECKING:
    from synapses.language.model import Synapse


def check_expression(expression: str, dimensions: Dimension | None, known: Known, synapse: Synapse, where: str) -> None:
    """Names and units; without dimensions, of any."""
    check_identifiers(get_identifiers(expression), known, synapse, where)
    check_form(expression, known, where)
    check_units(expression, dimensions, known, where)


def check_units(expression: str, dimensions: Dimension | None, known: Known, where: str) -> None:
    """Units fit each other and what they should be."""
    try:
        if dimensions is None:
            parse_expression_dimensions(expression, known)
        else:
            check_dimensions(expression, dimensions, known)
    except DimensionMismatchError as error:
        raise DeclarationError(f"{where}: the units do not fit in '{expression}': {one_line(error)}") from error
    except (SyntaxError, ValueError, TypeError, NotImplementedError) as error:
        raise DeclarationError(f"{where}: cannot read '{expression}': {one_line(error)}") from error


def check_identifiers(names: set[str], known: Known, synapse: Synapse, where: str) -> None:
    """All names have a meaning here."""
    for name in sorted(names):
        if name in known or name in DEFAULT_UNITS:
            continue
        if name in MEANINGS:
            raise DeclarationError(f"{where} reads '{name}', which has a meaning only {MEANINGS[name]}.")
        there = sorted({*synapse.own_parameters(), *synapse.all_states()})
        if name in synapse.all_parameters():
            raise DeclarationError(
                f"{where} reads '{name}', which is a constant of a neuron state or neuromodulator; declare a parameter "
                "of the mechanism under another name."
            )
        if instead := hint_of(name):
            raise DeclarationError(f"{where} reads '{name}', which the language has not; write {instead}.")
        raise DeclarationError(
            f"{where} reads '{name}', which no mechanism of the model declares (parameters and states: "
            f"{', '.join(there)}){meant(name, there)}"
        )


def one_line(error: Exception) -> str:
    """What an error of Brian2 says, as a sentence."""
    return " ".join(str(error).split()).rstrip(".") + "."
