"""Choosing synapses (or neurons) of a recording when it is read: by what became of them, or by where they are.

Each function takes the dataset of one replica, as ``result.trajectories("input-hidden").isel(replica=0)``, and returns
the same dataset with fewer synapses. Choosing by the outcome shows what can happen, not what is typical.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from synapses import DeclarationError
from tacos.errors import RunError
from tacos.recordings import rules


def select(data: xr.Dataset, rule: str, image: tuple[int, int] | None = None) -> xr.Dataset:
    """What a rule chooses.

    Parameters
    ----------
    data : xarray.Dataset
        Of one replica.
    rule : str
        ``all``, ``random(50)``, ``changed(50)`` (of the first state recorded), ``where(m > 1)`` (at the last record),
        ``between([10:18, 8:20], [0:5])``, or indices of synapses in their projection, such as ``3,17``.
    image : (height, width), optional
        Of the images, for rows and columns.

    Raises
    ------
    RunError
        If the rule cannot be read, or chooses nothing.
    """
    try:
        name, arguments = rules.parsed(rule)
        if name == "random":
            return at_random(data, *arguments)
        if name == "changed":
            if arguments[1]:
                raise RunError(f"'{rule}' names another run; of this recording changed({arguments[0]}) is enough.")
            return most_changed(data, _states(data)[0], arguments[0])
        if name == "where":
            state, sign, value = arguments
            return where(data, state, above=value) if sign == ">" else where(data, state, below=value)
        if name == "between":
            return _between(data, rule, image)
    except DeclarationError as error:
        raise RunError(f"Choosing synapses: {error}") from None
    if name == rules.ALL:
        return data
    recorded = data[_dimension(data)].values
    if missing := sorted(set(map(int, arguments)) - set(map(int, recorded))):
        numbers = ", ".join(map(str, missing[:5])) + (" ..." if len(missing) > 5 else "")
        raise RunError(f"'{rule}' names {_dimension(data)}s that were not recorded: {numbers}.")
    return _kept(data, np.isin(recorded, arguments), rule)


def at_random(data: xr.Dataset, count: int) -> xr.Dataset:
    """Some of them, the same at every call; all if there are no more."""
    dimension = _dimension(data)
    return data.isel({dimension: rules.at_random(data.sizes[dimension], count)})


def most_changed(data: xr.Dataset, state: str, count: int) -> xr.Dataset:
    """Those whose state differs most, in magnitude, between the first record and the last."""
    values = _of_one_replica(data, state)
    change = np.abs(values.isel(record=-1).values.astype(float) - values.isel(record=0).values)
    return data.isel({_dimension(data): rules.largest(change, count)})


def where(data: xr.Dataset, state: str, *, above: float = -np.inf, below: float = np.inf) -> xr.Dataset:
    """Those whose state lies strictly between two values at the last record; with `above` alone: consolidated ones."""
    last = _of_one_replica(data, state).isel(record=-1).values
    bounds = [f"{state} {sign} {value:g}" for sign, value in ((">", above), ("<", below)) if np.isfinite(value)]
    return _kept(data, (last > above) & (last < below), f"where({' and '.join(bounds)})")


def between(
    data: xr.Dataset,
    pixels: rules.Members | tuple[rules.Members, rules.Members],
    neurons: rules.Members,
    image: tuple[int, int] | None = None,
) -> xr.Dataset:
    """Those between some pixels (a pair: rows and columns of an image of this height and width) and some neurons."""
    return _between(data, rules.between(pixels, neurons), image)


def _between(data: xr.Dataset, rule: str, image: tuple[int, int] | None) -> xr.Dataset:
    if "pre" not in data:
        raise RunError(f"'{rule}' chooses synapses; these are neurons.")
    sizes = [int(data.attrs.get(f"n_{end}", data[end].max() + 1)) for end in ("pre", "post")]
    found = rules.is_between(data["pre"].values, data["post"].values, rule, sizes[0], sizes[1], image)
    return _kept(data, found, rule)


def _kept(data: xr.Dataset, keep: np.ndarray, rule: str) -> xr.Dataset:
    if not keep.any():
        raise RunError(f"None of the {keep.size} recorded {_dimension(data)}s is chosen by '{rule}'.")
    return data.isel({_dimension(data): np.flatnonzero(keep)})


def _dimension(data: xr.Dataset) -> str:
    if "statistic" in data.dims:
        raise RunError(
            "This was reduced to statistics when it was recorded; there are no synapses left to choose from."
        )
    return "synapse" if "synapse" in data.dims else "neuron"


def _states(data: xr.Dataset) -> list[str]:
    return [str(name) for name, values in data.data_vars.items() if "record" in values.dims]


def _of_one_replica(data: xr.Dataset, state: str) -> xr.DataArray:
    if state not in _states(data):
        raise RunError(f"'{state}' was not recorded here; there are {', '.join(_states(data))}.")
    values = data[state]
    if values.sizes.get("replica", 1) > 1:
        raise RunError("Choose a replica first, as data.isel(replica=0): each has its own outcome.")
    values = values.isel(replica=0) if "replica" in values.dims else values
    if not values.sizes["record"]:
        raise RunError(f"'{state}' has no record: the interval is longer than the stream.")
    return values
