"""Figures of what a run recorded, of one replica: trajectories, histograms, phase plots and receptive fields."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from tacos import plots
from tacos.errors import RunError
from tacos.figures.fields import receptive_fields, sees_an_image
from tacos.recordings.selecting import select
from tacos.runs.result import Result
from tacos.runs.trajectories import groups, reading

#: Fewer synapses than these are drawn one by one anyway; a histogram of them says nothing.
ENOUGH = 20
#: Presentations of a long recording by the step that are drawn as a trajectory, if they have so many records.
LAST, DENSE = 3, 60


def trajectory_figures(
    result: Result, *, seed: int | None = None, synapses: str = "all", neurons: str = "changed(6)"
) -> dict[str, Any]:
    """Matplotlib figures of recorded states and of receptive fields, by name.

    Parameters
    ----------
    result : Result
    seed : int, optional
        Of the replica that is drawn; the first one that finished if not given. Titles say which.
    synapses : str
        A rule of :func:`tacos.recordings.selecting.select`, applied to every recording of synapses.
    neurons : str
        Whose receptive fields, see :func:`tacos.figures.fields.receptive_fields`.
    """
    seeds = [int(value) for value in result.dataset["seed"].values]
    seed = seeds[int(result.finished().argmax())] if seed is None else seed
    if seed not in seeds:
        raise RunError(f"'{result.folder.path}' has no seed {seed}; its seeds are {', '.join(map(str, seeds))}.")
    made: dict[str, Any] = {}
    drawn, unfit = 0, []
    for owner, states, _ in groups(result.folder):
        if states == ("spikes",):
            continue
        recorded = result.trajectories(owner, states[0])
        if not recorded.sizes["record"] or "statistic" in recorded.dims:
            continue
        recorded = recorded.isel(replica=seeds.index(seed))
        chosen = synapses if "synapse" in recorded.dims else "all"
        try:
            with reading(result.folder, OSError):
                recorded = select(recorded, chosen, result.image_shape)
        except RunError as error:  # a rule may fit the pixels or states of one projection only
            unfit.append(error)
            continue
        drawn += "synapse" in recorded.dims
        which = str(recorded.attrs.get("which", "all"))  # the rule by which it was recorded
        of = owner if which == "all" else f"{owner}: {which}"
        with reading(result.folder, OSError):
            made |= _figures_of(recorded, owner, states, result, _setting(result, of, seed, chosen))
    if unfit and not drawn:
        raise unfit[0]
    return made | receptive_field_figures(result, seed, neurons)


def receptive_field_figures(result: Result, seed: int, neurons: str = "changed(6)") -> dict[str, Any]:
    """Receptive fields of every plastic projection that comes from images: its weights, and the state beside them."""
    made = {}
    network = result.folder.network()
    for projection in network.plastic_projections():
        if sees_an_image(network.lowered.projection(projection.name), network.lowered, result.image_shape):
            states = projection.synapse.lowered.states
            floating = [name for name, state in states.items() if state.unit not in ("integer", "boolean")]
            wanted = [name for name in ("w", "m") if name in floating] or floating[:2]
            fields = receptive_fields(result, projection.name, tuple(wanted), seed=seed, neurons=neurons)
            made[_name("receptive_fields", projection.name)] = plots.receptive_fields(
                fields.fields, fields.units, [int(k) for k in fields.neurons],
                scenario=_setting(result, projection.name, seed, f"neurons {neurons}"),
            )  # fmt: skip
    return made


def _figures_of(
    recorded: xr.Dataset, owner: str, states: tuple[str, ...], result: Result, scenario: str
) -> dict[str, Any]:
    """Each state through time, and the first one against the others."""
    time, length, unit = recorded["time"].values, 1.0, "presentations"
    if recorded.attrs["unit"] == "step":
        network = result.folder.network().lowered
        length, unit = network.steps * network.dt, "s"
    ends, names = [], []
    if result.dataset.attrs["has_ends"]:
        ends = [length * int(n) for n in result.dataset["presentations_seen"].values]
        names = [str(name) for name in result.dataset["task_name"].values]
    of = "synapses" if "synapse" in recorded.dims else "neurons"
    options: dict[str, Any] = {"time_unit": unit, "of": of, "scenario": scenario}
    made = {}
    units = {state: str(recorded[state].attrs.get("units", "1")) for state in states}
    begin = int(np.searchsorted(time, time[-1] - LAST * length, side="right"))
    late = unit == "s" and begin > len(time) / 2 and len(time) - begin >= DENSE  # more would be a block of colour
    part = slice(begin if late else 0, None)
    for state in states:
        values = recorded[state]
        made[_name("trajectories", owner, state)] = plots.trajectories(
            time[part], values[part], state, units[state], () if late else ends, () if late else names,
            indices=recorded[of[:-1]].values,
            **options | {"scenario": f"{scenario}, last {LAST} presentations" if late else scenario},
        )  # fmt: skip
        if values.shape[1] >= ENOUGH:
            made[_name("histogram", owner, state)] = plots.histogram_through_time(
                time, values, state, units[state], ends, names, **options
            )
    first, *others = states
    for other in others:
        made[_name("phase", owner, first, other)] = plots.phase_plot(
            time, recorded[other], recorded[first], (other, first), (units[other], units[first]), ends, **options
        )
    return made


def _setting(result: Result, owner: str, seed: int, chosen: str) -> str:
    parts = [str(result.dataset.attrs["stream"]), str(result.dataset.attrs["scenario"]), owner, f"seed {seed}"]
    return ", ".join(parts if chosen == "all" else [*parts, chosen])


def _name(*parts: str) -> str:
    return "_".join(parts).replace(" ", "_")
