"""Plastic feedforward networks beside other simulators in one run: pair STDP, dopamine with eligibility, replicas."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

import synapses
import tacos
import tasks
from benchmarks.common import in_turn, of_a_second, per_presentation, trained_state
from benchmarks.peer_environments import PEERS, in_peer, interpreter
from synapses import Parameter, Synapse, static
from tacos.backends import Stretch
from tacos.backends.brian2.standalone import StandaloneSimulator
from tacos.backends.torch.simulator import TorchSimulator
from tacos.networks.initial import initial_state
from tacos.networks.network import Network
from tacos.networks.populations import Population, poisson
from tacos.networks.random_numbers import TRAINING
from tacos.plots import style

INPUTS, CELLS, RATE, DURATION, ROUNDS = 784, 200, 20.0, 0.1, 3
#: Rates at which cells are made to fire, by rule; at the largest a maker's stimulus is one.
MAKERS, REWARD = {"stdp": (0.0, 10.0, 100.0), "reward_modulated": (10.0,)}, 5.0
#: Largest efficacy: inputs hardly move a cell.
SMALL = 1e-6
REPLICAS = (8, 32)
#: Peers that visit every synapse in every step, on one core, by the names of their modules.
DENSE = {"brainstate": "brainstate, dense", "bindsnet": "BindsNET, dense"}


def peers(presentations: int) -> None:
    """Seconds of computing for a second of the network's, by rule and rate of the cells, plasticity on."""
    pythons = {peer: interpreter(peer) for peer in PEERS}
    seconds = presentations * DURATION
    print(
        f"{INPUTS} inputs at {RATE:g} Hz, all-to-all onto {CELLS} cells, 1 ms; in float32, NEST "
        f"in double; median of {ROUNDS} alternating rounds of {seconds:g} s\n"
    )
    print("| rule | output | who | rate | s a second | times slower than ours | plastic synapses x real time |")
    print("|---|---|---|---|---|---|---|")
    found: dict[str, dict[str, float]] = {}
    for rule, rates in MAKERS.items():
        engines = {
            who: StandaloneSimulator(network(rule), "float32", capacity=presentations + 1, templates=templates)
            for who, templates in (("ours", "ours"), ("stock Brian2", "stock"))
        }
        for makers in rates:
            rows: dict[str, Callable[[], tuple[float, float]]] = {
                who: partial(of_a_second, engine, partial(_stretch, makers=makers), presentations)
                for who, engine in engines.items()
            }
            values = _for_peers(makers, seconds)
            for threads in (1, 2) if pythons["nest"] else ():
                there = {**values, "rule": rule, "reward": REWARD, "threads": threads}
                rows[f"NEST, {threads} thread{'s' * (threads > 1)}"] = partial(_there, pythons["nest"], "nest", there)
            for peer, name in DENSE.items() if rule == "stdp" else ():
                if pythons[peer]:
                    rows[name] = partial(_there, pythons[peer], peer, values)
            found[f"{rule}\n{makers:g} Hz"] = _table(f"{rule} | {makers:g} Hz", rows)
    print(*style.save(draw(found), "runs/peers"), sep="\n")
    _replicas(pythons, presentations)
    _recruiting(5 * presentations)


def network(rule: str) -> Network:
    """Inputs, cells that are made to fire, and the plastic synapses between them."""
    model, signals, critic, given = _model(rule), {}, (), {}
    if rule == "reward_modulated":
        given = {"w": np.full(INPUTS * CELLS, SMALL / 2)}
        critic, signals = (poisson("critic", 1, f"{REWARD} Hz", channel="reward"),), {"reward": ("critic",)}
    return tacos.Network(
        (
            poisson("input", INPUTS, f"{RATE} Hz"),
            poisson("makers", CELLS, f"{max(MAKERS['stdp'])} Hz", channel="makers"),
            Population(
                "cells", CELLS,
                equations="dV/dt = -V/tau_m : 1 (unless refractory)", threshold="V > 1", reset="V = 0",
                refractory="2 ms", parameters=(Parameter("tau_m", "20 ms"),), persistent=("V",),
                receptors={"charge": "V += efficacy"},
            ),
            *critic,
        ),
        (
            tacos.Projection("input", "cells", model, "charge", values=given),
            tacos.Projection("makers", "cells", static(2.0), "charge", tacos.OneToOne()),
        ),
        DURATION, 1e-3, signals=signals, readout="cells",
    )  # fmt: skip


def _model(rule: str) -> Synapse:
    if rule == "stdp":
        return synapses.stdp().with_parameters(w_max=SMALL)
    return synapses.reward_modulated().with_parameters(w_max=SMALL, A_plus=1e-9, A_minus=1.5e-9)


