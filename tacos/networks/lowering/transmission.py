"""What a spike does to the neurons it reaches: the receptor's statement, checked for names and units."""

from __future__ import annotations

from brian2.core.variables import Variable
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.units.fundamentalunits import DimensionMismatchError
from brian2.utils.stringtools import get_identifiers

from synapses import DeclarationError
from synapses.language.event_driven import unit_text
from synapses.language.lowered import LoweredSynapse
from synapses.language.readable import EVERYWHERE, IN_EVENTS, with_names
from synapses.language.statements import parsed, read_statements, replace_names
from synapses.language.units import base_unit, dimensions_of
from tacos.networks.lowering.lowered_network import LoweredPopulation
from tacos.networks.lowering.neurons import read_equations
from tacos.networks.populations import Population
from tacos.networks.projections import Projection


def transmission(
    projection: Projection, synapse: LoweredSynapse, population: Population, target: LoweredPopulation
) -> str:
    """What a spike does to the neurons of the target, its states written as ``x_post``."""
    here = f"Projection '{projection.name}'"
    text = projection.receptor
    if "=" not in text:
        if text not in population.receptors:
            there = ", ".join(population.receptors) or "none"
            raise DeclarationError(f"{here}: population '{target.name}' has no receptor '{text}'; there are {there}.")
        text = population.receptors[text]
    statements = read_statements(text, f"{here}, receptor")
    for position, statement in enumerate(statements):
        local = statement.operation == "=" and any(statement.target in s.reads for s in statements[position + 1 :])
        if statement.target not in target.states and not local:
            there = ", ".join(target.states) or "none"
            raise DeclarationError(
                f"{here}: population '{target.name}' has no state '{statement.target}' to add to; there are {there}."
            )
    _check_names_and_units(text, synapse, target, f"{here}, receptor")
    known = {*target.parameters, *target.pools, *read_equations(target.equations, target.name)}
    names = {name: f"{name}_post" for name in known}
    return replace_names(text, {**names, "efficacy": f"({synapse.efficacy})"})


def _check_names_and_units(text: str, synapse: LoweredSynapse, target: LoweredPopulation, where: str) -> None:
    """A receptor reads the target's names, ``efficacy``, and what every event reads; its units fit."""
    units = {e.varname: unit_text(e) for e in read_equations(target.equations, target.name).values()}
    units |= {p.name: p.unit for p in target.parameters.values()} | {p.name: p.type for p in target.pools.values()}
    own = {state.name: state.unit for state in synapse.states.values()}
    own |= {p.name: p.unit for p in synapse.parameters.values()}
    own |= {e.varname: unit_text(e) for e in parsed(synapse.equations).values()} if synapse.equations else {}
    variables = {**with_names(EVERYWHERE, IN_EVENTS), **{n: Variable(n, dimensions_of(u)) for n, u in units.items()}}
    of_synapse = {**EVERYWHERE, **{n: Variable(n, dimensions_of(u)) for n, u in own.items()}}
    if set(get_identifiers(synapse.efficacy)) <= set(of_synapse):
        dimensions = parse_expression_dimensions(synapse.efficacy, of_synapse)
        variables["efficacy"] = Variable("efficacy", dimensions)
    for statement in read_statements(text, where):
        for name in sorted(statement.reads - set(variables) - set(own)):
            if name != "efficacy" and not name.endswith(("_pre", "_post")):
                raise DeclarationError(
                    f"{where}: '{statement}' reads '{name}', which the population '{target.name}' does not have."
                )
        if not statement.reads <= set(variables):
            continue  # of the synapse or of the other side; checked where the code is generated
        try:
            found = parse_expression_dimensions(statement.expression, variables)
        except (DimensionMismatchError, SyntaxError, ValueError, TypeError, NotImplementedError) as error:
            raise DeclarationError(f"{where}: {' '.join(str(error).split())}") from error
        known = variables.setdefault(statement.target, Variable(statement.target, found))
        if known.dim is not found and statement.operation in ("=", "+=", "-=") and statement.expression.strip() != "0":
            raise DeclarationError(
                f"{where}: the units do not fit in '{statement}': '{statement.target}' has {base_unit(known.dim)}, the "
                f"right side {base_unit(found)}."
            )
