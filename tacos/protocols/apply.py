"""Do to synapses what a protocol says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import synapses as models
from synapses import Synapse
from tacos.networks.populations import Population
from tacos.protocols.network import SYNAPSES, protocol_network
from tacos.protocols.outcome import Outcome
from tacos.recordings.recording import Recordable
from tacos.runs.experiment import run
from tacos.runs.folder import free_folder
from tacos.runs.running import Running, how
from tasks.protocols import Protocol, named


def apply(
    protocol: Protocol | str,
    synapse: Synapse,
    seeds: int | Iterable[int] = 1,
    *,
    synapses: int = 1,
    cell: Population | None = None,
    start: Mapping[str, Any] = MappingProxyType({}),
    out: str | Path | None = None,
    record: Recordable = None,
    running: Running | None = None,
    **options: Any,
) -> Outcome:
    """Run a protocol on a synapse.

    Parameters
    ----------
    protocol : Protocol or str
        Of :mod:`tasks.protocols`, or the name of one.
    synapse : Synapse
    seeds : int or iterable of int
        A seed fixes initial values and what is random in the synapse.
    synapses : int
        How many a condition; more than one for models with chance in them.
    cell : Population, optional
        The postsynaptic cell; see :func:`tacos.protocols.network.protocol_network`.
    start : dict
        ``{"w": 0.5}``: values at which states begin, in place of the synapse's own.
    out : path, optional
        Folder of the run, ``runs/protocol-NAME`` with a number if not given; one known there is resumed.
    record : optional
        As of :func:`tacos.run`; the projection is called "pre-post". All states at the end of each piece if not given.
    running, **options : optional
        As of :func:`tacos.run`.

    Returns
    -------
    Outcome
        ``print(outcome)`` is its table, ``outcome.figure()`` its curve.
    """
    chosen = named(protocol) if isinstance(protocol, str) else protocol
    running = how(running, options)
    network = protocol_network(chosen, synapse, synapses, cell, start=start)
    if record is None:
        record = f"{SYNAPSES}: {', '.join(synapse.all_states())}; synapses=all"
    folder = out or free_folder(Path("runs"), f"protocol-{chosen.name.replace(', ', '-').replace(' ', '-')}")
    return Outcome(run(network, chosen, seeds, out=folder, record=record, label=models.title(synapse), running=running))
