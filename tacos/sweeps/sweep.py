"""A sweep: declared cell by cell in a folder, each a run; run here or elsewhere, and read as one labelled array."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tomli_w
import xarray as xr

from tacos.errors import OtherRun, RunError, interruptible
from tacos.folders import OF_SWEEP, job
from tacos.measures.paired import aligned, mean_cell, mean_sd
from tacos.networks.network import Network
from tacos.recordings.recording import Recordable
from tacos.runs.asked import folder
from tacos.runs.declaring import declare
from tacos.runs.engine import run_job, run_jobs
from tacos.runs.folder import FORMAT, RunFolder, differences, folder_name
from tacos.runs.labels import RESULTS, labelled, tidy
from tacos.runs.result import Result
from tacos.runs.running import Running, how
from tacos.runs.seeds import listed
from tacos.runs.storage import netcdf, read_toml, write_atomically, write_text
from tacos.shown import shown_as_printed
from tacos.sweeps.axes import Between, Builder, cells, changed, written
from tasks import StreamLike, is_stream

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

DECLARATION, STORED = OF_SWEEP, "sweep.nc"


def sweep(
    network: Builder,
    stream: StreamLike,
    axes: Mapping[str, Any],
    seeds: int | Iterable[int] = 1,
    *,
    draws: int | None = None,
    draw_seed: int = 0,
    out: str | Path | None = None,
    validation: bool = True,
    record: Recordable = None,
    evaluate_every: int | None = None,
    run: bool = True,
    running: Running | None = None,
    **options: Any,
) -> Sweep:
    """Run a network over any number of quantities; nothing is chosen.

    Parameters
    ----------
    network : Network or callable
        A network, or what makes one of a stream, such as :func:`tacos.error_driven`, whose arguments can be axes.
    stream : Stream
    axes : dict
        ``{"dm": [0.1, 0.2]}``: values by name. ``"dm"`` or ``"input-hidden.dm"`` sets a parameter (texts carry units),
        ``"dm*"`` multiplies it, ``"stream.samples"`` sets an option of the stream, ``"hidden"`` an argument of the
        callable. With `draws`, an axis may be :class:`Between` two bounds.
    seeds : int or iterable of int
        The same in every cell. More of them can be asked for later: what has finished is not run again.
    draws, draw_seed : int, optional
        How many cells to draw at random, and the seed of it; all combinations if not given.
    out : path, optional
        Folder, ``runs/sweep-<stream>`` if not given; what has finished there is not run again.
    validation : bool
        Whether to test on validation data; otherwise on what the stream holds out.
    record, evaluate_every : optional
        As for :func:`tacos.run`, in every cell.
    run : bool
        Whether to run it now, or declare it for an array job (:func:`run_cell`).
    running, **options : optional
        How to run, as for :func:`tacos.run`; ``scheduler="tcp://host:8786"`` sends cells to the workers of Dask.

    Returns
    -------
    Sweep

    Raises
    ------
    RunError
        If a cell cannot be run as asked; nothing is run then. Cells that fail when they run are part of what comes out.
    """
    if not ((isinstance(network, Network) or callable(network)) and is_stream(stream)):
        given = f"{type(network).__name__} and {type(stream).__name__}"
        raise RunError(f"A sweep takes a network, or what makes one, a stream and axes, in this order; not {given}.")
    running, numbers = how(running, options), listed(seeds)
    base = stream.with_options(held_out="validation") if validation else stream
    found = cells(axes, draws, draw_seed)
    made = [changed(network, base, values) for values in found]
    for values, (_, shown) in zip(found, made, strict=True):
        if shown.n_tasks != stream.n_tasks:
            raise RunError(
                f"'{written(values)}' gives {shown.n_tasks} tasks, not {stream.n_tasks}; a sweep keeps their number."
            )
    path = folder(out, Path("runs") / f"sweep-{stream.name}")
    plan: dict[str, Any] = {
        "format": FORMAT,
        "axes": {name: _plain(given) for name, given in axes.items()},
        **({} if draws is None else {"draws": draws, "draw_seed": draw_seed}),
        "held_out": str(base.held_out),
        "stream": {
            "name": base.name,
            "scenario": base.scenario,
            "n_tasks": base.n_tasks,
            "chance": float(np.mean([base.chance(task) for task in range(base.n_tasks)])),
        },
        "cells": [{"folder": _folder(k, values), "values": values} for k, values in enumerate(found)],
    }
    with RunFolder(path).lock():
        _declare(path, plan)
        jobs = {
            str(cell["folder"]): declare(
                one, shown, numbers, running, path / "cells" / str(cell["folder"]), record, evaluate_every,
                written(cell["values"]),
            )
            for cell, (one, shown) in zip(plan["cells"], made, strict=True)
        }  # fmt: skip
        if run:
            with interruptible("the same call into the same folder goes on where it was."):
                run_jobs(jobs, running)
            Sweep(path).save()
    return Sweep(path)


def run_cell(path: str | Path, number: int, running: Running | None = None, stream: StreamLike | None = None) -> Result:
    """Run one cell of a declared sweep, from its folder alone; the first is number 1.

    `stream` is that of the cell, needed only for data of the user's own.
    """
    found = Sweep(Path(path)).cells
    if not 1 <= number <= len(found):
        raise RunError(f"'{path}' has cells 1 to {len(found)}, none of number {number}.")
    return run_job(job(Path(path) / "cells" / found[number - 1]["folder"], stream), running or Running())


def go_on(path: str | Path, running: Running | None = None) -> Sweep:
    """Run what is not done yet of a declared sweep; of data of the user's own, the call that declared it goes on."""
    found = Sweep(Path(path))
    jobs = {cell["folder"]: job(Path(path) / "cells" / cell["folder"]) for cell in found.cells}
    with RunFolder(Path(path)).lock(), interruptible("the same command goes on where it was."):
        run_jobs(jobs, running or Running())
        found.save()
    return found


