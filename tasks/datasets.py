"""Labelled images, checked once when they come in.

Images are kept as they come (unsigned bytes, or floats in [0, 1]) and handed out as float64 in [0, 1].
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tasks.errors import DataError

Part = Literal["train", "test"]
Metadata = Mapping[str, tuple[NDArray[Any], NDArray[Any]]]


def groups_of(metadata: Metadata) -> dict[str, tuple[str, ...]]:
    """The values that occur in the training part, in their order, of all that is known."""
    return {name: tuple(map(str, np.unique(train))) for name, (train, _) in metadata.items()}


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled images, cut into a part to train on and a part held out for the final test.

    Attributes
    ----------
    name : str
    train_images, test_images : ndarray of uint8 (0 to 255) or float (0 to 1), shape (n, height * width)
    train_labels, test_labels : ndarray of int64, shape (n,), values 0 to n_classes - 1
    image_shape : (height, width)
    n_classes : int
    bins : int
        0 for images; where they are spike counts, how many bins of time they have: one a row, one unit a column.
    metadata : mapping of str to (ndarray, ndarray)
        What else is known of the training and of the test part, where it is.
    parts : tuple of (str, int)
        Names and numbers of classes of the data sets that it was joined of, if it was (:func:`tasks.joined.joined`).
    """

    name: str
    train_images: NDArray[Any]
    train_labels: NDArray[np.int64]
    test_images: NDArray[Any]
    test_labels: NDArray[np.int64]
    image_shape: tuple[int, int]
    n_classes: int
    bins: int = 0
    metadata: Metadata = field(default_factory=dict)
    parts: tuple[tuple[str, int], ...] = ()

    dt: ClassVar[None] = None
    duration: ClassVar[None] = None
    """Images have no time of their own, as `tasks.events.SpikeTrains` have."""

    def labels(self, part: Part) -> NDArray[np.int64]:
        """Return the labels of a part, shape (n,)."""
        return self.train_labels if part == "train" else self.test_labels

    def images(self, part: Part, indices: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Return the images of a part at `indices`, in [0, 1], shape (len(indices), height * width)."""
        stored = self.train_images if part == "train" else self.test_images
        images: NDArray[np.float64] = stored[indices].astype(np.float64)
        return images / 255 if stored.dtype == np.uint8 else images

    def selected(
        self, name: str, train: NDArray[Any], train_labels: NDArray[Any], test: NDArray[Any], test_labels: NDArray[Any]
    ) -> Dataset:
        """Return some of the images (indices) of both parts with labels of their own."""
        return replace(
            self, name=name, train_images=self.train_images[train], train_labels=train_labels,
            test_images=self.test_images[test], test_labels=test_labels, n_classes=int(train_labels.max()) + 1,
            metadata={key: (one[train], other[test]) for key, (one, other) in self.metadata.items()},
        )  # fmt: skip

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The values of what else is known."""
        return groups_of(self.metadata)

    @cached_property
    def digest(self) -> str:
        """Of images and labels: data sets of one name that differ are told apart by it."""
        content = hashlib.sha256()
        for array in (self.train_images, self.train_labels, self.test_images, self.test_labels):
            content.update(f"{array.dtype} {array.shape}".encode())
            content.update(np.ascontiguousarray(array).data)
        return content.hexdigest()[:16]

    def __repr__(self) -> str:
        height, width = self.image_shape
        return (
            f"{self.name}: {len(self.train_labels)} training and {len(self.test_labels)} test images "
            f"of {height} x {width}, {self.n_classes} classes"
        )


def from_arrays(
    name: str,
    train_images: ArrayLike,
    train_labels: ArrayLike,
    test_images: ArrayLike,
    test_labels: ArrayLike,
    image_shape: tuple[int, int] | None = None,
) -> Dataset:
    """Make a data set of your own arrays.

    Parameters
    ----------
    name : str
    train_images, test_images : array_like of uint8 (0 to 255) or float (0 to 1)
        Shape (n, height * width) or (n, height, width).
    train_labels, test_labels : array_like of int, shape (n,)
        0, 1, 2 ...; every class must occur among the training labels.
    image_shape : (height, width), optional
        Needed only where images are rows of pixels.

    Raises
    ------
    DataError
        If a pixel is NaN, negative or above one, or shapes, counts or labels do not fit together.
    """
    if image_shape is None and np.ndim(train_images) != 3:
        raise DataError(
            f"train_images has shape {np.shape(train_images)}; give images of shape (n, height, width), or say "
            f"image_shape=(height, width)."
        )
    height, width = np.shape(train_images)[1:] if image_shape is None else image_shape
    train_x = _checked_images(train_images, "train_images", height, width)
    train_y = checked_labels(train_labels, "train_labels", len(train_x))
    n_classes = int(train_y.max()) + 1
    refuse_gaps(train_y, "train_labels")
    test_x = _checked_images(test_images, "test_images", height, width)
    test_y = checked_labels(test_labels, "test_labels", len(test_x), n_classes)
    return Dataset(name, train_x, train_y, test_x, test_y, (height, width), n_classes)


def refuse_gaps(labels: NDArray[np.int64], what: str) -> None:
    """Raise a `DataError` if a class below the highest label does not occur."""
    highest = int(labels.max(initial=-1))
    for label in range(highest + 1):
        if label not in labels:
            raise DataError(f"{what} reach {highest} but lack {label}; number classes without gaps.")


def mask_of(chosen: ArrayLike, what: str, n: int) -> NDArray[np.bool_]:
    """Return which of `n` samples are chosen by a mask of them, or by their indices."""
    array = np.asarray(chosen)
    if array.dtype.kind == "b" and array.shape == (n,):
        return array
    mask = np.zeros(n, dtype=bool)
    if array.shape == (0,):
        return mask
    if array.ndim == 1 and array.dtype.kind in "iu" and 0 <= array.min() and array.max() < n:
        mask[array] = True
        return mask
    raise DataError(f"{what} must be a mask of shape ({n},) or indices from 0 to {n - 1}, one dimension.")


def check_pixels(images: NDArray[Any], what: str) -> None:
    """Raise a `DataError` that names the first pixel that is NaN, negative or above one."""
    wrong = ~((images >= 0) & (images <= 1))  # written so that NaN is wrong too
    if wrong.any():
        image, *pixel = np.unravel_index(int(wrong.argmax()), wrong.shape)
        value = images[(image, *pixel)]
        at = ", ".join(str(i) for i in pixel)
        bytes_ = bool(((images >= 0) & (images <= 255)).all())  # NaN is neither
        hint = "; divide images from 0 to 255 by 255, or give them as uint8" if bytes_ else ""
        raise DataError(f"{what}: pixel {at} of image {image} is {value:g}; pixels must be numbers from 0 to 1{hint}.")


def _checked_images(images: ArrayLike, what: str, height: int, width: int) -> NDArray[Any]:
    array = np.array(images)  # a copy: what the caller does to his own array later must not change a stream
    if array.ndim not in (2, 3) or array.shape[1:] not in ((height * width,), (height, width)):
        raise DataError(
            f"{what} has shape {array.shape}; for images of {height} x {width} it must be "
            f"(n, {height * width}) or (n, {height}, {width})."
        )
    if len(array) == 0:
        raise DataError(f"{what} holds no image; at least one is needed.")
    if array.dtype != np.uint8 and array.dtype.kind != "f":
        raise DataError(f"{what} has type {array.dtype}; give uint8 (0 to 255) or floats from 0 to 1.")
    array = array.reshape(len(array), height * width)
    if array.dtype.kind == "f":
        check_pixels(array, what)
    elif array.max() == 1:
        warnings.warn(
            f"{what} are uint8 from 0 to 255, and none is above 1, which is nearly dark; if they were scaled already, "
            f"give floats from 0 to 1.",
            stacklevel=3,
        )
    array.flags.writeable = False
    return array


def checked_labels(
    labels: ArrayLike, what: str, n_images: int | None, n_classes: int | None = None
) -> NDArray[np.int64]:
    """Return labels, one for each of so many images, after a look at all of them."""
    array = np.array(labels)
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise DataError(f"{what} must be whole numbers of shape (n,), found {array.dtype} of shape {array.shape}.")
    if n_images is not None and len(array) != n_images:
        raise DataError(f"{what} has {len(array)} labels for {n_images} images; there must be one for each.")
    array = array.astype(np.int64)
    wrong = (array < 0) | (array >= (n_classes or np.inf))
    if wrong.any():
        at = int(wrong.argmax())
        right = f"from 0 to {n_classes - 1}, the classes trained on" if n_classes else "0, 1, 2 ..."
        raise DataError(f"{what}: label {at} is {array[at]}; labels must be {right}.")
    array.flags.writeable = False
    return array
