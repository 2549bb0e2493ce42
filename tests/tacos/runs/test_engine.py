"""Runs that fail, diverge or are stopped: what the others of them come to, and what is kept."""

import pytest

import tacos
import tasks
from tacos.ablation.reading import Ablation
from tacos.errors import Interrupted, RunError, Unlearnable
from tacos.figures.of_run import figures
from tacos.folders import load
from tacos.runs import simulating
from tacos.runs.folder import RunFolder
from tests.tacos import made_up_simulator as made_up
from tests.tacos.made_up_simulator import failing


@pytest.fixture
def stream(monkeypatch):
    made = tasks.named("split-digits", samples=40, test_samples=100)
    made_up.install(monkeypatch, made)
    return made


@pytest.mark.parametrize("processes", [1, 3])
def test_a_seed_that_diverges_stops_no_other(processes, stream, tmp_path, monkeypatch):
    network = tacos.error_driven(stream, hidden=5)
    given = dict(seeds=3, out=tmp_path / "run", record="hidden-output: w; every=10 presentations", progress=False)
    with monkeypatch.context() as patch:
        failing(patch, lambda replica: replica.seed == 0)
        for _ in range(2):  # it diverges again, and the others are still there
            with pytest.raises(Unlearnable, match=r"^w is no longer finite 2 of 3 seeds have finished.$"):
                tacos.run(network, stream, processes=processes, **given)
    found = load(tmp_path / "run")
    assert found.finished().tolist() == [False, True, True] and found.folder.status()["state"] == "failed"
    assert "2 of 3 seeds finished" in str(found) and "failed: w is no longer finite" in str(found)
    recorded = found.trajectories("hidden-output")["w"]
    assert recorded[0].isnull().all() and recorded[1:].notnull().all()
    assert {"accuracy_matrix", "trajectories_hidden-output_w"} <= figures(found).keys()
    mended = tacos.run(network, stream, **given)
    assert mended.finished().all() and mended.folder.status()["state"] == "done"
    assert mended.trajectories("hidden-output")["w"].notnull().all()


def test_a_seed_that_diverges_in_a_batch_stops_no_other(tmp_path, monkeypatch):
    stream = tasks.named("split-digits", samples=10, test_samples=20, duration="10 ms")
    failing(monkeypatch, lambda replica: replica.seed == 0)
    with pytest.raises(Unlearnable, match="1 of 2 seeds have finished"):
        tacos.run(
            tacos.error_driven(stream, hidden=5), stream, 2, out=tmp_path / "run", backend="torch", progress=False
        )
    assert load(tmp_path / "run").finished().tolist() == [False, True]


def test_what_fails_for_want_of_a_disk_stops_the_others(stream, tmp_path, monkeypatch):
    failing(monkeypatch, lambda replica: replica.seed == 0, RunError)
    with pytest.raises(RunError, match="^w is no longer finite$"):
        tacos.run(tacos.error_driven(stream, hidden=5), stream, 3, out=tmp_path / "run", processes=1, progress=False)
    assert not (tmp_path / "run" / "replicas" / "seed-1" / "checkpoint.npz").exists()


@pytest.mark.parametrize(("how", "said"), [(KeyboardInterrupt, "goes on where it was"), (RunError, "disk is full")])
def test_a_run_that_was_done_before_its_batch_was_stopped_stays_done(how, said, tmp_path, monkeypatch):
    """Its raw records are gone by then: it could not be run again."""
    stream = tasks.named("split-digits", samples=10, test_samples=20, duration="10 ms")
    network = tacos.error_driven(stream, hidden=5)
    conditions = {"one": network, "two": network.switched_off("metaplasticity")}
    save = simulating.save_trajectories

    def stopped(folder, *given):
        if folder.path.name == "two":
            raise how("the disk is full")
        save(folder, *given)

    given = dict(out=tmp_path, backend="torch", record="w", progress=False)
    with monkeypatch.context() as patch:
        patch.setattr(simulating, "save_trajectories", stopped)
        with pytest.raises(RunError, match=said):
            tacos.run_conditions(conditions, stream, **given)
    states = {name: RunFolder(tmp_path / name).status()["state"] for name in conditions}
    assert states == {"one": "done", "two": "stopped" if how is KeyboardInterrupt else "failed"}
    found = tacos.run_conditions(conditions, stream, **given)
    assert all(result.trajectories("hidden-output").sizes["record"] == 10 for result in found.values())


def test_a_mistake_of_the_program_is_raised_when_the_others_have_ended(stream, tmp_path, monkeypatch):
    failing(monkeypatch, lambda replica: "full" in str(replica.folder), KeyError)
    network = tacos.error_driven(stream, hidden=5)
    with pytest.raises(KeyError, match="w is no longer finite"):
        tacos.ablate(network, stream, "dm*4", 2, out=tmp_path, factors=(1,), rounds=0, front=(), progress=False)
    assert RunFolder(tmp_path / "grid" / "dm-4,-eta-1").status()["state"] == "done"


def test_an_ablation_that_is_refused_leaves_the_one_that_runs_as_it_is(stream, tmp_path):
    network = tacos.error_driven(stream, hidden=5)
    given = dict(out=tmp_path, factors=(1,), rounds=0, front=(), progress=False)
    tacos.ablate(network, stream, "metaplasticity", 2, **given)
    with RunFolder(tmp_path).lock(), pytest.raises(RunError, match="being run by another process"):
        tacos.ablate(network, stream, "dm*4", 2, **given)
    assert [c["label"] for c in Ablation(tmp_path).declaration()["conditions"]] == ["full", "without metaplasticity"]


def test_stopping_conditions_says_how_all_of_them_go_on(stream, tmp_path, monkeypatch):
    failing(monkeypatch, lambda replica: True, KeyboardInterrupt)
    network = tacos.error_driven(stream, hidden=5)
    for processes in (1, 2):
        with pytest.raises(Interrupted, match="^Stopped; the same call goes on where it was.$"):
            tacos.run_conditions(
                {"one": network, "two": network}, stream, out=tmp_path, processes=processes, progress=False
            )
