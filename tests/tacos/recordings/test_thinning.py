"""Windows and statistics: the same as what a whole record says, chosen and computed afterwards."""

import numpy as np
import pytest
import xarray as xr

import tacos
from synapses import DeclarationError
from tacos.backends import RawRecord
from tacos.recordings.asked import recordings
from tacos.recordings.recording import Recording
from tacos.recordings.thinning import RecordFile
from tests.tacos import made_up_simulator as made_up
from tests.tacos import runs_support as runs

NETWORK = runs.flagship()
STEPS = NETWORK.lowered.steps


def read(text, n=60):
    (found,) = recordings(text, NETWORK, n_presentations=n)
    return found


def recorded(path, recording, unit, width, stretches, row):
    """What is kept of rows that a simulator writes in stretches, ``row(position)`` at the end of each."""
    name = recording.states[0]
    raw = RawRecord("x", path / f"0.{name}.record", None, recording.every, unit)
    file = RecordFile(recording, raw, width, STEPS, whole=False)
    file.path.touch()
    for first, stop in stretches:
        asked = file.asked(first, stop)
        length = 1 if unit == "presentation" else STEPS
        ends = [e for e in range(first * length + 1, stop * length + 1) if e % recording.every == 0]
        if asked:
            with asked.path.open("ab") as out:
                np.array([row(e) for e in ends], np.float32).tofile(out)
        file.take(first, stop)
        assert not file.scratch.exists()
    return np.fromfile(file.path, np.float32)


@pytest.mark.parametrize("stretches", [[(0, 60)], [(0, 7), (7, 8), (8, 41), (41, 60)]])
@pytest.mark.parametrize(
    "asked, unit",
    [
        ("presentations=0,41", "presentation"),
        ("from=7; to=20", "presentation"),
        ("from=50", "presentation"),
        ("to=9; every=3 presentations", "presentation"),
        ("presentations=2:40:5", "presentation"),
        ("presentations=8 40; every=50 steps", "step"),
        ("from=3; to=6; every=70 steps", "step"),
    ],
)
def test_a_window_is_a_part_of_the_whole(tmp_path, asked, unit, stretches):
    recording = read(f"hidden: V; {asked}")
    every = read(f"hidden: V; every={recording.every} {unit}s")
    kept = recorded(tmp_path, recording, unit, 2, stretches, lambda e: (e, -e)).reshape(-1, 2)
    all_of_it = every.clock(NETWORK.lowered, 10**4)
    clock = recording.clock(NETWORK.lowered, len(kept))
    wanted = np.isin(all_of_it["presentation"], recording.window()) & (all_of_it["presentation"] < 60)
    assert len(kept) == wanted.sum() == len(clock["time"]) > 0
    for name, values in clock.items():
        np.testing.assert_array_equal(values, all_of_it[name][wanted])
    length = 1 if unit == "presentation" else STEPS
    np.testing.assert_array_equal(
        kept[:, 0], clock["presentation"] * length + (clock["step"] + 1 if unit == "step" else 1)
    )


def test_spikes_in_a_window(tmp_path):
    recording = read("hidden: spikes; presentations=1,3")
    file = RecordFile(recording, RawRecord("hidden", tmp_path / "0.spikes.record", unit="spikes"), 3, 0, whole=True)
    file.path.touch()
    for first, stop in ((0, 2), (2, 3), (3, 5)):
        if asked := file.asked(first, stop):
            rows = [(p, step, p + step) for p in range(first, stop) for step in (4, 9)]
            np.array(rows, np.int32).tofile(asked.path)
        file.take(first, stop)
    found = np.fromfile(file.path, np.int32).reshape(-1, 3)
    assert found.tolist() == [[1, 4, 5], [1, 9, 10], [3, 4, 7], [3, 9, 12]]


def test_statistics(tmp_path):
    recording = read("hidden: V; reduce=mean, sd, min, max, median, q0.25; from=1; to=3")
    rows = {e: np.random.default_rng(e).normal(size=9).astype(np.float32) for e in range(1, 61)}
    kept = recorded(tmp_path, recording, "presentation", 9, [(0, 2), (2, 60)], rows.get).reshape(-1, 6)
    whole = np.stack([rows[2], rows[3]]).astype(float)
    expected = [
        whole.mean(1),
        whole.std(1),
        whole.min(1),
        whole.max(1),
        np.median(whole, 1),
        np.quantile(whole, 0.25, 1),
    ]
    np.testing.assert_array_equal(kept, np.float32(expected).T)


