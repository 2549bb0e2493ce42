"""Run a network on a stream, for several seeds; stop and resume."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tasks
from tacos.backends import BackendError, Choice, Simulator, check_chunk, side_by_side, simulator
from tacos.backends.base import parameter_values
from tacos.checkpoint import CHECKPOINT, load_checkpoint
from tacos.errors import Interrupted, RunError, describe, interruptible, refuse_without_ends
from tacos.network import Network
from tacos.progress import EVALUATION_COST, ProgressReport
from tacos.recording import Recordable, Recording, recordings
from tacos.replica import Replica, Stopped, run_together
from tacos.result import Result, save_results
from tacos.runfolder import FORMAT, RunFolder, folder_name, free_folder
from tacos.storage import write_text
from tacos.trajectories import remove_raw_records, save_trajectories


def run(
    network: Network,
    stream: Any,
    seeds: int | Iterable[int] = 1,
    *,
    out: str | Path | None = None,
    record: Recordable = None,
    evaluate_every: int | None = None,
    backend: str = "brian2",
    mode: str = "standalone",
    device: str = "cpu",
    dtype: str = "float32",
    processes: int | None = None,
    chunk: int | None = None,
    label: str = "",
    progress: bool = True,
) -> Result:
    """Learn a stream with a network, once for each seed, and test on all its tasks after each.

    Parameters
    ----------
    network : Network
    stream : Stream
        Of :mod:`tasks`.
    seeds : int or iterable of int
        A number of replicas (seeds 0, 1, ...), or the seeds themselves. A seed fixes initial weights, the order of
        presentations and all spikes; two networks run with the same seeds are paired.
    out : path, optional
        Folder of the run; ``runs/<stream>`` with a number if not given. A run known there is resumed.
    record : str or Recording or list of these, optional
        What to record, e.g. ``"input-hidden: w, m; every=10 presentations"``; see :mod:`tacos.recording`.
    evaluate_every : int, optional
        Test every so many presentations, besides after each task.
    backend, mode, device, dtype : str
        What runs the network, see :class:`tacos.backends.Choice`.
    chunk : int, optional
        Presentations between two checkpoints; changes no result.
    processes : int, optional
        How many replicas Brian2 runs at once; one a core if not given; PyTorch runs all side by side. It changes no
        result.
    label : str
        Name of the condition in tables and figures.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    Result

    Raises
    ------
    RunError
        If nothing can be run as asked, or a replica fails; the folder stays readable.
    """
    _check_running(processes, chunk)
    job = _declared(
        network, stream, seeds, Choice(backend, mode, device, dtype), Path(out) if out else None, record,
        evaluate_every, label,
    )  # fmt: skip
    return _run([job], stream, processes, chunk, progress)[0]


def run_conditions(
    conditions: Mapping[str, Network],
    stream: Any,
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
    stream : Stream
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
    stream: Any,
    seeds: int | Iterable[int] = 1,
    *,
    out: str | Path,
    record: Recordable | Mapping[str, Recordable] = None,
    evaluate_every: int | None = None,
    backend: str = "brian2",
    mode: str = "standalone",
    device: str = "cpu",
    dtype: str = "float32",
    processes: int | None = None,
    chunk: int | None = None,
    progress: bool = True,
    on_done: Callable[[str, Result | Exception], Any] = lambda label, outcome: None,
) -> dict[str, Result | Exception]:
    """Like :func:`run_conditions`, but a condition that fails is returned as its error and stops no other.

    Parameters
    ----------
    conditions, stream, seeds, out
        See :func:`run_conditions`.
    record : optional
        See :func:`run`; or ``{label: what to record}``.
    evaluate_every, backend, mode, device, dtype, processes, chunk, progress : optional
        See :func:`run`.
    on_done : callable
        Told each condition that ended, as ``(label, result or error)``; calls may come from any thread.
    """
    choice = Choice(backend, mode, device, dtype)
    seeds = seeds if isinstance(seeds, int) else list(seeds)
    folders = {label: Path(out) / folder_name(label) for label in conditions}
    if len(set(folders.values())) < len(folders):
        raise RunError("Two labels of conditions would share a folder; make them differ in letters or digits.")
    _check_running(processes, chunk)
    wanted = record if isinstance(record, Mapping) else dict.fromkeys(conditions, record)
    jobs = {
        label: _declared(network, stream, seeds, choice, folders[label], wanted.get(label), evaluate_every, label)
        for label, network in conditions.items()
    }
    outcomes: dict[str, Result | Exception] = {}
    batches = _batches(jobs, choice)
    waiting = sum(any(jobs[label].folder.status()["state"] != "done" for label in batch) for batch in batches)
    together = min(_cores(processes), waiting) if side_by_side(choice) else 1
    each = max(1, _cores(processes) // together) if together > 1 else processes
    halt = threading.Event()

    def attempt(batch: list[str]) -> None:
        try:
            done = _run([jobs[label] for label in batch], stream, each, chunk, progress and together <= 1, halt)
        except Interrupted:
            halt.set()
            raise
        except Exception as error:
            if len(batch) > 1:  # whose fault was it? The others go on from their checkpoints.
                attempt(batch[: len(batch) // 2])
                attempt(batch[len(batch) // 2 :])
                return
            outcomes[batch[0]] = error
        else:
            outcomes.update(zip(batch, done, strict=True))
        for label in batch:
            on_done(label, outcomes[label])

    if together <= 1:
        for batch in batches:
            attempt(batch)
    else:
        _side_by_side(attempt, batches, together, halt)
    return {label: outcomes[label] for label in conditions}


def _side_by_side(attempt: Callable[[list[str]], None], batches: list[list[str]], together: int, halt: Any) -> None:
    """Attempt several batches at once; an interruption stops all of them at their next checkpoint."""
    pool = ThreadPoolExecutor(together)
    futures = [pool.submit(attempt, batch) for batch in batches]
    try:
        with interruptible("the same call goes on where it was."):
            for future in futures:
                future.result()
    finally:
        halt.set()
        pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True)
class _Job:
    """A run that was declared: what the folder says, and the objects that it was made from."""

    folder: RunFolder
    network: Network
    declaration: dict[str, Any]
    wanted: tuple[Recording, ...]


def _declared(
    network: Network,
    stream: Any,
    seeds: int | Iterable[int],
    choice: Choice,
    out: Path | None,
    record: Recordable,
    evaluate_every: int | None,
    label: str,
) -> _Job:
    """Check what is asked for, and write it into the folder of the run."""
    chosen = list(range(seeds)) if isinstance(seeds, int) else [int(seed) for seed in seeds]
    check(chosen, stream, network, evaluate_every)
    wanted = recordings(record, network, stream.image_shape)
    declaration = {
        "format": FORMAT,
        "label": label or _label(network),
        "seeds": chosen,
        **choice.to_dict(),
        "evaluate_every": evaluate_every or 0,
        "record": [recording.to_dict() for recording in wanted],
        "stream": stream.to_dict(),
        "network": network.to_dict(),
    }
    folder = RunFolder(out or free_folder(Path("runs"), stream.name))
    folder.create(declaration)
    return _Job(folder, network, declaration, wanted)


def _batches(jobs: Mapping[str, _Job], choice: Choice) -> list[list[str]]:
    """Labels of the conditions that one simulator can run: with PyTorch all of the same equations."""
    if choice.backend != "torch":
        return [[label] for label in jobs]
    from tacos.backends.torch.source import program

    alike: dict[str, list[str]] = {}
    for label, job in jobs.items():
        alike.setdefault(program(job.network.lowered), []).append(label)
    return list(alike.values())


def resume(
    path: str | Path,
    *,
    stream: Any = None,
    processes: int | None = None,
    chunk: int | None = None,
    progress: bool = True,
) -> Result:
    """Go on with a run that was stopped or killed; the result is the same as without the interruption.

    Parameters
    ----------
    path : path
        Folder of the run.
    stream : Stream, optional
        Needed only for data of the user's own.
    processes, chunk, progress : optional
        See :func:`run`.
    """
    folder = RunFolder(Path(path))
    declaration = folder.declaration()
    _check_running(processes, chunk)
    if "baseline" in declaration:
        from tacos.baselines.runs import resume as resume_baseline

        return resume_baseline(path, stream=stream, processes=processes or 1)
    network = Network.from_dict(declaration["network"])
    stream = stream or tasks.from_dict(declaration["stream"])
    wanted = tuple(Recording.from_dict(item) for item in declaration["record"])
    return _run([_Job(folder, network, declaration, wanted)], stream, processes, chunk, progress)[0]


def _run(
    jobs: list[_Job],
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

        def replica(job: _Job, seed: int) -> Replica:
            made = Replica(
                engine, stream, seed, job.folder.replica(seed), points, job.wanted, report.advance,
                lambda: stop.is_set() or halted(),
                {} if job is first else parameter_values(job.network.lowered), job.network.lowered,
            )  # fmt: skip
            if (made.folder / CHECKPOINT).exists():
                before = load_checkpoint(made.folder)[1]
                report.already(before.position, held_out * len(before.accuracy))
            return made

        def run_some(some: list[tuple[_Job, int]]) -> None:
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


def _cores(processes: int | None) -> int:
    """How many replicas run at once: as many as asked for, or one a core."""
    return processes or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _run_all(
    run_some: Any,
    parts: list[Any],
    engine: Simulator,
    processes: int | None,
    stop: threading.Event,
) -> None:
    pool = ThreadPoolExecutor(min(_cores(processes), len(parts)) if engine.parallel else 1)
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
    except (KeyboardInterrupt, Stopped):
        folder.set_status("stopped")
        raise Interrupted(f"Stopped; go on with: tacos resume {folder.path}") from None
    except Exception as error:
        with suppress(RunError):  # the disk may be what failed: then the folder stays as it was
            folder.set_status("failed", reason=str(error))
        if isinstance(error, BackendError):
            raise RunError(f"{error} Once that is mended, go on with: tacos resume {folder.path}") from error
        if isinstance(error, OSError):
            raise RunError(f"{describe(error)}; then go on with: tacos resume {folder.path}") from error
        raise


def evaluation_points(stream: Any, every: int) -> tuple[int, ...]:
    """After how many presentations to test: the end of each task, and every so many in between."""
    extra = range(every, stream.n_presentations, every) if every else ()
    return tuple(sorted({*stream.evaluation_points, *extra}))


def _label(network: Network) -> str:
    names = dict.fromkeys(name for p in network.plastic_projections() for name in p.synapse.mechanism_names())
    synapses = dict.fromkeys(p.synapse.name for p in network.plastic_projections())
    return f"{', '.join(synapses) or 'static'}" + (f" ({', '.join(names)})" if 0 < len(names) < 3 else "")


def _check_running(processes: int | None, chunk: int | None) -> None:
    check_chunk(chunk)
    if processes is not None and processes < 1:
        raise RunError(f"processes is how many replicas run at once, at least one, not {processes}.")


def check(seeds: list[int], stream: Any, network: Network, evaluate_every: int | None) -> None:
    """Raise an error about a run that cannot be, before anything is written."""
    if not seeds:
        raise RunError("There is nothing to run with zero seeds; ask for at least one, e.g. --seeds 3.")
    if len(set(seeds)) != len(seeds) or min(seeds) < 0 or max(seeds) >= 2**31:
        raise RunError("Seeds are different whole numbers from 0 to 2147483647.")
    if evaluate_every is not None and evaluate_every < 1:
        raise RunError(f"evaluate_every is a positive number of presentations, not {evaluate_every}.")
    sizes = {p.channel: p.size for p in network.populations if p.channel}
    wanted = {"image": stream.n_inputs, "target": stream.n_classes, "boundary": 1}
    if "boundary" in sizes:
        told = next(p.name for p in network.populations if p.channel == "boundary")
        refuse_without_ends(stream, f"The population '{told}'")
    for channel, size in sizes.items():
        if channel not in wanted:
            raise RunError(
                f"A population listens to '{channel}', which streams do not show; they show image, target and boundary."
            )
        if size != wanted[channel]:
            raise RunError(
                f"The network expects {size} values of '{channel}', the stream '{stream.name}' shows "
                f"{wanted[channel]}; build the network for this stream."
            )
    readout = next((p for p in network.populations if p.name == network.readout), None)
    if readout is None:
        raise RunError(f"The network has no population '{network.readout}' to read answers from.")
    if not readout.threshold:
        raise RunError(f"'{readout.name}' does not spike, and answers are counted in its spikes; give it a threshold.")
    if readout.size < stream.n_classes:
        raise RunError(
            f"'{readout.name}' has {readout.size} neurons for the {stream.n_classes} classes that '{stream.name}' asks "
            f"for; answers are read from one neuron a class."
        )
    stream.encoding.check(network.dt, network.duration)
    # Reads the data and lowers the network: what is wrong with them is said before there is a folder.
    _ = stream.n_presentations, stream.held_out_presentations(0), network.lowered
