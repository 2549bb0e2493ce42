"""Protocols of stimulation: pulses to the inputs at several rates, tetanus, theta bursts, pairing with a clamp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tasks.errors import one_of
from tasks.protocols.checks import several
from tasks.protocols.protocol import Protocol
from tasks.protocols.timing import train

#: As in the public code of Clopath et al. 2008: pulses in a train, their rate in Hz, trains, seconds from one train to
#: the next.
TETANUS = {"weak": (21, 100.0, 1, 600.0), "strong": (100, 100.0, 3, 600.0)}
LOW_FREQUENCY = {"weak": (1, 20.0, 900, 1.0), "strong": (3, 20.0, 900, 1.0)}


def rate(
    rates: Sequence[float] = (0.5, 1, 2, 3, 5, 7, 10, 15, 20),
    n: int = 100,
    follows: float | None = None,
    **options: Any,
) -> Protocol:
    """Presynaptic pulses at several rates.

    Parameters
    ----------
    rates : sequence of float
        In hertz.
    n : int
        Pulses at each rate.
    follows : float, optional
        How many milliseconds after each pulse the postsynaptic cell fires; it is silent if not given.
    """
    rates = several(rates, "rates")
    pre = [train([0.0], n, one) for one in rates]
    post = [() if follows is None else train([follows * 1e-3], n, one) for one in rates]
    return Protocol("rate", pre, post, rates, "rate of pulses", "Hz", **{"lasts": n / min(rates) + 1} | options)


def pairing(
    potentials: Sequence[float] = tuple(range(-80, 1, 5)), n: int = 40, rate: float = 1.0, **options: Any
) -> Protocol:
    """Presynaptic pulses while the postsynaptic cell is clamped.

    Parameters
    ----------
    potentials : sequence of float
        Of the clamp, in millivolt.
    n : int
        Pulses.
    rate : float
        Pulses a second.
    """
    potentials = several(potentials, "potentials")
    pre = [train([0.0], n, rate)] * len(potentials)
    volts = [potential * 1e-3 for potential in potentials]
    return Protocol(
        "pairing", pre, [()] * len(potentials), potentials, "clamped potential", "mV", volts,
        **{"lasts": n / rate + 1} | options,
    )  # fmt: skip


def tetanus(strength: str = "strong", follows: float | None = 2.0, after: float = 60.0, **options: Any) -> Protocol:
    """High-frequency stimulation: one train of 21 pulses at 100 Hz (weak), or three of 100, ten minutes apart (strong).

    Parameters
    ----------
    strength : {"weak", "strong"}
    follows : float, optional
        How many milliseconds after each pulse the postsynaptic cell fires; None for never.
    after : float
        Seconds that are followed after the last pulse.
    """
    return _trains("tetanus", TETANUS[one_of(strength, TETANUS, "strength")], strength, follows, after, options)


def low_frequency(
    strength: str = "strong", follows: float | None = None, after: float = 60.0, **options: Any
) -> Protocol:
    """Low-frequency stimulation: 900 pulses at 1 Hz (weak), or 900 bursts of three at 20 Hz (strong).

    Parameters
    ----------
    strength, follows, after
        See `tetanus`.
    """
    chosen = LOW_FREQUENCY[one_of(strength, LOW_FREQUENCY, "strength")]
    return _trains("low frequency", chosen, strength, follows, after, options)


def theta_bursts(
    n: int = 10, bursts: int = 10, pulses: int = 4, follows: float | None = 2.0, after: float = 60.0, **options: Any
) -> Protocol:
    """Theta-burst stimulation: bursts of pulses at 100 Hz, five bursts a second, in trains 10 s apart.

    Parameters
    ----------
    n : int
        Trains.
    bursts : int
        In a train.
    pulses : int
        In a burst.
    follows, after
        See `tetanus`.
    """
    burst = train([0.0], pulses, 100.0)
    pattern = train(burst, bursts, 5.0)
    return _trains("theta bursts", (pattern, 1.0, n, 10.0), f"{pulses} pulses", follows, after, options)


def _trains(name: str, shape: Any, what: str, follows: float | None, after: float, options: dict[str, Any]) -> Protocol:
    pulses, pulse_rate, n, interval = shape
    pattern = pulses if isinstance(pulses, tuple) else train([0.0], pulses, pulse_rate)
    pre = train(pattern, n, 1 / interval)
    post = () if follows is None else tuple(float(t) for t in np.round(np.array(pre) + follows * 1e-3, 9))
    return Protocol(f"{name}, {what}", [pre], [post], [0.0], **{"lasts": pre[-1] + after} | options)
