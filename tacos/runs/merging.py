"""The same run of several folders as one: seeds that were run here and there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import xarray as xr

from tacos.errors import RunError
from tacos.runs.checkpoint import CHECKPOINT, load_checkpoint
from tacos.runs.folder import RunFolder, differences
from tacos.runs.result import Result, write_results
from tacos.runs.trajectories import remove_raw_records, save_trajectories, unpack_records


@contextmanager
def whole_or_not(out: str | Path) -> Iterator[Path]:
    """A folder beside `out` to put things together in; it takes the name of `out` at the end, or is gone."""
    target = Path(out)
    if target.exists():
        raise RunError(f"'{target}' exists; name a folder that does not.")
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield partial
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def merge_runs(parts: Sequence[RunFolder], out: Path) -> RunFolder:
    """Copy replicas of folders that hold the same run, with the same or other seeds, into a new folder.

    Parameters
    ----------
    parts : sequence of RunFolder
        Of a seed that is in several, the one that is farthest is taken.
    out : path
        A folder that does not exist yet.

    Raises
    ------
    RunError
        If the runs differ in more than their seeds.
    """
    if not parts:
        raise RunError("Name the folders of a run that are to be put together.")
    declared = [part.declaration() for part in parts]
    for part, declaration in zip(parts[1:], declared[1:], strict=True):
        if different := [key for key in differences(declared[0], declaration) if key != "seeds"]:
            raise RunError(
                f"'{parts[0].path}' and '{part.path}' are different runs (another {', '.join(different)}); only seeds may "
                f"differ."
            )
    seeds = list(dict.fromkeys(seed for one in declared for seed in one["seeds"]))
    farthest = {seed: max(parts, key=lambda part: _position(part, seed)) for seed in seeds}
    merged = RunFolder(out)
    merged.create(declared[0] | {"seeds": seeds})
    for name in ("environment.json", "network.py"):  # those of the first stand for all
        if (parts[0].path / name).exists():
            shutil.copy(parts[0].path / name, out / name)
    for seed, part in farthest.items():
        if part.replica(seed).exists():
            shutil.copytree(part.replica(seed), merged.replica(seed))
            if part.trajectories.exists():
                unpack_records(part, merged, [seed])
    if found := _results(farthest):
        write_results(merged, found)
    done = all(part.status()["state"] == "done" for part in farthest.values())
    if done and (recordings := merged.recordings()):
        save_trajectories(merged, merged.network().lowered, recordings, seeds)
        remove_raw_records(merged, recordings, seeds)
    merged.set_status("done" if done else "stopped", **{k: v for k, v in parts[0].status().items() if k == "simulator"})
    return merged


def _position(part: RunFolder, seed: int) -> int:
    """How many presentations a seed has learned; -1 if it is none of this folder's."""
    if seed not in part.declaration()["seeds"]:
        return -1
    there = (part.replica(seed) / CHECKPOINT).exists()
    return load_checkpoint(part.replica(seed))[1].position if there else 0


def _results(farthest: dict[int, RunFolder]) -> xr.Dataset | None:
    """A row for each seed, from the results of its folder; without any where nothing has come out yet."""
    stored = {}
    for path in {part.path for part in farthest.values()}:
        try:
            stored[path] = Result(RunFolder(path)).dataset
        except RunError:
            continue
    if not stored:
        return None
    some = next(iter(stored.values()))
    rows = []
    for seed, part in farthest.items():
        if part.path in stored:
            data = stored[part.path]
            rows.append(data.isel(replica=data["seed"].values.tolist().index(seed)))
        else:
            blank = some.isel(replica=0)
            rows.append(blank.where(False).assign(learned=0 * blank["learned"]).assign_coords(seed=seed))
    return xr.concat(rows, "replica", combine_attrs="override").transpose("replica", ...)
