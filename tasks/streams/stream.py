"""A stream of tasks: presentations in a fixed order and, apart from them, the contexts they came from.

A network is shown `Stream.presentations`, in which nothing tells one task from another; `Stream.contexts` and
`Stream.held_out_presentations` are for the evaluator. Nothing is read or drawn before it is asked for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tasks.datasets import Dataset, Part
from tasks.errors import TaskError
from tasks.events import SpikeTrains
from tasks.library import load
from tasks.randomness import Purpose, generator
from tasks.streams import boundaries, sampling
from tasks.streams.options import Options
from tasks.streams.protocol import Presentations
from tasks.transforms import TRANSFORMS
from tasks.units import in_ms


@dataclass(frozen=True)
class Task:
    """One task: which classes of the data set it shows, and to which output each belongs.

    `variant` numbers the tasks before they are put in order: it tells one permutation or angle from another.
    """

    variant: int
    name: str
    classes: tuple[int, ...]
    targets: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class Stream(Options, ABC):
    """A stream of tasks; :data:`tasks.streams.named.KINDS` has the kinds there are.

    Tasks are counted from 0 in the order in which they are presented. For the options see `Options`.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.n_classes  # noqa: B018  (so that tasks which cannot be are refused now, not on first use)

    # -- what each kind of stream says

    @abstractmethod
    def _nominal_tasks(self) -> list[Task]:
        """Return the tasks in the order of their numbers."""

    def _show(self, images: NDArray[np.float64], variant: int) -> NDArray[np.float64]:
        """Return images, shape (n, n_inputs), as the task with this number shows them; of spike trains, steps.

        Each row by itself: how many are asked for at once must make no difference.
        """
        del variant
        return images

    def _drawn(self, task: Task, counts: Sequence[int], seed: int) -> NDArray[np.int64]:
        """The training samples of a task, `counts` of each of its classes, ascending."""
        labels = self.data.train_labels[: self._n_trained]
        return sampling.subset(labels, task.classes, counts, seed, task.variant)

    def _tested(self, labels: NDArray[np.int64], task: int) -> NDArray[np.int64]:
        """Which of the held-out samples, with these labels, a task (by its place) is tested on, ascending."""
        classes = [t.classes for t in self._tasks]
        counts = sampling.counts_per_class(labels, classes, "held-out", self.test_samples, hint=self._cut)
        return sampling.first(labels, classes[task], counts[task])

    # -- what follows from the options

    @property
    def _stored(self) -> Dataset | SpikeTrains:
        """The data set as it is, read on first use."""
        return load(self.dataset) if isinstance(self.dataset, str) else self.dataset

    @property
    def data(self) -> Dataset | SpikeTrains:
        """The data set, read on first use."""
        return self._stored

    @property
    def rows(self) -> int:
        """Rows of stimuli a presentation: one, of spike trains one a step, the blank interval included."""
        dt = self._facts.dt
        return 1 if dt is None else round(self.duration / dt) + round((self.blank or 0) / dt)

    @property
    def bins(self) -> int:
        """Bins of time where images are spike counts, one a row, else 0."""
        return self.dataset.bins if isinstance(self.dataset, Dataset) else 0

    def binned(self, bins: int) -> Self:
        """Return the stream of the same spike trains as images of spike counts, for networks without time steps.

        The same presentations in the same order; see `tasks.events.SpikeTrains.binned`.
        """
        if isinstance(data := self._stored, Dataset):
            raise TaskError(f"{self.name} shows images; only spike trains are counted in bins.")
        counted = data.binned(bins, self.duration)
        changes: dict[str, Any] = dict.fromkeys(("encoding", "blank"))  # settled anew
        if self.held_out == "validation":
            changes["validation"] = len(data.train_labels) - self._n_trained
        return replace(self, dataset=counted, **changes)

    @cached_property
    def _tasks(self) -> tuple[Task, ...]:
        """The tasks in order of presentation."""
        tasks = self._nominal_tasks()
        if self.order is not None:
            if sorted(self.order) != list(range(len(tasks))):
                raise TaskError(
                    f"order = {list(self.order)} must name each of the {len(tasks)} tasks of {self.name} once, from 0 "
                    f"to {len(tasks) - 1}."
                )
            return tuple(tasks[i] for i in self.order)
        if self.order_seed is None:
            return tuple(tasks)
        return tuple(tasks[i] for i in generator(self.order_seed, Purpose.TASK_ORDER).permutation(len(tasks)))

    @property
    def n_tasks(self) -> int:
        """How many tasks there are."""
        return len(self._tasks)

    @property
    def task_names(self) -> tuple[str, ...]:
        """Names of the tasks in order of presentation, such as "0/1"."""
        return tuple(task.name for task in self._tasks)

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of an image, as it is shown."""
        height, width = self._facts.image_shape
        if self.transform is not None:
            height, width = TRANSFORMS[self.transform](np.zeros((1, height, width))).shape[1:]
        return height, width

    @property
    def n_inputs(self) -> int:
        """How many pixels an image has."""
        return self.image_shape[0] * self.image_shape[1]

    @cached_property
    def n_classes(self) -> int:
        """How many outputs a network needs."""
        return 1 + max(max(task.targets) for task in self._tasks)

    def outputs(self, task: int) -> NDArray[np.int64]:
        """Return the outputs among which the read-out may choose for a task, ascending.

        All there are, but for task-incremental streams: those of the task.
        """
        task = self._checked_task(task)
        if self.scenario == "task-incremental":
            return np.array(sorted(self._tasks[task].targets), dtype=np.int64)
        return np.arange(self.n_classes)

    def chance(self, task: int) -> float:
        """Return the accuracy of guessing uniformly among `outputs(task)`."""
        return 1 / len(self.outputs(task))

    def at_most(self, samples: int, test_samples: int | None = None) -> Self:
        """Return the stream with so many samples where it says no number itself, or with all where there are fewer.

        There have to be as many when some of the training images validate.
        """
        chosen = self
        if self.samples is None and self.samples_per_class is None:
            fewer = replace(self, samples=samples)
            chosen = fewer if _has(lambda: replace(fewer, held_out="validation")._counts) else chosen
        if self.test_samples is None and test_samples is not None:
            fewer = replace(chosen, test_samples=test_samples)
            chosen = fewer if _has(lambda: fewer.held_out_presentations(0)) else chosen
        return chosen

    # -- presentations

    @cached_property
    def _n_trained(self) -> int:
        """How many images of the training part are trained on: all but the last ones, if those validate."""
        n = len(self.data.train_labels)
        if self.held_out == "test":
            return n
        validation = self.validation or getattr(self._facts, "validation", 0) or round(n / 5)
        if validation >= n:
            raise TaskError(f"validation = {validation} leaves none of the {n} training images to train on.")
        return n - validation

    @property
    def _cut(self) -> str:
        """Why a class may lack samples, for messages."""
        if self.held_out == "test":
            return ""
        n = len(self.data.train_labels)
        return f"; the last {n - self._n_trained} of {n} training images validate: put sorted images in a random order"

    @cached_property
    def _counts(self) -> list[list[int]]:
        """Training samples in one pass: of each task, of each of its classes."""
        labels = self.data.train_labels[: self._n_trained]
        classes = [task.classes for task in self._tasks]
        return sampling.counts_per_class(labels, classes, "training", self.samples, self.samples_per_class, self._cut)

    @property
    def _lengths(self) -> list[int]:
        """Presentations of each task."""
        return [sum(counts) * self.passes for counts in self._counts]

    @property
    def n_presentations(self) -> int:
        """How many training presentations there are (reads the data set)."""
        return sum(self._lengths)

    @property
    def has_ends(self) -> bool:
        """Whether tasks end, at the `evaluation_points`: not if shuffled, and not with random boundaries."""
        return not self.shuffled and self.boundaries != "random"

    @property
    def evaluation_points(self) -> tuple[int, ...]:
        """After how many presentations to evaluate, one point a task; the last is the end of the stream.

        The ends of the tasks, for blurred boundaries the middles of the blur; spaced equally where tasks have
        no end (random boundaries, shuffled).
        """
        if not self.has_ends:
            return tuple(round(self.n_presentations * (k + 1) / self.n_tasks) for k in range(self.n_tasks))
        return tuple(int(end) for end in np.cumsum(self._lengths))

    def presentations(self, seed: int, start: int, stop: int) -> Presentations:
        """Return the training presentations from `start` up to, not including, `stop`.

        The seed draws the order of the samples and which of them are used. A pure function of its arguments:
        the pieces of any cut are those of the whole.
        """
        samples, contexts = self._sliced(seed, start, stop)
        return self._present("train", samples, contexts)

    def first_shown(self, seed: int, start: int, stop: int) -> NDArray[np.int64]:
        """Return the presentations that show a sample of a task for the first time from `start` on, in their order."""
        samples, contexts = self._sliced(seed, start, stop)
        return start + np.sort(np.unique(np.stack([samples, contexts]), axis=1, return_index=True)[1])

    def contexts(self, seed: int, start: int, stop: int) -> NDArray[np.int64]:
        """Return the place in the stream of the task of each presentation, shape (stop - start,).

        For the evaluator only: a network is never told.
        """
        return self._sliced(seed, start, stop)[1].astype(np.int64)

    def held_out_presentations(self, task: int) -> Presentations:
        """Return what a task (by its place in the stream) is tested on; the same for every seed."""
        offset = self._n_trained if self.held_out == "validation" else 0
        part: Part = "train" if self.held_out == "validation" else "test"
        task = self._checked_task(task)
        samples = offset + self._tested(self.data.labels(part)[offset:], task)
        return self._present(part, samples, np.full(len(samples), task))

    def _present(self, part: Part, samples: NDArray[Any], contexts: NDArray[Any]) -> Presentations:
        data, labels = self.data, self.data.labels(part)[samples]
        targets = np.empty_like(labels)
        images: Any
        if isinstance(data, Dataset):  # of spike counts each bin is shown as a step of a raster is: row by row
            images, rows = data.images(part, samples), max(1, data.bins)
            images = images.reshape(len(samples) * rows, images.shape[1] // rows)
        else:
            images, rows = data.rasters(part, samples, self.rows), self.rows
        for context in np.unique(contexts):
            task, here = self._tasks[context], contexts == context
            shown = np.repeat(here, rows)
            images[shown] = self._show(images[shown], task.variant)
            for label, target in zip(task.classes, task.targets, strict=True):
                targets[here & (labels == label)] = target
        if self.transform is not None:
            pixels = images.reshape(-1, *self._facts.image_shape)
            images = TRANSFORMS[self.transform](pixels).reshape(len(images), self.n_inputs)
        if isinstance(data, Dataset):
            images = images.reshape(len(samples), self.n_inputs)
        return Presentations(images, targets)

    def _sliced(self, seed: int, start: int, stop: int) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
        if not 0 <= start <= stop <= self.n_presentations:
            raise TaskError(
                f"presentations {start} to {stop} of {self.name} were asked for; take 0 <= start <= stop <= "
                f"{self.n_presentations}, the number there are."
            )
        samples, contexts = _order(self, seed)
        return samples[start:stop], contexts[start:stop]

    def _checked_task(self, task: int) -> int:
        if not 0 <= task < self.n_tasks:
            raise TaskError(f"task {task} was asked for, but {self.name} has tasks 0 to {self.n_tasks - 1}.")
        return int(task)

    def __repr__(self) -> str:
        per_class = f"{self.samples_per_class} samples a class" if self.samples_per_class else "all samples"
        parts = [
            "shuffled" if self.shuffled else f"{self.boundaries} boundaries",
            f"{self.samples} samples" if self.samples else per_class,
            f"{self.passes} passes" if self.passes > 1 else "1 pass",
            *([f"{self.transform} of the images"] if self.transform else []),
            f"{self.encoding} for {in_ms(self.duration)}",
            f"evaluated on the {self.held_out} split",
        ]
        tasks = f"{self.n_tasks} tasks ({', '.join(self.task_names)})"
        return f"{self.name}, {self.scenario}: {tasks}; {', '.join(parts)}"


def _has(samples: Callable[[], object]) -> bool:
    """Whether there are as many samples as were asked for."""
    try:
        samples()
    except TaskError:
        return False
    return True


@lru_cache(maxsize=64)  # of a few hundred kilobytes each; replicas ask for slices of many seeds in turn
def _order(stream: Stream, seed: int) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Index of the sample and context of every presentation, both of shape (n_presentations,)."""
    counts, lengths = stream._counts, stream._lengths
    rng = generator(seed, Purpose.CONTEXTS)
    width = max(1, sum(lengths) // (5 * len(lengths)))
    if stream.shuffled:
        contexts = boundaries.shuffled(lengths, stream.passes, rng)
    elif stream.boundaries == "blurred":
        contexts = boundaries.blurred(lengths, stream.blur or width, rng)
    elif stream.boundaries == "random":
        contexts = boundaries.random(lengths, stream.span or width, rng)
    else:
        contexts = boundaries.sharp(lengths)
    samples = np.empty(len(contexts), dtype=np.int32)
    for place, task in enumerate(stream._tasks):
        drawn = stream._drawn(task, counts[place], seed)
        samples[contexts == place] = sampling.queue(drawn, stream.passes, seed, task.variant)
    return samples, contexts
