"""Pools, named events and neuromodulators that neurons read: the same on every backend, and what a loop in NumPy gives."""

import numpy as np
import pytest

import tacos
from synapses import Event, Mechanism, Modulator, NeuronState, Parameter, State, Synapse
from tacos.backends import RawRecord, Stretch
from tacos.networks.initial import initial_state
from tests.backends.by_name import simulator

STEPS, CELLS, INPUTS, PRESENTATIONS = 12, 6, 4, 3
KEYS = ("cell.V", "cell.z", "cell.age", "M.M", "input-cell.w", "input-cell.born")


def recruiting():
    """The two largest fire; the most driven silent cell is recruited at step 6; winners age at the end."""
    cell = tacos.Population(
        "cell",
        CELLS,
        """
        dV/dt = (I - M - V)/tau : 1
        I : 1
        z : 1
        mature : 1
        age : 1
        above = V - V_mean : 1
        """,
        threshold="V >= V_second and above > 0 and V > 0.05",
        reset="V = 0\nz = V_top + n_mature",
        parameters=(Parameter("tau", "4 ms"),),
        persistent=("mature", "age"),
        receptors={"current": "I += efficacy"},
        pooled={
            "V_top": "max(V)",
            "V_second": "largest(V, 2)",
            "V_mean": "mean(V)",
            "n_mature": "sum(mature)",
            "next_one": "argmax(1 - mature)",
            "n_fired": "sum(int(fired))",
            "spread": "max(V - V_low)",
            "V_low": "min(V)",
        },
        events={
            "recruited": "step == 6 and i == next_one and n_mature < N",
            "excited": "n_fired > 0",
        },
        end_events={"won": "spike_count > 0 and n_mature > 0 and M < 10"},
        on_event={"recruited": "mature = 1\nV = V + 0.1*n_mature", "excited": "z += 0.5*spread", "won": "age += 1"},
        at_end="age = age*0.9 + 0.01*V_top",
    )
    synapse = Synapse(
        "imprinting",
        (
            Mechanism(
                "imprint",
                states=(State("born", 0.0),),
                pre=(NeuronState("spike_count"), NeuronState("n_mean")),
                post=(NeuronState("V"), NeuronState("V_top")),
                on_event={
                    "recruited_post": [
                        "w = 0.5*(spike_count_pre - n_mean_pre)\nborn = now + V_top_post",
                        Event("V_post += 0.01*w", stage=1),
                    ],
                    "won_post": "w = w + 0.25*V_top_post - 0.125*born/(born + 1)",
                    "quiet_pre": "w = 0.5*w",
                },
            ),
        ),
        states=(State("w", "0.3 + 0.02*i - 0.03*j"),),
    )
    source = tacos.Population(
        "input",
        INPUTS,
        threshold="stimulus > 0.5",
        channel="image",
        per_step=True,
        pooled={"n_mean": "mean(spike_count)"},
        end_events={"quiet": "spike_count == 2"},
    )
    surprise = Modulator("M", "dM/dt = -M/tau_M : 1", "cells", "M += 0.2", (Parameter("tau_M", "6 ms"),))
    return tacos.Network(
        (source, cell), (tacos.Projection("input", "cell", synapse),), STEPS * 1e-3,
        signals={"cells": ("cell",)}, modulators=(surprise,), readout="cell",
    )  # fmt: skip


def raster(seed=3):
    return (np.random.default_rng(seed).random((PRESENTATIONS * STEPS, INPUTS)) < 0.3).astype(float)


