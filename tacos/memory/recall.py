"""Recall of patterns of binary neurons from the synapses that stored them, which the patterns have correlated.

After Savin, Dayan, Lengyel 2013, "Correlations strike back (again): the case of associative memory retrieval", NIPS 26,
of which extracted sentences were read: storage rules and the recursion of pairs of synapses are theirs. Ours is the
form of recall: a neuron asks how likely its incoming weights are, as Gaussian numbers that are independent ("simple")
or correlated with each other ("aware"). What weights with the same source have in common is not taken into account.

``weights[i, j]`` leads from neuron j to neuron i. Patterns are zeros and ones, one with probability ``f``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synapses.language.values import finite
from tacos.errors import RunError
from tacos.memory.rules import Floats, Rule


def recall(
    rule: Rule,
    weights: Floats,
    cue: Floats,
    flipped: float,
    age: int,
    n_patterns: int,
    aware: bool = False,
    steps: int = 40,
) -> Floats:
    """The pattern that a cue brings back.

    The log-odds of ``x_i = 1`` are those of the prior, of the cue, and of the incoming weights: with the difference
    ``d_j`` of their means for ``x_i = 1`` and ``0``, ``d^T C^-1 (w - middle)``. In simple recall their covariance C is
    v times the unit matrix; in aware recall every two of them have the correlation c of weights with the same target:
    ``C^-1`` then takes ``c/(1 + (n - 2) c)`` times the sum of all off each, an inhibition by the total that is not
    linear in the activities. These follow by damped mean-field steps, from what the cue says.

    Parameters
    ----------
    rule : Rule
    weights : ndarray, shape (n, n)
    cue : ndarray, shape (n,)
        The pattern with every neuron flipped with the probability ``flipped``.
    flipped : float
    age, n_patterns : int
        How many patterns came after it, and how many were stored in all.
    aware : bool
        Of correlations between weights.
    steps : int

    Returns
    -------
    ndarray of 0 and 1, shape (n,)
    """
    n = cue.size
    means, variance = rule.means(age, n_patterns), rule.variance(n_patterns)
    shared = rule.correlations()[0] if aware else 0.0
    shrink, private = shared / (1 + (n - 2) * shared), variance * (1 - shared)
    bias = np.log(rule.f / (1 - rule.f)) + (2 * cue - 1) * np.log((1 - flipped) / flipped)
    others = 1 - np.eye(n)
    x = 1 / (1 + np.exp(-bias))
    for _ in range(steps):
        one, zero = (means[k, 1] * x + means[k, 0] * (1 - x) for k in (1, 0))  # mean of a weight, by its source
        apart = others * (one - zero)
        off = others * (weights - (one + zero) / 2)
        evidence = (apart * off).sum(axis=1) - shrink * apart.sum(axis=1) * off.sum(axis=1)
        odds = np.clip(bias + evidence / private, -30, 30)
        x = 0.7 * x + 0.3 / (1 + np.exp(-odds))
    return (x > 0.5).astype(float)


def recall_error(
    rule: Rule,
    n: int,
    n_patterns: int,
    ages: Sequence[int],
    flipped: float = 0.1,
    aware: bool = False,
    trials: int = 20,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Fraction of neurons that are recalled wrongly, by age: mean over trials, and its standard error.

    Parameters
    ----------
    rule : Rule
    n, n_patterns : int
        Neurons, and patterns stored in each trial.
    ages : sequence of int
    flipped : float
        Probability that a neuron of the cue is flipped.
    aware : bool
        See :func:`recall`.
    trials, seed : int
        The same seed has the same patterns, weights and cues, whatever the recall.
    """  # fmt: skip
    flipped = finite(flipped, "The probability that a cue is flipped is above 0 and below 0.5", most=0.4999, above=0,
                     error=RunError)  # fmt: skip
    errors = np.empty((trials, len(ages)))
    for trial in range(trials):
        rng = np.random.default_rng([seed, trial])
        patterns = (rng.random((n_patterns, n)) < rule.f).astype(float)
        weights = rule.store(patterns, rng)
        for k, age in enumerate(ages):
            pattern = patterns[n_patterns - 1 - age]
            cue = np.abs(pattern - (rng.random(n) < flipped))
            found = recall(rule, weights, cue, flipped, int(age), n_patterns, aware)
            errors[trial, k] = np.abs(found - pattern).mean()
    return errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(trials)
