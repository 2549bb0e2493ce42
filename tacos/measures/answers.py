"""How often the outputs gave the right answer, how often none, and how often several outputs were level."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Answers(NamedTuple):
    """Counts over some tests."""

    right: int
    silent: int
    """Without an answer: no output spiked."""
    tied: int
    """Answered by the lowest of several outputs that were level."""


def judge(
    outputs: NDArray[np.integer], answers: NDArray[np.number], targets: NDArray[np.integer], spikes: bool = True
) -> Answers:
    """Judge answers: the largest one counts, of several the lowest output; where no output spiked there is none.

    Parameters
    ----------
    outputs : array of shape (m,)
        Outputs that may answer.
    answers : array of shape (n, m)
        What they said in each test.
    targets : array of shape (n,)
    spikes : bool
        Whether answers are counts of spikes; if not, the largest answers, however small.
    """
    largest = answers.max(axis=1)
    answered = largest > 0 if spikes else np.ones(len(targets), dtype=bool)
    right = (outputs[answers.argmax(axis=1)] == targets) & answered
    tied = ((answers == largest[:, None]).sum(axis=1) > 1) & answered
    return Answers(int(right.sum()), int((~answered).sum()), int(tied.sum()))
