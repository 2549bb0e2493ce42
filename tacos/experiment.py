"""Run a network on a stream, for several seeds; stop and resume."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import tasks
from tacos.backends import BackendError, Simulator, check_choice, simulator
from tacos.errors import RunError, describe
from tacos.network import Network
from tacos.progress import EVALUATION_COST, ProgressReport
from tacos.recording import Recordable, Recording, recordings
from tacos.replica import CHECKPOINT, Progress, Replica, Stopped, load_checkpoint
from tacos.result import Result, save_results
from tacos.runfolder import FORMAT, RunFolder, free_folder
from tacos.trajectories import save_trajectories


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
    dtype: str = "float64",
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
    backend, mode, dtype, chunk : optional
        See :func:`tacos.backends.simulator`.
    processes : int, optional
        How many replicas run at once; one a core if not given. Changes no result.
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
    chosen = list(range(seeds)) if isinstance(seeds, int) else [int(seed) for seed in seeds]
    check_choice(backend, mode, dtype, chunk)
    _check_processes(processes)
    _check(chosen, stream, network, evaluate_every)
    wanted = recordings(record, network)
    declaration = {
        "format": FORMAT,
        "label": label or _label(network),
        "seeds": chosen,
        "backend": backend,
        "mode": mode,
        "dtype": dtype,
        "evaluate_every": evaluate_every or 0,
        "record": [recording.to_dict() for recording in wanted],
        "stream": stream.to_dict(),
        "network": network.to_dict(),
    }
    folder = RunFolder(Path(out) if out else free_folder(Path("runs"), stream.name))
    folder.create(declaration)
    return _run(folder, network, stream, declaration, wanted, processes, chunk, progress)


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
    _check_processes(processes)
    check_choice(declaration["backend"], declaration["mode"], declaration["dtype"], chunk)
    network = Network.from_dict(declaration["network"])
    stream = stream or tasks.from_dict(declaration["stream"])
    wanted = tuple(Recording.from_dict(item) for item in declaration["record"])
    return _run(folder, network, stream, declaration, wanted, processes, chunk, progress)


def _run(
    folder: RunFolder,
    network: Network,
    stream: Any,
    declaration: dict[str, Any],
    wanted: tuple[Recording, ...],
    processes: int | None,
    chunk: int | None,
    visible: bool,
) -> Result:
    if folder.status()["state"] == "done":
        return Result(folder)
    seeds = declaration["seeds"]
    points = evaluation_points(stream, declaration["evaluate_every"])
    held_out = sum(len(stream.held_out_presentations(task).targets) for task in range(stream.n_tasks))
    total = len(seeds) * (stream.n_presentations + EVALUATION_COST * held_out * len(points))
    stop = threading.Event()
    saving = threading.Lock()
    finished: dict[int, Progress] = {}
    with folder.lock(), _status_of_failure(folder), ProgressReport(declaration["label"], total, visible) as report:
        engine = simulator(
            network, declaration["backend"], declaration["mode"], declaration["dtype"], chunk, report.say
        )
        folder.set_status("running", simulator=engine.description)
        report.begin()

        def one(seed: int) -> None:
            replica = Replica(engine, stream, seed, folder.replica(seed), points, wanted, report.advance, stop.is_set)
            if (replica.folder / CHECKPOINT).exists():
                before = load_checkpoint(replica.folder)[1]
                report.already(before.position, held_out * len(before.accuracy))
            try:
                finished[seed] = replica.run()
            except BaseException:
                stop.set()
                raise
            with saving:
                save_results(folder, declaration, stream, points)

        _run_all(one, seeds, engine, processes, stop)
        save_results(folder, declaration, stream, points)
        save_trajectories(folder, network.lowered, wanted, seeds)
        folder.set_status("done", simulator=engine.description)
    return Result(folder)


def _run_all(
    one: Any,
    seeds: list[int],
    engine: Simulator,
    processes: int | None,
    stop: threading.Event,
) -> None:
    workers = processes or (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    pool = ThreadPoolExecutor(min(workers, len(seeds)) if engine.parallel else 1)
    futures = [pool.submit(one, seed) for seed in seeds]
    try:
        for future in futures:
            future.result()
    except KeyboardInterrupt:
        raise
    except Exception:
        stop.set()
        pool.shutdown(wait=True)
        raise next(e for f in futures if (e := f.exception()) and not isinstance(e, Stopped)) from None
    finally:
        stop.set()
        pool.shutdown(wait=True)


@contextmanager
def _status_of_failure(folder: RunFolder) -> Iterator[None]:
    """Write down that a run was stopped or failed, and why; what was finished stays."""
    try:
        yield
    except KeyboardInterrupt:
        folder.set_status("stopped")
        raise RunError(f"Stopped; go on with: tacos resume {folder.path}") from None
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
    return f"{', '.join(synapses) or 'static'}" + (f" ({', '.join(names)})" if len(names) < 3 else "")


def _check_processes(processes: int | None) -> None:
    if processes is not None and processes < 1:
        raise RunError(f"processes is how many replicas run at once, at least one, not {processes}.")


def _check(seeds: list[int], stream: Any, network: Network, evaluate_every: int | None) -> None:
    if not seeds:
        raise RunError("There is nothing to run with zero seeds; ask for at least one, e.g. --seeds 3.")
    if len(set(seeds)) != len(seeds) or min(seeds) < 0 or max(seeds) >= 2**31:
        raise RunError("Seeds are different whole numbers from 0 to 2147483647.")
    if evaluate_every is not None and evaluate_every < 1:
        raise RunError(f"evaluate_every is a positive number of presentations, not {evaluate_every}.")
    sizes = {p.channel: p.size for p in network.populations if p.channel}
    wanted = {"image": stream.n_inputs, "target": stream.n_classes}
    for channel, size in sizes.items():
        if channel not in wanted:
            raise RunError(
                f"A population listens to '{channel}', which streams do not show; they show image and target."
            )
        if size != wanted[channel]:
            raise RunError(
                f"The network expects {size} values of '{channel}', the stream '{stream.name}' shows "
                f"{wanted[channel]}; build the network for this stream."
            )
    if network.readout not in [p.name for p in network.populations]:
        raise RunError(f"The network has no population '{network.readout}' to read answers from.")
    stream.encoding.check(network.dt, network.duration)
    # Reads the data and lowers the network: what is wrong with them is said before there is a folder.
    _ = stream.n_presentations, stream.held_out_presentations(0), network.lowered
