"""``trajectories.nc`` holds what was recorded, with labels."""

import h5netcdf
import numpy as np
import pytest
import xarray as xr

import tacos
from tacos.errors import RunError
from tacos.recordings.asked import recordings
from tacos.recordings.selecting import select
from tacos.runs.earlier import before_and_after, most_changed
from tacos.runs.folder import RunFolder
from tacos.runs.trajectories import groups, read_trajectories, remove_raw_records, save_trajectories
from tests.tacos import runs_support as runs

NETWORK = runs.flagship()


def written(path, what, content, seeds=(0, 1), network=NETWORK):
    """``trajectories.nc`` of raw records that nobody simulated: ``{(seed, file): values}``."""
    wanted = recordings(what, network)
    folder = RunFolder(path)
    folder.create(
        {"format": 1, "label": "", "seeds": list(seeds), "evaluate_every": 0, "stream": {}, "network": {}}
        | {"record": [item.to_dict() for item in wanted]}
    )
    for (seed, name), values in content.items():
        folder.replica(seed).mkdir(parents=True, exist_ok=True)
        np.asarray(values).tofile(folder.replica(seed) / name)
    save_trajectories(folder, network.lowered, wanted, list(seeds))
    return folder


def numbers(*shape, start=0):
    return (start + np.arange(np.prod(shape))).reshape(shape).astype(np.float32)


def test_synapses(tmp_path):
    w, m = numbers(2, 4, 3), numbers(2, 4, 3, start=100)
    content = {(s, f"0.{name}.record"): values[s] for s in (0, 1) for name, values in (("w", w), ("m", m))}
    folder = written(tmp_path, "input-hidden: w, m; synapses=1,9,511; every=5 presentations", content)
    found = read_trajectories(folder, "input-hidden")
    np.testing.assert_array_equal(found["w"], w)
    np.testing.assert_array_equal(found["m"], m)
    assert found["w"].dims == ("replica", "record", "synapse")
    assert found["w"].dtype == np.float32
    assert list(found["synapse"].values) == [1, 9, 511]
    assert list(found["pre"].values) == [0, 1, 63]
    assert list(found["post"].values) == [1, 1, 7]
    assert list(found["time"].values) == [5, 10, 15, 20]
    assert found["time"].attrs["units"] == "presentations"
    assert list(found["seed"].values) == [0, 1]
    assert (found.attrs["owner"], found.attrs["every"], found.attrs["unit"]) == ("input-hidden", 5, "presentation")
    assert (found.attrs["n_pre"], found.attrs["n_post"]) == (64, 8)


def test_records_are_selected_by_presentation_time_and_neuron(tmp_path):
    w = numbers(2, 4, 3)
    what = "input-hidden: w; synapses=1,9,511; every=5 presentations"
    found = read_trajectories(written(tmp_path, what, {(s, "0.w.record"): w[s] for s in (0, 1)}), "input-hidden")
    assert {"seed", "time", "presentation", "step", "synapse", "pre", "post"} == set(found.coords)
    assert list(found["presentation"].values) == [4, 9, 14, 19]  # counted from 0, as those of spikes
    assert list(found["step"].values) == [149] * 4
    np.testing.assert_array_equal(found.sel(presentation=9).sel(seed=1).w, w[1, 1])
    np.testing.assert_array_equal(found.sel(presentation=slice(9, 14)).w, w[:, 1:3])
    np.testing.assert_array_equal(found.sel(presentation=13, method="ffill").w, w[:, 1])
    np.testing.assert_array_equal(found.set_xindex("time").sel(time=15).w, w[:, 2])
    np.testing.assert_array_equal(found.isel(synapse=found["post"] == 1).w, w[..., :2])
    with pytest.raises(KeyError):
        found.sel(presentation=7)
    assert found["w"].attrs["long_name"] == "w of input-hidden"
    assert found["w"].attrs["comment"] == "weight: what a presynaptic spike adds to the charge"
    for name, values in found.variables.items():
        assert values.attrs["units"] and values.attrs["long_name"], name
    lines = found.w.isel(replica=0).plot.line(x="time")
    assert [list(line.get_xdata()) for line in lines] == [[5, 10, 15, 20]] * 3
    np.testing.assert_array_equal(lines[2].get_ydata(), w[0, :, 2])


