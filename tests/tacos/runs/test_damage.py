"""Folders that were cut, emptied or altered, or that somebody sent: one sentence or the right answer, and nothing runs."""

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import synapses
import tacos
import tasks
from synapses.language.arithmetic import computed
from synapses.language.units import dimensions_of, parse_quantity
from tacos.errors import RunError
from tacos.runs.checkpoint import CHECKPOINT
from tacos.runs.folder import RunFolder
from tacos.runs.result import stored_results
from tests.tacos import runs_support as runs

RECORDED = runs.ROOT / "tests" / "recorded" / "run"
FILES = sorted(str(p.relative_to(RECORDED)) for p in RECORDED.rglob("*") if p.is_file())
SHOWN = (0, str(tacos.load(RECORDED)) + "\n")


@pytest.fixture
def folder(tmp_path):
    """A finished run of a small network, with digests as they are written now."""
    path = shutil.copytree(RECORDED, tmp_path / "run")
    found = RunFolder(path)
    declaration = found.declaration()
    shutil.rmtree(path / "replicas")
    (path / "run.toml").unlink()
    for name in ("status.json", "environment.json", "results.nc", "trajectories.nc"):
        (path / name).unlink()
    found.create(declaration)
    shutil.copytree(RECORDED / "replicas", path / "replicas")
    for name in ("status.json", "trajectories.nc"):
        shutil.copy(RECORDED / name, path / name)
    return found


def sentence(answer):
    status, out, error = answer
    lines = [line for line in error.splitlines() if "done before" not in line]
    return status == 1 and len(lines) == 1 and lines[0].startswith("tacos: ")


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=some.data())
def test_a_damaged_folder_is_shown_right_or_refused_in_one_sentence(data, tmp_path_factory, capfd):
    path = shutil.copytree(RECORDED, tmp_path_factory.mktemp("damaged") / "run")
    if data.draw(some.booleans(), "sealed"):
        seal_as_written(path)
    file = path / data.draw(some.sampled_from(FILES), "file")
    content = bytearray(file.read_bytes())
    how = data.draw(some.sampled_from(["cut", "empty", "altered", "gone", "nonsense"]), "how")
    sealed = (path / "digests.json").exists()
    if how == "gone":
        file.unlink()
    elif how == "altered":
        at = data.draw(some.integers(0, len(content) - 1), "at")
        content[at] ^= data.draw(some.integers(1, 255), "bits")
        file.write_bytes(content)
    else:
        kept = {"cut": content[: data.draw(some.integers(0, len(content) - 1), "length")], "empty": b""}
        file.write_bytes(kept.get(how, os.urandom(50)))
    shown = runs.cli(capfd, "show", path)
    known = how != "altered" or sealed or file.name not in ("run.toml", "results.nc")  # an old folder has no digests
    assert sentence(shown) or shown[:2] == SHOWN or not known and shown[0] == 0, shown
    if file.name not in ("run.toml",) and how != "altered":
        resumed = runs.cli(capfd, "resume", path) if file.name != CHECKPOINT or how != "gone" else shown
        assert sentence(resumed) or resumed[:2] == SHOWN, resumed


def seal_as_written(path):
    from tacos.runs.seals import write_sealed

    for name in ("run.toml", "results.nc"):
        write_sealed(path / name, (path / name).read_bytes())


@pytest.mark.slow
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=some.data())
def test_figures_of_a_damaged_folder(data, tmp_path_factory, capfd):
    path = shutil.copytree(RECORDED, tmp_path_factory.mktemp("damaged") / "run")
    seal_as_written(path)
    file = path / data.draw(some.sampled_from([f for f in FILES if f != "environment.json"]), "file")
    content = bytearray(file.read_bytes())
    at = data.draw(some.integers(0, len(content) - 1), "at")
    if data.draw(some.booleans(), "cut"):
        content = content[:at]
    else:
        content[at] ^= data.draw(some.integers(1, 255), "bits")
    file.write_bytes(content)
    answer = runs.cli(capfd, "plot", path)
    assert sentence(answer) or answer[0] == 0 and answer[1].count(".png") > 5, answer


def test_results_are_rebuilt_from_checkpoints(folder, capfd):
    assert not folder.results.exists()
    assert runs.cli(capfd, "show", folder.path)[:2] == SHOWN and not folder.results.exists()
    assert runs.cli(capfd, "resume", folder.path)[:2] == SHOWN and stored_results(folder) is not None
    folder.results.write_bytes(folder.results.read_bytes()[:-100])
    assert stored_results(folder) is None and runs.cli(capfd, "show", folder.path)[:2] == SHOWN


