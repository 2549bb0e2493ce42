"""Pools of a population on Brian2: each is found just before something reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2 import NetworkOperation, NeuronGroup, get_device
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.groups.group import CodeRunner
from brian2.utils.stringtools import get_identifiers

from synapses.language.statements import parsed, replace_names
from synapses.language.subexpressions import definitions_in
from tacos.backends.brian2.events import event_name, trigger
from tacos.networks.initial import evaluated
from tacos.networks.lowering import LoweredNetwork, LoweredPopulation
from tacos.networks.lowering.pools import Pool, Reading, due

#: How far before its reader a pool is found; orders of readers are whole numbers.
_BEFORE, _NEXT = -0.5, 0.01


@dataclass(frozen=True)
class Moment:
    """When something reads pools.

    Attributes
    ----------
    text : str
        What reads.
    when, order : str, float
        Its place in a step.
    event : pair of str, or None
        A population and its event in Brian2 without which nothing is read.
    statements : str
        The same as statements, if they are executed for all neurons whatever happens; conditions at the beginning of a
        statement then say when a pool is needed.
    """

    text: str
    when: str
    order: float
    event: tuple[str, str] | None = None
    statements: str = ""


def add_pools(population: LoweredPopulation, groups: Mapping[str, NeuronGroup], moments: Iterable[Moment]) -> list[Any]:
    """Let a group find its pools; returns what is not part of the group."""
    reading, group = population.reading, groups[population.name]
    operations: list[Any] = []
    standalone = type(get_device()).__name__ == "CPPStandaloneDevice"
    if standalone and population.pools and "pool.cpp" not in CPPStandaloneCodeObject.templater.env.list_templates():
        CPPStandaloneCodeObject.templater = CPPStandaloneCodeObject.templater.derive(
            "tacos.backends.brian2", env_globals={"whole": whole}, templates_dir="pool_templates"
        )
    shown = _of_what_is_shown(population)
    for k, moment in enumerate([Moment(" + ".join(shown), "start", 0, statements=""), *moments]):
        events = _events(moment, groups)
        for position, pool in enumerate(reading.pools_of(moment.text)):
            if (pool.name in shown) != (k == 0):
                continue
            place = {"when": moment.when, "order": moment.order + _BEFORE + _NEXT * position}
            name = f"{group.name}_pool_{pool.name}_{k}"
            needed = due(moment.statements, pool, reading, population.name, population.parameters) if k else "step == 0"
            if standalone:
                code = f"_due = {needed}\n_value = {pool.expression}"
                words = {"pool": pool, "events": events}
                runner = CodeRunner(
                    group, "pool", code=code, name=name, clock=group.clock, template_kwds=words, **place
                )
                group.contained_objects.append(runner)
            else:
                finding = _Finding(pool, population, group, needed, events)
                operations.append(NetworkOperation(finding, clock=group.clock, name=name, **place))
    return operations


def whole(vector_code: list[str]) -> bool:
    """Whether the values of a pool are whole numbers, whose sum is the same in any order."""
    return any(re.match(r"\s*(const )?(char|int32_t|int64_t) _value\b", line) for line in vector_code)


def _of_what_is_shown(population: LoweredPopulation) -> list[str]:
    """Pools that stay what they are for a presentation: they read its stimulus and constants alone."""
    if not population.channel or population.per_step:
        return []
    lasting = {"stimulus", "i", "N", *population.parameters, *population.definitions, *population.pools}
    read = {name: population.reading.read_by(pool.expression) for name, pool in population.pools.items()}
    functions = {"sqrt", "exp", "log", "abs", "clip", "int"}
    return [name for name, names in read.items() if names <= lasting | functions]


def _events(moment: Moment, groups: Mapping[str, NeuronGroup]) -> tuple[Any, int] | None:
    """The array of a moment's events, and where it holds their number."""
    if moment.event is None:
        return None
    group = groups[moment.event[0]]
    return group.variables[f"_{moment.event[1]}space"], group.N


class _Finding:
    """Finds a pool in this process."""

    def __init__(
        self, pool: Pool, population: LoweredPopulation, group: NeuronGroup, needed: str, events: tuple[Any, int] | None
    ) -> None:
        self.pool, self.group, self.needed, self.events = pool, group, needed, events
        self.definitions = population.definitions
        self.expression = _written_out(pool.expression, self.definitions)
        self.__name__ = pool.name

    def __call__(self) -> None:
        if self.events is not None and not self.events[0].get_value()[self.events[1]]:
            return
        if self.needed != "True" and not self._evaluated(self.needed):
            return
        x = np.broadcast_to(self._evaluated(self.expression), (self.group.N,))
        self.group.variables[self.pool.name].set_value(_reduced(self.pool, x))

    def _evaluated(self, expression: str) -> Any:
        names = get_identifiers(expression)
        return evaluated(expression, {n: self._value(n) for n in names if n in self.group.variables})

    def _value(self, name: str) -> Any:
        variable = self.group.variables[name]
        if name == "i":
            return np.arange(self.group.N)
        if hasattr(variable, "expr"):  # where in the stream a step is
            return np.asarray(getattr(self.group, name))
        value = np.asarray(variable.get_value())
        return value.reshape(-1)[0] if variable.scalar else value


def _written_out(expression: str, definitions: dict[str, str]) -> str:
    names = {name: f"({text})" for name, text in definitions.items()}
    while (longer := replace_names(expression, names)) != expression:
        expression = longer
    return expression


def _reduced(pool: Pool, x: np.ndarray) -> Any:
    """Sums are added up in the order of the neurons."""
    match pool.kind:
        case "argmax":
            return int(np.argmax(x))
        case "largest":
            return np.sort(x)[len(x) - pool.rank]
        case "sum" | "mean":
            total = np.add.accumulate(x.astype(np.float64))[-1]
            return total / len(x) if pool.kind == "mean" else total
    return x.max() if pool.kind == "max" else x.min()


def read_by_projections(
    population: LoweredPopulation, network: LoweredNetwork, update: tuple[float, float], end: tuple[str, int]
) -> Iterator[Moment]:
    """Moments at which synapses of a population read its pools.

    Parameters
    ----------
    population : LoweredPopulation
    network : LoweredNetwork
    update : pair
        Orders of synapses' sums and of their state updates.
    end : pair
        Slot and first order of what happens at the end of a presentation.
    """
    for projection in network.projections:
        synapse = projection.synapse
        definitions = definitions_in(parsed(synapse.equations)) if synapse.equations else {}
        sides = {"pre": projection.source, "post": projection.target}
        for side in (side for side, name in sides.items() if name == population.name):

            def said(text: str, side: str = side, definitions: dict[str, str] = definitions) -> str:
                """What is read of this side, as the population writes it."""
                names = Reading({}, definitions).read_by(text)
                return " + ".join(sorted(n.removesuffix(f"_{side}") for n in names if n.endswith(f"_{side}")))

            for pathway in projection.pathways:
                slot, order = (end[0], end[1] + pathway.order) if pathway.at_end else ("synapses", pathway.order)
                whose = network.population(sides[pathway.side])
                event = None if pathway.queue else (whose.name, event_name(*trigger(pathway, whose)))
                yield Moment(said(pathway.code), slot, order, event)
            yield Moment(said(" + ".join(synapse.summed.values()) or "0"), "groups", update[0])
            changing = [f"({parsed(synapse.equations)[state].expr.code})" for state in sorted(synapse.clock_driven)]
            yield Moment(said(" + ".join(changing) or "0"), "groups", update[1])
