"""From a network to what a backend executes: text in Brian2 syntax, numbers and names, nothing else.

Random numbers are calls ``uniform(random_seed, random_phase, presentation, step, index, site)``: a function of the
seed, the purpose, where in the stream, which neuron or synapse, and which call in the model. ``normal`` likewise.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from brian2.equations.equations import DIFFERENTIAL_EQUATION, PARAMETER, EquationError, Equations
from brian2.utils.stringtools import get_identifiers

from synapses import DeclarationError, Parameter
from synapses.language.declarations import NeuronState
from synapses.language.lowering import THIRD_FACTORS, LoweredSynapse, Pathway, merge_needs
from synapses.language.statements import number_calls, read_statements, replace_names
from synapses.language.units import base_unit
from tacos.networks.network import Network, check_time_constants
from tacos.networks.populations import Population
from tacos.networks.projections import Projection

RANDOM_PARAMETERS = ("random_seed", "random_phase", "first_presentation")


@dataclass(frozen=True)
class LoweredPopulation:
    """A population as a backend needs it.

    Attributes
    ----------
    name, size : str, int
    equations : str
        Brian2 equations without shared constants.
    parameters : dict of Parameter
    states : dict
        ``{name: type or unit}`` of everything that survives a step.
    initial : dict
        Initial value or expression of each state.
    before_threshold : str
        Floors, refractory countdown and ``fired``, executed after the state update of a step.
    reset : str
        At a spike.
    plastic_end : str
        At the end of a presentation that is learnt from, after the synapses' events.
    end : str
        At the end of a presentation: the states that are reset.
    refractory, spikes, per_step : bool
    channel, method : str
    """

    name: str
    size: int
    equations: str
    parameters: dict[str, Parameter]
    states: dict[str, str]
    initial: dict[str, Any]
    before_threshold: str
    reset: str
    plastic_end: str
    end: str
    refractory: bool
    spikes: bool
    channel: str
    per_step: bool
    method: str


@dataclass(frozen=True)
class LoweredPathway(Pathway):
    """A pathway as a backend needs it.

    Attributes
    ----------
    delay_steps : int
        Of its events, rounded as Brian2 rounds.
    queue : str
        Name of the events under way, as in checkpoints; empty where the pathway was declared without a delay.
    """

    delay_steps: int = 0
    queue: str = ""


@dataclass(frozen=True)
class LoweredProjection:
    """A projection as a backend needs it: who, which pairs, which pathways in which order."""

    name: str
    source: str
    target: str
    sources: np.ndarray
    targets: np.ndarray
    all_to_all: bool
    synapse: LoweredSynapse
    pathways: tuple[LoweredPathway, ...]
    modulators: tuple[str, ...]
    initial_sites: dict[str, str]


@dataclass(frozen=True)
class LoweredNetwork:
    """A network as a backend needs it; ``steps`` counts those of a presentation, blank interval included."""

    populations: tuple[LoweredPopulation, ...]
    projections: tuple[LoweredProjection, ...]
    duration: float
    dt: float
    steps: int
    stimulus_steps: int
    readout: str

    def population(self, name: str) -> LoweredPopulation:
        """The population of a name."""
        return next(p for p in self.populations if p.name == name)

    def projection(self, name: str) -> LoweredProjection:
        """The projection of a name."""
        return next(p for p in self.projections if p.name == name)


def site(name: str) -> int:
    """The number of a random call, from its name: a positive 31-bit integer."""
    return zlib.crc32(name.encode()) & 0x7FFFFFFF


def numbered_random(code: str, owner: str, index: str) -> str:
    """Replace ``rand()`` and ``randn()`` by calls that say which number they mean."""

    def numbered(function: str, k: int) -> str:
        counter_based = {"rand": "uniform", "randn": "normal"}[function]
        where = f"presentation, step, {index}, {site(f'{owner}/{function}/{k}')}"
        return f"{counter_based}(random_seed, random_phase, {where})"

    for function in ("rand", "randn"):
        code = number_calls(code, function, partial(numbered, function))
    return code


def lower(network: Network) -> LoweredNetwork:
    """Resolve needs, neuromodulators, refractoriness, resets and random numbers of a network."""
    stimulus_steps = round(network.duration / network.dt)
    steps = stimulus_steps + round(network.blank / network.dt)
    network = _with_modulators(network)
    lowered = {p.name: _dale(p) for p in network.projections}
    populations = tuple(
        _population(
            population,
            merge_needs(
                [need for p in network.projections if p.source == population.name for need in lowered[p.name].pre]
                + [need for p in network.projections if p.target == population.name for need in lowered[p.name].post]
            ),
            steps=steps,
            stimulus_steps=stimulus_steps,
            blank=network.blank > 0,
        )
        for population in network.populations
    )
    by_name = {p.name: p for p in populations}
    for population in populations:  # with what synapses need of them
        check_time_constants(f"Population '{population.name}'", population.parameters.values(), network.dt)
    for name, synapse in lowered.items():
        read = get_identifiers(synapse.equations) if synapse.clock_driven else set()
        integrated = [parameter for key, parameter in synapse.parameters.items() if key in read]
        check_time_constants(f"Projection '{name}'", integrated, network.dt)
    projections = tuple(_projection(p, lowered[p.name], by_name, network) for p in network.projections)
    return LoweredNetwork(
        populations, projections, network.duration, network.dt, steps, stimulus_steps, network.readout
    )


# -- neuromodulators -----------------------------------------------------------------------------------------------


def _with_modulators(network: Network) -> Network:
    """Add a population of one neuron for each neuromodulator, and what drives it."""
    modulators = {m.name: m for p in network.projections for m in p.synapse.lowered.modulators}
    populations, projections = list(network.populations), list(network.projections)
    sizes = {p.name: p.size for p in populations}
    for modulator in modulators.values():
        if modulator.source not in network.signals:
            raise DeclarationError(
                f"The neuromodulator '{modulator.name}' listens to '{modulator.source}', and the network has no such "
                f"signal: give signals={{'{modulator.source}': names of populations}}."
            )
        sources = network.signals[modulator.source]
        states = tuple(Equations(modulator.equations))
        populations.append(
            Population(
                modulator.name, 1, modulator.equations, parameters=modulator.parameters,
                persistent=states if modulator.persistent else (), transient=() if modulator.persistent else states,
            )
        )  # fmt: skip
        statement = replace_names(modulator.on_source, {"n_source": str(sum(sizes[name] for name in sources))})
        from synapses import static

        projections += [
            Projection(name, modulator.name, static(1.0), statement, order=THIRD_FACTORS) for name in sources
        ]
    return replace(network, populations=tuple(populations), projections=tuple(projections))


# -- populations ---------------------------------------------------------------------------------------------------


def _check_reset(reset: str, states: Iterable[str], here: str) -> None:
    """A name that a reset assigns and nothing reads is a state that was mistyped."""
    statements = read_statements(reset, f"{here}, reset")
    for position, statement in enumerate(statements):
        name = statement.target
        if name not in states and not any(name in later.reads for later in statements[position + 1 :]):
            raise DeclarationError(
                f"{here}: the reset assigns '{name}', which is not one of its states ({', '.join(states) or 'none'})."
            )


def _population(
    population: Population, needs: Iterable[NeuronState], steps: int, stimulus_steps: int, blank: bool
) -> LoweredPopulation:
    here = f"Population '{population.name}'"
    own = _read_equations(population.equations, here)
    needs = [need for need in needs if need.name not in own]
    for need in needs:
        if not need.equations:
            raise DeclarationError(f"{here} has no '{need.name}' ({need.meaning}), which a synapse on it needs.")
    text = "\n".join([population.equations, *(need.equations for need in needs)])
    equations = _read_equations(text, here)
    for equation in equations.values():
        if equation.expr is not None and "t" in equation.identifiers:
            raise DeclarationError(
                f"{here}: the equation of '{equation.varname}' reads the absolute time t; use step (within the "
                f"presentation) or a stimulus instead."
            )
    parameters = _parameters(population, needs, here)
    states = {
        e.varname: e.var_type if e.var_type in ("integer", "boolean") else base_unit(e.dim)
        for e in equations.values()
        if e.type in (DIFFERENTIAL_EQUATION, PARAMETER) and "constant" not in e.flags
    }
    _check_reset(population.reset, states, here)
    spikes, refractory = bool(population.threshold), population.refractory > 0
    reset = [population.reset, *(need.on_spike for need in needs if need.on_spike)]
    lines = [text] if text.strip() else []
    if spikes:
        states["spike_count"] = "integer"
        reset.append("spike_count += 1")
        lines += ["spike_count : integer", "fired : boolean"]
    if refractory:
        states["refractory_steps"] = "integer"
        parameters["refractory_period"] = Parameter(
            "refractory_period", population.refractory, "refractory period", unit="second"
        )
        reset.append("refractory_steps = int(refractory_period/dt + 1e-3) - 1")  # whole steps, as in Brian2
        lines.append("refractory_steps : integer")
    if population.channel:
        lines.append("stimulus : 1")
    initial = {name: population.initial.get(name, 0.0) for name in states}
    for name in population.initial:
        if name not in states:
            raise DeclarationError(f"{here} gives an initial value to '{name}', which is not one of its states.")
    persistent = {*population.persistent, *(need.name for need in needs if need.persistent)}
    cleared = {"spike_count", *population.transient} if blank else set(states) - persistent
    end = "\n".join(f"{name} = {_literal(initial[name], unit)}" for name, unit in states.items() if name in cleared)
    condition = f"({population.threshold})" + (f" and step < {stimulus_steps}" if population.channel and blank else "")
    for name in population.floors:
        if name not in states:
            raise DeclarationError(f"{here} gives a floor to '{name}', which is not one of its states.")
    before = [
        f"{name} = clip({name}, {floor}, {_literal(np.inf, states[name])})" for name, floor in population.floors.items()
    ]
    if spikes:
        before.append(f"fired = {condition}" + (" and refractory_steps <= 0" if refractory else ""))
    if refractory:
        before.append("refractory_steps = refractory_steps - int(refractory_steps > 0)")
    return LoweredPopulation(
        name=population.name,
        size=population.size,
        equations=numbered_random("\n".join(lines), population.name, "i"),
        parameters=parameters,
        states=states,
        initial=initial,
        before_threshold=numbered_random("\n".join(before), population.name, "i"),
        reset=numbered_random("\n".join(line for line in reset if line), f"{population.name}/reset", "i"),
        plastic_end=numbered_random(
            "\n".join(need.at_end for need in needs if need.at_end), f"{population.name}/plastic end", "i"
        ),
        end=end,
        refractory=refractory,
        spikes=spikes,
        channel=population.channel,
        per_step=population.per_step,
        method=population.method,
    )


def _read_equations(text: str, here: str) -> Equations:
    try:
        return Equations(text)
    except (EquationError, SyntaxError, ValueError) as error:
        raise DeclarationError(f"{here}: its equations cannot be read: {' '.join(str(error).split())}") from error


def _parameters(population: Population, needs: Iterable[NeuronState], here: str) -> dict[str, Parameter]:
    parameters = {p.name: p for p in population.parameters}
    for parameter in (p for need in needs for p in need.parameters):
        known = parameters.setdefault(parameter.name, parameter)
        if (known.value, known.unit) != (parameter.value, parameter.unit):
            raise DeclarationError(
                f"{here} is asked for {parameter.name} = {parameter.value:g} {parameter.unit} and for {known.value:g} "
                f"{known.unit} by the synapses around it; they share the neuron, so they must agree."
            )
    return parameters


def _literal(value: Any, unit: str = "1") -> str:
    """A value in code: an expression as it is, a number in base units with its unit."""
    if isinstance(value, str):
        return value
    if unit in ("integer", "boolean"):
        return repr({"integer": int, "boolean": bool}[unit](value))  # Cython assigns no float to an integer
    return repr(float(value)) + ("" if unit == "1" else f"*({unit})")


# -- projections ---------------------------------------------------------------------------------------------------


def _dale(projection: Projection) -> LoweredSynapse:
    """The synapse, with weights kept at zero or above where the projection has a sign."""
    lowered = projection.synapse.lowered
    if not projection.sign:
        return lowered
    weight = lowered.efficacy
    if weight not in lowered.states:
        raise DeclarationError(
            f"Projection '{projection.name}': Dale's law needs an efficacy that is a state, not '{weight}'."
        )
    if weight in lowered.clock_driven:
        raise DeclarationError(
            f"Projection '{projection.name}': Dale's law bounds weights at events, and '{weight}' has a differential "
            f"equation; leave out the sign, and bound '{weight}' in its equation."
        )

    unit = lowered.states[weight].unit

    def bounded(pathway: Pathway) -> Pathway:
        lines = []
        for statement in read_statements(pathway.code, projection.name):
            lines.append(str(statement))
            if statement.target == weight:
                lines.append(f"{weight} = clip({weight}, {_literal(0, unit)}, {_literal(np.inf, unit)})")
        return replace(pathway, code="\n".join(lines))

    initial = lowered.states[weight].initial
    state = replace(lowered.states[weight], initial=f"abs({_literal(initial)})")
    return replace(
        lowered,
        states={**lowered.states, weight: state},
        pathways=tuple(map(bounded, lowered.pathways)),
        efficacy=weight if projection.sign == "excitatory" else f"-{weight}",
    )


def _projection(
    projection: Projection,
    synapse: LoweredSynapse,
    populations: dict[str, LoweredPopulation],
    network: Network,
) -> LoweredProjection:
    source, target = populations[projection.source], populations[projection.target]
    here = f"Projection '{projection.name}'"
    if not source.spikes:
        raise DeclarationError(f"{here}: '{source.name}' does not spike, so it cannot be a source.")
    i, j = projection.connectivity.pairs(source.size, target.size)
    index = f"(i*{target.size} + j)"
    blank = network.blank > 0
    transmitted = _transmission(projection, synapse, network)
    driven = read_statements(transmitted, here)[0].target.removesuffix("_post")
    if driven not in target.states:
        there = ", ".join(target.states) or "none"
        raise DeclarationError(
            f"{here}: population '{target.name}' has no state '{driven}' to add to; there are {there}."
        )
    transmit = Pathway("transmit", "pre", "spike", projection.order, transmitted, plastic=False)
    pathways = []
    for pathway in (transmit, *synapse.pathways):
        own = synapse.parameters[pathway.delay].value if pathway.delay else 0.0
        delay = projection.delay if pathway is transmit else own
        steps = int(delay / network.dt + 0.5)
        code = numbered_random(pathway.code, f"{projection.name}/{pathway.name}", index)
        if delay and not blank:
            code = _within_presentation(code, steps, synapse.states, f"{here}, delayed event")
        queue = f"{projection.name}.{pathway.name}.queue" if delay or pathway.delay else ""
        pathways.append(LoweredPathway(**{**vars(pathway), "code": code}, delay_steps=steps, queue=queue))
    return LoweredProjection(
        name=projection.name,
        source=projection.source,
        target=projection.target,
        sources=i.astype(np.int32),
        targets=j.astype(np.int32),
        all_to_all=len(i) == source.size * target.size,
        synapse=synapse,
        pathways=tuple(pathways),
        modulators=tuple(m.name for m in synapse.modulators),
        initial_sites={name: f"{projection.random_name or projection.name}/initial {name}" for name in synapse.states},
    )


def _transmission(projection: Projection, synapse: LoweredSynapse, network: Network) -> str:
    target = network.population(projection.target)
    statement = projection.receptor
    if "=" not in statement:
        if statement not in target.receptors:
            there = ", ".join(target.receptors) or "none"
            raise DeclarationError(
                f"Projection '{projection.name}': population '{target.name}' has no receptor '{statement}'; "
                f"there are {there}."
            )
        statement = target.receptors[statement]
    own = {p.name for p in target.parameters} | set(_read_equations(target.equations, target.name))
    left = statement.split("+=")[0].strip()
    names = {name: f"{name}_post" for name in own | {left}}
    return replace_names(statement, {**names, "efficacy": f"({synapse.efficacy})"})


def _within_presentation(code: str, delay_steps: int, states: Iterable[str], where: str) -> str:
    """Make spikes of the previous presentation, still under way at its end, have no effect on this one."""
    states = set(states)
    lines = [f"arrived = int(step >= {delay_steps})"]
    for statement in read_statements(code, where):
        target, operation, expression = statement.target, statement.operation, statement.expression
        if operation in ("+=", "-="):
            lines.append(f"{target} {operation} arrived*({expression})")
        elif operation != "=":
            raise DeclarationError(f"{where}: write '{statement}' with = or +=.")
        else:
            kept = f"arrived*({expression}) + (1 - arrived)*{target}" if target in states else expression
            lines.append(f"{target} = {kept}")
    return "\n".join(lines)
