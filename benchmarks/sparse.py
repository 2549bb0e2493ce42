"""Sparse recurrent plastic networks: real time and memory a synapse, beside NEST and stock Brian2 in one run."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import synapses
import tacos
from benchmarks.common import in_turn, largest_program, of_a_second
from benchmarks.peer_environments import in_peer, interpreter
from synapses import Parameter, static
from tacos.backends import Stretch
from tacos.backends.brian2.standalone import StandaloneSimulator
from tacos.networks.initial import initial_state
from tacos.networks.network import Network
from tacos.networks.populations import Population
from tacos.networks.random_numbers import TRAINING

EXCITATORY, INHIBITORY, DURATION, ROUNDS = 4000, 1000, 0.1, 3
SHARES = (0.02, 0.1)
#: A large network, and how dense it is: the denser has ten million plastic synapses.
LARGE, LARGE_SHARES = (8000, 2000), (0.02, 0.16)


def sparse(presentations: int) -> None:
    """Seconds of computing for one of the network's, by step and connectivity, plasticity on."""
    python = interpreter("nest")
    print(
        f"{EXCITATORY} excitatory, {INHIBITORY} inhibitory cells, pair STDP among excitatory ones, float32; "
        f"median of {ROUNDS} alternating rounds of {presentations * DURATION:g} s"
    )
    print("| step | connected | plastic synapses | who | rate | s a second | times faster | synapses x real time |")
    print("|---|---|---|---|---|---|---|---|")
    for dt in ("1 ms", "0.1 ms"):
        for share in SHARES:
            _rows(share, dt, presentations, python)
    _memory(python)
    _large(presentations)


def balanced(share: float, dt: str = "1 ms", size: tuple[int, int] = (EXCITATORY, INHIBITORY)) -> Network:
    """Cells that fire some ten times a second by themselves, and synapses between them that hardly change that."""
    delay = "2 ms" if dt == "1 ms" else "1.5 ms"
    plastic = synapses.stdp().with_parameters(w_max=2e-3)
    kinds = {"excitatory": static(1e-3), "inhibitory": static(-4e-3)}

    def between(source: str, target: str, synapse: Any, seed: int) -> tacos.Projection:
        return tacos.Projection(source, target, synapse, "current", tacos.Random(share, seed=seed), delay=delay)

    return tacos.Network(
        tuple(_cells(name, n) for name, n in zip(kinds, size, strict=True)),
        (
            between("excitatory", "excitatory", plastic, 1),
            between("excitatory", "inhibitory", kinds["excitatory"], 2),
            between("inhibitory", "excitatory", kinds["inhibitory"], 3),
            between("inhibitory", "inhibitory", kinds["inhibitory"], 4),
        ),
        DURATION, dt, 0.0, readout="excitatory",
    )  # fmt: skip


def _cells(name: str, size: int) -> Population:
    return Population(
        name, size,
        equations="dV/dt = (drive + I - V)/tau_m : 1 (unless refractory)\ndI/dt = -I/tau_syn : 1",
        threshold="V > 1", reset="V = 0",
        parameters=(Parameter("tau_m", "20 ms"), Parameter("tau_syn", "5 ms"), Parameter("drive", 1.01)),
        initial={"V": "rand()"}, persistent=("V", "I"), refractory="2 ms",
        receptors={"current": "I += efficacy"},
    )  # fmt: skip


def _rows(share: float, dt: str, n: int, python: Path | None) -> None:
    """Print what one network takes, of all who run it; times faster than the first."""
    network = balanced(share, dt)
    engines = {
        who: StandaloneSimulator(network, "float32", capacity=n + 1, templates=templates)
        for who, templates in (("stock Brian2", "stock"), ("ours", "ours"))
    }
    rows: dict[str, Callable[[], tuple[float, float]]] = {}

    def nest(threads: int) -> tuple[float, float]:
        found = _in_nest(python, share, dt, n * DURATION, threads)  # type: ignore[arg-type]
        return found["seconds"], found["rate"]

    for threads in (1, 2) if python else ():
        rows[f"NEST, double, {threads} thread{'s' * (threads > 1)}"] = partial(nest, threads)
    rows |= {who: partial(of_a_second, engine, _stretch, n) for who, engine in engines.items()}
    found = in_turn(rows, ROUNDS)
    plastic = len(network.lowered.projection("excitatory-excitatory").sources)
    medians = {who: statistics.median(took for took, _ in each) for who, each in found.items()}
    first = next(iter(medians.values()))
    for who, took in medians.items():
        cells = (
            dt,
            f"{share:.0%}",
            f"{plastic:,}",
            who,
            f"{statistics.mean(rate for _, rate in found[who]):.1f} Hz",
            f"{took:.2f}",
            f"{first / took:.2f}",
            f"{plastic / took:.2g}",
        )
        print(f"| {' | '.join(cells)} |", flush=True)


