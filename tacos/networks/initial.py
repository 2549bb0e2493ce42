"""Initial values of all states of a network, as arrays: the same for every backend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from brian2.core.namespace import DEFAULT_UNITS

from synapses import DeclarationError
from synapses.language.arithmetic import computed
from synapses.language.declarations import Parameter
from synapses.language.event_driven import LAST_UPDATE
from tacos.networks import random_numbers
from tacos.networks.lowering import LoweredNetwork, LoweredPopulation, LoweredProjection, site

State = dict[str, np.ndarray]
_NUMPY = (
    "exp", "expm1", "log", "log10", "log1p", "sqrt", "abs", "sign", "sin", "cos", "tan", "sinh", "cosh", "tanh",
    "arcsin", "arccos", "arctan", "floor", "ceil", "clip", "logical_not",
)  # fmt: skip
_NAMES = (
    {name: float(unit) for name, unit in DEFAULT_UNITS.items()}
    | {name: getattr(np, name) for name in _NUMPY}
    | {"int": lambda x: np.asarray(x).astype(int), "inf": np.inf, "pi": np.pi, "e": np.e, "True": True, "False": False}
)


def evaluated(expression: str, values: Mapping[str, Any], unknown: Iterable[str] = ()) -> Any:
    """An expression of the language, with numbers or arrays in base units; a NameError if it reads anything else.

    Names that are ``unknown`` as yet stand for no unit or function either.
    """
    known = {**_NAMES, **values}
    for name in set(unknown) - set(values):
        known.pop(name, None)
    return computed(expression, known)


def dtype_of(unit: str) -> type:
    """NumPy type of a state from its declared unit or type."""
    return {"integer": np.int32, "boolean": np.bool_}.get(unit, np.float64)


def last_updates(state: State) -> dict[str, np.ndarray]:
    """The steps at which event-driven states of synapses were last brought up to date, by their names in a state."""
    return {
        key: x for key, x in state.items() if key.rpartition(".")[2].startswith(LAST_UPDATE) and x.dtype.kind == "i"
    }


def initial_state(network: LoweredNetwork, seed: int) -> State:
    """All states of a network at the start of a stream.

    Returns
    -------
    dict
        ``"population.state"``: shape (n_neurons,), ``"projection.state"``: shape (n_synapses,).
    """
    state: State = {}
    for population in network.populations:
        state |= population_state(population, seed)
    for projection in network.projections:
        state |= projection_state(projection, network, seed)
    return state


def population_state(population: LoweredPopulation, seed: int) -> State:
    """States of one population."""
    indices = np.arange(population.size)
    values = _evaluate(
        {name: (population.initial[name], unit) for name, unit in population.states.items()},
        population.parameters,
        {"i": indices, "N": population.size},
        {name: f"{population.name}/initial {name}" for name in population.states},
        indices,
        seed,
    )
    return {f"{population.name}.{name}": value for name, value in values.items()}


def projection_state(projection: LoweredProjection, network: LoweredNetwork, seed: int) -> State:
    """States of one projection; synapses are sorted by source, then target."""
    n_target = network.population(projection.target).size
    i, j = projection.sources, projection.targets
    names = {
        "i": i,
        "j": j,
        "n_pre": network.population(projection.source).size,
        "n_post": n_target,
        "duration": network.duration,
        "dt": network.dt,
    }
    states = projection.synapse.states
    given: State = {name: value.astype(dtype_of(states[name].unit)) for name, value in projection.values.items()}
    values = given | _evaluate(
        {name: (state.initial, state.unit) for name, state in states.items() if name not in given},
        projection.synapse.parameters,
        {**names, **given},
        projection.initial_sites,
        i.astype(np.int64) * n_target + j,
        seed,
    )
    return {f"{projection.name}.{name}": value for name, value in values.items()}


def _evaluate(
    states: dict[str, tuple[Any, str]],
    parameters: dict[str, Parameter],
    names: dict[str, Any],
    sites: dict[str, str],
    index: np.ndarray,
    seed: int,
) -> State:
    """Evaluate initial values; an expression may read states that are declared before or after it."""
    namespace = {**names, **{p.name: p.value for p in parameters.values()}}
    values: State = {}
    waiting = dict(states)
    while waiting:
        progress = False
        for name, (initial, unit) in list(waiting.items()):
            draws = {
                "rand": _counter(random_numbers.uniform, sites[name], index, seed),
                "randn": _counter(random_numbers.normal, sites[name], index, seed),
            }
            try:
                value = evaluated(str(initial), {**namespace, **draws, **values}, waiting)
            except NameError:
                continue
            except (ArithmeticError, SyntaxError, TypeError, ValueError) as error:
                raise DeclarationError(
                    f"The initial value '{initial}' of '{name}' cannot be computed: {error}."
                ) from error
            values[name] = np.broadcast_to(np.asarray(value), index.shape).astype(dtype_of(unit))
            del waiting[name]
            progress = True
        if not progress:
            name, (initial, _) = next(iter(waiting.items()))
            raise DeclarationError(
                f"The initial value '{initial}' of '{name}' cannot be computed: it reads an unknown name."
            )
    return values


def _counter(function: Any, name: str, index: np.ndarray, seed: int) -> Any:
    """``rand()`` of an initial value: the k-th call of an expression is the k-th step of its site."""
    calls = iter(range(1 << 20))
    return lambda: function(seed, random_numbers.INITIAL, 0, next(calls), index, site(name))
