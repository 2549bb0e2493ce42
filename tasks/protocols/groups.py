"""Protocols with random spikes: groups of inputs that are correlated, and patterns of rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.protocols.protocol import Protocol


def correlated(
    correlation: float = 0.5, inputs: int = 20, rate: float = 10.0, lasts: float = 20.0, seed: int = 0,
    dt: float = 1e-3, **options: Any,
) -> Protocol:  # fmt: skip
    """Inputs of which the first half share spikes; the postsynaptic cell of each fires with the mean of all.

    A source fires at the rate of an input. An input of the first half takes each of its spikes with the probability
    ``sqrt(correlation)`` and makes up the rest alone, so that two of them have that correlation of spike counts; those
    of the second half fire alone. The postsynaptic spike trains are one: a spike whenever a fifth of the inputs fire
    within a step.

    Parameters
    ----------
    correlation : float
        From 0 to 1.
    inputs : int
    rate : float
        Of an input, in hertz.
    lasts : float
        Seconds.
    seed : int
        Of the spikes.
    dt : float
        Time step in seconds.
    """
    rng = np.random.default_rng(seed)
    steps, p, share = round(lasts / dt), rate * dt, np.sqrt(correlation)
    source = rng.random(steps) < p
    spikes = rng.random((inputs, steps)) < p
    together = np.arange(inputs) < inputs // 2
    taken = source & (rng.random((inputs, steps)) < share)
    alone = rng.random((inputs, steps)) < p * (1 - share) / (1 - p * share)
    spikes[together] = (taken | alone)[together]
    post = _times(spikes.mean(0) >= 0.2, dt)
    trains = [_times(own, dt) for own in spikes]
    x = range(inputs)
    given = {"lasts": lasts, "dt": dt} | options
    return Protocol("correlated groups", trains, [post] * inputs, x, "input (the first half correlated)", "1", **given)


def rate_patterns(
    high: float = 40.0, low: float = 5.0, channels: int = 4, inputs: int = 20, each: float = 0.5, n: int = 40,
    seed: int = 0, dt: float = 1e-3, **options: Any,
) -> Protocol:  # fmt: skip
    """Channels of inputs of which one at a time, drawn at random, has a high rate; the cell follows the first channel.

    Parameters
    ----------
    high, low : float
        Rates in hertz.
    channels, inputs : int
        How many channels, and inputs in all.
    each : float
        Seconds for which a channel is active.
    n : int
        How many patterns are shown.
    seed : int
        Of patterns and spikes.
    dt : float
        Time step in seconds.
    """
    rng = np.random.default_rng(seed)
    active = np.repeat(rng.integers(channels, size=n), round(each / dt))
    channel = np.arange(inputs) * channels // inputs
    rates = np.where(channel[:, None] == active, high, low)
    spikes = rng.random(rates.shape) < rates * dt
    post = _times(rng.random(len(active)) < np.where(active == 0, high, low) * dt, dt)
    trains = [_times(own, dt) for own in spikes]
    given = {"lasts": n * each, "dt": dt} | options
    return Protocol("rate patterns", trains, [post] * inputs, range(inputs), "input, by channel", "1", **given)


def _times(spikes: NDArray[np.bool_], dt: float) -> Sequence[float]:
    return tuple(float(t) for t in np.round(np.flatnonzero(spikes) * dt, 9))