def test_a_leftover_of_a_killed_stretch_is_not_taken(tmp_path):
    recording = read("hidden: V; presentations=0")
    (tmp_path / "0.V.scratch").write_bytes(b"12345678" * 9)
    assert recorded(tmp_path, recording, "presentation", 2, [(0, 2)], lambda e: (e, e)).tolist() == [1, 1]


@pytest.mark.parametrize(
    "text, why",
    [
        ("hidden: V; presentations=60", "'60' is outside of the 60 presentations of the stream"),
        ("hidden: V; from=10; to=70", "'10:70' is outside of the 60 presentations"),
        ("hidden: V; from=9; to=3", "'9:3' is empty: the end, which is not part of it, comes after the start"),
        ("hidden: V; presentations=-1", "presentations are such as 0,500 or 100:200"),
        ("hidden: V; from=a", "write from=100, a presentation counted from 0, not from=a"),
        ("hidden: V; from=1; presentations=2", "say either presentations= or from= and to="),
        ("hidden: V; presentations=0; every=7 presentations", "with every=7 presentations nothing of 0 is recorded"),
        ("hidden: V; presentations=0; every=151 steps", "with every=151 steps nothing of 0 is recorded"),
        ("hidden: V; reduce=mode", "takes mean, sd, min, max, median and quantiles such as q0.05, not 'mode'"),
        ("hidden: V; reduce=q2", "not 'q2'"),
        ("hidden: V; window=3", "unknown option 'window'; there are synapses=, neurons=, every=, from=, to="),
        ("hidden: spikes; reduce=mean", "Spikes of 'hidden' are a recording of their own"),
    ],
)
def test_bad_windows_and_statistics(text, why):
    with pytest.raises(DeclarationError) as error:
        read(text)
    assert why in str(error.value) and "\n" not in str(error.value)


def test_in_python():
    wanted = read("hidden: V; from=10; to=20; reduce=mean, q0.9")
    assert Recording("hidden", "V", "all", presentations=slice(10, 20), reduce=["mean", "q0.9"]) == wanted
    assert Recording("hidden", "V", presentations=[0, 500]).presentations == "0 500"
    assert Recording("hidden", "V", presentations=0).presentations == "0"
    assert Recording.from_dict(wanted.to_dict()) == wanted
    with pytest.raises(DeclarationError, match="presentations are such as 0,500"):
        Recording("hidden", "V", presentations=[0.5, "x"])


def test_a_run_keeps_what_was_asked_for(tmp_path, monkeypatch):
    """In a file of its own size, with coordinates; killed in between and gone on with, it is the same."""
    stream = runs.stream()
    made_up.install(monkeypatch, stream)
    options = {"progress": False, "chunk": 7}
    whole = tacos.run(NETWORK, stream, 2, out=tmp_path / "all", record="input-hidden: m; synapses=9,20,3", **options)
    record = ["input-hidden: m; synapses=9,20,3; presentations=0,13:16", "hidden-output: m; reduce=mean,max; to=5"]
    one = tacos.run(NETWORK, stream, 2, out=tmp_path / "one", record=record, **options)
    found, everything = one.trajectories("input-hidden"), whole.trajectories("input-hidden")
    xr.testing.assert_identical(found.drop_attrs(), everything.isel(record=[0, 13, 14, 15]).drop_attrs())
    mean = one.trajectories("hidden-output")
    assert mean["m"].dims == ("replica", "record", "statistic")
    assert mean["statistic"].values.tolist() == ["mean", "max"] and mean["presentation"].values.tolist() == [
        0,
        1,
        2,
        3,
        4,
    ]
    assert (mean["m"].sel(statistic="max") > mean["m"].sel(statistic="mean")).all()
    assert not list(tmp_path.rglob("*.scratch")) and not list(tmp_path.rglob("*.record"))

    with monkeypatch.context() as patch:
        made_up.failing(patch, lambda replica: replica.seed == 1, KeyboardInterrupt)
        with pytest.raises(tacos.RunError):
            tacos.run(NETWORK, stream, 2, out=tmp_path / "killed", record=record, **options)
    runs.assert_same_run(tacos.run(NETWORK, stream, 2, out=tmp_path / "killed", record=record, **options), one)
