"""Protocols of spike timing: pairs, triplets, quadruplets, pairs at several frequencies, and pairs before a reward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks.errors import TaskError, one_of, whole
from tasks.protocols.checks import above_zero, several
from tasks.protocols.protocol import Protocol

MS = 1e-3
LAGS = (-100, -80, -60, -40, -30, -20, -15, -10, -5, -2, 2, 5, 10, 15, 20, 30, 40, 60, 80, 100, 120)


def train(pattern: Sequence[float], n: int, rate: float, start: float = 0.0) -> tuple[float, ...]:
    """A pattern of spike times, in seconds, n times at a rate in hertz."""
    n, rate = whole(n, "n"), above_zero(rate, "rate")
    return tuple(float(t) for t in np.round(start + np.add.outer(np.arange(n) / rate, np.array(pattern)).ravel(), 9))


def pairs(lags: Sequence[float] = LAGS, n: int = 60, rate: float = 1.0, **options: Any) -> Protocol:
    """Pairs of a presynaptic and a postsynaptic spike: the window of spike timing.

    Parameters
    ----------
    lags : sequence of float
        ``t_post - t_pre`` in milliseconds.
    n : int
        Pairs.
    rate : float
        Pairs a second.
    """
    lags = several(lags, "lags")
    pre = [train([max(0.0, -lag * MS)], n, rate) for lag in lags]
    post = [train([max(0.0, lag * MS)], n, rate) for lag in lags]
    return Protocol("pairs", pre, post, lags, "$t_{post} - t_{pre}$", "ms", **{"lasts": n / rate + 1} | options)


def triplets(
    order: str = "pre-post-pre", lags: Sequence[float] = (2, 5, 10, 15, 20, 30), n: int = 60, rate: float = 1.0,
    **options: Any,
) -> Protocol:  # fmt: skip
    """Triplets of spikes, the outer two at the same distance from the middle one.

    Parameters
    ----------
    order : {"pre-post-pre", "post-pre-post"}
    lags : sequence of float
        From the middle spike to either of the others, in milliseconds.
    n, rate
        Triplets, and triplets a second.
    """
    one_of(order, ("pre-post-pre", "post-pre-post"), "order of a triplet")
    lags = several(lags, "lags")
    outer = [train([0.0, 2 * lag * MS], n, rate) for lag in lags]
    middle = [train([lag * MS], n, rate) for lag in lags]
    pre, post = (outer, middle) if order == "pre-post-pre" else (middle, outer)
    return Protocol(f"triplets {order}", pre, post, lags, "lag", "ms", **{"lasts": n / rate + 1} | options)


def quadruplets(
    times: Sequence[float] = (-100, -80, -60, -40, -20, -10, 10, 20, 40, 60, 80, 100), lag: float = 5.0, n: int = 60,
    rate: float = 1.0, **options: Any,
) -> Protocol:  # fmt: skip
    """A post-pre pair and a pre-post pair some time apart, in either order.

    Parameters
    ----------
    times : sequence of float
        From one pair to the other in milliseconds; negative: the pre-post pair comes first.
    lag : float
        Within a pair, in milliseconds.
    n, rate
        Quadruplets, and quadruplets a second.
    """
    times, half = several(times, "times"), lag / 2 * MS

    def quadruplet(time: float) -> tuple[list[float], list[float]]:
        first, second = lag * MS, lag * MS + abs(time) * MS
        pre_post, post_pre = (second, first) if time > 0 else (first, second)
        return sorted([pre_post - half, post_pre + half]), sorted([pre_post + half, post_pre - half])

    trains = [quadruplet(time) for time in times]
    pre, post = ([train(own, n, rate) for own in side] for side in zip(*trains, strict=True))
    return Protocol("quadruplets", pre, post, times, "$T$", "ms", **{"lasts": n / rate + 1} | options)


def frequency(
    rates: Sequence[float] = (0.1, 1, 5, 10, 20, 30, 40, 50), lag: float = 10.0, n: int = 60, **options: Any
) -> Protocol:
    """Pairs at one lag and several frequencies.

    Parameters
    ----------
    rates : sequence of float
        Pairs a second.
    lag : float
        ``t_post - t_pre`` in milliseconds.
    n : int
        Pairs at each frequency.
    """
    rates = several(rates, "rates")
    pre = [train([max(0.0, -lag * MS)], n, rate) for rate in rates]
    post = [train([max(0.0, lag * MS)], n, rate) for rate in rates]
    lasts = n / min(rates) + 1
    return Protocol("frequency", pre, post, rates, "frequency of pairs", "Hz", **{"lasts": lasts} | options)


def reward(
    delays: Sequence[float] = (0, 250, 500, 1000, 1500, 2000, 3000, 5000), lag: float = 10.0, n: int = 10,
    every: float = 15.0, **options: Any,
) -> Protocol:  # fmt: skip
    """Pairs at several delays before a reward: how long a synapse stays eligible.

    Parameters
    ----------
    delays : sequence of float
        From a pair to the release of the neuromodulator, in milliseconds.
    lag : float
        ``t_post - t_pre`` within a pair, in milliseconds.
    n : int
        Rewards.
    every : float
        Seconds from one reward to the next.
    """
    delays, every = several(delays, "delays"), above_zero(every, "every")
    last = (max(delays) + abs(lag)) * MS
    if min(delays) < 0 or last >= every:
        raise TaskError(
            f"delays are from 0 to less than every, {1e3 * every:g} ms, before the next reward; found {delays}."
        )
    begins = [last - delay * MS - abs(lag) * MS for delay in delays]
    pre = [train([at + max(0.0, -lag * MS)], n, 1 / every) for at in begins]
    post = [train([at + max(0.0, lag * MS)], n, 1 / every) for at in begins]
    how: dict[str, Any] = {"release": train([last], n, 1 / every), "lasts": n * every, "dt": "1 ms"} | options
    return Protocol("reward", pre, post, delays, "delay of the reward", "ms", **how)