def _replicas(pythons: Mapping[str, Path | None], n: int) -> None:
    """Print what many replicas take, each with weights and spikes of its own, on two cores."""
    made, makers = network("stdp"), 10.0
    program = StandaloneSimulator(made, "float32", capacity=n + 1)
    batch = TorchSimulator(made, "float32", "cpu", capacity=n + 1)
    state = initial_state(made.lowered, 0)

    def side_by_side(one: Callable[[int], object], count: int) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(one, range(count)))

    def in_programs(length: int, count: int) -> None:
        side_by_side(lambda seed: program.run(state, _stretch(length, makers, seed)), count)

    def in_a_batch(length: int, count: int) -> None:
        batch.run_together([(state, _stretch(length, makers, seed)) for seed in range(count)])

    def more(run: Callable[[int, int], None], count: int) -> float:
        """Wall-clock seconds for one of the network's, without those of starting."""
        took = []
        for length in (1, n + 1):
            start = time.perf_counter()
            run(length, count)
            took.append(time.perf_counter() - start)
        return (took[1] - took[0]) / (n * DURATION)

    print("\n| replicas, stdp, 10 Hz | who | s a second of all | and replica |\n|---|---|---|---|")
    for count in REPLICAS:
        rows = {"ours, two programs at a time": in_programs, "ours, a batch on PyTorch": in_a_batch}
        found = {who: statistics.median(more(run, count) for _ in range(ROUNDS)) for who, run in rows.items()}
        values = _for_peers(makers, n * DURATION)
        if python := pythons["nest"]:
            there = {**values, "rule": "stdp", "reward": REWARD, "threads": 1}
            with ThreadPoolExecutor(2) as pool:
                each = list(pool.map(lambda _: _there(python, "nest", there), range(count)))  # noqa: B023
            found["NEST, two processes at a time"] = sum(took for took, _ in each) / 2
        if python := pythons["brainstate"]:
            batched = {**values, "replicas": count, "cores": 2}
            of_brainstate = [_there(python, "brainstate", batched)[0] for _ in range(ROUNDS)]
            found["brainstate, a batch on two cores"] = statistics.median(of_brainstate)
        for who, took in found.items():
            print(f"| {count} | {who} | {took:.2f} | {took / count:.3f} |", flush=True)


def _for_peers(makers: float, seconds: float) -> dict[str, Any]:
    return {"inputs": INPUTS, "cells": CELLS, "rate": RATE, "makers": makers, "seconds": seconds}


def _stretch(n: int, makers: float, seed: int = 0) -> Stretch:
    shown = {
        "image": np.ones((n, INPUTS)),
        "makers": np.full((n, CELLS), makers / max(MAKERS["stdp"])),
        "reward": np.ones((n, 1)),
    }
    return Stretch(shown, 0, seed, TRAINING, True, n, counts=("cells",))


def _there(python: Path, peer: str, values: dict[str, Any]) -> tuple[float, float]:
    found = in_peer(python, f"{peer}_feedforward.py", values)
    return found["seconds"], found["rate"]


def _table(row: str, rows: dict[str, Callable[[], tuple[float, float]]]) -> dict[str, float]:
    """Medians of alternating rounds, printed."""
    found = in_turn(rows, ROUNDS)
    medians = {who: statistics.median(took for took, _ in each) for who, each in found.items()}
    for who, took in medians.items():
        rate = statistics.mean(rate for _, rate in found[who])
        print(
            f"| {row} | {who} | {rate:.1f} Hz | {took:.3f} | {took / medians['ours']:.1f} "
            f"| {INPUTS * CELLS / took:.2g} |",
            flush=True,
        )
    return medians


@style.styled
def draw(found: dict[str, dict[str, float]]) -> Figure:
    """Plastic synapses times the seconds simulated in a second of computing, by rule and rate of the cells."""
    figure = style.new_figure(style.COLUMN * 1.6, 3.0)
    axes = figure.subplots()
    places = np.arange(len(found))
    for marker, colour, who in zip("os^vDP", style.PALETTE, next(iter(found.values())), strict=False):
        speeds = [INPUTS * CELLS / took.get(who, np.nan) for took in found.values()]
        axes.plot(places, speeds, marker, color=colour, label=who)
    axes.set_yscale("log")
    axes.margins(x=0.15)
    axes.set_xticks(places, list(found))
    axes.set_xlabel("rule, rate at which cells are made to fire")
    axes.set_ylabel("plastic synapses x real time")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def _recruiting(n: int) -> None:
    """Print what the recruiting network takes, after a thousand presentations."""
    stream = tasks.split("mnist", scenario="class-incremental", transform="edges", samples=8000)
    made = tacos.recruiting(stream)
    engines = {
        who: StandaloneSimulator(made, "float32", capacity=1000, templates=templates)
        for who, templates in (("ours", "ours"), ("stock Brian2", "stock"))
    }
    state = trained_state(engines["ours"], stream)
    rows = {who: partial(per_presentation, engine, stream, state, n) for who, engine in engines.items()}
    print(f"\n| recruiting network, {made.population('hidden').size} cells | ms a presentation |\n|---|---|")
    for who, seconds in in_turn(rows, ROUNDS).items():
        print(f"| {who} | {1e3 * statistics.median(seconds):.2f} |", flush=True)
