"""A data set learned piece by piece: every task shows other images of all classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tasks.errors import TaskError
from tasks.randomness import Purpose, generator
from tasks.streams import sampling
from tasks.streams.stream import Stream, Task
from tasks.streams.variants import variants


@dataclass(frozen=True, repr=False)
class Subsets(Stream):
    """A stream in which each task shows a part of the images of every class, and no image belongs to two tasks.

    Nothing changes from task to task but the images: what is lost is lost to the limits of what was seen. Held-out
    images are shared out, too, so that the mean accuracy over tasks is that on all of them.

    Parameters
    ----------
    dataset : str or Dataset
    tasks : int
        How many parts; those of a class differ by one image at most.
    **options
        See `tasks.streams.options.Options`; the scenario is the domain-incremental one.
    """

    tasks: int = 60

    kind = "subsets"

    def __post_init__(self) -> None:
        self._set_whole("tasks")
        super().__post_init__()
        if self.scenario != "domain-incremental":
            raise TaskError(f"subsets show the same classes in every task: domain-incremental, not {self.scenario}.")

    def _nominal_tasks(self) -> list[Task]:
        names = [f"part {k}" for k in range(self.tasks)]
        return variants(names, self._facts.n_classes, "domain-incremental")

    @cached_property
    def _counts(self) -> list[list[int]]:
        labels = self.data.train_labels[: self._n_trained]
        counts = self._shared_out(labels, "training", self.samples, self.samples_per_class)
        return [counts[task.variant] for task in self._tasks]

    def _drawn(self, task: Task, counts: Sequence[int], seed: int) -> NDArray[np.int64]:
        """The same permutation of a class for all tasks, of which each takes its part."""
        labels, drawn = self.data.train_labels[: self._n_trained], []
        before = {t.variant: c for t, c in zip(self._tasks, self._counts, strict=True) if t.variant < task.variant}
        for label in task.classes:
            order = generator(seed, Purpose.SUBSAMPLE, 0, label).permutation(np.flatnonzero(labels == label))
            start = sum(c[label] for c in before.values())
            drawn.append(order[start : start + counts[label]])
        return np.sort(np.concatenate(drawn))

    def _tested(self, labels: NDArray[np.int64], task: int) -> NDArray[np.int64]:
        counts, variant = self._shared_out(labels, "held-out", self.test_samples, None), self._tasks[task].variant
        parts = []
        for label in range(self._facts.n_classes):
            start = sum(c[label] for c in counts[:variant])
            parts.append(np.flatnonzero(labels == label)[start : start + counts[variant][label]])
        return np.sort(np.concatenate(parts))

    def _shared_out(self, labels: NDArray[np.int64], what: str, total: int | None, each: int | None) -> list[list[int]]:
        """How many samples of every class each part has, ``[part][class]``."""
        n, n_classes = self.tasks, self._facts.n_classes
        if total is None and each is None:
            there = np.bincount(labels, minlength=n_classes)
            counts = [[int(m) // n + (k < int(m) % n) for m in there] for k in range(n)]
        else:
            counts = sampling.counts_per_class(labels, [tuple(range(n_classes))] * n, what, total, each, self._cut)
        for label, asked in enumerate(np.sum(counts, axis=0)):
            found = int(np.count_nonzero(labels == label))
            if asked > found or min(part[label] for part in counts) == 0:
                raise TaskError(
                    f"{n} parts without an image in common need {max(asked, n)} {what} samples of class {label}, but "
                    f"there are {found}; take fewer parts or samples."
                )
        return counts
