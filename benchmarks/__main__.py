"""Speed and memory, measured side by side in one run.

    make bench                                    # all of it, a few minutes
    python -m benchmarks speed --presentations 100
    python -m benchmarks replicas
    python -m benchmarks growth --presentations 20000

Times depend on the machine and on what else it does: compare within one table only.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import tacos  # noqa: E402
import tasks  # noqa: E402
from tacos.backends import Choice, Simulator, Task, simulator  # noqa: E402
from tacos.initial import initial_state  # noqa: E402
from tacos.random import EVALUATION, TRAINING  # noqa: E402


def _stream() -> Any:
    return tasks.named("split-mnist", samples=8000)


def _task(stream: Any, first: int, n: int, learning: bool = True) -> Task:
    images, targets = stream.presentations(0, first, first + n)
    shown = {"image": images, "target": np.eye(stream.n_classes)[targets]}
    return Task(shown, first, 0, TRAINING if learning else EVALUATION, learning, n, counts=("hidden",))


def _trained(engine: Simulator, stream: Any, n: int = 1000) -> Any:
    """A state after some learning, when rates are what they are for most of a stream."""
    state = initial_state(engine.network, 0)
    for first in range(0, n, engine.capacity):
        state = engine.run(state, _task(stream, first, min(engine.capacity, n - first))).state
    return state


def speed(presentations: int) -> None:
    """Milliseconds a presentation: a plain NumPy loop, Brian2 in both modes, from the same trained state."""
    stream = _stream()
    network = tacos.error_driven(stream)
    double = simulator(network, say=print)
    state = _trained(double, stream)
    rows: dict[str, Callable[[], float]] = {}
    for dtype in ("float64", "float32"):
        engine = double if dtype == "float64" else simulator(network, Choice(dtype=dtype), say=print)
        for learning in (True, False):
            task = _task(stream, 1000, presentations, learning)
            name = f"Brian2 standalone, {dtype}, plasticity {'on' if learning else 'frozen'}"
            rows[name] = lambda engine=engine, task=task: engine.run(state, task).seconds / task.n
    runtime = simulator(network, Choice(mode="runtime"), chunk=10)
    few = _task(stream, 1000, 3)
    runtime.run(state, few)  # generates and compiles its code
    rows["Brian2 runtime, Cython, plasticity on"] = lambda: runtime.run(state, few).seconds / few.n
    rows["plain NumPy loop, plasticity on"] = lambda: _numpy_loop(stream, state, 3)
    hidden = double.run(state, _task(stream, 1000, 50)).counts["hidden"].mean() / network.duration
    print(f"784-200-2, 150 steps of 1 ms, hidden neurons at {hidden:.0f} Hz; median of 3, ms a presentation")
    medians = {name: 1e3 * statistics.median(measure() for _ in range(3)) for name, measure in rows.items()}
    slowest = medians["plain NumPy loop, plasticity on"]
    for name, value in medians.items():
        print(f"  {name:<48}{value:9.2f}   {slowest / value:6.1f} x the NumPy loop")


def _numpy_loop(stream: Any, state: Any, n: int) -> float:
    """Seconds a presentation of the independent reference network of the tests, in the same state."""
    from tests.reference_network import ReferenceNetwork

    network = ReferenceNetwork(neuromodulation=lambda surprise: 1.0, gate="hyperbolic", m_max=1e4, tau_c=3000.0)
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


def replicas(presentations: int) -> None:
    """Time of two replicas on two cores relative to one."""
    stream = _stream()
    engine = simulator(tacos.error_driven(stream), say=print)
    state = _trained(engine, stream)
    task = _task(stream, 1000, presentations)

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


def growth(presentations: int) -> None:
    """Memory of this process and size of the run's folder through a long stream."""
    stream = tasks.named("split-mnist", samples=presentations, test_samples=100)
    network = tacos.error_driven(stream, hidden=20)
    print(f"{'presentations':>14}{'memory (MB)':>14}{'folder (kB)':>14}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "run"
        seen: list[int] = []

        def report() -> None:
            files = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            print(f"{seen[-1]:>14}{pages * 4096 / 1e6:>14.1f}{files / 1e3:>14.1f}", flush=True)

        from tacos import replica

        save = replica.Replica._save

        def watched(self: Any, state: Any, progress: Any) -> None:
            save(self, state, progress)
            if progress.position // 2500 > (seen[-1] // 2500 if seen else -1):
                seen.append(progress.position)
                report()

        replica.Replica._save = watched  # type: ignore[method-assign]
        try:
            tacos.run(network, stream, 1, out=folder, progress=False)
        finally:
            replica.Replica._save = save  # type: ignore[method-assign]


def main() -> None:
    """Run one benchmark, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", nargs="?", choices=("speed", "replicas", "growth", "all"), default="all")
    parser.add_argument("--presentations", type=int, default=None)
    options = parser.parse_args()
    for name, (function, default) in {
        "speed": (speed, 100),
        "replicas": (replicas, 200),
        "growth": (growth, 20000),
    }.items():
        if options.which in (name, "all"):
            print(f"\n{name}: {(function.__doc__ or '').splitlines()[0]}")
            function(options.presentations or default)


if __name__ == "__main__":
    main()
