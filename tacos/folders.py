"""What a folder holds: runs of networks and of baselines, comparisons; read, and gone on with.

Reading loads no simulator.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tacos.errors import RunError
from tacos.runs.folder import RunFolder, differences
from tacos.runs.result import Result

if TYPE_CHECKING:
    from tacos.protocols import Outcome
    from tacos.runs.jobs import Job
    from tacos.runs.running import Running
    from tasks import StreamLike


def load(path: str | Path) -> Result:
    """The result of a run's folder."""
    return Result(RunFolder(Path(path)))


def job(path: str | Path, stream: StreamLike | None = None) -> Job:
    """A run as its folder declares it, to be run by :func:`tacos.runs.engine.run_job`.

    Parameters
    ----------
    path : path
    stream : Stream, optional
        Needed only for data of the user's own.

    Raises
    ------
    RunError
        If the run was begun with another stream.
    """
    import tasks
    from tacos.runs.jobs import Job

    folder = RunFolder(Path(path))
    declaration = folder.declaration()
    begun = declaration["stream"]
    given = json.loads(json.dumps(stream.to_dict())) if stream else begun
    if given != begun:
        different = ", ".join(differences(begun, given))
        raise RunError(f"'{path}' was begun with another stream (another {different}); give that one.")
    if "baseline" in declaration:
        from tacos.baselines.worker import Baselines as Worker
    else:
        from tacos.runs.simulating import Networks as Worker  # type: ignore[assignment]
    return Job(folder, declaration, stream or tasks.from_dict(begun), Worker())


def resume(
    path: str | Path, *, stream: StreamLike | None = None, running: Running | None = None, **options: Any
) -> Result:
    """Go on with a run that was stopped or killed; the result is the same as without the interruption.

    Parameters
    ----------
    path : path
        Folder of the run.
    stream : Stream, optional
        Needed only for data of the user's own.
    running, **options : optional
        ``processes``, ``chunk`` and ``progress``, see :func:`tacos.run`; backend and precision are the folder's.
    """
    from tacos.runs.engine import run_job
    from tacos.runs.running import how

    return run_job(job(path, stream), how(running, options))


#: What a sweep's folder has.
OF_SWEEP = "sweep.toml"


def is_sweep(path: str | Path) -> bool:
    """Whether a folder holds a sweep."""
    return (Path(path) / OF_SWEEP).exists()


def is_protocol(path: str | Path) -> bool:
    """Whether a folder holds the run of a protocol."""
    folder = RunFolder(Path(path))
    return (folder.path / "run.toml").exists() and folder.declaration().get("stream", {}).get("kind") == "protocol"


def outcome(path: str | Path) -> Result | Outcome:
    """What came out of a run: the accuracies of a stream, or what a protocol did."""
    if not is_protocol(path):
        return load(path)
    from tacos.protocols import Outcome

    return Outcome(load(path))


def comparisons(path: str | Path) -> dict[str, Any]:
    """What came out of the comparisons of a folder, by the name of their files; empty for another folder."""
    names = [file.stem for pattern in ("comparison*.json", "draws*.json") for file in sorted(Path(path).glob(pattern))]
    if not names:
        return {}
    from tacos.comparison.outcome import load as load_comparison

    return {name: load_comparison(path, name) for name in names}
