"""What came out of a run, from its folder alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from tacos.shown import shown_as_printed
from tacos.measures import metrics
from tacos.runs.checkpoint import CHECKPOINT, check_state, load_checkpoint
from tacos.errors import RunError
from tacos.runs.folder import RunFolder
from tacos.runs.labels import RESULTS, labelled, tidy
from tacos.runs.seals import is_altered, write_sealed
from tacos.runs.storage import netcdf
from tasks import StreamLike

if TYPE_CHECKING:
    import pandas as pd

    from tacos.networks.initial import State

#: What ``results.nc`` has in any case.
_VARIABLES = {"accuracy", "accuracy_through", "silent", "rate", "ms_per_presentation", "learned", "seed", "task_name",
              "presentations_seen", "presentation", "population"}  # fmt: skip
_FACTS = {"scenario", "stream", "condition", "chance", "held_out"}


@shown_as_printed
@dataclass(frozen=True)
class Result:
    """A finished or unfinished run.

    Attributes
    ----------
    folder : RunFolder
    """

    folder: RunFolder

    @cached_property
    def dataset(self) -> xr.Dataset:
        """Accuracies, silent and tied fractions and firing rates, by replica, trained_on, tested_on and point.

        ``seed``, ``task_name`` and ``presentation`` select: ``dataset.sel(seed=0)``. Every variable has a ``long_name``, and
        every number ``units``.
        """
        found = stored_results(self.folder)
        return labelled(rebuilt_results(self.folder) if found is None else found, RESULTS)

    def to_dataframe(self) -> pd.DataFrame:
        """Accuracies as a pandas table: a row for each replica, task trained on and task tested on; fractions, not per cent.

        Columns ``condition``, ``replica``, ``seed``, ``trained_on`` and ``tested_on`` (counted from 0), ``task_name`` (the
        one tested), ``presentations_seen``, ``accuracy``, ``silent`` and ``tied``; NaN where a replica has not finished.
        """
        found = tidy(self.dataset)
        found.insert(0, "condition", self.label)
        return found

    @property
    def accuracy_matrix(self) -> np.ndarray:
        """Fractions of right answers, shape (replica, trained_on, tested_on)."""
        return self.dataset["accuracy"].values

    @property
    def label(self) -> str:
        """Name of the condition."""
        return str(self.dataset.attrs["condition"])

    @property
    def image_shape(self) -> tuple[int, int] | None:
        """Height and width of the images of the stream; None for runs that do not say."""
        shape = self.dataset.attrs.get("image_shape")
        return None if shape is None else (int(shape[0]), int(shape[1]))

    def finished(self) -> np.ndarray:
        """Which replicas have reached the end of the stream."""
        return np.isfinite(self.accuracy_matrix).all(axis=(1, 2))

    def summary(self) -> dict[str, Any]:
        """Metrics over the finished replicas: ``{name: {"mean", "sd", "n"}}``, see :mod:`tacos.measures.metrics`."""
        finished = self.finished()
        if not finished.any():
            raise RunError(
                f"No replica of '{self.folder.path}' has finished; go on with: {self.folder.how_to_resume()}"
            )
        found = metrics.summary(self.accuracy_matrix[finished])
        if not self.dataset.attrs.get("has_ends", True):
            undefined = found.pop("undefined", {})
            after = [name for name in (*found, *undefined) if name != "average_accuracy"]
            found = {"average_accuracy": found["average_accuracy"]}
            found["undefined"] = dict.fromkeys(after, "tasks of this stream do not end")
        return found

    def state(self, seed: int) -> State:
        """All states of a replica at its last checkpoint: ``{"input-hidden.w": array, ...}``."""
        if not (self.folder.replica(seed) / CHECKPOINT).exists():
            seeds = self.folder.declaration()["seeds"]
            raise RunError(f"'{self.folder.path}' has no checkpoint of seed {seed}; its seeds are {seeds}.")
        state = load_checkpoint(self.folder.replica(seed))[0]
        check_state(state, self.folder.network().lowered, self.folder.replica(seed))
        return state

    def trajectories(self, owner: str, state: str | None = None) -> xr.Dataset:
        """Recorded states of a projection or population, by replica, record and synapse or neuron, read lazily.

        ``presentation`` (counted from 0) selects records, ``seed`` replicas: ``trajectories("input-hidden").sel(presentation=7)``
        is the record at the end of the eighth presentation; of a recording by the step, all records of that presentation.
        ``time``, ``step``, ``pre`` and ``post`` are coordinates, too.

        ``state`` tells several recordings of one owner apart, such as ``"V"`` and ``"spikes"`` of ``"hidden"``.
        """
        from tacos.runs.trajectories import read_trajectories

        return read_trajectories(self.folder, owner, state)

    def to_json(self) -> str:
        """One JSON object; fractions from 0 to 1."""
        finished = self.finished()
        summary = self.summary()
        undefined = summary.pop("undefined", {})
        speed = self.dataset["ms_per_presentation"].values[finished]
        return json.dumps(
            {
                "scenario": self.dataset.attrs["scenario"],
                "stream": self.dataset.attrs["stream"],
                "condition": self.label,
                "held_out": self.dataset.attrs["held_out"],
                "status": self.folder.state(),
                "seeds": [int(seed) for seed in self.dataset["seed"].values[finished]],
                "accuracy_matrix": self.accuracy_matrix[finished].tolist(),
                **summary,
                "undefined": undefined,
                "ms_per_presentation": {
                    "mean": float(speed.mean()),
                    "sd": float(speed.std(ddof=1)) if len(speed) > 1 else None,
                    "n": len(speed),
                },
            },
            indent=1,
        )

    def __str__(self) -> str:
        from tacos.runs.tables import result_text

        return result_text(self)


def results_of(folder: RunFolder, declaration: dict[str, Any], stream: StreamLike) -> xr.Dataset:
    """What came out, from the checkpoints of all replicas; what is not known yet is NaN."""
    points = evaluation_points(stream, declaration["evaluate_every"])
    seeds, n_tasks = declaration["seeds"], stream.n_tasks
    through = np.full((len(seeds), len(points), n_tasks), np.nan)
    silent, tied = through.copy(), through.copy()
    speed, learned = np.full(len(seeds), np.nan), np.zeros(len(seeds), int)
    populations: list[str] = []
    rates: list[list[dict[str, float]]] = [[] for _ in seeds]
    for k, seed in enumerate(seeds):
        if (folder.replica(seed) / CHECKPOINT).exists():
            progress = load_checkpoint(folder.replica(seed))[1]
            for p, accuracy in enumerate(progress.accuracy):
                through[k, p], silent[k, p] = accuracy, progress.silent[p]
            # Earlier versions did not count ties: those that are known belong to the last evaluations.
            for p, ties in enumerate(progress.tied, len(progress.accuracy) - len(progress.tied)):
                tied[k, p] = ties
            rates[k], learned[k] = progress.rates, progress.position
            speed[k] = 1e3 * progress.seconds / progress.position if progress.position else np.nan
            populations = list(progress.rates[0]) if progress.rates else populations
    ends = [points.index(point) for point in stream.evaluation_points]
    rate = np.full((len(seeds), n_tasks, len(populations)), np.nan)
    for k, found in enumerate(rates):
        for t, p in enumerate(ends):
            if p < len(found):
                rate[k, t] = [found[p][name] for name in populations]
    return xr.Dataset(
        {
            "accuracy": (("replica", "trained_on", "tested_on"), through[:, ends]),
            "accuracy_through": (("replica", "point", "tested_on"), through),
            "silent": (("replica", "point", "tested_on"), silent),
            "tied": (("replica", "point", "tested_on"), tied),
            "rate": (("replica", "trained_on", "population"), rate),
            "ms_per_presentation": (("replica",), speed),
            "learned": (("replica",), learned),
        },
        coords={
            "seed": ("replica", seeds),
            "task_name": ("tested_on", list(stream.task_names)),
            "presentations_seen": ("trained_on", list(stream.evaluation_points)),
            "presentation": ("point", list(points)),
            "population": populations,
        },
        attrs={
            "scenario": stream.scenario,
            "stream": stream.name,
            "condition": declaration["label"],
            "chance": float(np.mean([stream.chance(task) for task in range(n_tasks)])),
            "held_out": str(stream.to_dict().get("held_out", "test")),
            "image_shape": list(stream.image_shape),
            "has_ends": int(stream.has_ends),
        },
    )


def save_results(folder: RunFolder, declaration: dict[str, Any], stream: StreamLike) -> None:
    """Write ``results.nc`` from the checkpoints."""
    write_results(folder, results_of(folder, declaration, stream))


def write_results(folder: RunFolder, found: xr.Dataset) -> None:
    """Write ``results.nc``."""
    content = netcdf(labelled(found, RESULTS))
    write_sealed(folder.results, content)


def stored_results(folder: RunFolder) -> xr.Dataset | None:
    """What ``results.nc`` says; None if it is not there, or not what was written."""
    declaration = folder.declaration()
    try:
        if is_altered(folder.results):
            return None
        with xr.open_dataset(folder.results, engine="h5netcdf") as stored:
            found = stored.load()
        whole = _VARIABLES <= set(found.variables) and _FACTS <= set(found.attrs)
        return found if whole and found["seed"].values.tolist() == declaration["seeds"] else None
    except (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError):
        return None


def rebuilt_results(folder: RunFolder) -> xr.Dataset:
    """The same from the checkpoints.

    Raises
    ------
    RunError
        If there is none yet, or the stream is the user's own.
    """
    declaration = folder.declaration()
    begun = any((folder.replica(seed) / CHECKPOINT).exists() for seed in declaration["seeds"])
    if begun and "digest" in declaration["stream"]:
        raise RunError(f"'{folder.results}' is missing or damaged; it is written anew by: {folder.how_to_resume()}")
    found = results_of(folder, declaration, folder.stream()) if begun else None
    if found is None or not found["accuracy_through"].notnull().any():
        status = folder.status()
        why = f": {str(status['reason']).rstrip('.')}" if status.get("reason") else ""
        raise RunError(
            f"'{folder.path}' has no results yet; its status is '{folder.state()}'{why}. It goes on with: "
            f"{folder.how_to_resume()}"
        )
    return found


def evaluation_points(stream: StreamLike, every: int) -> tuple[int, ...]:
    """After how many presentations to test: the end of each task, and every so many in between."""
    extra = range(every, stream.n_presentations, every) if every else ()
    return tuple(sorted({*stream.evaluation_points, *extra}))
