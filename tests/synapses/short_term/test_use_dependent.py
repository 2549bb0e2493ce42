"""Potentiation that time does not touch, and use does."""

import json

import numpy as np
import pytest

import synapses
import tacos
from tacos.backends import Stretch
from tacos.networks.initial import initial_state
from tacos.networks.populations import stimulus
from tasks import Raster
from tests.backends.both import agree
from tests.backends.by_name import simulator

N = 4000  # synapses, each of an input of its own


def network(model, silence=0.0, size=N):
    """Presentations of 0.5 s; nothing is reset between them, and the inputs are silent for ``silence`` seconds."""
    cell = tacos.Population("cell", 1, "heard : 1", receptors={"current": "heard += efficacy"})
    return tacos.Network(
        (stimulus("input", size, Raster()), cell), (tacos.Projection("input", "cell", model),), 0.5, 10e-3, silence,
        readout="cell",
    )  # fmt: skip


def spikes(net, steps):
    raster = np.zeros((net.lowered.steps, net.populations[0].size))
    raster[steps] = 1
    return raster


TETANUS, ONE, NONE = slice(0, 40, 2), [5], []


def after(model, *rasters, silence=2.0):
    """Switches after presentations, ``[presentation, synapse]``, and what the cell has heard by then."""
    net = network(model, silence)
    made, state = simulator("torch", net), initial_state(net.lowered, 1)
    found, heard = [], []
    for k, steps in enumerate(rasters):
        state = made.run(state, Stretch({"image": spikes(net, steps)}, k, 1, 0, True, 1)).state
        found.append(state["input-cell.on"])
        heard.append(float(state["cell.heard"][0]))
    return np.array(found), heard


def test_a_tetanus_switches_on_as_many_as_it_should():
    """Nineteen of twenty spikes are of the tetanus; the first is a single one."""
    (on,), heard = after(synapses.use_dependent().with_parameters(p_on=0.1), TETANUS)
    share = 1 - 0.9**19
    assert on.mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / N))
    expected = N * sum(1 + (1 - 0.9 ** max(k - 1, 0)) for k in range(20))
    assert heard[0] == pytest.approx(expected, rel=0.01), "a spike finds the switch as earlier ones left it"


@pytest.mark.parametrize("silences", [1, 20])
def test_silence_changes_nothing(silences):
    on, _ = after(synapses.use_dependent(), TETANUS, *[NONE] * silences)
    assert on[0].mean() > 0.9
    np.testing.assert_array_equal(on[-1], on[0])


def test_use_resets_whatever_the_intervals():
    """After n single spikes (1 - p_off)**n are left, 2.5 s apart as well as 12.5 s."""
    for apart in (0, 4):
        rasters = [TETANUS]
        for _ in range(6):
            rasters += [NONE] * apart + [ONE]
        on, _ = after(synapses.use_dependent(), *rasters)
        start = on[0].mean()
        left = on[[(apart + 1) * n for n in range(7)]].mean(axis=1) / start
        expected = 0.7 ** np.arange(7)
        assert np.all(abs(left - expected) < 4 * np.sqrt(expected * (1 - expected) / N) + 1e-9), (apart, left)


def test_without_kinase_there_is_none():
    model = synapses.use_dependent()
    for blocked in (model.without("kinase"), model.with_parameters(p_on=0.0)):
        on, _ = after(blocked, TETANUS, ONE)
        assert not on.any()
    kept, _ = after(model.without("use"), TETANUS, ONE, ONE)
    np.testing.assert_array_equal(kept[2], kept[0])


def test_both_backends():
    size = 7
    net = network(synapses.use_dependent().with_parameters(p_on=0.03), 0.1, size)
    before, state = agree(net, np.concatenate([spikes(net, TETANUS), spikes(net, ONE)]), 2)
    assert 0 < state["input-cell.on"].sum() < size and not before["input-cell.on"].any()


def test_declaration():
    model = synapses.use_dependent()
    assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    assert "Inspired by" in model.cite() and "Mehta" in model.cite()
    for name in model.mechanism_names():
        assert len(model.without(name).mechanisms) == 1
