"""What to try: a grid, and after it what its outcomes ask for.

A lower learning rate alone retains more, so that two methods are only compared fairly when each is at its own best one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tacos.tuning.trials import Outcome, best


class Strategy(Protocol):
    """Which constants to try."""

    @property
    def rounds(self) -> int:
        """How often more is tried after the start."""
        ...

    def start(self) -> Sequence[Mapping[str, Any]]:
        """What is tried first."""
        ...

    def further(self, outcomes: Sequence[Outcome]) -> Sequence[Mapping[str, Any]]:
        """What to try next; nothing where no more is to be found out."""
        ...

    def best(self, outcomes: Sequence[Outcome]) -> Outcome | None:
        """The choice; None if there is none."""
        ...


@dataclass(frozen=True)
class Closing:
    """One constant: a coarse grid, then rounds of two that close in on the best, or go beyond the grid at its end.

    Every subject gets the same number of trials. Of equal ones the lower constant is the best.

    Attributes
    ----------
    constant : str
    grid : tuple of float
        Factors on the constant.
    rounds : int
    """

    #: Step beyond a grid of a single factor.
    STEP = 4.0

    constant: str
    grid: tuple[float, ...]
    rounds: int

    def start(self) -> list[dict[str, float]]:
        """The grid."""
        return [{self.constant: factor} for factor in self.grid]

    def further(self, outcomes: Sequence[Outcome]) -> list[dict[str, float]]:
        """Two more: midway from the best one to its neighbours, or a step beyond where it has none."""
        centre = self.best(outcomes)
        if centre is None:
            return []
        at, tried = self.factor(centre), [self.factor(o) for o in outcomes]
        lower = max((factor for factor in tried if factor < at), default=None)
        upper = min((factor for factor in tried if factor > at), default=None)
        down = math.sqrt(at * lower) if lower else at / (upper / at if upper else self.STEP)
        up = math.sqrt(at * upper) if upper else at * (at / lower if lower else self.STEP)
        return [{self.constant: float(f"{factor:.6g}")} for factor in (down, up)]

    def best(self, outcomes: Sequence[Outcome]) -> Outcome | None:
        """The one of the highest score."""
        return best(outcomes, tie=lambda o: -self.factor(o))

    def at_edge(self, outcomes: Sequence[Outcome]) -> str:
        """``"lowest"`` or ``"highest"`` if the best is at the end of those that worked, else empty."""
        chosen = self.best(outcomes)
        tried = sorted(self.factor(o) for o in outcomes if o.accuracy is not None)
        if chosen is None or len(tried) < 2 or tried[0] < self.factor(chosen) < tried[-1]:
            return ""
        return "lowest" if self.factor(chosen) == tried[0] else "highest"

    def factor(self, outcome: Outcome) -> float:
        """What was tried."""
        return float(outcome.trial.constants[self.constant])


@dataclass(frozen=True)
class Edges:
    """Several constants: a grid, then one step beyond it wherever its best lies at an edge.

    Attributes
    ----------
    grid : tuple of dict
    rounds : int
    """

    #: Step beyond an edge in learning rates; strengths go on in the steps of their grid.
    STEP = 3.0

    grid: tuple[Mapping[str, Any], ...]
    rounds: int

    def start(self) -> Sequence[Mapping[str, Any]]:
        """The grid."""
        return self.grid

    def further(self, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
        """The best trial with one constant a step beyond the edge at which it lies."""
        chosen = self.best(outcomes)
        if chosen is None:
            return []
        found, constants = [], dict(chosen.trial.constants)
        for name, (value, tried) in edges(constants, [o.trial.constants for o in outcomes]).items():
            step = (
                max(tried[1] / tried[0], tried[-1] / tried[-2]) if name == "strength" and len(tried) > 1 else self.STEP
            )
            if value == tried[0]:
                found.append(constants | {name: float(f"{value / step:.3g}")})
            if value == tried[-1]:
                found.append(constants | {name: float(f"{value * step:.3g}")})
        return found

    def best(self, outcomes: Sequence[Outcome]) -> Outcome | None:
        """The one of the highest score."""
        return best(outcomes)


def edges(chosen: Mapping[str, Any], trials: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, list[float]]]:
    """Constants that are the least or the largest tried: ``{name: (value, all that were tried)}``.

    Learning rates are compared with those of the same optimizer. A failed trial counts as tried.
    """
    alike = [trial for trial in trials if trial.get("optimizer") == chosen.get("optimizer")]
    found = {}
    for name, value in chosen.items():
        if isinstance(value, float):
            tried = sorted({trial[name] for trial in alike})
            if value in (tried[0], tried[-1]):
                found[name] = value, tried
    return found
