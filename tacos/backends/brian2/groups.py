"""Brian2 objects of a lowered network, the same for standalone and runtime."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from brian2 import Clock, NeuronGroup, Synapses, TimedArray, second
from brian2.equations.equations import DIFFERENTIAL_EQUATION
from brian2.stateupdaters.base import StateUpdateMethod

from synapses import DeclarationError
from synapses.language.brian import END_ORDER, END_SLOT, UPDATE_ORDER, brian_synapses, state_equations
from synapses.language.statements import parsed, read_statements, replace_names, replace_names_of_equations
from tacos.backends.brian2 import synaptic
from tacos.backends.brian2.courses import course_functions
from tacos.backends.brian2.doubles import types
from tacos.backends.brian2.events import EVENTS, event_name, trigger
from tacos.backends.brian2.pools import Moment, add_pools, read_by_projections
from tacos.backends.random_functions import random_functions
from tacos.networks.lowering import LoweredNetwork, LoweredPopulation, LoweredProjection, numbered_random
from tacos.networks.lowering.pools import leading
from tacos.networks.network import identifier

#: Order within the slot after the end of a step: pathways at the end of a presentation come first.
NEURON_ORDER, RECORD_ORDER, RESET_ORDER = 900, 1000, 2000
#: Before all of these: flags of named events, the events themselves, and what they do to their own neurons.
FLAG_ORDER, NAMED_ORDER, OWN_ORDER = 10, 20, 30

#: Order within the state updates of a step: sums over synapses, what adds up several of them, neuromodulators, neurons.
SUM_ORDER, TOTAL_ORDER, MODULATOR_ORDER = -3, -2, -1

#: Shared constants that say where in the stream we are and whether it is learnt from, and what follows from them.
CONTROL = (
    "random_seed",
    "random_phase",
    "first_presentation",
    "learning",
    "duration",
    "step",
    "presentation",
    "now",
)


@dataclass
class BrianObjects:
    """Groups, synapses and stimulus arrays by the names of the network."""

    clock: Clock
    groups: dict[str, NeuronGroup]
    synapses: dict[str, Synapses]
    shown: dict[str, TimedArray]
    operations: list[Any] = field(default_factory=list)

    def all(self) -> list[Any]:
        """Everything that goes into a Brian2 ``Network``."""
        return [*self.groups.values(), *self.synapses.values(), *self.operations]

    def owner(self, name: str) -> NeuronGroup | Synapses:
        """The object of a population or projection."""
        return self.groups[name] if name in self.groups else self.synapses[name]


def control_equations(steps: int) -> str:
    """Where in the stream we are, from the one clock; the same lines in every object."""
    return f"""
        random_seed : integer (shared, constant)
        random_phase : integer (shared, constant)
        first_presentation : integer (shared, constant)
        learning : integer (shared, constant)
        duration : second (shared, constant)
        step = t_in_timesteps % {steps} : integer (shared)
        presentation = first_presentation + t_in_timesteps // {steps} : integer (shared)
        now = first_presentation * {steps} + t_in_timesteps : integer (shared)
    """


def build_objects(network: LoweredNetwork, capacity: int) -> BrianObjects:
    """Create groups and synapses.

    Parameters
    ----------
    network : LoweredNetwork
    capacity : int
        Largest number of presentations of one run; fixes the shape of the stimulus arrays.
    """
    objects = BrianObjects(Clock(network.dt * second, name="network_clock"), {}, {}, {})
    for population in network.populations:
        objects.groups[population.name] = _group(population, network, capacity, objects)
    for population in network.populations:
        objects.operations += add_pools(population, objects.groups, _readers(population, network))
        for modulator in population.modulators:
            variables = objects.groups[population.name].variables
            variables.add_reference(modulator, objects.groups[modulator], modulator, index="0")
    for projection in network.projections:
        objects.synapses[projection.name] = _synapses(projection, network, objects)
    return objects


def _group(population: LoweredPopulation, network: LoweredNetwork, capacity: int, objects: BrianObjects) -> NeuronGroup:
    name = identifier(population.name)
    lines = [population.equations, control_equations(network.steps)]
    lines += [f"{p.name} : {p.unit} (shared, constant)" for p in population.parameters.values()]
    lines += [f"{pool.name} : {pool.type} (shared)" for pool in population.pools.values()]
    events = _events(population, network)
    blocks = list(_blocks(population))
    for block in blocks:
        if block.event:
            events.setdefault(block.event, events[block.like])
    group = NeuronGroup(
        population.size,
        "\n".join(lines),
        threshold="fired" if population.spikes else None,
        reset=population.reset[0] if population.reset else None,
        refractory="refractory_steps > 0" if population.refractory else False,
        events=events,
        method=_integrator(population.method, population.name, "i", refractory=population.refractory),
        name=name,
        namespace=random_functions() | course_functions(population),
        clock=objects.clock,
        dtype=types(population.double),
    )
    for event, condition in events.items():
        if condition.startswith(f"step == {network.steps - 1}"):
            flagged = "named_" in event
            group.set_event_schedule(event, when=END_SLOT, order=NAMED_ORDER if flagged else 0)
    if population.broadcast and group.state_updater is not None:
        group.state_updater.order = MODULATOR_ORDER
    if population.totals:
        group.run_regularly(population.totals, when="groups", order=TOTAL_ORDER, name=f"{name}_totals")
    flags = {event.flag for event in population.events.values()}
    for k, part in enumerate(population.before_threshold):
        later = f"_{k}" if k else ""
        statements = read_statements(part, name)
        if statements[0].target in flags and (guard := leading(statements[0].expression, population.parameters)):
            part = f"_due = {guard}\n{part}"  # for a template that then visits no neuron
        group.run_regularly(part, when="before_thresholds", order=k, name=f"{name}_before_thresholds{later}")
    for block in blocks:
        group.run_on_event(block.event, block.code, when=block.when, order=block.order)
    if population.channel:
        _show(group, population, network.steps, capacity, objects.shown)
    return group


def _readers(population: LoweredPopulation, network: LoweredNetwork) -> Iterator[Moment]:
    """When the pools of a population are read."""
    if not population.pools:
        return
    here = population.name
    changing = [e.expr.code for e in parsed(population.equations).values() if e.type == DIFFERENTIAL_EQUATION]
    yield Moment(" + ".join(f"({code})" for code in changing) or "0", "groups", 0)
    for k, part in enumerate(population.before_threshold):
        yield Moment(_expressions(part), "before_thresholds", k, statements=part)
    for part in population.reset[:1]:
        yield Moment(_expressions(part), "resets", 0, (here, "spike"))
    for block in _blocks(population):
        yield Moment(_expressions(block.code), block.when, block.order, (here, block.event))
    update, end = (SUM_ORDER, UPDATE_ORDER), (END_SLOT, END_ORDER)
    yield from read_by_projections(population, network, update, end)


def _expressions(code: str) -> str:
    return " + ".join(f"({statement.expression})" for statement in read_statements(code, "a block"))


@dataclass(frozen=True)
class _Block:
    """Statements on an event: an event of Brian2 of their own, with the condition of another."""

    event: str
    like: str
    code: str
    when: str
    order: int


def _blocks(population: LoweredPopulation) -> Iterator[_Block]:
    """What happens to neurons on events, but for the first part of the reset, which is Brian2's."""
    plastic, end = EVENTS["end", True], EVENTS["end", False]
    for k, part in enumerate(population.reset[1:], 1):
        yield _Block(f"spike_{k}", "spike_again", part, "resets", k)
    for k, part in enumerate(population.before_end):
        yield _Block(f"before_end_{k}", end, part, END_SLOT, FLAG_ORDER + k)
    for position, event in enumerate(population.events.values()):
        for k, part in enumerate(event.own):
            when, order = (END_SLOT, OWN_ORDER) if event.at_end else ("after_thresholds", 1)
            order += 10 * position
            own, again = event_name(event.name, False), f"again{k}_" if k else ""
            yield _Block(f"{again}{own}", own, part, when, order + k)
    for k, part in enumerate(population.plastic_end):
        yield _Block(f"{plastic}_{k}" if k else plastic, plastic, part, END_SLOT, NEURON_ORDER + k)
    if population.end:
        yield _Block(end, end, population.end, END_SLOT, RESET_ORDER)


