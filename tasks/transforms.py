"""What is done to every image of a stream before anybody sees it, network or baseline."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]


def edges(images: Floats) -> Floats:
    """Edges by their direction, at half the resolution, each relative to all directions at its place.

    The gradient of each pixel (Sobel, zero beyond the image) is rectified along four directions (to the right, down, to
    the left, up), squared, blurred (Gaussian, sigma one pixel), read at every other pixel and divided by the sum over
    directions; then its square root is taken: an energy model with normalization, as of the primary visual cortex.

    Parameters
    ----------
    images : ndarray, shape (n, height, width)
        0 to 1.

    Returns
    -------
    ndarray, shape (n, 2*(height//2), 2*(width//2))
        0 to 1, the largest of an image one: four quadrants, the directions in reading order.
    """
    kernel = np.array([1.0, 2.0, 1.0])
    step = np.array([-1.0, 0.0, 1.0])

    def along(x: Floats, weights: Floats, axis: int) -> Floats:
        return np.asarray(ndimage.correlate1d(x, weights, axis, mode="constant"))

    horizontal = along(along(images, kernel / 4, 1), step, 2)
    vertical = along(along(images, kernel / 4, 2), step, 1)
    found = np.stack([np.maximum(0, x) ** 2 for x in (horizontal, vertical, -horizontal, -vertical)], 1)
    blur = np.exp(-0.5 * np.arange(-3, 4) ** 2)
    blur /= blur.sum()
    for axis in (2, 3):
        found = along(found, blur, axis)
    found = found[:, :, 1::2, 1::2]
    found = np.sqrt(found / (found.sum(1, keepdims=True) + 0.1))
    most = found.max((1, 2, 3), keepdims=True)
    found = np.divide(found, most, out=np.zeros_like(found), where=most > 0)
    found[found < 0.05] = 0.0
    n, _, height, width = found.shape
    return found.reshape(n, 2, 2, height, width).transpose(0, 1, 3, 2, 4).reshape(n, 2 * height, 2 * width)


TRANSFORMS: dict[str, Callable[[Floats], Floats]] = {"edges": edges}
