"""Replicas as processes: two on two cores against one."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import tacos
from benchmarks.common import flagship_stream, task_of, trained_state
from tacos.backends import simulator


def processes(presentations: int) -> None:
    """Time of two replicas on two cores relative to one."""
    stream = flagship_stream()
    engine = simulator(tacos.error_driven(stream), say=print)
    state = trained_state(engine, stream)
    task = task_of(stream, 1000, presentations)

    def together(n: int) -> float:
        start = time.perf_counter()
        with ThreadPoolExecutor(n) as pool:
            list(pool.map(lambda _: engine.run(state, task), range(n)))
        return time.perf_counter() - start

    pairs = [(together(1), together(2)) for _ in range(5)]
    ratios = [two / one for one, two in pairs]
    print(
        f"two replicas take {statistics.median(ratios):.2f} times as long as one "
        f"(of {sorted(round(r, 2) for r in ratios)})"
    )
