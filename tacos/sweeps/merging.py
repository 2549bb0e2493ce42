"""Sweeps and runs of several machines as one."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from tacos.errors import RunError
from tacos.folders import is_sweep, load
from tacos.runs.folder import RunFolder
from tacos.runs.merging import merge_runs, whole_or_not
from tacos.runs.result import Result
from tacos.sweeps.sweep import DECLARATION, Sweep, load_sweep


def merge(paths: Sequence[str | Path], out: str | Path) -> Sweep | Result:
    """Put folders together in which the same sweep, or the same run with other seeds, was run in parts.

    Parameters
    ----------
    paths : sequence of path
        Of a cell and seed that is in several, the farthest is taken.
    out : path
        A folder that does not exist yet.

    Returns
    -------
    Sweep or Result

    Raises
    ------
    RunError
        If they are not parts of one, or `out` exists.
    """
    if not any(is_sweep(path) for path in paths):
        with whole_or_not(out) as partial:
            merge_runs([RunFolder(Path(path)) for path in paths], partial)
        return load(out)
    found = [load_sweep(path) for path in paths]
    for one in found[1:]:
        if one.declaration != found[0].declaration:
            raise RunError(
                f"'{found[0].path}' and '{one.path}' are different sweeps; those with the same axes are put together."
            )
    with whole_or_not(out) as partial:
        partial.mkdir()
        shutil.copy(found[0].path / DECLARATION, partial / DECLARATION)
        for cell in found[0].cells:
            places = [RunFolder(one.path / "cells" / cell["folder"]) for one in found]
            there = [place for place in places if (place.path / "run.toml").exists()]
            if not there:
                raise RunError(f"None of the folders has the cell '{cell['folder']}'.")
            merge_runs(there, partial / "cells" / cell["folder"])
        Sweep(partial).save()
    return Sweep(Path(out))
