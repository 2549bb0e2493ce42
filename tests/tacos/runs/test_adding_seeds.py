"""Seeds that are added to a finished run, or come from another folder: the same as if all had been run at once."""

import os
import shutil

import pytest

import tacos
from tacos.errors import Interrupted
from tests.tacos import made_up_simulator as made_up
from tests.tacos import runs_support as runs

RECORD = (
    "input-hidden: w, m; synapses=random(5)",
    "hidden-output: m; synapses=all; every=2 presentations; from=3; to=50; reduce=mean, sd",
)


@pytest.fixture(scope="module")
def at_once(tmp_path_factory):
    return runs.flagship_run(tmp_path_factory.getbasetemp())


def some(out, seeds, **options):
    return tacos.run(
        runs.flagship(), runs.stream(), seeds, out=out, record=runs.RECORD, chunk=7, progress=False, **options
    )


@pytest.mark.slow
@pytest.mark.compiled
def test_to_a_finished_run_with_records(at_once, tmp_path):
    """Of random synapses, of spikes, by steps; and where it is stopped before the new seed is done."""
    first = some(tmp_path / "run", [0])
    assert not list(first.folder.path.rglob("*.record"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tacos.runs.replica.Replica._learn", stopped)
        with pytest.raises(Interrupted):
            some(tmp_path / "run", [0, 1])
    with pytest.raises(tacos.RunError, match="has no trajectories yet: go on with: tacos resume"):
        first.trajectories("hidden", "spikes")
    runs.assert_same_run(tacos.resume(tmp_path / "run", progress=False), at_once)
    assert not list(first.folder.path.rglob("*.record"))


def stopped(*arguments):
    raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.compiled
def test_of_two_folders(at_once, tmp_path):
    parts = [some(tmp_path / str(seed), [seed]) for seed in (0, 1)]
    merged = tacos.merge([part.folder.path for part in parts], tmp_path / "merged")
    runs.assert_same_run(merged, at_once)
    assert merged.folder.state() == "done" and not list(merged.folder.path.rglob("*.record"))


def made(out, seeds):
    return tacos.run(
        runs.flagship(), runs.stream(), seeds, out=out, record=RECORD, chunk=20, progress=False, processes=1
    )


def killed(call, after):
    """Whether a process that makes the call is over before so many files were written, renamed or removed."""
    child = os.fork()
    if not child:
        left = [after]

        def counted(change):
            def changed(*arguments, **options):
                if not left[0]:
                    os._exit(9)
                left[0] -= 1
                return change(*arguments, **options)

            return changed

        os.replace, os.unlink, os.rename = map(counted, (os.replace, os.unlink, os.rename))
        try:
            call()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_killed_at_any_file(tmp_path, monkeypatch):
    """Whatever was being written when a seed was added, the same call goes on, and nothing recorded is lost."""
    made_up.install(monkeypatch, runs.stream())
    at_once = made(tmp_path / "whole", [0, 1])
    before = made(tmp_path / "before", [0]).folder.path
    for k in range(40):
        path = shutil.copytree(before, tmp_path / str(k))
        was_killed = killed(lambda path=path: made(path, [0, 1]), k)
        if k % 2:  # what is left is seen as it is, and gone on with from the folder alone
            seeds = tacos.resume(path, progress=False).dataset["seed"].values.tolist()
            assert seeds in ([0], [0, 1])
        runs.assert_same_run(made(path, [0, 1]), at_once)
        if not was_killed:
            break
    assert k > 12 and not was_killed


def test_thinned_records_of_two_folders(tmp_path, monkeypatch):
    made_up.install(monkeypatch, runs.stream())
    parts = [made(tmp_path / str(seed), [seed]).folder.path for seed in (1, 0)]
    runs.assert_same_run(tacos.merge(parts, tmp_path / "merged"), made(tmp_path / "whole", [1, 0]))
