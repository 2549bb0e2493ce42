"""Independent random streams, one a purpose, so that a draw added for one purpose never shifts another."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from tasks.errors import whole


class Purpose(IntEnum):
    """What random numbers are for. The numbers are part of every result: never reuse or renumber one."""

    CLASSES = 1
    TASK_ORDER = 2
    PERMUTATION = 3
    SUBSAMPLE = 4
    SAMPLE_ORDER = 5
    CONTEXTS = 6


def generator(seed: int, purpose: Purpose, *where: int) -> np.random.Generator:
    """Return the generator of a seed for a purpose; `where` tells tasks, classes or passes apart."""
    sequence = np.random.SeedSequence(whole(seed, "seed", least=0), spawn_key=(int(purpose), *where))
    return np.random.default_rng(sequence)