def test_the_file_says_the_same_by_itself(tmp_path):
    """Whoever opens it with xarray alone finds the same coordinates and attributes."""
    content = {(0, "0.w.record"): numbers(2, 40), (0, "1.spikes.record"): np.int32([[0, 3, 1]])}
    folder = written(tmp_path, ["hidden-output: w", "hidden: spikes"], content, seeds=[0])
    for owner, group in (("hidden-output", "0 hidden-output"), ("hidden", "1 hidden")):
        found = read_trajectories(folder, owner)
        with xr.open_dataset(folder.trajectories, group=group, engine="h5netcdf", mask_and_scale=False) as alone:
            assert alone.drop_indexes(alone.xindexes).identical(found.drop_indexes(found.xindexes))


def test_neurons_by_step_in_seconds(tmp_path):
    V = numbers(2, 6, 8)
    folder = written(tmp_path, "hidden: V; every=30 steps", {(s, "0.V.record"): V[s] for s in (0, 1)})
    found = read_trajectories(folder, "hidden")
    assert found["V"].dims == ("replica", "record", "neuron")
    np.testing.assert_array_equal(found["V"], V)
    np.testing.assert_allclose(found["time"], 0.03 * np.arange(1, 7))
    assert found["time"].attrs["units"] == "s"
    assert list(found["neuron"].values) == list(range(8))
    by = read_trajectories(written(tmp_path / "by", "hidden: V; every=60 steps", {(0, "0.V.record"): V[0]}, [0]), "hidden")
    assert list(by["presentation"].values) == [0, 0, 1, 1, 1, 2]  # after 60, 120, 180, 240, 300 and 360 of 150 each
    assert list(by["step"].values) == [59, 119, 29, 89, 149, 59]
    np.testing.assert_array_equal(by.sel(presentation=1).V[0], V[0, 2:5])
    np.testing.assert_array_equal(by.set_xindex("time").sel(time=0.3, method="nearest").V[0], V[0, 4])


def test_steps_are_steps_with_a_blank_interval_too(tmp_path):
    network = runs.own_network("20 ms")
    content = {(0, "0.V.record"): numbers(3, 8)}
    folder = written(tmp_path, "hidden: V; every=10 steps", content, seeds=[0], network=network)
    np.testing.assert_allclose(read_trajectories(folder, "hidden")["time"], [0.01, 0.02, 0.03])


def test_units(tmp_path):
    synapse = tacos.Network.projection(NETWORK, "input-hidden").synapse
    assert synapse.lowered.states["w"].unit == "1"
    content = {(0, "0.surprise.record"): numbers(2, 1), (0, "1.refractory_steps.record"): np.arange(16, dtype=np.int32)}
    folder = written(tmp_path, ["surprise: surprise", "hidden: refractory_steps"], content, seeds=[0])
    assert read_trajectories(folder, "surprise")["surprise"].attrs["units"] == "hertz"
    steps = read_trajectories(folder, "hidden")["refractory_steps"]
    assert steps.dtype == np.int32
    assert steps.attrs["units"] == "1"
    np.testing.assert_array_equal(steps[0], np.arange(16).reshape(2, 8))


def test_spikes(tmp_path):
    first, second = [[0, 3, 1], [0, 149, 7], [2, 0, 0]], [[1, 5, 2]]
    content = {(0, "0.spikes.record"): np.int32(first), (1, "0.spikes.record"): np.int32(second)}
    found = read_trajectories(written(tmp_path, "hidden: spikes", content), "hidden")
    assert list(found["presentation"].values) == [0, 0, 2, 1]
    assert list(found["step"].values) == [3, 149, 0, 5]
    assert list(found["neuron"].values) == [1, 7, 0, 2]
    assert list(found["replica_of_spike"].values) == [0, 0, 0, 1]
    assert {"presentation", "step"} <= set(found.coords) and list(found.data_vars) == ["neuron", "replica_of_spike"]
    assert list(found.sel(presentation=0)["neuron"].values) == [1, 7]