def _events(population: LoweredPopulation, network: LoweredNetwork) -> dict[str, str]:
    """Conditions of a population's events, by their names in Brian2."""
    last = f"step == {network.steps - 1}"
    conditions = {
        ("spike", True): "fired and learning == 1",
        ("end", True): f"{last} and learning == 1",
        ("end", False): last,
    }
    for event in population.events.values():
        condition = f"{last} and {event.flag}" if event.at_end else event.flag
        conditions |= {(event.name, False): condition}
        conditions |= {} if event.lasting else {(event.name, True): f"{condition} and learning == 1"}
    wanted = {
        trigger(pathway, population)
        for projection in network.projections
        for pathway in projection.pathways
        if population.name == (projection.source if pathway.side == "pre" else projection.target)
    }
    wanted |= {(event.name, False) for event in population.events.values() if event.own}
    wanted |= {("end", True)} if population.plastic_end else set()
    wanted |= {("end", False)} if population.end or population.before_end else set()
    events = {event_name(*key): condition for key, condition in conditions.items() if key in wanted}
    if len(population.reset) > 1:
        events["spike_again"] = "fired"
    if population.channel and not population.per_step:
        events["presentation_start"] = "step == 0"
    return events


def _show(
    group: NeuronGroup, population: LoweredPopulation, steps: int, capacity: int, shown: dict[str, TimedArray]
) -> None:
    """Give a group its stimulus: one value for each presentation, or for each step."""
    rows = capacity * (steps if population.per_step else 1)
    # One bin a second and reading in its middle: the row is exact whatever the time step.
    values = TimedArray(np.zeros((rows, population.size)), dt=1 * second, name=f"shown_{group.name}")
    shown[population.name] = values
    group.namespace[values.name] = values
    row = "t_in_timesteps" if population.per_step else f"t_in_timesteps // {steps}"
    code = f"stimulus = {values.name}(({row} + 0.5)*second, i)"
    if population.per_step:
        group.run_regularly(code, when="start", name=f"{group.name}_show")
    else:
        group.set_event_schedule("presentation_start", when="start", order=-2)
        group.run_on_event("presentation_start", code, when="start", order=-1)


