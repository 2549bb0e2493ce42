"""Labelled spike trains: presentations that are spikes already, in place of images.

Spikes are kept on steps of one length and handed out as rasters. Presentations of unequal length are padded with
silence to the longest.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tasks.datasets import Dataset, Metadata, Part, checked_labels, groups_of, mask_of, refuse_gaps
from tasks.errors import DataError, whole
from tasks.units import Amount, in_ms, seconds


class Spikes(NamedTuple):
    """Spikes of several presentations, one presentation after the other.

    offsets : ndarray of int64, shape (n + 1,)
        Spikes ``offsets[k]`` up to, not including, ``offsets[k + 1]`` are of presentation k.
    steps, units : ndarray of int32, shape (spikes,)
        At most one spike of a unit a step.
    """

    offsets: NDArray[np.int64]
    steps: NDArray[np.int32]
    units: NDArray[np.int32]

    def of(self, samples: NDArray[Any]) -> Spikes:
        """The spikes of some presentations, in this order."""
        starts, stops = self.offsets[samples], self.offsets[np.asarray(samples) + 1]
        offsets = np.concatenate([[0], np.cumsum(stops - starts)])
        places = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], stops - starts)
        return Spikes(offsets, self.steps[places], self.units[places])

    @property
    def samples(self) -> NDArray[np.int64]:
        """Of which presentation each spike is, shape (spikes,)."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


