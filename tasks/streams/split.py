"""The classes of a data set split among tasks: 0 and 1 first, then 2 and 3 ... (split-MNIST)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.errors import TaskError, whole
from tasks.randomness import Purpose, generator
from tasks.streams.stream import Stream, Task


@dataclass(frozen=True, repr=False)
class Split(Stream):
    """A stream in which each task shows some of the classes, all of them once over the tasks.

    In the domain-incremental scenario the first class of every task belongs to output 0, the second to
    output 1 ...; in the others each class has the output of its label.

    Parameters
    ----------
    dataset : str or Dataset
    classes_per_task : int
        Must divide the number of classes.
    class_seed : int, optional
        Draws which classes go together, and which is first; without it neighbours do: 0/1, 2/3 ...
    **options
        See `tasks.streams.options.Options`.
    """

    classes_per_task: int = 2
    class_seed: int | None = None

    kind = "split"

    def __post_init__(self) -> None:
        self._set_whole("classes_per_task")
        self._set_whole("class_seed", least=0)
        super().__post_init__()

    def _nominal_tasks(self) -> list[Task]:
        size, n_classes = self.classes_per_task, self._facts.n_classes
        least = 1 if self.scenario == "class-incremental" else 2  # with one output there is nothing to choose
        if whole(size, "classes_per_task", least) > n_classes or n_classes % size:
            fitting = [str(n) for n in range(least, n_classes + 1) if n_classes % n == 0]
            raise TaskError(
                f"classes_per_task = {size} does not divide {n_classes} classes; take {' or '.join(fitting)}."
            )
        labels = list(range(n_classes))
        if self.class_seed is not None:
            labels = generator(self.class_seed, Purpose.CLASSES).permutation(n_classes).tolist()
        groups = [tuple(labels[i : i + size]) for i in range(0, n_classes, size)]
        own = tuple(range(size))
        shared = self.scenario == "domain-incremental"
        return [Task(k, "/".join(map(str, g)), g, own if shared else g) for k, g in enumerate(groups)]

    def alone(self, task: int) -> Split:
        """Return a stream of one task of this one, by its place, and nothing else: no task comes before or after.

        For domain-incremental streams; in the others a network for one task would have fewer outputs.
        """
        if self.scenario != "domain-incremental":
            raise TaskError(f"alone is for domain-incremental streams, not for {self.scenario} ones.")
        chosen = self._tasks[self._checked_task(task)]
        data = self.data

        def shown(labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
            """Which samples are of the task, and the outputs of those."""
            here = np.flatnonzero(np.isin(labels, chosen.classes))
            return here, np.array([chosen.classes.index(label) for label in labels[here].tolist()])

        train, train_targets = shown(data.train_labels)
        test, test_targets = shown(data.test_labels)
        one = data.selected(f"{data.name} {chosen.name}", train, train_targets, test, test_targets)
        changes: dict[str, Any] = dict.fromkeys(("blur", "span", "class_seed", "order_seed"))
        changes |= {"dataset": one, "boundaries": "sharp"}
        if self.samples is not None:
            changes["samples"] = sum(self._counts[task])
        if self.test_samples is not None:
            changes["test_samples"] = len(self.held_out_presentations(task).targets)
        if self.held_out == "validation":
            changes["validation"] = int(np.count_nonzero(train >= self._n_trained))
        return dataclasses.replace(self, **changes)
