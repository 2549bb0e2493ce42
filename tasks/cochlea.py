"""Sound as spikes: a bank of gammatone filters, compression of the envelope, one integrate-and-fire unit a channel.

In form it is the usual model of the cochlea; constants are our choice but for the bandwidths. Centre frequencies lie
evenly on the scale of equivalent rectangular bandwidths, ``24.7 Hz + 0.10794 f`` at a frequency f (Glasberg, Moore
1990, Hearing Research 47:103), filters are :func:`scipy.signal.gammatone` (after Slaney 1993, Apple Technical Report
35). Everything is deterministic.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Floats = NDArray[np.float64]

CHANNELS = 64
LOWEST, HIGHEST = 100.0, 3600.0
"""Centre frequencies of the first and the last channel, in hertz."""
CUTOFF = 40.0
"""Of the low-pass filter that leaves the envelope (second-order Butterworth), in hertz."""
RANGE = 30.0
"""Decibel below the loudest envelope of a recording at which a channel is silent."""
RATE = 200.0
"""Of a channel at the loudest envelope, in hertz; in between proportional to the decibels."""


def bandwidths_below(frequency: Floats | float) -> Floats:
    """Return how many equivalent rectangular bandwidths lie below a frequency in hertz: the integral of 1/bandwidth."""
    return np.asarray(np.log1p(0.10794 * np.asarray(frequency) / 24.7) / 0.10794)


def frequencies(channels: int = CHANNELS) -> Floats:
    """Return the centre frequencies in hertz, ascending, as many bandwidths apart from one to the next."""
    places = np.linspace(bandwidths_below(LOWEST), bandwidths_below(HIGHEST), channels)
    return np.asarray(24.7 / 0.10794 * np.expm1(0.10794 * places))


@lru_cache(maxsize=4)
def _filters(rate: float, channels: int) -> list[tuple[Floats, Floats]]:
    return [signal.gammatone(float(f), "iir", fs=rate) for f in frequencies(channels)]


def envelopes(sound: NDArray[np.generic], rate: float, channels: int = CHANNELS) -> Floats:
    """Return the envelope of each channel: filtered, rectified, low-passed, relative to the loudest of all.

    Parameters
    ----------
    sound : ndarray, shape (n,)
    rate : float
        Samples a second.
    channels : int

    Returns
    -------
    ndarray, shape (channels, n)
        0 to 1; zeros of a silent sound.
    """
    given = np.asarray(sound, dtype=float)
    filtered = np.stack([signal.lfilter(b, a, given) for b, a in _filters(float(rate), channels)])
    b, a = signal.butter(2, CUTOFF, fs=rate)
    found = np.maximum(0, signal.lfilter(b, a, np.maximum(0, filtered), axis=1))
    return np.asarray(found / (found.max() or 1.0))


def spikes(sound: NDArray[np.generic], rate: float, channels: int = CHANNELS) -> tuple[Floats, NDArray[np.int64]]:
    """Return times [s] and channels of the spikes that a sound evokes, ascending in time.

    A unit adds up its rate, ``RATE*(1 + dB/RANGE)`` for an envelope `dB` decibels relative to the loudest, zero where
    that is negative, and spikes whenever the sum has grown by one.

    Parameters
    ----------
    sound : ndarray, shape (n,)
    rate : float
        Samples a second.
    channels : int
    """
    decibels = 20 * np.log10(np.maximum(envelopes(sound, rate, channels), 1e-12))
    drive = RATE * np.maximum(0, 1 + decibels / RANGE)
    sums = np.floor(np.cumsum(drive, axis=1) / rate).astype(np.int64)
    samples, units = np.nonzero(np.diff(sums, axis=1, prepend=0).T)
    return samples / rate, units
