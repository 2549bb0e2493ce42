"""A job is plain data: it is made from a folder alone, sent elsewhere, and run there."""

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

import tacos
import tasks
from tacos.baselines import Training, worker
from tacos.baselines.networks import MLP
from tacos.folders import job
from tacos.runs.declaring import declare
from tacos.runs.engine import run_job, run_jobs
from tacos.runs.result import Result
from tacos.runs.running import Running, how
from tests.tacos import made_up_simulator

QUIET = Running(processes=1, progress=False)


def stream():
    return tasks.split("digits", classes_per_task=5, samples=40, test_samples=20)


def declared(folder, seeds=2):
    return worker.declare("ewc", stream(), seeds, MLP((8,)), Training(batch=10), folder)


@pytest.mark.slow
def test_a_job_is_run_in_another_process_from_its_folder_alone(tmp_path):
    here = run_job(declared(tmp_path / "here"), QUIET)
    declared(tmp_path / "there")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        there = pool.submit(tacos.resume, tmp_path / "there", running=QUIET).result()
    np.testing.assert_array_equal(there.dataset["accuracy"], here.dataset["accuracy"])
    assert there.folder.status()["state"] == "done"


def test_jobs_of_networks_and_of_baselines_are_the_same_thing(tmp_path, monkeypatch):
    made_up_simulator.install(monkeypatch, tasks.named("split-digits", samples=40, test_samples=100))
    network = tacos.error_driven(tasks.named("split-digits", samples=40, test_samples=100), hidden=5)
    jobs = [
        declare(network, tasks.named("split-digits", samples=40, test_samples=100), 2, out=tmp_path / "network"),
        declared(tmp_path / "baseline"),
    ]
    for made in jobs:
        again = pickle.loads(pickle.dumps(made))
        assert again == made == job(made.folder.path) and made.waits()
        (outcome,) = run_jobs({"any": again}, QUIET).values()
        assert isinstance(outcome, Result) and outcome.finished().all() and not made.waits()


def test_how_to_run_is_one_value_with_short_forms():
    assert how(None, {"backend": "torch", "chunk": 5}) == Running("torch", chunk=5)
    assert how(Running(processes=3), {"progress": False}) == Running(processes=3, progress=False)
    assert Running(processes=3).cores == 3
    assert Running.from_dict(Running("torch", dtype="float64").to_dict()) == Running("torch", dtype="float64")
    with pytest.raises(tacos.RunError, match="no option 'process' here; how to run is said by backend, mode, device"):
        how(None, {"process": 2})
    with pytest.raises(tacos.RunError, match="at least one, not 0"):
        Running(processes=0)


def test_whatever_has_the_names_of_a_stream_is_one():
    class HandsOn:
        def __init__(self, stream):
            self.stream = stream

        def __getattr__(self, name):
            return getattr(self.stream, name)

    class ReadsNothing(tasks.split):
        @property
        def data(self):
            raise AssertionError("the data were read")

    assert tasks.is_stream(stream()) and tasks.is_stream(HandsOn(stream())) and tasks.is_stream(ReadsNothing("digits"))
    for other in ("split-digits", (64, 2), None, tasks.split, object()):
        assert not tasks.is_stream(other)
