"""A linear chain of ever slower variables: its response to a push, solved exactly.

    C_k du_k/dt = g_{k-1} (u_{k-1} - u_k) + g_k (u_{k+1} - u_k),  u_{m+1} = 0

Benna, Fusi 2016, see :mod:`synapses.consolidation.benna_fusi`. Every pattern pushes the first variable, the efficacy,
by +1 or -1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synapses.language.values import finite, whole
from tacos.errors import RunError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Chain:
    """A chain in the stationary state of random pushes.

    Attributes
    ----------
    capacities, couplings : ndarray, shape (m,)
        C_k and g_k; the last coupling is the leak.
    interval : float
        Time from one pattern to the next, in the chain's unit.
    euler : bool
        Whether that time is one forward Euler step, as in the synapse of the library, rather than exact.
    already : int
        Steps of the chain that belong to the presentation itself: one in the synapse of the library.
    """

    capacities: Any
    couplings: Any
    interval: float = 1.0
    euler: bool = False
    already: int = 0

    def __post_init__(self) -> None:
        for name in ("capacities", "couplings"):
            values = np.asarray(getattr(self, name), dtype=float)
            if values.ndim != 1 or values.size < 2 or values.min() < 0:
                raise RunError(f"The {name} of a chain are two or more numbers, none below zero.")
            object.__setattr__(self, name, values)
        if self.capacities.size != self.couplings.size or self.capacities.min() == 0:
            raise RunError("A chain has as many couplings as capacities, the last one its leak; no capacity is zero.")

    @cached_property
    def modes(self) -> tuple[Floats, Floats]:
        """Rates of the chain's modes, and the share of each in the first variable's response: shape (m,) each."""
        m = self.capacities.size
        flows = np.sqrt(self.couplings)[:, None] * (np.eye(m) - np.eye(m, k=1)) / np.sqrt(self.capacities)
        # The rates are squares of singular values: the slow ones have all digits, which eigenvalues would lose.
        _, values, modes = np.linalg.svd(flows)
        return values**2, modes[:, 0] ** 2

    @property
    def decay(self) -> Floats:
        """Factor of each mode from one pattern to the next."""
        rates = self.modes[0] * self.interval
        return 1 - rates if self.euler else np.exp(-rates)

    def signal(self, ages: ArrayLike) -> Floats:
        """Covariance of efficacies with a pattern (+1 or -1) at these ages, any numbers from zero on."""
        ages = np.asarray(ages, dtype=float)
        found: Floats = np.power.outer(self.decay, ages + self.already).T @ self.modes[1]
        return found.T

    def noise(self) -> float:
        """Standard deviation of efficacies after many random patterns.

        Raises
        ------
        RunError
            If the chain has no leak: the variance then grows without end.
        """
        if self.couplings[-1] == 0:
            raise RunError("A chain without a leak has no stationary state: its variance grows with every pattern.")
        shares = self.modes[1] * self.decay**self.already
        if self.euler:
            lost = 1 - np.outer(self.decay, self.decay)
        else:
            rates = self.modes[0] * self.interval
            lost = -np.expm1(-np.add.outer(rates, rates))
        return float(np.sqrt((np.outer(shares, shares) / lost).sum()))

    def time_constant(self) -> float:
        """The slowest one, in patterns."""
        return float(1 / (self.modes[0].min() * self.interval))


def benna_fusi(m: int = 8, x: float = 2.0, g: float = 0.125, leak: bool = True) -> Chain:
    """The chain of Benna and Fusi: ``C_k = x^(k-1)``, ``g_k = g x^(1-k)``; one unit of time is one pattern."""
    m = whole(m, "A chain has a whole number of variables, at least 2", 2, error=RunError)
    x = finite(x, "The ratio of neighbouring capacities is a number above 0", above=0, error=RunError)
    g = finite(g, "The coupling of a chain is a number above 0", above=0, error=RunError)
    k = np.arange(m)
    couplings = g * x ** -k.astype(float)
    couplings[-1] *= leak
    return Chain(x**k, couplings)
