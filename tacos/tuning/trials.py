"""A trial on validation data, what came out of it, and the best of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tacos.errors import Unlearnable
from tacos.runs.result import Result


@dataclass(frozen=True)
class Trial:
    """One run on validation data.

    Attributes
    ----------
    subject : str
        What is tuned: a condition, a method on a network.
    constants : dict
        What is tried, by name: values, or factors on the values that the subject starts from.
    """

    subject: str
    constants: Mapping[str, Any]


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
    silent : array of shape (replica,) or None
        Fraction of the tests at the end in which no output neuron spiked.
    """

    trial: Trial
    accuracy: NDArray[np.float64] | None
    reason: str = ""
    unfinished: bool = False
    silent: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, trial: Trial, found: Result | Exception) -> Outcome:
        """From a run, or from why there is none."""
        if isinstance(found, Result):
            return cls(trial, found.accuracy_matrix, silent=found.dataset["silent"].values[:, -1].mean(axis=-1))
        return cls(trial, None, str(found) or type(found).__name__, not isinstance(found, Unlearnable))

    @property
    def score(self) -> float:
        """Average accuracy at the end of the stream, mean over replicas; -1 for a failed trial."""
        return -1.0 if self.accuracy is None else float(self.accuracy[:, -1].mean())


def best(outcomes: Sequence[Outcome], tie: Callable[[Outcome], float] = lambda outcome: 0.0) -> Outcome | None:
    """The outcome of the highest score; None if all failed or one is unfinished.

    On a tie the one with the largest `tie`, and of those the first that was tried.
    """
    if any(o.unfinished for o in outcomes):
        return None
    finished = [o for o in outcomes if o.accuracy is not None]
    return max(finished, key=lambda o: (o.score, tie(o)), default=None)


def nothing_chosen(outcomes: Sequence[Outcome]) -> str:
    """Why there is no best one."""
    unfinished = next((o for o in outcomes if o.unfinished), None)
    if unfinished:
        return f"a trial did not finish, and nothing is chosen without it: {unfinished.reason}"
    return f"all trials failed; the last: {outcomes[-1].reason}"
