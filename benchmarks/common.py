"""What the benchmarks share: the flagship on MNIST, in a state after some learning."""

from __future__ import annotations

from typing import Any

import numpy as np

import tasks
from tacos.backends import Simulator, Task
from tacos.initial import initial_state
from tacos.random import EVALUATION, TRAINING

#: Populations whose spikes are counted.
COUNTED = ("input", "hidden", "output")


def flagship_stream() -> Any:
    """Split-MNIST, long enough to learn from."""
    return tasks.named("split-mnist", samples=8000)


def task_of(stream: Any, first: int, n: int, learning: bool = True, seed: int = 0) -> Task:
    """Some presentations of the stream of a seed."""
    images, targets = stream.presentations(seed, first, first + n)
    shown = {"image": images, "target": np.eye(stream.n_classes)[targets]}
    return Task(shown, first, seed, TRAINING if learning else EVALUATION, learning, n, counts=COUNTED)


def trained_state(engine: Simulator, stream: Any, n: int = 1000) -> Any:
    """A state after some learning, when rates are what they are for most of a stream."""
    state = initial_state(engine.network, 0)
    for first in range(0, n, engine.capacity):
        state = engine.run(state, task_of(stream, first, min(engine.capacity, n - first))).state
    return state
