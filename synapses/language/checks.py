"""Checks of a declaration, so that a mistake is one sentence here and not a compiler error later."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.core.variables import Constant, Variable
from brian2.equations.equations import DIFFERENTIAL_EQUATION, EquationError, Equations
from brian2.equations.unitcheck import check_dimensions
from brian2.parsing.bast import brian_ast
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.stateupdaters.base import StateUpdateMethod
from brian2.units.allunits import second
from brian2.units.fundamentalunits import DIMENSIONLESS, DimensionMismatchError
from brian2.utils.stringtools import get_identifiers

from synapses.language.declarations import Event, Mechanism, Modulator, NeuronState, Parameter, State
from synapses.language.errors import DeclarationError
from synapses.language.statements import Statement, parsed, read_statements
from synapses.language.units import Dimension, base_unit, dimensions_of

if TYPE_CHECKING:
    from synapses.language.model import Synapse

Known = dict[str, Variable]
#: Made once: there are some two thousand.
_UNITS: Known = {name: Constant(name, float(u), dimensions=u.dim) for name, u in DEFAULT_UNITS.items()}

#: Names that the language gives a meaning; a declaration may not take them.
RESERVED = frozenset(
    "gate now elapsed duration learning step presentation stimulus n_source n_pre n_post dt t i j N delay rand randn "
    "xi pre post end transmit "
    "spike_count refractory_steps fired first_presentation random_seed random_phase".split()
)

_ANYWHERE: dict[str, Dimension] = {"True": DIMENSIONLESS, "False": DIMENSIONLESS}
_IN_EVENTS: dict[str, Dimension] = _ANYWHERE | {
    "dt": second.dim, "duration": second.dim, "now": DIMENSIONLESS, "gate": DIMENSIONLESS,
    "learning": DIMENSIONLESS, "i": DIMENSIONLESS, "j": DIMENSIONLESS,
}  # fmt: skip
_IN_EQUATIONS: dict[str, Dimension] = _IN_EVENTS | {"xi": (second**-0.5).dim}
_IN_INITIAL: dict[str, Dimension] = _ANYWHERE | {
    "dt": second.dim, "duration": second.dim, "i": DIMENSIONLESS, "j": DIMENSIONLESS, "n_pre": DIMENSIONLESS,
    "n_post": DIMENSIONLESS,
}  # fmt: skip
#: Names that mean something somewhere, so that a message can say where.
_MEANINGS = {
    "gate": "in events and clock-driven equations",
    "elapsed": "in the events of a mechanism with event-driven equations",
    "xi": "in clock-driven equations",
    "n_pre": "in initial values",
    "n_post": "in initial values",
    "dt": "in events, equations and initial values",
    "duration": "in events, equations and initial values",
    "now": "in events and equations",
    "learning": "in events and equations",
    "n_source": "in what a neuromodulator does on its source",
}
#: Far from what a model needs, and within what the schedule of a step has room for.
LARGEST_STAGE = 20


def check_synapse(synapse: Synapse) -> None:
    """Raise a :class:`DeclarationError` with one sentence about the first thing that is wrong."""
    here = f"Synapse '{synapse.name}'"
    _check_names(synapse, here)
    _check_needs(synapse, here)
    for mechanism in synapse.mechanisms:
        where = f"{here}, mechanism '{mechanism.name}'"
        for need in (*mechanism.pre, *mechanism.post):
            _check_neuron_state(need, where)
        for modulator in mechanism.modulators:
            _check_modulator(modulator, where)
    known = _variables(synapse)
    _check_owners_of_equations(synapse, here)
    for mechanism in synapse.mechanisms:
        where = f"{here}, mechanism '{mechanism.name}'"
        _check_equations(mechanism, known, synapse, where)
        builtin = _IN_EVENTS | ({"elapsed": second.dim} if _event_driven(mechanism) else {})
        for label in ("on_pre", "on_post", "at_end"):
            for event in getattr(mechanism, label):
                _check_event(event, _with(known, builtin), synapse, f"{where}, {label}")
        if mechanism.gate:
            local = _with(known, {**_IN_EVENTS, "gate": None})
            _check_expression(mechanism.gate, DIMENSIONLESS, local, synapse, f"{where}, gate")
        _check_summed(mechanism, known, synapse, where)
    _check_expression(synapse.efficacy, None, _with(known, _ANYWHERE), synapse, f"{here}, efficacy")
    _check_initial_values(synapse, here)
    for name in synapse.frozen - set(synapse.all_states()):
        raise DeclarationError(f"{here}: the frozen state '{name}' does not exist.")
    _ = synapse.lowered  # order dependence and event-driven equations are checked there


# -- names ---------------------------------------------------------------------------------------------------


def _check_names(synapse: Synapse, here: str) -> None:
    names = [m.name for m in synapse.mechanisms]
    for name in names:
        if not name.strip():
            raise DeclarationError(f"{here} has a mechanism without a name.")
        if names.count(name) > 1:
            raise DeclarationError(f"{here} has two mechanisms named '{name}'; a name stands for one.")
    owners: dict[str, tuple[str, object]] = {}
    groups: list[tuple[str, list[State | Parameter]]] = [("the model", [*synapse.states, *synapse.parameters])]
    groups += [(f"mechanism '{m.name}'", [*m.states, *m.all_parameters()]) for m in synapse.mechanisms]
    for owner, items in groups:
        for item in items:
            _check_name(item.name, here)
            other, known = owners.setdefault(item.name, (owner, item))
            if known != item:
                raise DeclarationError(
                    f"{here}: '{item.name}' is declared differently by {other} ({known}) and by {owner} ({item}); "
                    "declare it identically or use two names."
                )
    for mechanism in synapse.mechanisms:
        asked = [item.name for item in (*mechanism.pre, *mechanism.post)]
        for name in [*asked, *(modulator.name for modulator in mechanism.modulators)]:
            _check_name(name, here)
        for modulator in mechanism.modulators:
            if modulator.name in owners:
                raise DeclarationError(
                    f"{here}: '{modulator.name}' is a neuromodulator and also declared by {owners[modulator.name][0]}; "
                    "use two names."
                )


def _check_name(name: str, here: str) -> None:
    if name in RESERVED:
        raise DeclarationError(f"{here}: '{name}' has a meaning in the language; choose another name.")
    if name.endswith(("_pre", "_post")):
        raise DeclarationError(f"{here}: '{name}' reads like a variable of a neuron; end it with something else.")
    if name.endswith("_"):
        raise DeclarationError(f"{here}: '{name}' cannot be a name (no name ends with an underscore).")
    try:
        _check_identifier(name)
    except (SyntaxError, ValueError) as error:
        raise DeclarationError(f"{here}: '{name}' cannot be a name ({str(error).rstrip('.')}).") from error


@lru_cache(maxsize=4096)
def _check_identifier(name: str) -> None:
    Equations.check_identifier(name)


def _check_needs(synapse: Synapse, here: str) -> None:
    names = synapse.mechanism_names()
    for mechanism in synapse.mechanisms:
        for needed in mechanism.needs:
            if needed not in names:
                raise DeclarationError(
                    f"{here}: mechanism '{mechanism.name}' needs mechanism '{needed}', which is not there."
                )


# -- what code may read --------------------------------------------------------------------------------------


def _variables(synapse: Synapse) -> Known:
    """Everything that the synapse's code may read, with dimensions; names like ``dt`` depend on where."""
    known = _values(synapse)
    for mechanism in synapse.mechanisms:
        for side, needs in (("pre", mechanism.pre), ("post", mechanism.post)):
            for need in needs:
                name = f"{need.name}_{side}"
                known[name] = Variable(name, dimensions=dimensions_of(need.unit), dtype=_dtype(need.unit))
        for modulator in mechanism.modulators:
            for equation in parsed(modulator.equations).values():
                known[equation.varname] = Variable(equation.varname, dimensions=equation.dim)
        if mechanism.equations:
            for equation in _equations(mechanism).values():
                variable = Variable(equation.varname, dimensions=equation.dim, dtype=_dtype(equation.var_type))
                known.setdefault(equation.varname, variable)
    return known


