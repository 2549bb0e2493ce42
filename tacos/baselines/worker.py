"""Baselines as runs: the same folder, files, engine and resuming as the other networks, by whole seeds."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import numpy as np
import torch

import tasks
from tacos import baselines
from tacos.baselines.method import Method
from tacos.baselines.networks import NETWORKS, Architecture, architecture, to_dict
from tacos.baselines.settings import Training
from tacos.baselines.training import check_boundaries, learn_stream
from tacos.errors import RunError, Stopped, describe
from tacos.runs.asked import folder as folder_asked
from tacos.runs.asked import text
from tacos.runs.checkpoint import CHECKPOINT
from tacos.runs.engine import run_job
from tacos.runs.folder import FORMAT, RunFolder, free_folder
from tacos.runs.jobs import Halt, Job, Seed
from tacos.runs.progress import ProgressReport
from tacos.runs.result import Result
from tacos.runs.running import Running
from tacos.runs.seeds import listed
from tacos.runs.storage import write_arrays
from tasks import StreamLike


def run(
    method: str | Method,
    stream: StreamLike,
    seeds: int | Iterable[int] = 1,
    *,
    network: str | Architecture | None = None,
    training: Training | None = None,
    out: str | Path | None = None,
    label: str = "",
    processes: int = 1,
) -> Result:
    """Learn a stream with a baseline, once for each seed, and test on all its tasks after each.

    Parameters
    ----------
    method : str or Method
        A name of :data:`tacos.baselines.METHODS`, or a method with options of your own.
    stream : Stream
        Of :mod:`tasks`; its ``passes`` are the epochs.
    seeds : int or iterable of int
        Initial weights and order of presentations; the order is that which other networks see with the same seed.
    network : {"mlp", "snn", "equilibrium"} or a declaration of :mod:`tacos.baselines.networks`, optional
        That of the method if it has one of its own, else "mlp".
    training : Training, optional
    out : path, optional
        Folder of the run; ``runs/<stream>-<method>`` if not given. Finished seeds in it are not run again.
    label : str
    processes : int
        How many seeds to run at once; with more than one, scripts need the ``if __name__ == "__main__"`` guard.

    Returns
    -------
    Result

    Raises
    ------
    RunError
        If nothing can be run as asked, or a seed fails; finished seeds are kept.
    """
    running = Running(processes=processes, progress=False)
    job = declare(
        method, stream, seeds, network, training or Training(), None if out is None else folder_asked(out), label
    )
    return run_job(job, running)


def declare(
    method: str | Method,
    stream: StreamLike,
    seeds: int | Iterable[int],
    chosen: str | Architecture | None,
    training: Training,
    out: Path | None = None,
    label: str = "",
) -> Job:
    """Check what is asked for, and write it into the folder of the run."""
    one = baselines.named(method) if isinstance(method, str) else method
    shape = architecture(chosen or one.network or "mlp")
    if shape.kind not in ((one.network,) if one.network else NETWORKS):
        right = f"has a network of its own, '{one.network}'" if one.network else f"trains one of {', '.join(NETWORKS)}"
        raise RunError(f"The method {one.title} {right}, not '{shape.kind}'.")
    numbers = listed(seeds)
    check_boundaries(one, stream, shape)
    declaration = {
        "format": FORMAT,
        "label": text(label, "label is a text, the name of a row") or f"{one.title}, {shape}",
        "seeds": numbers,
        "baseline": {"method": baselines.name_of(one), **one.to_dict()},
        "training": {key: value for key, value in asdict(training).items() if (key, value) != ("device", "cpu")},
        "evaluate_every": 0,
        "stream": stream.to_dict(),
        "network": to_dict(shape),
    }
    folder = RunFolder(out or free_folder(Path("runs"), f"{stream.name}-{baselines.name_of(one)}"))
    _ = stream.n_presentations, stream.held_out_presentations(0)  # wrong data are refused before there is a folder
    folder.create(declaration)
    return Job(folder, declaration, stream, Baselines())


@dataclass(frozen=True)
class Baselines:
    """Runs seeds of baselines, one a process where several run at once."""

    def key(self, job: Job) -> None:
        """Baselines share nothing."""

    def is_complete(self, job: Job) -> bool:
        """Whether all seeds have finished."""
        return all(finished(job, seed) for seed in job.seeds)

    def misses(self, job: Job) -> bool:
        """Seeds are independent: one that is gone is run again."""
        return not self.is_complete(job)

    def side_by_side(self, job: Job, running: Running) -> bool:
        """Whether there is more than one process."""
        return running.cores > 1

    @contextmanager
    def session(self, jobs: Sequence[Job], running: Running) -> Iterator[Processes]:
        """Processes for all seeds of all jobs; none where this one does."""
        left = sum(not finished(job, seed) for job in jobs for seed in job.seeds)
        if running.cores == 1 or left < 2:
            yield Processes(None, 1)
            return
        spawn = multiprocessing.get_context("spawn")  # a fork would inherit PyTorch's threads
        count = min(running.cores, left)
        with ProcessPoolExecutor(count, spawn, initializer=_end_with_the_parent) as pool:
            try:
                yield Processes(pool, count)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class Processes:
    """What seeds are run in: some processes, or this one."""

    pool: ProcessPoolExecutor | None
    count: int

    def open(self, jobs: Sequence[Job], report: ProgressReport, halt: Halt) -> Seeds:
        """Nothing has to be made ready."""
        return Seeds(self, jobs, report, halt)


class Seeds:
    """The seeds of jobs, each by itself."""

    description = f"PyTorch {torch.__version__}"

    def __init__(self, processes: Processes, jobs: Sequence[Job], report: ProgressReport, halt: Halt) -> None:
        self.processes, self.report, self.halt = processes, report, halt
        self.parts = [[(job, seed)] for job in jobs for seed in job.seeds]
        self.parallel = processes.pool is not None

    def simulate(self, part: Sequence[Seed], free: threading.Semaphore) -> list[RunError | None]:
        """Run a seed that has not finished, on one core; one that fails stops no other."""
        return [self._simulate(job, seed) for job, seed in part]

    def _simulate(self, job: Job, seed: int) -> RunError | None:
        done = (job.stream.n_presentations, job.held_out * len(job.points))
        if finished(job, seed):
            self.report.already(*done)
            return None
        given = (job.folder.replica(seed), job.declaration, job.stream, seed)
        try:
            error = (
                self._result(self.processes.pool.submit(run_seed, *given)) if self.processes.pool else run_seed(*given)
            )
        except BrokenProcessPool:
            raise RunError(
                f"One of {self.processes.count} processes was killed from outside, perhaps for want of memory, or "
                "could not start, as where a script runs this without `if __name__ == '__main__':`; give the same "
                "command again to go on, with fewer processes."
            ) from None
        self.report.advance(*done)
        return error

    def _result(self, future: Future[RunError | None]) -> RunError | None:
        while True:
            try:
                return future.result(timeout=0.2)
            except TimeoutError:
                if self.halt():
                    future.cancel()
                    raise Stopped from None

    def settle(self, job: Job) -> None:
        """There is nothing besides the results."""

    def tidy(self, job: Job) -> None:
        """There is nothing to give back."""


def finished(job: Job, seed: int) -> bool:
    """Whether a seed has left its checkpoint, which it does at its end."""
    return (job.folder.replica(seed) / CHECKPOINT).exists()


def _end_with_the_parent() -> None:
    """A worker whose parent was killed would wait for work for ever; what it was writing is whole or not there."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def run_seed(folder: Path, declaration: dict[str, Any], stream: StreamLike, seed: int) -> RunError | None:
    """Run one seed and keep what came out; the error if it fails."""
    options = dict(declaration["baseline"])
    method = baselines.named(options.pop("method"), **options)
    try:
        training = Training(**declaration["training"])
        _, progress = learn_stream(method, architecture(declaration["network"]), training, stream, seed)
        write_arrays(folder / CHECKPOINT, {"progress": np.array(json.dumps(asdict(progress)))})
    except RunError as error:
        return error
    except (tasks.TaskError, tasks.DataError, MemoryError, torch.OutOfMemoryError) as error:
        return RunError(str(error) or type(error).__name__)
    except OSError as error:
        return RunError(f"{describe(error)}.")
    return None
