"""What the figures read from the results of a run, with errors that say what is missing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Array = NDArray[np.float64]


def by_label(results: xr.Dataset | Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """One run or several as {label: run}, all of one scenario."""
    if isinstance(results, xr.Dataset):
        runs = {str(results.attrs.get("condition", "")): results}
    else:
        runs = dict(results)
    if not runs:
        raise ValueError("There is nothing to draw: no results were given.")
    scenarios = {label: scenario(run) for label, run in runs.items()}
    if len(set(scenarios.values())) > 1:
        found = ", ".join(f"'{label}' is {name}" for label, name in scenarios.items())
        raise ValueError(f"Accuracies of different scenarios cannot be compared in one figure: {found}.")
    return runs


def scenario(run: xr.Dataset) -> str:
    """Name of the scenario, which every figure must print."""
    if not run.attrs.get("scenario"):
        raise ValueError(
            "These results do not say their scenario; set results.attrs['scenario'], for instance to "
            "'domain-incremental'."
        )
    return str(run.attrs["scenario"])


def setting(runs: Mapping[str, xr.Dataset]) -> str:
    """Stream, scenario and number of replicas, for the title."""
    streams = {str(run.attrs.get("stream", "")) for run in runs.values()}
    replicas = sorted({run.sizes["replica"] for run in runs.values()})
    count = str(replicas[0]) if len(replicas) == 1 else f"{replicas[0]} to {replicas[-1]}"
    names = [streams.pop() if len(streams) == 1 else "", scenario(next(iter(runs.values())))]
    return f"{', '.join(name for name in names if name)} (n = {count})"


def variable(run: xr.Dataset, name: str, *dims: str) -> Array:
    """Values of a variable with its axes in this order."""
    if name not in run.variables:
        raise ValueError(f"These results hold no '{name}'; they hold {', '.join(map(str, run.data_vars))}.")
    array = run[name]
    if set(array.dims) != set(dims):
        raise ValueError(f"'{name}' must have the axes {dims}; it has {array.dims}.")
    if 0 in array.shape:
        raise ValueError(f"There is nothing to draw: '{name}' has shape {array.shape} along {array.dims}.")
    return np.asarray(array.transpose(*dims).values, dtype=np.float64)


def percent(run: xr.Dataset, name: str, *dims: str) -> Array:
    """Accuracies in percent, refused where they are no fractions."""
    fractions = variable(run, name, *dims)
    outside = fractions[(fractions < 0) | (fractions > 1)]
    if outside.size:
        raise ValueError(f"'{name}' must hold fractions between 0 and 1; found {outside[0]:g}.")
    return 100 * fractions


def mean_sd(values: Array) -> tuple[Array, Array | None]:
    """Mean and sample standard deviation over the leading axis; None where there is one replica only.

    An entry that a replica lacks (NaN) stays NaN: a mean of fewer replicas would pass for one of all.
    """
    return values.mean(axis=0), values.std(axis=0, ddof=1) if len(values) > 1 else None


def task_names(run: xr.Dataset) -> list[str]:
    """Names of the tasks, or their numbers where they have none."""
    if "task_name" in run.variables:
        return [str(name) for name in run["task_name"].values]
    return [str(k) for k in range(run.sizes["tested_on"])]


def boundaries(run: xr.Dataset) -> Array:
    """Presentations seen at the end of each task but the last; none where tasks are mixed throughout the stream."""
    ends = variable(run, "presentations_seen", "trained_on")
    return ends[:-1] if run.attrs.get("has_ends", True) else ends[:0]


def chance(runs: Mapping[str, xr.Dataset]) -> float | None:
    """Chance level in percent, where it is known and the same for all runs."""
    levels = {float(run.attrs.get("chance", np.nan)) for run in runs.values()}
    level = levels.pop()
    return None if levels or np.isnan(level) else 100 * level
