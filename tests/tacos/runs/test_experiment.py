"""Whole runs: what a result may depend on, and what it may not."""

import json
import os
import tempfile

import numpy as np
import pytest

import tacos
import tasks
from tacos.backends import simulator
from tacos.runs.checkpoint import CHECKPOINT
from tacos.runs.result import evaluation_points
from tacos.runs.replica import Replica
from tests.tacos import made_up_simulator
from tests.tacos import runs_support as runs

pytestmark = pytest.mark.compiled


@pytest.fixture
def finished(tmp_path_factory):
    return runs.flagship_run(tmp_path_factory.getbasetemp())


def run(path, network=None, stream=None, seeds=1, **options):
    return tacos.run(
        network or runs.flagship(), stream or runs.stream(), seeds, out=path, progress=False, **{"chunk": 20, **options}
    )


# -- what comes out ------------------------------------------------------------------------------------------------


def test_something_is_learned(finished):
    """The comparisons below mean something: neurons fire, weights and metaplastic states move."""
    state = finished.state(0)
    assert (finished.dataset["rate"].sel(population=["input", "hidden", "output"]) > 0.5).all()
    assert np.abs(state["hidden-output.w"] - state["hidden-output.w_ref"]).max() > 0.01
    assert 0 < (state["input-hidden.m"] > 0).mean() < 1
    records = finished.trajectories("input-hidden")
    assert np.abs(records["w"][:, -1] - records["w"][:, 0]).max() > 0.1


def test_results_are_labelled_with_units(finished):
    data = finished.dataset
    assert data["accuracy"].dims == ("replica", "trained_on", "tested_on")
    assert data["accuracy"].shape == (2, 2, 2)
    assert list(data["task_name"].values) == ["0/1/2/3/4", "5/6/7/8/9"]
    assert list(data["presentations_seen"].values) == [30, 60]
    assert list(data["seed"].values) == [0, 1]
    assert {name: data[name].attrs["units"] for name in data.data_vars} == {
        "accuracy": "1", "accuracy_through": "1", "silent": "1", "tied": "1", "rate": "Hz", "ms_per_presentation": "ms",
        "learned": "1",
    }  # fmt: skip
    assert data.attrs["scenario"] == "domain-incremental"
    assert data.attrs["chance"] == 0.2
    accuracy = data["accuracy"].values
    assert ((0 <= accuracy) & (accuracy <= 1)).all()
    np.testing.assert_allclose(accuracy * 10, np.round(accuracy * 10), atol=1e-12, err_msg="ten tests a task")
    assert (data["ms_per_presentation"] > 0).all()
    # Input spikes are drawn from the pixels: 250 Hz times the mean grey value.
    images = np.concatenate([runs.stream().held_out_presentations(task).images for task in range(2)])
    np.testing.assert_allclose(data["rate"].sel(population="input"), 250 * images.mean(), rtol=0.05)


def test_everything_is_in_the_folder(finished):
    folder = finished.folder
    assert {path.name for path in folder.path.iterdir() if path.name[0] != "."} == {
        "run.toml", "digests.json", "environment.json", "status.json", "results.nc", "trajectories.nc", "replicas",
    }  # fmt: skip
    assert folder.status()["state"] == "done"
    again = tacos.load(folder.path)
    assert again.dataset.identical(finished.dataset)
    assert str(again) == str(finished)
    with pytest.raises(tacos.RunError, match=r"no checkpoint of seed 7; its seeds are \[0, 1\]"):
        again.state(7)


# -- what a result may depend on -----------------------------------------------------------------------------------


def test_same_seed_twice_is_identical_and_chunks_and_processes_change_nothing(finished, tmp_path):
    """Two replicas at once in chunks of 7 there, one after the other in chunks of 20 here."""
    again = run(tmp_path / "again", seeds=2, record=runs.RECORD, processes=1)
    runs.assert_same_run(finished, again)


def test_other_seeds_differ(finished):
    one, other = finished.state(0), finished.state(1)
    for key in ("input-hidden.w", "hidden-output.w", "input-hidden.m", "false positive-hidden.g"):
        assert (one[key] != other[key]).any(), key
    assert (finished.trajectories("input-hidden")["w"][0] != finished.trajectories("input-hidden")["w"][1]).any()


def test_a_seed_is_the_same_whatever_its_company(finished, tmp_path):
    alone = run(tmp_path / "alone", seeds=[1], record=None)
    runs.assert_same_state(alone.state(1), finished.state(1))
    np.testing.assert_array_equal(alone.accuracy_matrix[0], finished.accuracy_matrix[1])


def test_evaluation_in_between_changes_no_weight(finished, tmp_path):
    often = run(tmp_path / "often", evaluate_every=25, record=runs.RECORD[0])
    runs.assert_same_state(often.state(0), finished.state(0))
    assert list(often.dataset["presentation"].values) == [25, 30, 50, 60]
    assert often.dataset["accuracy_through"].shape == (1, 4, 2)
    np.testing.assert_array_equal(often.accuracy_matrix[0], finished.accuracy_matrix[0])
    np.testing.assert_array_equal(often.dataset["accuracy_through"][:, [1, 3]], often.dataset["accuracy"])


