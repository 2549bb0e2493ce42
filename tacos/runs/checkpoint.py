"""What a replica leaves on disk between two chunks: all its states, and how far it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tacos.runs.storage import read_arrays, write_arrays

if TYPE_CHECKING:
    from tacos.networks.initial import State

CHECKPOINT = "checkpoint.npz"


@dataclass
class Progress:
    """What a replica has done so far.

    Attributes
    ----------
    position : int
        Presentations learned.
    accuracy, silent : list of lists
        For each evaluation: fraction of right answers, and of presentations without an answer, by task.
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
    rates: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    record_bytes: dict[str, int] = field(default_factory=dict)


def save_checkpoint(folder: Path, state: State, progress: Progress) -> None:
    """Write state and progress of a replica, whole or not at all."""
    stored = {f"state/{key}": values for key, values in state.items()}
    stored["progress"] = np.array(json.dumps(progress.__dict__))
    write_arrays(folder / CHECKPOINT, stored)


def load_checkpoint(folder: Path) -> tuple[State, Progress]:
    """State and progress of a replica's last checkpoint."""
    stored = read_arrays(folder / CHECKPOINT)
    progress = Progress(**json.loads(str(stored.pop("progress"))))
    return {key.removeprefix("state/"): values for key, values in stored.items()}, progress
