"""Seeds that are added to a finished run, or come from another folder: the same as if all had been run at once."""

import pytest

import tacos
from tacos.errors import Interrupted
from tests.tacos import runs_support as runs

pytestmark = [pytest.mark.slow, pytest.mark.compiled]


@pytest.fixture(scope="module")
def at_once(tmp_path_factory):
    return runs.flagship_run(tmp_path_factory.getbasetemp())


def some(out, seeds, **options):
    return tacos.run(
        runs.flagship(), runs.stream(), seeds, out=out, record=runs.RECORD, chunk=7, progress=False, **options
    )


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


def test_of_two_folders(at_once, tmp_path):
    parts = [some(tmp_path / str(seed), [seed]) for seed in (0, 1)]
    merged = tacos.merge([part.folder.path for part in parts], tmp_path / "merged")
    runs.assert_same_run(merged, at_once)
    assert merged.folder.state() == "done" and not list(merged.folder.path.rglob("*.record"))
