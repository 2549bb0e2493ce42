"""What runs of the same simulator go through: replicas side by side, results as they finish, what failed and why."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from tacos.backends import BackendError, Choice, Simulator, simulator
from tacos.backends.base import parameter_values
from tacos.checkpoint import CHECKPOINT, load_checkpoint
from tacos.errors import Interrupted, RunError, describe
from tacos.network import Network
from tacos.progress import EVALUATION_COST, ProgressReport
from tacos.recording import Recording
from tacos.replica import Replica, Stopped, run_together
from tacos.result import Result, save_results
from tacos.runfolder import RunFolder
from tacos.storage import write_text
from tacos.trajectories import remove_raw_records, save_trajectories


@dataclass(frozen=True)
class Job:
    """A run that was declared: what the folder says, and the objects that it was made from."""

    folder: RunFolder
    network: Network
    declaration: dict[str, Any]
    wanted: tuple[Recording, ...]


def execute(
    jobs: list[Job],
    stream: Any,
    processes: int | None,
    chunk: int | None,
    visible: bool,
    halt: threading.Event | None = None,
) -> list[Result]:
    """Run what is not done yet of jobs that share a simulator, a stream and the points of evaluation."""
    waiting = [job for job in jobs if job.folder.status()["state"] != "done"]
    if not waiting:
        return [Result(job.folder) for job in jobs]
    first = waiting[0]
    points = evaluation_points(stream, first.declaration["evaluate_every"])
    held_out = sum(len(stream.held_out_presentations(task).targets) for task in range(stream.n_tasks))
    replicas = sum(len(job.declaration["seeds"]) for job in waiting)
    total = replicas * (stream.n_presentations + EVALUATION_COST * held_out * len(points))
    title = ", ".join(job.declaration["label"] for job in waiting)
    stop = threading.Event()
    halted = halt.is_set if halt else stop.is_set
    saving = threading.Lock()
    with ExitStack() as stack:
        for job in waiting:
            stack.enter_context(job.folder.lock())
            stack.enter_context(_status_of_failure(job.folder))
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
                lambda: stop.is_set() or halted(),
                {} if job is first else parameter_values(job.network.lowered), job.network.lowered,
            )  # fmt: skip
            if (made.folder / CHECKPOINT).exists():
                before = load_checkpoint(made.folder)[1]
                report.already(before.position, held_out * len(before.accuracy))
            return made

        def run_some(some: list[tuple[Job, int]]) -> None:
            try:
                run_together([replica(job, seed) for job, seed in some])
            except BaseException:
                stop.set()
                raise
            with saving:
                for job in {id(job): job for job, _ in some}.values():
                    save_results(job.folder, job.declaration, stream, points)

        everyone = [(job, seed) for job in waiting for seed in job.declaration["seeds"]]
        _run_all(run_some, [everyone] if engine.batched else [[one] for one in everyone], engine, processes, stop)
        for job in waiting:
            save_results(job.folder, job.declaration, stream, points)
            save_trajectories(job.folder, job.network.lowered, job.wanted, job.declaration["seeds"])
            job.folder.set_status("done", simulator=engine.description)
            remove_raw_records(job.folder, job.wanted, job.declaration["seeds"])
    return [Result(job.folder) for job in jobs]


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
        for future in futures:
            future.result()
    except KeyboardInterrupt:
        raise
    except Exception:
        stop.set()
        pool.shutdown(wait=True)
        raise next((e for f in futures if (e := f.exception()) and not isinstance(e, Stopped)), Stopped()) from None
    finally:
        stop.set()
        pool.shutdown(wait=True)


@contextmanager
def _status_of_failure(folder: RunFolder) -> Iterator[None]:
    """Write down that a run was stopped or failed, and why; what was finished stays."""
    try:
        yield
    except (KeyboardInterrupt, Stopped, Interrupted):
        folder.set_status("stopped")
        raise Interrupted(f"Stopped; go on with: {folder.how_to_resume()}") from None
    except Exception as error:
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
