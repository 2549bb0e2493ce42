"""What the benchmarks share: the flagship on MNIST, in a state after some learning."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

import tasks
from tacos.backends import Simulator, Stretch
from tacos.networks.initial import initial_state
from tacos.networks.random_numbers import EVALUATION, TRAINING
from tasks import StreamLike

T = TypeVar("T")

#: Populations whose spikes are counted.
COUNTED = ("input", "hidden", "output")


def largest(pid: int | str = "self") -> float:
    """Bytes that a process took at its largest.

    What ``getrusage`` says is of no use: it counts a process as large as the one that started it was.
    """
    status = Path(f"/proc/{pid}/status").read_text()
    return next(1024.0 * int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


@contextmanager
def largest_program() -> Iterator[list[float]]:
    """Bytes that programs started meanwhile took at their largest, as the only entry of a list, at the end."""
    found, over = [0.0], threading.Event()

    def watch() -> None:
        own = os.readlink("/proc/self/exe")
        while not over.wait(0.005):
            for task in Path("/proc/self/task").iterdir():
                with suppress(OSError, StopIteration):  # a process may end while it is looked at
                    for pid in (task / "children").read_text().split():
                        if os.readlink(f"/proc/{pid}/exe") != own:
                            found[0] = max(found[0], largest(pid))

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield found
    finally:
        over.set()
        watching.join()


def flagship_stream() -> Any:
    """Split-MNIST, long enough to learn from."""
    return tasks.named("split-mnist", samples=8000)


def task_of(stream: StreamLike, first: int, n: int, learning: bool = True, seed: int = 0) -> Stretch:
    """Some presentations of the stream of a seed."""
    images, targets = stream.presentations(seed, first, first + n)
    shown = {"image": images, "target": np.eye(stream.n_classes)[targets]}
    return Stretch(shown, first, seed, TRAINING if learning else EVALUATION, learning, n, counts=COUNTED)


def trained_state(engine: Simulator, stream: StreamLike, n: int = 1000) -> Any:
    """A state after some learning, when rates are what they are for most of a stream."""
    state = initial_state(engine.network, 0)
    for first in range(0, n, engine.capacity):
        state = engine.run(state, task_of(stream, first, min(engine.capacity, n - first))).state
    return state


def per_presentation(
    engine: Simulator, stream: StreamLike, state: Any, n: int, learning: bool = True, first: int = 1000
) -> float:
    """Seconds of one more presentation, without those of starting the program and reading its state."""
    started = engine.run(state, task_of(stream, first, 1, learning)).seconds
    return (engine.run(state, task_of(stream, first, n + 1, learning)).seconds - started) / n


def in_turn(rows: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """What each row measures, all in turn, several times over: what else the machine does falls on all of them."""
    found: dict[str, list[T]] = {name: [] for name in rows}
    for _ in range(rounds):
        for name, measure in rows.items():
            found[name].append(measure())
    return found


def of_a_second(engine: Simulator, stretch: Callable[[int], Stretch], n: int) -> tuple[float, float]:
    """Seconds of computing for one of the network's, without starting the program, and the rate of who is counted."""
    state = initial_state(engine.network, 0)
    start = engine.run(state, stretch(1)).seconds
    outcome = engine.run(state, stretch(n + 1))
    (counts,) = outcome.counts.values()
    return (outcome.seconds - start) / (n * engine.network.duration), float(counts.mean() / engine.network.duration)


def numpy_loop(stream: StreamLike, state: Any, n: int, hidden: int = 200) -> float:
    """Seconds a presentation of the independent reference network of the tests, in the same state."""
    from tests.reference_network import ReferenceNetwork

    options = {"neuromodulation": lambda surprise: 1.0, "gate": "hyperbolic", "m_max": 1e4, "tau_c": 3000.0}
    network = ReferenceNetwork(sizes=(784, hidden, 2), **options)
    for name, key in (("in", "input-hidden"), ("out", "hidden-output")):
        shape = getattr(network, f"w_{name}").shape
        for prefix in ("w", "w_ref", "m"):
            setattr(network, f"{prefix}_{name}", state[f"{key}.{prefix}"].reshape(shape).copy())
    rng = np.random.default_rng(0)
    images, targets = stream.presentations(0, 1000, 1000 + n)
    spikes = rng.random((n, 150, images.shape[1])) < 0.25 * images[:, None]
    teacher = rng.random((n, 150, 2)) < 0.1 * np.eye(2)[targets][:, None]
    start = time.perf_counter()
    for k in range(n):
        network.present(spikes[k], teacher[k], int(targets[k]))
    return (time.perf_counter() - start) / n
