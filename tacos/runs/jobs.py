"""What the engine runs: jobs as plain data, and what it asks of those who know how their seeds are simulated."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from tacos.errors import RunError
from tacos.runs.folder import RunFolder
from tacos.runs.progress import EVALUATION_COST, ProgressReport
from tacos.runs.result import Result, evaluation_points, save_results
from tacos.runs.running import Running
from tasks import StreamLike

#: Told each job that ended, as ``(label, result or error)``; calls may come from any thread.
OnDone = Callable[[str, Result | Exception], Any]


@dataclass(frozen=True)
class Job:
    """A run that was declared.

    Attributes
    ----------
    folder : RunFolder
    declaration : dict
        What the folder says.
    stream : StreamLike
        That of the declaration, which is not kept where its data are the user's own.
    worker : Worker
    """

    folder: RunFolder
    declaration: dict[str, Any]
    stream: StreamLike
    worker: Worker

    @property
    def seeds(self) -> list[int]:
        """Of all its replicas."""
        return list(self.declaration["seeds"])

    @cached_property
    def points(self) -> tuple[int, ...]:
        """After how many presentations it is tested."""
        return evaluation_points(self.stream, self.declaration["evaluate_every"])

    @cached_property
    def held_out(self) -> int:
        """Presentations of one test of all tasks."""
        return tested_at_once(self.stream)

    @property
    def length(self) -> float:
        """Presentations that all its replicas learn, and those tested at their relative cost."""
        return length(self.stream, len(self.seeds), self.declaration["evaluate_every"])

    def waits(self) -> bool:
        """Whether any of it is left to do."""
        state = self.folder.status()["state"]
        if state == "unknown" and self.worker.is_complete(self):  # its status alone was lost
            self.folder.set_status("done")
            return False
        return state != "done" or self.worker.misses(self)

    def save_results(self) -> None:
        """Write what is known so far."""
        save_results(self.folder, self.declaration, self.stream)


def tested_at_once(stream: StreamLike) -> int:
    """Presentations of one test of all tasks."""
    return sum(len(stream.held_out_presentations(task).targets) for task in range(stream.n_tasks))


def length(stream: StreamLike, seeds: int, evaluate_every: int = 0) -> float:
    """Presentations that some seeds learn, and those tested at their relative cost."""
    tested = tested_at_once(stream) * len(evaluation_points(stream, evaluate_every))
    return seeds * (stream.n_presentations + EVALUATION_COST * tested)


#: A replica of a job.
Seed = tuple[Job, int]


@dataclass
class Halt:
    """Whether what runs has been asked to stop, at its next checkpoint: all of it, or the jobs opened together."""

    everything: threading.Event = field(default_factory=threading.Event)
    batch: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> bool:
        return self.everything.is_set() or self.batch.is_set()


class Opened(Protocol):
    """Jobs ready to be simulated."""

    @property
    def description(self) -> str:
        """What simulates, for the status."""
        ...

    @property
    def parts(self) -> Sequence[Sequence[Seed]]:
        """Replicas that are simulated together."""
        ...

    @property
    def parallel(self) -> bool:
        """Whether several parts can be simulated at once."""
        ...

    def simulate(self, part: Sequence[Seed], free: threading.Semaphore) -> list[RunError | None]:
        """Run replicas from their last checkpoints; for each why it failed, if that stops no other.

        Of the cores that are ``free`` it may take some more for a while.
        """
        ...

    def settle(self, job: Job) -> None:
        """Write what a job leaves besides its results."""
        ...

    def tidy(self, job: Job) -> None:
        """Give back the room of what is not needed once a job is done."""
        ...


class Session(Protocol):
    """What a worker shares between jobs while they run."""

    def open(self, jobs: Sequence[Job], report: ProgressReport, halt: Halt) -> Opened:
        """Make jobs of one key ready."""
        ...


class Worker(Protocol):
    """Knows how the seeds of a kind of run are simulated; holds nothing, so that jobs can be sent elsewhere."""

    def key(self, job: Job) -> Any:
        """Jobs of one key are opened together; None for a job that is opened by itself."""
        ...

    def is_complete(self, job: Job) -> bool:
        """Whether the files of a job say that nothing of it is left to do."""
        ...

    def misses(self, job: Job) -> bool:
        """Whether something of a job that was done is gone and can be run again."""
        ...

    def side_by_side(self, job: Job, running: Running) -> bool:
        """Whether several jobs can be open at once."""
        ...

    def session(self, jobs: Sequence[Job], running: Running) -> AbstractContextManager[Session]:
        """For jobs of this kind."""
        ...
