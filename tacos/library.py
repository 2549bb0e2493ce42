"""Finished runs and comparisons from their folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tacos.runs.folder import RunFolder
from tacos.runs.result import Result

if TYPE_CHECKING:
    from tacos.comparison.outcome import Comparison


def load(path: str | Path) -> Result:
    """The result of a run's folder."""
    return Result(RunFolder(Path(path)))


def comparisons(path: str | Path) -> dict[str, Comparison]:
    """What came out of the comparisons of a folder, by the name of their files; empty for another folder."""
    names = [file.stem for pattern in ("comparison*.json", "draws*.json") for file in sorted(Path(path).glob(pattern))]
    if not names:
        return {}
    from tacos.comparison.outcome import load as load_comparison

    return {name: load_comparison(path, name) for name in names}
