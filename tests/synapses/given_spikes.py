"""Synapses between cells that fire at given steps, on either backend, in float64."""

import json

import numpy as np

import synapses
import tacos
from tacos.backends import RawRecord, Stretch
from tacos.networks.initial import initial_state
from tests.backends.by_name import simulator

BACKENDS = ("numpy", "torch")


def raster(trains, steps):
    """One row a step and one column a neuron: ``[[3, 7], [5]]`` are the steps of two neurons."""
    shown = np.zeros((steps, len(trains)))
    for neuron, own in enumerate(trains):
        shown[np.asarray(own, int), neuron] = 1
    return shown


def given(name, size, equations="", **options):
    """A population whose spikes are given, and that adds up what it gets; traces are exact unless ``method`` differs."""
    return tacos.Population(
        name, size, f"{equations}\ngot : 1", threshold="stimulus > 0.5", channel=name, per_step=True,
        receptors={"current": "got += efficacy"},
        **{"method": "exact", **options, "persistent": ("got", *options.get("persistent", ()))},
    )  # fmt: skip


def run(model, trains, steps, backend="numpy", *, dt=1e-3, start=None, record=(), folder=None, populations=None,
        learning=True, presentations=1, **options):  # fmt: skip
    """State after some presentations of the same spikes, by ``"pre-post.w"``; and records, a row for each step.

    ``trains`` are the spikes of the populations by name, ``{"pre": [[3, 7], [5]], "post": [[4]]}``; ``populations``
    are those that are not just given spikes; ``start`` are values of states that are not the initial ones.
    """
    populations = populations or {}
    cells = [populations[n] if n in populations else given(n, len(t)) for n, t in trains.items()]
    cells += [p for n, p in populations.items() if n not in trains]
    network = tacos.Network(
        tuple(cells), (tacos.Projection("pre", "post", model, **options.pop("projection", {})),),
        duration=steps * dt, dt=dt, readout="post", **options,
    )  # fmt: skip
    made = simulator(backend, network, capacity=presentations)
    state = dict(initial_state(network.lowered, 1))
    for key, value in (start or {}).items():
        state[key] = np.broadcast_to(np.asarray(value, state[key].dtype), state[key].shape).copy()
    records = [RawRecord(key, folder / f"{backend}-{key}", unit="step") for key in record]
    shown = {name: np.tile(raster(own, steps), (presentations, 1)) for name, own in trains.items()}
    after = made.run(state, Stretch(shown, 0, 1, 0, learning, presentations, records=records)).state
    if not record:
        return after
    rows = {r.key: np.fromfile(r.path, np.float32).reshape(steps * presentations, -1) for r in records}
    return after, rows


def both(model, trains, steps, **options):
    """State after the run, which must be the same on Brian2 and on PyTorch to 1e-9."""
    brian, torch = (run(model, trains, steps, backend, **options) for backend in BACKENDS)
    assert brian.keys() == torch.keys()
    for key, values in brian.items():
        np.testing.assert_allclose(torch[key], values, rtol=1e-9, atol=1e-9, err_msg=key)
    return brian


def round_trip(model):
    """A model is what was written."""
    assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model


def poisson(rng, rate, seconds, dt=1e-3, n=1):
    """Steps of Poisson spikes of some neurons."""
    return [np.flatnonzero(rng.random(round(seconds / dt)) < rate * dt).tolist() for _ in range(n)]
