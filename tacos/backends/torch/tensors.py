"""States, parameters and stimuli as tensors: what a simulator hands to the generated module and takes from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from tacos.backends.base import Stretch, parameter_values
from tacos.backends.torch.blocks import NeuronScope
from tacos.networks.initial import State
from tacos.networks.lowering import LoweredNetwork, LoweredPathway, LoweredProjection


class Tensors:
    """Tensors of one network on one device, for a batch of replicas.

    Parameters
    ----------
    network : LoweredNetwork
    module : module
        The generated one.
    device : torch.device
    dtype : torch.dtype
    fused, masked : bool
        As of the simulator.
    """

    def __init__(
        self, network: LoweredNetwork, module: Any, device: Any, dtype: Any, fused: bool, masked: bool
    ) -> None:
        self._network, self._module, self._device = network, module, device
        self._dtype, self._fused, self._masked = dtype, fused, masked
        self._wiring = {p.name: self._wire(p) for p in network.projections}
        self._delayed = {
            pathway.queue: (projection, pathway)
            for projection in network.projections
            for pathway in projection.pathways
            if pathway.queue
        }
        self._double = {f"{p.name}.{name}" for p in network.populations for name in p.double}
        self._double |= {f"{p.name}.{name}" for p in network.projections for name in p.synapse.double}
        self._passing = {
            f"{p.name}.{name}": (p.size, kind)
            for p in network.populations
            for name, kind in NeuronScope(p).passing.items()
        }

    def _wire(self, projection: Any) -> Any:
        sizes = [self._network.population(name).size for name in (projection.source, projection.target)]
        if projection.all_to_all:
            return self._module.Wiring(*sizes)
        ends = (
            torch.as_tensor(end.astype(np.int64), device=self._device)
            for end in (projection.sources, projection.targets)
        )
        return self._module.Wiring(*sizes, *ends)

    def is_neuronal(self, key: str) -> bool:
        """Whether a state is of neurons rather than of synapses."""
        return key.rpartition(".")[0] not in self._wiring

    def build(
        self, states: Sequence[State], stretches: Sequence[Stretch], tensors: dict[str, Any], owner: Any = None
    ) -> Any:
        """The object that the generated functions work on."""
        of_member = range(len(states)) if owner is None else owner.tolist()
        values = [parameter_values(self._network, stretch.parameters) for stretch in stretches]
        value = {key: self._parameter([v[key] for v in values], owner, self._type(key)) for key in values[0]}
        seed = torch.tensor([[stretch.seed] for stretch in stretches], device=self._device)
        seed = seed if owner is None else seed[owner]
        waiting = {
            queue: self._under_way(*delayed, [states[r].get(queue) for r in of_member])
            for queue, delayed in self._delayed.items()
        }
        net = self._module.Network(
            dict(tensors), value, self._wiring, seed, seed,
            self._network.dt, self._network.duration, self._network.steps, waiting, owner,
        )  # fmt: skip
        net.masked, phase = self._masked, stretches[0].phase
        # As a number on the device, it is no constant for the compiler, as steps are none.
        net.phase = torch.tensor(phase, device=self._device) if self._fused else phase
        for p in self._network.populations:
            for name, given in p.courses.items():
                net.course[name] = self._module.Course(torch.tensor(given, device=self._device, dtype=self._dtype))
        for queue, (_, pathway) in self._delayed.items():
            if pathway.delays is not None:
                net.delays[queue] = torch.as_tensor(pathway.delays.astype(np.int64), device=self._device)
        for key, (size, kind) in self._passing.items():
            dtype = torch.bool if kind == "boolean" else self._dtype
            net.state[key] = torch.zeros((len(seed), size), dtype=dtype, device=self._device)
        for p in self._network.populations:
            if p.spikes:  # so that the first step is none of its own to the compiler
                silent = torch.zeros((len(seed), p.size), dtype=torch.bool, device=self._device)
                net.spikes[p.name] = self._module.Events(silent)
            for name in p.events:
                silent = torch.zeros((len(seed), p.size), dtype=torch.bool, device=self._device)
                net.spikes[f"{p.name}.{name}"] = self._module.Events(silent)
        return net

    def _type(self, key: str) -> Any:
        """Type of a state or a parameter that is a real number."""
        return torch.float64 if key in self._double else self._dtype

    def _parameter(self, values: Sequence[float], owner: Any, dtype: Any) -> Any:
        """One number where all replicas agree, else one for each member."""
        if all(value == values[0] for value in values):
            return torch.tensor(values[0], device=self._device, dtype=dtype)
        given = torch.tensor([[value] for value in values], device=self._device, dtype=dtype)
        return given if owner is None else given[owner]

    def of(self, states: Sequence[State]) -> dict[str, Any]:
        """States of all replicas as tensors of their own memory."""
        tensors = {}
        for key, values in states[0].items():
            if key in self._delayed:
                continue
            owner = key.rpartition(".")[0]
            stacked = torch.as_tensor(np.stack([state[key] for state in states]), device=self._device)
            if values.dtype.kind == "f":
                stacked = stacked.to(self._type(key))
            elif values.dtype.kind == "i":
                stacked = stacked.to(torch.int64)
            shape = self._wiring[owner].shape(len(states)) if owner in self._wiring else stacked.shape
            tensors[key] = stacked.reshape(shape).clone()
        return tensors

    def arrays(self, net: Any, before: Sequence[State]) -> list[State]:
        """The states after a run, as they were given."""
        arrays = {
            key: net.state[key].reshape(len(before), -1).cpu().numpy() for key in before[0] if key not in self._delayed
        }
        after = [
            {key: values[r].astype(before[r][key].dtype) for key, values in arrays.items()} for r in range(len(before))
        ]
        for queue, delayed in self._delayed.items():
            for r, state in enumerate(after):
                _, ends = _senders(self._network, *delayed)
                found = [
                    (ahead + 1, int(synapse))
                    for ahead, happened in enumerate(net.waiting[queue])
                    for synapse in np.flatnonzero(happened[r].cpu().numpy()[ends])
                ]
                state[queue] = np.array(found, np.int32).reshape(-1, 2)
        return after

    def _under_way(
        self, projection: LoweredProjection, pathway: LoweredPathway, queues: list[np.ndarray | None]
    ) -> list[Any]:
        """Events on their way, from the ``(steps ahead, synapse)`` of a checkpoint."""
        size, ends = _senders(self._network, projection, pathway)
        happened = np.zeros((pathway.delay_steps, len(queues), size), bool)
        for r, waiting in enumerate(queues):
            if waiting is not None and len(waiting):
                happened[waiting[:, 0] - 1, r, ends[waiting[:, 1]]] = True
        return list(torch.as_tensor(happened, device=self._device))

    def shown(
        self, stretches: Sequence[Stretch], start: int = 0, stop: int | None = None
    ) -> dict[str, tuple[Any, bool]]:
        """Stimuli by population: ``[replica, presentation, neuron]``, or ``[..., step, neuron]``; and which of them."""
        shown = {}
        for population in self._network.populations:
            if not population.channel:
                continue
            rows = []
            for stretch in stretches:
                given = stretch.shown.get(population.channel)
                shape = (
                    (stretch.n, self._network.steps, population.size)
                    if population.per_step
                    else (stretch.n, population.size)
                )
                rows.append((np.zeros(shape) if given is None else np.asarray(given).reshape(shape))[start:stop])
            values = torch.as_tensor(np.stack(rows)).to(self._dtype).to(self._device)
            shown[population.name] = (values, population.per_step)
        return shown


def _senders(network: LoweredNetwork, projection: LoweredProjection, pathway: LoweredPathway) -> tuple[int, np.ndarray]:
    """Who sends the events that a delayed pathway carries: how many there are, and which of them each synapse hears.

    A population, or the synapses themselves where each has a delay of its own.
    """
    if pathway.delays is not None:
        return len(pathway.delays), np.arange(len(pathway.delays))
    name, ends = (
        (projection.source, projection.sources) if pathway.side == "pre" else (projection.target, projection.targets)
    )
    return network.population(name).size, ends