def test_a_lost_status_is_found_again(folder):
    for text in ("", "[]", "{}", '{"state": "dome"}', "\x00\xff"):
        (folder.path / "status.json").write_bytes(text.encode("latin-1"))
        assert folder.state() == "unknown"
        assert tacos.resume(folder.path, progress=False).finished().all() and folder.state() == "done"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.clear(), "format is a whole number"),
        (lambda d: d.update(format=99), "written by a newer version"),
        (lambda d: d.pop("seeds"), "seeds is a list, not None"),
        (lambda d: d.update(seeds=[0, "1"]), "seeds is how many replicas"),
        (lambda d: d.update(seeds=[]), "seeds is how many"),
        (lambda d: d.update(more=1), "'more' is no part of it"),
        (lambda d: d.update(label=3), "label is a text, not 3"),
        (lambda d: d.update(evaluate_every=-1), "evaluate_every is a number of presentations"),
        (lambda d: d["network"].pop("populations"), "does not describe a network"),
        (lambda d: d["network"]["populations"][1].update(size="many"), "'hidden' needs at least one neuron, not 'many'"),
        (lambda d: d["network"]["populations"][1].update(size=6), "is damaged: 'hidden.* has the shape"),
        (lambda d: d["network"]["projections"][0].update(connectivity={"kind": "None"}), "does not describe a network"),
        (lambda d: d["stream"].update(kind="braided"), "kind of stream 'braided' is not known"),
        (lambda d: d["stream"].update(samples="many"), "samples"),
        (lambda d: d["record"][0].pop("owner"), "does not describe a recording"),
    ],
)
def test_declarations_that_no_run_wrote(change, said, folder):
    data = folder.declaration()
    change(data)
    (folder.path / "run.toml").write_text(tomli_w.dumps(data))
    (folder.path / "digests.json").unlink()
    folder.set_status("stopped")
    with pytest.raises((RunError, tasks.TaskError, synapses.DeclarationError), match=said) as caught:
        tacos.resume(folder.path, progress=False)
    assert "\n" not in str(caught.value)


def test_a_declaration_that_was_edited_says_so(folder):
    text = (folder.path / "run.toml").read_text()
    (folder.path / "run.toml").write_text(text.replace("seeds = [", "seeds = [ "))
    with pytest.raises(RunError, match="is another than the run wrote; restore it, or delete '.*digests.json'"):
        folder.declaration()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.pop("progress"), "does not say how far"),
        (lambda c: c.update(progress=np.array("[]")), "does not say how far"),
        (lambda c: c.update(progress=np.array('{"position": -1}')), "does not say how far"),
        (lambda c: c.update(progress=_progress(c, position=10**6)), "at presentation 1000000"),
        (lambda c: c.update(progress=_progress(c, accuracy=[[0.5] * 4] * 5, silent=[[0.5] * 4] * 5)), "tests are of 4 tasks, not of 5"),
        (lambda c: c.update(progress=_progress(c, accuracy=[[7.0] * 5] * 5)), "does not say how far"),
        (lambda c: c.pop("state/input-hidden.w"), "it has no 'input-hidden.w'"),
        (lambda c: c.update({"state/input-hidden.w": np.zeros(3)}), "'input-hidden.w' has the shape"),
        (lambda c: c.update({"state/more.w": np.zeros(3)}), "the network has no 'more.w'"),
    ],
)
def test_checkpoints_that_no_replica_wrote(change, said, folder):
    path = folder.replica(0) / CHECKPOINT
    with np.load(path) as stored:
        content = dict(stored)
    change(content)
    np.savez(path, **content)
    folder.set_status("stopped")
    with pytest.raises(RunError, match=rf"seed-0/checkpoint.npz' is damaged: .*{said}"):
        tacos.resume(folder.path, progress=False)


def _progress(content, **changes):
    return np.array(json.dumps(json.loads(str(content["progress"])) | changes))


# -- what somebody sent --------------------------------------------------------------------------------------------


