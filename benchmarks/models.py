"""What an event costs in each model of the library, on both backends."""

from __future__ import annotations

import statistics
from dataclasses import replace

import numpy as np

import synapses
import tacos
from synapses import DeclarationError, Synapse, static
from tacos.backends import BackendError, Choice, Stretch, simulator
from tacos.networks.initial import initial_state
from tacos.networks.network import Network
from tacos.networks.populations import Population, poisson
from tacos.networks.random_numbers import TRAINING
from tacos.protocols.network import SILENT, default_cell
from tasks.protocols import named

SIZE, RATES, DURATION, ROUNDS = 50, (20.0, 10.0), 0.25, 3


def models(presentations: int) -> None:
    """Microseconds of a synaptic event, a spike at one of its ends, by model and backend."""
    print(
        f"{SIZE} inputs at {RATES[0]:g} Hz, all-to-all onto {SIZE} cells that are made to fire at {RATES[1]:g} Hz; "
        f"median of {ROUNDS} rounds of {presentations} presentations of {DURATION:g} s, float32, one core; what runs "
        "at every step is part of it"
    )
    print("| model | step | at every step | brian2 | torch |")
    print("|---|---|---|---|---|")
    for name in synapses.names():
        model = synapses.named(name)
        try:
            network = driven(model)
            cells = [f"{cost(network, backend, presentations):.3f} us" for backend in ("brian2", "torch")]
        except (DeclarationError, BackendError) as error:
            cells = [str(error)]
        clocked = "yes" if network.projection("pre-post").synapse.lowered.equations else "no"
        print(f"| {name} | {1e3 * network.dt:g} ms | {clocked} | {' | '.join(cells)} |", flush=True)


def driven(model: Synapse) -> Network:
    """Inputs, cells that are made to fire, and the synapses between them."""
    cell = replace(default_cell(named("pairs"), model), size=SIZE)
    inputs, makers = (poisson(name, SIZE, f"{rate} Hz") for name, rate in zip(("pre", "makers"), RATES, strict=True))
    sources = sorted({m.source for m in model.lowered.modulators if m.source})
    silent = (Population(SILENT, 1, threshold="step < 0"),) if sources else ()
    return tacos.Network(
        (inputs, makers, cell, *silent),
        (
            tacos.Projection("pre", "post", model, "current", name="pre-post"),
            tacos.Projection("makers", "post", static(1.0), "spike", tacos.OneToOne()),
        ),
        DURATION, min(1e-3, model.longest_step or 1e-3), signals=dict.fromkeys(sources, (SILENT,)), readout="post",
    )  # fmt: skip


def cost(network: Network, backend: str, presentations: int) -> float:
    """Microseconds of an event."""
    made = simulator(network, Choice(backend=backend), presentations + 1)
    state = initial_state(network.lowered, 0)
    seconds = []
    for _ in range(ROUNDS):
        start = made.run(state, stretch(1)).seconds
        outcome = made.run(state, stretch(presentations + 1))
        seconds.append(outcome.seconds - start)
        events = SIZE * sum(int(counts[1:].sum()) for counts in outcome.counts.values())
    return 1e6 * statistics.median(seconds) / events


def stretch(n: int) -> Stretch:
    """Presentations in which every input is on."""
    return Stretch({"image": np.ones((n, SIZE))}, 0, 0, TRAINING, True, n, counts=("pre", "post"))
