"""The Free Spoken Digit Dataset as spike trains of a cochlea.

Z. Jackson and contributors, github.com/Jakobovski/free-spoken-digit-dataset (CC BY-SA 4.0), 3,000 recordings: ten
digits, six speakers, 50 each, at 8 kHz. By its own convention indices 0 to 4 of each are the test set.
"""

from __future__ import annotations

import io
import os
import struct
import tempfile
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tasks import cochlea
from tasks.download import RemoteArchive, cache_folder, obtain
from tasks.errors import DataError
from tasks.events import SpikeTrains, from_spikes

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
DIGITS, INDICES, TESTED = range(10), range(50), range(5)
#: In seconds. The few recordings that are longer lose their ends; all others are followed by silence.
DURATION, DT = 1.0, 1e-3
RECORDINGS = RemoteArchive(
    "spoken-digits", "recordings", 21_128_848,
    "ddb17656a0bca4c5ddace082be188ca630516dc2ef1110afe3c4e9cc71173de4", ".wav",
)  # fmt: skip
_ADDRESS = "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs"
MIRRORS = (f"{_ADDRESS}/tags/v1.0.10.tar.gz", f"{_ADDRESS}/heads/master.tar.gz")
_CACHED = "spikes-1.npz"
"""Of this version of the cochlea: another one gets another name."""

Sound = NDArray[np.int16]


def recordings() -> dict[tuple[int, str, int], tuple[Sound, float]]:
    """Return all recordings, by digit, speaker and index: sound and samples a second."""
    data = obtain(RECORDINGS, MIRRORS)
    names = sorted((f"{d}_{s}_{k}.wav", (d, s, k)) for d in DIGITS for s in SPEAKERS for k in INDICES)
    sounds, at = {}, 0
    for _, key in names:
        length = 8 + struct.unpack_from("<I", data, at + 4)[0]  # a WAV file says how long it is
        with wave.open(io.BytesIO(data[at : at + length])) as file:
            sounds[key] = np.frombuffer(file.readframes(file.getnframes()), "<i2"), float(file.getframerate())
        at += length
    return sounds


def spike_trains() -> SpikeTrains:
    """Return the recordings as spike trains of `tasks.cochlea`; who spoke is in the metadata, "speaker".

    Training recordings are in the order of their index, so that the last ones are of all digits and speakers. What was
    computed is kept in the cache, beside downloads.
    """
    keys = [(d, s, k) for k in INDICES for d in DIGITS for s in SPEAKERS]
    path = cache_folder() / RECORDINGS.folder / _CACHED
    steps, units, samples = _kept(path) or _computed(keys, path)
    return from_spikes(
        steps * DT, units, [digit for digit, _, _ in keys], samples,
        test=np.array([k in TESTED for _, _, k in keys]), name="spoken-digits", n_units=cochlea.CHANNELS, dt=DT,
        duration=DURATION, metadata={"speaker": np.array([speaker for _, speaker, _ in keys])},
    )  # fmt: skip


def on_steps(sound: Sound, rate: float) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """Return steps and units of the spikes that a recording evokes, up to the end of a presentation."""
    times, units = cochlea.spikes(sound, rate)
    steps = np.floor(times / DT + 1e-9).astype(np.int16)
    kept = steps < round(DURATION / DT)
    return steps[kept], units[kept].astype(np.uint8)


def _computed(keys: list[tuple[int, str, int]], path: Path) -> tuple[NDArray[np.int16], ...]:
    sounds = recordings()
    found = [on_steps(*sounds[key]) for key in keys]
    steps, units = (np.concatenate(part) for part in zip(*found, strict=True))
    samples = np.repeat(np.arange(len(keys), dtype=np.int16), [len(own) for own, _ in found])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            written = Path(folder) / path.name
            np.savez_compressed(written, steps=steps, units=units, samples=samples)
            os.replace(written, path)  # at once: no other process ever sees half a file
    except OSError:
        pass  # a cache that cannot be written costs time alone
    return steps, units, samples


def _kept(path: Path) -> tuple[NDArray[np.int16], ...] | None:
    if not path.exists():
        return None
    try:
        with np.load(path) as stored:
            return stored["steps"], stored["units"], stored["samples"]
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise DataError(f"'{path}' cannot be read ({error}); delete it, and it is made anew.") from None
