"""Learning rates on validation data: the same number of trials for every condition.

A lower learning rate alone retains more, so that a condition is only compared fairly at its own best one. The best
rates of two conditions may lie a hundredfold apart, since a network with gates needs a larger one than one without: the
grid is coarse, and rounds of two more trials close in on the best, or go beyond the grid where the best is at its end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from tacos.ablation.conditions import Condition, scaled
from tacos.errors import RunError
from tacos.networks.network import Network

#: Factors on the learning rate that a condition starts from, and how often two more are tried.
FACTORS = (1 / 64, 1 / 16, 1 / 4, 1.0)
ROUNDS = 2
#: Step beyond a grid of a single learning rate.
STEP = 4.0
#: Parameters that say how strong consolidation is, swept for the front where a network has them, and the factors.
CONSOLIDATING = ("dm", "tau_c", "strength")
STRENGTHS = (1 / 4, 1 / 2, 2.0, 4.0)


@dataclass(frozen=True)
class Trial:
    """One run on validation data.

    Attributes
    ----------
    condition : str
        Its label.
    parameter : str
        What was varied: the learning rate, or for the front a strength of consolidation.
    factor : float
        On the value that the condition starts from.
    network : Network
    """

    condition: str
    parameter: str
    factor: float
    network: Network

    @property
    def label(self) -> str:
        """Name of the run."""
        return f"{self.condition}, {self.parameter}*{self.factor:g}"


@dataclass(frozen=True)
class Outcome:
    """What came out of a trial: accuracies, or why there are none.

    Attributes
    ----------
    trial : Trial
    accuracy : array of shape (replica, trained_on, tested_on) or None
        Fractions.
    reason : str
    unfinished : bool
        Whether it may come out otherwise when it runs again: what failed was a disk, say, and not the learning.
    """

    trial: Trial
    accuracy: NDArray[np.float64] | None
    reason: str = ""
    unfinished: bool = False

    @property
    def score(self) -> float:
        """Average accuracy at the end of the stream, mean over replicas; -1 for a failed trial."""
        return -1.0 if self.accuracy is None else float(self.accuracy[:, -1].mean())


Runner = Callable[[Sequence[Trial]], list[Outcome]]


def search(
    conditions: Sequence[Condition],
    learning_rate: str,
    factors: Sequence[float],
    rounds: int,
    start: Mapping[str, float],
    run: Runner,
) -> dict[str, list[Outcome]]:
    """All trials of the learning rate, ``{label of the condition: outcomes}``: as many for each condition."""

    def trial(condition: Condition, factor: float) -> Trial:
        return Trial(condition.label, learning_rate, factor, scaled(condition.network, learning_rate, factor))

    found: dict[str, list[Outcome]] = {c.label: [] for c in conditions}
    coarse = [trial(c, start.get(c.label, 1.0) * factor) for c in conditions for factor in factors]
    for outcome in run(coarse):
        found[outcome.trial.condition].append(outcome)
    for _ in range(rounds):
        for outcome in run([trial(c, factor) for c in conditions for factor in closer(found[c.label])]):
            found[outcome.trial.condition].append(outcome)
    return found


def closer(outcomes: Sequence[Outcome]) -> list[float]:
    """Two factors to try next: midway from the best one to its neighbours, or a step beyond where it has none."""
    centre = best(outcomes)
    if centre is None:
        return []
    at = centre.trial.factor
    lower = max((o.trial.factor for o in outcomes if o.trial.factor < at), default=None)
    upper = min((o.trial.factor for o in outcomes if o.trial.factor > at), default=None)
    down = math.sqrt(at * lower) if lower else at / (upper / at if upper else STEP)
    up = math.sqrt(at * upper) if upper else at * (at / lower if lower else STEP)
    return [float(f"{factor:.6g}") for factor in (down, up)]


def best(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The outcome of the highest score, the lower learning rate on a tie; None if all failed or one is unfinished."""
    if any(o.unfinished for o in outcomes):
        return None
    finished = [o for o in outcomes if o.accuracy is not None]
    return max(finished, key=lambda o: (o.score, -o.trial.factor)) if finished else None


def edge(outcomes: Sequence[Outcome]) -> str:
    """A sentence if the best learning rate is the lowest or the highest of those that worked."""
    chosen = best(outcomes)
    tried = sorted(o.trial.factor for o in outcomes if o.accuracy is not None)
    if chosen is None or len(tried) < 2 or tried[0] < chosen.trial.factor < tried[-1]:
        return ""
    side = "lowest" if chosen.trial.factor == tried[0] else "highest"
    return (
        f"'{chosen.trial.condition}': the best {chosen.trial.parameter} is the {side} of the grid (factor "
        f"{chosen.trial.factor:g}), so that a better one may lie beyond."
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
    return dict.fromkeys((front,) if isinstance(front, str) else front, STRENGTHS)


def strengths(
    condition: Condition, chosen: Network, wanted: Mapping[str, Sequence[float]], learning_rate: str
) -> list[Trial]:
    """Trials for the front: parameters of a condition multiplied, at the learning rate that was chosen for it."""
    if learning_rate in wanted:
        raise RunError(f"The grid already sweeps {learning_rate}; the front takes other parameters, such as dm.")
    return [
        Trial(condition.label, parameter, float(factor), scaled(chosen, parameter, float(factor)))
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


def check_grid(factors: Sequence[float], rounds: int, grid_seeds: int) -> None:
    """Raise an error about a grid that is empty."""
    whole = isinstance(rounds, Integral) and isinstance(grid_seeds, Integral)
    if not (factors and whole and grid_seeds >= 1 and rounds >= 0):
        raise RunError(
            "The grid needs at least one factor and one seed, and no negative number of rounds, in whole numbers, e.g. "
            "factors=[0.25, 1], grid_seeds=1, rounds=2."
        )
