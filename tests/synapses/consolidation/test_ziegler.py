"""Write protection: the chain against an adaptive integrator, and what passes which gate."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import synapses
import tacos
from tacos.backends import Stretch
from tacos.networks.initial import initial_state
from tacos.networks.populations import stimulus
from tasks import IMAGE, TARGET, Raster
from tests.backends.both import agree
from tests.backends.by_name import simulator

HOURS = 3600.0


def network(model, duration, dt, size=1):
    """Neurons that fire when they are told, onto a cell that does so too, and one that releases the neuromodulator."""
    cell = tacos.Population(
        "cell", 1, "V : 1", "V > 0.5", "V -= 1", receptors={"current": "V += 0*efficacy", "told": "V += efficacy"}
    )
    chosen = [(k, 0) for k in range(size)]
    return tacos.Network(
        (stimulus("input", size + 1, Raster()), cell, stimulus("novel", 1, Raster(), TARGET)),
        (
            tacos.Projection("input", "cell", model, name="plastic", connectivity=tacos.Connect(chosen)),
            tacos.Projection("input", "cell", synapses.static(), "told", tacos.Connect([(size, 0)]), name="told"),
        ),
        duration, dt, readout="cell", signals={"novelty": ("novel",)},
    )  # fmt: skip


def after(w, dose, seconds, dt=5.0, model=None, size=1, **start):
    """A synapse whose efficacy a stimulus has moved to ``w``, with a dose of the neuromodulator, some time later."""
    model = model or synapses.ziegler().without("induction")
    net = network(model, seconds, dt, size)
    state = initial_state(net.lowered, 1)
    for name, value in {"w": w, **start}.items():
        state[f"plastic.{name}"][:] = value
    steps = round(seconds / dt)
    told, novel = np.zeros((steps, size + 1)), np.zeros((steps, 1))
    novel[:dose] = 1
    stretch = Stretch({IMAGE: told, TARGET: novel}, 0, 1, 0, True, 1)
    return simulator("torch", net).run(state, stretch).state


def exact(w, dose, seconds):
    """The same by an adaptive integrator."""

    def slope(t, y):
        w, T, z, m_T, m_z, novelty = y
        return [
            (w - w**3 + 0.5 * (T - w)) / 600,
            (T - T**3 + 2 * (m_T + novelty > 1.4) * (w - T) + 0.3 * (z - T)) / 600,
            (z - z**3 + 2 * (m_z + novelty > 2.0) * (T - z)) / 600,
            (abs(w - T) - m_T) / 600,
            (abs(T - z) - m_z) / 600,
            -novelty / 1200,
        ]

    return solve_ivp(slope, (0, seconds), [w, -1, -1, 0, 0, dose], max_step=2, rtol=1e-7, atol=1e-9).y[:, -1]


@pytest.mark.parametrize(("w", "dose", "written"), [(1.0, 0, False), (1.0, 3, True), (-1.0, 3, False)])
def test_what_is_left_after_four_hours(w, dose, written):
    """A weak stimulus does not pass the write protection; with the neuromodulator it does; that alone writes nothing."""
    state = after(w, dose, 4 * HOURS, 10.0)
    for name in ("w", "T", "z"):
        assert state[f"plastic.{name}"][0] == pytest.approx(1.0 if written else -1.0, abs=0.02), name


@pytest.mark.parametrize("dt", [2.0, 5.0])
def test_against_an_adaptive_integrator(dt):
    """A dose that opens the tag's gate but not the scaffold's, half an hour later."""
    state = after(1.0, 1, 0.5 * HOURS, dt)
    expected = exact(1.0, 1.0, 0.5 * HOURS)
    for name, value in zip(("w", "T", "z", "m_T", "m_z"), expected, strict=False):
        assert state[f"plastic.{name}"][0] == pytest.approx(value, abs=0.005 * dt), name


def test_a_lasting_stimulus_moves_the_tag_but_not_the_scaffold():
    model = synapses.ziegler().without("induction", "efficacy")  # the efficacy stays up
    state = after(1.0, 0, 2000.0, model=model)
    assert -0.6 < state["plastic.T"][0] < 0.6 and state["plastic.z"][0] < -0.99


def test_a_written_scaffold_brings_efficacy_and_tag_back():
    state = after(-1.0, 0, 2 * HOURS, 10.0, T=1.0, z=1.0)
    assert state["plastic.w"][0] == pytest.approx(1, abs=0.02) and state["plastic.z"][0] == 1


def raster(steps=200, size=3):
    told = np.zeros((steps, size + 1))
    told[10::20, :size] = 1
    told[10::30, 0] = 1
    told[15::20, size] = 1
    return told


def test_pairs_move_the_efficacy():
    """Pre before post up, post before pre down, all pairs counted; against a loop."""
    told = raster()
    net = network(synapses.ziegler().without("efficacy", "tag", "scaffold"), 0.2, 1e-3, 3)
    net = replace(net, signals={})
    state = simulator("runtime", net).run(initial_state(net.lowered, 1), Stretch({IMAGE: told}, 0, 1, 0, True, 1)).state
    w, plus, minus, due = np.full(3, -1.0), np.zeros(3), 0.0, False
    for row in told:
        plus, minus = plus * 0.95, minus * 0.95
        w = np.where(row[:3] > 0, np.clip(w - 0.05 * minus, -1.5, 1.5), w)
        if due:
            w = np.clip(w + 0.05 * plus, -1.5, 1.5)
        plus, minus, due = plus + row[:3], minus + due, row[3] > 0
    np.testing.assert_allclose(state["plastic.w"], w, rtol=1e-9)
    assert abs(w + 1).min() > 0.01


def test_both_backends():
    net = network(synapses.ziegler(), 0.1, 1e-3, 3)
    agree(net, raster(100), plastic__T=-0.3, plastic__m_T=1.5)


def test_declaration():
    model = synapses.ziegler()
    assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    assert "Inspired by" in model.cite()
    for name in model.mechanism_names():
        assert name not in model.without(name).mechanism_names()
