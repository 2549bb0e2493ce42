"""Baselines as runs: the same folder, files and resuming as the other networks, by whole seeds."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import numpy as np
import torch

import tasks
from tacos import baselines
from tacos.baselines.method import Method
from tacos.baselines.networks import NetworkChoice, network, to_dict
from tacos.baselines.settings import Training
from tacos.baselines.training import check_boundaries, learn_stream
from tacos.errors import Interrupted, RunError, Unlearnable, describe, of_seeds
from tacos.runs.checkpoint import CHECKPOINT
from tacos.runs.folder import FORMAT, RunFolder, free_folder
from tacos.runs.result import Result, save_results
from tacos.runs.seeds import listed
from tacos.runs.storage import write_arrays

Say = Callable[[str], Any]


@dataclass(frozen=True)
class Job:
    """A run that was declared, with the stream that it was made from."""

    folder: RunFolder
    declaration: dict[str, Any]
    stream: Any

    def waiting(self) -> list[int]:
        """Seeds that have not finished."""
        seeds = self.declaration["seeds"]
        return [seed for seed in seeds if not (self.folder.replica(seed) / CHECKPOINT).exists()]


def run(
    method: str | Method,
    stream: Any,
    seeds: int | Iterable[int] = 1,
    *,
    network: str | NetworkChoice = "mlp",
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
    network : {"mlp", "snn"} or a declaration of :mod:`tacos.baselines.networks`
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
    job = declared(method, stream, seeds, network, training or Training(), Path(out) if out else None, label)
    return _finished(job, processes)


def resume(path: str | Path, *, stream: Any = None, processes: int = 1) -> Result:
    """Run the seeds of a run that have not finished; the stream is needed only for data of the user's own."""
    folder = RunFolder(Path(path))
    declaration = folder.declaration()
    return _finished(Job(folder, declaration, stream or tasks.from_dict(declaration["stream"])), processes)


def _finished(job: Job, processes: int) -> Result:
    failed = run_jobs([job], processes)
    if failed and isinstance(failed[0], Unlearnable):
        raise failed[0]
    if failed:
        raise RunError(f"{failed[0]} Go on with: {job.folder.how_to_resume()}")
    return Result(job.folder)


def declared(
    method: str | Method,
    stream: Any,
    seeds: int | Iterable[int],
    chosen: str | NetworkChoice,
    training: Training,
    out: Path | None,
    label: str,
) -> Job:
    """Check what is asked for, and write it into the folder of the run."""
    one = baselines.named(method) if isinstance(method, str) else method
    shape = network(chosen)
    numbers = listed(seeds)
    check_boundaries(one, stream)
    declaration = {
        "format": FORMAT,
        "label": label or f"{one.title}, {shape}",
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
    return Job(folder, declaration, stream)


def run_jobs(jobs: Sequence[Job], processes: int = 1, say: Say = lambda text: None) -> dict[int, RunError]:
    """Run what is not done yet, all seeds of all jobs side by side.

    A job that fails does not stop the others: its status says why.

    Returns
    -------
    dict
        ``{number of the job: error}`` of those that failed.
    """
    errors: dict[int, dict[int, RunError]] = {k: {} for k in range(len(jobs))}
    todo = [(k, seed) for k, job in enumerate(jobs) for seed in job.waiting()]
    left = Counter(k for k, _ in todo)
    failed: dict[int, RunError] = {}
    for k, job in enumerate(jobs):
        if not left[k] and job.folder.status()["state"] != "done":  # stopped between its last seed and its results
            save_results(job.folder, job.declaration, job.stream, job.stream.evaluation_points)
            job.folder.set_status("done")
    left = +left
    with ExitStack() as stack:
        for k in left:
            stack.enter_context(jobs[k].folder.lock())
            jobs[k].folder.set_status("running")
        try:
            for k, seed, error in _outcomes(jobs, todo, processes):
                left[k] -= 1
                if error:
                    errors[k][seed] = error
                job = jobs[k]
                save_results(job.folder, job.declaration, job.stream, job.stream.evaluation_points)
                if left[k] == 0:
                    if errors[k]:
                        failed[k] = of_seeds(errors[k], len(job.declaration["seeds"]))
                    why = {"reason": str(failed[k])} if k in failed else {}
                    job.folder.set_status("failed" if why else "done", **why)
                    say(f"{job.declaration['label']}: {failed.get(k, 'done')}")
        except BaseException as end:
            stopped = isinstance(end, KeyboardInterrupt)
            for k in (k for k, n in left.items() if n):
                with suppress(RunError):  # the disk may be what failed
                    jobs[k].folder.set_status("stopped" if stopped else "failed", reason="" if stopped else str(end))
            if stopped:
                raise Interrupted("Stopped; give the same command again to go on.") from None
            raise
    return failed


def _outcomes(
    jobs: Sequence[Job], todo: list[tuple[int, int]], processes: int
) -> Iterator[tuple[int, int, RunError | None]]:
    """Number of the job, seed, and why it failed, None if it did not, as seeds end."""
    if processes < 1:
        raise RunError(f"processes is how many seeds run at once, at least one, not {processes}.")
    if processes == 1 or len(todo) < 2:
        for k, seed in todo:
            yield k, seed, run_seed(jobs[k].folder.replica(seed), jobs[k].declaration, jobs[k].stream, seed)
        return
    # A fork would inherit PyTorch's threads.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(processes, len(todo)), spawn, initializer=_end_with_the_parent) as pool:
        futures = {
            pool.submit(run_seed, jobs[k].folder.replica(seed), jobs[k].declaration, jobs[k].stream, seed): (k, seed)
            for k, seed in todo
        }
        try:
            for future in as_completed(futures):
                yield *futures[future], future.result()
        except BrokenProcessPool:
            raise RunError(
                f"One of {processes} processes was killed from outside, perhaps for want of memory; give the same "
                f"command again to go on, with fewer processes."
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _end_with_the_parent() -> None:
    """A worker whose parent was killed would wait for work for ever; what it was writing is whole or not there."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def run_seed(folder: Path, declaration: dict[str, Any], stream: Any, seed: int) -> RunError | None:
    """Run one seed and keep what came out; the error if it fails."""
    options = dict(declaration["baseline"])
    method = baselines.named(options.pop("method"), **options)
    try:
        training = Training(**declaration["training"])
        _, progress = learn_stream(method, network(declaration["network"]), training, stream, seed)
        write_arrays(folder / CHECKPOINT, {"progress": np.array(json.dumps(asdict(progress)))})
    except RunError as error:
        return error
    except (tasks.TaskError, tasks.DataError, MemoryError, torch.OutOfMemoryError) as error:
        return RunError(str(error) or type(error).__name__)
    except OSError as error:
        return RunError(f"{describe(error)}.")
    return None
