"""Runs that were killed or stopped, and end as if nothing had happened."""

import os
import random
import signal
import subprocess
import sys
from functools import cache

import pytest

import tacos
import tasks
from tacos.backends import BackendError, Choice
from tacos.runs.checkpoint import CHECKPOINT, load_checkpoint, save_checkpoint
from tacos.runs.folder import RunFolder
from tacos.runs.replica import Replica, Stopped
from tests.tacos import runs_support as runs

pytestmark = pytest.mark.compiled


@pytest.fixture
def finished(tmp_path_factory):
    return runs.flagship_run(tmp_path_factory.getbasetemp())


@cache
def own_run(blank, base):
    """An uninterrupted run of the network of our own."""
    folder = base / f"own {blank}"
    network, stream = runs.own_network(blank), runs.own_stream()
    return tacos.run(network, stream, 2, out=folder, record=runs.OWN_RECORD, progress=False)


def kill_again_and_again(start, folder, seed, times):
    """Start and kill at random moments; how far the replicas were each time."""
    moments = random.Random(seed)
    reached = []
    for _ in range(times):
        before = sum(runs.positions(folder))
        process = start()
        killed = runs.kill_when(process, lambda: sum(runs.positions(folder)) > before, moments.uniform(0, 0.4))  # noqa: B023
        process.communicate()
        reached.append(sum(runs.positions(folder)))
        if not killed:
            break
    return reached


@pytest.mark.slow
def test_killed_on_the_command_line(finished, tmp_path):
    folder = tmp_path / "run"
    options = ["split-digits", *runs.flagship_options(), "--samples", runs.N, "--seeds", 2, "--chunk", 4]
    options += ["--out", folder]
    options += [part for what in runs.RECORD for part in ("--record", what)]

    def start():
        if (folder / "run.toml").exists():
            return runs.command("resume", folder, "--chunk", 6)
        return runs.command("run", *options)

    reached = kill_again_and_again(start, folder, seed=3, times=3)
    assert 0 < reached[0] < 2 * runs.N, "killed in the middle"
    # Right after a kill, while the simulation program may still be at work.
    last = runs.command("resume", folder)
    out, error = last.communicate()
    assert last.returncode == 0, error
    assert "2 of 2 seeds finished" in out
    runs.assert_same_run(finished, tacos.load(folder))
    leftovers = [path.name for path in folder.rglob(".*") if path.name.startswith(".checkpoint")]
    assert len(leftovers) <= 3 * 2


@pytest.mark.slow
@pytest.mark.parametrize("blank", ["0 ms", "2 ms"])
def test_killed_with_spikes_under_way(blank, tmp_path, tmp_path_factory):
    """A delayed projection, an event-driven trace, a delayed event, refractory cells and noise."""
    expected = own_run(blank, tmp_path_factory.getbasetemp())
    folder = tmp_path / "run"

    def start():
        code = f"from tests.tacos import runs_support as runs; runs.run_own_network({str(folder)!r}, {blank!r})"
        command = [sys.executable, "-c", code]
        return subprocess.Popen(command, cwd=runs.ROOT, stderr=subprocess.PIPE, text=True)

    reached = kill_again_and_again(start, folder, seed=len(blank), times=2)
    assert 0 < reached[0] < 2 * runs.N, "killed in the middle"
    runs.assert_same_run(expected, tacos.resume(folder, progress=False))
    state = expected.state(0)
    if blank != "0 ms":
        assert any(len(values) for key, values in state.items() if key.endswith(".queue")), "spikes are under way"
    assert (state["input-hidden.x"] > 0).any()
    assert (expected.dataset["rate"].sel(population="hidden") > 5).all()


@pytest.mark.slow
def test_another_chunk_with_spikes_under_way(tmp_path, tmp_path_factory):
    expected = own_run("2 ms", tmp_path_factory.getbasetemp())
    again = tacos.run(
        runs.own_network("2 ms"), runs.own_stream(), 2, out=tmp_path / "run", record=runs.OWN_RECORD, chunk=1,
        progress=False,
    )  # fmt: skip
    runs.assert_same_run(expected, again)


