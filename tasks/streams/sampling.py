"""Which samples are used: the cut between training and validation, and subsets spread evenly over classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.errors import TaskError
from tasks.randomness import Purpose, generator

Labels = NDArray[np.int64]
Indices = NDArray[np.int64]


def counts_per_class(
    labels: Labels,
    classes: Sequence[Sequence[int]],
    what: str,
    total: int | None = None,
    each: int | None = None,
    hint: str = "",
) -> list[list[int]]:
    """How many samples of each class every task uses.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        Of the samples there are.
    classes : sequence of sequences of int
        The classes of every task.
    what : str
        What is counted, for messages ("training", "held-out").
    total : int, optional
        How many samples in all, spread as evenly as can be over tasks and their classes.
    each : int, optional
        How many of each class in each task. With neither, all there are.
    hint : str
        What may help where a class has none.

    Returns
    -------
    list of lists, of the shape of `classes`

    Raises
    ------
    TaskError
        If a class has fewer samples than asked for, or a class of a task would have none.
    """
    there = np.bincount(labels, minlength=1 + max(max(c) for c in classes))
    # What is left over goes to the first class of every task, then to the second: tasks stay even.
    cells = sorted((i, task) for task, c in enumerate(classes) for i in range(len(c)))
    counts = [[int(there[label]) for label in c] for c in classes]
    for rank, (i, task) in enumerate(cells):
        label = classes[task][i]
        if total is not None:
            counts[task][i] = total // len(cells) + (rank < total % len(cells))
        elif each is not None:
            counts[task][i] = each
        asked, found = counts[task][i], int(there[label])
        if not found:
            raise TaskError(f"there is no {what} sample of class {label}; every class needs at least one{hint}.")
        if asked > found:
            raise TaskError(
                f"{asked} {what} samples of class {label} were asked for, but there are {found}; take fewer."
            )
        if not asked:
            raise TaskError(
                f"{total} {what} samples in all leave class {label} of task {task} without one; take at "
                f"least {len(cells)}, one for each class of each task."
            )
    return counts


def subset(labels: Labels, classes: Sequence[int], counts: Sequence[int], seed: int, variant: int) -> Indices:
    """Draw `counts` samples of `classes` for a task; a smaller draw is part of every larger one."""
    drawn = []
    for label, count in zip(classes, counts, strict=True):
        found = np.flatnonzero(labels == label)
        if count < len(found):
            found = generator(seed, Purpose.SUBSAMPLE, variant, label).permutation(found)[:count]
        drawn.append(found)
    return np.sort(np.concatenate(drawn))


def queue(samples: Indices, passes: int, seed: int, variant: int) -> Indices:
    """The samples of one task in the order in which they are shown: a new order at each pass."""
    rounds = (generator(seed, Purpose.SAMPLE_ORDER, variant, k).permutation(samples) for k in range(passes))
    return np.concatenate(list(rounds))


def first(labels: Labels, classes: Sequence[int], counts: Sequence[int]) -> Indices:
    """The first `counts` samples of `classes`, in the order of the data."""
    found = [np.flatnonzero(labels == label)[:n] for label, n in zip(classes, counts, strict=True)]
    return np.sort(np.concatenate(found))
