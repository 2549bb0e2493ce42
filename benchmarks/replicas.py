"""Plastic replicas side by side on PyTorch: how much of a network each second."""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np
import torch

import tacos
from benchmarks.common import COUNTED, flagship_stream, largest, task_of, trained_state
from tacos.backends import Choice, simulator
from tacos.backends.torch.simulator import TorchSimulator, device_name
from tacos.networks.lowering import LoweredNetwork

SIZES = (1, 8, 32, 128)
ON_GPU = (*SIZES, 512)


def replicas(presentations: int, device: str = "cpu", dtype: str = "float32", repeats: int = 3) -> None:
    """A batch of replicas of the flagship, each with weights of its own that learn.

    What one more presentation costs, without handing over states and images: the difference of two medians of three.
    """
    if presentations < 3:
        raise SystemExit("The benchmark 'replicas' compares runs of two lengths; give at least 3 presentations.")
    stream = flagship_stream()
    network = tacos.error_driven(stream)
    state = trained_state(simulator(network, Choice(dtype=dtype), say=print), stream)
    start = time.perf_counter()
    engine = TorchSimulator(network, dtype, device)
    built = time.perf_counter() - start
    synapses = sum(len(p.sources) for p in engine.network.projections)
    print(
        f"784-200-2, {synapses:,} synapses, {engine.network.steps} steps of {network.dt * 1e3:g} ms, {dtype}, "
        f"{device_name(engine.device)}, {torch.get_num_threads()} threads; generated in {built:.2f} s"
    )
    titles = (
        "replicas", "ms a presentation", "and replica", "x real time", "synaptic events/s", "synapse-steps/s", "MB",
    )  # fmt: skip
    print("".join(f"{title:>19}" for title in titles))
    for n in ON_GPU if engine.device.type == "cuda" else SIZES:
        few = max(2, presentations // 5)  # a single one runs without a graph on a GPU
        seconds: dict[int, list[float]] = {few: [], presentations: []}
        outcomes = []
        engine.run_together([(state, task_of(stream, 1000, 1, seed=seed)) for seed in range(n)])  # warm up
        for _ in range(repeats):
            for shown, found in seconds.items():
                requests = [(state, task_of(stream, 1000, shown, seed=seed)) for seed in range(n)]
                start = time.perf_counter()
                outcomes = engine.run_together(requests)
                found.append(time.perf_counter() - start)
        least, most = map(statistics.median, seconds.values())
        each = (most - least) / (presentations - few)
        visits = sum(synaptic_events(engine.network, outcome.counts) for outcome in outcomes) / presentations
        values = (
            f"{n}", f"{1e3 * each:.0f}", f"{1e3 * each / n:.1f}", f"{n * network.duration / each:.2f}",
            f"{visits / each:.3g}", f"{n * synapses * engine.network.steps / each:.3g}", f"{_megabytes(engine):.0f}",
        )  # fmt: skip
        print("".join(f"{value:>19}" for value in values), flush=True)


def synaptic_events(network: LoweredNetwork, counts: dict[str, np.ndarray]) -> float:
    """Synapses visited by spikes: once for each pathway that listens to the spikes of a neuron."""
    visits = 0.0
    for projection in network.projections:
        for pathway in projection.pathways:
            name = projection.source if pathway.side == "pre" else projection.target
            if pathway.event == "spike" and name in COUNTED:
                ends = projection.sources if pathway.side == "pre" else projection.targets
                degrees = np.bincount(ends, minlength=network.population(name).size)
                visits += float((counts[name].sum(0) * degrees).sum())
    return visits


def _megabytes(engine: Any) -> float:
    """Largest memory so far: of the device, or of this process."""
    if engine.device.type == "cuda":
        return torch.cuda.max_memory_allocated(engine.device) / 1e6
    return largest() / 1e6
