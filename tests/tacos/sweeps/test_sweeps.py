"""Sweeps: what is varied, what is kept, parts put together, cells by number, workers of Dask that die."""

import json
import os
import re
import signal
import threading
import time

import numpy as np
import pytest
import xarray as xr

import tacos
import tasks
from tacos.errors import RunError
from tacos.runs.folder import RunFolder
from tacos.runs.result import Result, stored_results
from tacos.runs.running import Running
from tacos.sweeps import Between, array_job, load_sweep, merge
from tacos.sweeps.axes import cells, changed, written
from tacos.sweeps.sweep import go_on, run_cell, sweep
from tests.tacos import made_up_simulator as made_up
from tests.tacos import runs_support as runs

AXES = {"dm*": [0.5, 1, 2], "hidden": [4, 5]}


def stream(**options):
    return tasks.named("split-digits", **{"samples": 10, "test_samples": 10, "duration": "20 ms", **options})


def build(shown, hidden=4):
    return tacos.error_driven(shown, hidden=hidden)


def swept(out, seeds=2, axes=AXES, **options):
    return sweep(build, stream(), axes, seeds, out=out, **{"progress": False, **options})


# -- what is varied ------------------------------------------------------------------------------------------------


def test_all_combinations_the_last_axis_fastest():
    found = cells({"a": [1, 2], "b": ["x", "y"]})
    assert found == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}]


def test_drawn_cells_lie_between_their_bounds_and_come_again():
    axes = {"a": Between(1e-3, 1e1, log=True), "b": Between(-1, 1), "c": ["x", "y", "z"]}
    found = cells(axes, 2000, 3)
    assert found == cells(axes, 2000, 3) != cells(axes, 2000, 4)
    a, b = (np.array([one[name] for one in found]) for name in "ab")
    assert abs(np.median(np.log10(a)) + 1) < 0.1 and 1e-3 <= a.min() and a.max() < 1e1
    assert abs(np.median(b)) < 0.1 and -1 <= b.min() < -0.9 < 0.9 < b.max() < 1
    assert {one["c"] for one in found} == {"x", "y", "z"}


def test_a_cell_changes_parameters_the_stream_and_what_the_builder_takes():
    network, shown = changed(
        tacos.error_driven, stream(), {"hidden": 7, "dm*": 2, "input-hidden.tau_c": "5 s", "stream.samples": 20}
    )
    dm = tacos.error_driven(stream(), hidden=7).projection("input-hidden").synapse.all_parameters()["dm"].value
    parameters = network.projection("input-hidden").synapse.all_parameters()
    assert network.population("hidden").size == 7 and shown.n_presentations == 20
    assert (parameters["dm"].value, parameters["tau_c"].value) == (2 * dm, 5)


@pytest.mark.parametrize(
    ("axes", "options", "sentence"),
    [
        ({}, {}, "at least one axis"),
        ({"dm": []}, {}, "'dm' has no value"),
        ({"dm": [1, 1]}, {}, "'dm' has the same value twice"),
        ({"dm": "0.1"}, {}, "'dm' is a list of values, such as [0.1, 0.2], not '0.1'"),
        ({"dm": Between(0, 1)}, {}, "say how many: draws=20"),
        ({"dmm": [1]}, {}, "dmm"),
        ({"dm*": ["much"]}, {}, "multiplied by numbers, not by 'much'"),
        ({"stream.held_out": ["test"]}, {}, "say validation=False"),
        ({"dm": [0.1]}, {"draws": 0}, "at least one"),
        ({"stream.classes_per_task": [2, 5]}, {}, "gives 2 tasks, not 5"),
    ],
)
def test_mistakes_get_one_sentence_before_there_is_a_folder(tmp_path, axes, options, sentence):
    with pytest.raises(ValueError if "dmm" in axes else RunError, match=re.escape(sentence)):
        swept(tmp_path / "sweep", axes=axes, **options)
    assert not (tmp_path / "sweep").exists()


def test_bounds_the_wrong_way_round():
    for low, high, log in ((1, 0, False), (0, 1, True), (1, 1, False)):
        with pytest.raises(RunError, match="Between takes a low bound"):
            Between(low, high, log)


# -- what comes out ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Six cells of two seeds, whose accuracies are known by rule."""
    with pytest.MonkeyPatch.context() as patch:
        made_up.install(patch, stream())
        return swept(tmp_path_factory.mktemp("sweep") / "digits")  # the real simulator is back for the other tests


