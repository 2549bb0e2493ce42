"""Data sets learned one after the other, with shared outputs: MNIST, then Fashion-MNIST."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tasks.datasets import Dataset
from tasks.errors import TaskError
from tasks.joined import joined
from tasks.library import load
from tasks.streams.stream import Stream, Task


@dataclass(frozen=True, repr=False)
class Consecutive(Stream):
    """A stream in which each task shows all classes of a data set of its own.

    In the domain-incremental scenario the first class of every data set belongs to output 0, the second to output 1
    ...; in the others each class of each data set has its own output.

    Parameters
    ----------
    dataset : str or Dataset
        Two or more, joined: by names, ``"mnist+fashion-mnist"``, or by :func:`tasks.joined.joined`;
        :func:`consecutive` takes them as they are.
    **options
        See `tasks.streams.options.Options`.
    """

    kind = "consecutive"
    of_images = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_tasks < 2:
            raise TaskError(f"{self.name} has one data set; give two or more, such as 'mnist+fashion-mnist'.")

    def _nominal_tasks(self) -> list[Task]:
        parts = getattr(self._facts, "parts", ()) or ((self.name, self._facts.n_classes),)
        firsts = np.cumsum([0, *(n for _, n in parts)]).tolist()
        shared = self.scenario == "domain-incremental"
        return [
            Task(k, name, tuple(range(first, first + n)), tuple(range(n) if shared else range(first, first + n)))
            for k, ((name, n), first) in enumerate(zip(parts, firsts, strict=False))
        ]


def consecutive(datasets: Sequence[str | Dataset], **options: Any) -> Consecutive:
    """Return a stream of data sets learned one after the other.

    Parameters
    ----------
    datasets : sequence of str or Dataset
        Such as ``("mnist", "fashion-mnist")``; names are read only when the first image or count is asked for, if all
        are names.
    **options
        See `tasks.streams.options.Options`.

    Raises
    ------
    TaskError
        If images differ in shape, or there are fewer than two.
    """
    given = [datasets] if isinstance(datasets, (str, Dataset)) else list(datasets)
    names = [one for one in given if isinstance(one, str)]
    if len(names) == len(given):
        return Consecutive("+".join(names), **options)
    return Consecutive(joined([load(one) if isinstance(one, str) else one for one in given]), **options)