def expected(shown, learning=True):
    """The same network, step by step."""
    w = 0.3 + 0.02 * np.arange(INPUTS)[:, None] - 0.03 * np.arange(CELLS)
    born, mature, age, modulator = np.zeros_like(w), np.zeros(CELLS), np.zeros(CELLS), 0.0
    found = {key: [] for key in KEYS}
    for presentation in range(PRESENTATIONS):
        v, current, z = np.zeros(CELLS), np.zeros(CELLS), np.zeros(CELLS)
        n, count = np.zeros(INPUTS), np.zeros(CELLS)
        for step in range(STEPS):
            modulator -= modulator / 6
            v = v + (current - modulator - v) / 4
            spikes = shown[presentation * STEPS + step] > 0.5
            fired = (v >= np.sort(v)[-2]) & (v > v.mean()) & (v > 0.05)
            recruited = np.zeros(CELLS, bool)
            if learning and step == 6 and mature.sum() < CELLS:
                recruited[np.argmax(1 - mature)] = True
            excited = fired.any()
            mature[recruited] = 1
            v[recruited] += 0.1 * mature.sum()
            if excited:
                z += 0.5 * (v - v.min()).max()
            current = current + w[spikes].sum(0)
            modulator += 0.2 * fired.sum()
            top = v.max()
            for j in np.flatnonzero(recruited):
                w[:, j] = 0.5 * (n - n.mean())
                born[:, j] = presentation * STEPS + step + top
                v[j] += (0.01 * w[:, j]).sum()
            v[fired] = 0
            z[fired] = v.max() + mature.sum()
            count += fired
            n += spikes
            for key, value in zip(KEYS, (v, z, age, [modulator], w, born), strict=True):
                if step < STEPS - 1:
                    found[key].append(np.array(value).ravel())
        if learning:
            won = (count > 0) & (mature.sum() > 0) & (modulator < 10)
            age[won] += 1
            quiet = n == 2
            columns = np.flatnonzero(won)
            # Within a stage, events of the presynaptic side come first.
            w[quiet] = 0.5 * w[quiet]
            w[:, columns] = w[:, columns] + 0.25 * v.max() - 0.125 * born[:, columns] / (born[:, columns] + 1)
            age = age * 0.9 + 0.01 * v.max()
        for key, value in zip(KEYS, (v, z, age, [modulator], w, born), strict=True):
            found[key].append(np.array(value).ravel())
    return {key: np.array(rows) for key, rows in found.items()}


def recorded(backend, folder, learning=True, dtype="float64"):
    folder.mkdir(exist_ok=True)
    network = recruiting()
    records = [RawRecord(key, folder / key, unit="step") for key in KEYS]
    stretch = Stretch({"image": raster()}, 0, 1, 0, learning, PRESENTATIONS, records=records)
    after = simulator(backend, network, dtype, PRESENTATIONS).run(initial_state(network.lowered, 1), stretch).state
    rows = {key: np.fromfile(folder / key, np.float32).reshape(PRESENTATIONS * STEPS, -1) for key in KEYS}
    return rows, after


def check(backend, folder, learning=True):
    rows, after = recorded(backend, folder, learning)
    wanted = expected(raster(), learning)
    assert wanted["cell.z"].max() > 0 and (not learning or wanted["cell.age"].max() > 0.5)
    for key in KEYS:
        np.testing.assert_allclose(rows[key], wanted[key], rtol=1e-5, atol=1e-6, err_msg=f"{backend}, {key}")
    for key in ("cell.age", "input-cell.w", "input-cell.born"):
        np.testing.assert_allclose(after[key], wanted[key][-1], rtol=1e-9, atol=1e-12, err_msg=f"{backend}, {key}")


@pytest.mark.parametrize("learning", [True, False])
@pytest.mark.parametrize("backend", ["runtime", "torch"])
def test_pools_events_and_modulators(backend, learning, tmp_path):
    check(backend, tmp_path, learning)


@pytest.mark.compiled
@pytest.mark.parametrize("learning", [True, False])
def test_pools_events_and_modulators_compiled(learning, tmp_path):
    check("standalone", tmp_path, learning)