def test_one_labelled_array(finished):
    data = finished.dataset
    assert data["accuracy"].dims == ("dm*", "hidden", "replica", "trained_on", "tested_on")
    assert data["hidden"].values.tolist() == [4, 5] and data["dm*"].values.tolist() == [0.5, 1, 2]
    assert (data["state"] == "done").all() and np.isfinite(data["accuracy"]).all()
    assert (data["dm*"].attrs["units"], data["hidden"].attrs["units"], data["seed"].attrs["units"]) == (
        "1",
        "base unit",
        "1",
    )
    table = finished.to_dataframe()
    assert list(table)[:5] == ["dm*", "hidden", "replica", "trained_on", "tested_on"] and "accuracy" in table
    np.testing.assert_array_equal(table["accuracy"], data["accuracy"].values.ravel())
    alone = finished.run(**{"dm*": 2, "hidden": 5})
    np.testing.assert_array_equal(data["accuracy"].sel({"dm*": 2, "hidden": 5}), alone.accuracy_matrix)
    assert alone.folder.network().population("hidden").size == 5
    assert alone.folder.declaration()["stream"]["held_out"] == "validation"
    with np.testing.assert_raises_regex(RunError, "2 cells of .* have dm\\*=2; name one"):
        finished.run(**{"dm*": 2})


def test_it_is_printed_and_drawn(finished, capfd):
    status, out, error = runs.cli(capfd, "show", finished.path)
    assert (status, error) == (0, "") and out.strip() == str(finished)
    assert "6 of 6 cells are done" in out and "validation data; the best first" in out
    lines = (finished.path / "sweep.csv").read_text().splitlines()
    assert lines[0] == "dm*,hidden,average accuracy mean,average accuracy sd,seeds,state" and len(lines) == 7
    status, out, error = runs.cli(capfd, "plot", finished.path)
    assert (status, error) == (0, "") and (finished.path / "sweep.png").stat().st_size > 5000


def test_drawn_cells_are_one_dimension(tmp_path, monkeypatch):
    made_up.install(monkeypatch, stream())
    found = swept(tmp_path / "drawn", 1, {"dm": Between(1e-3, 1, log=True), "hidden": [4, 5]}, draws=5)
    data = found.dataset
    assert data["accuracy"].dims[0] == "cell" and data["dm"].dims == ("cell",) == data["hidden"].dims
    declared = found.run(dm=float(data["dm"][3])).folder.network().projection("input-hidden").synapse
    assert declared.all_parameters()["dm"].value == float(data["dm"][3])
    assert found.figure().axes


def test_another_sweep_in_the_same_folder_is_refused(finished):
    with pytest.raises(RunError, match=r"different sweep \(another axes, cells\); choose another --out"):
        swept(finished.path, axes={"dm*": [1]})


def test_seeds_can_be_added_to_what_is_finished(tmp_path, monkeypatch):
    made_up.install(monkeypatch, stream())
    first = swept(tmp_path / "grows", [0, 3], {"dm*": [1]})
    before = first.dataset["accuracy"].values
    checkpoint = first.run(**{"dm*": 1}).folder.replica(3) / "checkpoint.npz"
    written_at = checkpoint.stat().st_mtime_ns if checkpoint.exists() else None
    more = swept(tmp_path / "grows", [0, 3, 7], {"dm*": [1]})
    assert more.dataset["seed"].values.tolist() == [0, 3, 7]
    np.testing.assert_array_equal(more.dataset["accuracy"].values[:, :2], before)
    assert written_at is None or checkpoint.stat().st_mtime_ns == written_at, "what has finished is not run again"
    with pytest.raises(RunError, match="different run \\(another seeds\\)"):
        swept(tmp_path / "grows", [0, 3], {"dm*": [1]})


def test_a_call_that_was_killed_while_it_added_seeds_leaves_what_can_be_read(tmp_path, monkeypatch):
    made_up.install(monkeypatch, stream())
    found = swept(tmp_path / "half", [0, 1], {"dm*": [1, 2]})
    before = found.dataset["accuracy"].values
    with pytest.MonkeyPatch.context() as patch:
        real = RunFolder.create

        def create(self, declaration):
            if "dm-2" in str(self.path):
                raise KeyboardInterrupt
            return real(self, declaration)

        patch.setattr(RunFolder, "create", create)
        with pytest.raises(KeyboardInterrupt):
            swept(tmp_path / "half", [0, 1, 2], {"dm*": [1, 2]})
    half = load_sweep(tmp_path / "half")
    assert half.dataset["seed"].values.tolist() == [0, 1, 2] and "1 of 2 cells are done" in str(half)
    np.testing.assert_array_equal(half.dataset["accuracy"].values[:, :2], before)
    assert np.isnan(half.dataset["accuracy"].values[:, 2]).all()
    whole = swept(tmp_path / "half", [0, 1, 2], {"dm*": [1, 2]})
    assert np.isfinite(whole.dataset["accuracy"]).all()


