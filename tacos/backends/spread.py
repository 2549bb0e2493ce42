"""Tests with frozen plasticity on the cores that nothing else uses, where presentations are independent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from threading import Semaphore

import numpy as np

from tacos.backends.base import OneByOne, Simulated, Simulator, Stretch
from tacos.backends.independence import presentations_are_independent
from tacos.networks.initial import State

#: Presentations of one part; starting a program takes as long as a few dozen of them.
LEAST = 100


class Spread(OneByOne):
    """A simulator that cuts tests into parts and runs them side by side; each presentation gives what it gives alone.

    Parameters
    ----------
    simulator : Simulator
        One that several threads may call.
    free : threading.Semaphore
        Counts the cores that are free; the caller has taken its own.
    """

    def __init__(self, simulator: Simulator, free: Semaphore) -> None:
        self.simulator, self.free = simulator, free
        self.network, self.capacity, self.parallel = simulator.network, simulator.capacity, simulator.parallel
        self.description = simulator.description
        self._can_be_cut = presentations_are_independent(simulator.network)

    def run(self, state: State, stretch: Stretch) -> Simulated:
        """Run a stretch, in parts if it is a test: the state stays as it was, and seconds are those of the longest."""
        if stretch.learning or stretch.records or stretch.n > self.capacity or not self._can_be_cut:
            return self.simulator.run(state, stretch)
        with self._taken(stretch.n // LEAST - 1) as more, ThreadPoolExecutor(1 + more) as pool:
            parts = list(pool.map(partial(self.simulator.run, state), cut(stretch, 1 + more)))
        counts = {name: np.concatenate([part.counts[name] for part in parts]) for name in stretch.counts}
        return Simulated(state, counts, max(part.seconds for part in parts))

    @contextmanager
    def _taken(self, most: int) -> Iterator[int]:
        """How many cores were free, no more than asked for; they are given back at the end."""
        taken = 0
        try:
            while taken < most and self.free.acquire(blocking=False):
                taken += 1
            yield taken
        finally:
            for _ in range(taken):
                self.free.release()


def cut(stretch: Stretch, count: int) -> Sequence[Stretch]:
    """A stretch in so many parts, of the same length but for one presentation."""
    ends = np.linspace(0, stretch.n, count + 1).astype(int).tolist()
    return [
        replace(
            stretch,
            shown={
                channel: values[len(values) * begin // stretch.n : len(values) * end // stretch.n]
                for channel, values in stretch.shown.items()
            },
            first=stretch.first + begin,
            n=end - begin,
        )
        for begin, end in zip(ends, ends[1:], strict=False)
    ]
