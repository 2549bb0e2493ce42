"""What declared runs go through: opened, simulated, settled; several side by side, and what failed and why.

A :class:`tacos.runs.jobs.Job` can be run again from its folder alone, in this process or another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from synapses.language.parsing import parsing_in_turns
from tacos.backends import BackendError
from tacos.errors import Interrupted, RunError, Stopped, describe, interruptible, is_bug, of_seeds
from tacos.runs.distributed import run_elsewhere
from tacos.runs.folder import RunFolder
from tacos.runs.jobs import Halt, Job, OnDone, Opened, Seed, Session
from tacos.runs.progress import ProgressReport
from tacos.runs.result import Result, stored_results
from tacos.runs.running import Running
from tasks import StreamLike

def run_jobs(
    jobs: Mapping[str, Job],
    running: Running,
    on_done: OnDone = lambda label, outcome: None,
    report: ProgressReport | None = None,
) -> dict[str, Result | Exception]:
    """Run what is not done yet of jobs of one worker, several at once where it can; ``{label: outcome}``.

    A job that fails is returned as its error and stops no other; a mistake of the program is raised when the others
    have ended. One report shows the progress of all: the one given, of something larger, or their own.
    """
    if not jobs:
        return {}
    done_before = {label for label, job in jobs.items() if not job.waits()}
    if report is None:
        visible = running.progress and len(done_before) < len(jobs)
        with ProgressReport(_title(jobs.values()), sum(job.length for job in jobs.values()) if visible else 0, visible) as own:
            return run_jobs(jobs, running, on_done, own)
    if report.visible:
        for label in done_before:
            report.already(jobs[label].length)
    if running.scheduler is not None:
        report.begin()

        def ended(label: str, outcome: Result | Exception) -> None:
            if report.visible and label not in done_before:
                report.advance(jobs[label].length)
            on_done(label, outcome)

        with interruptible("the same call goes on where it was."):
            return run_elsewhere(jobs, running, ended)
    outcomes: dict[str, Result | Exception] = {}
    batches = _batches(jobs)
    first = next(iter(jobs.values()))
    waiting = sum(any(jobs[label].waits() for label in batch) for batch in batches)
    together = min(running.cores, max(waiting, 1)) if first.worker.side_by_side(first, running) else 1
    free = threading.Semaphore(running.cores)
    everything = threading.Event()

    def attempt(batch: list[str]) -> None:
        done: Sequence[Result | Exception]
        try:
            done = run_batch([jobs[label] for label in batch], session, running, report, Halt(everything), free)
        except Interrupted:
            everything.set()
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

    with interruptible("the same call goes on where it was."), first.worker.session(list(jobs.values()), running) as session:
        if together == 1:
            for batch in batches:
                attempt(batch)
        else:
            _at_once(attempt, batches, together, everything)
    if bug := next((o for o in outcomes.values() if isinstance(o, Exception) and is_bug(o)), None):
        raise bug
    return {label: outcomes[label] for label in jobs}


def run_job(job: Job, running: Running) -> Result:
    """Run what is not done yet of one job.

    Raises
    ------
    RunError
        If a seed failed, when the others have finished.
    """
    if running.scheduler is not None:
        (found,) = run_jobs({job.declaration["label"]: job}, running).values()
        if isinstance(found, Exception):
            raise found
        return found
    visible = running.progress and job.waits()
    report = ProgressReport(_title([job]), job.length if visible else 0, visible)
    with report, job.worker.session([job], running) as session:
        (outcome,) = run_batch([job], session, running, report, Halt(), threading.Semaphore(running.cores))
    if isinstance(outcome, RunError):
        raise outcome
    return outcome


def run_batch(
    jobs: Sequence[Job],
    session: Session,
    running: Running,
    report: ProgressReport,
    halt: Halt,
    free: threading.Semaphore,
) -> list[Result | RunError]:
    """Open, simulate and settle what is not done yet of jobs that are opened together, on the cores that are free.

    A seed that fails as :meth:`Opened.simulate` says stops no other: its job is returned as the error at the end.
    """
    failed: dict[Path, dict[int, RunError]] = {job.folder.path: {} for job in jobs}
    with ExitStack() as stack:
        for job in (job for job in jobs if job.waits()):
            stack.enter_context(job.folder.lock())
            stack.enter_context(_status_of_failure(job.folder))
        waiting = [job for job in jobs if job.waits()]  # another process may have finished some before they were locked
        if waiting:
            opened = session.open(waiting, report, halt)
            for job in waiting:
                job.folder.set_status("running", simulator=opened.description)
            report.begin()
            _simulate(opened, running.cores, halt, free, failed)
            for job in waiting:
                _settle(job, opened, failed[job.folder.path])
        for job in jobs:
            if job not in waiting and stored_results(job.folder) is None:
                job.save_results()  # lost or damaged since; the checkpoints have all of it
    return [_error(job, failed[job.folder.path]) or Result(job.folder) for job in jobs]


def _simulate(
    opened: Opened,
    cores: int,
    halt: Halt,
    free: threading.Semaphore,
    failed: Mapping[Path, dict[int, RunError]],
) -> None:
    """Simulate all parts; what a part cannot go on after stops the others at their next checkpoint."""
    saving = threading.Lock()

    def simulate(part: Sequence[Seed]) -> None:
        with free:
            if halt():
                raise Stopped
            try:
                errors = opened.simulate(part, free)
            except BaseException:
                halt.batch.set()
                raise
        with saving:
            for (job, seed), error in zip(part, errors, strict=True):
                if error:
                    failed[job.folder.path][seed] = error
            for job in {id(job): job for job, _ in part}.values():
                job.save_results()

    with parsing_in_turns(), ThreadPoolExecutor(min(cores, len(opened.parts)) if opened.parallel else 1) as pool:
        futures = [pool.submit(simulate, part) for part in opened.parts]
        try:
            wait(futures)
        finally:
            halt.batch.set()
    errors = [error for future in futures if (error := future.exception())]
    if errors:  # what made the others stop comes first
        raise next((error for error in errors if not isinstance(error, Stopped)), errors[0])


def _settle(job: Job, opened: Opened, errors: Mapping[int, RunError]) -> None:
    """Write what came out, and how the run ended."""
    job.save_results()
    opened.settle(job)
    if error := _error(job, errors):
        job.folder.set_status("failed", reason=str(error), simulator=opened.description)
    else:
        job.folder.set_status("done", simulator=opened.description)
        opened.tidy(job)


def _error(job: Job, errors: Mapping[int, RunError]) -> RunError | None:
    return of_seeds(errors, len(job.seeds), job.folder.how_to_resume()) if errors else None


def _batches(jobs: Mapping[str, Job]) -> list[list[str]]:
    """Labels of the jobs that are opened together: those of one key, stream and points of evaluation."""
    alike: dict[Any, list[str]] = {}
    for label, job in jobs.items():
        key = job.worker.key(job)
        shared = label if key is None else (key, str(job.stream.to_dict()), job.points)
        alike.setdefault(shared, []).append(label)
    return list(alike.values())


def _at_once(attempt: Callable[[list[str]], None], batches: list[list[str]], together: int, halt: Any) -> None:
    """Attempt several batches at once; an interruption stops all of them at their next checkpoint."""
    with parsing_in_turns(), ThreadPoolExecutor(together) as pool:
        futures = [pool.submit(attempt, batch) for batch in batches]
        try:
            for future in futures:
                future.result()
        finally:
            halt.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _title(jobs: Iterable[Job]) -> str:
    """What is run, in short."""
    labels = [str(job.declaration["label"]) for job in jobs]
    return ", ".join(labels) if len(labels) <= 3 else f"{len(labels)} runs"


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
