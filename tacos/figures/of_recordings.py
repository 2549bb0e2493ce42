"""Figures of what one replica recorded: trajectories, potentials, histograms, phase plots, and receptive fields."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import xarray as xr

from tacos import plots
from tacos.errors import RunError
from tacos.figures.fields import receptive_fields, sees_an_image
from tacos.networks.populations import Population
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
            made |= _figures_of(recorded, owner, states, result, seeds.index(seed), _setting(result, of, seed, chosen))
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
    recorded: xr.Dataset, owner: str, states: tuple[str, ...], result: Result, replica: int, scenario: str
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
    dense = unit == "s" and len(time) - begin >= DENSE
    late = dense and (of == "neurons" or begin > len(time) / 2)  # more would be a block of colour
    part = slice(begin if late else 0, None)
    last = f"{scenario}, last {LAST} presentations" if late else scenario
    for state in states:
        values = recorded[state]
        if dense and of == "neurons":
            made[_name("potentials", owner, state)] = plots.potentials(
                time[part], values[part], state, units[state], indices=recorded["neuron"].values,
                spikes=_spikes(result, owner, replica), ends=length * np.arange(1, round(time[-1] / length) + 1),
                threshold=_threshold(result.folder.network().population(owner), state), scenario=last,
            )  # fmt: skip
            continue
        made[_name("trajectories", owner, state)] = plots.trajectories(
            time[part], values[part], state, units[state], () if late else ends, () if late else names,
            indices=recorded[of[:-1]].values,
            **options | {"scenario": last},
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


def _spikes(result: Result, owner: str, replica: int) -> dict[int, np.ndarray] | None:
    """``{neuron: times in seconds}`` at which its potential was reset, if they were recorded."""
    if not any(name == owner and states == ("spikes",) for name, states, _ in groups(result.folder)):
        return None
    recorded = result.trajectories(owner, "spikes")
    mine = recorded["replica_of_spike"].values == replica
    presentation, step, neuron = (recorded[name].values[mine] for name in ("presentation", "step", "neuron"))
    network = result.folder.network().lowered
    times = (presentation * network.steps + step + 1) * network.dt  # a state is recorded at the end of its step
    return {int(k): times[neuron == k] for k in np.unique(neuron)}


def _threshold(population: Population, state: str) -> float | None:
    """Value at which a neuron spikes, where its threshold compares the state with a constant."""
    found = re.match(r"(\w+)\s*>=?\s*([\w.]+)(\s+and\b|$)", population.threshold.strip())
    if found is None or found[1] != state:
        return None
    constants = {p.name: float(p.value) for p in population.parameters}
    try:
        return constants[found[2]] if found[2] in constants else float(found[2])
    except ValueError:  # it moves
        return None


def _setting(result: Result, owner: str, seed: int, chosen: str) -> str:
    parts = [str(result.dataset.attrs["stream"]), str(result.dataset.attrs["scenario"]), owner, f"seed {seed}"]
    return ", ".join(parts if chosen == "all" else [*parts, chosen])


def _name(*parts: str) -> str:
    return "_".join(parts).replace(" ", "_")