def payloads(marker):
    run = f"__import__('pathlib').Path({str(marker)!r}).touch()"
    wide = run.replace("__import__", "\uff3f\uff3fimport\uff3f\uff3f")
    return (
        run, wide, f"({run}) ms", f"1*ms if {run} else 1*ms", f"[{run}][0]*ms", f"(lambda: {run})()*ms",
        "().__class__.__base__.__subclasses__()", "ms.__class__", "\uff3f\uff3fclass\uff3f\uff3f", "9**9**9**9",
        f'"] or {run} or _n.spikes["', f'"""\n{run}\n"""', f"x\n{run}",
    )  # fmt: skip


@pytest.mark.parametrize("number", range(13))
def test_texts_of_a_folder_are_never_executed(number, folder, tmp_path):
    """Wherever a text stands: it is refused, or it is a name; nothing is run, on either backend."""
    marker = tmp_path / "executed"
    text = payloads(marker)[number]
    for read in (parse_quantity, dimensions_of, lambda t: computed(t, {"ms": 1e-3})):
        with pytest.raises((synapses.DeclarationError, NameError, SyntaxError, ArithmeticError, TypeError)):
            read(text)
    original = folder.declaration()
    (folder.path / "digests.json").unlink()
    shutil.rmtree(folder.path / "replicas")
    places = [
        ("network", "populations", 1, "name"), ("network", "populations", 1, "threshold"),
        ("network", "populations", 1, "equations"), ("network", "populations", 1, "reset"),
        ("network", "populations", 1, "refractory"), ("network", "populations", 1, "parameters", 0, "name"),
        ("network", "populations", 1, "parameters", 0, "value"), ("network", "populations", 1, "parameters", 0, "unit"),
        ("network", "projections", 0, "name"), ("network", "projections", 0, "receptor"),
        ("network", "projections", 0, "delay"), ("network", "duration"), ("network", "readout"),
        ("network", "projections", 0, "synapse", "states", 0, "initial"),
        ("network", "projections", 0, "synapse", "mechanisms", 0, "on_pre"),
        ("network", "projections", 0, "synapse", "efficacy"), ("stream", "duration"), ("record", 0, "which"),
        ("label",), ("stream", "dataset"),
    ]  # fmt: skip
    for backend in ("torch", "brian2"):
        for place in places:
            data = json.loads(json.dumps(original)) | {"backend": backend, "device": "cpu"}
            *path, last = place
            part = data
            try:
                for key in path:
                    part = part[key]
                part[last] = text
            except (KeyError, IndexError):
                continue
            (folder.path / "run.toml").write_text(tomli_w.dumps(data))
            folder.set_status("stopped")
            try:
                network = folder.network()
                if backend == "torch":
                    from tacos.backends.torch.source import imported, module_source

                    imported(module_source(network.lowered))
                else:
                    _ = network.lowered
            except (RunError, ValueError, SyntaxError, TypeError, NotImplementedError):
                pass
            assert not marker.exists(), place


def test_nothing_is_written_through_a_link(folder, tmp_path, capfd):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis").write_text("nine years")
    folder.set_status("stopped")
    record = folder.replica(0) / "0.w.record"
    for link, target in (
        (folder.path / "figures", precious),
        (record, precious / "thesis"),
        (folder.replica(0) / "sub", precious),
    ):
        link.symlink_to(target)
        for command in ("resume", "plot"):
            answer = runs.cli(capfd, command, folder.path)
            if command == "resume" or link.name == "figures":
                assert sentence(answer) and "is a symbolic link" in answer[2], answer
        link.unlink()
    assert [p.name for p in precious.iterdir()] == ["thesis"] and (precious / "thesis").read_text() == "nine years"


def test_what_a_killed_run_left_half_written_is_swept(folder):
    left = [folder.path / ".trajectories.x1", folder.path / ".results.nc.ab", folder.replica(0) / ".checkpoint.npz.zz"]
    for path in left:
        path.write_text("half")
    (folder.path / ".mine").write_text("kept")
    with folder.lock():
        assert not any(path.exists() for path in left) and (folder.path / ".mine").exists()


def test_a_killed_run_is_listed_as_killed(folder, capfd, monkeypatch):
    folder.set_status("running")
    (folder.path.parent / "runs").mkdir()
    moved = folder.path.rename(folder.path.parent / "runs" / "mine")
    monkeypatch.chdir(moved.parent.parent)
    with RunFolder(Path("runs/mine")).lock():
        assert re.search("runs/mine .* running ", runs.cli(capfd, "list")[1])
    assert re.search("runs/mine .* killed ", runs.cli(capfd, "list")[1])
