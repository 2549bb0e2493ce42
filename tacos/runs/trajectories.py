"""From raw records to ``trajectories.nc``, block by block, and back."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path
from typing import BinaryIO

import h5netcdf
import h5py
import numpy as np
import xarray as xr

from tacos.errors import RunError, describe
from tacos.networks.lowering import LoweredNetwork
from tacos.recordings.recording import Recording
from tacos.runs.checkpoint import CHECKPOINT, load_checkpoint
from tacos.runs.folder import RunFolder
from tacos.runs.labels import COORDINATES, RECORDS, attributes, labelled
from tacos.runs.storage import write_atomically

_UNREADABLE = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
_BLOCK = 1 << 22  # numbers copied at a time
#: Of a raw record of spikes.
SPIKE_COLUMNS = ("presentation", "step", "neuron")


def save_trajectories(
    folder: RunFolder, network: LoweredNetwork, recordings: tuple[Recording, ...], seeds: list[int]
) -> None:
    """Write ``trajectories.nc`` from the raw records of all replicas: a group for each recording."""
    if not recordings:
        return
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=".trajectories.", dir=folder.path)
        os.close(handle)
        with h5netcdf.File(temporary, "w") as file:
            for number, recording in enumerate(recordings):
                group = file.create_group(f"{number} {recording.owner}".replace("/", "_"))
                which = recording.rule or (recording.which if isinstance(recording.which, str) else "by index")
                group.attrs.update(
                    {"owner": recording.owner, "every": recording.every, "unit": recording.unit, "which": which}
                )
                _write_group(group, folder, network, recording, number, seeds)
                _describe(group)
        os.chmod(temporary, 0o644)
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, folder.trajectories)
    except OSError as error:
        if error.errno is None and "errno = 28" in str(error):  # HDF5 says it in the text only
            error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        error.filename = str(folder.trajectories)
        raise RunError(f"{describe(error)}; the raw records are kept.") from error
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)


def remove_raw_records(folder: RunFolder, recordings: tuple[Recording, ...], seeds: list[int]) -> None:
    """Give back the room of the raw records once the run is done and ``trajectories.nc`` holds them."""
    for seed in seeds:
        for number, recording in enumerate(recordings):
            for state in recording.states:
                (folder.replica(seed) / f"{number}.{state}.record").unlink(missing_ok=True)


def unpack_records(folder: RunFolder, into: RunFolder, seeds: list[int]) -> None:
    """Write the raw records again that ``trajectories.nc`` holds of some seeds, so that a run with more seeds goes on.

    Whole or not at all, file by file; ``trajectories.nc`` stays.
    """
    recordings = folder.recordings()
    with reading(folder), h5netcdf.File(folder.trajectories, "r") as file:
        for number, (_, group) in enumerate(sorted(file.groups.items(), key=_number)):
            replicas = [int(seed) for seed in group.variables["seed"][:]]
            there = [seed for seed in seeds if (folder.replica(seed) / CHECKPOINT).exists()]
            for seed, state in product(there, recordings[number].states):
                name = f"{number}.{state}.record"
                kept = load_checkpoint(folder.replica(seed))[1].record_bytes.get(name, 0)
                write_atomically(into.replica(seed) / name, partial(_unpack, group, state, replicas.index(seed), kept))


def _unpack(group: h5netcdf.Group, state: str, replica: int, kept: int, raw: BinaryIO) -> None:
    """Write one file of raw records, of so many bytes."""
    if state == "spikes":
        columns = [group.variables[name] for name in SPIKE_COLUMNS]
        first = int(np.searchsorted(group.variables["replica_of_spike"][:], replica))  # one replica after the other
        width = len(columns)
    else:
        variable = group.variables[state]
        width = variable.shape[2]
    rows, step = kept // (4 * width), max(1, _BLOCK // width)
    for start in range(0, rows, step):
        stop = min(start + step, rows)
        if state == "spikes":
            part = np.stack([column[first + start : first + stop] for column in columns], 1)
        else:
            part = variable[replica, start:stop]
        raw.write(np.ascontiguousarray(part).tobytes())


def _write_group(
    group: h5netcdf.Group,
    folder: RunFolder,
    network: LoweredNetwork,
    recording: Recording,
    number: int,
    seeds: list[int],
) -> None:
    group.dimensions = {"replica": len(seeds)}
    group.create_variable("seed", ("replica",), data=np.asarray(seeds))
    if recording.states == ("spikes",):
        _write_spikes(group, [folder.replica(seed) / f"{number}.spikes.record" for seed in seeds])
        return
    projection = next((p for p in network.projections if p.name == recording.owner), None)
    indices = recording.indices(network)
    if indices is None:
        indices = np.arange(len(projection.sources) if projection else network.population(recording.owner).size)
    if recording.reduce:
        dimension, width = "statistic", len(recording.reduce)
        group.dimensions[dimension] = width
        group.create_variable(dimension, (dimension,), h5py.string_dtype(), data=np.array(recording.reduce, object))
    else:
        dimension, width = "synapse" if projection else "neuron", len(indices)
        group.dimensions[dimension] = width
        group.create_variable(dimension, (dimension,), data=indices)
    if projection and not recording.reduce:
        group.create_variable("pre", (dimension,), data=projection.sources[indices])
        group.create_variable("post", (dimension,), data=projection.targets[indices])
    if projection:
        sizes = {"n_pre": projection.source, "n_post": projection.target}
        group.attrs.update({name: network.population(population).size for name, population in sizes.items()})
    for state in recording.states:
        paths = [folder.replica(seed) / f"{number}.{state}.record" for seed in seeds]
        unit = recording.unit_of(state, network)
        kind = np.int32 if unit in ("integer", "boolean") and not recording.reduce else np.float32
        rows = [path.stat().st_size // (4 * width) for path in paths]
        if "record" not in group.dimensions:
            group.dimensions["record"] = max(rows)
            for name, values in recording.clock(network, max(rows)).items():
                group.create_variable(name, ("record",), data=values)
            group["time"].attrs["units"] = "presentations" if recording.unit == "presentation" else "s"
        variable = group.create_variable(
            state,
            ("replica", "record", dimension),
            kind,
            fletcher32=bool(max(rows)),  # HDF5 says when what it reads was altered
            fillvalue=np.float32(np.nan) if kind is np.float32 else -1,
        )
        variable.attrs["units"] = "1" if unit in ("integer", "boolean") else unit
        variable.attrs["long_name"] = f"{state} of {recording.owner}"
        if projection and (meaning := projection.synapse.states[state].meaning):
            variable.attrs["comment"] = meaning
        for replica, path in enumerate(paths):
            step = max(1, _BLOCK // width)
            with path.open("rb") as raw:
                for start in range(0, rows[replica], step):
                    count = min(step, rows[replica] - start)
                    part = np.fromfile(raw, kind, count * width).reshape(count, -1)
                    variable[replica, start : start + count] = part


def _describe(group: h5netcdf.Group) -> None:
    """Units, long names, and which variables are coordinates, for whoever opens the file by itself."""
    for name, variable in group.variables.items():
        variable.attrs.update(attributes(name, RECORDS) | dict(variable.attrs))
    group.attrs["coordinates"] = " ".join(name for name in group.variables if name in COORDINATES)


def _write_spikes(group: h5netcdf.Group, paths: list[Path]) -> None:
    counts = [path.stat().st_size // 12 for path in paths]
    group.dimensions["spike"] = sum(counts)
    variables = [group.create_variable(name, ("spike",), np.int32) for name in SPIKE_COLUMNS]
    group.create_variable("replica_of_spike", ("spike",), data=np.repeat(np.arange(len(paths)), counts))
    at = 0
    for path, count in zip(paths, counts, strict=True):
        with path.open("rb") as raw:
            for start in range(0, count, _BLOCK):
                part = np.fromfile(raw, np.int32, 3 * min(_BLOCK, count - start)).reshape(-1, 3)
                for column, variable in enumerate(variables):
                    variable[at + start : at + start + len(part)] = part[:, column]
        at += count


def groups(folder: RunFolder) -> list[tuple[str, tuple[str, ...], str]]:
    """Whose recordings ``trajectories.nc`` holds, of which states, in which group."""
    if not folder.trajectories.exists():
        if folder.declaration().get("record"):
            raise RunError(f"'{folder.path}' has no trajectories yet: go on with: {folder.how_to_resume()}")
        raise RunError(f"'{folder.path}' has no trajectories: run with --record, e.g. --record 'w, m'.")
    recorded = [recording.states for recording in folder.recordings()]
    with reading(folder), h5netcdf.File(folder.trajectories, "r") as file:
        return [
            (str(group.attrs["owner"]), states, name)
            for states, (name, group) in zip(recorded, sorted(file.groups.items(), key=_number), strict=True)
        ]


@contextmanager
def reading(folder: RunFolder, *errors: type[Exception]) -> Iterator[None]:
    """Say that ``trajectories.nc`` is damaged where it cannot be read; `errors` if other than all that this ends in."""
    try:
        yield
    except errors or _UNREADABLE as error:
        if isinstance(error, RunError) or type(error).__module__.partition(".")[0] in ("synapses", "tasks"):
            raise
        raise RunError(
            f"'{folder.trajectories}' is damaged ({' '.join(str(error).split())[:120]}); what the run recorded is lost, "
            f"and a new run into another folder records it again."
        ) from error


def _number(item: tuple[str, h5netcdf.Group]) -> int:
    return int(item[0].split()[0])


def read_trajectories(folder: RunFolder, owner: str, state: str | None = None) -> xr.Dataset:
    """The recording of a projection or population, read lazily; name a state if there are several."""
    found = groups(folder)
    mine = [item for item in found if item[0] == owner and (state is None or state in item[1])]
    if not mine:
        there = ", ".join(f"{name}: {', '.join(states)}" for name, states, _ in found)
        what = f"'{owner}'" if state is None else f"'{state}' of '{owner}'"
        raise RunError(f"'{folder.path}' has no recording of {what}; there are {there}.")
    if len(mine) > 1:
        states = ", ".join(states[0] for _, states, _ in mine)
        raise RunError(f"There are {len(mine)} recordings of '{owner}'; name a state of the one you want: {states}.")
    with reading(folder):
        # Unmasked: integers stay integers (-1 where a replica is shorter), and what is missing elsewhere is NaN anyway.
        data = xr.open_dataset(folder.trajectories, engine="h5netcdf", group=mine[0][2], mask_and_scale=False)
        if "record" in data.dims and "presentation" not in data:  # written by an earlier version
            recording = folder.recordings()[found.index(mine[0])]
            clock = recording.clock(folder.network().lowered, data.sizes["record"])
            data = data.assign({name: ("record", clock[name]) for name in ("presentation", "step")})
        data = labelled(data, RECORDS)
        for name in data.data_vars:
            data[name].attrs.setdefault("long_name", f"{name} of {owner}")
        return data