def _values(synapse: Synapse) -> Known:
    """What the synapse itself holds: constants, parameters and states."""
    known: Known = {**DEFAULT_FUNCTIONS, **DEFAULT_CONSTANTS, **_UNITS}
    for p in (*synapse.parameters, *(p for m in synapse.mechanisms for p in m.parameters)):
        known[p.name] = Constant(p.name, p.value, dimensions=dimensions_of(p.unit))
    for state in synapse.all_states().values():
        known[state.name] = Variable(state.name, dimensions=dimensions_of(state.unit), dtype=_dtype(state.unit))
    return known


def _with(known: Known, builtin: dict[str, Dimension]) -> Known:
    """The same with the names that have a meaning in this place (None: none)."""
    kinds = {"now": int, "learning": int, "i": int, "j": int, "n_pre": int, "n_post": int}
    added = {
        name: Variable(name, dimensions=dim, dtype=kinds.get(name, float))
        for name, dim in builtin.items()
        if dim is not None
    }
    return {**known, **added}


def _dtype(unit: str) -> type:
    return {"integer": int, "boolean": bool}.get(unit, float)


# -- neurons and neuromodulators -----------------------------------------------------------------------------


def _check_neuron_state(need: NeuronState, where: str) -> None:
    what = f"{where}: the neuron state '{need.name}'"
    read_statements(f"{need.on_spike}\n{need.at_end}", what)
    if not need.equations:
        return
    equations = _read(need.equations, what)
    if need.name not in equations:
        raise DeclarationError(f"{what} is not defined by its equations '{need.equations.strip()}'.")
    found = equations[need.name].dim
    if found is not dimensions_of(need.unit):
        raise DeclarationError(f"{what} is declared with the unit {need.unit}, its equation has {base_unit(found)}.")
    _check_units_of_equations(equations, need.parameters, what)


