"""Time courses that populations and neuromodulators follow: the same on every backend."""

import numpy as np
import pytest

import tacos
import tasks
from synapses import DeclarationError, Modulator, TimeCourse
from tacos.backends import RawRecord, Stretch
from tacos.networks.initial import initial_state
from tacos.networks.populations import stimulus
from tests.backends.by_name import simulator

STEPS = 8


def following():
    """A current in pulses, a drug over the stream, and dopamine that a neuromodulator low-passes."""
    cell = tacos.Population(
        "cell",
        2,
        "dV/dt = (current/nA + drug)/ms + 0*DA/ms : 1",
        threshold="V > 3 + DA",
        reset="V = drug",
        courses={
            "current": TimeCourse(np.array([0, 1, 0.5]) * 1e-9, "2 ms", unit="amp"),
            "drug": TimeCourse(np.arange(10) / 100, "3 ms", over="stream"),
        },
    )
    pulse = TimeCourse([0.0, 0.0, 1.0, 0.0], 1e-3)
    dopamine = Modulator("DA", "dDA/dt = (release - DA)/(4*ms) : 1", courses={"release": pulse}, persistent=False)
    source = stimulus("input", 1, tasks.Raster())
    return tacos.Network((source, cell), (), STEPS * 1e-3, modulators=(dopamine,), readout="cell")


def expected(presentations):
    rows = []
    for presentation in range(presentations):
        v, da = 0.0, 0.0
        for step in range(STEPS):
            now = presentation * STEPS + step
            da += ([0, 0, 1, 0][min(step, 3)] - da) / 4
            v += [0, 1, 0.5][min(step // 2, 2)] + min(now // 3, 9) / 100
            if v > 3 + da:
                v = min(now // 3, 9) / 100
            rows.append([v, da])
    return np.array(rows)


@pytest.mark.parametrize(
    "backend", ["numpy", "cython", "torch", pytest.param("standalone", marks=pytest.mark.compiled)]
)
def test_time_courses(backend, tmp_path):
    network = following()
    made = simulator(backend, network, capacity=4)
    keys = ("cell.V", "DA.DA")
    records = [RawRecord(key, tmp_path / key, unit="step") for key in keys]
    state = initial_state(network.lowered, 1)
    for first in (0, 2):
        state = made.run(state, Stretch({}, first, 1, 0, True, 2, records=records)).state
    v, da = (np.fromfile(tmp_path / key, np.float32).reshape(4 * STEPS, -1)[:, 0] for key in keys)
    wanted = expected(4)
    within = np.arange(4 * STEPS) % STEPS < STEPS - 1  # the last step is recorded after the reset
    np.testing.assert_allclose(v[within], wanted[within, 0], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(da[within], wanted[within, 1], rtol=1e-6, atol=1e-7)


def test_time_courses_are_stored_whole():
    network = following()
    assert tacos.Network.from_dict(network.to_dict()) == network


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TimeCourse([]), "at least one value"),
        (lambda: TimeCourse([np.nan]), "finite numbers"),
        (lambda: TimeCourse("fast"), "sequence of numbers"),
        (lambda: TimeCourse([1.0], "-1 ms"), "a time above zero"),
        (lambda: TimeCourse([1.0], over="day"), "over a 'presentation' or the 'stream'"),
        (
            lambda: (
                tacos.Network(
                    (tacos.Population("a", 1, "V : 1", courses={"c": TimeCourse([1.0], "0.3 ms")}),), (), readout="a"
                ).lowered
            ),
            "not a whole number of steps",
        ),
    ],
)
def test_time_courses_that_cannot_be(make, message):
    with pytest.raises(DeclarationError, match=message):
        make()
