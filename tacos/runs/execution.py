"""What runs go through: runs and replicas side by side, results as they finish, what failed and why."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tacos.backends import BackendError, Choice, Simulator, side_by_side, simulator
from tacos.backends.base import parameter_values
from tacos.runs.checkpoint import CHECKPOINT, load_checkpoint
from tacos.errors import Interrupted, RunError, Unlearnable, describe, interruptible, is_bug, of_seeds
from tacos.networks.network import Network
from tacos.runs.progress import EVALUATION_COST, ProgressReport
from tacos.recordings.recording import Recording
from tacos.runs.replica import Replica, Stopped, run_together
from tacos.runs.result import Result, save_results
from tacos.runs.folder import RunFolder
from tacos.runs.storage import write_text
from tacos.runs.trajectories import remove_raw_records, save_trajectories


@dataclass(frozen=True)
class Job:
    """A run that was declared: what the folder says, and the objects that it was made from."""

    folder: RunFolder
    network: Network
    stream: Any
    declaration: dict[str, Any]
    wanted: tuple[Recording, ...]

    def waits(self) -> bool:
        """Whether any of it is left to do."""
        return self.folder.status()["state"] != "done"


def run_jobs(
    jobs: Mapping[str, Job],
    processes: int | None = None,
    chunk: int | None = None,
    visible: bool = False,
    on_done: Callable[[str, Result | Exception], Any] = lambda label, outcome: None,
) -> dict[str, Result | Exception]:
    """Run what is not done yet of jobs for the same backend, several at once where it can; ``{label: outcome}``.

    A job that fails is returned as its error and stops no other; a mistake of the program is raised when the others
    have ended. Only one at a time shows its progress.
    """
    outcomes: dict[str, Result | Exception] = {}
    batches = _batches(jobs)
    waiting = sum(any(jobs[label].waits() for label in batch) for batch in batches)
    parallel = waiting and side_by_side(Choice.from_dict(next(iter(jobs.values())).declaration))
    together = min(cores(processes), waiting) if parallel else 1
    each = max(1, cores(processes) // together) if together > 1 else processes
    halt = threading.Event()

    def attempt(batch: list[str]) -> None:
        done: Sequence[Result | Exception]
        try:
            done = execute([jobs[label] for label in batch], each, chunk, visible and together <= 1, halt)
        except Interrupted:
            halt.set()
            raise
        except Exception as error:
            if len(batch) > 1:  # whose fault was it? The others go on from their checkpoints.
                attempt(batch[: len(batch) // 2])
                attempt(batch[len(batch) // 2 :])
                return
            done = [error]
        outcomes.update(zip(batch, done, strict=True))
        for label in batch:
            on_done(label, outcomes[label])

    with interruptible("the same call goes on where it was."):
        if together <= 1:
            for batch in batches:
                attempt(batch)
        else:
            _side_by_side(attempt, batches, together, halt)
    if bug := next((o for o in outcomes.values() if isinstance(o, Exception) and is_bug(o)), None):
        raise bug
    return {label: outcomes[label] for label in jobs}


def _side_by_side(attempt: Callable[[list[str]], None], batches: list[list[str]], together: int, halt: Any) -> None:
    """Attempt several batches at once; an interruption stops all of them at their next checkpoint."""
    pool = ThreadPoolExecutor(together)
    futures = [pool.submit(attempt, batch) for batch in batches]
    try:
        for future in futures:
            future.result()
    finally:
        halt.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _batches(jobs: Mapping[str, Job]) -> list[list[str]]:
    """Labels of the jobs that one simulator can run: with PyTorch all of the same equations and stream."""
    alike: dict[Any, list[str]] = {}
    for label, job in jobs.items():
        key: Any = label
        if job.declaration["backend"] == "torch":
            from tacos.backends.torch.source import program

            key = program(job.network.lowered), json.dumps(job.declaration["stream"])
        alike.setdefault(key, []).append(label)
    return list(alike.values())


def execute(
    jobs: list[Job],
    processes: int | None,
    chunk: int | None,
    visible: bool,
    halt: threading.Event | None = None,
) -> list[Result | RunError]:
    """Run what is not done yet of jobs that share a simulator, a stream and the points of evaluation.

    A seed that diverges stops no other: its job is returned as the error when all others have finished.
    """
    diverged: dict[Path, dict[int, RunError]] = {job.folder.path: {} for job in jobs}
    stop, halt = threading.Event(), halt or threading.Event()
    saving = threading.Lock()
    with ExitStack() as stack:
        for job in (job for job in jobs if job.waits()):
            stack.enter_context(job.folder.lock())
            stack.enter_context(_status_of_failure(job.folder))
        waiting = [job for job in jobs if job.waits()]  # another process may have finished some before they were locked
        if not waiting:
            return [Result(job.folder) for job in jobs]
        first = waiting[0]
        stream = first.stream
        points = evaluation_points(stream, first.declaration["evaluate_every"])
        held_out = sum(len(stream.held_out_presentations(task).targets) for task in range(stream.n_tasks))
        replicas = sum(len(job.declaration["seeds"]) for job in waiting)
        total = replicas * (stream.n_presentations + EVALUATION_COST * held_out * len(points))
        title = ", ".join(job.declaration["label"] for job in waiting)
        report = stack.enter_context(ProgressReport(title, total, visible))
        engine = simulator(first.network, Choice.from_dict(first.declaration), chunk, report.say)
        for job in waiting:
            job.folder.set_status("running", simulator=engine.description)
            if source := getattr(engine, "source", ""):
                write_text(job.folder.path / "network.py", source)
        report.begin()

        def replica(job: Job, seed: int) -> Replica:
            made = Replica(
                engine, stream, seed, job.folder.replica(seed), points, job.wanted, report.advance,
                lambda: stop.is_set() or halt.is_set(),
                {} if job is first else parameter_values(job.network.lowered), job.network.lowered,
            )  # fmt: skip
            if (made.folder / CHECKPOINT).exists():
                before = load_checkpoint(made.folder)[1]
                report.already(before.position, held_out * len(before.accuracy))
            return made

        def run_some(some: list[tuple[Job, int]]) -> None:
            if stop.is_set() or halt.is_set():
                raise Stopped
            try:
                ends = run_together([replica(job, seed) for job, seed in some])
            except BaseException:
                stop.set()
                raise
            with saving:
                for (job, seed), end in zip(some, ends, strict=True):
                    if isinstance(end, Unlearnable):
                        diverged[job.folder.path][seed] = end
                for job in {id(job): job for job, _ in some}.values():
                    save_results(job.folder, job.declaration, stream, points)

        everyone = [(job, seed) for job in waiting for seed in job.declaration["seeds"]]
        _run_all(run_some, [everyone] if engine.batched else [[one] for one in everyone], engine, processes, stop)
        for job in waiting:
            seeds, errors = job.declaration["seeds"], diverged[job.folder.path]
            save_results(job.folder, job.declaration, stream, points)
            save_trajectories(job.folder, job.network.lowered, job.wanted, seeds)
            if errors:
                job.folder.set_status("failed", reason=str(of_seeds(errors, len(seeds))), simulator=engine.description)
            else:
                job.folder.set_status("done", simulator=engine.description)
                remove_raw_records(job.folder, job.wanted, seeds)
    return [
        of_seeds(errors, len(job.declaration["seeds"])) if (errors := diverged[job.folder.path]) else Result(job.folder)
        for job in jobs
    ]


def cores(processes: int | None = None) -> int:
    """How many replicas run at once: as many as asked for, or one a core."""
    return processes or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _run_all(
    run_some: Any,
    parts: list[Any],
    engine: Simulator,
    processes: int | None,
    stop: threading.Event,
) -> None:
    pool = ThreadPoolExecutor(min(cores(processes), len(parts)) if engine.parallel else 1)
    futures = [pool.submit(run_some, part) for part in parts]
    try:
        wait(futures)
    finally:
        stop.set()
        pool.shutdown(wait=True)
    errors = [error for future in futures if (error := future.exception())]
    if errors:  # what made the others stop comes first
        raise next((error for error in errors if not isinstance(error, Stopped)), errors[0])


@contextmanager
def _status_of_failure(folder: RunFolder) -> Iterator[None]:
    """Write down that a run was stopped or failed, and why; one that was done before the rest of its batch stays so."""
    try:
        yield
    except BaseException as error:
        if folder.status()["state"] == "done":
            raise
        if isinstance(error, (KeyboardInterrupt, Stopped, Interrupted)):
            folder.set_status("stopped")
            raise Interrupted(f"Stopped; go on with: {folder.how_to_resume()}") from None
        with suppress(RunError):  # the disk may be what failed: then the folder stays as it was
            folder.set_status("failed", reason=str(error))
        if isinstance(error, BackendError):
            raise RunError(f"{error} Once that is mended, go on with: {folder.how_to_resume()}") from error
        if isinstance(error, OSError):
            raise RunError(f"{describe(error)}; then go on with: {folder.how_to_resume()}") from error
        raise


def evaluation_points(stream: Any, every: int) -> tuple[int, ...]:
    """After how many presentations to test: the end of each task, and every so many in between."""
    extra = range(every, stream.n_presentations, every) if every else ()
    return tuple(sorted({*stream.evaluation_points, *extra}))
