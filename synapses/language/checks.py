"""Checks of a declaration, so that a mistake is one sentence here and not a compiler error later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brian2.units.allunits import second
from brian2.units.fundamentalunits import DIMENSIONLESS
from brian2.utils.stringtools import get_identifiers

from synapses.language.check_equations import (
    check_equations,
    check_modulator,
    check_neuron_state,
    check_owners_of_equations,
    check_summed,
)
from synapses.language.check_events import check_event
from synapses.language.check_expressions import check_expression
from synapses.language.check_names import check_names, check_needs
from synapses.language.check_values import check_infinite
from synapses.language.errors import DeclarationError
from synapses.language.readable import (
    ANYWHERE,
    IN_EVENTS,
    IN_INITIAL,
    all_that_is_read,
    is_event_driven,
    own_values,
    with_names,
)
from synapses.language.units import dimensions_of

if TYPE_CHECKING:
    from synapses.language.model import Synapse


def check_synapse(synapse: Synapse) -> None:
    """Raise a :class:`DeclarationError` with one sentence about the first thing that is wrong."""
    here = f"Synapse '{synapse.name}'"
    check_names(synapse, here)
    check_needs(synapse, here)
    for mechanism in synapse.mechanisms:
        where = f"{here}, mechanism '{mechanism.name}'"
        for need in (*mechanism.pre, *mechanism.post):
            check_neuron_state(need, where)
        for modulator in mechanism.modulators:
            check_modulator(modulator, where)
    known = all_that_is_read(synapse)
    check_owners_of_equations(synapse, here)
    for mechanism in synapse.mechanisms:
        where = f"{here}, mechanism '{mechanism.name}'"
        check_equations(mechanism, known, synapse, where)
        builtin = IN_EVENTS | ({"elapsed": second.dim} if is_event_driven(mechanism) else {})
        for label, _, _, events in mechanism.triggers():
            for event in events:
                check_event(event, with_names(known, builtin), synapse, f"{where}, {label}")
        if mechanism.gate:
            local = with_names(known, {**IN_EVENTS, "gate": None})
            check_expression(mechanism.gate, DIMENSIONLESS, local, synapse, f"{where}, gate")
        check_summed(mechanism, known, synapse, where)
    check_expression(synapse.efficacy, None, with_names(known, ANYWHERE), synapse, f"{here}, efficacy")
    _check_initial_values(synapse, here)
    check_infinite(synapse, here)
    for name in synapse.frozen - set(synapse.all_states()):
        raise DeclarationError(f"{here}: the frozen state '{name}' does not exist.")
    _ = synapse.lowered  # order dependence and event-driven equations are checked there


def _check_initial_values(synapse: Synapse, here: str) -> None:
    known = with_names(own_values(synapse), IN_INITIAL)
    states = synapse.all_states()
    reads: dict[str, set[str]] = {}
    for state in states.values():
        if isinstance(state.initial, str):
            where = f"{here}, initial value of '{state.name}'"
            check_expression(state.initial, dimensions_of(state.unit), known, synapse, where)
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