def _check_modulator(modulator: Modulator, where: str) -> None:
    what = f"{where}: the neuromodulator '{modulator.name}'"
    equations = _read(modulator.equations, what)
    if modulator.name not in equations:
        raise DeclarationError(f"{what} is not defined by its equations '{modulator.equations.strip()}'.")
    read_statements(modulator.on_source, f"{what}, on its source")
    _check_units_of_equations(equations, modulator.parameters, what)


def _read(text: str, what: str) -> Equations:
    try:
        return parsed(text)
    except (EquationError, SyntaxError, ValueError) as error:
        raise DeclarationError(
            f"{what}: cannot read the equations '{text.strip()}'; write them like 'dx/dt = -x/tau : 1'."
        ) from error


def _check_units_of_equations(equations: Equations, parameters: Iterable[Parameter], what: str) -> None:
    """Units of what the neuron will integrate, where everything it reads is declared here."""
    known: Known = {**DEFAULT_FUNCTIONS, **DEFAULT_CONSTANTS, **_UNITS}
    known |= {p.name: Constant(p.name, p.value, dimensions=dimensions_of(p.unit)) for p in parameters}
    known |= {e.varname: Variable(e.varname, dimensions=e.dim) for e in equations.values()}
    known = _with(known, {"dt": second.dim, "xi": (second**-0.5).dim, "i": DIMENSIONLESS})
    for equation in equations.values():
        if equation.expr is None or not get_identifiers(equation.expr.code) <= set(known):
            continue  # it reads variables of the neuron, which are not known here
        expected = equation.dim / second.dim if equation.type == DIFFERENTIAL_EQUATION else equation.dim
        _check_units(equation.expr.code, expected, known, what)


# -- equations -----------------------------------------------------------------------------------------------


def _equations(mechanism: Mechanism) -> Equations:
    return _read(mechanism.equations, f"Mechanism '{mechanism.name}'")


def _event_driven(mechanism: Mechanism) -> bool:
    return bool(mechanism.equations) and any(
        "event-driven" in equation.flags for equation in _equations(mechanism).values()
    )


def _check_owners_of_equations(synapse: Synapse, here: str) -> None:
    owners: dict[str, str] = {}
    for mechanism in (m for m in synapse.mechanisms if m.equations):
        for name in _equations(mechanism):
            if name in owners:
                raise DeclarationError(
                    f"{here}: '{name}' has an equation in mechanism '{owners[name]}' and another in "
                    f"'{mechanism.name}'; a variable has one."
                )
            owners[name] = mechanism.name


def _check_equations(mechanism: Mechanism, known: Known, synapse: Synapse, where: str) -> None:
    if not mechanism.equations:
        return
    equations = _equations(mechanism)
    known = _with(known, _IN_EQUATIONS)
    for equation in equations.values():
        name = equation.varname
        if equation.expr is None:
            raise DeclarationError(f"{where}: declare '{name}' as a State, not in the equations.")
        expected = equation.dim
        if equation.type == DIFFERENTIAL_EQUATION:
            state = synapse.all_states().get(name)
            if state is None:
                raise DeclarationError(f"{where}: '{name}' has an equation but is not declared as a State.")
            if dimensions_of(state.unit) is not equation.dim:
                raise DeclarationError(
                    f"{where}: the state '{name}' is declared with the unit {state.unit}, its equation has "
                    f"{base_unit(equation.dim)}."
                )
            expected = equation.dim / second.dim
        elif name in synapse.all_states() or name in synapse.all_parameters():
            raise DeclarationError(f"{where}: '{name}' is declared and also defined by '{name} = ...'; use two names.")
        else:
            _check_name(name, where)
        _check_expression(equation.expr.code, expected, known, synapse, f"{where}, equation of '{name}'")
    _check_method(mechanism, equations, where)


