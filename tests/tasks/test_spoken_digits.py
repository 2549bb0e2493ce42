"""Recordings as a data set: an archive of sounds made up here, and the published ones where they are."""

import hashlib
import io
import os
import struct
import tarfile
import wave
from pathlib import Path

import numpy as np
import pytest

import tasks
from tasks import DataError, cochlea, spoken_digits
from tasks.download import RemoteArchive
from tasks.library import KNOWN

SPEAKERS, INDICES = ("ann", "bob"), range(7)
PITCH = {"ann": 1.0, "bob": 1.3}


def wav(digit, speaker, index):
    """A tone whose frequency tells the digit, longer the higher the index."""
    n = 800 + 200 * index
    sound = 9000 * np.sin(2 * np.pi * (200 + 250 * digit) * PITCH[speaker] * np.arange(n) / 8000)
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1), written.setsampwidth(2), written.setframerate(8000)
        written.writeframes(sound.astype("<i2").tobytes())
    return file.getvalue()


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """A folder with an archive like the published one, and what is expected of it; the cache is empty."""
    keys = [(d, s, k) for d in range(10) for s in SPEAKERS for k in INDICES]
    files = {f"{d}_{s}_{k}.wav": wav(d, s, k) for d, s, k in keys}
    together = b"".join(files[name] for name in sorted(files))
    (tmp_path / "spoken-digits").mkdir()
    with tarfile.open(tmp_path / "spoken-digits/recordings.tar.xz", "w:xz") as tar:
        for name in [*reversed(list(files)), "README.md"]:
            content = files.get(name, b"no sound")
            member = tarfile.TarInfo(f"set-1.0/recordings/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    known = RemoteArchive("spoken-digits", "recordings", len(together), hashlib.sha256(together).hexdigest(), ".wav")
    monkeypatch.setenv("TACOS_DATA", str(tmp_path))
    for name, value in {
        "RECORDINGS": known, "SPEAKERS": SPEAKERS, "INDICES": INDICES, "cache_folder": lambda: tmp_path / "cache",
    }.items():  # fmt: skip
        monkeypatch.setattr(spoken_digits, name, value)
    return tmp_path


def test_recordings_are_told_apart_by_their_names(archive):
    found = spoken_digits.recordings()
    assert len(found) == 140
    for key, (sound, rate) in found.items():
        with wave.open(io.BytesIO(wav(*key))) as file:
            expected = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        np.testing.assert_array_equal(sound, expected)
        assert rate == 8000


def test_spike_trains_with_their_speakers(archive):
    data = spoken_digits.spike_trains()
    assert (len(data.train_labels), len(data.test_labels), data.n_units, data.duration) == (40, 100, 64, 1.0)
    speakers, tested = data.metadata["speaker"]
    assert list(speakers[:4]) == ["ann", "bob", "ann", "bob"] and set(tested) == set(SPEAKERS)
    assert list(data.train_labels[:4]) == [0, 0, 1, 1] and list(data.test_labels[-2:]) == [9, 9]
    times, units = cochlea.spikes(spoken_digits.recordings()[1, "bob", 5][0], 8000)
    raster = np.zeros((1000, 64))
    raster[np.floor(times * 1000 + 1e-9).astype(int), units] = 1
    np.testing.assert_array_equal(data.rasters("train", np.array([3]), 1000), raster)


def test_what_was_computed_is_kept(archive, monkeypatch):
    data = spoken_digits.spike_trains()
    monkeypatch.setattr(cochlea, "spikes", None)
    assert spoken_digits.spike_trains().digest == data.digest
    (stored,) = (archive / "cache/spoken-digits").iterdir()
    stored.write_bytes(b"half a file")
    with pytest.raises(DataError, match="spikes-1.npz' cannot be read .*; delete it, and it is made anew."):
        spoken_digits.spike_trains()


def test_long_recordings_end_with_the_presentation():
    sound = 9000 * np.sin(2 * np.pi * 700 * np.arange(12000) / 8000)
    steps, units = spoken_digits.on_steps(sound, 8000)
    assert 900 < steps.max() < 1000 and len(steps) == len(units)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda data: data[:-400],
            "recordings.tar.xz is truncated: expected sha256 .* found an archive without its end",
        ),
        (lambda data: b"no archive", "recordings.tar.xz is altered: expected sha256 .* found no valid archive"),
    ],
)
def test_an_altered_archive_is_refused(archive, spoil, message):
    path = archive / "spoken-digits/recordings.tar.xz"
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(DataError, match=message):
        spoken_digits.recordings()


def test_other_recordings_are_refused(archive, monkeypatch):
    other = RemoteArchive("spoken-digits", "recordings", 10, "0" * 64, ".wav")
    monkeypatch.setattr(spoken_digits, "RECORDINGS", other)
    with pytest.raises(DataError, match="recordings.tar.xz is altered: expected sha256 0+ of 10"):
        spoken_digits.recordings()


def test_facts_are_those_of_the_data():
    facts = KNOWN["spoken-digits"]
    assert facts.image_shape == (1, cochlea.CHANNELS)
    assert (facts.dt, facts.duration) == (spoken_digits.DT, spoken_digits.DURATION)
    assert facts.validation == 9 * 10 * len(
        spoken_digits.SPEAKERS
    )  # the last nine recordings of each digit and speaker
    assert "split-spoken-digits" in tasks.names() and "rotated-spoken-digits" not in tasks.names()


PUBLISHED = Path(os.environ.get("TACOS_DATA", "nowhere")) / "spoken-digits"


@pytest.mark.slow
@pytest.mark.skipif(not PUBLISHED.exists(), reason="needs the recordings in TACOS_DATA")
def test_the_published_recordings():
    sounds = spoken_digits.recordings()
    lengths = np.array([len(sound) / rate for sound, rate in sounds.values()])
    assert len(lengths) == 3000 and {rate for _, rate in sounds.values()} == {8000}
    assert (lengths.min().round(2), np.median(lengths).round(2), lengths.max().round(2)) == (0.14, 0.42, 2.28)
    assert np.count_nonzero(lengths > spoken_digits.DURATION) == 20
    data = tasks.load("spoken-digits")
    assert (len(data.train_labels), len(data.test_labels)) == (2700, 300)
    assert set(np.bincount(data.test_labels)) == {30}
    for key in ((3, "theo", 5), (0, "george", 49)):  # what is kept is what the cochlea hears
        steps, units = spoken_digits.on_steps(*sounds[key])
        place = (key[2] - 5) * 60 + key[0] * 6 + spoken_digits.SPEAKERS.index(key[1])
        raster = data.rasters("train", np.array([place]), 1000)
        assert raster.sum() == len(steps) and raster[steps, units].all()


def test_wav_files_say_how_long_they_are():
    content = wav(3, "ann", 2)
    assert 8 + struct.unpack_from("<I", content, 4)[0] == len(content)
