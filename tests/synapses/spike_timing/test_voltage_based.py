"""The voltage-based rule: a loop from its equations, NEST on the same potential, and the cell it is made for."""

import json
from pathlib import Path

import numpy as np
import pytest

import synapses
import tacos
from synapses import TimeCourse
from tacos.networks.adex import plateau_adex
from tests.synapses.given_spikes import both, given, round_trip, run

ORACLE = json.loads((Path(__file__).parents[1] / "oracles/voltage.json").read_text())
#: Potential in mV at every step of 0.1 ms, and steps of the presynaptic spikes.
V, PRE = np.append([-70.6, -70.6], ORACLE["V"]), ORACLE["pre"]
STEPS, DT = 2990, 0.1


def positive(x):
    return np.maximum(x, 0)


def by_hand(potential, steps=STEPS, delay=0, between=False, homeostatic=False):
    """The rule in mV and ms, forward Euler; ``w`` after every presynaptic spike, and at the end.

    ``delay`` is that of the low-passed potentials in steps. ``between``: they are exact for the mean of the potentials
    at both ends of a step, rather than Euler for that at its end.
    """
    low, high, square, x, w, after = -70.6, -70.6, 0.0, 0.0, 0.5, []
    lows, highs = [low] * (delay + 1), [high] * (delay + 1)
    for k in range(steps):
        v = potential[k]
        if between and k:
            spike = max(v, potential[k - 1]) > 0
            v = v if spike else (v + potential[k - 1]) / 2
            low, high = v + (low - v) * np.exp(-DT / 10), v + (high - v) * np.exp(-DT / 7)
        elif not between:
            low, high = low + DT * (v - low) / 10, high + DT * (v - high) / 7
            square += DT * (positive(v + 70.6) ** 2 - square) / 1000
        lows, highs = [*lows[1:], low], [*highs[1:], high]
        x *= np.exp(-DT / 15) if between else 1 - DT / 15
        w += DT * 8e-5 * x * positive(potential[k] + 45.3) * positive(highs[0] + 70.6)
        if k in PRE:
            w -= 14e-5 * positive(lows[0] + 70.6) * (square / 60 if homeostatic else 1)
            x += 1 / 15
            after.append(w)
    return np.array(after), w


def following(values):
    """A cell whose potential is given."""
    course = TimeCourse(np.asarray(values) * 1e-3, 1e-4, "volt")
    return {"post": given("post", 1, "V = seen : volt", courses={"seen": course}, method="euler")} | {
        "pre": given("pre", 1, method="euler")
    }


@pytest.mark.parametrize("homeostatic", [False, True])
def test_a_loop_and_both_backends(homeostatic):
    model = synapses.voltage_based(homeostatic).with_parameters(w_max=100.0)
    round_trip(model)
    steps = 1000  # with one spike
    trains = {"pre": [[t for t in PRE if t < steps]], "post": [[]]}
    state = both(model, trains, steps, dt=1e-4, populations=following(V), start={"pre-post.w": 0.5})
    _, expected = by_hand(V, steps, homeostatic=homeostatic)
    assert abs(expected - 0.5) > 0.01
    np.testing.assert_allclose(state["pre-post.w"], expected, rtol=1e-9)


def test_nest_on_the_same_potential(tmp_path):
    """NEST's filters lag by a step at least, half a millivolt to ten in a spike, and see the upstroke within a step."""
    lagging, _ = by_hand(V, delay=1, between=True)
    np.testing.assert_allclose(lagging[:4], ORACLE["w"][:4], atol=1e-6)  # depression, until the cell fires
    np.testing.assert_allclose(lagging, ORACLE["w"], atol=1.5e-3)  # a fiftieth of the potentiation by three spikes
    _, rows = run(
        synapses.voltage_based(), {"pre": [PRE], "post": [[]]}, STEPS, "torch", dt=1e-4, populations=following(V),
        start={"pre-post.w": 0.5}, record=["pre-post.w"], folder=tmp_path,
    )  # fmt: skip
    np.testing.assert_allclose(rows["pre-post.w"][PRE, 0], ORACLE["w"], atol=4e-3)


def test_clamped_potentials():
    """At a constant potential: nothing below theta_minus, depression between the thresholds, potentiation far above."""
    pre, levels = list(range(200, 800, 100)), np.array([-75, -60, -50, -20])
    cells = {"pre": given("pre", 1, method="euler"), "post": given("post", 4, "level : volt\nV = level : volt")}
    state = run(
        synapses.voltage_based().with_parameters(w_max=100.0), {"pre": [pre], "post": [[]] * 4}, 850, "torch", dt=1e-4,
        populations=cells, start={"pre-post.w": 50.0, "post.level": levels * 1e-3},
    )  # fmt: skip
    below, first, second, above = state["pre-post.w"] - 50
    t = np.array(pre) * DT + DT
    assert below == 0
    assert first == pytest.approx(-14e-5 * ((-60 + 70.6) * (1 - np.exp(-t / 10))).sum(), rel=1e-9)
    assert second < first < 0 < above


def test_weights_stay_below_w_max():
    model = synapses.voltage_based().with_parameters(A_LTP="8000 volt**-2")
    state = both(model, {"pre": [[600, 799]], "post": [[]]}, 800, dt=1e-4, populations=following(V))
    assert 1 <= state["pre-post.w"][0] < 1.2
    assert state["post.got"][0] == pytest.approx(1.5)  # 0.5, and w_max rather than the w that is above it


def test_the_cell_fires_with_a_shape(tmp_path):
    """It stops for 2 ms at a spike and goes on from -60 mV; meanwhile the synapse reads 33 mV."""
    cell = {"post": plateau_adex("post", 1).with_parameters(I_e="900 pA")}
    trains = {"pre": [[100, 400]]}
    both(synapses.voltage_based(), trains, 700, dt=1e-4, populations=cell)
    state, rows = run(
        synapses.voltage_based(), trains, 700, "torch", dt=1e-4, populations=cell, folder=tmp_path,
        record=["post.V_m", "pre-post.w"],
    )  # fmt: skip
    potential, w = rows["post.V_m"][:, 0], rows["pre-post.w"][:, 0]
    spike = int(np.flatnonzero(np.diff(potential) < -0.01)[0]) + 1
    np.testing.assert_allclose(potential[spike : spike + 21], -0.06, atol=1e-8)
    assert abs(potential[spike + 21] + 0.06) > 1e-6
    rising = np.diff(w[spike : spike + 22])
    assert (rising[:20] > 0).all() and rising[20] == 0


def test_a_step_that_is_too_long_warns():
    network = tacos.Network(
        (given("pre", 1), plateau_adex("post", 1)), (tacos.Projection("pre", "post", synapses.voltage_based()),), 0.01,
        dt=1e-3, readout="post",
    )  # fmt: skip
    with pytest.warns(UserWarning, match="spikes, during which most of the potentiation happens"):
        network.lowered  # noqa: B018


def test_mechanisms_can_be_taken_out():
    model = synapses.voltage_based(True)
    for name in model.mechanism_names():
        round_trip(model.without(name))
    assert model.without("homeostasis") == synapses.voltage_based()
    assert "Clopath" in model.cite()
    with pytest.raises(synapses.DeclarationError, match="'V'"):
        run(model, {"pre": [[1]], "post": [[2]]}, 5)