def _check_method(mechanism: Mechanism, equations: Equations, where: str) -> None:
    methods = sorted(StateUpdateMethod.stateupdaters)
    if mechanism.method not in methods:
        raise DeclarationError(f"{where}: there is no integrator '{mechanism.method}'; there are {', '.join(methods)}.")
    noise = equations.stochastic_type
    good = {"additive": ("euler", "heun", "milstein"), "multiplicative": ("heun", "milstein")}
    if noise and mechanism.method not in good[noise]:
        raise DeclarationError(
            f"{where}: the integrator '{mechanism.method}' cannot integrate {noise} noise; use method="
            + " or ".join(f"'{name}'" for name in good[noise]) + "."
        )  # fmt: skip


def _check_summed(mechanism: Mechanism, known: Known, synapse: Synapse, where: str) -> None:
    asked = {f"{n.name}_pre" for m in synapse.mechanisms for n in m.pre}
    asked |= {f"{n.name}_post" for m in synapse.mechanisms for n in m.post}
    for target, expression in mechanism.summed.items():
        if target not in asked:
            raise DeclarationError(
                f"{where}, summed: '{target}' is not declared in what the model needs of the neurons "
                f"({', '.join(sorted(asked)) or 'nothing'})."
            )
        if any(target in other.summed for other in synapse.mechanisms if other is not mechanism):
            raise DeclarationError(f"{where}, summed: another mechanism sums to '{target}' too; a sum has one owner.")
        _check_expression(expression, known[target].dim, _with(known, _ANYWHERE), synapse, f"{where}, summed {target}")


# -- initial values ------------------------------------------------------------------------------------------


def _check_initial_values(synapse: Synapse, here: str) -> None:
    known = _with(_values(synapse), _IN_INITIAL)
    states = synapse.all_states()
    reads: dict[str, set[str]] = {}
    for state in states.values():
        if isinstance(state.initial, str):
            where = f"{here}, initial value of '{state.name}'"
            _check_expression(state.initial, dimensions_of(state.unit), known, synapse, where)
            reads[state.name] = get_identifiers(state.initial) & set(states)
    while reads:
        ready = [name for name, names in reads.items() if not names & set(reads)]
        if not ready:
            circle = ", ".join(f"'{name}'" for name in reads)
            raise DeclarationError(
                f"{here}: the initial values of {circle} are defined by one another; give one a number."
            )
        for name in ready:
            del reads[name]


# -- expressions and events ----------------------------------------------------------------------------------


def _check_expression(
    expression: str, dimensions: Dimension | None, known: Known, synapse: Synapse, where: str
) -> None:
    _check_identifiers(get_identifiers(expression), known, synapse, where)
    _check_units(expression, dimensions, known, where)


def _check_units(expression: str, dimensions: Dimension | None, known: Known, where: str) -> None:
    try:
        if dimensions is None:
            parse_expression_dimensions(expression, known)
        else:
            check_dimensions(expression, dimensions, known)
    except DimensionMismatchError as error:
        raise DeclarationError(f"{where}: the units do not fit in '{expression}': {_first(error)}") from error
    except (SyntaxError, ValueError, TypeError, NotImplementedError) as error:
        raise DeclarationError(f"{where}: cannot read '{expression}': {_first(error)}") from error


