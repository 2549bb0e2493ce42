"""What an earlier run says: a state before the stream and after it, and which synapses to record because of that."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tacos.errors import RunError
from tacos.networks.initial import population_state, projection_state
from tacos.networks.network import Network
from tacos.runs.result import Result
from tacos.recordings.asked import recordings
from tacos.recordings.recording import Recordable, Recording
from tacos.recordings.rules import largest
from tacos.runs.folder import RunFolder


def before_and_after(result: Result, owner: str, state: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Initial values of a state, and those at the last checkpoint.

    Parameters
    ----------
    result : Result
    owner : str
        A projection or population.
    state : str
    seed : int
        Of the replica.

    Returns
    -------
    two arrays of shape (n_synapses,) or (n_neurons,)
    """
    network = result.folder.network().lowered
    key = f"{owner}.{state}"
    projection = next((p for p in network.projections if p.name == owner), None)
    population = next((p for p in network.populations if p.name == owner), None)
    initial = (
        projection_state(projection, network, seed) if projection else population_state(population, seed) if population
        else {}
    )  # fmt: skip
    if key not in initial:
        raise RunError(f"The network of '{result.folder.path}' has no '{state}' of '{owner}'.")
    return initial[key], result.state(seed)[key]


def most_changed(result: Result, owner: str, state: str, count: int, size: int) -> np.ndarray:
    """Indices of the synapses (or neurons) whose state changed most from start to end, on average over replicas.

    Parameters
    ----------
    result : Result
        A finished run.
    owner, state : str
    count : int
    size : int
        How many synapses there are to be, so that another network is not taken for this one.

    Returns
    -------
    array of shape (count,), in increasing order
    """
    seeds = result.folder.declaration()["seeds"]
    if result.folder.status()["state"] != "done":
        raise RunError(f"'{result.folder.path}' is not finished: which of its synapses change most is not known yet.")
    changes = []
    for seed in seeds:
        before, after = before_and_after(result, owner, state, seed)
        changes.append(np.abs(after.astype(float) - before))
    change = np.mean(changes, axis=0)
    if len(change) != size:
        raise RunError(f"'{result.folder.path}' has {len(change)} of '{owner}', this network has {size}.")
    return largest(change, count)


def wanted(
    given: Recordable, network: Network, image_shape: tuple[int, int], n_presentations: int
) -> tuple[Recording, ...]:
    """Recordings as :func:`tacos.recordings.asked.recordings` reads them; ``changed(200, RUN)`` from that run."""

    def changed(run: str, owner: str, state: str, count: int, size: int) -> np.ndarray:
        return most_changed(Result(RunFolder(Path(run))), owner, state, count, size)

    return recordings(given, network, image_shape, changed, n_presentations)
