"""What it costs to keep slow states in double precision while the rest is single."""

from __future__ import annotations

import statistics
from dataclasses import replace
from typing import Any

import synapses
import tacos
from benchmarks.common import flagship_stream, per_presentation, trained_state
from tacos.backends import Choice, simulator
from tacos.networks.network import Network

ROUNDS = 5


def precision(presentations: int) -> None:
    """Milliseconds a presentation of models with slow states: all single, as it is decided, and all double."""
    stream = flagship_stream()
    flagship = tacos.error_driven(stream)
    models = {
        "tacos, tau_c = 1 hour": (flagship.with_parameters(**{"tau_c": "3600 second"}), presentations),
        "benna_fusi": (tacos.error_driven(stream, synapse=synapses.benna_fusi()), presentations),
        "graupner_brunel": (
            tacos.error_driven(stream, synapse=synapses.graupner_brunel().with_parameters(w_0=0.02)),
            max(3, presentations // 20),
        ),
    }
    print(f"784-200-2, 150 steps of 1 ms, plasticity on; median of {ROUNDS} alternating rounds, one core")
    print("| model | slow states of a synapse | all single | as decided | float64 | as decided : all single |")
    print("|---|---|---|---|---|---|")
    for name, (network, n) in models.items():
        lowered = network.lowered.projection("input-hidden").synapse
        slow = sorted(lowered.double & set(lowered.states))
        choices = {
            "single": (_all_single(network), "float32"),
            "decided": (network, "float32"),
            "double": (network, "float64"),
        }
        engines = {key: simulator(made, Choice(dtype=dtype), say=print) for key, (made, dtype) in choices.items()}
        state = trained_state(engines["double"], stream, 10)
        seconds: dict[str, list[float]] = {key: [] for key in engines}
        for _ in range(ROUNDS):
            for key, engine in engines.items():
                seconds[key].append(1e3 * per_presentation(engine, stream, state, n))
        medians = {key: statistics.median(values) for key, values in seconds.items()}
        ratio = statistics.median(d / s for d, s in zip(seconds["decided"], seconds["single"], strict=True))
        numbers = " | ".join(f"{value:.2f} ms" for value in medians.values())
        print(f"| {name} | {', '.join(slow)} | {numbers} | {ratio:.2f} |", flush=True)


def _all_single(network: Network) -> Network:
    """The network with every state of its synapses said to be single."""

    def single(synapse: Any) -> Any:
        mechanisms = tuple(replace(m, states=tuple(map(_single, m.states))) for m in synapse.mechanisms)
        return replace(synapse, mechanisms=mechanisms, states=tuple(map(_single, synapse.states)))

    projections = tuple(replace(p, synapse=single(p.synapse)) for p in network.projections)
    return replace(network, projections=projections)


def _single(state: Any) -> Any:
    return state if state.unit in ("integer", "boolean") else replace(state, precision="single")
