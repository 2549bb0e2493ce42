"""Tests in parts, on cores that are free: the same answers, to the bit, and every core is given back."""

from threading import Barrier, Semaphore

import numpy as np
import pytest

import tacos
import tasks
from tacos.backends import BackendError, RawRecord, Simulated, Stretch, spread
from tacos.backends.base import OneByOne
from tacos.backends.spread import Spread, cut
from tests.backends import assembly, flagship
from tests.tacos import made_up_simulator

COUNTED = ("hidden", "output", "false positive")


class Noting(OneByOne):
    """Notes what it is asked, and lets those of one call wait for each other."""

    parallel, capacity, description = True, 1000, "notes"

    def __init__(self, network, at_once):
        self.network, self.asked, self.meet = network.lowered, [], Barrier(at_once, timeout=20)

    def run(self, state, stretch):
        self.asked.append(stretch)
        self.meet.wait()
        return Simulated({"other": np.ones(1)}, {"output": stretch.shown["image"].copy()}, float(stretch.n))


def shown(n, rows=1, **options):
    values = np.arange(n * rows * 3, dtype=float).reshape(n * rows, 3)
    return Stretch({"image": values}, 40, 1, 1, options.pop("learning", False), n, ("output",), **options)


def free_cores(semaphore):
    found = 0
    while semaphore.acquire(blocking=False):
        found += 1
    for _ in range(found):
        semaphore.release()
    return found


@pytest.mark.compiled
def test_presentations_give_what_they_give_alone(monkeypatch):
    monkeypatch.setattr(spread, "LEAST", 3)
    built = flagship.network()
    simulator, given, state = flagship.standalone(built), flagship.stimuli(20), flagship.start(built)
    asked = flagship.stretch(given, first=3, learning=False, counts=COUNTED)
    free = Semaphore(4)
    expected, found = simulator.run(state, asked), Spread(simulator, free).run(state, asked)
    for name in COUNTED:
        assert expected.counts[name].any()
        np.testing.assert_array_equal(found.counts[name], expected.counts[name])
    for key, values in state.items():
        assert found.state[key].tobytes() == values.tobytes(), key
    assert found.seconds > 0 and free_cores(free) == 4


@pytest.mark.parametrize(("n", "cores", "parts"), [(1000, 3, 4), (450, 9, 4), (199, 9, 1), (1000, 0, 1)])
def test_it_takes_the_cores_that_are_free(n, cores, parts):
    simulator, free = Noting(tacos.error_driven((3, 2), 4), parts), Semaphore(cores)
    found = Spread(simulator, free).run({}, shown(n))
    sizes = sorted(part.n for part in simulator.asked)
    assert len(sizes) == parts and sum(sizes) == n and sizes[-1] - sizes[0] <= 1
    np.testing.assert_array_equal(found.counts["output"], shown(n).shown["image"])
    assert free_cores(free) == cores


@pytest.mark.parametrize("what", ["learning", "records", "dependent"])
def test_what_cannot_be_cut_is_run_whole(what, tmp_path):
    network = assembly.network(0.08, 0.02) if what == "dependent" else tacos.error_driven((3, 2), 4)
    simulator = Noting(network, 1)
    options = {"records": (RawRecord("hidden", tmp_path / "spikes", unit="spikes"),)} if what == "records" else {}
    found = Spread(simulator, Semaphore(4)).run({}, shown(1000, learning=what == "learning", **options))
    assert [part.n for part in simulator.asked] == [1000] and set(found.state) == {"other"}


@pytest.mark.parametrize("rows", [1, 7])
def test_parts_are_the_stretch(rows):
    whole = shown(101, rows)
    parts = cut(whole, 4)
    assert [part.first for part in parts] == [40, 40 + 25, 40 + 50, 40 + 75]
    assert all(len(part.shown["image"]) == part.n * rows for part in parts)
    np.testing.assert_array_equal(np.concatenate([part.shown["image"] for part in parts]), whole.shown["image"])


def test_cores_are_given_back_when_a_part_fails():
    class Failing(Noting):
        def run(self, state, stretch):
            super().run(state, stretch)
            raise BackendError("The simulation program failed.")

    free = Semaphore(3)
    with pytest.raises(BackendError, match="program failed"):
        Spread(Failing(tacos.error_driven((3, 2), 4), 4), free).run({}, shown(800))
    assert free_cores(free) == 3


def test_a_run_of_one_seed_tests_on_all_cores(tmp_path, monkeypatch):
    stream = tasks.named("split-digits", samples=40, test_samples=250)
    cut_in = []
    monkeypatch.setattr(spread, "LEAST", 10)
    monkeypatch.setattr(spread, "cut", lambda stretch, count: cut_in.append(count) or cut(stretch, count))
    made_up_simulator.install(monkeypatch, stream)
    tacos.run(tacos.error_driven(stream, hidden=5), stream, 1, out=tmp_path / "one", processes=4, progress=False)
    assert set(cut_in) == {4}
