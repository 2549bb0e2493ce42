"""Baselines as runs: folders, resuming, failures, and what is refused."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import tacos
import tasks
from tacos import baselines
from tacos.baselines import Training, worker
from tacos.baselines.networks import MLP, Spiking, architecture, to_dict
from tacos.errors import Interrupted, RunError, Unlearnable
from tacos.folders import load
from tacos.runs.engine import run_jobs
from tacos.runs.folder import RunFolder
from tacos.runs.result import Result
from tacos.runs.running import Running
from tests.tacos import runs_support

NETWORK = MLP((8,))
ONE = Running(processes=1, progress=False)


def stream(**options):
    return tasks.split("digits", classes_per_task=5, **{"samples": 60, "test_samples": 20, **options})


def run(out, method="ewc", seeds=2, **options):
    return baselines.run(method, stream(), seeds, network=NETWORK, training=Training(batch=10), out=out, **options)


def test_a_run_has_the_files_of_any_run(tmp_path):
    result = run(tmp_path / "run", label="EWC")
    assert result.dataset["accuracy"].dims == ("replica", "trained_on", "tested_on")
    assert result.finished().tolist() == [True, True] and result.folder.status()["state"] == "done"
    assert result.dataset["learned"].values.tolist() == [60, 60]
    declared = load(tmp_path / "run").folder.declaration()
    assert declared["baseline"] == {"method": "ewc", "strength": 100.0, "labels": "all"}
    assert declared["training"] == {"optimizer": "adam", "learning_rate": 1e-3, "batch": 10}
    assert architecture(declared["network"]) == NETWORK
    assert (tmp_path / "run" / "environment.json").exists()
    assert "scenario" in json.loads(result.to_json()) and "condition: EWC" in str(result)


def test_show_plot_and_resume_on_the_command_line(tmp_path, capfd):
    run(tmp_path / "run", method=baselines.named("mas", strength=3.0))
    status, out, error = runs_support.cli(capfd, "show", tmp_path / "run")
    assert (status, error) == (0, "") and "condition: MAS, MLP 8" in out
    status, out, error = runs_support.cli(capfd, "plot", tmp_path / "run")
    assert (status, error) == (0, "")
    assert sorted(p.name for p in (tmp_path / "run" / "figures").glob("*.png")) == [
        "accuracy_matrix.png", "accuracy_through_stream.png",
    ]  # fmt: skip
    (tmp_path / "run/replicas/seed-1/checkpoint.npz").unlink()
    status, out, error = runs_support.cli(capfd, "resume", tmp_path / "run")
    assert status == 0 and "50 %, done before" in error and "2 of 2 seeds finished" in out


def test_only_what_is_not_finished_runs_again(tmp_path, monkeypatch):
    whole = run(tmp_path / "run").dataset
    (tmp_path / "run/replicas/seed-1/checkpoint.npz").unlink()
    asked = []
    original = worker.learn_stream
    monkeypatch.setattr(worker, "learn_stream", lambda *given: asked.append(given[-1]) or original(*given))
    again = run(tmp_path / "run").dataset
    assert asked == [1]
    for name in ("accuracy", "accuracy_through", "learned"):
        np.testing.assert_array_equal(again[name], whole[name])
    run(tmp_path / "run")
    assert asked == [1]


@pytest.mark.slow
def test_processes_change_nothing(tmp_path):
    one, two = run(tmp_path / "one"), run(tmp_path / "two", processes=2)
    np.testing.assert_array_equal(one.dataset["accuracy"], two.dataset["accuracy"])


_LONG = """
import sys, tasks
from tacos import baselines
if __name__ == "__main__":
    stream = tasks.split("digits", classes_per_task=5, passes=2000)
    baselines.run("naive", stream, 2, out=sys.argv[1], processes=2)