def test_nothing_happened(tmp_path):
    """No spike, and an interval longer than the stream."""
    content = {(s, name): np.zeros(0, np.int32) for s in (0, 1) for name in ("0.spikes.record", "1.w.record")}
    folder = written(tmp_path, ["hidden: spikes", "input-hidden: w; every=500 presentations"], content)
    assert read_trajectories(folder, "hidden").sizes["spike"] == 0
    assert read_trajectories(folder, "input-hidden")["w"].shape == (2, 0, 200)


def test_a_shorter_replica_ends_in_nan(tmp_path):
    content = {(0, "0.w.record"): numbers(3, 40), (1, "0.w.record"): numbers(2, 40)}
    found = read_trajectories(written(tmp_path, "hidden-output: w", content), "hidden-output")["w"]
    assert found.shape == (2, 3, 40)
    assert np.isnan(found[1, 2]).all()
    np.testing.assert_array_equal(found[1, :2], numbers(2, 40))


def test_long_records_are_copied_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("tacos.runs.trajectories._BLOCK", 100)
    w, spikes = numbers(11, 40), np.arange(3 * 250, dtype=np.int32).reshape(-1, 3)
    content = {(0, "0.w.record"): w, (0, "1.spikes.record"): spikes}
    folder = written(tmp_path, ["hidden-output: w", "hidden: spikes"], content, seeds=[0])
    np.testing.assert_array_equal(read_trajectories(folder, "hidden-output")["w"][0], w)
    np.testing.assert_array_equal(read_trajectories(folder, "hidden")["neuron"], spikes[:, 2])


def test_several_recordings_of_one_owner(tmp_path):
    content = {(0, "0.spikes.record"): np.int32([[0, 1, 2]]), (0, "1.V.record"): numbers(2, 8)}
    folder = written(tmp_path, ["hidden: spikes", "hidden: V"], content, seeds=[0])
    assert [(owner, states) for owner, states, _ in groups(folder)] == [("hidden", ("spikes",)), ("hidden", ("V",))]
    assert read_trajectories(folder, "hidden", "spikes").sizes["spike"] == 1
    assert read_trajectories(folder, "hidden", "V")["V"].shape == (1, 2, 8)
    with pytest.raises(RunError, match="2 recordings of 'hidden'; name a state of the one you want: spikes, V.$"):
        read_trajectories(folder, "hidden")


def test_more_than_ten_recordings_keep_their_order(tmp_path):
    names = [p.name for p in NETWORK.populations if p.name not in ("input", "teacher")]
    what = [f"{name}: spikes" for name in names] + ["hidden: V", "hidden: I", "hidden: U", "hidden: X"]
    what += ["output: V", "output: I", "output: U", "output: X"]
    content = {
        (0, f"{n}.{text.split(': ')[1]}.record"): np.zeros(0 if "spikes" in text else 8, np.float32)
        for n, text in enumerate(what)
    }
    content = {k: v[:5] if what[int(k[1].split(".")[0])].startswith("output: ") else v for k, v in content.items()}
    folder = written(tmp_path, what, content, seeds=[0])
    assert [f"{owner}: {states[0]}" for owner, states, _ in groups(folder)] == what
    assert read_trajectories(folder, "output", "X")["X"].shape == (1, 1, 5)


def test_what_is_not_there(tmp_path):
    folder = written(tmp_path / "a", "hidden-output: w", {(0, "0.w.record"): numbers(1, 40)}, seeds=[0])
    with pytest.raises(RunError, match="a' has no recording of 'hidden'; there are hidden-output: w.$"):
        read_trajectories(folder, "hidden")
    with pytest.raises(RunError, match="no recording of 'm' of 'hidden-output'"):
        read_trajectories(folder, "hidden-output", "m")
    empty = written(tmp_path / "b", None, {})
    assert not empty.trajectories.exists()
    with pytest.raises(RunError, match="b' has no trajectories: run with --record"):
        read_trajectories(empty, "hidden")


