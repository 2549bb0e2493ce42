"""Data sets put together: what streams of several data sets are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.datasets import Dataset
from tasks.errors import TaskError
from tasks.events import SpikeTrains


def joined(given: Sequence[Dataset | SpikeTrains]) -> Dataset:
    """Put data sets of one image shape together; the classes of each follow those of the one before.

    Images of all are interleaved in proportion to their numbers, each data set in its own order: the last ones, which
    validate, are the last ones of each.

    Raises
    ------
    TaskError
        If images differ in shape, or in type (``uint8`` or float), or there are spike trains among them.
    """
    datasets = [_of_images(data) for data in given]
    check_shapes([data.name for data in datasets], [data.image_shape for data in datasets])
    if len({data.train_images.dtype for data in datasets}) > 1:
        kinds = ", ".join(f"{data.name} {data.train_images.dtype}" for data in datasets)
        raise TaskError(f"data sets learned one after the other need images of one type, not {kinds}.")
    shifts = np.cumsum([0, *(data.n_classes for data in datasets)])
    train = _interleaved([len(data.train_labels) for data in datasets])
    test = _interleaved([len(data.test_labels) for data in datasets])

    def labels(part: str) -> NDArray[np.int64]:
        return np.concatenate([getattr(d, f"{part}_labels") + s for d, s in zip(datasets, shifts, strict=False)])

    def images(part: str) -> NDArray[np.generic]:
        return np.concatenate([getattr(d, f"{part}_images") for d in datasets])

    return Dataset(
        "+".join(data.name for data in datasets),
        images("train")[train], labels("train")[train], images("test")[test], labels("test")[test],
        datasets[0].image_shape, int(shifts[-1]), parts=tuple((data.name, data.n_classes) for data in datasets),
    )  # fmt: skip


def _of_images(data: Dataset | SpikeTrains) -> Dataset:
    if not isinstance(data, Dataset):
        raise TaskError(f"data sets learned one after the other are of images; {data.name} has spike trains.")
    return data


def check_shapes(names: Sequence[str], shapes: Sequence[tuple[int, int]]) -> None:
    """Refuse data sets whose images differ in shape."""
    if len(set(shapes)) > 1:
        sizes = ", ".join(f"{name} {h} x {w}" for name, (h, w) in zip(names, shapes, strict=True))
        raise TaskError(f"data sets learned one after the other need images of one size, not {sizes}.")


def _interleaved(counts: Sequence[int]) -> NDArray[np.int64]:
    """Places in the concatenation, so that any part holds each data set in proportion."""
    return np.argsort(np.concatenate([(np.arange(n) + 0.5) / n for n in counts]), kind="stable")