def test_weights_do_not_depend_on_what_follows(tmp_path):
    long = runs.stream()
    short = runs.first_part(long, 36)
    path = tmp_path / "long"
    ended = run(tmp_path / "short", stream=short)
    kept = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "tacos.runs.replica.save_checkpoint",
            lambda folder, state, progress: kept.setdefault(progress.position, dict(state)),
        )
        patch.setattr("tacos.runs.jobs.save_results", lambda *arguments: None)
        tacos.run(runs.flagship(), long, [0], out=path, evaluate_every=36, chunk=20, progress=False)
    runs.assert_same_state(kept[36], ended.state(0))
    assert (kept[60]["input-hidden.w"] != kept[36]["input-hidden.w"]).any()


def test_contexts_reach_no_learner(finished, tmp_path):
    """With labels withheld, and other tasks said to be tested, the weights are the same."""

    class Permuted(runs.Changed):
        def held_out_presentations(self, task):
            return self.original.held_out_presentations(1 - task)

    original = runs.stream()
    stream = Permuted(original, original.n_presentations, original.evaluation_points, told=False)
    permuted = run(tmp_path / "permuted", stream=stream)
    runs.assert_same_state(permuted.state(0), finished.state(0))


# -- running -------------------------------------------------------------------------------------------------------


def test_a_finished_run_is_not_run_again(finished, monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("something was simulated")

    monkeypatch.setattr("tacos.runs.simulating.simulator", refuse)
    before = {path: path.stat().st_mtime_ns for path in finished.folder.path.rglob("*")}
    again = tacos.run(runs.flagship(), runs.stream(), 2, out=finished.folder.path, record=runs.RECORD, progress=False)
    assert again.dataset.identical(finished.dataset)
    assert {path: path.stat().st_mtime_ns for path in finished.folder.path.rglob("*")} == before


def test_without_a_folder_runs_are_numbered(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tacos.runs.experiment.run_job", lambda job, running: job.folder.path)
    paths = [tacos.run(runs.flagship(), runs.stream()) for _ in range(3)]
    assert [str(path) for path in paths] == ["runs/split-digits", "runs/split-digits-2", "runs/split-digits-3"]


def test_ties_are_counted(tmp_path, monkeypatch):
    shown = tasks.named("split-digits", samples=40, test_samples=100)
    made_up_simulator.install(monkeypatch, shown)
    answered = made_up_simulator.MadeUpSimulator.run

    def every_second_is_a_tie(simulator, state, stretch):
        outcome = answered(simulator, state, stretch)
        if not stretch.learning:
            outcome.counts["output"][::2] = 2
        return outcome

    monkeypatch.setattr(made_up_simulator.MadeUpSimulator, "run", every_second_is_a_tie)
    result = tacos.run(tacos.error_driven(shown, hidden=5), shown, 1, out=tmp_path / "run", progress=False)
    assert (result.dataset["tied"] == 0.5).all() and (result.dataset["silent"] == 0).all()
    assert "a tie in 50.0 % of the tests at the end" in str(result)


def test_evaluation_points():
    stream = runs.stream()
    assert evaluation_points(stream, 0) == (30, 60)
    assert evaluation_points(stream, 20) == (20, 30, 40, 60)
    assert evaluation_points(stream, 30) == (30, 60)
    assert evaluation_points(stream, 1000) == (30, 60)


def test_progress_says_the_time_left(tmp_path, capfd):
    tacos.run(runs.flagship(), runs.stream(), 1, out=tmp_path / "run", chunk=7)
    lines = [line for line in capfd.readouterr().err.splitlines() if not line.startswith("Compiling")]
    assert len(lines) > 4
    assert all(line.startswith("tacos: ") and line.endswith(" left") for line in lines), lines
    shares = [int(line.split(":")[1].split("%")[0]) for line in lines]
    assert shares == sorted(shares) and shares[-1] <= 100


def test_memory_and_disk_do_not_grow_with_the_stream(tmp_path, monkeypatch):
    """Forty chunks: the folder of the replica, the temporary folder and this process stay as they were."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    stream = runs.first_part(runs.stream(samples=200), 120)
    engine = simulator(runs.flagship(), chunk=3)
    folder = tmp_path / "seed-0"
    disk, memory = [], []

    def measure(learned, evaluated):
        assert os.listdir(tmp_path / "tmp") == []
        if learned and folder.exists():
            disk.append(sum(path.stat().st_size for path in folder.rglob("*")))
            if os.path.exists("/proc/self/statm"):
                memory.append(int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE"))

    Replica(engine, stream, 0, folder, (60, 120), on_progress=measure).run()
    assert len(disk) >= 39
    assert max(disk) - min(disk[1:]) < 2000  # a few numbers of the evaluations
    assert [path.name for path in folder.iterdir()] == [CHECKPOINT]
    if memory:
        assert max(memory[-5:]) - max(memory[5:10]) < 8e6


def test_what_repeats_a_run_is_written_down(finished):
    declaration = finished.folder.declaration()
    assert declaration["seeds"] == [0, 1]
    assert declaration["stream"] == runs.stream().to_dict()
    assert tacos.Network.from_dict(declaration["network"]) == runs.flagship()
    environment = json.loads((finished.folder.path / "environment.json").read_text())
    assert {"python", "packages", "platform", "processor", "cores", "commit", "command"} <= environment.keys()
    assert {"brian2", "numpy"} <= environment["packages"].keys()