def test_a_full_disk_leaves_the_raw_records(tmp_path, monkeypatch):
    def full(*arguments, **options):
        raise OSError("Can't write data (errno = 28, error message = 'No space left on device')")

    monkeypatch.setattr(h5netcdf.Group, "create_variable", full)
    with pytest.raises(
        RunError, match="trajectories.nc': No space left on device; free some space; the raw records are"
    ):
        written(tmp_path, "hidden-output: w", {(0, "0.w.record"): numbers(1, 40)}, seeds=[0])
    assert (tmp_path / "replicas" / "seed-0" / "0.w.record").exists()
    assert not list(tmp_path.glob("*trajectories*"))


def test_what_changed_before(tmp_path):
    """A run that is not done, another network, and a state that is not there."""
    result = runs.made_up_run(tmp_path / "run", {0: [[1.0, 0.5], [0.5, 1.0]]}, state="stopped")
    with pytest.raises(RunError, match="is not finished: which of its synapses change most is not known yet"):
        most_changed(result, "input-hidden", "w", 2, 512)
    with pytest.raises(RunError, match="The network of '.*run' has no 'q' of 'input-hidden'"):
        before_and_after(result, "input-hidden", "q", 0)
    with pytest.raises(RunError, match="The network of '.*run' has no 'w' of 'nowhere'"):
        before_and_after(result, "nowhere", "w", 0)


@pytest.mark.compiled
def test_the_most_changed_of_another_network(tmp_path_factory):
    result = runs.flagship_run(tmp_path_factory.getbasetemp())
    assert len(most_changed(result, "input-hidden", "w", 9, 512)) == 9
    with pytest.raises(RunError, match="flagship' has 512 of 'input-hidden', this network has 600"):
        most_changed(result, "input-hidden", "w", 9, 600)


def test_raw_records_go_when_asked(tmp_path):
    """Those of the recordings, and nothing else."""
    content = {(s, "0.w.record"): numbers(1, 40) for s in (0, 1)} | {(0, "other.record"): numbers(1)}
    folder = written(tmp_path, "hidden-output: w", content)
    remove_raw_records(folder, recordings("hidden-output: w", NETWORK), [0, 1])
    assert [path.name for path in tmp_path.rglob("*.record")] == ["other.record"]
    np.testing.assert_array_equal(read_trajectories(folder, "hidden-output")["w"][1], numbers(1, 40))


