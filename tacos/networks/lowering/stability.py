"""What a time step, or a presentation, is too long or too short for: found from the equations, not from names."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Mapping

from synapses import DeclarationError
from synapses.language.terms import itself, terms_of
from tacos.networks.lowering.lowered_network import LoweredPopulation, LoweredProjection
from tacos.networks.lowering.rates import Update, updates_of_population, updates_of_synapse
from tacos.networks.network import Network
from tasks import TaskError
from tasks.encodings import KINDS

#: Integrators that step along the derivative; others solve what decays.
_FORWARD = ("euler", "heun", "rk2", "rk4", "milstein")
_ROUNDING = 1e-9


def check_steps(
    network: Network, populations: Iterable[LoweredPopulation], projections: Iterable[LoweredProjection]
) -> None:
    """Refuse what would overshoot, or never happen, with the network's time step and duration.

    Raises
    ------
    DeclarationError
        One sentence that names the state, its equation and its time constant; or the source, its rate and dt; or the
        delay.
    """
    dt, duration = network.dt, network.duration
    for population in populations:
        here = f"Population '{population.name}'"
        _check_updates(here, updates_of_population(population, dt, duration), population.method, dt, duration)
        _check_encoding(here, population, network)
        _check_probabilities(here, population, dt)
    for projection in projections:
        here, synapse = f"Projection '{projection.name}'", projection.synapse
        _check_updates(here, updates_of_synapse(synapse, dt, duration), synapse.method, dt, duration)
        if not network.blank:
            _check_delays(here, projection, network)
    for declared in network.projections:
        model = declared.synapse
        if model.longest_step and dt > model.longest_step * (1 + _ROUNDING):
            warnings.warn(
                f"Projection '{declared.name}': the time step of {dt * 1e3:g} ms is longer than the "
                f"{model.longest_step * 1e3:g} ms that "
                f"'{model.name}' is made for: {model.longer_step or 'it is biased'}.",
                stacklevel=2,
            )


def _check_updates(here: str, updates: Iterable[Update], method: str, dt: float, duration: float) -> None:
    for update in updates:
        factor = _decay(update)
        if update.interval == "step":
            if method in _FORWARD and factor < -1 - _ROUNDING:
                tau = -dt / factor
                grows = "grow without bound" if factor < -2 else "overshoot at every step"
                raise DeclarationError(
                    f"{here}: '{update.state}' decays with a time constant of {tau:g} s by '{_plain(update.said)}', "
                    f"and the time step of {dt:g} s is longer than that, so it would {grows}; make dt shorter."
                )
        elif factor < -2 - _ROUNDING:
            when = f"at the end of a presentation of {duration:g} s" if update.interval == "end" else "at one event"
            raise DeclarationError(
                f"{here}: '{update.said}' takes {-factor:g} times the distance to its target off '{update.state}' "
                f"{when}, so it would grow without bound; make that factor at most one."
            )


def _decay(update: Update) -> float:
    """The factor by which an update takes a state towards its target, negative; zero where that is no number.

    Conditions are taken as fulfilled.
    """
    total = 0.0
    for product, number in update.own.items():
        others = [(factor, power) for factor, power in product if not factor.condition]
        if others != list(itself(update.state)):
            return 0.0  # depends on other states, or is not linear
        if number < 0 or len(product) == 1:
            total += number
    return total


def _plain(said: str) -> str:
    return re.sub(r"= learning\*\((.*)\)$", r"= \1", said)


def _check_delays(here: str, projection: LoweredProjection, network: Network) -> None:
    for pathway in projection.pathways:
        if pathway.queue and pathway.delay_steps >= round(network.duration / network.dt):
            what = f"'{pathway.delay}'" if pathway.delay else "the delay"
            raise DeclarationError(
                f"{here}: {what} of {pathway.delay_steps * network.dt:g} s is not shorter than a presentation of "
                f"{network.duration:g} s, whose end removes what is under way, so nothing would ever arrive; make it "
                "shorter, or give the network a blank interval."
            )


def _check_encoding(here: str, population: LoweredPopulation, network: Network) -> None:
    """What an encoding says of a time step and a duration, whoever declared the population."""
    threshold = network.population(population.name).threshold if population.channel else ""
    for kind in KINDS.values():
        names = kind().parameters
        if kind.condition == threshold and set(names) <= set(population.parameters):
            try:
                kind(**{n: population.parameters[n].value for n in names}).check(network.dt, network.duration)
            except TaskError as error:
                raise DeclarationError(f"{here}: {error}") from None


def _check_probabilities(here: str, population: LoweredPopulation, dt: float) -> None:
    """A spike with a probability above one in a step: where the stimulus is one, in ``rand() < probability``."""
    values = {p.name: p.value for p in population.parameters.values()} | {"dt": dt, "stimulus": 1.0}
    fired = [line for line in "\n".join(population.before_threshold).splitlines() if line.startswith("fired = ")]
    for line in fired:
        for node in ast.walk(ast.parse(line.removeprefix("fired = "), mode="eval")):
            match node:
                case ast.Compare(
                    left=ast.Call(func=ast.Name(id="uniform")), ops=[ast.Lt() | ast.LtE()], comparators=[p]
                ):
                    _check_probability(here, ast.unparse(p), values, dt)


def _check_probability(here: str, text: str, values: Mapping[str, float], dt: float) -> None:
    try:
        terms = terms_of(text, values)
    except ValueError:
        return
    if terms.keys() == {()} and terms[()] > 1 + _ROUNDING:
        raise DeclarationError(
            f"{here}: '{text}' asks for {terms[()]:g} spikes in a step, a rate of {terms[()] / dt:g} Hz with a time "
            f"step of {dt:g} s, and a neuron has at most one; make the rate or dt smaller."
        )
