"""Counter-based random numbers: a pure function of where they are used, so that no cutting of a stream changes them.

Philox-4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC11): the counter is
(index, step, presentation, site), the key (seed, phase). The same function in NumPy, C++ and Cython.
"""

from __future__ import annotations

from typing import Any

import numpy as np

#: Purposes of random numbers: the second word of the key.
TRAINING, EVALUATION, INITIAL = 0, 1, 2

_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)


def philox(counter: tuple[Any, Any, Any, Any], key: tuple[int, int]) -> list[np.ndarray]:
    """Philox-4x32-10.

    Parameters
    ----------
    counter : tuple of four arrays of integers below 2**32, broadcast against each other
    key : tuple of two integers below 2**32

    Returns
    -------
    list of four uint64 arrays
        Words below 2**32.
    """
    c = [np.asarray(word).astype(np.int64).astype(np.uint64) & _LOW for word in counter]
    k = [int(word) & 0xFFFFFFFF for word in key]
    for _ in range(10):
        first, second = _MULTIPLIERS[0] * c[0], _MULTIPLIERS[1] * c[2]
        c = [
            (second >> _SHIFT) ^ c[1] ^ np.uint64(k[0]),
            second & _LOW,
            (first >> _SHIFT) ^ c[3] ^ np.uint64(k[1]),
            first & _LOW,
        ]
        k = [(k[0] + _WEYL[0]) & 0xFFFFFFFF, (k[1] + _WEYL[1]) & 0xFFFFFFFF]
    return c


def uniform(seed: int, phase: int, presentation: Any, step: Any, index: Any, site: int) -> np.ndarray:
    """Uniform numbers in [0, 1) with 24 bits, exact in single and double precision."""
    word = philox((index, step, presentation, site), (int(seed), int(phase)))[0]
    return (word >> np.uint64(8)).astype(np.float64) * 2.0**-24


def normal(seed: int, phase: int, presentation: Any, step: Any, index: Any, site: int) -> np.ndarray:
    """Standard normal numbers by the Box-Muller transform of two words."""
    words = philox((index, step, presentation, site), (int(seed), int(phase)))
    radius = ((words[0] >> np.uint64(8)).astype(np.float64) + 1.0) * 2.0**-24
    angle = (words[1] >> np.uint64(8)).astype(np.float64) * 2.0**-24
    return np.sqrt(-2.0 * np.log(radius)) * np.cos(2.0 * np.pi * angle)
