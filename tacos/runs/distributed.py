"""Jobs on the workers of Dask: a worker that dies leaves its job to another, which goes on from the last checkpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tacos.errors import RunError, is_bug
from tacos.runs.jobs import Job, OnDone
from tacos.runs.result import Result

if TYPE_CHECKING:
    from tacos.runs.running import Running


def run_elsewhere(jobs: Mapping[str, Job], running: Running, on_done: OnDone) -> dict[str, Result | Exception]:
    """Run what is not done yet of jobs on the workers of a scheduler; ``{label: outcome}``.

    The folders must lie where all workers see them under the same path. Each job is one task of one process.
    """
    here = replace(running, scheduler=None, processes=1, progress=False)
    outcomes: dict[str, Result | Exception] = {}
    with _client(running.scheduler) as client:
        from distributed import KilledWorker, as_completed

        futures = {client.submit(attempt, job, here, pure=False): label for label, job in jobs.items()}
        try:
            for future in as_completed(futures):
                label = futures[future]
                error = future.exception()
                if isinstance(error, KilledWorker):
                    error = RunError(f"Several workers died while they ran '{label}', perhaps for want of memory.")
                outcomes[label] = error or future.result()
                on_done(label, outcomes[label])
        finally:
            client.cancel([future for future in futures if not future.done()])
    if bug := next((o for o in outcomes.values() if isinstance(o, Exception) and is_bug(o)), None):
        raise bug
    return {label: outcomes[label] for label in jobs}


def attempt(job: Job, running: Running) -> Result | RunError:
    """Run a job as everywhere; why it failed is an outcome, so that Dask does not try it again."""
    from tacos.runs.engine import run_jobs

    (outcome,) = run_jobs({"job": job}, running).values()
    return outcome  # type: ignore[return-value]


@contextmanager
def _client(scheduler: Any) -> Iterator[Any]:
    """A client of a scheduler's address, or the one given, which stays open."""
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise RunError("A scheduler is one of Dask: pip install 'tacos-snn[cluster]'.") from None
    if isinstance(scheduler, Client):
        yield scheduler
        return
    try:
        client = Client(scheduler, timeout="20s", set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise RunError(f"There is no scheduler of Dask at '{scheduler}': {error}") from None
    with client:
        yield client
