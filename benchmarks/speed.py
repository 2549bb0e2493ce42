"""Milliseconds a presentation, side by side in one run: the flagship in other ways, and other models in ours."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

import synapses
import tacos
from benchmarks.common import flagship_stream, in_turn, numpy_loop, per_presentation, task_of, trained_state
from benchmarks.floor import Floor
from benchmarks.libraries import bindsnet
from tacos.backends import Choice, simulator
from tacos.backends.brian2.standalone import StandaloneSimulator
from tasks import StreamLike

ROUNDS = 5
Rows = dict[str, Callable[[], float]]


def speed(presentations: int) -> None:
    """Milliseconds a presentation: others and ours, for two sizes; ours against stock Brian2 for other models."""
    stream = flagship_stream()
    for hidden in (200, 1000):
        sizes = f"784-{hidden}-2"
        rows, notes = _flagship(stream, hidden, presentations)
        _table(sizes, rows, notes, "NumPy loop", "stock Brian2 standalone, float64")
    small = max(3, presentations // 20)
    # Efficacies with which hidden neurons fire, but not all the time.
    others = {
        "stdp": (synapses.stdp().with_parameters(w_max=0.1), presentations),
        "graupner_brunel": (synapses.graupner_brunel().with_parameters(w_0=0.02), small),
    }
    for name, (synapse, n) in others.items():
        network = tacos.error_driven(stream, synapse=synapse)
        rows = _ours_and_stock(stream, network, n)
        _table(f"{name}, 784-200-2", rows, [], "stock Brian2 standalone, float64")


def _flagship(stream: StreamLike, hidden: int, n: int) -> tuple[Rows, list[str]]:
    """What to measure for one size, and what has to be said about it."""
    network = tacos.error_driven(stream, hidden=hidden)
    double = simulator(network, Choice(dtype="float64"), say=print)
    state = trained_state(double, stream)
    runtime = simulator(network, Choice(mode="runtime", dtype="float64"), chunk=10)
    few = task_of(stream, 1000, 3)
    runtime.run(state, few)  # generates and compiles its code
    counts = double.run(state, task_of(stream, 1000, 50)).counts
    spikes = ", ".join(f"{name} {count.sum(1).mean():.0f}" for name, count in counts.items())
    notes = [f"Spikes a presentation: {spikes}."]
    rows: Rows = {
        "NumPy loop": lambda: numpy_loop(stream, state, 3, hidden),
        "Brian2 runtime, Cython": lambda: runtime.run(state, few).seconds / few.n,
        **_ours_and_stock(stream, network, n, state),
    }
    for dtype in ("float64", "float32"):
        engine = simulator(network, Choice(dtype=dtype))
        rows[f"ours, {dtype}, frozen"] = lambda engine=engine: per_presentation(engine, stream, state, n, False)
    floor = Floor(hidden, stream.presentations(0, 1000, 1000 + n)[0])
    rows["floor"] = lambda: floor.seconds(n)
    notes.append("Floor: floor.cpp, the hidden layer alone, at its own number of hidden spikes.")
    seconds, about = bindsnet(hidden, 3)
    notes.append(f"Published library: {about}. GeNN was not found as a package (pip install pygenn).")
    if seconds is not None:
        rows["BindsNET, PostPre"] = lambda: bindsnet(hidden, 3)[0] or np.nan
    return rows, notes


def _ours_and_stock(stream: StreamLike, network: Any, n: int, state: Any = None) -> Rows:
    """Rows of the standalone backend, with Brian2's templates and with ours, plasticity on."""
    rows: Rows = {}
    for templates, label in (("stock", "stock Brian2 standalone"), ("ours", "ours")):
        for dtype in ("float64", "float32"):
            engine = StandaloneSimulator(network, dtype, templates=templates)
            if state is None:
                state = trained_state(engine, stream, 10)
            rows[f"{label}, {dtype}"] = lambda engine=engine, state=state: per_presentation(engine, stream, state, n)
    return rows


def _table(title: str, rows: Rows, notes: list[str], *compared: str) -> None:
    """Measure all rows in turn, several times over, and print medians and ratios."""
    seconds = in_turn(rows, ROUNDS)
    medians = {name: 1e3 * statistics.median(values) for name, values in seconds.items()}
    known = [name for name in compared if name in rows]
    print(f"\n{title}, 150 steps of 1 ms; median of {ROUNDS} alternating rounds, one core")
    headings = ["", "ms a presentation", "least", *(f"times faster than {name}" for name in known)]
    headings += ["times the floor"] * ("floor" in rows)
    print(f"| {' | '.join(headings)} |")
    print("|---" * len(headings) + "|")
    for name, value in medians.items():
        ratios = [medians[other] / value for other in known] + [value / medians["floor"]] * ("floor" in rows)
        numbers = [value, 1e3 * min(seconds[name]), *ratios]
        print(f"| {name:<34} | {' | '.join(f'{number:.2f}' for number in numbers)} |", flush=True)
    print("\n".join(notes), flush=True)
