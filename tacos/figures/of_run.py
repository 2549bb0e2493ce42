"""All figures of a run, from its folder alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from tacos import plots
from tacos.figures.of_recordings import receptive_field_figures, trajectory_figures
from tacos.networks.gates import gate_variables, gated_learning_rate
from tacos.networks.network import Network
from tacos.runs.result import Result
from tacos.runs.trajectories import groups


def figures(result: Result) -> dict[str, Any]:
    """Matplotlib figures of a run by name; which there are depends on what was recorded."""
    complete = result.finished()
    data = result.dataset.isel(replica=complete if complete.any() else slice(None))
    setting = f"{data.attrs['stream']}, {data.attrs['scenario']}"
    made = {
        "accuracy_matrix": plots.accuracy_matrix(data),
        "accuracy_through_stream": plots.accuracy_through_stream(data),
    }
    declaration = result.folder.declaration()
    if "baseline" in declaration:  # it has no synapses of ours
        return made
    network = result.folder.network()
    finished = [int(seed) for seed in data["seed"].values] if complete.any() else []
    if finished:
        made |= _synapse_figures(result.state(finished[0]), network, f"{setting}, seed {finished[0]}")
        if not result.folder.trajectories.exists():
            made |= receptive_field_figures(result, finished[0])
    if result.folder.trajectories.exists():
        made |= trajectory_figures(result) | _spike_figures(result, network, setting)
    return made


def _synapse_figures(state: dict[str, np.ndarray], network: Network, scenario: str) -> dict[str, Any]:
    """Distributions of the states of plastic synapses and of their effective learning rate at the end."""
    made = {}
    states: dict[str, dict[str, np.ndarray]] = {}
    units: dict[str, str] = {}
    rates, etas = {}, {}
    for projection in network.plastic_projections():
        lowered = projection.synapse.lowered
        for name, declared in lowered.states.items():
            if declared.unit not in ("integer", "boolean"):
                states.setdefault(name, {})[projection.name] = state[f"{projection.name}.{name}"]
                units[name] = declared.unit
        gated = effective_learning_rate(projection.name, network, state)
        eta = projection.synapse.all_parameters().get("eta")
        if gated is not None and eta and eta.value > 0:
            rates[projection.name], etas[projection.name] = gated, eta.value
    for name, values in states.items():
        made[f"distribution_{name}"] = plots.state_distribution(
            values, name, units[name], log_share=True, scenario=scenario
        )
    if rates:
        made["effective_learning_rate"] = plots.effective_learning_rate(rates, maximum=etas, scenario=scenario)
    return made


def effective_learning_rate(projection: str, network: Network, state: dict[str, np.ndarray]) -> np.ndarray | None:
    """Learning rate times all gates of each synapse of a projection; None for models without ``eta``.

    Parameters
    ----------
    projection : str
    network : Network
    state : dict
        All states, as in :meth:`tacos.runs.result.Result.state`.

    Returns
    -------
    array of shape (n_synapses,) or None
    """
    synapse = network.projection(projection).synapse
    states, modulators = gate_variables(synapse)
    values = {name: state[f"{projection}.{name}"] for name in states}
    values |= {name: state[f"{name}.{name}"] for name in modulators}
    gated = gated_learning_rate(synapse, values)
    if gated is None:
        return None
    size = len(next(v for key, v in state.items() if key.startswith(f"{projection}.")))
    return np.broadcast_to(np.asarray(gated, dtype=float), (size,))


def _spike_figures(result: Result, network: Network, setting: str) -> dict[str, Any]:
    """Raster of the last presentation, its answer marked, and firing rates, where spikes were recorded.

    Of the first replica.
    """
    owners = [owner for owner, states, _ in groups(result.folder) if states == ("spikes",)]
    if not owners:
        return {}
    shown = int(result.dataset["learned"].values[0])
    length = network.duration + network.blank
    sizes = {owner: network.population(owner).size for owner in owners}
    raster, rates, answer = {}, {}, {}
    windows = {r.owner: r.window() for r in result.folder.recordings() if r.states == ("spikes",)}
    which = f"all {shown:,}" if all(window is None for window in windows.values()) else "recorded"
    for owner in owners:
        recorded = result.trajectories(owner, "spikes")
        mine = recorded["replica_of_spike"].values == 0
        presentation, step, neuron = (recorded[name].values[mine] for name in ("presentation", "step", "neuron"))
        window = windows[owner]
        there = np.arange(shown) if window is None else window[window < shown]
        last = presentation == there[-1] if there.size else np.zeros(len(presentation), bool)
        raster[owner] = (step[last] * network.dt * 1e3, neuron[last])
        counts = np.bincount(neuron[last], minlength=sizes[owner])
        if owner == network.readout and (counts == counts.max()).sum() == 1:
            answer[owner] = int(counts.argmax())
        rates[owner] = np.bincount(neuron, minlength=sizes[owner]) / (max(there.size, 1) * length)
    of = f"{setting}, seed {int(result.dataset['seed'].values[0])}"
    return {
        "raster_last_presentation": plots.spike_raster(
            raster, sizes, length * 1e3, marked=answer, scenario=f"{of}, last presentation"
        ),
        "firing_rates": plots.firing_rates(rates, scenario=f"{of}, {which} presentations"),
    }


def save_figures(
    result: Result, folder: Path | None = None, made: Mapping[str, Figure] | None = None, **how: Any
) -> list[Path]:
    """Write figures of a run, all if none are given, with the options of :func:`tacos.plots.save`; the first files."""
    if folder is None:
        result.folder.refuse_links()
    return save_all(figures(result) if made is None else made, folder or result.folder.path / "figures", **how)


def save_all(made: Mapping[str, Figure], folder: Path, **how: Any) -> list[Path]:
    """Write figures by name, with the options of :func:`tacos.plots.save`; the file of each in its first format."""
    return [plots.save(figure, folder / name, **how)[0] for name, figure in made.items()]