@shown_as_printed
@dataclass(frozen=True)
class Sweep:
    """What a sweep's folder holds, finished or not.

    ``sweep.toml`` says what is varied, ``cells`` holds the runs, ``sweep.nc`` and ``sweep.csv`` what came out.

    Attributes
    ----------
    path : Path
    """

    path: Path

    @cached_property
    def declaration(self) -> dict[str, Any]:
        """What was asked for."""
        return read_toml(
            self.path / DECLARATION, lambda: f"'{self.path}' is not the folder of a sweep: it has no {DECLARATION}."
        )

    @property
    def cells(self) -> list[dict[str, Any]]:
        """``folder`` and ``values`` of each cell."""
        return list(self.declaration["cells"])

    def run(self, **values: Any) -> Result:
        """The run of a cell: ``sweep.run(dm=0.1)``, or ``sweep.run(**{"stream.samples": 9})``."""
        fitting = [c for c in self.cells if all(c["values"].get(name) == value for name, value in values.items())]
        if len(fitting) != 1:
            raise RunError(f"{len(fitting)} cells of '{self.path}' have {written(values)}; name one.")
        return Result(RunFolder(self.path / "cells" / fitting[0]["folder"]))

    @property
    def dataset(self) -> xr.Dataset:
        """Accuracies of all cells: one dimension an axis, or ``cell`` where they were drawn.

        Returns
        -------
        Dataset
            ``accuracy(..., replica, trained_on, tested_on)`` as fractions, NaN where a cell or a seed has not finished;
            ``state(...)`` of each cell, and ``reason(...)`` where it failed.
        """
        runs = [RunFolder(self.path / "cells" / cell["folder"]) for cell in self.cells]
        facts = self.declaration["stream"]
        # A call that was killed while it added seeds has done so in some cells only.
        seeds = sorted({seed for one in runs for seed in _seeds(one)})
        shape = (len(seeds), facts["n_tasks"], facts["n_tasks"])
        status = [one.status() for one in runs]
        found = [_accuracy(one, seeds, shape) for one in runs]
        drawn = "draws" in self.declaration
        axes = {} if drawn else self.declaration["axes"]
        over = ("cell",) if drawn else tuple(axes)
        sizes = (len(runs),) if drawn else tuple(map(len, axes.values()))
        values = {name: [cell["values"][name] for cell in self.cells] for name in self.declaration["axes"]}
        coordinates = {
            name: ("cell" if drawn else name, *_labels(name, values[name] if drawn else axes[name])) for name in values
        }
        names = ("replica", "trained_on", "tested_on")
        data = xr.Dataset(
            {
                "accuracy": ((*over, *names), np.array(found).reshape(*sizes, *shape)),
                "state": (over, np.array([one.state() for one in runs]).reshape(sizes)),
                "reason": (over, np.array([str(one.get("reason", "")) for one in status]).reshape(sizes)),
            },
            {**coordinates, "seed": ("replica", seeds)},
            {
                "stream": facts["name"], "scenario": facts["scenario"], "chance": facts["chance"],
                "held_out": self.declaration["held_out"],
            },
        )  # fmt: skip
        return labelled(data, RESULTS)

    def to_dataframe(self) -> pd.DataFrame:
        """Accuracies as of :meth:`tacos.Result.to_dataframe`, of all cells, with a column for each axis."""
        return tidy(self.dataset)

    def save(self) -> None:
        """Write what came out as ``sweep.nc`` and ``sweep.csv``."""
        data = self.dataset
        content = netcdf(data)
        write_atomically(self.path / STORED, lambda file: file.write(content))
        write_text(self.path / "sweep.csv", self._csv(data))

    def rows(self, data: xr.Dataset | None = None) -> list[tuple[dict[str, Any], np.ndarray, str]]:
        """Values, final average accuracy by finished seed (fractions), and the state of each cell.

        `data` is :attr:`dataset`, where it has been read already.
        """
        data = self.dataset if data is None else data
        accuracy = data["accuracy"].values.reshape(-1, *data["accuracy"].shape[-3:])[:, :, -1].mean(-1)
        ends = zip(data["state"].values.flat, data["reason"].values.flat, strict=True)
        states = [f"{state}: {reason}" if reason else str(state) for state, reason in ends]
        return [
            (cell["values"], mine[np.isfinite(mine)], state)
            for cell, mine, state in zip(self.cells, accuracy, states, strict=True)
        ]

    def figure(self) -> Figure:
        """Final average accuracy over each axis."""
        from tacos.plots.sweep import sweep_figure

        return sweep_figure(self.dataset, list(self.declaration["axes"]))

    def _csv(self, data: xr.Dataset) -> str:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        names = list(self.declaration["axes"])
        writer.writerow([*names, "average accuracy mean", "average accuracy sd", "seeds", "state"])
        for values, mine, state in self.rows(data):
            mean = 100 * mine.mean() if mine.size else ""
            sd = 100 * mine.std(ddof=1) if mine.size > 1 else ""
            writer.writerow([*(values[name] for name in names), mean, sd, mine.size, state])
        return out.getvalue()

    def __str__(self) -> str:
        found, names = self.rows(), list(self.declaration["axes"])
        done = sum(state == "done" for _, _, state in found)
        facts = self.declaration["stream"]
        lines: list[list[str]] = [[*names, "accuracy (%)", "seeds", "state"]]
        best = sorted(found, key=lambda row: -row[1].mean() if row[1].size else np.inf)
        for values, mine, state in best:
            lines.append([*(_short(values[name]) for name in names), mean_cell(*mean_sd(mine)), str(mine.size), state])
        title = f"{facts['name']}, {facts['scenario']}, {self.declaration['held_out']} data; the best first"
        return "\n".join([title, f"{done} of {len(found)} cells are done", *aligned(lines)])


