"""docs/files.md names every variable of the files, with its dimensions, unit and long name, and no other."""

import re

import numpy as np
import pytest
import xarray as xr

import tacos
from tacos.runs.labels import RESULTS
from tests.tacos import runs_support as runs
from tests.tacos.docs_support import page
from tests.tacos.runs.test_trajectories import numbers, written


def documented(heading):
    """``{variable: (dimensions, unit, long name)}`` of a section's table."""
    section = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", page("files"), re.M | re.S)[1]
    rows = re.findall(r"^\| `(.+?)` \| (.*?) \| (.*?) \| (.*?) \|$", section, re.M)
    return {name: (dims, unit, meaning) for name, dims, unit, meaning in rows}


def described(path, group=None):
    with xr.open_dataset(path, engine="h5netcdf", group=group, mask_and_scale=False) as data:
        return {
            name: (", ".join(values.dims), values.attrs.get("units", "text"), values.attrs["long_name"])
            for name, values in data.variables.items()
        }


def test_results(tmp_path):
    result = runs.made_up_run(tmp_path / "run", {0: [[1.0, 0.5], [0.5, 0.75]]})
    assert described(result.folder.results) == documented("results.nc")


def test_ablation():
    """The recorded one is older than ties and silent trials, and than the long names, which it gets when it is read."""
    from tacos.ablation.reading import load_ablation

    data = load_ablation(runs.ROOT / "tests" / "recorded" / "ablation").dataset
    found = {
        name: (", ".join(values.dims), values.attrs.get("units", "text"), values.attrs["long_name"])
        for name, values in data.variables.items()
    }
    said = documented("ablation.nc")
    assert said.pop("tied")[0] == said["silent"][0]
    assert said.pop("grid_silent") == ("trial, grid_replica", *RESULTS["grid_silent"])
    assert found == said


def test_sweep(tmp_path):
    swept = tacos.sweep(runs.flagship(), runs.stream(), {"dm*": [1, 2]}, seeds=1, out=tmp_path / "sweep", run=False)
    swept.save()
    found = described(tmp_path / "sweep" / "sweep.nc")
    assert found.pop("dm*") == ("dm*", "1", "dm*")
    assert {name: (dims.replace("dm*", "AXIS"), *more) for name, (dims, *more) in found.items()} == documented("sweep.nc")


@pytest.mark.parametrize(
    "what, file, values, state",
    [
        ("hidden-output: w", "0.w.record", numbers(2, 40), "w"),
        ("hidden: V", "0.V.record", numbers(2, 8), "V"),
        ("hidden-output: w; reduce=mean, sd", "0.w.record", numbers(2, 2), "w"),
        ("hidden: spikes", "0.spikes.record", np.int32([[0, 1, 2]]), "spikes"),
    ],
)
def test_trajectories(tmp_path, what, file, values, state):
    owner = what.split(":")[0]
    folder = written(tmp_path, what, {(0, file): values}, seeds=[0])
    found = described(folder.trajectories, f"0 {owner}")
    kind = "statistics" if "reduce" in what else "synapses" if "-" in owner else "spikes" if state == "spikes" else "neurons"
    said = documented(f"trajectories.nc, {kind}")
    if kind != "spikes":
        dims, unit, name = said.pop("STATE")
        assert found.pop(state)[::2] == (dims, name.replace("STATE", state).replace("OWNER", owner))
        assert found["time"][1] == "presentations" and said["time"][1] == "presentations, or s"
        said["time"] = found["time"]
    assert found == said