@dataclass(frozen=True, eq=False)
class SpikeTrains:
    """Labelled spike trains, cut into a part to train on and a part held out for the final test.

    Attributes
    ----------
    name : str
    train, test : Spikes
    train_labels, test_labels : ndarray of int64, shape (n,), values 0 to n_classes - 1
    n_units : int
        Each is an input of a network.
    n_classes : int
    dt, duration : float
        Length of a step and of a presentation, in seconds.
    image_shape : (height, width)
        How units lie in pictures; one row if nothing else is known.
    metadata : mapping of str to (ndarray, ndarray)
        What else is known of each presentation, of the training and of the test part, such as who spoke.
    """

    name: str
    train: Spikes
    train_labels: NDArray[np.int64]
    test: Spikes
    test_labels: NDArray[np.int64]
    n_units: int
    n_classes: int
    dt: float
    duration: float
    image_shape: tuple[int, int]
    metadata: Metadata = field(default_factory=dict)

    def labels(self, part: Part) -> NDArray[np.int64]:
        """Return the labels of a part, shape (n,)."""
        return self.train_labels if part == "train" else self.test_labels

    def spikes(self, part: Part) -> Spikes:
        """Return the spikes of a part."""
        return self.train if part == "train" else self.test

    def rasters(self, part: Part, indices: NDArray[Any], rows: int) -> NDArray[np.uint8]:
        """Return the rasters of a part at `indices`: ones where a unit spikes.

        Parameters
        ----------
        part : {"train", "test"}
        indices : ndarray of int
        rows : int
            Steps of a presentation; those after the last spike are silent.

        Returns
        -------
        ndarray of uint8, shape (len(indices) * rows, n_units)
        """
        chosen = self.spikes(part).of(indices)
        rasters = np.zeros((len(indices) * rows, self.n_units), dtype=np.uint8)
        rasters[chosen.samples * rows + chosen.steps, chosen.units] = 1
        return rasters

    def binned(self, bins: int, duration: float | None = None) -> Dataset:
        """Return spike counts as images of ``[bin, unit]``, over the largest count of the training part.

        Parameters
        ----------
        bins : int
            Into which a presentation is cut.
        duration : float, optional
            Of a presentation, in seconds, if it is longer than that of the data.
        """
        steps = round((duration or self.duration) / self.dt)
        if whole(bins, "bins") > steps:
            raise DataError(f"bins = {bins} are more than the {steps} steps of {in_ms(self.dt)}; take fewer.")
        return _binned(self, bins, steps)

    def selected(
        self, name: str, train: NDArray[Any], train_labels: NDArray[Any], test: NDArray[Any], test_labels: NDArray[Any]
    ) -> SpikeTrains:
        """Return some of the presentations (indices) of both parts with labels of their own."""
        kept = {key: (one[train], other[test]) for key, (one, other) in self.metadata.items()}
        return replace(
            self, name=name, train=self.train.of(train), train_labels=train_labels, test=self.test.of(test),
            test_labels=test_labels, n_classes=int(train_labels.max()) + 1, metadata=kept,
        )  # fmt: skip

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The values of what else is known, such as the speakers."""
        return groups_of(self.metadata)

    @cached_property
    def digest(self) -> str:
        """Of spikes, labels and metadata: data sets of one name that differ are told apart by it."""
        content = hashlib.sha256(f"{self.n_units} {self.dt} {self.duration}".encode())
        for array in (*self.train, self.train_labels, *self.test, self.test_labels):
            content.update(f"{array.dtype} {array.shape}".encode())
            content.update(np.ascontiguousarray(array).data)
        for name, parts in sorted(self.metadata.items()):
            content.update(repr((name, *(part.tolist() for part in parts))).encode())
        return content.hexdigest()[:16]

    def __repr__(self) -> str:
        return (
            f"{self.name}: {len(self.train_labels)} training and {len(self.test_labels)} test spike trains of "
            f"{self.n_units} units, {in_ms(self.duration)} in steps of {in_ms(self.dt)}, {self.n_classes} classes"
        )


def from_spikes(
    times: ArrayLike | Sequence[ArrayLike],
    units: ArrayLike | Sequence[ArrayLike],
    labels: ArrayLike,
    samples: ArrayLike | None = None,
    *,
    test: ArrayLike,
    name: str = "spikes",
    n_units: int | None = None,
    dt: Amount = "1 ms",
    duration: Amount | None = None,
    image_shape: tuple[int, int] | None = None,
    metadata: Mapping[str, ArrayLike] | None = None,
) -> SpikeTrains:
    """Make a data set of your own spike trains.

    Parameters
    ----------
    times, units : array_like, or a sequence of them
        When each spike comes, in seconds from the start of its presentation, and of which unit it is (0, 1, 2 ...): one
        array for all spikes together with `samples`, or one for each presentation.
    labels : array_like of int, shape (n,)
        One a presentation, 0, 1, 2 ...; every class must occur in the training part.
    samples : array_like of int, optional
        The presentation of each spike.
    test : array_like of bool, shape (n,), or of int
        Which presentations are held out for the test; the others are trained on.
    name : str
    n_units : int, optional
        One more than the largest that spikes, if not given.
    dt : time
        Length of a step; spikes fall on the nearest. Networks that learn the data take the same.
    duration : time, optional
        Of every presentation; up to the last spike of all if not given. Shorter presentations are silent at their end.
    image_shape : (height, width), optional
        How units lie in pictures, such as those of a camera; one row if not given.
    metadata : mapping of str to array_like, optional
        What else is known of the presentations, each of shape (n,).

    Raises
    ------
    DataError
        If a time, unit, sample or label cannot be, or shapes and counts do not fit together.

    Warns
    -----
    UserWarning
        If several spikes of a unit fall on one step, where they count as one.
    """
    step, classes = seconds(dt, "dt"), checked_labels(labels, "labels", None)
    if step <= 0:
        raise DataError(f"dt = {in_ms(step)} must be longer than zero.")
    n = len(classes)
    all_times, all_units, all_samples = _flat(times, units, samples, n)
    n_units = _checked(all_times, all_units, all_samples, n, n_units)
    on = np.floor(all_times / step + 0.5).astype(np.int64)
    last = int(on.max()) + 1 if len(on) else 1
    steps = last if duration is None else round(seconds(duration, "duration") / step)
    if steps < last:
        raise DataError(
            f"duration = {in_ms(steps * step)} ends before the last spike, at {in_ms(float(all_times.max()))}; take a "
            f"longer one, or leave out the spikes that come later."
        )
    order = np.lexsort((all_units, on, all_samples))
    rows = np.stack([all_samples, on, all_units])[:, order]
    first = np.ones(rows.shape[1], dtype=bool)
    first[1:] = (np.diff(rows) != 0).any(axis=0)
    if doubles := int(np.count_nonzero(~first)):
        warnings.warn(
            f"{doubles} of {len(on)} spikes fall on a step of {in_ms(step)} in which their unit spikes already, and "
            f"count as one with it; take a shorter dt if they matter.",
            stacklevel=2,
        )
    spikes = _spikes(rows[:, first], n)
    held_out = mask_of(test, "test", n)
    known = {key: np.asarray(value) for key, value in (metadata or {}).items()}
    for key, value in known.items():
        if value.shape != (n,):
            raise DataError(f"metadata {key!r} has shape {value.shape}; it must be ({n},), one for each label.")
    shape = (1, n_units) if image_shape is None else image_shape
    if shape[0] * shape[1] != n_units:
        raise DataError(f"image_shape = {shape} has not the size of {n_units} units.")
    train, tested = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    refuse_gaps(classes[train], "labels of the training part")
    if len(tested) == 0:
        raise DataError("test holds out no presentation; at least one is needed.")
    if (unknown := classes[tested] > classes[train].max()).any():
        raise DataError(f"label {classes[tested][unknown][0]} is held out for the test, but not trained on.")
    return SpikeTrains(
        name, spikes.of(train), classes[train], spikes.of(tested), classes[tested], n_units,
        int(classes[train].max()) + 1, step, steps * step, shape,
        {key: (value[train], value[tested]) for key, value in known.items()},
    )  # fmt: skip


@lru_cache(maxsize=8)
def _binned(data: SpikeTrains, bins: int, steps: int) -> Dataset:
    counts = []
    for spikes in (data.train, data.test):
        images = np.zeros((len(spikes.offsets) - 1, bins, data.n_units), dtype=np.float32)
        np.add.at(images, (spikes.samples, spikes.steps * bins // steps, spikes.units), 1)
        counts.append(images.reshape(len(images), -1))
    most = max(1.0, float(counts[0].max()))
    train, test = (np.minimum(1, images / np.float32(most)) for images in counts)
    return Dataset(
        data.name,
        train,
        data.train_labels,
        test,
        data.test_labels,
        (bins, data.n_units),
        data.n_classes,
        bins,
        data.metadata,
    )


def _spikes(rows: NDArray[np.int64], n: int) -> Spikes:
    """Spikes from their samples, steps and units, in this order of rows, sorted by sample."""
    offsets = np.searchsorted(rows[0], np.arange(n + 1)).astype(np.int64)
    return Spikes(offsets, rows[1].astype(np.int32), rows[2].astype(np.int32))


def _flat(times: Any, units: Any, samples: Any, n: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Times, units and samples of all spikes."""
    if samples is not None:
        arrays = np.asarray(times, dtype=float), np.asarray(units), np.asarray(samples)
        if {array.shape for array in arrays} != {(len(arrays[0]),)}:
            raise DataError(
                f"times, units and samples have shapes {', '.join(str(a.shape) for a in arrays)}; each spike has one "
                f"of each."
            )
        return arrays
    trains, own = [np.asarray(t, dtype=float) for t in times], [np.asarray(u) for u in units]
    if len(trains) != n or len(own) != n:
        raise DataError(
            f"there are {n} labels, times of {len(trains)} and units of {len(own)} presentations; give as many, or "
            f"samples with one array of all spikes."
        )
    for k, (t, u) in enumerate(zip(trains, own, strict=True)):
        if t.ndim != 1 or t.shape != u.shape:
            raise DataError(f"presentation {k} has times of shape {t.shape} and units of shape {u.shape}.")
    lengths = [len(t) for t in trains]
    filled = [u for u in own if len(u)] or [np.zeros(0, dtype=int)]  # an empty list is of floats
    return np.concatenate(trains or [np.zeros(0)]), np.concatenate(filled), np.repeat(np.arange(n), lengths)


def _checked(times: NDArray[Any], units: NDArray[Any], samples: NDArray[Any], n: int, n_units: int | None) -> int:
    """How many units there are, after a look at all spikes."""
    for what, array in (("units", units), ("samples", samples)):
        if len(array) and array.dtype.kind not in "iu":
            raise DataError(f"{what} must be whole numbers, found {array.dtype}.")
    there = int(units.max()) + 1 if len(units) else 1
    count = there if n_units is None else whole(n_units, "n_units")
    for what, array, most, right in (
        ("time", times, np.inf, "a finite number of seconds, zero or more"),
        ("unit", units, count, f"from 0 to {count - 1}"),
        ("sample", samples, n, f"from 0 to {n - 1}, one a label"),
    ):
        wrong = ~((array >= 0) & (array < most))
        if wrong.any():
            at = int(wrong.argmax())
            raise DataError(f"the {what} of spike {at} is {array[at]:g}; it must be {right}.")
    return count
