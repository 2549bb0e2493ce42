"""Brian2 objects of a lowered network, the same for standalone and runtime."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from brian2 import Clock, NeuronGroup, Synapses, TimedArray, second
from brian2.stateupdaters.base import StateUpdateMethod

from synapses import DeclarationError
from synapses.language.brian import END_SLOT, brian_synapses, state_equations
from synapses.language.statements import replace_names
from tacos.backends.brian2 import synaptic
from tacos.backends.brian2.doubles import types
from tacos.backends.random_functions import random_functions
from tacos.networks.lowering import LoweredNetwork, LoweredPopulation, LoweredProjection, numbered_random
from tacos.networks.network import identifier

#: Order within the slot after the end of a step: pathways at the end of a presentation come first.
NEURON_ORDER, RECORD_ORDER, RESET_ORDER = 90, 100, 200

#: Order within the state updates of a step: sums over synapses first, then what adds up several of them.
SUM_ORDER, TOTAL_ORDER = -2, -1

EVENTS = {
    ("spike", False): "spike",
    ("spike", True): "plastic_spike",
    ("end", False): "presentation_end",
    ("end", True): "plastic_end",
}


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

    def all(self) -> list[Any]:
        """Everything that goes into a Brian2 ``Network``."""
        return [*self.groups.values(), *self.synapses.values()]

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
    for projection in network.projections:
        objects.synapses[projection.name] = _synapses(projection, network, objects)
    return objects


def _group(population: LoweredPopulation, network: LoweredNetwork, capacity: int, objects: BrianObjects) -> NeuronGroup:
    last = network.steps - 1
    name = identifier(population.name)
    lines = [population.equations, control_equations(network.steps)]
    lines += [f"{p.name} : {p.unit} (shared, constant)" for p in population.parameters.values()]
    events = {EVENTS["end", False]: f"step == {last}"} if population.end else {}
    wanted = {
        (pathway.event, pathway.plastic)
        for projection in network.projections
        for pathway in projection.pathways
        if population.name == (projection.source if pathway.side == "pre" else projection.target)
    }
    if ("spike", True) in wanted:
        events[EVENTS["spike", True]] = "fired and learning == 1"
    if ("end", True) in wanted or population.plastic_end:
        events[EVENTS["end", True]] = f"step == {last} and learning == 1"
    if ("end", False) in wanted:
        events[EVENTS["end", False]] = f"step == {last}"
    if population.channel and not population.per_step:
        events["presentation_start"] = "step == 0"
    group = NeuronGroup(
        population.size,
        "\n".join(lines),
        threshold="fired" if population.spikes else None,
        reset=population.reset or None,
        refractory="refractory_steps > 0" if population.refractory else False,
        events=events,
        method=_integrator(population.method, population.name, "i", refractory=population.refractory),
        name=name,
        namespace=random_functions(),
        clock=objects.clock,
        dtype=types(population.double),
    )
    for event in (EVENTS["end", False], EVENTS["end", True]):
        if event in events:
            group.set_event_schedule(event, when=END_SLOT, order=0)
    if population.totals:
        group.run_regularly(population.totals, when="groups", order=TOTAL_ORDER, name=f"{name}_totals")
    if population.before_threshold:
        group.run_regularly(population.before_threshold, when="before_thresholds", name=f"{name}_before_thresholds")
    if population.plastic_end:
        group.run_on_event(EVENTS["end", True], population.plastic_end, when=END_SLOT, order=NEURON_ORDER)
    if population.end:
        group.run_on_event(EVENTS["end", False], population.end, when=END_SLOT, order=RESET_ORDER)
    if population.channel:
        _show(group, population, network.steps, capacity, objects.shown)
    return group


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
    own = [*lowered.parameters, *lowered.states, *CONTROL]
    renamed = {name: synaptic(name) for name in own} | {
        f"d{name}": f"d{synaptic(name)}" for name in lowered.clock_driven
    }
    equations = "\n".join([state_equations(lowered), control_equations(network.steps)])
    built = brian_synapses(
        objects.groups[projection.source],
        objects.groups[projection.target],
        replace_names(equations, renamed),
        [replace(pathway, code=replace_names(pathway.code, renamed)) for pathway in projection.pathways],
        replace(lowered, summed={k: replace_names(text, renamed) for k, text in lowered.summed.items()}),
        name=identifier(projection.name),
        events=EVENTS,
        delays={p.name: p.delay_steps * network.dt * second for p in projection.pathways if p.queue},
        method=_integrator(
            lowered.method, projection.name, f"(i*{network.population(projection.target).size} + j)", renamed
        ),
        namespace=random_functions(),
        clock=objects.clock,
        dtype=types(map(synaptic, lowered.double)),
    )
    for updater in built.summed_updaters.values():
        updater.order = SUM_ORDER
    for modulator in projection.modulators:
        built.variables.add_reference(modulator, objects.groups[modulator], modulator, index="0")
    if projection.all_to_all:
        built.connect()
    else:
        built.connect(i=projection.sources, j=projection.targets)
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
