"""How patterns of binary neurons change weights, and how they correlate them.

Rules of storage and the recursion of pairs of synapses after Savin, Dayan, Lengyel 2013, "Correlations strike back
(again): the case of associative memory retrieval", NIPS 26, of which extracted sentences were read.

``weights[i, j]`` leads from neuron j to neuron i. Patterns are zeros and ones, one with probability ``f``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synapses.language.values import finite
from tacos.errors import RunError
from tacos.memory.discrete import Discrete, cascade

Floats = NDArray[np.float64]


class Rule(Protocol):
    """How patterns change weights, and what is known of the result."""

    f: float

    def store(self, patterns: Floats, rng: np.random.Generator) -> Floats:
        """Weights after patterns of shape (n_patterns, n), one after the other: shape (n, n), no neuron onto itself."""
        ...

    def means(self, age: int, n_patterns: int) -> Floats:
        """Mean weight after ``n_patterns`` if the one of this age had (post, pre) = (row, column): shape (2, 2)."""
        ...

    def variance(self, n_patterns: int) -> float:
        """Variance of a weight that other patterns cause."""
        ...

    def correlations(self) -> tuple[float, float, float]:
        """Correlation of weights with the same target, with the same source, and of both directions of a pair."""
        ...


@dataclass(frozen=True)
class Additive:
    """``(x_i - a) (x_j - b)`` added for each pattern.

    Attributes
    ----------
    a, b : float
        Zero for Hebb's rule, ``f`` for the covariance rule.
    f : float
    """

    a: float = 0.0
    b: float = 0.0
    f: float = 0.5

    def _changes(self) -> Floats:
        x = np.array([0.0, 1.0])
        return np.asarray(np.outer(x - self.a, x - self.b), dtype=float)

    def _moments(self) -> tuple[float, float, float, float, float]:
        """Mean, variance, and the covariance of two changes with the same target, the same source, of a pair."""
        p, change = np.array([1 - self.f, self.f]), self._changes()
        mean = p @ change @ p
        variance = p @ change**2 @ p - mean**2
        rows, columns = p @ (change @ p - mean) ** 2, p @ (p @ change - mean) ** 2
        return mean, variance, rows, columns, float(p @ (change * change.T) @ p - mean**2)

    def store(self, patterns: Floats, rng: np.random.Generator) -> Floats:
        """See :class:`Rule`; nothing is drawn."""
        del rng
        weights = (patterns - self.a).T @ (patterns - self.b)
        np.fill_diagonal(weights, 0)
        return np.asarray(weights, dtype=float)

    def means(self, age: int, n_patterns: int) -> Floats:
        """See :class:`Rule`; the age makes no difference."""
        del age
        others = (n_patterns - 1) * self._moments()[0]
        return np.asarray(self._changes() + others, dtype=float)

    def variance(self, n_patterns: int) -> float:
        """See :class:`Rule`."""
        return max(n_patterns - 1, 1) * self._moments()[1]

    def correlations(self) -> tuple[float, float, float]:
        """See :class:`Rule`; the same after any number of patterns."""
        _, variance, rows, columns, pair = self._moments()
        return rows / variance, columns / variance, pair / variance


def hebb(f: float = 0.5) -> Additive:
    """``x_i x_j``."""
    return Additive(0.0, 0.0, _density(f))


def covariance(f: float = 0.5) -> Additive:
    """``(x_i - f)(x_j - f)``."""
    return Additive(f, f, _density(f))


#: What (post, pre) = (row, column) asks of a synapse: +1 potentiation, -1 depression.
GATINGS = {
    "postsynaptic": np.array([[0, 0], [-1, 1]]),
    "presynaptic": np.array([[0, -1], [0, 1]]),
    "xor": np.array([[1, -1], [-1, 1]]),
}


@dataclass(frozen=True)
class Palimpsest:
    """Discrete synapses that new patterns overwrite.

    Attributes
    ----------
    gating : {"postsynaptic", "presynaptic", "xor"}
        Which pairs of activities potentiate and depress, as in :mod:`synapses.consolidation.presentation_events`.
    synapse : Discrete
    f : float
    """

    gating: str = "postsynaptic"
    synapse: Discrete = field(default_factory=lambda: cascade(5))
    f: float = 0.5

    def __post_init__(self) -> None:
        if self.gating not in GATINGS:
            raise RunError(f"Events are gated by {', '.join(GATINGS)}, not '{self.gating}'.")
        _density(self.f)

    def matrix(self, post: int, pre: int) -> Floats:
        """Transition probabilities of a synapse whose neurons are in these states."""
        n = self.synapse.weights.size
        asked = GATINGS[self.gating][post, pre]
        return np.asarray({0: np.eye(n), 1: self.synapse.potentiation, -1: self.synapse.depression}[int(asked)])

    @cached_property
    def mixture(self) -> Floats:
        """Transition probabilities of a random pattern."""
        mean: Floats = self.f * self.given_target(1) + (1 - self.f) * self.given_target(0)
        return mean

    def given_target(self, post: int) -> Floats:
        """Of a pattern with this state of the postsynaptic neuron, the other one random."""
        return self.f * self.matrix(post, 1) + (1 - self.f) * self.matrix(post, 0)

    def given_source(self, pre: int) -> Floats:
        """Of a pattern with this state of the presynaptic neuron, the other one random."""
        return self.f * self.matrix(1, pre) + (1 - self.f) * self.matrix(0, pre)

    @cached_property
    def stationary(self) -> Floats:
        """Probability of each state after many patterns."""
        return Discrete(self.mixture, self.mixture, self.synapse.weights).stationary

    def pairs(self, shared: str) -> Floats:
        """Stationary joint distribution of the states of two synapses, shape (n_states, n_states).

        ``rho <- sum_x P(x) M(x)^T rho M(x)``, x the state of the neuron that is shared, M(x) averaged over the other.

        Parameters
        ----------
        shared : {"target", "source", "pair"}
            ``"pair"``: the two synapses between two neurons, which share both.
        """
        p = np.array([1 - self.f, self.f])
        if shared == "pair":
            terms = [(p[i] * p[j], self.matrix(i, j), self.matrix(j, i)) for i in (0, 1) for j in (0, 1)]
        else:
            given = self.given_target if shared == "target" else self.given_source
            terms = [(p[x], given(x), given(x)) for x in (0, 1)]
        n = self.synapse.weights.size
        step = sum(share * np.kron(one, other) for share, one, other in terms)
        whole = Discrete(step, step, np.zeros(n * n))
        return whole.stationary.reshape(n, n)

    def store(self, patterns: Floats, rng: np.random.Generator) -> Floats:
        """See :class:`Rule`; from the stationary state of independent synapses."""
        n, states_ = patterns.shape[1], self.synapse.weights.size
        likely = np.clip(self.stationary, 0, None)
        state = rng.choice(states_, (n, n), p=likely / likely.sum())
        asked = GATINGS[self.gating]
        chances = {1: self.synapse.potentiation.cumsum(axis=1), -1: self.synapse.depression.cumsum(axis=1)}
        for pattern in patterns.astype(int):
            event = asked[pattern[:, None], pattern[None, :]]
            drawn = rng.random((n, n))
            for sign, chance in chances.items():
                here = event == sign
                moved = (drawn[here][:, None] >= chance[state[here]]).sum(axis=1)
                state[here] = np.minimum(moved, states_ - 1)
        weights = self.synapse.weights[state]
        np.fill_diagonal(weights, 0)
        return np.asarray(weights, dtype=float)

    def means(self, age: int, n_patterns: int) -> Floats:
        """See :class:`Rule`; the number of patterns makes no difference."""
        del n_patterns
        later = np.linalg.matrix_power(self.mixture, age) @ self.synapse.weights
        pi = self.stationary
        return np.array([[pi @ self.matrix(post, pre) @ later for pre in (0, 1)] for post in (0, 1)])

    def variance(self, n_patterns: int = 0) -> float:
        """See :class:`Rule`."""
        del n_patterns
        mean = self.stationary @ self.synapse.weights
        return float(self.stationary @ (self.synapse.weights - mean) ** 2)

    def correlations(self) -> tuple[float, float, float]:
        """See :class:`Rule`; in the stationary state."""
        return self._correlations

    @cached_property
    def _correlations(self) -> tuple[float, float, float]:
        off = self.synapse.weights - self.stationary @ self.synapse.weights
        target, source, pair = (
            float(off @ self.pairs(shared) @ off) / self.variance() for shared in ("target", "source", "pair")
        )
        return target, source, pair


def measured_correlations(weights: Floats, mean: float, variance: float) -> tuple[float, float, float]:
    """Correlation of weights with the same target, the same source, and of both directions of a pair, given moments."""
    n = len(weights)
    off = (weights - mean) * (1 - np.eye(n))
    pairs = n * (n - 1) * (n - 2) * variance
    squares = (off**2).sum()
    same_target = ((off.sum(axis=1) ** 2).sum() - squares) / pairs
    same_source = ((off.sum(axis=0) ** 2).sum() - squares) / pairs
    return float(same_target), float(same_source), float((off * off.T).sum() / (n * (n - 1) * variance))


def _density(f: float) -> float:
    return finite(f, "The density of patterns is a number above 0 and below 1", most=0.9999, above=0, error=RunError)