def interrupted(path, after, chunk=4, seed=0):
    """A run of one seed, stopped after some presentations as a signal would."""
    with pytest.MonkeyPatch.context() as patch:
        save = save_checkpoint

        def save_and_stop(folder, state, progress):
            save(folder, state, progress)
            if progress.position >= after:
                raise KeyboardInterrupt

        patch.setattr("tacos.runs.replica.save_checkpoint", save_and_stop)
        with pytest.raises(tacos.RunError, match=f"^Stopped; go on with: tacos resume {path}$"):
            tacos.run(runs.flagship(), runs.stream(), [seed], out=path, record=runs.RECORD, chunk=chunk, progress=False)
    return RunFolder(path)


@pytest.fixture
def alone(finished, tmp_path_factory):
    """The uninterrupted run of one seed."""
    return one_seed(tmp_path_factory.getbasetemp())


@cache
def one_seed(base):
    return tacos.run(runs.flagship(), runs.stream(), [0], out=base / "one", record=runs.RECORD, progress=False)


def test_records_past_the_checkpoint_are_cut_off(alone, tmp_path):
    folder = interrupted(tmp_path / "run", after=20)
    records = sorted(folder.replica(0).glob("*.record"))
    assert len(records) == 6
    for number, path in enumerate(records):
        with open(path, "ab") as file:
            file.write(os.urandom(3 + 400 * number))
    runs.assert_same_run(alone, tacos.resume(folder.path, progress=False))


def test_records_that_are_too_short_are_not_made_up(tmp_path):
    folder = interrupted(tmp_path / "run", after=20)
    path = folder.replica(0) / "1.spikes.record"
    os.truncate(path, path.stat().st_size - 12)
    with pytest.raises(tacos.RunError, match="1.spikes.record' is shorter than at the checkpoint"):
        tacos.resume(folder.path, progress=False)
    assert folder.status()["state"] == "failed"