"""


@pytest.mark.slow
def test_a_killed_worker_is_one_sentence(tmp_path):
    (tmp_path / "long.py").write_text(_LONG)
    parent = subprocess.Popen(
        [sys.executable, tmp_path / "long.py", tmp_path / "run"], env=_environment(), stderr=subprocess.PIPE, text=True
    )
    workers = _until(lambda: (found := _children(parent.pid)) and len(found) == 2 and found)
    os.kill(workers[0], signal.SIGKILL)
    last = parent.communicate(timeout=120)[1].strip().splitlines()[-1]
    assert last.endswith(
        "RunError: One of 2 processes was killed from outside, perhaps for want of memory, or could not start, as where "
        "a script runs this without `if __name__ == '__main__':`; give the same command again to go on, with fewer "
        "processes."
    )
    assert RunFolder(tmp_path / "run").status()["state"] == "failed"


def test_another_stream_is_not_resumed(tmp_path):
    run(tmp_path / "run")
    (tmp_path / "run/replicas/seed-1/checkpoint.npz").unlink()
    with pytest.raises(RunError, match=r"begun with another stream \(another order_seed, samples\); give that one"):
        tacos.resume(tmp_path / "run", stream=stream(samples=80, order_seed=3))
    assert tacos.resume(tmp_path / "run", stream=stream()).finished().all()


@pytest.mark.slow
def test_workers_end_with_a_killed_parent(tmp_path):
    (tmp_path / "long.py").write_text(_LONG)
    parent = subprocess.Popen([sys.executable, tmp_path / "long.py", tmp_path / "run"], env=_environment())
    try:
        workers = _until(lambda: (found := _children(parent.pid)) and len(found) == 2 and found)
    finally:
        parent.kill()
        parent.wait()
    assert workers
    assert _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def _environment():
    return {**os.environ, "PYTHONPATH": str(runs_support.ROOT)}


def _until(condition, patience=120):
    """What the condition says once it is true, or at the end of patience."""
    end = time.monotonic() + patience
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def _children(pid):
    """Workers of a pool: spawned processes, without the resource tracker."""
    found = subprocess.run(
        ["ps", "-ww", "-o", "pid=", "-o", "args=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(line.split()[0]) for line in found.stdout.splitlines() if "spawn_main" in line]


def test_rates_of_the_spiking_network_are_kept(tmp_path):
    result = baselines.run("naive", stream(), network=Spiking(hidden=10, steps=5), out=tmp_path / "run")
    assert result.dataset["population"].values.tolist() == ["hidden"]
    assert (result.dataset["rate"] > 0).all()


def test_a_step_that_diverges_before_a_test_is_seen_there(tmp_path):
    with pytest.raises(Unlearnable, match="Seed 0: an answer is no longer finite after 20 presentations"):
        baselines.run("naive", stream(samples=40), network=NETWORK, training=Training("sgd", 1e29, 1000), out=tmp_path)


def test_a_run_that_diverges_says_so_and_the_others_go_on(tmp_path):
    training = (Training("sgd", 1e20, 10), Training("sgd", 0.1, 10))
    jobs = {str(k): worker.declare("naive", stream(), 1, NETWORK, t, tmp_path / str(k)) for k, t in enumerate(training)}
    found = run_jobs(jobs, ONE)
    assert isinstance(found["0"], Unlearnable) and isinstance(found["1"], Result)
    assert "the loss is no longer finite" in str(found["0"]) and "lower the learning rate (1e+20)" in str(found["0"])
    assert [job.folder.status()["state"] for job in jobs.values()] == ["failed", "done"]
    assert jobs["0"].folder.status()["reason"] == str(found["0"])
    with pytest.raises(Unlearnable, match="no longer finite.*lower the learning rate") as caught:
        tacos.resume(tmp_path / "0")
    assert "tacos resume" not in str(caught.value), "it would diverge again"


def test_stopping_keeps_what_is_finished(tmp_path, monkeypatch):
    original = worker.learn_stream

    def stopped_at_the_second(*given):
        if given[-1] == 1:
            raise KeyboardInterrupt
        return original(*given)

    training = Training(batch=10)
    jobs = {str(n): worker.declare("naive", stream(), n, NETWORK, training, tmp_path / str(n)) for n in (1, 2, 3)}
    monkeypatch.setattr(worker, "learn_stream", stopped_at_the_second)
    with pytest.raises(Interrupted, match="the same call goes on where it was"):
        run_jobs(jobs, ONE)
    assert [job.folder.status()["state"] for job in jobs.values()] == ["done", "stopped", "started"]
    assert [[seed for seed in job.seeds if not worker.finished(job, seed)] for job in jobs.values()] == [
        [], [1], [0, 1, 2]
    ]  # fmt: skip
    monkeypatch.setattr(worker, "learn_stream", original)
    assert all(isinstance(found, Result) for found in run_jobs(jobs, ONE).values())
    assert {job.folder.status()["state"] for job in jobs.values()} == {"done"}


def test_a_finished_run_with_other_options_is_not_overwritten(tmp_path):
    run(tmp_path / "run")
    with pytest.raises(RunError, match="already holds a different run \\(another baseline\\)"):
        run(tmp_path / "run", method=baselines.named("ewc", strength=1.0))


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (lambda out: baselines.run("ewcc", stream(), out=out), "no method 'ewcc'; there are naive, l2"),
        (lambda out: baselines.named("l2", labels="all"), "'l2' has no option 'labels'; it has strength"),
        (lambda out: baselines.run("l2", stream(), network="cnn", out=out), "no network 'cnn'.*mlp, snn"),
        (lambda out: baselines.run("l2", stream(), 0, out=out), "nothing to run with 0 seeds"),
        (lambda out: baselines.run("l2", stream(), [1, 1], out=out), "different whole numbers"),
        (lambda out: baselines.run("l2", stream(), 2, out=out, processes=0), "at least one, not 0"),
        (lambda out: baselines.run(baselines.named("l2", strength=-1.0), stream(), out=out), "zero or more, not -1"),
        (lambda out: baselines.named("ewc", labels="foo"), "labels of EWC is one of all, predicted, true, not 'foo'"),
        (lambda out: baselines.named("online-ewc", labels="foo"), "labels of online EWC is one of all"),
        (lambda out: baselines.named("streaming-ewc", tau=0), "The tau of streaming EWC is a number above zero, not 0"),
        (lambda out: baselines.named("mas", batch=0), "The batch of MAS is a whole number above zero, not 0"),
        (lambda out: baselines.named("si", damping=0.0), "The damping of SI is a number above zero, not 0"),
        (lambda out: baselines.named("lwf", temperature=0.0), "The temperature of LwF is a number above zero, not 0"),
        (lambda out: baselines.named("replay", size=-3), "The size of replay is a whole number above zero, not -3"),
        (lambda out: Training("adamw"), "no optimizer 'adamw'; there are adam, sgd"),
        (lambda out: Training(learning_rate=0), "above zero and finite, not 0"),
        (lambda out: Training(learning_rate=1e39), "above zero and finite, not 1e\\+39"),
        (lambda out: Training(batch=0), "at least one, not 0"),
        (lambda out: Training(batch=2.5), "at least one, not 2.5"),
        (lambda out: Training(learning_rate="x"), "a number above zero and finite, not 'x'"),
        (
            lambda out: baselines.named("ewc", strength=float("inf")),
            "The strength of EWC is a number, zero or more, not inf",
        ),
        (lambda out: baselines.named("mas", batch=1.5), "The batch of MAS is a whole number above zero, not 1.5"),
        (lambda out: Training(device="cuda:99"), "There is no device 'cuda:99' here; there are cpu"),
        (
            lambda out: baselines.run("ewc", stream(boundaries="random"), out=out),
            "EWC has to be told when a task ends, but tasks of this stream do not end",
        ),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(what, sentence, tmp_path):
    with pytest.raises(RunError, match=sentence):
        what(tmp_path / "run")


def test_a_method_that_needs_no_boundaries_runs_without_any(tmp_path):
    result = baselines.run(
        "streaming-ewc", stream(boundaries="random"), network=NETWORK, training=Training(batch=10), out=tmp_path / "r"
    )
    assert result.finished().all()


def test_networks_are_written_down_and_read_back():
    for chosen in (MLP((3, 4), pad=2, mean=0.1, sd=0.5), Spiking(hidden=7)):
        assert architecture(to_dict(chosen)) == chosen


def test_stopped_between_the_last_seed_and_its_results(tmp_path):
    """As when the seeds under way finish after the parent was stopped."""
    before = run(tmp_path / "run")
    before.folder.results.unlink()
    before.folder.set_status("stopped")
    again = run(tmp_path / "run")
    assert again.folder.status()["state"] == "done" and again.finished().tolist() == [True, True]
    assert again.dataset.identical(before.dataset)


def test_a_method_of_your_own_has_no_run_folder(tmp_path):
    class EWC(baselines.method_class("ewc")):
        pass

    with pytest.raises(RunError, match=r"'EWC' is none of naive, .* train a method of your own with .*learn_stream"):
        run(tmp_path / "run", method=EWC())
