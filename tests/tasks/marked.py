"""A data set whose images tell which one they are: pixel 0 and 1 hold the number, pixel 2 the label."""

import numpy as np

import tasks


def dataset(per_class=40, n_classes=6, test_per_class=10, uneven=0):
    """Make one; class c has `uneven` * c training images more than `per_class`."""
    labels = np.concatenate([np.full(per_class + uneven * c, c) for c in range(n_classes)])
    labels = np.random.default_rng(9).permutation(labels)
    test_labels = np.tile(np.arange(n_classes), test_per_class)
    return tasks.from_arrays("marked", _images(labels), labels, _images(test_labels), test_labels, (2, 2))


def _images(labels):
    numbers = np.arange(len(labels))
    return np.stack([numbers // 256, numbers % 256, labels, np.full(len(labels), 255)], axis=1).astype(np.uint8)


def numbers(images):
    """Which images these are, shape (n,)."""
    return np.rint(images[:, 0] * 255 * 256 + images[:, 1] * 255).astype(int)


def labels(images):
    """Their labels, shape (n,)."""
    return np.rint(images[:, 2] * 255).astype(int)


def whole(stream, seed=0):
    """All presentations and contexts of a stream."""
    images, targets = stream.presentations(seed, 0, stream.n_presentations)
    return images, targets, stream.contexts(seed, 0, stream.n_presentations)