def test_a_sweep_on_data_of_ones_own(tmp_path, monkeypatch):
    """Its stream cannot be read from the folder: nothing that is shown needs it."""
    rng = np.random.default_rng(0)
    images, labels = rng.random((40, 16), dtype=np.float32), np.arange(40) % 4
    data = tasks.from_arrays("mine", images[:32], labels[:32], images[32:], labels[32:], image_shape=(4, 4))
    own = tasks.split(data, samples=8)
    made_up.install(monkeypatch, own)
    found = sweep(build, own, {"dm*": [0.5, 1]}, out=tmp_path / "own", validation=False, progress=False)
    assert (found.dataset["state"] == "done").all() and "2 of 2 cells are done" in str(load_sweep(found.path))
    assert run_cell(found.path, 2, Running(progress=False), own.with_options()).folder.state() == "done"


# -- in parts ------------------------------------------------------------------------------------------------------


def test_cell_by_cell_as_an_array_job(tmp_path, finished, monkeypatch, capfd):
    made_up.install(monkeypatch, stream())
    found = swept(tmp_path / "array", run=False)
    assert (found.dataset["state"] == "started").all()
    script = array_job(found).read_text()
    assert "#SBATCH --array=1-6" in script and '--cell "$SLURM_ARRAY_TASK_ID/6"' in script
    for number in range(1, 7):
        run_cell(found.path, number, Running(progress=False))
    np.testing.assert_array_equal(found.dataset["accuracy"], finished.dataset["accuracy"])
    assert (
        runs.cli(capfd, "sweep", found.path, "--cell", "7/6")[2].strip()
        == ("tacos: '7/6' is no cell of a sweep of 6; the first is 1/6.")
        or "cells 1 to 6" in runs.cli(capfd, "sweep", found.path, "--cell", "7/6")[2]
    )


def test_parts_are_put_together(tmp_path, finished, monkeypatch):
    made_up.install(monkeypatch, stream())
    parts = [swept(tmp_path / name, run=False) for name in ("one", "two")]
    for number in range(1, 7):
        run_cell(parts[number % 2].path, number, Running(progress=False))
    merged = merge([part.path for part in parts], tmp_path / "whole")
    assert merged.dataset.equals(finished.dataset)
    with pytest.raises(RunError, match="exists; name a folder that does not"):
        merge([part.path for part in parts], tmp_path / "whole")
    other = swept(tmp_path / "other", axes={"dm*": [1]}, run=False)
    with pytest.raises(RunError, match="are different sweeps"):
        merge([parts[0].path, other.path], tmp_path / "both")


