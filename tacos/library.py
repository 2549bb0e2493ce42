"""Finished runs from their folders."""

from __future__ import annotations

from pathlib import Path

from tacos.result import Result
from tacos.runfolder import RunFolder


def load(path: str | Path) -> Result:
    """The result of a run's folder."""
    return Result(RunFolder(Path(path)))
