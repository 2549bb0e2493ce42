"""The data sets that come by name: what is known of them, and how they are read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from tasks import idx
from tasks.datasets import Dataset, from_arrays
from tasks.download import RemoteFile, obtain
from tasks.errors import TaskError, one_of
from tasks.events import SpikeTrains
from tasks.joined import check_shapes, joined


@dataclass(frozen=True)
class Facts:
    """What is known of a named data set before any file is read.

    `validation` is the usual number of training images to set apart; 0 stands for a fifth of them. Spike trains have a
    time step `dt` and a `duration`, in seconds. `groups` are the values of what else is known of presentations. `parts`
    are names and numbers of classes of joined data sets.
    """

    image_shape: tuple[int, int]
    n_classes: int
    validation: int = 0
    mirrors: tuple[str, ...] = ()
    checksums: tuple[str, ...] = ()
    dt: float | None = None
    duration: float | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: tuple[tuple[str, int], ...] = ()


# (name of the file, length of its decompressed bytes); checksums below are in this order
_FILES = (
    ("train-images-idx3-ubyte", 47040016),
    ("train-labels-idx1-ubyte", 60008),
    ("t10k-images-idx3-ubyte", 7840016),
    ("t10k-labels-idx1-ubyte", 10008),
)

KNOWN: dict[str, Facts] = {
    "digits": Facts((8, 8), 10),
    "mnist": Facts(
        (28, 28),
        10,
        validation=10_000,
        mirrors=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        checksums=(
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    "fashion-mnist": Facts(
        (28, 28),
        10,
        validation=10_000,
        mirrors=(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        ),
        checksums=(
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    ),
    "spoken-digits": Facts(
        (1, 64),
        10,
        validation=540,
        dt=1e-3,
        duration=1.0,
        groups={"speaker": ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")},
    ),
}


def facts(name: str) -> Facts:
    """What is known of a data set, or of several joined by "+", such as "mnist+fashion-mnist".

    Raises
    ------
    TaskError
        If there is no such data set, or images differ in shape.
    """
    names = name.split("+")
    known = [KNOWN[one_of(one, KNOWN, "data set")] for one in names]
    if len(names) == 1:
        return known[0]
    if trains := [name for name, one in zip(names, known, strict=True) if one.dt]:
        raise TaskError(f"data sets learned one after the other are of images; {trains[0]} has spike trains.")
    check_shapes(names, [one.image_shape for one in known])
    apart = [one.validation for one in known]
    return Facts(
        known[0].image_shape,
        sum(one.n_classes for one in known),
        validation=sum(apart) if all(apart) else 0,
        parts=tuple((part, one.n_classes) for part, one in zip(names, known, strict=True)),
    )


def load(name: str) -> Dataset | SpikeTrains:
    """Return a data set by its name.

    "digits" (scikit-learn's 8 x 8), "mnist", "fashion-mnist", or "spoken-digits": spike trains of recordings, see
    `tasks.spoken_digits`. Several of images joined by "+" (see :func:`tasks.joined.joined`) are one. Files are looked
    for in the folder that the environment variable ``TACOS_DATA`` names (``<name>/<file>.gz``), then in the cache,
    then downloaded. A data set is read once a process and then shared.
    """
    facts(name)  # says what is wrong with the name
    folder = os.environ.get("TACOS_DATA")
    if "+" in name:
        return _load_joined(name, folder)
    if name == "digits":
        return _load_digits()
    return _load_spoken_digits(folder) if name == "spoken-digits" else _load_idx(name, folder)


@lru_cache(maxsize=2)
def _load_spoken_digits(folder: str | None) -> SpikeTrains:
    from tasks.spoken_digits import spike_trains  # imported where needed, as scipy.signal is by it

    del folder  # only part of the key: another TACOS_DATA is read anew
    return spike_trains()


@lru_cache(maxsize=1)
def _load_joined(name: str, folder: str | None) -> Dataset:
    del folder  # only part of the key
    return joined([load(part) for part in name.split("+")])


@lru_cache(maxsize=1)
def _load_digits() -> Dataset:
    from sklearn.datasets import load_digits  # imported where needed: it takes a second

    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32)  # exact: there are 17 grey values
    # Every fifth image of each class is held out: stratified, and without a random number.
    held_out = np.zeros(len(labels), dtype=bool)
    for label in range(10):
        held_out[np.flatnonzero(labels == label)[4::5]] = True
    return from_arrays("digits", images[~held_out], labels[~held_out], images[held_out], labels[held_out], (8, 8))


@lru_cache(maxsize=4)
def _load_idx(name: str, folder: str | None) -> Dataset:
    del folder  # only part of the key: another TACOS_DATA is read anew
    facts = KNOWN[name]
    files = (RemoteFile(name, *file, sha256) for file, sha256 in zip(_FILES, facts.checksums, strict=True))
    train_x, train_y, test_x, test_y = (idx.parse(obtain(file, facts.mirrors), str(file)) for file in files)
    return from_arrays(name, train_x, train_y, test_x, test_y, facts.image_shape)