def test_seeds_that_were_run_here_and_there_are_put_together(tmp_path, monkeypatch, capfd):
    """Of sweeps and of runs; what comes out is what one folder would hold, and goes on like it."""
    made_up.install(monkeypatch, stream())
    numbers = ([3, 0], [1])
    parts = [swept(tmp_path / str(k), seeds=seeds) for k, seeds in enumerate(numbers)]
    whole = swept(tmp_path / "all", seeds=[3, 0, 1])
    merged = merge([part.path for part in parts], tmp_path / "merged")
    assert merged.dataset.equals(whole.dataset) and (merged.dataset["state"] == "done").all()
    cell = f"cells/{whole.cells[0]['folder']}"
    folders = [RunFolder(path / cell) for path in (whole.path, merged.path)]
    expected, found = (stored_results(one).drop_vars("ms_per_presentation") for one in folders)
    xr.testing.assert_identical(expected, found)  # sealed, with all seeds in order
    assert folders[0].declaration() == folders[1].declaration()
    again = swept(tmp_path / "merged", seeds=[3, 0, 1, 5])  # more of them, as to what was run in one folder
    assert np.isfinite(again.dataset["accuracy"]).all()

    status, printed, error = runs.cli(
        capfd, "merge", parts[0].path / cell, parts[1].path / cell, "--out", tmp_path / "run"
    )
    assert status == 0 and "3 seeds" in printed, error
    assert Result(RunFolder(tmp_path / "run")).dataset["seed"].values.tolist() == [3, 0, 1]
    other = f"cells/{whole.cells[1]['folder']}"
    with pytest.raises(RunError, match=r"are different runs \(another label, network\); only seeds may differ"):
        tacos.merge([parts[0].path / cell, parts[1].path / other], tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_unfinished_seeds_stay_unfinished_when_put_together(tmp_path, monkeypatch):
    made_up.install(monkeypatch, stream())
    begun = sweep(build, stream(), {"dm*": [1.0]}, [0], out=tmp_path / "a", run=False)
    done = sweep(build, stream(), {"dm*": [1.0]}, [1], out=tmp_path / "b", progress=False)
    merged = merge([begun.path, done.path], tmp_path / "c")
    accuracy = merged.dataset["accuracy"].values[0]
    assert (
        np.isnan(accuracy[0]).all() and np.isfinite(accuracy[1]).all() and merged.dataset["state"].item() == "stopped"
    )
    whole = sweep(build, stream(), {"dm*": [1.0]}, [0, 1], out=tmp_path / "c", progress=False)
    assert np.isfinite(whole.dataset["accuracy"]).all()
    np.testing.assert_array_equal(whole.dataset["accuracy"].values[0, 1], accuracy[1])


def test_cells_with_records_are_put_together(tmp_path, monkeypatch):
    made_up.install(monkeypatch, stream())
    options = {"record": "input-hidden: w, m; synapses=random(5)", "progress": False}
    parts = [
        sweep(build, stream(), {"dm*": [1.0]}, seeds, out=tmp_path / str(seeds), **options) for seeds in ([0], [1])
    ]
    whole = sweep(build, stream(), {"dm*": [1.0]}, [0, 1], out=tmp_path / "whole", **options)
    merged = merge([part.path for part in parts], tmp_path / "merged")
    runs.assert_same_run(merged.run(**{"dm*": 1.0}), whole.run(**{"dm*": 1.0}))
    assert not list((tmp_path / "merged").rglob("*.record"))  # raw records are in one file


@pytest.mark.slow
@pytest.mark.compiled
def test_on_the_command_line(tmp_path, capfd):
    out = tmp_path / "sweep"
    asked = ["sweep", "split-digits", "--axis", "dm*=0.5,1", "--axis", "stream.samples=10,20", "--seeds", "1,3",
             "--hidden", "4", "--test-samples", "10", "--out", out]  # fmt: skip
    status, printed, error = runs.cli(capfd, *asked, "--declare")
    assert status == 0 and "0 of 4 cells are done" in printed
    status, printed, error = runs.cli(capfd, "sweep", out, "--cell", "2/4")
    assert status == 0 and "split-digits" in printed
    status, printed, error = runs.cli(capfd, "sweep", out)
    assert status == 0 and "4 of 4 cells are done" in printed
    assert load_sweep(out).dataset["seed"].values.tolist() == [1, 3]
    status, printed, error = runs.cli(capfd, *asked[:-2], "--slurm", "--out", tmp_path / "array")
    assert status == 0 and "sbatch" in printed and (tmp_path / "array" / "array.sbatch").exists()


# -- on workers of Dask --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.compiled
def test_a_killed_worker_changes_nothing(tmp_path):
    """Two workers, one killed with SIGKILL amid its cells: the same bits as in one process, by the same job function."""
    from distributed import Client, LocalCluster

    axes = {"dm*": [0.5, 1, 2, 4]}
    here = swept(tmp_path / "here", 2, axes)
    with LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        victim = {}

        def kill():
            for _ in range(3000):
                running = [p for p in (tmp_path / "there").glob("cells/*/status.json") if "running" in p.read_text()]
                if running:
                    pids = client.run(os.getpid)
                    busy = next(address for address, keys in client.processing().items() if keys)
                    victim["pid"] = pids[busy]
                    os.kill(pids[busy], signal.SIGKILL)
                    return
                time.sleep(0.02)

        killer = threading.Thread(target=kill)
        killer.start()
        there = swept(tmp_path / "there", 2, axes, scheduler=client)
        killer.join()
    assert victim, "a worker was killed while it ran a cell"
    assert there.dataset["reason"].values.tolist() == [""] * 4 and (there.dataset["state"] == "done").all()
    xr.testing.assert_equal(there.dataset, here.dataset)
    for cell in here.cells:
        for seed in (0, 1):
            one, other = (tacos.load(s.path / "cells" / cell["folder"]).state(seed) for s in (here, there))
            assert all(np.array_equal(one[key], other[key]) for key in one)
    finished_at = {p: p.stat().st_mtime_ns for p in (tmp_path / "there").glob("cells/*/results.nc")}
    go_on(there.path, Running(progress=False))
    assert finished_at == {p: p.stat().st_mtime_ns for p in finished_at}, "nothing that is done is run again"


def test_no_scheduler_there(tmp_path):
    """Whoever runs something asks for it: nothing runs here when it was to run elsewhere."""
    for call in (
        lambda: swept(tmp_path / "lost", 1, {"dm*": [1]}, scheduler="nowhere"),
        lambda: tacos.run(build(stream()), stream(), out=tmp_path / "run", scheduler="nowhere", progress=False),
    ):
        with pytest.raises(RunError, match="There is no scheduler of Dask at 'nowhere'"):
            call()


def test_labels_are_short_and_json_is_enough(finished):
    assert written({"dm": 0.1234567890, "hidden": 4}) == "dm=0.123457, hidden=4"
    json.dumps(finished.declaration)
    assert all(RunFolder(finished.path / "cells" / cell["folder"]).state() == "done" for cell in finished.cells)
