"""Sparse recurrent plastic networks: real time and synapses a second, beside stock Brian2 in one run."""

from __future__ import annotations

import statistics
from typing import Any

import synapses
import tacos
from synapses import Parameter, static
from tacos.backends import Stretch
from tacos.backends.brian2.standalone import StandaloneSimulator
from tacos.networks.initial import initial_state
from tacos.networks.network import Network
from tacos.networks.populations import Population
from tacos.networks.random_numbers import TRAINING

EXCITATORY, INHIBITORY, DURATION, ROUNDS = 4000, 1000, 0.1, 3


def sparse(presentations: int) -> None:
    """Seconds of computing for one of the network's, by step and connectivity, plasticity on."""
    print(
        f"{EXCITATORY} excitatory and {INHIBITORY} inhibitory cells, pair STDP among excitatory ones, float32; median "
        f"of {ROUNDS} alternating rounds of {presentations * DURATION:g} s, one core"
    )
    print("| step | connected | plastic synapses | rate | Brian2 | ours | times faster | synapses x real time |")
    print("|---|---|---|---|---|---|---|---|")
    for dt in ("1 ms", "0.1 ms"):
        for share in (0.02, 0.1):
            network = balanced(share, dt)
            print(f"| {dt} | {share:.0%} | {_row(network, presentations)} |", flush=True)


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


def _row(network: Network, n: int) -> str:
    """Plastic synapses, rate, seconds a second of both, and what follows from them."""
    engines = {
        templates: StandaloneSimulator(network, "float32", capacity=n + 1, templates=templates)
        for templates in ("stock", "ours")
    }
    state = initial_state(network.lowered, 0)
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(ROUNDS):
        for name, engine in engines.items():
            start = engine.run(state, _stretch(1)).seconds
            outcome = engine.run(state, _stretch(n + 1))
            seconds[name].append((outcome.seconds - start) / (n * DURATION))
    plastic = len(network.lowered.projection("excitatory-excitatory").sources)
    rate = outcome.counts["excitatory"].mean() / DURATION
    stock, ours = (statistics.median(seconds[name]) for name in engines)
    cells = [
        f"{plastic:,}",
        f"{rate:.1f} Hz",
        f"{stock:.2f} s",
        f"{ours:.2f} s",
        f"{stock / ours:.2f}",
        f"{plastic / ours:.2g}",
    ]
    return " | ".join(cells)


def _stretch(n: int) -> Stretch:
    return Stretch({}, 0, 0, TRAINING, True, n, counts=("excitatory",))