def load_sweep(path: str | Path) -> Sweep:
    """The sweep in a folder."""
    found = Sweep(Path(path))
    _ = found.declaration
    return found


def _declare(path: Path, plan: dict[str, Any]) -> None:
    """Write what is asked for, or see that the same was asked before."""
    plan = json.loads(json.dumps(plan))
    if (path / DECLARATION).exists():
        known = Sweep(path).declaration
        if known != plan:
            different = ", ".join(differences(known, plan))
            raise OtherRun(f"'{path}' already holds a different sweep (another {different}); choose another --out.")
        return
    write_text(path / DECLARATION, tomli_w.dumps(plan))


def _seeds(run: RunFolder) -> list[int]:
    return list(run.declaration()["seeds"]) if (run.path / "run.toml").exists() else []


def _accuracy(run: RunFolder, seeds: list[int], shape: tuple[int, ...]) -> np.ndarray:
    """Accuracies [seed, trained_on, tested_on]; NaN where nothing has run yet."""
    accuracy = np.full(shape, np.nan)
    try:
        data = Result(run).dataset
    except RunError:
        return accuracy
    accuracy[[seeds.index(int(seed)) for seed in data["seed"].values]] = data["accuracy"].values
    return accuracy


def _folder(number: int, values: Mapping[str, Any]) -> str:
    return f"{number + 1:04d}-{folder_name(written(values))[:80]}"


def _plain(given: Any) -> Any:
    if isinstance(given, Between):
        return {"low": given.low, "high": given.high, "log": given.log}
    return [v.item() if isinstance(v, np.generic) else v for v in given]


def _labels(name: str, values: Iterable[Any]) -> tuple[list[Any], dict[str, str]]:
    """Values of an axis as a coordinate, and its attributes: numbers stay numbers, where all are."""
    found = list(values)
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in found):
        return list(map(str, found)), {"long_name": name}
    bare = name.endswith("*") or name.startswith("stream.")
    return found, {"long_name": name, "units": "1" if bare else "base unit"}


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
