"""Run a network on a stream, for several seeds; stop and resume."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

import synapses
import tasks
from tacos.backends import Choice, check_chunk
from tacos.errors import RunError, refuse_without_ends
from tacos.runs.execution import Job, execute, run_jobs
from tacos.networks.initial import initial_state
from tacos.networks.network import Network
from tacos.recordings.recording import Recordable, Recording, recordings
from tacos.runs.result import Result
from tacos.runs.folder import FORMAT, RunFolder, differences, folder_name, free_folder
from tacos.runs.seeds import listed


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
        What to record, e.g. ``"input-hidden: w, m; every=10 presentations"``; see :mod:`tacos.recordings.recording`.
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
    choice = Choice(backend, mode, device, dtype)
    job = declared(network, stream, seeds, choice, Path(out) if out else None, record, evaluate_every, label)
    return _finished(job, processes, chunk, progress)


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
    seeds = listed(seeds)
    folders = {label: Path(out) / folder_name(label) for label in conditions}
    if len(set(folders.values())) < len(folders):
        raise RunError("Two labels of conditions would share a folder; make them differ in letters or digits.")
    _check_running(processes, chunk)
    wanted = record if isinstance(record, Mapping) else dict.fromkeys(conditions, record)
    for label in wanted:
        if label not in conditions:
            raise RunError(f"There is no condition '{label}' to record; there are {', '.join(conditions)}.")
    jobs = {
        label: declared(network, stream, seeds, choice, folders[label], wanted.get(label), evaluate_every, label)
        for label, network in conditions.items()
    }
    return run_jobs(jobs, processes, chunk, progress, on_done)


def declared(
    network: Network,
    stream: Any,
    seeds: int | Iterable[int],
    choice: Choice,
    out: Path | None,
    record: Recordable,
    evaluate_every: int | None,
    label: str,
) -> Job:
    """Check what is asked for, and write it into the folder of the run; see :func:`run`."""
    chosen = listed(seeds)
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
    return Job(folder, network, stream, declaration, wanted)


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
    begun = declaration["stream"]
    given = json.loads(json.dumps(stream.to_dict())) if stream else begun
    if given != begun:
        different = ", ".join(differences(begun, given))
        raise RunError(f"'{path}' was begun with another stream (another {different}); give that one.")
    if "baseline" in declaration:
        from tacos.baselines.runs import resume as resume_baseline

        return resume_baseline(path, stream=stream, processes=processes or 1)
    network = Network.from_dict(declaration["network"])
    stream = stream or tasks.from_dict(begun)
    wanted = tuple(Recording.from_dict(item) for item in declaration["record"])
    return _finished(Job(folder, network, stream, declaration, wanted), processes, chunk, progress)


def _finished(job: Job, processes: int | None, chunk: int | None, progress: bool) -> Result:
    (outcome,) = execute([job], processes, chunk, progress)
    if isinstance(outcome, RunError):
        raise outcome
    return outcome


def _label(network: Network) -> str:
    return "; ".join(dict.fromkeys(synapses.title(p.synapse) for p in network.plastic_projections())) or "static"


def _check_running(processes: int | None, chunk: int | None) -> None:
    check_chunk(chunk)
    if processes is not None and processes < 1:
        raise RunError(f"processes is how many replicas run at once, at least one, not {processes}.")


def check(seeds: list[int], stream: Any, network: Network, evaluate_every: int | None) -> None:
    """Raise an error about a run that cannot be, before anything is written."""
    if not (hasattr(stream, "presentations") and isinstance(network, Network)):
        given = f"{type(network).__name__} and {type(stream).__name__}"
        raise RunError(f"A network learns a stream, such as tasks.named('split-digits'), in this order; not {given}.")
    if evaluate_every is not None and not (isinstance(evaluate_every, Integral) and evaluate_every >= 1):
        raise RunError(f"evaluate_every is a whole number of presentations, at least one, not {evaluate_every}.")
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
    # Reads the data, lowers the network and draws its states: what is wrong is said before there is a folder.
    _ = stream.n_presentations, stream.held_out_presentations(0), initial_state(network.lowered, seeds[0])
