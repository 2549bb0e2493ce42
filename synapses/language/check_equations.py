"""Equations of a mechanism, and of the neuron states and neuromodulators that it asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from brian2.core.variables import Constant, Variable
from brian2.equations.equations import DIFFERENTIAL_EQUATION, Equations
from brian2.stateupdaters.base import StateUpdateMethod
from brian2.units.allunits import second
from brian2.units.fundamentalunits import DIMENSIONLESS
from brian2.utils.stringtools import get_identifiers

from synapses.language.check_expressions import check_expression, check_units
from synapses.language.check_flags import OF_MODULATORS, OF_NEURONS, OF_SYNAPSES, check_flags
from synapses.language.check_names import check_identifier, check_name
from synapses.language.declarations import Mechanism, Modulator, NeuronState, Parameter
from synapses.language.errors import DeclarationError
from synapses.language.readable import (
    ANYWHERE,
    EVERYWHERE,
    IN_EQUATIONS,
    Known,
    equations_of,
    read_equations,
    with_names,
)
from synapses.language.statements import read_statements
from synapses.language.units import base_unit, dimensions_of

if TYPE_CHECKING:
    from synapses.language.model import Synapse


def check_neuron_state(need: NeuronState, where: str) -> None:
    """What is asked of a neuron is defined, with its unit."""
    what = f"{where}: the neuron state '{need.name}'"
    read_statements(f"{need.on_spike}\n{need.at_end}", what)
    if not need.equations:
        return
    equations = read_equations(need.equations, what)
    if need.name not in equations:
        raise DeclarationError(f"{what} is not defined by its equations '{need.equations.strip()}'.")
    found = equations[need.name].dim
    if found is not dimensions_of(need.unit):
        raise DeclarationError(f"{what} is declared with the unit {need.unit}, its equation has {base_unit(found)}.")
    check_flags(equations, OF_NEURONS, what)
    for name in equations:
        check_identifier(name, what)
    _check_units_of_equations(equations, need.parameters, what)


def check_modulator(modulator: Modulator, where: str) -> None:
    """A neuromodulator is defined, and units fit."""
    what = f"{where}: the neuromodulator '{modulator.name}'"
    equations = read_equations(modulator.equations, what)
    if modulator.name not in equations:
        raise DeclarationError(f"{what} is not defined by its equations '{modulator.equations.strip()}'.")
    read_statements(modulator.on_source, f"{what}, on its source")
    check_flags(equations, OF_MODULATORS, what)
    for name in equations:
        check_identifier(name, what)
    given = [Parameter(name, 0.0, unit=course.unit) for name, course in modulator.courses.items()]
    _check_units_of_equations(equations, [*modulator.parameters, *given], what)


def _check_units_of_equations(equations: Equations, parameters: Iterable[Parameter], what: str) -> None:
    """Units of what the neuron will integrate, where everything it reads is declared here."""
    known: Known = dict(EVERYWHERE)
    known |= {p.name: Constant(p.name, p.value, dimensions=dimensions_of(p.unit)) for p in parameters}
    known |= {e.varname: Variable(e.varname, dimensions=e.dim) for e in equations.values()}
    known = with_names(known, {"dt": second.dim, "xi": (second**-0.5).dim, "i": DIMENSIONLESS})
    for equation in equations.values():
        if equation.expr is None or not get_identifiers(equation.expr.code) <= set(known):
            continue  # it reads variables of the neuron, which are not known here
        expected = equation.dim / second.dim if equation.type == DIFFERENTIAL_EQUATION else equation.dim
        check_units(equation.expr.code, expected, known, what)


def check_owners_of_equations(synapse: Synapse, here: str) -> None:
    """A variable has one equation."""
    owners: dict[str, str] = {}
    for mechanism in (m for m in synapse.mechanisms if m.equations):
        for name in equations_of(mechanism):
            if name in owners:
                raise DeclarationError(
                    f"{here}: '{name}' has an equation in mechanism '{owners[name]}' and another in "
                    f"'{mechanism.name}'; a variable has one."
                )
            owners[name] = mechanism.name


def check_equations(mechanism: Mechanism, known: Known, synapse: Synapse, where: str) -> None:
    """Equations are of states or of names of their own, units fit, and the integrator can do them."""
    if not mechanism.equations:
        return
    equations = equations_of(mechanism)
    known = with_names(known, IN_EQUATIONS)
    check_flags(equations, OF_SYNAPSES, where)
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
            check_name(name, where)
        check_expression(equation.expr.code, expected, known, synapse, f"{where}, equation of '{name}'")
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


def check_summed(mechanism: Mechanism, known: Known, synapse: Synapse, where: str) -> None:
    """Sums go to what is asked of the neurons, from one mechanism each."""
    known_here = with_names(known, ANYWHERE)
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
        check_expression(expression, known[target].dim, known_here, synapse, f"{where}, summed {target}")
