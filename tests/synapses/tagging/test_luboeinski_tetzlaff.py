"""Calcium, early and late phase, proteins: against closed forms and a loop written from the equations."""

import importlib
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
from tasks import Raster
from tests.backends.both import agree
from tests.backends.by_name import simulator

script = importlib.import_module("luboeinski_tetzlaff")
H_0, THETA_TAG, THETA_PRO = 4.20075, 0.840149, 2.10037  # mV
MV = 1e-3


def quiet(**parameters):
    return synapses.luboeinski_tetzlaff().with_parameters(sigma_pl="0 mV", **parameters)


def given(model, seconds, size=1):
    cell = tacos.Population("cell", 1, "V : 1", "V > 0.5", "V -= 1", receptors={"current": "V += 0*efficacy"})
    return tacos.Network(
        (stimulus("input", size, Raster()), cell), (tacos.Projection("input", "cell", model),), seconds, 0.2e-3,
        readout="cell",
    )  # fmt: skip


def rest(seconds, dt, size=1, **start):
    """Synapses in silence; ``start`` are initial values, of ``h`` in mV."""
    silent = script.networks(size=size)["silent"]
    network = replace(silent, duration=seconds, dt=dt)
    state = initial_state(network.lowered, 1)
    for name, value in start.items():
        key = f"cell.{name}" if name == "p" else f"input-cell.{name}"
        state[key] = np.broadcast_to(np.asarray(value, float) * (MV if name == "h" else 1), state[key].shape).copy()
    return simulator("torch", network).run(state, Stretch({}, 0, 1, 0, True, 1)).state


def test_early_phase_of_a_short_train():
    """Pulses of the first author's early protocol: a loop of Euler steps, and where calcium and early phase must be."""
    dt, steps = 0.2, 700
    times = [10, 20, 30, 40, 50, 60, 100]
    raster = np.zeros((steps, 1))
    raster[[round(t / dt) for t in times]] = 1
    network = given(quiet(), steps * dt * 1e-3)
    state = simulator("runtime", network).run(
        initial_state(network.lowered, 1), Stretch({"image": raster}, 0, 1, 0, True, 1)
    )
    Ca, h, arrivals = 0.0, H_0, {round((t + 18.8) / dt) for t in times}

    def slope(h, Ca):
        return (0.1 * (H_0 - h) + 1645.6 * (10 - h) * (Ca > 3) - 313.1 * h * (Ca > 1.2)) / 688.4e3

    for k in range(steps):
        h, Ca = h + dt * slope(h, Ca), Ca - dt * Ca / 48.8
        Ca += k in arrivals
    after = state.state
    assert after["input-cell.h"][0] / MV == pytest.approx(h, rel=1e-9)
    assert after["input-cell.Ca"][0] == pytest.approx(Ca, rel=1e-9)
    assert h > H_0 + 6e-7 and 1.2 < Ca < 3


@pytest.mark.parametrize(("calcium", "target", "rate"), [(4.0, 8.4012, 1958.8), (2.0, 0.00134, 313.2)])
def test_early_phase_while_calcium_stays(calcium, target, rate):
    """Above both thresholds h goes to 2 h_0, above the lower one to zero, both within half a second."""
    network = replace(given(quiet().without("calcium"), 1.0), dt=0.01)
    state = initial_state(network.lowered, 1)
    state["input-cell.Ca"][:] = calcium
    after = simulator("torch", network).run(state, Stretch({"image": np.zeros((100, 1))}, 0, 1, 0, True, 1)).state
    end = (0.1 * H_0 + 1645.6 * 10 * (calcium > 3)) / rate
    assert end == pytest.approx(target, rel=2e-3)
    left = (1 - rate / 688.4 * 0.01) ** 100  # forward Euler
    assert after["input-cell.h"][0] / MV == pytest.approx(end + (H_0 - end) * left, rel=1e-9)
    assert left == pytest.approx(np.exp(-rate / 688.4), abs=3e-3)


def test_noise_of_the_early_phase():
    """Above both thresholds h is an Ornstein-Uhlenbeck process with the variance sigma^2/rate of two noises' sum."""
    n = 3000
    network = replace(
        given(synapses.luboeinski_tetzlaff().without("calcium", "late phase", "protein synthesis"), 3.0, n), dt=0.01
    )
    state = initial_state(network.lowered, 1)
    state["input-cell.Ca"][:] = 4.0
    after = simulator("torch", network).run(state, Stretch({"image": np.zeros((300, n))}, 0, 1, 0, True, 1)).state
    expected = 2.90436 / np.sqrt(1958.8)  # 2 sigma^2/(2 rate)
    assert after["input-cell.h"].std() / MV == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize(("h", "sign"), [(8.4, 1), (0.5, -1)])
def test_late_phase_follows_tag_and_proteins(h, sign):
    """Eight hours after the stimulus, in steps of one and two minutes, against an adaptive integrator."""

    def slope(t, y):
        early = H_0 + (h - H_0) * np.exp(-0.1 * t / 688.4)
        p, z = y
        made = float(abs(early - H_0) > THETA_PRO)
        up, down = float(early - H_0 > THETA_TAG), float(H_0 - early > THETA_TAG)
        return [(made - p) / 3600, p * ((1 - z) * up - (z + 0.5) * down) / 3600]

    exact = solve_ivp(slope, (0, 28800), [0, 0], rtol=1e-8, atol=1e-10, max_step=10).y[:, -1]
    errors = []
    for dt in (60.0, 120.0):
        after = rest(28800.0, dt, h=h)
        errors.append(max(abs(after["cell.p"][0] - exact[0]), abs(after["input-cell.z"][0] - exact[1])))
    assert errors[0] < 1e-2 and errors[1] < 2e-2, errors
    assert exact[1] > 0.5 if sign > 0 else exact[1] < -0.3


def test_thresholds_of_tag_and_synthesis():
    """Half of h_0 of change makes proteins, a fifth of it is a tag; one synapse's change serves another's tag."""
    assert THETA_PRO / H_0 == pytest.approx(0.5, abs=1e-3) and THETA_TAG / H_0 == pytest.approx(0.2, abs=1e-3)
    assert rest(60.0, 60.0, h=H_0 + 0.99 * THETA_PRO)["cell.p"][0] == 0
    assert rest(60.0, 60.0, h=H_0 + 1.05 * THETA_PRO)["cell.p"][0] > 0
    weak = H_0 + np.array([1.2, 0.8]) * THETA_TAG
    alone = rest(3600.0, 60.0, 2, h=weak)
    assert list(alone["input-cell.z"]) == [0, 0]
    after = rest(3600.0, 60.0, 3, h=np.r_[weak, 2 * H_0])["input-cell.z"]
    assert after[0] > 0.05 and after[1] == 0 and after[2] > 0.2


def test_both_backends():
    """Noise is drawn from the same numbers on both."""
    raster = np.zeros((800, 3))
    raster[50:600:50, :2] = 1
    before, after = agree(given(synapses.luboeinski_tetzlaff(), 0.16, 3), raster, cell__p=0.5)
    assert abs(after["input-cell.h"] - before["input-cell.h"])[:2].min() > 1e-5


def test_declaration():
    model = synapses.luboeinski_tetzlaff()
    assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    assert "4:275" in model.cite()
    for name in ("calcium", "late phase"):
        assert name not in model.without(name).mechanism_names()
    with pytest.raises(synapses.DeclarationError, match="'late phase' needs mechanism 'protein synthesis'"):
        model.without("protein synthesis")
    assert model.without("early phase").without("late phase").mechanism_names() == ("calcium", "protein synthesis")
