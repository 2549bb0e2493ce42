"""Plastic replicas side by side on PyTorch: how much of a network each second."""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np
import torch
from brian2.utils.stringtools import get_identifiers

import tacos
from benchmarks.common import COUNTED, flagship_stream, largest, task_of, trained_state
from synapses.language.statements import read_statements
from tacos.backends import Stretch, simulator
from tacos.backends.torch.simulator import TorchSimulator, device_name
from tacos.networks.initial import initial_state
from tacos.networks.lowering import LoweredNetwork
from tacos.networks.random_numbers import TRAINING

SIZES = (1, 8, 32, 128)
ON_GPU, CHECKED = (*SIZES, 512), (128, 512)
#: Constants with which a network of a few cells fires within 16 ms.
BUSY = {"w_initial": 30.0, "hidden.V_th": 0.01, "output.V_th": 0.01, "false positive.E_th": 0.5}


def replicas(presentations: int, device: str = "cpu", check: bool = False) -> None:
    """A batch of replicas of the flagship, each with weights of its own that learn.

    What one more presentation costs, without handing over states and images: the difference of two medians of three.
    With ``check``, what a later reader wants to know of a GPU, in some four minutes: whether it computes the same, with
    kernels that visit the rows of neurons that fired and without, and what share of the memory's speed they reach.
    """
    if presentations < 3:
        raise SystemExit("The benchmark 'replicas' compares runs of two lengths; give at least 3 presentations.")
    if check:
        equal(device)
    stream = flagship_stream()
    network = tacos.error_driven(stream)
    state = trained_state(simulator(network, say=print), stream)
    bandwidth = copied_a_second(device)
    titles = (
        "kernels", "replicas", "ms a presentation", "and replica", "x real time", "synaptic events/s",
        "share of the bound", "60,000 in (min)", "MB",
    )  # fmt: skip
    for kernels in (False, True) if check else (False,):
        engine = TorchSimulator(network, "float32", device, fused=kernels or None, kernels=kernels)
        if not kernels:
            synapses = sum(len(p.sources) for p in engine.network.projections)
            print(
                f"784-200-2, {synapses:,} synapses, {engine.network.steps} steps of {network.dt * 1e3:g} ms, float32, "
                f"{device_name(engine.device)}, copies {bandwidth / 1e9:.0f} GB/s, {torch.get_num_threads()} threads\n"
                "bound: the states of synapses that spikes read and write, 4 bytes each, at that speed"
            )
            print("".join(f"{title:>19}" for title in titles))
        for n in CHECKED if check else ON_GPU if engine.device.type == "cuda" else SIZES:
            if engine.device.type == "cuda":
                torch.cuda.reset_peak_memory_stats(engine.device)
            each, visits, moved = measured(engine, stream, state, n, presentations)
            values = (
                "yes" if kernels else "no", f"{n}", f"{1e3 * each:.1f}", f"{1e3 * each / n:.2f}",
                f"{n * network.duration / each:.2f}", f"{visits / each:.3g}",
                f"{moved / bandwidth / each:.1%}", f"{1000 * each:.1f}", f"{_megabytes(engine):.0f}",
            )  # fmt: skip
            print("".join(f"{value:>19}" for value in values), flush=True)


def measured(
    engine: TorchSimulator, stream: Any, state: Any, n: int, presentations: int, repeats: int = 3
) -> tuple[float, float, float]:
    """Seconds of one more presentation of all of n replicas, the synapses that its spikes visit, and bytes for that."""
    few = max(2, presentations // 5)  # a single one runs without a graph on a GPU
    seconds: dict[int, list[float]] = {few: [], presentations: []}
    outcomes = engine.run_together([(state, task_of(stream, 1000, 1, seed=seed)) for seed in range(n)])  # warm up
    for _ in range(repeats):
        for shown, found in seconds.items():
            requests = [(state, task_of(stream, 1000, shown, seed=seed)) for seed in range(n)]
            start = time.perf_counter()
            outcomes = engine.run_together(requests)
            found.append(time.perf_counter() - start)
    least, most = map(statistics.median, seconds.values())
    found = [synaptic_events(engine.network, outcome.counts) for outcome in outcomes]
    visits, moved = (sum(one[k] for one in found) / presentations for k in range(2))
    return (most - least) / (presentations - few), visits, moved


def equal(device: str, presentations: int = 3) -> None:
    """Print how far a small busy network on a device is from the same on the CPU."""
    network = tacos.error_driven((6, 2), 5, duration=0.016).with_parameters(**BUSY)
    rng = np.random.default_rng(0)
    shown = {"image": rng.random((presentations, 6)), "target": np.eye(2)[rng.integers(2, size=presentations)]}
    requests = [
        (initial_state(network.lowered, seed), Stretch(shown, 0, seed, TRAINING, True, presentations, COUNTED))
        for seed in range(2)
    ]
    expected = TorchSimulator(network, "float32").run_together(requests)
    for kernels in (False, True):
        engine = TorchSimulator(network, "float32", device, fused=True, kernels=kernels)
        found = engine.run_together(requests)
        spikes = sum(int(counts.sum()) for outcome in expected for counts in outcome.counts.values())
        moved = sum(
            int(np.abs(one.counts[name] - counts).sum())
            for one, other in zip(found, expected, strict=True)
            for name, counts in other.counts.items()
        )
        furthest = max(
            float(np.abs(one.state[key] - values).max())
            for one, other in zip(found, expected, strict=True)
            for key, values in other.state.items()
        )
        print(
            f"{'with' if kernels else 'without'} kernels on {device_name(engine.device)}, against lists of events on "
            f"the CPU: {moved} of {spikes} spikes differ, states by {furthest:.1g} at most",
            flush=True,
        )


def copied_a_second(device: str, size: int = 2**28) -> float:
    """Bytes read and written a second by a copy of so many bytes."""
    source = torch.zeros(size // 4, device=device)
    target, waits = torch.empty_like(source), torch.cuda.synchronize if source.is_cuda else lambda: None
    seconds = []
    for _ in range(5):
        waits()
        start = time.perf_counter()
        target.copy_(source)
        waits()
        seconds.append(time.perf_counter() - start)
    return 2 * size / min(seconds)


def synaptic_events(network: LoweredNetwork, counts: dict[str, np.ndarray]) -> tuple[float, float]:
    """Synapses visited by spikes, once for each pathway that listens to them, and bytes of what is read and written."""
    visits = moved = 0.0
    for projection in network.projections:
        for pathway in projection.pathways:
            name = projection.source if pathway.side == "pre" else projection.target
            if pathway.event == "spike" and name in COUNTED:
                ends = projection.sources if pathway.side == "pre" else projection.targets
                degrees = np.bincount(ends, minlength=network.population(name).size)
                here = float((counts[name].sum(0) * degrees).sum())
                written = [s.target for s in read_statements(pathway.code, name)]
                states = projection.synapse.states.keys()
                visits += here
                moved += 4 * here * (len(states & get_identifiers(pathway.code)) + len(states & set(written)))
    return visits, moved


def _megabytes(engine: Any) -> float:
    """Largest memory so far: of the device, or of this process."""
    if engine.device.type == "cuda":
        return torch.cuda.max_memory_allocated(engine.device) / 1e6
    return largest() / 1e6
