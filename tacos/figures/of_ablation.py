"""All figures of an ablation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from tacos import plots
from tacos.errors import RunError
from tacos.networks.gates import gate_variables, gated_learning_rate
from tacos.networks.network import Network
from tacos.plots.plasticity import Gated
from tacos.plots.results import boundaries
from tacos.runs.result import Result


def ablation_figures(
    data: xr.Dataset, finished: Mapping[str, xr.Dataset], full: Network, run: Callable[[str], Result]
) -> dict[str, Figure]:
    """Matplotlib figures of an ablation by name; which there are depends on what has finished.

    Parameters
    ----------
    data : Dataset
        Of all conditions, with the trials of the grid; see :attr:`tacos.ablation.reading.Ablation.dataset`.
    finished : dict
        ``{condition: its part of them}``.
    full : Network
    run : callable
        The run of a condition.
    """
    made = {}
    ends = bool(data.attrs.get("has_ends", True))  # otherwise there is neither learning accuracy nor retention
    if ends and "grid_accuracy" in data and data.sizes["grid_tested_on"] > 1:
        made["stability_plasticity_front"] = plots.stability_plasticity_front(data)
    if finished:
        made["comparison"] = plots.comparison(finished)
        if ends:
            made["retention"] = plots.retention(finished)
        targets = list(dict.fromkeys(p.target for p in full.plastic_projections()))
        made["activity_through_stream"] = plots.activity_through_stream(finished, targets)
        rate = str(data.attrs["learning_rate"])
        gated = {label: openness(run(label), rate) for label in finished}
        if any(gated.values()):
            setting = f"{data.attrs['stream']}, {data.attrs['scenario']} (n = {data.sizes['replica']})"
            first = str(data["projection"].values[0])
            chosen = data["learning_rate"].sel(projection=first)
            named = {f"{label} ({float(chosen.sel(condition=label)):.3g})": found for label, found in gated.items()}
            made["plasticity_through_stream"] = plots.plasticity_through_stream(
                named, list(boundaries(data)), learning_rate=rate, scenario=setting,
                note=f"in brackets: the {rate} of {first}",
            )  # fmt: skip
    return made


def openness(result: Result, learning_rate: str = "eta") -> Gated:
    """Product of the gates through the stream, of the recorded synapses of all replicas.

    Returns
    -------
    dict
        ``{projection: (presentations seen [record], effective over full learning rate [record, synapse])}``, of
        projections without gates (1 throughout) and of those whose gates were recorded.
    """
    network = result.folder.network()
    last = float(result.dataset["presentation"].values[-1])
    found = {}
    for projection in network.plastic_projections():
        synapse = projection.synapse
        states, modulators = gate_variables(synapse)
        if learning_rate not in synapse.all_parameters():
            continue
        if not states and not modulators:
            if gated_learning_rate(synapse, {}, learning_rate) is not None:  # no gate reads a neuron's state
                found[projection.name] = (np.array([0.0, last]), np.ones((2, 1)))
            continue
        try:
            times, values = _recorded(result, projection.name, states, modulators)
        except RunError:
            continue  # what its gates read was recorded in another way, or not at all
        gated = gated_learning_rate(synapse, values, learning_rate)
        if gated is None:
            continue
        share = np.asarray(gated) / synapse.all_parameters()[learning_rate].value  # [replica, record, synapse]
        found[projection.name] = (times, np.moveaxis(share, 0, 1).reshape(len(times), -1))
    return found


def _recorded(
    result: Result, projection: str, states: tuple[str, ...], modulators: tuple[str, ...]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Records of states and neuromodulators, ``[replica, record, synapse]``, at the times that they share."""
    recorded = [result.trajectories(projection, state) for state in states]
    recorded += [result.trajectories(name, name) for name in modulators]
    synapses = [r["synapse"].values for r in recorded if "synapse" in r]
    at = [r["time"].values if r.attrs["unit"] == "presentation" else np.array([]) for r in recorded]
    times = reduce(np.intersect1d, at)
    if (
        not times.size
        or any("statistic" in r.dims for r in recorded)
        or any(not np.array_equal(s, synapses[0]) for s in synapses)
    ):
        raise RunError(f"What the gates of '{projection}' read was recorded of other synapses or at other times.")
    names = (*states, *modulators)
    return times, {
        name: np.asarray(one[name].values)[:, np.isin(when, times)]
        for name, one, when in zip(names, recorded, at, strict=True)
    }
