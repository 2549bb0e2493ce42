"""The classes of a data set split among tasks: 0 and 1 first, then 2 and 3 ... (split-MNIST)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.errors import TaskError, whole, whole_numbers
from tasks.randomness import Purpose, generator
from tasks.streams.stream import Stream, Task


@dataclass(frozen=True, repr=False)
class Split(Stream):
    """A stream in which each task shows some of the classes, each of them in one task.

    In the domain-incremental scenario the first class of every task belongs to output 0, the second to
    output 1 ...; in the others each class that is shown has its own output, in the order of the labels.

    Parameters
    ----------
    dataset : str or Dataset
    classes_per_task : int
        Must divide the number of classes.
    class_seed : int, optional
        Draws which classes go together, and which is first; without it neighbours do: 0/1, 2/3 ...
    classes : sequence of sequences of int, optional
        Instead: the classes of every task, such as ``[[0, 1, 5], [2, 3]]``, in the order of their outputs. Tasks may
        have different numbers of them, and what is not named is not shown.
    **options
        See `tasks.streams.options.Options`.
    """

    classes_per_task: int = 2
    class_seed: int | None = None
    classes: Sequence[Sequence[int]] | None = None

    kind = "split"

    def __post_init__(self) -> None:
        self._set_whole("classes_per_task")
        self._set_whole("class_seed", least=0)
        if self.classes is not None:
            object.__setattr__(self, "classes", _groups(self.classes))
        super().__post_init__()

    def _nominal_tasks(self) -> list[Task]:
        if self.classes is not None:
            return self._named_tasks(self.classes)
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

    def _named_tasks(self, groups: Sequence[Sequence[int]]) -> list[Task]:
        named = [label for group in groups for label in group]
        for label in named:
            if label >= self._facts.n_classes:
                raise TaskError(
                    f"classes: {self.name} has classes 0 to {self._facts.n_classes - 1}, none of number {label}."
                )
            if named.count(label) > 1:
                raise TaskError(f"classes: class {label} is named twice; each belongs to one task.")
        default = {field.name: field.default for field in dataclasses.fields(self)}["classes_per_task"]
        if self.class_seed is not None or self.classes_per_task != default:
            raise TaskError("classes says which classes go together; drop classes_per_task and class_seed.")
        shared = self.scenario == "domain-incremental"
        least = 1 if self.scenario == "class-incremental" else 2
        if min(map(len, groups)) < least:
            raise TaskError(
                f"classes = {[list(group) for group in groups]}: a task of this scenario has {least} at least."
            )
        place = {label: k for k, label in enumerate(sorted(named))}
        return [
            Task(k, "/".join(map(str, group)), tuple(group),
                 tuple(range(len(group))) if shared else tuple(place[label] for label in group))
            for k, group in enumerate(groups)
        ]  # fmt: skip

    def alone(self, task: int) -> Split:
        """Return a stream of one task of this one, by its place, and nothing else: no task comes before or after.

        For domain-incremental streams; in the others a network for one task would have fewer outputs. Where tasks
        have different numbers of classes, so it has here: as many as the task.
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
        changes: dict[str, Any] = dict.fromkeys(("blur", "span", "class_seed", "classes", "order", "order_seed"))
        changes |= {"dataset": one, "boundaries": "sharp", "classes_per_task": len(chosen.classes)}
        if self.samples is not None:
            changes["samples"] = sum(self._counts[task])
        if self.test_samples is not None:
            changes["test_samples"] = len(self.held_out_presentations(task).targets)
        if self.held_out == "validation":
            changes["validation"] = int(np.count_nonzero(train >= self._n_trained))
        return dataclasses.replace(self, **changes)


def _groups(given: Any) -> tuple[tuple[int, ...], ...]:
    """Classes of tasks from sequences, or from a text such as ``"0,1,5/2,3"``."""
    parts = given.split("/") if isinstance(given, str) else given
    if not isinstance(parts, Iterable) or not (parts := list(parts)) or any(isinstance(p, Integral) for p in parts):
        raise TaskError(f"classes = {given!r} must be the classes of every task, such as [[0, 1, 5], [2, 3]].")
    return tuple(whole_numbers(part, "classes") for part in parts)
