"""The network in which a protocol acts on synapses: spike trains, and neurons that fire when they are told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from synapses import DeclarationError, State, Synapse, static
from synapses.language.values import whole
from tacos.networks.adex import plateau_adex
from tacos.networks.connectomes import Connect
from tacos.networks.network import Network
from tacos.networks.populations import Population
from tacos.networks.projections import OneToOne, Projection
from tasks import IMAGE
from tasks.protocols import Protocol

#: Of the projection that is looked at, and of what drives neuromodulators: when it is told to, or never.
SYNAPSES, RELEASE, SILENT = "pre-post", "release", "silent"


def protocol_network(
    protocol: Protocol,
    synapse: Synapse,
    synapses: int = 1,
    cell: Population | None = None,
    receptor: str = "current",
    start: Mapping[str, Any] = MappingProxyType({}),
) -> Network:
    """A presynaptic and some postsynaptic neurons a condition, which fire at the protocol's times, a step later.

    Parameters
    ----------
    protocol : Protocol
    synapse : Synapse
    synapses : int
        How many a condition, each onto a neuron of its own: more than one for models with chance in them.
    cell : Population, optional
        The postsynaptic cell, of any size. It has a receptor "spike", by which it is made to fire, and `receptor` for
        what the synapse transmits. If not given, see :func:`default_cell`.
    receptor : str
    start : dict
        ``{"w": 0.5}``: values at which states begin, in every synapse, in base units.

    Returns
    -------
    Network
        The synapses are those of the projection "pre-post", sorted by condition.
    """
    synapses = whole(synapses, "synapses is how many there are a condition, at least one", 1)
    n, post = protocol.n, protocol.n * synapses
    told = Connect([(i, i) for i in range(n)])
    after = Connect([(protocol.n + i, i * synapses + k) for i in range(n) for k in range(synapses)])
    chosen = replace(default_cell(protocol, synapse) if cell is None else cell, name="post", size=post)
    if "spike" not in chosen.receptors:
        raise DeclarationError(f"The cell '{chosen.name}' has no receptor 'spike' by which a protocol makes it fire.")
    trains = Population("trains", protocol.n_inputs, threshold="stimulus > 0.5", channel=IMAGE, per_step=True)
    populations = [trains, relay("pre", n), chosen]
    projections = [
        Projection("trains", "pre", static(1.0), "spike", told),
        Projection("trains", "post", static(1.0), "spike", after),
        Projection(
            "pre", "post", synapse, receptor,
            Connect([(i, i * synapses + k) for i in range(n) for k in range(synapses)]), name=SYNAPSES,
            values={name: np.full(post, value) for name, value in start.items()},
        ),
    ]  # fmt: skip
    if protocol.potential is not None:
        # The potential is what one spike in the first step adds to zero.
        volts = np.repeat(protocol.potential, synapses)
        clamp = Synapse("clamp", states=(State("V_clamp", 0.0, "potential of the clamp", "volt"),), efficacy="V_clamp")
        populations[2] = clamped(chosen)
        populations.append(Population("clamp", post, "on : 1", threshold="on < 0.5", reset="on = 1"))
        projections.append(Projection("clamp", "post", clamp, "V += efficacy", OneToOne(), values={"V_clamp": volts}))
    sources = sorted({m.source for m in synapse.lowered.modulators if m.source})
    driver = RELEASE if protocol.release else SILENT
    if sources and protocol.release:
        populations.append(relay(RELEASE, 1))
        projections.append(Projection("trains", RELEASE, static(1.0), "spike", Connect([(2 * n, 0)])))
    elif sources:
        populations.append(Population(SILENT, 1, threshold="step < 0"))
    return Network(
        tuple(populations), tuple(projections), protocol.duration, protocol.dt, protocol.blank,
        signals=dict.fromkeys(sources, (driver,)), readout="trains",
    )  # fmt: skip


def default_cell(protocol: Protocol, synapse: Synapse) -> Population:
    """A cell that does nothing but fire when it is told to; one with a potential where the synapse reads it.

    The latter is an adaptive exponential cell, unless the protocol clamps the potential. What a synapse transmits moves
    it by the efficacy in mV.
    """
    reads = {need.name for need in synapse.lowered.post if not need.equations.strip() and need.unit == "volt"}
    if "V" not in reads or protocol.potential is not None:
        return relay("post", 1)
    cell = plateau_adex("post", 1)
    return replace(cell, receptors={**cell.receptors, "spike": "V_m += efficacy*volt"})


def relay(name: str, size: int) -> Population:
    """Neurons that fire in the step after they were told to, and nothing else; what synapses transmit is added up."""
    return Population(
        name, size, "told : 1\nreceived : 1", threshold="told > 0.5", reset="told = 0",
        receptors={"spike": "told += efficacy", "current": "received += efficacy"},
    )  # fmt: skip


def clamped(cell: Population) -> Population:
    """The cell with a potential that stays where it is put."""
    if "V" in cell.equations:
        raise DeclarationError("The protocol clamps the potential, but the cell has one of its own; give no cell.")
    return replace(cell, equations=f"{cell.equations}\nV : volt")
