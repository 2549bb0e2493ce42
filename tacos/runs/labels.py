"""What every variable of a dataset is called in full, its unit, which are coordinates, and by which one can select.

Files are written with this and earlier ones are read with it, so that both give the same datasets.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd
import xarray as xr

#: ``{variable: (unit, long name)}``; a text has no unit.
Described = Mapping[str, tuple[str, str]]

#: Of ``results.nc``, ``ablation.nc`` and ``sweep.nc``.
RESULTS: Described = MappingProxyType({
    "accuracy": ("1", "fraction of right answers"),
    "accuracy_through": ("1", "fraction of right answers"),
    "silent": ("1", "fraction without an answer"),
    "tied": ("1", "fraction answered by the lowest of several outputs with equally many spikes"),
    "rate": ("Hz", "mean firing rate at test"),
    "ms_per_presentation": ("ms", "time to learn a presentation"),
    "learned": ("1", "presentations learned"),
    "seed": ("1", "seed of the replica"),
    "task_name": ("", "task that is tested"),
    "presentations_seen": ("1", "presentations learned at the end of the task"),
    "presentation": ("1", "presentations learned before the test"),
    "population": ("", "population"),
    "condition": ("", "condition"),
    "projection": ("", "projection or population with the learning rate"),
    "factor": ("1", "factor on the learning rate as given"),
    "learning_rate": ("1", "learning rate chosen"),
    "reason": ("", "why it failed; empty if it did not"),
    "state": ("", "how far it is: done, failed, stopped, running, declared"),
    "grid_accuracy": ("1", "fraction of right answers on the data that the grid was tested on"),
    "grid_silent": ("1", "fraction without an answer at the end"),
    "grid_condition": ("", "condition of the trial"),
    "grid_parameter": ("", "parameter that the trial changed"),
    "grid_factor": ("1", "factor on that parameter"),
    "grid_reason": ("", "why the trial failed; empty if it did not"),
    "grid_seed": ("1", "seed of the trial's replica"),
})  # fmt: skip
#: Of a group of ``trajectories.nc``, besides the states themselves.
RECORDS: Described = MappingProxyType({
    "seed": ("1", "seed of the replica"),
    "time": ("s", "time in the stream"),
    "presentation": ("1", "presentation in the stream, counted from 0"),
    "step": ("1", "step of the presentation, counted from 0"),
    "synapse": ("1", "synapse of the projection, counted from 0"),
    "neuron": ("1", "neuron of the population, counted from 0"),
    "pre": ("1", "presynaptic neuron"),
    "post": ("1", "postsynaptic neuron"),
    "statistic": ("", "statistic over the synapses or neurons"),
    "replica_of_spike": ("1", "replica, counted from 0"),
})  # fmt: skip
COORDINATES = {"seed", "time", "presentation", "step", "pre", "post"}
#: Few, since xarray leaves indexed coordinates out of its `to_dataframe`.
_SELECTED_BY = ("seed", "task_name", "presentation")


def attributes(name: str, described: Described) -> dict[str, str]:
    """Unit and long name of a variable; none of one that is not described."""
    unit, meaning = described.get(name, ("", ""))
    return {key: text for key, text in (("units", unit), ("long_name", meaning)) if text}


def labelled(data: xr.Dataset, described: Described) -> xr.Dataset:
    """The same with units and long names, with the coordinates that it has, and these ready for ``data.sel``."""
    data = data.set_coords([name for name in data.data_vars if name in COORDINATES])
    for name in data.variables:
        data[name].attrs = attributes(str(name), described) | data[name].attrs
    for name in _SELECTED_BY:
        if name in data.coords and data[name].ndim == 1 and name not in data.xindexes:
            data = data.set_xindex(name)
    return data


def tidy(data: xr.Dataset) -> pd.DataFrame:
    """Accuracies as a table: a row for each replica, task trained on and task tested on, and what else has these.

    Parameters
    ----------
    data : Dataset
        With ``accuracy(..., replica, trained_on, tested_on)``; fractions, as there.
    """
    data = data.drop_indexes([name for name in _SELECTED_BY if name in data.xindexes])
    columns = {"accuracy": data["accuracy"]}
    if "presentations_seen" in data:  # of the tests, those at the ends of tasks
        points = data["presentation"].values.tolist()
        ends = xr.DataArray([points.index(seen) for seen in data["presentations_seen"].values], dims="trained_on")
        columns |= {name: data[name].drop_vars("presentation").isel(point=ends) for name in ("silent", "tied") if name in data}
    order = [str(name) for name in data["accuracy"].dims]
    table = xr.Dataset(columns).to_dataframe(dim_order=order).reset_index()
    known = (*order, "seed", "task_name", "presentations_seen")
    first = [name for name in known if name in table]
    return table[[*first, *(name for name in table if name not in (*known, *columns)), *columns]]
