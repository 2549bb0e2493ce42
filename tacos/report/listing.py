"""What lies in a folder, one line each; all runs of an ablation, a comparison or a sweep are one line."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from tacos.ablation.reading import DECLARATION as OF_ABLATION
from tacos.ablation.reading import load_ablation
from tacos.errors import RunError
from tacos.folders import OF_SWEEP, comparisons
from tacos.measures.paired import NONE, aligned
from tacos.runs.folder import RunFolder
from tacos.runs.result import Result
from tacos.sweeps.sweep import load_sweep


def listing(root: str | Path) -> list[str]:
    """Lines with path, kind, how far it is, final accuracy, and when it was last written."""
    rows = []
    for path in found_in(Path(root)):
        try:
            rows.append([str(path), *_told(path)])
        except RunError as error:
            rows.append([str(path), str(error)])
    return aligned(rows) if rows else []


def found_in(root: Path) -> Iterator[Path]:
    """Folders of runs, ablations, comparisons and sweeps, without those that lie in one of them."""
    for place, folders, files in os.walk(root):
        folders.sort()
        comparison = any(name.startswith(("comparison", "draws")) and name.endswith(".json") for name in files)
        if comparison or "baselines" in folders or "run.toml" in files or OF_ABLATION in files or OF_SWEEP in files:
            folders.clear()
            yield Path(place)


def _told(path: Path) -> list[str]:
    changed = max(file.stat().st_mtime for file in (path, *path.iterdir()))
    date = time.strftime("%Y-%m-%d %H:%M", time.localtime(changed))
    if (path / OF_ABLATION).exists():
        ablation = load_ablation(path)
        count = len(ablation.declaration()["conditions"])
        done = len(ablation.finished()) if (path / "ablation.nc").exists() else 0
        return ["ablation", f"{done} of {count} conditions done", NONE, date]
    if (path / OF_SWEEP).exists():
        sweep = load_sweep(path)
        done = sum(RunFolder(path / "cells" / cell["folder"]).state() == "done" for cell in sweep.cells)
        return ["sweep", f"{done} of {len(sweep.cells)} cells done", NONE, date]
    if not (path / "run.toml").exists():
        found = comparisons(path)
        if not found:
            return ["comparison", "not finished", NONE, date]
        first = next(iter(found.values()))
        done = sum(bool(row.accuracy) for row in first.rows)
        return ["comparison", f"{done} of {len(first.rows)} rows done", NONE, date]
    folder = RunFolder(path)
    label = folder.declaration()["label"]
    if folder.declaration()["stream"].get("kind") == "protocol":
        return [f"protocol, {label}", folder.state(), NONE, date]
    try:
        final = Result(folder).summary()["average_accuracy"]["mean"]
    except RunError:  # no seed has finished
        return [f"run, {label}", folder.state(), NONE, date]
    return [f"run, {label}", folder.state(), f"{100 * final:.1f} %", date]
