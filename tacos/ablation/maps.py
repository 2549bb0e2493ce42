"""How sensitive the accuracy is to two parameters, or to a parameter and the stream."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from tacos.ablation.conditions import scaled
from tacos.errors import RunError, interruptible
from tacos.measures.metrics import average_accuracy
from tacos.networks.network import Network
from tacos.runs.asked import folder
from tacos.runs.experiment import run_each
from tacos.runs.folder import RunFolder, folder_name
from tacos.runs.result import Result
from tacos.runs.running import Running, how
from tacos.runs.seeds import listed
from tacos.runs.storage import write_atomically, write_text
from tasks import StreamLike, is_stream

RESULTS = "sensitivity.nc"


def sensitivity(
    network: Network,
    stream: StreamLike,
    axes: Mapping[str, Sequence[Any]],
    seeds: int | Iterable[int] = 1,
    *,
    out: str | Path | None = None,
    validation: bool = True,
    running: Running | None = None,
    **options: Any,
) -> xr.Dataset:
    """Final accuracy over two quantities, on validation data; nothing else is changed or chosen anew.

    Parameters
    ----------
    network : Network
    stream : Stream
    axes : dict
        Two items, the horizontal axis first. ``"dm*": [0.5, 1, 2]`` multiplies a parameter wherever it occurs,
        ``"input-hidden.dm": [0.1, 0.2]`` sets it (texts carry units), ``"stream.samples": [1000, 2000]`` sets an option
        of the stream, here the length of its tasks.
    seeds : int or iterable of int
    out : path, optional
        Folder, ``runs/sensitivity-<stream>`` if not given; what has finished there is not run again.
    validation : bool
        Whether to test on validation data; otherwise on what the stream holds out.
    running, **options : optional
        How to run, as for :func:`tacos.run`. Cells that differ in parameters only share a compiled program, or a batch
        on PyTorch.

    Returns
    -------
    xarray.Dataset
        ``accuracy(y, x, replica, trained_on, tested_on)`` as fractions, NaN where a cell failed with ``reason(y, x)``;
        also written to ``sensitivity.nc`` and, averaged, to ``sensitivity.csv``. :func:`tacos.plots.sensitivity_map`
        draws it.
    """
    if not (isinstance(network, Network) and is_stream(stream) and isinstance(axes, Mapping)):
        given = ", ".join(type(one).__name__ for one in (network, stream, axes))
        raise RunError(f"A map takes a network, a stream and a dictionary of two axes, in this order; not {given}.")
    if len(axes) != 2 or any(len(values) == 0 for values in axes.values()):
        raise RunError(f"A map has two axes with at least one value each; {len(axes)} were given: {', '.join(axes)}.")
    running = how(running, options)
    (x_name, xs), (y_name, ys) = axes.items()
    path = folder(out, Path("runs") / f"sensitivity-{stream.name}")
    base = stream.with_options(held_out="validation") if validation else stream
    seeds = listed(seeds)
    cells: dict[str, dict[str, tuple[int, int, Network]]] = {}
    streams: dict[str, Any] = {}
    for (row, y), (column, x) in product(enumerate(ys), enumerate(xs)):
        shown, changed, words = base, network, {"stream": "", "network": ""}
        for name, value in ((x_name, x), (y_name, y)):
            part = "stream" if name.startswith("stream.") else "network"
            shown, changed = _with_value(shown, changed, name, value)
            words[part] += f"{', ' if words[part] else ''}{name}={value}".replace("stream.", "")
        place = words["stream"] or "as given"
        if shown.n_tasks != stream.n_tasks:
            raise RunError(f"'{place}' gives {shown.n_tasks} tasks, not {stream.n_tasks}; a map keeps their number.")
        streams[place] = shown
        cells.setdefault(place, {})[words["network"] or "as given"] = (row, column, changed)
    count = sum(map(len, cells.values()))
    if count < len(xs) * len(ys):
        raise RunError("An axis of the map has the same value twice; give each once.")
    accuracy = np.full((len(ys), len(xs), len(seeds), stream.n_tasks, stream.n_tasks), np.nan)
    reason = np.full((len(ys), len(xs)), "", dtype=object)
    path.mkdir(parents=True, exist_ok=True)
    with RunFolder(path).lock(), interruptible("the same map into the same folder goes on where it was."):
        for place, mine in cells.items():
            found = run_each(
                {label: cell[2] for label, cell in mine.items()}, streams[place], seeds,
                out=path / folder_name(place), running=running,
            )  # fmt: skip
            for label, (row, column, _) in mine.items():
                outcome = found[label]
                if isinstance(outcome, Result):
                    accuracy[row, column] = outcome.accuracy_matrix
                else:
                    reason[row, column] = str(outcome) or type(outcome).__name__
    dataset = xr.Dataset(
        {
            "accuracy": (
                ("y", "x", "replica", "trained_on", "tested_on"), accuracy,
                {"units": "1", "long_name": "fraction of right answers"},
            ),
            "reason": (("y", "x"), reason.astype(str)),
        },
        coords={"x": [str(v) for v in xs], "y": [str(v) for v in ys], "seed": ("replica", seeds)},
        attrs={
            "x_name": x_name, "y_name": y_name, "scenario": stream.scenario, "stream": stream.name,
            "held_out": str(base.held_out), "x_now": _now(network, base, x_name), "y_now": _now(network, base, y_name),
            "chance": float(np.mean([stream.chance(task) for task in range(stream.n_tasks)])),
            "axes": json.dumps({key: list(map(str, values)) for key, values in axes.items()}),
        },
    )  # fmt: skip
    content = dataset.to_netcdf(engine="h5netcdf")
    write_atomically(path / RESULTS, lambda file: file.write(content))
    write_text(path / "sensitivity.csv", _csv(dataset))
    return dataset


def _with_value(stream: StreamLike, network: Network, name: str, value: Any) -> tuple[Any, Network]:
    """Stream and network with one value of an axis."""
    if name.startswith("stream."):
        option = name.removeprefix("stream.")
        if option == "held_out":
            raise RunError("A map is tested on validation data, or with validation=False on what the stream holds out.")
        return stream.with_options(**{option: value}), network
    if name.endswith("*"):
        try:
            return stream, scaled(network, name[:-1].strip(), float(value))
        except ValueError as error:
            if type(error) is not ValueError:
                raise
            raise RunError(f"'{name}': a parameter is multiplied by numbers, not by '{value}'.") from None
    return stream, network.with_parameters(**{name: value})


def _now(network: Network, stream: StreamLike, name: str) -> str:
    """The value that network or stream have as they are, as an axis would write it; empty if there is none."""
    if name.endswith("*"):
        return "1"
    if name.startswith("stream."):
        return str(getattr(stream, name.removeprefix("stream.")))
    owner, _, parameter = name.rpartition(".")
    found = {
        p.synapse.all_parameters()[parameter].value
        for p in network.plastic_projections()
        if parameter in p.synapse.all_parameters() and owner in ("", p.name)
    }
    return f"{found.pop():g}" if len(found) == 1 else ""


def _csv(dataset: xr.Dataset) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([dataset.attrs["x_name"], dataset.attrs["y_name"], "average accuracy mean", "average accuracy sd",
                     "seeds", "failed"])  # fmt: skip
    for row, column in np.ndindex(dataset.sizes["y"], dataset.sizes["x"]):
        cell = dataset.isel(x=column, y=row)
        why = str(cell["reason"].values)
        if why:
            writer.writerow([cell["x"].item(), cell["y"].item(), "", "", 0, why])
            continue
        values = 100 * np.asarray(average_accuracy(cell["accuracy"].values))
        sd = values.std(ddof=1) if values.size > 1 else ""
        writer.writerow([cell["x"].item(), cell["y"].item(), values.mean(), sd, values.size, ""])
    return out.getvalue()
