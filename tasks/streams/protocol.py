"""What a stream is to those who learn it or test on it: everything that runs, ablations and baselines ask of one."""

from __future__ import annotations

from inspect import getattr_static
from typing import Any, NamedTuple, Protocol, Self, TypeGuard

import numpy as np
from numpy.typing import NDArray

from tasks.encodings import Encoding

#: What a network is shown in a presentation: the stimulus, the output it should lead to, and, for those that are told,
#: whether a task ends with it.
IMAGE, TARGET, BOUNDARY = "image", "target", "boundary"


class Presentations(NamedTuple):
    """Stimuli with the output each should lead to.

    Attributes
    ----------
    images : ndarray of float64 in [0, 1], shape (n, n_inputs)
        Of spike trains ones and zeros, a row a step: shape (n * steps, n_inputs).
    targets : ndarray of int64, shape (n,)
    """

    images: NDArray[np.float64]
    targets: NDArray[np.int64]


class StreamLike(Protocol):
    """Presentations in a fixed order and, apart from them, the contexts they came from.

    The streams of :mod:`tasks` are of this kind; their docstrings say what each name means. A stream of one's own has
    all of these names.
    """

    @property
    def scenario(self) -> str:
        """Domain-, class- or task-incremental."""
        ...

    @property
    def held_out(self) -> str:
        """What it is tested on, "test" or "validation"."""
        ...

    @property
    def passes(self) -> int:
        """How often the samples of a task are shown before the next task."""
        ...

    @property
    def encoding(self) -> Encoding:
        """How images become spikes."""
        ...

    @property
    def duration(self) -> Any:
        """Of a presentation."""
        ...

    @property
    def blank(self) -> Any:
        """Of the interval after it, None for a reset instead."""
        ...

    @property
    def name(self) -> str:
        """Kind and data set."""
        ...

    @property
    def kind(self) -> str:
        """How its tasks come about, such as "split"."""
        ...

    @property
    def n_tasks(self) -> int:
        """How many tasks there are."""
        ...

    @property
    def task_names(self) -> tuple[str, ...]:
        """Names of the tasks in order of presentation."""
        ...

    @property
    def image_shape(self) -> tuple[int, int]:
        """Height and width of an image."""
        ...

    @property
    def n_inputs(self) -> int:
        """How many values an image has."""
        ...

    @property
    def n_classes(self) -> int:
        """How many outputs a network needs."""
        ...

    @property
    def n_presentations(self) -> int:
        """How many training presentations there are."""
        ...

    @property
    def has_ends(self) -> bool:
        """Whether tasks end."""
        ...

    @property
    def evaluation_points(self) -> tuple[int, ...]:
        """After how many presentations to evaluate, one point a task; the last is the end of the stream."""
        ...

    def outputs(self, task: int) -> NDArray[np.int64]:
        """Outputs among which the read-out may choose for a task, ascending."""
        ...

    def chance(self, task: int) -> float:
        """Accuracy of guessing."""
        ...

    def presentations(self, seed: int, start: int, stop: int) -> Presentations:
        """Training presentations from `start` up to, not including, `stop`: a pure function of its arguments."""
        ...

    def first_shown(self, seed: int, start: int, stop: int) -> NDArray[np.int64]:
        """Presentations that show a sample of a task for the first time from `start` on."""
        ...

    def contexts(self, seed: int, start: int, stop: int) -> NDArray[np.int64]:
        """The task of each presentation, for the evaluator only."""
        ...

    def held_out_presentations(self, task: int) -> Presentations:
        """What a task is tested on; the same for every seed."""
        ...

    def with_options(self, **changes: Any) -> Self:
        """The same stream with some options changed."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """All that is needed to make it again, plain enough for TOML."""
        ...


def is_stream(given: Any) -> TypeGuard[StreamLike]:
    """Whether something has all that a stream has; nothing is read or drawn to find out."""
    missing = object()
    names = [name for name in vars(StreamLike) if not name.startswith("_")]
    unknown = [name for name in names if getattr_static(given, name, missing) is missing]
    return not isinstance(given, type) and all(hasattr(given, name) for name in unknown)  # one that hands names on
