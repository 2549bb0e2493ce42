"""The folder of a run: what it says, and what it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import tacos
import tasks
from tacos.errors import RunError
from tacos.runs import folder as runfolder
from tacos.runs.folder import FORMAT, RunFolder, environment, free_folder
from tests.tacos import runs_support as runs

DECLARATION = {"format": FORMAT, "label": "a", "seeds": [0, 1], "evaluate_every": 0, "stream": {}, "network": {"dt": 0.001, "names": ["x"], "none": []}}


def test_a_new_folder(tmp_path):
    folder = RunFolder(tmp_path / "deep" / "run")
    assert folder.create(DECLARATION)
    assert folder.declaration() == DECLARATION
    assert folder.status()["state"] == "started"
    assert sorted(path.name for path in folder.path.iterdir()) == ["digests.json", "environment.json", "run.toml", "status.json"]


def test_an_empty_folder_may_be_used(tmp_path):
    assert RunFolder(tmp_path).create(DECLARATION)


def test_the_same_run_again(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.create(DECLARATION)
    folder.set_status("stopped")
    assert not folder.create({**DECLARATION, "seeds": (0, 1)})  # a tuple comes back as a list
    assert folder.status()["state"] == "stopped"


def test_a_different_run_is_refused_and_stays(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.create(DECLARATION)
    with pytest.raises(RunError) as caught:
        folder.create({**DECLARATION, "seeds": (0, 1), "label": "b", "network": {"dt": 0.002}})
    message = f"'{folder.path}' already holds a different run (another label, network); choose another --out."
    assert str(caught.value) == message
    assert folder.declaration() == DECLARATION


def test_something_else_is_refused_and_stays(tmp_path):
    (tmp_path / "thesis.tex").write_text("nine years")
    for path in (tmp_path, tmp_path / "thesis.tex"):
        with pytest.raises(RunError, match="already exists and is not the folder of a run; choose another --out.$"):
            RunFolder(path).create(DECLARATION)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("content", ["seeds = [0, 1", "\x00", b"\xff\xfe"])
def test_an_unreadable_run(tmp_path, content):
    path = tmp_path / "run.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RunError, match="run.toml' cannot be read: .*"):
        RunFolder(tmp_path).declaration()


def test_no_run(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "nothing", tmp_path / "file"):
        with pytest.raises(RunError, match=f"^'{path}' is not the folder of a run: it has no run.toml.$"):
            RunFolder(path).declaration()


def test_a_newer_version(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.create({**DECLARATION, "format": FORMAT + 1})
    expected = f"written by a newer version .format {FORMAT + 1}, this one reads {FORMAT}.; update TACOS.$"
    for use in (folder.declaration, lambda: tacos.load(folder.path).dataset, lambda: tacos.resume(folder.path)):
        with pytest.raises(RunError, match=expected):
            use()


def test_status(tmp_path):
    folder = RunFolder(tmp_path)
    assert folder.status() == {"state": "unknown"}
    folder.set_status("failed", reason="the disk is full")
    found = folder.status()
    assert (found["state"], found["reason"]) == ("failed", "the disk is full")
    assert len(found["time"]) == len("2026-01-01 00:00:00")
    (tmp_path / "status.json").write_text('{"state": "do')
    assert folder.status() == {"state": "unknown"}


def test_networks_and_streams_survive_the_way_through_a_file(tmp_path):
    folder = RunFolder(tmp_path / "run")
    stream = tasks.split("mnist", scenario="class-incremental", samples=500, blank="20 ms", class_seed=3)
    for number, network in enumerate((runs.flagship(), runs.own_network("20 ms"))):
        folder = RunFolder(tmp_path / str(number))
        folder.create({**DECLARATION, "network": network.to_dict(), "stream": stream.to_dict()})
        found = folder.declaration()
        assert tacos.Network.from_dict(found["network"]) == network
        assert tasks.from_dict(found["stream"]) == stream


def test_environment(monkeypatch):
    found = environment()
    assert found["python"] == sys.version.split()[0]
    assert found["cores"] >= 1
    json.dumps(found)

    def missing(*arguments, **options):
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "run", missing)
    assert environment()["commit"] == "unknown"


def test_free_folder(tmp_path):
    assert free_folder(tmp_path, "a") == tmp_path / "a"
    (tmp_path / "a").mkdir()
    (tmp_path / "a-2").mkdir()
    assert free_folder(tmp_path, "a") == tmp_path / "a-3"


def test_a_folder_is_run_by_one_process_at_a_time(tmp_path):
    folder = RunFolder(tmp_path)
    code = f"import pathlib, time, tacos.runs.folder as r\nwith r.RunFolder(pathlib.Path({str(tmp_path)!r})).lock():\n"
    other = subprocess.Popen(
        [sys.executable, "-c", code + "    print(1, flush=True)\n    time.sleep(100)"], stdout=subprocess.PIPE
    )
    try:
        other.stdout.readline()
        with pytest.raises(RunError, match="is being run by another process; wait for it or stop it.$"), folder.lock():
            pass
    finally:
        other.kill()
        other.communicate()
    with folder.lock():  # the lock of a killed process is nobody's
        pass


def test_paths_of_a_run():
    folder = RunFolder(Path("runs/a"))
    assert folder.results == Path("runs/a/results.nc")
    assert folder.trajectories == Path("runs/a/trajectories.nc")
    assert folder.replica(3) == Path("runs/a/replicas/seed-3")
    assert runfolder.FORMAT == 1
