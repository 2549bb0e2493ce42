"""The grid of an ablation: learning rates of every condition, and strengths of consolidation for the front.

The best rates of two conditions may lie a hundredfold apart, since a network with gates needs a larger one than one
without: the grid is coarse, and rounds of two more trials close in on the best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from synapses.language.values import whole
from tacos.ablation.conditions import scaled
from tacos.errors import RunError
from tacos.networks.network import Network
from tacos.runs.asked import texts
from tacos.tuning import Closing, Outcome, Trial

#: Factors on the learning rate that a condition starts from, and how often two more are tried.
FACTORS = (1 / 64, 1 / 16, 1 / 4, 1.0)
ROUNDS = 2
MOST_TRIALS = 1000
#: Parameters that say how strong consolidation is, swept for the front where a network has them, and the factors.
CONSOLIDATING = ("dm", "tau_c", "strength")
STRENGTHS = (1 / 4, 1 / 2, 2.0, 4.0)


def changed(network: Network, constants: Mapping[str, float]) -> Network:
    """A network with parameters multiplied, wherever they occur."""
    for parameter, factor in constants.items():
        network = scaled(network, parameter, factor)
    return network


def varied(trial: Trial) -> tuple[str, float]:
    """What a trial tries: the learning rate, or for the front a strength at the learning rate that was chosen."""
    return list(trial.constants.items())[-1]


def label(trial: Trial) -> str:
    """Name of the run."""
    parameter, factor = varied(trial)
    return f"{trial.subject}, {parameter}*{factor:g}"


def edge(search: Closing, outcomes: Sequence[Outcome]) -> str:
    """A sentence if the best learning rate is the lowest or the highest of those that worked."""
    chosen, side = search.best(outcomes), search.at_edge(outcomes)
    if chosen is None or not side:
        return ""
    return (
        f"'{chosen.trial.subject}': the best {search.constant} is the {side} of the grid (factor "
        f"{search.factor(chosen):g}), so that a better one may lie beyond."
    )


def sweeps(
    front: Mapping[str, Sequence[float]] | Sequence[str] | str | None, network: Network
) -> dict[str, Sequence[float]]:
    """What to sweep for the front besides the learning rate, ``{parameter: factors}``."""
    if front is None:
        there = {name for p in network.plastic_projections() for name in p.synapse.all_parameters()}
        front = [name for name in CONSOLIDATING if name in there]
    if isinstance(front, Mapping):
        return dict(front)
    return dict.fromkeys(texts(front, "front names parameters, such as ['dm', 'tau_c']"), STRENGTHS)


def front_trials(condition: str, chosen: Mapping[str, float], wanted: Mapping[str, Sequence[float]]) -> list[Trial]:
    """Trials for the front: parameters of a condition multiplied, at the learning rate that was chosen for it."""
    if clash := set(wanted) & set(chosen):
        raise RunError(f"The grid already sweeps {clash.pop()}; the front takes other parameters, such as dm.")
    return [
        Trial(condition, {**chosen, parameter: float(factor)})
        for parameter, factors in wanted.items()
        for factor in factors
    ]


def check_factors(factors: Sequence[float], what: str) -> tuple[float, ...]:
    """Factors as numbers, each once; refused where they are none."""
    try:
        values = tuple(float(f) for f in factors)
    except (TypeError, ValueError):
        raise RunError(f"{what} are numbers, such as (0.25, 0.5, 1), not {factors!r}.") from None
    if any(not np.isfinite(f) or f <= 0 for f in values) or len(set(values)) < len(values):
        given = ", ".join(f"{f:g}" for f in values)
        raise RunError(f"{what} are different numbers above zero, such as 0.25, 0.5, 1; not {given}.")
    return values


def check_grid(factors: Sequence[float], rounds: int, grid_seeds: int) -> tuple[int, int]:
    """Numbers of rounds and seeds; an error about a grid that is empty."""
    right = (
        "The grid needs at least one factor and one seed, and no negative number of rounds, in whole numbers, e.g. "
        "factors=[0.25, 1], grid_seeds=1, rounds=2"
    )
    if not factors:
        raise RunError(f"{right}.")
    rounds = whole(rounds, f"{right}; rounds is such a number", 0, MOST_TRIALS, RunError)
    return rounds, whole(grid_seeds, f"{right}; grid_seeds is such a number", 1, MOST_TRIALS, RunError)
