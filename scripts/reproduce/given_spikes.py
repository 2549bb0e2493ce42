"""What the scripts of this folder share: synapses between cells that fire when told to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from brian2 import Network, NeuronGroup, StateMonitor, Synapses, TimedArray, defaultclock, prefs, second

from synapses import Synapse

Trains = Sequence[Sequence[int]]


def cells(model: Synapse, side: str, trains: Trains, steps: int, equations: str = "", **options: Any) -> NeuronGroup:
    """Cells with what the model needs of them, that fire in the given steps; their traces are integrated exactly."""
    needs = getattr(model.lowered, side)
    spikes = np.zeros((steps + 1, len(trains)))
    for neuron, train in enumerate(trains):
        spikes[np.asarray(train, int), neuron] = 1
    return NeuronGroup(
        len(trains), f"{getattr(model, f'{side}_equations')()}\n{equations}", threshold="raster(t, i) > 0.5",
        reset="\n".join(need.on_spike for need in needs if need.on_spike),
        namespace={"raster": TimedArray(spikes, dt=defaultclock.dt)},
        **{"method": "exact", **options},
    )  # fmt: skip


def run(
    model: Synapse, pre: Trains, post: Trains, steps: int, dt: float = 1e-3, start: dict[str, Any] | None = None,
    record: Sequence[str] = (), every: int = 1, pairs: str = "j == i", equations: str = "", **options: Any,
) -> tuple[Synapses, StateMonitor | None]:  # fmt: skip
    """Run synapses from each presynaptic cell to the postsynaptic one of the same index, unless ``pairs`` differ.

    Parameters
    ----------
    pre, post : sequences of int
        For each cell the steps in which it fires.
    steps : int
    dt : float
        In seconds.
    start : dict
        Values of states at the start.
    record : sequence of str
        States of the synapses to record.
    every : int
        In every how many steps.
    pairs : str
        Condition for a synapse between cells ``i`` and ``j``.
    equations : str
        More equations of the postsynaptic cells.
    options
        Of :meth:`synapses.Synapse.connect`.
    """
    prefs.codegen.target = "numpy"
    defaultclock.dt = dt * second
    before = cells(model, "pre", pre, steps)
    after = cells(model, "post", post, steps, equations)
    built = model.connect(before, after, connections={"condition": pairs}, **options)
    for name, value in (start or {}).items():
        setattr(built, name, value)
    monitor = StateMonitor(built, list(record), record=True, dt=every * dt * second, when="end") if record else None
    modulators = (options.get("modulators") or {}).values()
    watched = [] if monitor is None else [monitor]
    Network(before, after, built, *modulators, *watched).run(steps * dt * second)
    return built, monitor
