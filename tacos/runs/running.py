"""How to run: one value from the command line down to the simulator."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from synapses.language.values import said, whole
from tacos.backends import Choice, check_chunk
from tacos.errors import RunError


#: More than any machine has cores.
MOST_PROCESSES = 10_000


@dataclass(frozen=True)
class Running(Choice):
    """What runs a network, and how; apart from the backend and its precision it changes no result.

    Attributes
    ----------
    backend, mode, device, dtype : str
        See :class:`tacos.backends.Choice`.
    processes : int, optional
        How many replicas run at once, where the backend runs them one by one; one a core if not given. Where fewer run,
        their tests take the other cores.
    chunk : int, optional
        Presentations between two checkpoints.
    progress : bool
        Whether to show how far all that was asked for is, and the time left: a bar in a terminal or a notebook, lines elsewhere.
    scheduler : str or distributed.Client, optional
        Of Dask, such as "tcp://host:8786": runs become tasks of its workers, one process each.

    Raises
    ------
    RunError
        If one of these cannot be.
    """

    processes: int | None = None
    chunk: int | None = None
    progress: bool = True
    scheduler: Any = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "chunk", check_chunk(self.chunk))
        if self.processes is not None:
            right = "processes is how many replicas run at once, at least one"
            object.__setattr__(self, "processes", whole(self.processes, right, 1, MOST_PROCESSES, RunError))
        if not isinstance(self.progress, bool):
            raise RunError(f"progress is True or False, not {said(self.progress)}.")
        super().__post_init__()

    @property
    def cores(self) -> int:
        """How many replicas run at once: as many as asked for, or one a core."""
        there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return self.processes or there


def how(running: Running | None, options: Mapping[str, Any]) -> Running:
    """How to run, with the short keyword forms: ``tacos.run(..., backend="torch")``.

    Raises
    ------
    RunError
        If an option is none of :class:`Running`.
    """
    known = [one.name for one in fields(Running)]
    for name in options:
        if name not in known:
            raise RunError(f"There is no option '{name}' here; how to run is said by {', '.join(known)}.")
    if not isinstance(running, Running | None):
        raise RunError(f"running says how to run, such as Running(processes=2), not {said(running)}.")
    return replace(running or Running(), **options)
