"""How a memory decays: signal, noise and their ratio against age, initial ratio and lifetime."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tacos.shown import shown_as_printed

Floats = NDArray[np.float64]

#: No pattern is followed longer than that.
OLDEST = 1 << 62


class Solved(Protocol):
    """A synapse whose memory is known exactly."""

    def signal(self, ages: ArrayLike) -> Floats:
        """Covariance of weights with a pattern of this age."""
        ...

    def noise(self) -> float:
        """Standard deviation of the weights."""
        ...


@shown_as_printed
@dataclass(frozen=True, eq=False)
class Curve:
    """What became of a pattern that many synapses stored.

    A pattern asks each synapse for potentiation (+1) or depression (-1). Its signal is the covariance of the weights
    with it, the noise of one synapse the standard deviation of the weights, and the signal-to-noise ratio (SNR) that of
    an ideal observer of all N synapses, ``sqrt(N)*signal/noise``.

    Attributes
    ----------
    label : str
    synapses : int
        N.
    ages : ndarray of int, shape (n_ages,)
        How many patterns were stored since.
    signal, noise : ndarray, shape (n_ages,)
        In units of the weights.
    initial, lifetime : float
        SNR at age zero; the age at which the SNR falls below one, infinite if it does not within what is known.
    kind : str
        ``"exact"`` or ``"simulated"``.
    error : ndarray, shape (n_ages,)
        Standard error of the signal, zero where it is exact.
    about : dict
        What else was asked or found, plain data.
    """

    label: str
    synapses: int
    ages: NDArray[np.int64]
    signal: Floats
    noise: Floats
    initial: float
    lifetime: float
    kind: str = "exact"
    error: Any = 0.0
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def snr(self) -> Floats:
        """Signal-to-noise ratio, shape (n_ages,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio: Floats = np.sqrt(self.synapses) * np.where(self.noise > 0, self.signal / self.noise, 0.0)
        return ratio

    def __str__(self) -> str:
        oldest = int(self.ages[-1])
        life = f"{self.lifetime:.4g}" if np.isfinite(self.lifetime) else f"more than {oldest}"
        return f"{self.label} ({self.kind}): initial SNR {self.initial:.4g}, lifetime {life} patterns"


def exact_curve(model: Solved, synapses: int, label: str = "", oldest: int | None = None) -> Curve:
    """The curve of a synapse that is known exactly.

    Parameters
    ----------
    model : Discrete or Chain
    synapses : int
    label : str
    oldest : int, optional
        The oldest age of the curve; twice the lifetime if not given.
    """
    noise = model.noise()
    life = lifetime(lambda age: float(np.sqrt(synapses) * model.signal([age])[0] / noise))
    last = oldest if oldest is not None else max(10, int(min(2 * life, OLDEST)) if np.isfinite(life) else 10**6)
    ages = spaced_ages(last)
    signal = model.signal(ages)
    first = float(np.sqrt(synapses) * signal[0] / noise)
    return Curve(label, synapses, ages, signal, np.full(ages.size, noise), first, life)


def lifetime(snr: Callable[[int], float], level: float = 1.0) -> float:
    """The age at which a ratio that only decays falls below a level.

    Between whole ages it is taken to fall exponentially, which is exact for synapses with one time constant.

    Parameters
    ----------
    snr : callable
        Of a whole age.
    level : float

    Returns
    -------
    float
        Zero if it is below the level from the start, infinite if it never is.
    """
    if snr(0) <= level:
        return 0.0
    above, below = 0, 1
    while snr(below) > level:
        above, below = below, 2 * below
        if below > OLDEST:
            return float("inf")
    while below - above > 1:
        middle = (above + below) // 2
        above, below = (middle, below) if snr(middle) > level else (above, middle)
    return _crossing(above, snr(above), snr(below), level)


def lifetime_of_curve(ages: NDArray[np.int64], snr: Floats, level: float = 1.0) -> float:
    """The same of measured ratios: the first age at which the geometric mean of three neighbours is below the level."""
    if snr[0] <= level:
        return 0.0
    smooth = np.maximum(snr, level / 10)
    smooth[1:-1] = np.cbrt(smooth[:-2] * smooth[1:-1] * smooth[2:])
    below = np.flatnonzero(smooth <= level)
    if not below.size:
        return float("inf")
    k = int(below[0])
    crossed = _crossing(0, float(smooth[k - 1]), float(smooth[k]), level)
    return float(ages[k - 1] + crossed * (ages[k] - ages[k - 1]))


def _crossing(age: int, before: float, after: float, level: float) -> float:
    """Age, within one step, at which what falls exponentially from one value to the next passes the level."""
    if after <= 0:
        return age + (before - level) / (before - after)
    return float(age + np.log(before / level) / np.log(before / after))


def spaced_ages(oldest: int, per_decade: int = 30) -> NDArray[np.int64]:
    """Whole ages from zero to the oldest, nearly evenly on a logarithmic axis, each once."""
    if oldest < 1:
        return np.zeros(1, np.int64)
    count = max(2, int(np.log10(oldest) * per_decade) + 2)
    return np.unique(np.r_[0, np.round(np.geomspace(1, oldest, count))].astype(np.int64))
