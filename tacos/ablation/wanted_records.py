"""What an ablation records in each condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tacos.networks.gates import gate_variables
from tacos.networks.network import Network
from tacos.recordings.asked import recordings
from tacos.recordings.recording import Recordable, Recording
from tasks import StreamLike

#: Records of what the gates read through a stream, and synapses of which it is recorded.
RECORDS, SYNAPSES = 100, 200


def wanted_records(
    record: Recordable, networks: Mapping[str, Network], stream: StreamLike, learning_rate: str
) -> dict[str, list[Recording]]:
    """Recordings of each condition: those asked for, and what its gates read.

    Parameters
    ----------
    record : str or Recording or list of these, optional
        Checked against the first network; states that a condition lacks are left out in it.
    networks : dict
        ``{label: network}``, the full one first.
    stream : Stream
    learning_rate : str
        Gates matter where there is this parameter.
    """
    first = next(iter(networks.values()))
    asked = recordings(record, first, stream.image_shape, n_presentations=stream.n_presentations)
    every = max(1, stream.n_presentations // RECORDS)
    found = {}
    for label, network in networks.items():
        mine = [kept for one in asked if (kept := _present(one, network)) is not None]
        taken = {(r.owner, state) for r in mine for state in r.states}
        for recording in _gates(network, every, learning_rate):
            if not any((recording.owner, state) in taken for state in recording.states):
                mine.append(recording)
                taken |= {(recording.owner, state) for state in recording.states}
        found[label] = mine
    return found


def _present(recording: Recording, network: Network) -> Recording | None:
    """The part of a recording that a network has."""
    lowered = network.lowered
    if recording.states == ("spikes",):
        return recording
    owners: dict[str, Any] = {p.name: p.synapse for p in lowered.projections} | {p.name: p for p in lowered.populations}
    if recording.owner not in owners:
        return None
    states = tuple(state for state in recording.states if state in owners[recording.owner].states)
    return replace(recording, states=states) if states else None


def _gates(network: Network, every: int, learning_rate: str) -> list[Recording]:
    """Recordings of the states and neuromodulators that gates read."""
    texts = []
    for projection in network.plastic_projections():
        if learning_rate in projection.synapse.all_parameters():
            states, modulators = gate_variables(projection.synapse)
            interval = f"every={every} presentations"
            if states:
                texts.append(f"{projection.name}: {', '.join(states)}; synapses=random({SYNAPSES}); {interval}")
            texts += [f"{name}: {name}; neurons=all; {interval}" for name in modulators]
    return list(recordings(list(dict.fromkeys(texts)), network))
