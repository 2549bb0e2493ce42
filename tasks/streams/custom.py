"""Tasks of the user's own, by what is right and how images look: hierarchies, reversals, drift."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.datasets import Dataset
from tasks.errors import TaskError, whole
from tasks.streams.stream import Stream, Task

#: How a task shows images, shape (n, height, width), values 0 to 1: as images of the same shape.
Show = Callable[[NDArray[np.float64], int], NDArray[np.float64]]


@dataclass(frozen=True, repr=False)
class Custom(Stream):
    """A stream whose tasks say which output is right for each of their classes, and how they show its images.

    Several classes may have one output (first animals or vehicles, then cats or dogs), and a class may have another
    output in another task (a reversal). A stream with a function of your own is rebuilt by your code alone:
    ``tacos.resume(path, stream=...)``.

    Parameters
    ----------
    dataset : str, Dataset or SpikeTrains
    answers : sequence of mapping of int to int
        ``{class: output}``, one for each task.
    show : callable, optional
        ``show(images, task)``: images of shape (n, height, width) from 0 to 1 as the task with this number shows them.
        Each image by itself, and the same at every call.
    names : sequence of str, optional
        Of the tasks; by default their classes: ``"0,1/2"`` if 0 and 1 are answered by output 0, and 2 by output 1,
        ``"0,1/2 (2)"`` where that comes again.
    **options
        See `tasks.streams.options.Options`.

    Raises
    ------
    TaskError
        If a class is not there, there are not as many names as tasks, or, when images are asked for, if `show` returns
        something else than images or mixes them.
    """

    answers: Sequence[Mapping[int, int]] = ()
    show: Show | None = None
    names: Sequence[str] | None = None

    kind = "custom"

    def __post_init__(self) -> None:
        object.__setattr__(self, "answers", _answers(self.answers))
        if self.names is not None:
            object.__setattr__(self, "names", tuple(map(str, self.names)))
        if isinstance(self.show, str):
            raise TaskError(
                f"the stream shows images by your own function {self.show!r}; give the stream, as in "
                f"tacos.resume(path, stream=...)."
            )
        if self.show is not None and not callable(self.show):
            raise TaskError(f"show = {self.show!r} must be a function of images and the number of the task.")
        if self.show is not None and getattr(self._facts, "dt", None):
            raise TaskError(f"show is for images, and {self.name} shows spike trains.")
        super().__post_init__()

    def _nominal_tasks(self) -> list[Task]:
        pairs: Any = self.answers
        for label in (label for task in pairs for label, _ in task):
            if label >= self._facts.n_classes:
                raise TaskError(
                    f"answers: there is no class {label}; {self.name} has 0 to {self._facts.n_classes - 1}."
                )
        if self.names is not None and len(self.names) != len(pairs):
            raise TaskError(f"{len(self.names)} names are given for {len(pairs)} tasks.")
        names = _told_apart([_named(task) for task in pairs]) if self.names is None else self.names
        return [
            Task(k, name, tuple(label for label, _ in task), tuple(output for _, output in task))
            for k, (name, task) in enumerate(zip(names, pairs, strict=True))
        ]

    def _show(self, images: NDArray[np.float64], variant: int) -> NDArray[np.float64]:
        if self.show is None:
            return images
        _ = self._examples
        return self._shown(images, variant)

    def _shown(self, images: NDArray[np.float64], variant: int) -> NDArray[np.float64]:
        stack = images.reshape(-1, *self._facts.image_shape)
        shown = np.asarray(self.show(stack.copy(), variant), dtype=np.float64)  # type: ignore[misc]
        if shown.shape != stack.shape or not ((shown >= 0) & (shown <= 1)).all():
            raise TaskError(
                f"show made of {stack.shape} images of task {variant} an array of {shown.shape}, {shown.min():g} to "
                f"{shown.max():g}; it must be images of the same shape from 0 to 1."
            )
        return shown.reshape(images.shape)

    @cached_property
    def _examples(self) -> list[NDArray[np.float64]]:
        """Some images as each task shows them; what mixes images or draws anew is refused."""
        assert isinstance(data := self.data, Dataset)
        some = data.images("train", np.arange(min(4, len(data.train_labels))))
        found = []
        for task in range(len(self.answers)):
            together = self._shown(some, task)
            if not np.array_equal(together, np.concatenate([self._shown(one[None], task) for one in some])):
                raise TaskError(
                    f"show makes other images of task {task} one by one than together; each by itself is right."
                )
            found.append(together)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return all that describes it; the function by its name and by what it makes of some images."""
        values = super().to_dict()
        if self.show is not None:
            values["show"] = getattr(self.show, "__qualname__", type(self.show).__name__)
            shown = hashlib.sha256(str(values.get("digest", "")).encode())
            for images in self._examples:
                shown.update(images.tobytes())
            values["digest"] = shown.hexdigest()[:16]
        return values


def _answers(given: Any) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Pairs of class and output of every task, from mappings or pairs."""
    right = "answers are a mapping {class: output} for every task, such as [{0: 0, 1: 1}, {0: 1, 1: 0}]"
    found = []
    for task in given if isinstance(given, Iterable) and not isinstance(given, Mapping | str) else ():
        pairs = list(task.items()) if isinstance(task, Mapping) else task
        try:
            mapping = {whole(label, "a class", 0): whole(output, "an output", 0) for label, output in pairs}
        except (TypeError, ValueError) as error:
            raise TaskError(f"{right}, not {task!r}.") from error
        if not mapping:
            raise TaskError(f"{right}; a task is empty.")
        found.append(tuple(mapping.items()))
    if not found:
        raise TaskError(f"{right}, not {given!r}.")
    return tuple(found)


def _named(task: Sequence[tuple[int, int]]) -> str:
    outputs = sorted({output for _, output in task})
    return "/".join(",".join(str(label) for label, output in task if output == one) for one in outputs)


def _told_apart(names: list[str]) -> list[str]:
    return [f"{name} ({names[: k + 1].count(name)})" if name in names[:k] else name for k, name in enumerate(names)]