@pytest.mark.slow
@pytest.mark.compiled
def test_a_finished_run_holds_its_records_once(tmp_path):
    """All states of all synapses; on both backends the records chosen by place are these very ones."""
    stream, network = runs.first_part(runs.stream(), 6), runs.flagship()
    everything = tacos.run(
        network, stream, 2, out=tmp_path / "all", record="input-hidden: w, m; synapses=all", progress=False
    )
    assert not list(tmp_path.rglob("*.record"))
    found = everything.trajectories("input-hidden")
    assert found["w"].shape == (2, 6, 512)
    rule = "between([2:4, 0:3], [1 5])"
    some = tacos.run(
        network, stream, 2, out=tmp_path / "some", record=f"input-hidden: w, m; synapses={rule}", progress=False
    )
    recorded = some.trajectories("input-hidden")
    pixels = [16, 17, 18, 24, 25, 26]
    assert list(recorded["synapse"].values) == [8 * pixel + neuron for pixel in pixels for neuron in (1, 5)]
    assert (recorded.attrs["which"], found.attrs["which"]) == (rule, "all")
    assert recorded.identical(select(found, rule, everything.image_shape).assign_attrs(which=rule))
    for seed in (0, 1):
        last = everything.state(seed)["input-hidden.w"].astype(np.float32)
        np.testing.assert_array_equal(found["w"][seed, -1], last)

    # The most changed of that run, on average over its replicas: worked out here from the initial weights.
    first = [before_and_after(everything, "input-hidden", "w", seed) for seed in (0, 1)]
    change = sum(np.abs(after - before) for before, after in first)
    expected = np.sort(np.argsort(-change, kind="stable")[:7])
    assert change[expected].min() > np.delete(change, expected).max() >= 0
    record = [
        f"input-hidden: w; synapses=changed(7, {tmp_path / 'all'}); every=2 presentations",
        "input-hidden: m; synapses=all; presentations=1,4:6; reduce=mean, q0.9",
    ]
    for choice in ({}, {"backend": "torch", "dtype": "float64"}):
        again = tacos.run(
            network, stream, 2, out=tmp_path / f"changed{len(choice)}", record=record, progress=False, **choice
        )
        part = again.trajectories("input-hidden", "m")["m"]
        m = found["m"][:, [1, 4, 5]].values.astype(float)
        np.testing.assert_allclose(part.sel(statistic="mean"), m.mean(axis=2), rtol=1e-5)
        np.testing.assert_allclose(part.sel(statistic="q0.9"), np.quantile(m, 0.9, axis=2), rtol=1e-5)
        kept = again.trajectories("input-hidden", "w")
        np.testing.assert_array_equal(kept["synapse"], expected)
        np.testing.assert_allclose(kept["w"], found["w"][:, 1::2, expected], rtol=1e-6)
        declared = again.folder.declaration()["record"][0]
        assert (declared["which"], declared["rule"]) == (list(expected), f"changed(7, {tmp_path / 'all'})")


@pytest.mark.compiled
def test_a_run(tmp_path_factory):
    """States, voltages and spikes of a real run: the file is what the program wrote."""
    result = runs.flagship_run(tmp_path_factory.getbasetemp())
    synapses = result.trajectories("input-hidden")
    assert synapses["w"].shape == synapses["m"].shape == (2, 12, 30)
    for replica in (0, 1):
        raw = {path.name: path for path in result.folder.replica(replica).glob("*.record")}
        assert sorted(raw) == [
            "0.m.record", "0.w.record", "1.spikes.record", "2.V.record", "3.m.record", "3.w.record"
        ]  # fmt: skip
        out = result.trajectories("hidden-output")
        assert list(out["synapse"].values) == [1, 3, 6, 8, 11, 13, 16, 18]
        np.testing.assert_array_equal(out["w"][replica].values.ravel(), np.fromfile(raw["3.w.record"], "f4"))
        for name in ("w", "m"):
            np.testing.assert_array_equal(
                synapses[name][replica].values.ravel(), np.fromfile(raw[f"0.{name}.record"], "f4")
            )
        voltage = result.trajectories("hidden", "V")["V"][replica]
        np.testing.assert_array_equal(voltage.values.ravel(), np.fromfile(raw["2.V.record"], "f4"))
        spikes = result.trajectories("hidden", "spikes")
        mine = spikes["replica_of_spike"] == replica
        rows = np.stack([spikes[name][mine] for name in ("presentation", "step", "neuron")], axis=1)
        np.testing.assert_array_equal(rows, np.fromfile(raw["1.spikes.record"], "i4").reshape(-1, 3))
        assert len(rows) > 100
        assert (rows.min(axis=0) >= 0).all() and (rows.max(axis=0) < [runs.N, 150, 8]).all()
        order = rows[:, 0] * 150 + rows[:, 1]
        assert (np.diff(order) >= 0).all(), "in the order in which they happened"
        # The last record is the state at the end of the stream, in single precision.
        last = result.state(replica)["input-hidden.w"][synapses["synapse"].values]
        np.testing.assert_array_equal(synapses["w"][replica, -1], last.astype(np.float32))
    assert list(synapses["time"].values) == list(range(5, 61, 5))
    np.testing.assert_array_equal(synapses["pre"] * 8 + synapses["post"], synapses["synapse"])
    np.testing.assert_allclose(result.trajectories("hidden", "V")["time"], 0.05 * np.arange(1, 181))
