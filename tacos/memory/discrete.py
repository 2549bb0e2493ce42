"""Synapses with finitely many states: their master equation, solved exactly.

A presentation moves a synapse from state i to state j with the probability ``potentiation[i, j]`` or
``depression[i, j]``, depending on what the pattern asks of it. Signal, area and their bounds as in Lahiri, Ganguli
2013, "A memory frontier for complex synapses", NIPS 26 (extracted sentences were read).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm

from synapses.language.values import finite, whole
from tacos.errors import RunError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Discrete:
    """A discrete synapse in the stationary state of random patterns.

    Attributes
    ----------
    potentiation, depression : ndarray, shape (n_states, n_states)
        Transition probabilities from the row's to the column's state; rows sum to one.
    weights : ndarray, shape (n_states,)
        Efficacy of each state.
    share : float
        Fraction of events that potentiate.

    Raises
    ------
    RunError
        If a matrix is none of transition probabilities.
    """

    potentiation: Any
    depression: Any
    weights: Any
    share: float = 0.5

    def __post_init__(self) -> None:
        weights = np.asarray(self.weights, dtype=float)
        object.__setattr__(self, "weights", weights)
        for name in ("potentiation", "depression"):
            matrix = np.asarray(getattr(self, name), dtype=float)
            if matrix.shape != (weights.size, weights.size):
                raise RunError(f"The matrix of {name} has {weights.size} rows and columns, one a state of the synapse.")
            if matrix.min() < 0 or not np.allclose(matrix.sum(axis=1), 1, atol=1e-12):
                raise RunError(f"The matrix of {name} holds probabilities: none below zero, and rows that sum to one.")
            object.__setattr__(self, name, matrix)
        finite(self.share, "The share of potentiation is a number from 0 to 1", 0, 1, error=RunError)

    @property
    def transition(self) -> Floats:
        """Transition probabilities of a random pattern, shape (n_states, n_states)."""
        mean: Floats = self.share * self.potentiation + (1 - self.share) * self.depression
        return mean

    @property
    def stationary(self) -> Floats:
        """Probability of each state after many random patterns, shape (n_states,)."""
        n = self.weights.size
        system = np.vstack([self.transition.T - np.eye(n), np.ones(n)])
        found: Floats = np.linalg.lstsq(system, np.r_[np.zeros(n), 1.0], rcond=None)[0]
        return found

    @property
    def imprint(self) -> Floats:
        """What a pattern does to the probabilities of states, times what it asked (+1 or -1): shape (n_states,)."""
        spread = 2 * self.share * (1 - self.share)
        change: Floats = spread * self.stationary @ (self.potentiation - self.depression)
        return change

    def signal(self, ages: ArrayLike, poisson: bool = False) -> Floats:
        """Covariance of weights with a pattern (+1 or -1), so many patterns after it was stored.

        Parameters
        ----------
        ages : array of int
            Zero is right after it was stored.
        poisson : bool
            Whether patterns come at random times, one a unit of time on average; ages are then times, any numbers.

        Returns
        -------
        ndarray, shape of ``ages``
            In units of the weights.
        """
        ages = np.asarray(ages, dtype=float if poisson else np.int64)
        imprint, transition = self.imprint, self.transition
        rates = transition - np.eye(self.weights.size)
        steps = [expm(rates * age) if poisson else np.linalg.matrix_power(transition, int(age)) for age in ages.ravel()]
        return np.array([imprint @ step @ self.weights for step in steps]).reshape(ages.shape)

    def noise(self) -> float:
        """Standard deviation of weights in the stationary state, in units of the weights."""
        mean = self.stationary @ self.weights
        return float(np.sqrt(self.stationary @ (self.weights - mean) ** 2))

    def area(self) -> float:
        """Sum of the signal over all ages."""
        states = self.weights.size
        fundamental = np.eye(states) - self.transition + np.outer(np.ones(states), self.stationary)
        return float(self.imprint @ np.linalg.solve(fundamental, self.weights))

    def time_constant(self) -> float:
        """The slowest one, in patterns that come at random times: ``1/(1 - b)``, b the largest eigenvalue below one."""
        return float(1 / (1 - np.sort(np.linalg.eigvals(self.transition).real)[-2]))


def two_state(q: float = 0.5) -> Discrete:
    """Weak (-1) and strong (+1), exchanged with probability q where that is asked for."""
    q = finite(q, "A transition probability is a number above 0 and up to 1", most=1, above=0, error=RunError)
    return Discrete([[1 - q, q], [0, 1]], [[1, 0], [q, 1 - q]], [-1, 1])


def serial(n: int = 10, q: float = 1.0) -> Discrete:
    """A chain of n states with weights from -1 to 1 in equal steps; an event moves one step with probability q."""
    n = whole(n, "A chain has a whole number of states, at least 2", 2, error=RunError)
    q = finite(q, "A transition probability is a number above 0 and up to 1", most=1, above=0, error=RunError)
    up = (1 - q) * np.eye(n) + q * np.eye(n, k=1)
    up[-1, -1] = 1
    return Discrete(up, up[::-1, ::-1], np.linspace(-1, 1, n))


def cascade(n: int = 10, x: float = 0.5) -> Discrete:
    """Fusi, Drew and Abbott's cascade, see :func:`synapses.cascade`; weights are -1 and +1.

    States are sorted from the deepest weak one over the two shallowest to the deepest strong one.
    """
    n = whole(n, "A cascade has a whole number of depths, at least 2", 2, error=RunError)
    x = finite(x, "The ratio of neighbouring transition probabilities is a number above 0 and up to 0.5", most=0.5,
               above=0, error=RunError)  # fmt: skip
    up = np.eye(2 * n)
    for k in range(1, n + 1):
        weak, strong = n - k, n - 1 + k
        jump = x ** (k - 1) / (1 - x if k == n else 1)
        up[weak, weak] -= jump
        up[weak, n] += jump
        if k < n:
            deeper = x**k / (1 - x)
            up[strong, strong] -= deeper
            up[strong, strong + 1] += deeper
    return Discrete(up, up[::-1, ::-1], np.repeat([-1.0, 1.0], n))
