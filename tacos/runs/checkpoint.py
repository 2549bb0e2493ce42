"""What a replica leaves on disk between two chunks: all its states, and how far it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tacos.errors import RunError
from tacos.runs.storage import read_arrays, write_arrays

if TYPE_CHECKING:
    from tacos.networks.initial import State
    from tacos.networks.lowering import LoweredNetwork

CHECKPOINT = "checkpoint.npz"


@dataclass
class Progress:
    """What a replica has done so far.

    Attributes
    ----------
    position : int
        Presentations learned.
    accuracy, silent, tied : list of lists
        For each evaluation: fraction of right answers, of presentations without an answer, and of those in which the
        lowest of several outputs that spiked equally often was taken for the answer, by task. Checkpoints of earlier
        versions do not know the last.
    rates : list of dict
        For each evaluation: mean firing rate of each population in Hz.
    seconds : float
        Time spent on learning.
    record_bytes : dict
        Size of each file of records at the checkpoint.
    """

    position: int = 0
    accuracy: list[list[float]] = field(default_factory=list)
    silent: list[list[float]] = field(default_factory=list)
    tied: list[list[float]] = field(default_factory=list)
    rates: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    record_bytes: dict[str, int] = field(default_factory=dict)


def save_checkpoint(folder: Path, state: State, progress: Progress) -> None:
    """Write state and progress of a replica, whole or not at all."""
    stored = {f"state/{key}": values for key, values in state.items()}
    stored["progress"] = np.array(json.dumps(progress.__dict__))
    write_arrays(folder / CHECKPOINT, stored)


def load_checkpoint(folder: Path) -> tuple[State, Progress]:
    """State and progress of a replica's last checkpoint.

    Raises
    ------
    RunError
        If it is not what a replica writes.
    """
    stored = read_arrays(folder / CHECKPOINT)
    try:
        progress = Progress(**json.loads(str(stored.pop("progress"))))
        _check_progress(progress)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise damaged(folder, "it does not say how far the replica was") from error
    return {key.removeprefix("state/"): values for key, values in stored.items()}, progress


def _check_progress(progress: Progress) -> None:
    n = len(progress.accuracy)
    numbers = np.asarray(progress.accuracy + progress.silent + progress.tied, dtype=np.float64)
    if not (isinstance(progress.position, int) and progress.position >= 0 and progress.seconds >= 0):
        raise ValueError("position")
    whole = len(progress.silent) == len(progress.rates) == n and len(progress.tied) <= n
    if not (whole and (n == 0 or numbers.ndim == 2)):
        raise ValueError("evaluations")
    if numbers.size and not (0 <= numbers.min() and numbers.max() <= 1):
        raise ValueError("fractions")


def check_state(state: State, network: LoweredNetwork, folder: Path) -> None:
    """Refuse states that are not those of a network: names, sizes and types."""
    from tacos.networks.initial import dtype_of

    expected = {
        f"{p.name}.{name}": (p.size, unit) for p in network.populations for name, unit in p.states.items()
    } | {
        f"{p.name}.{name}": (len(p.sources), one.unit)
        for p in network.projections
        for name, one in p.synapse.states.items()
    }
    for key, (size, unit) in expected.items():
        values = state.get(key)
        if values is None:
            raise damaged(folder, f"it has no '{key}'")
        if values.shape != (size,) or np.dtype(dtype_of(unit)).kind != values.dtype.kind:
            raise damaged(folder, f"'{key}' has the shape {values.shape} and not ({size},), or another type")
    queues = {w.queue for p in network.projections for w in p.pathways if w.queue}
    if unknown := state.keys() - expected.keys() - queues:
        raise damaged(folder, f"the network has no '{min(unknown)}'")


def damaged(folder: Path, why: str) -> RunError:
    """The error that says so."""
    return RunError(f"'{folder / CHECKPOINT}' is damaged: {why}; delete it to start this replica anew.")
