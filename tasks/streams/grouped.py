"""All classes in each task, each task from one group of the presentations: a new voice is a new task."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.datasets import Dataset
from tasks.errors import TaskError, one_of
from tasks.events import SpikeTrains
from tasks.streams.stream import Stream, Task


@dataclass(frozen=True, repr=False)
class Grouped(Stream):
    """A stream in which each task shows all classes, of presentations that something else holds together.

    In the domain-incremental scenario tasks share the outputs; in the others each class of each group has its own.
    Every class has to occur in every group.

    Parameters
    ----------
    dataset : str or SpikeTrains
        With `by` in its metadata.
    by : str
        What holds presentations together: tasks are its values, in their order.
    **options
        See `tasks.streams.options.Options`.
    """

    by: str = "speaker"

    kind = "grouped"

    def _nominal_tasks(self) -> list[Task]:
        n, shared = self._facts.n_classes, self.scenario == "domain-incremental"
        own = [tuple(range(k * n, (k + 1) * n)) for k in range(len(self._groups))]
        return [Task(k, group, own[k], tuple(range(n)) if shared else own[k]) for k, group in enumerate(self._groups)]

    @property
    def _groups(self) -> tuple[str, ...]:
        known = self._facts.groups
        if not known:
            raise TaskError(f"{self.name} has no groups: nothing but labels is known of its presentations.")
        return known[one_of(self.by, known, "what is known of presentations,")]

    @property
    def data(self) -> Dataset | SpikeTrains:
        """The data set, with a label for each class of each group."""
        return _relabelled(self._stored, self.by, self._groups)


@lru_cache(maxsize=8)
def _relabelled(data: Any, by: str, groups: tuple[str, ...]) -> Dataset | SpikeTrains:
    def labels(known: NDArray[Any], own: NDArray[np.int64]) -> NDArray[np.int64]:
        places = {group: k for k, group in enumerate(groups)}
        if unknown := sorted({str(group) for group in known} - set(groups)):
            raise TaskError(f"the {by} {unknown[0]!r} of the held-out part does not occur in the training part.")
        return own + data.n_classes * np.array([places[str(group)] for group in known], dtype=np.int64)

    train, test = (
        labels(k, own) for k, own in zip(data.metadata[by], (data.train_labels, data.test_labels), strict=True)
    )
    changed: Dataset | SpikeTrains = replace(
        data, train_labels=train, test_labels=test, n_classes=data.n_classes * len(groups)
    )
    return changed