def _synapses(projection: LoweredProjection, network: LoweredNetwork, objects: BrianObjects) -> Synapses:
    lowered = projection.synapse
    own = [*lowered.parameters, *lowered.states, *parsed(lowered.equations), *CONTROL]
    renamed = {name: synaptic(name) for name in own} | {
        f"d{name}": f"d{synaptic(name)}" for name in lowered.clock_driven
    }
    equations = "\n".join([state_equations(lowered), control_equations(network.steps)])
    built = brian_synapses(
        objects.groups[projection.source],
        objects.groups[projection.target],
        replace_names_of_equations(equations, renamed),
        [replace(pathway, code=replace_names(pathway.code, renamed)) for pathway in projection.pathways],
        replace(lowered, summed={k: replace_names(text, renamed) for k, text in lowered.summed.items()}),
        name=identifier(projection.name),
        events={
            (p.side, p.event, p.plastic): event_name(
                *trigger(p, network.population(projection.source if p.side == "pre" else projection.target))
            )
            for p in projection.pathways
        },
        delays={
            p.name: p.delay_steps * network.dt * second for p in projection.pathways if p.queue and p.delays is None
        },
        method=_integrator(
            lowered.method, projection.name, f"(i*{network.population(projection.target).size} + j)", renamed
        ),
        namespace=random_functions(),
        clock=objects.clock,
        dtype=types(map(synaptic, lowered.double)),
    )
    for updater in built.summed_updaters.values():
        updater.order = SUM_ORDER
    if lowered.bounds:
        built.run_regularly(
            replace_names(lowered.bounds, renamed), when="groups", order=UPDATE_ORDER + 1, name=f"{built.name}_bounds"
        )
    for modulator in projection.modulators:
        built.variables.add_reference(modulator, objects.groups[modulator], modulator, index="0")
    if projection.all_to_all:
        built.connect()
    else:
        built.connect(i=projection.sources, j=projection.targets)
    for pathway in projection.pathways:
        if pathway.delays is not None:
            getattr(built, pathway.name).delay = pathway.delays * network.dt * second
    return built


def _integrator(
    method: str, owner: str, index: str, renamed: Mapping[str, str] = MappingProxyType({}), refractory: bool = False
) -> Callable[..., str]:
    """An integrator of Brian2 whose noise is a function of where it is drawn."""
    if method not in StateUpdateMethod.stateupdaters:
        known = ", ".join(sorted(StateUpdateMethod.stateupdaters))
        raise DeclarationError(f"'{owner}': there is no integrator '{method}'; there are {known}.")
    update = StateUpdateMethod.stateupdaters[method]

    def integrate(equations: Any, variables: Any = None, method_options: Any = None) -> str:
        code = update(equations, variables, method_options)
        # Brian2's own flag lasts for a run only; the countdown is a state, and survives the cut between two runs.
        before = "not_refractory = refractory_steps <= 0\n" if refractory else ""
        return before + replace_names(numbered_random(code, f"{owner}/xi", index), renamed)

    return integrate
