"""Checks of a declaration, so that a mistake is one sentence here and not a compiler error later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.core.variables import Constant, Variable
from brian2.equations.equations import DIFFERENTIAL_EQUATION, EquationError, Equations
from brian2.equations.unitcheck import check_dimensions
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.units.allunits import second
from brian2.units.fundamentalunits import DIMENSIONLESS, DimensionMismatchError, get_unit
from brian2.utils.stringtools import get_identifiers

from synapses.language.declarations import Mechanism, NeuronState
from synapses.language.errors import DeclarationError
from synapses.language.statements import Statement, read_statements
from synapses.language.units import dimensions_of

if TYPE_CHECKING:
    from synapses.language.model import Synapse

#: Names that the language gives a meaning; a declaration may not take them.
RESERVED = frozenset(
    "gate now elapsed duration learning step presentation stimulus n_source n_pre n_post dt t i j N delay rand randn xi "
    "spike_count refractory_steps fired first_presentation random_seed random_phase".split()
)

_BUILTIN = {
    "dt": second.dim, "duration": second.dim, "elapsed": second.dim, "now": DIMENSIONLESS, "step": DIMENSIONLESS,
    "gate": DIMENSIONLESS, "learning": DIMENSIONLESS, "i": DIMENSIONLESS, "j": DIMENSIONLESS,
    "n_pre": DIMENSIONLESS, "n_post": DIMENSIONLESS, "xi": (second**-0.5).dim,
    "True": DIMENSIONLESS, "False": DIMENSIONLESS,
}  # fmt: skip


def check_synapse(synapse: Synapse) -> None:
    """Raise a :class:`DeclarationError` with one sentence about the first thing that is wrong."""
    here = f"Synapse '{synapse.name}'"
    _check_names(synapse, here)
    _check_needs(synapse, here)
    known = _variables(synapse)
    for mechanism in synapse.mechanisms:
        where = f"{here}, mechanism '{mechanism.name}'"
        _check_equations(mechanism, known, synapse, where)
        for label in ("on_pre", "on_post", "at_end"):
            for event in getattr(mechanism, label):
                _check_block(
                    read_statements(event.code, f"{where}, {label}"), known, synapse, f"{where}, {label}"
                )
                if event.delay and event.delay not in synapse.all_parameters():
                    raise DeclarationError(
                        f"{where}, {label}: the delay '{event.delay}' is not a parameter of it."
                    )
        if mechanism.gate:
            _check_expression(mechanism.gate, DIMENSIONLESS, known, synapse, f"{where}, gate")
        for target, expression in mechanism.summed.items():
            if target not in known:
                raise DeclarationError(
                    f"{where}, summed: '{target}' is not declared in what it needs of the neurons."
                )
            _check_expression(expression, known[target].dim, known, synapse, f"{where}, summed {target}")
    _check_expression(synapse.efficacy, None, known, synapse, f"{here}, efficacy")
    for state in synapse.all_states().values():
        if isinstance(state.initial, str):
            _check_expression(
                state.initial,
                dimensions_of(state.unit),
                known,
                synapse,
                f"{here}, initial value of '{state.name}'",
            )
    for name in synapse.frozen - set(synapse.all_states()):
        raise DeclarationError(f"{here}: the frozen state '{name}' does not exist.")
    _ = synapse.lowered  # order dependence and event-driven equations are checked there


def _check_names(synapse: Synapse, here: str) -> None:
    names = [m.name for m in synapse.mechanisms]
    for name in names:
        if names.count(name) > 1:
            raise DeclarationError(f"{here} has two mechanisms named '{name}'; a name stands for one.")
    owners: dict[str, tuple[str, object]] = {}
    for owner, items in [
        ("the model", [*synapse.states, *synapse.parameters]),
        *((f"mechanism '{m.name}'", [*m.states, *m.all_parameters()]) for m in synapse.mechanisms),
    ]:
        for item in items:
            _check_name(item.name, here)
            other, known = owners.setdefault(item.name, (owner, item))
            if known != item:
                raise DeclarationError(
                    f"{here}: '{item.name}' is declared differently by {other} ({known}) and by {owner} ({item}); "
                    f"declare it identically or use two names."
                )


def _check_name(name: str, here: str) -> None:
    if name in RESERVED:
        raise DeclarationError(f"{here}: '{name}' has a meaning in the language; choose another name.")
    if name.endswith(("_pre", "_post")):
        raise DeclarationError(
            f"{here}: '{name}' reads like a variable of a neuron; end it with something else."
        )
    try:
        Equations.check_identifier(name)
    except (SyntaxError, ValueError) as error:
        raise DeclarationError(f"{here}: '{name}' cannot be a name ({str(error).rstrip('.')}).") from error


def _check_needs(synapse: Synapse, here: str) -> None:
    names = synapse.mechanism_names()
    for mechanism in synapse.mechanisms:
        for needed in mechanism.needs:
            if needed not in names:
                raise DeclarationError(
                    f"{here}: mechanism '{mechanism.name}' needs mechanism '{needed}', which is not there."
                )


def _variables(synapse: Synapse) -> dict[str, Variable]:
    """Everything that code may read, with dimensions."""
    known: dict[str, Variable] = {
        name: Constant(name=name, value=1.0, dimensions=dim) for name, dim in _BUILTIN.items()
    }
    known |= (
        DEFAULT_FUNCTIONS
        | DEFAULT_CONSTANTS
        | {name: Constant(name, float(u), dimensions=u.dim) for name, u in DEFAULT_UNITS.items()}
    )
    known |= {
        p.name: Constant(p.name, p.value, dimensions=dimensions_of(p.unit))
        for p in synapse.all_parameters().values()
    }
    for state in synapse.all_states().values():
        known[state.name] = Variable(
            state.name, dimensions=dimensions_of(state.unit), dtype=_dtype(state.unit)
        )
    for mechanism in synapse.mechanisms:
        for side, needs in (("pre", mechanism.pre), ("post", mechanism.post)):
            for need in needs:
                known[f"{need.name}_{side}"] = Variable(
                    f"{need.name}_{side}", dimensions=dimensions_of(need.unit)
                )
                _check_neuron_state(need, f"Synapse '{synapse.name}', mechanism '{mechanism.name}'")
        for modulator in mechanism.modulators:
            for equation in Equations(modulator.equations).values():
                known[equation.varname] = Variable(equation.varname, dimensions=equation.dim)
        if mechanism.equations:
            for equation in _equations(mechanism).values():
                known.setdefault(equation.varname, Variable(equation.varname, dimensions=equation.dim))
    return known


def _dtype(unit: str) -> type:
    return {"integer": int, "boolean": bool}.get(unit, float)


def _equations(mechanism: Mechanism) -> Equations:
    try:
        return Equations(mechanism.equations)
    except (EquationError, SyntaxError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise DeclarationError(
            f"Mechanism '{mechanism.name}': its equations cannot be read: {reason}"
        ) from error


def _check_neuron_state(need: NeuronState, where: str) -> None:
    if not need.equations:
        return
    for equation in Equations(need.equations).values():
        if equation.varname == need.name and equation.dim is not dimensions_of(need.unit):
            raise DeclarationError(
                f"{where}: the neuron state '{need.name}' is declared with the unit {need.unit}, its equation has "
                f"{get_unit(equation.dim)!r}."
            )


def _check_equations(mechanism: Mechanism, known: dict[str, Variable], synapse: Synapse, where: str) -> None:
    if not mechanism.equations:
        return
    for equation in _equations(mechanism).values():
        if equation.expr is None:
            raise DeclarationError(f"{where}: declare '{equation.varname}' as a State, not in the equations.")
        expected = equation.dim
        if equation.type == DIFFERENTIAL_EQUATION:
            if equation.varname not in synapse.all_states():
                raise DeclarationError(
                    f"{where}: '{equation.varname}' has an equation but is not declared as a State."
                )
            expected = (get_unit(equation.dim) / second).dim
        _check_expression(
            equation.expr.code, expected, known, synapse, f"{where}, equation of '{equation.varname}'"
        )


def _check_expression(
    expression: str, dimensions: object, known: dict[str, Variable], synapse: Synapse, where: str
) -> None:
    _check_identifiers(get_identifiers(expression), known, synapse, where)
    try:
        if dimensions is None:
            parse_expression_dimensions(expression, known)
        else:
            check_dimensions(expression, dimensions, known)
    except DimensionMismatchError as error:
        raise DeclarationError(f"{where}: the units do not fit in '{expression}': {_first(error)}") from error
    except (SyntaxError, ValueError, TypeError, NotImplementedError) as error:
        raise DeclarationError(f"{where}: cannot read '{expression}': {_first(error)}") from error


def _check_block(
    statements: list[Statement], known: dict[str, Variable], synapse: Synapse, where: str
) -> None:
    local = dict(known)
    for statement in statements:
        _check_identifiers(statement.reads, local, synapse, f"{where}: '{statement}'")
        _check_target(statement, local, synapse, where)
        try:
            found = parse_expression_dimensions(statement.expression, local)
        except DimensionMismatchError as error:
            raise DeclarationError(
                f"{where}: the units do not fit in '{statement}': {_first(error)}"
            ) from error
        except (SyntaxError, ValueError, TypeError, NotImplementedError) as error:
            raise DeclarationError(f"{where}: cannot read '{statement}': {_first(error)}") from error
        if statement.target not in local:
            local[statement.target] = Variable(statement.target, dimensions=found)
        elif statement.operation in ("=", "+=", "-=") and found is not local[statement.target].dim:
            if not _is_zero(statement.expression):
                raise DeclarationError(
                    f"{where}: the units do not fit in '{statement}': '{statement.target}' has "
                    f"{get_unit(local[statement.target].dim)!r}, the right side {get_unit(found)!r}."
                )


def _is_zero(expression: str) -> bool:
    try:
        return float(expression) == 0
    except ValueError:
        return False


def _check_target(statement: Statement, known: dict[str, Variable], synapse: Synapse, where: str) -> None:
    target = statement.target
    if target in synapse.all_parameters():
        raise DeclarationError(
            f"{where}: '{statement}' changes a parameter; declare '{target}' as a State instead."
        )
    if target in _BUILTIN or target in DEFAULT_FUNCTIONS or target in DEFAULT_UNITS:
        raise DeclarationError(f"{where}: '{statement}' assigns '{target}', which has a meaning already.")
    modulators = {
        name for m in synapse.mechanisms for mod in m.modulators for name in Equations(mod.equations)
    }
    if target in modulators:
        raise DeclarationError(f"{where}: '{statement}' changes a neuromodulator; synapses may only read it.")
    if target.endswith(("_pre", "_post")) and target not in known:
        raise DeclarationError(
            f"{where}: '{statement}' changes a variable of the neuron that is not declared in what it needs of them."
        )


def _check_identifiers(names: set[str], known: dict[str, Variable], synapse: Synapse, where: str) -> None:
    for name in sorted(names):
        if name not in known and name not in DEFAULT_UNITS:
            there = ", ".join(sorted([*synapse.all_parameters(), *synapse.all_states()]))
            raise DeclarationError(
                f"{where} reads '{name}', which no mechanism of the model declares (parameters and states: {there})."
            )


def _first(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") + "."