def test_half_a_checkpoint_is_ignored(alone, tmp_path):
    folder = interrupted(tmp_path / "run", after=20)
    whole = (folder.replica(0) / CHECKPOINT).read_bytes()
    (folder.replica(0) / f".{CHECKPOINT}.abc123").write_bytes(whole[: len(whole) // 2])
    runs.assert_same_run(alone, tacos.resume(folder.path, progress=False))


def test_killed_before_the_first_checkpoint(alone, tmp_path):
    folder = interrupted(tmp_path / "run", after=4)
    (folder.replica(0) / CHECKPOINT).unlink()
    runs.assert_same_run(alone, tacos.resume(folder.path, progress=False))


def test_killed_before_an_evaluation(alone, tmp_path):
    """The checkpoint is that of the end of the first task, which is not tested yet."""
    folder = interrupted(tmp_path / "run", after=30)
    assert runs.positions(folder.path, [0]) == [30]
    runs.assert_same_run(alone, tacos.resume(folder.path, progress=False))


def test_running_the_same_again_resumes(alone, tmp_path):
    folder = interrupted(tmp_path / "run", after=20)
    again = tacos.run(runs.flagship(), runs.stream(), [0], out=folder.path, record=runs.RECORD, progress=False)
    runs.assert_same_run(alone, again)


def test_resuming_a_finished_run_runs_nothing(alone, monkeypatch):
    monkeypatch.setattr("tacos.runs.simulating.simulator", None)
    again = tacos.resume(alone.folder.path)
    assert again.dataset.identical(alone.dataset)


def test_progress_says_what_was_done_before(tmp_path, capfd):
    folder = interrupted(tmp_path / "run", after=20)
    capfd.readouterr()
    tacos.resume(folder.path, chunk=7)
    first, *others = capfd.readouterr().err.splitlines()
    assert first.endswith("%, done before")
    assert others and all(line.endswith(" left") for line in others)


def test_ctrl_c_on_the_command_line(tmp_path):
    folder = tmp_path / "run"
    options = [*runs.flagship_options(), "--samples", 1000, "--chunk", 1, "--out", folder]
    process = runs.command("run", "split-digits", *options)
    assert runs.kill_when(process, lambda: runs.positions(folder, [0])[0] > 0, 0.2, signal.SIGINT)
    error = process.communicate(timeout=100)[1]
    assert process.returncode == 1
    assert error.splitlines()[-1] == f"tacos: Stopped; go on with: tacos resume {folder}"
    assert "Traceback" not in error
    assert RunFolder(folder).status()["state"] == "stopped"
    assert 0 < runs.positions(folder, [0])[0] < 1000


def test_a_terminal_interrupts_the_simulation_program_too(monkeypatch):
    """Then it is the user who stopped the run, and no failure of the program."""
    from tacos.backends import brian2

    class Interrupted:
        returncode, stderr = -signal.SIGINT, ""

    simulator, task, state = small_task()
    monkeypatch.setattr(brian2.standalone.subprocess, "run", lambda *arguments, **options: Interrupted)
    with pytest.raises(KeyboardInterrupt):
        simulator.run(state, task)


def small_task():
    from tacos.backends import Stretch, simulator
    from tacos.networks.initial import initial_state

    network = runs.flagship()
    images, targets = runs.stream().presentations(0, 0, 2)
    task = Stretch({"image": images}, first=0, seed=0, phase=0, learning=True, n=2)
    return simulator(network), task, initial_state(network.lowered, 0)


def test_the_program_ends_when_who_started_it_was_killed(monkeypatch):
    """Else it would go on writing records while the run is resumed."""
    simulator, task, state = small_task()
    simulator.run(state, task)
    monkeypatch.setattr(os, "getpid", lambda: 1)
    with pytest.raises(BackendError, match="ended with status 4"):
        simulator.run(state, task)


def test_a_replica_asked_to_stop_stops_between_chunks(tmp_path):
    from tacos.backends import simulator

    asked = iter([False, False, True])
    replica = Replica(simulator(runs.flagship(), chunk=5), runs.stream(), 0, tmp_path, (60,), stop=lambda: next(asked))
    with pytest.raises(Stopped):
        replica.run()
    assert load_checkpoint(tmp_path)[1].position == 10


def test_a_resumed_run_keeps_the_precision_of_its_declaration(tmp_path, monkeypatch):
    path = runs.made_up_run(tmp_path / "run", {0: []}, state="stopped").folder.path  # declared in float64
    seen = []

    def simulator(network, choice, *others):
        seen.append(choice.dtype)
        raise tacos.RunError("that was all")

    monkeypatch.setattr("tacos.runs.simulating.simulator", simulator)
    with pytest.raises(tacos.RunError, match="that was all"):
        tacos.resume(path, progress=False)
    assert seen == ["float64"]
    assert (Choice().dtype, Choice(mode="runtime").dtype) == ("float32", "float32")


def test_data_of_ones_own_are_given_again(tmp_path):
    original = tasks.load("digits")
    data = tasks.from_arrays(
        "mine", original.train_images, original.train_labels, original.test_images, original.test_labels, (8, 8)
    )
    stream = tasks.split(data, classes_per_task=5, samples=20, test_samples=20)
    path = tmp_path / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tacos.runs.experiment.run_job", lambda *arguments: None)
        tacos.run(runs.flagship(), stream, out=path)
    with pytest.raises(tasks.TaskError, match="data set 'mine' is your own and not known by name"):
        tacos.resume(path)
    with pytest.raises(
        tacos.RunError, match=r"begun with another stream \(another order_seed, samples\); give that one"
    ):
        tacos.resume(path, stream=stream.with_options(samples=40, order_seed=1))
    finished = tacos.resume(path, stream=stream, progress=False)
    assert finished.finished().all()


def test_two_at_once_are_refused(tmp_path):
    folder = interrupted(tmp_path / "run", after=20)
    code = f"import pathlib, time, tacos.runs.folder as r\nwith r.RunFolder(pathlib.Path({str(folder.path)!r})).lock():\n"
    other = subprocess.Popen(
        [sys.executable, "-c", code + "    print(1, flush=True)\n    time.sleep(100)"], stdout=subprocess.PIPE
    )
    try:
        other.stdout.readline()
        before = folder.status()
        with pytest.raises(tacos.RunError, match="is being run by another process"):
            tacos.resume(folder.path, progress=False)
        assert folder.status() == before
    finally:
        other.kill()
        other.communicate()