def _in_nest(python: Path, share: float, dt: str, seconds: float, threads: int) -> dict[str, Any]:
    """What came out of ``nest_sparse.py``."""
    values = {
        "excitatory": EXCITATORY, "inhibitory": INHIBITORY, "share": share, "dt": float(dt.split()[0]),
        "delay": 2.0 if dt == "1 ms" else 1.5, "seconds": seconds, "threads": threads,
    }  # fmt: skip
    return in_peer(python, "nest_sparse.py", values)


def _memory(python: Path | None) -> None:
    """Print bytes a synapse: what the denser network takes more at its largest, over how many synapses it has more."""
    synapses_of = [sum(len(p.sources) for p in balanced(share).lowered.projections) for share in SHARES]
    print("\n| who | bytes a synapse, plastic and static | largest memory of the program (MB) |\n|---|---|---|")
    for who in ("stock", "ours"):
        code = f"from benchmarks.sparse import program; print([program(share, {who!r}) for share in {SHARES}])"
        for _ in ("compiled", "measured"):
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        _memory_row("stock Brian2" if who == "stock" else who, json.loads(done.stdout.splitlines()[-1]), synapses_of)
    if python:
        found = [_in_nest(python, share, "1 ms", DURATION, 1) for share in SHARES]
        _memory_row("NEST, double", [one["memory"] for one in found], [one["synapses"] for one in found])


def _memory_row(who: str, memory: list[float], synapses_of: list[int]) -> None:
    each = (memory[1] - memory[0]) / (synapses_of[1] - synapses_of[0])
    print(f"| {who} | {each:.0f} | {', '.join(f'{one / 1e6:.0f}' for one in memory)} |", flush=True)


def _large(n: int) -> None:
    """Print what ten thousand neurons take: time to build, memory, and seconds for one of the network's."""
    print(
        "\n| neurons | plastic synapses | all synapses | s to declare | s to compile | memory of the program (MB) "
        "| bytes a synapse | s a second |\n|---|---|---|---|---|---|---|---|"
    )
    for share in LARGE_SHARES:
        begun = time.perf_counter()
        network = balanced(share, size=LARGE)
        sizes = {p.name: len(p.sources) for p in network.lowered.projections}
        declared, begun = time.perf_counter() - begun, time.perf_counter()
        engine = StandaloneSimulator(network, "float32", capacity=n + 1)
        compiled = time.perf_counter() - begun
        state = initial_state(network.lowered, 0)
        with largest_program() as found:
            start = engine.run(state, _stretch(1)).seconds
            took = (engine.run(state, _stretch(n + 1)).seconds - start) / (n * DURATION)
        every = sum(sizes.values())
        print(
            f"| {sum(LARGE):,} | {sizes['excitatory-excitatory']:,} | {every:,} | {declared:.1f} | {compiled:.1f} "
            f"| {found[0] / 1e6:.0f} | {found[0] / every:.0f} | {took:.2f} |",
            flush=True,
        )


def program(share: float, templates: str) -> float:
    """Bytes that the program takes at its largest; ascending shares, in a process of its own that compiles nothing."""
    network = balanced(share)
    engine = StandaloneSimulator(network, "float32", capacity=1, templates=templates)
    with largest_program() as found:
        engine.run(initial_state(network.lowered, 0), _stretch(1))
    return found[0]


def _stretch(n: int) -> Stretch:
    return Stretch({}, 0, 0, TRAINING, True, n, counts=("excitatory",))