def names_that_meet():
    """Names that the programs make of a user's own: parts of an event, plastic ones, blocks and definitions."""
    cell = tacos.Population(
        "cell",
        3,
        "dV/dt = (1 + i - V)/(4*ms) : 1\nk : 1\nupdate = V + 1 : 1\nend = 2*update : 1",
        threshold="V > 1e9",
        events={"x": "step % 3 == i", "x_1": "update > 1.5", "plastic": "learning == 1 or step == 2"},
        on_event={"x": "V = V - 0.1*top\nV = V - 0.1*mean_V", "x_1": "k += end", "plastic": "V += 0.25"},
        pooled={"top": "max(update)", "mean_V": "mean(V)"},
        end_events={"named_x": "V > 0"},
    )
    synapse = Synapse(
        "s",
        (
            Mechanism(
                "m",
                equations="update = 2*w : 1",
                on_event={"x_post": "w = w + 0.01*update", "plastic_post": "w = w + 0.1", "named_x_post": "w = 0.5*w"},
            ),
        ),
        (State("w", 0.1),),
    )
    return tacos.Network((cell,), (tacos.Projection("cell", "cell", synapse, "k += 0*efficacy"),), 6e-3, readout="cell")


@pytest.mark.parametrize("learning", [True, False])
@pytest.mark.parametrize(
    "backend", ["runtime", "torch", "masked", pytest.param("standalone", marks=pytest.mark.compiled)]
)
def test_names_that_meet(backend, learning, tmp_path):
    built = names_that_meet()
    record = RawRecord("cell.V", tmp_path / "V", unit="step")
    stretch = Stretch({}, 0, 1, 0, learning, 1, records=[record])
    after = simulator(backend, built).run(initial_state(built.lowered, 1), stretch).state
    i, v, w, rows = np.arange(3), np.zeros(3), np.full(3, 0.1), []
    for step in range(6):
        v += (1 + i - v) / 4
        x, plastic = step % 3 == i, learning or step == 2
        v[x] -= 0.1 * (v + 1).max()
        v[x] -= 0.1 * v.mean()
        v += 0.25 * plastic
        w = np.where(x, 1.02, 1) * (w + 0.1 * plastic) if learning else w
        rows.append(v.copy())
    v_found = np.fromfile(tmp_path / "V", np.float32).reshape(6, 3)
    np.testing.assert_allclose(v_found[:-1], rows[:-1], rtol=1e-6)
    np.testing.assert_allclose(
        after["cell-cell.w"].reshape(3, 3), np.tile(0.5 * w if learning else w, (3, 1)), rtol=1e-9
    )


@pytest.mark.parametrize(
    "backend", ["runtime", "torch", "masked", pytest.param("standalone", marks=pytest.mark.compiled)]
)
def test_pools_of_what_is_shown(backend):
    """They are found once a presentation, and hold in every step and at its end."""
    cell = tacos.Population(
        "cell",
        4,
        "V : 1\nlate : 1",
        threshold="V > 1e9",
        channel="image",
        persistent=("V", "late"),
        pooled={"bright": "max(gain*stimulus)", "brightest": "argmax(stimulus)", "count": "sum(int(stimulus > 0))"},
        events={"x": "step == 0 or (step == 3 and gain*stimulus == bright)"},
        on_event={"x": "V += bright*(i == brightest) + count"},
        at_end="late = late + bright*count",
        parameters=(Parameter("gain", 2.0),),
    )
    built = tacos.Network((cell,), (), 5e-3, readout="cell")
    shown = np.array([[0.5, 0.0, 1.0, 0.25], [0.0, 0.75, 0.5, 0.0]])
    after = simulator(backend, built, capacity=2).run(
        initial_state(built.lowered, 1), Stretch({"image": shown}, 0, 1, 0, True, 2)
    )
    v, late, i = np.zeros(4), 0.0, np.arange(4)
    for image in shown:
        at = 2 * image.max() * (i == image.argmax()) + (image > 0).sum()
        v += at * (1 + (image == image.max()))
        late += 2 * image.max() * (image > 0).sum()
    np.testing.assert_allclose(after.state["cell.V"], v, rtol=1e-12)
    np.testing.assert_allclose(after.state["cell.late"], late, rtol=1e-12)
