"""Sweeps of several machines as one."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from tacos.errors import RunError
from tacos.runs.folder import RunFolder
from tacos.sweeps.sweep import DECLARATION, Sweep, load_sweep


def merge(paths: Sequence[str | Path], out: str | Path) -> Sweep:
    """Copy cells of folders in which the same sweep was run in parts into one folder.

    Parameters
    ----------
    paths : sequence of path
        Folders of one sweep. Of a cell that is in several, the one that is done is taken.
    out : path
        A folder that does not exist yet.

    Returns
    -------
    Sweep

    Raises
    ------
    RunError
        If they are different sweeps, or `out` exists.
    """
    found = [load_sweep(path) for path in paths]
    target = Path(out)
    if not found:
        raise RunError("Name the folders of a sweep that was run in parts.")
    for one in found[1:]:
        if one.declaration != found[0].declaration:
            raise RunError(
                f"'{found[0].path}' and '{one.path}' are different sweeps; those with the same axes are put together."
            )
    if target.exists():
        raise RunError(f"'{target}' exists; name a folder that does not.")
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    shutil.copy(found[0].path / DECLARATION, partial / DECLARATION)
    for cell in found[0].cells:
        places = [one.path / "cells" / cell["folder"] for one in found]
        there = [place for place in places if (place / "run.toml").exists()]
        if not there:
            raise RunError(f"None of the folders has the cell '{cell['folder']}'.")
        declared = {str(RunFolder(place).declaration()) for place in there}
        if len(declared) > 1:
            raise RunError(f"The cell '{cell['folder']}' was run differently in the folders that have it.")
        best = max(there, key=lambda place: RunFolder(place).state() == "done")
        shutil.copytree(best, partial / "cells" / cell["folder"])
    partial.rename(target)
    merged = Sweep(target)
    merged.save()
    return merged
