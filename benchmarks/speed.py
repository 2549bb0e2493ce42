"""Milliseconds a presentation: a plain NumPy loop, Brian2 in both modes, from the same trained state."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import tacos
from benchmarks.common import flagship_stream, task_of, trained_state
from tacos.backends import Choice, simulator


def speed(presentations: int) -> None:
    """Milliseconds a presentation: a plain NumPy loop, Brian2 in both modes, from the same trained state."""
    stream = flagship_stream()
    network = tacos.error_driven(stream)
    double = simulator(network, say=print)
    state = trained_state(double, stream)
    rows: dict[str, Callable[[], float]] = {}
    for dtype in ("float64", "float32"):
        engine = double if dtype == "float64" else simulator(network, Choice(dtype=dtype), say=print)
        for learning in (True, False):
            task = task_of(stream, 1000, presentations, learning)
            name = f"Brian2 standalone, {dtype}, plasticity {'on' if learning else 'frozen'}"
            rows[name] = lambda engine=engine, task=task: engine.run(state, task).seconds / task.n
    runtime = simulator(network, Choice(mode="runtime"), chunk=10)
    few = task_of(stream, 1000, 3)
    runtime.run(state, few)  # generates and compiles its code
    rows["Brian2 runtime, Cython, plasticity on"] = lambda: runtime.run(state, few).seconds / few.n
    rows["plain NumPy loop, plasticity on"] = lambda: _numpy_loop(stream, state, 3)
    hidden = double.run(state, task_of(stream, 1000, 50)).counts["hidden"].mean() / network.duration
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