def _check_event(event: Event, known: Known, synapse: Synapse, where: str) -> None:
    if event.stage != int(event.stage) or abs(event.stage) > LARGEST_STAGE:
        raise DeclarationError(
            f"{where}: the stage {event.stage} is not a whole number from -{LARGEST_STAGE} to {LARGEST_STAGE}."
        )
    if event.delay:
        own = {p.name: p for p in (*synapse.parameters, *(p for m in synapse.mechanisms for p in m.parameters))}
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
        _check_identifiers(statement.reads, local, synapse, f"{where}: '{statement}'")
        _check_target(statement, local, synapse, where)
        try:
            found = parse_expression_dimensions(statement.expression, local)
        except DimensionMismatchError as error:
            raise DeclarationError(f"{where}: the units do not fit in '{statement}': {_first(error)}") from error
        except (SyntaxError, ValueError, TypeError, NotImplementedError) as error:
            raise DeclarationError(f"{where}: cannot read '{statement}': {_first(error)}") from error
        if target not in local or target in own:
            kind = brian_ast(statement.expression, local).dtype
            if own.setdefault(target, kind) != kind:
                raise DeclarationError(
                    f"{where}: '{target}' is {own[target]} at first and {kind} in '{statement}'; use two names."
                )
        if target not in local:
            _check_name(target, where)
            _check_is_read(statement, statements[position + 1 :], synapse, where)
            kinds = {"integer": int, "boolean": bool}
            local[target] = Variable(target, dimensions=found, dtype=kinds.get(own[target], float))
        expected = local[target].dim if statement.operation in ("=", "+=", "-=") else DIMENSIONLESS
        if found is not expected and not _is_zero(statement.expression):
            raise DeclarationError(
                f"{where}: the units do not fit in '{statement}': '{target}' has {base_unit(local[target].dim)}, the "
                f"right side {base_unit(found)}."
            )


def _check_is_read(statement: Statement, after: list[Statement], synapse: Synapse, where: str) -> None:
    """A name that is assigned, not declared and never read is a state that was mistyped."""
    if not any(statement.target in later.reads for later in after):
        states = synapse.all_states()
        hint = "".join(f"; did you mean '{name}'?" for name in _close(statement.target, states))
        raise DeclarationError(
            f"{where}: '{statement}' assigns '{statement.target}', which is no state of the model and is not read "
            f"afterwards (states: {', '.join(states) or 'none'}){hint or '.'}"
        )


def _close(name: str, there: Iterable[str]) -> list[str]:
    by_lower = {other.lower(): other for other in there}
    return [by_lower[found] for found in difflib.get_close_matches(name.lower(), by_lower, 1)]


def _is_zero(expression: str) -> bool:
    try:
        return float(expression) == 0
    except ValueError:
        return False


def _check_target(statement: Statement, known: Known, synapse: Synapse, where: str) -> None:
    target = statement.target
    if target in synapse.all_parameters():
        raise DeclarationError(f"{where}: '{statement}' changes a parameter; declare '{target}' as a State instead.")
    taken = (_IN_EQUATIONS, _MEANINGS, DEFAULT_FUNCTIONS, DEFAULT_CONSTANTS, DEFAULT_UNITS)
    if any(target in names for names in taken):
        raise DeclarationError(f"{where}: '{statement}' assigns '{target}', which has a meaning already.")
    modulators = {name for m in synapse.mechanisms for mod in m.modulators for name in parsed(mod.equations)}
    if target in modulators:
        raise DeclarationError(f"{where}: '{statement}' changes a neuromodulator; synapses may only read it.")
    defined = {name for m in synapse.mechanisms if m.equations for name in _equations(m)} - set(synapse.all_states())
    if target in defined:
        raise DeclarationError(
            f"{where}: '{statement}' assigns '{target}', which is defined by an equation '{target} = ...'."
        )
    if target.endswith(("_pre", "_post")) and target not in known:
        raise DeclarationError(
            f"{where}: '{statement}' changes a variable of the neuron that is not declared in what it needs of them."
        )


def _check_identifiers(names: set[str], known: Known, synapse: Synapse, where: str) -> None:
    for name in sorted(names):
        if name in known or name in DEFAULT_UNITS:
            continue
        if name in _MEANINGS:
            raise DeclarationError(f"{where} reads '{name}', which has a meaning only {_MEANINGS[name]}.")
        own = [p.name for p in (*synapse.parameters, *(p for m in synapse.mechanisms for p in m.parameters))]
        there = sorted({*own, *synapse.all_states()})
        if name in synapse.all_parameters():
            raise DeclarationError(
                f"{where} reads '{name}', which is a constant of a neuron state or neuromodulator; declare a parameter "
                "of the mechanism under another name."
            )
        hint = "".join(f"; did you mean '{close}'?" for close in _close(name, there))
        raise DeclarationError(
            f"{where} reads '{name}', which no mechanism of the model declares (parameters and states: "
            f"{', '.join(there)}){hint or '.'}"
        )


def _first(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") + "."
