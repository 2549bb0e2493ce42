"""Run networks on a stream, for several seeds: one network, or several conditions side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tacos.errors import RunError
from tacos.networks.network import Network
from tacos.recordings.recording import Recordable
from tacos.runs.asked import by_label, folder
from tacos.runs.declaring import declare
from tacos.runs.engine import run_job, run_jobs
from tacos.runs.jobs import OnDone
from tacos.runs.folder import folder_name
from tacos.runs.result import Result
from tacos.runs.progress import ProgressReport
from tacos.runs.running import Running, how
from tacos.runs.seeds import listed
from tasks import StreamLike


def run(
    network: Network,
    stream: StreamLike,
    seeds: int | Iterable[int] = 1,
    *,
    out: str | Path | None = None,
    record: Recordable = None,
    evaluate_every: int | None = None,
    label: str = "",
    running: Running | None = None,
    **options: Any,
) -> Result:
    """Learn a stream with a network, once for each seed, and test on all its tasks after each.

    Parameters
    ----------
    network : Network
    stream : StreamLike
        Of :mod:`tasks`.
    seeds : int or iterable of int
        A number of replicas (seeds 0, 1, ...), or the seeds themselves. A seed fixes initial weights, the order of
        presentations and all spikes; two networks run with the same seeds are paired.
    out : path, optional
        Folder of the run; ``runs/<stream>`` with a number if not given. A run known there is resumed.
    record : str or Recording or list of these, optional
        What to record, e.g. ``"input-hidden: w, m; every=10 presentations"``; see :mod:`tacos.recordings.recording`.
    evaluate_every : int, optional
        Test every so many presentations, besides after each task.
    label : str
        Name of the condition in tables and figures.
    running : Running, optional
        How to run.
    **options
        The same in short: ``backend``, ``mode``, ``device``, ``dtype``, ``processes``, ``chunk``, ``progress``; see
        :class:`tacos.runs.running.Running`.

    Returns
    -------
    Result

    Raises
    ------
    RunError
        If nothing can be run as asked, or a replica fails; the folder stays readable.
    """
    running = how(running, options)
    path = None if out is None else folder(out)
    job = declare(network, stream, seeds, running, path, record, evaluate_every, label)
    return run_job(job, running)


def run_conditions(
    conditions: Mapping[str, Network],
    stream: StreamLike,
    seeds: int | Iterable[int] = 1,
    *,
    out: str | Path,
    **options: Any,
) -> dict[str, Result]:
    """Run several networks on the same stream with the same seeds, each in a folder of its own.

    With ``backend="torch"``, networks that differ in parameters only run as one batch, all seeds of all of them side by
    side; see :meth:`Network.switched_off` for ablations without another set of equations. With Brian2, conditions and
    seeds share the cores. Each replica gives what it gives alone.

    Parameters
    ----------
    conditions : dict
        ``{label: network}``.
    stream : StreamLike
    seeds : int or iterable of int
    out : path
        The run of a condition is kept in ``out/label``. Finished ones are not run again.
    **options
        Those of :func:`run_each`.

    Returns
    -------
    dict
        ``{label: Result}``.

    Raises
    ------
    RunError
        If a condition failed, after the others have finished.
    """
    results: dict[str, Result] = {}
    failures: list[Exception] = []
    for label, outcome in run_each(conditions, stream, seeds, out=out, **options).items():
        if isinstance(outcome, Result):
            results[label] = outcome
        else:
            failures.append(outcome)
    if failures:
        raise failures[0]
    return results


def run_each(
    conditions: Mapping[str, Network],
    stream: StreamLike,
    seeds: int | Iterable[int] = 1,
    *,
    out: str | Path,
    record: Recordable | Mapping[str, Recordable] = None,
    evaluate_every: int | None = None,
    on_done: OnDone = lambda label, outcome: None,
    report: ProgressReport | None = None,
    running: Running | None = None,
    **options: Any,
) -> dict[str, Result | Exception]:
    """Like :func:`run_conditions`, but a condition that fails is returned as its error and stops no other.

    Parameters
    ----------
    conditions, stream, seeds, out
        See :func:`run_conditions`.
    record : optional
        See :func:`run`; or ``{label: what to record}``.
    evaluate_every, running, **options : optional
        See :func:`run`.
    on_done : callable
        Told each condition that ended, as ``(label, result or error)``; calls may come from any thread.
    report : ProgressReport, optional
        Of something larger, of which this is a part.
    """
    running, seeds = how(running, options), listed(seeds)
    by_label(conditions, "Conditions are a dictionary {label: network}")
    folders = {label: folder(out) / folder_name(label) for label in conditions}
    if len(set(folders.values())) < len(folders):
        raise RunError("Two labels of conditions would share a folder; make them differ in letters or digits.")
    records = record if isinstance(record, Mapping) else dict.fromkeys(conditions, record)
    for label in records:
        if label not in conditions:
            raise RunError(f"There is no condition '{label}' to record; there are {', '.join(conditions)}.")
    jobs = {
        label: declare(network, stream, seeds, running, folders[label], records.get(label), evaluate_every, label)
        for label, network in conditions.items()
    }
    return run_jobs(jobs, running, on_done, report)
