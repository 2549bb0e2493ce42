"""Named events of a population: flags that its neurons raise, and the statements that follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from brian2.utils.stringtools import get_identifiers

from synapses import DeclarationError
from synapses.language.check_names import check_name
from synapses.language.readable import EVERYWHERE
from synapses.language.statements import read_statements
from tacos.networks.populations import Population


def flag_of(event: str) -> str:
    """Name of the boolean that says whether a neuron has an event."""
    return f"{event}_event"


def conditions_of(
    population: Population, persistent: Collection[str], known: Mapping[str, str], here: str
) -> dict[str, tuple[str, bool]]:
    """For each event the statement that raises its flag, and whether it lasts.

    Parameters
    ----------
    population : Population
    persistent : collection of str
        States that survive a presentation: an event that changes one stops while plasticity is frozen.
    known : dict
        Everything that its code may read.
    here : str
        For messages.
    """
    conditions = {}
    for name, condition in {**population.events, **population.end_events}.items():
        check_name(name, here)
        if name in ("spike", "end"):
            raise DeclarationError(f"{here}: '{name}' is an event already; give the named event another name.")
        if name in population.events and name in population.end_events:
            raise DeclarationError(f"{here}: the event '{name}' is declared twice, in events and in end_events.")
        where = f"{here}, event '{name}'"
        if not condition.strip():
            raise DeclarationError(f"{where} has no condition.")
        _check_known(get_identifiers(condition), known, where)
        statements = read_statements(population.on_event.get(name, ""), where)
        local: set[str] = set()
        for statement in statements:
            _check_known(set(get_identifiers(statement.expression)) - local, known, f"{where}: '{statement}'")
            local.add(statement.target)
        lasting = any(statement.target in persistent for statement in statements)
        frozen = "learning == 1 and " if lasting else ""
        conditions[name] = f"{flag_of(name)} = {frozen}({condition.strip()})", lasting
    for name in population.on_event:
        if name not in conditions:
            there = ", ".join(conditions) or "none"
            raise DeclarationError(f"{here}: on_event names the event '{name}', which is not there; there are {there}.")
    return conditions


def _check_known(names: Collection[str], known: Mapping[str, str], where: str) -> None:
    for name in sorted(set(names) - set(known) - set(EVERYWHERE)):
        raise DeclarationError(f"{where} reads '{name}', which the population does not have.")
