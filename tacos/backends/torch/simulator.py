"""Runs a network on PyTorch: a batch of replicas, each with its own weights, parameters and random numbers."""

from __future__ import annotations

import hashlib
import linecache
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import ModuleType
from typing import Any

import numpy as np
import torch
from brian2.utils.stringtools import get_identifiers

from synapses.language.statements import read_statements
from tacos.backends.base import BackendError, Simulated, Stretch, parameter_values
from tacos.backends.torch.blocks import NeuronScope, SynapseScope
from tacos.backends.torch.capture import captured
from tacos.backends.torch.device import checked_device, device_name, free_memory, gigabytes
from tacos.backends.torch.records import Writer
from tacos.backends.torch.source import module_source
from tacos.networks.initial import State
from tacos.networks.lowering import LoweredNetwork, LoweredPathway, LoweredProjection
from tacos.networks.network import Network

#: Presentations of a run by default. On a GPU each run records a graph and is handed states by the host.
SHORT, LONG = 100, 1000
#: Presentations of one replica that are tested at once, as long as the batch has no more members than that.
MEMBERS = 256
#: How often a step may be compiled.
VARIANTS = 256
#: On a GPU: so many slots with so many presentations of a replica each.
SLOTS = 64, 250


class TorchSimulator:
    """A network as generated PyTorch code.

    Parameters
    ----------
    network : Network
    dtype : {"float32", "float64"}
    device : str
        ``"cpu"``, ``"cuda"``, ``"cuda:1"`` ...
    capacity : int, optional
        Largest number of presentations of one run; changes no result. If not given, 100, or 1,000 on a GPU unless a
        population is shown something else at every step.
    say : callable
        Told in one sentence if a batch does not fit and is split.
    fused : bool, optional
        Whether a step is compiled by PyTorch into few kernels that visit every synapse, with its events as a factor,
        rather than executed call by call on lists of events. Nothing then waits for the device within a presentation.
        If not given, on a GPU, where a presentation is moreover one graph. Takes some 20 s at the first step.

    Raises
    ------
    BackendError
        If the device is not there, lacks the precision, or has no memory for one replica.
    """

    parallel, batched = False, True
    #: Events as factors and nothing in place; spikes with a gradient. For what builds on this class.
    masked, surrogates = False, False

    def __init__(
        self,
        network: Network,
        dtype: str = "float32",
        device: str = "cpu",
        capacity: int | None = None,
        say: Callable[[str], Any] = lambda _: None,
        fused: bool | None = None,
    ) -> None:
        self.network = network.lowered
        self.device = checked_device(device, dtype)
        self.source = module_source(self.network, self.surrogates)
        self.description = f"torch {torch.__version__} on {device_name(self.device)}, {dtype}"
        self._dtype = getattr(torch, dtype)
        self._module = _imported(self.source)
        self._fused = self.device.type == "cuda" if fused is None else fused
        per_step = any(p.per_step for p in self.network.populations)
        self.capacity = capacity or (LONG if self.device.type == "cuda" and not per_step else SHORT)
        self._one_step = self._module.step
        if self._fused:  # sums are never split in a way that depends on the size of a batch
            self._one_step = torch.compile(self._one_step, fullgraph=True, options={"split_reductions": False})
        steps = range(self.network.steps)
        self._steps = torch.tensor(steps, device=self.device) if self._fused else steps
        self._say = say
        self._wiring = {p.name: self._wire(p) for p in self.network.projections}
        self._delayed = {
            pathway.queue: (projection, pathway)
            for projection in self.network.projections
            for pathway in projection.pathways
            if pathway.queue
        }
        self._passing = {
            f"{p.name}.{name}": (p.size, kind)
            for p in self.network.populations
            for name, kind in NeuronScope(p).passing.items()
        }
        self._independent = presentations_are_independent(self.network)
        self._in_slots = self._fused and not per_step and transmits_alike(self.network)
        self._bytes = replica_bytes(self.network, self._dtype.itemsize, self.capacity)
        self._fitting()

    def _wire(self, projection: Any) -> Any:
        sizes = [self.network.population(name).size for name in (projection.source, projection.target)]
        if projection.all_to_all:
            return self._module.Wiring(*sizes)
        ends = (
            torch.as_tensor(end.astype(np.int64), device=self.device)
            for end in (projection.sources, projection.targets)
        )
        return self._module.Wiring(*sizes, *ends)

    # -- running -------------------------------------------------------------------------------------------------

    def run(self, state: State, stretch: Stretch) -> Simulated:
        """Run one replica: state in, state out."""
        return self.run_together([(state, stretch)])[0]

    def run_together(self, requests: Sequence[tuple[State, Stretch]]) -> list[Simulated]:
        """Run several replicas side by side; each gives what it gives alone.

        Requests that differ in their number of presentations or in whether they learn run one after the other.
        """
        outcomes: dict[int, Simulated] = {}
        for batch in self._batches(requests):
            chosen = [requests[k] for k in batch]
            outcomes |= dict(zip(batch, self._run(chosen), strict=True))
        return [outcomes[k] for k in range(len(requests))]

    def _batches(self, requests: Sequence[tuple[State, Stretch]]) -> Iterator[list[int]]:
        """Indices of the requests that can and may run together."""
        alike: dict[tuple[Any, ...], list[int]] = {}
        for k, (_, stretch) in enumerate(requests):
            if stretch.n > self.capacity:
                raise BackendError(f"{stretch.n} presentations in one run are more than the {self.capacity} at most.")
            alike.setdefault((stretch.n, stretch.learning, stretch.phase, *stretch.counts), []).append(k)
        fitting = self._fitting()
        for group in alike.values():
            if len(group) > fitting:
                self._say(
                    f"{len(group)} replicas need {gigabytes(len(group) * self._bytes)}, more than is free: running "
                    f"{fitting} at a time"
                )
            yield from (group[k : k + fitting] for k in range(0, len(group), fitting))

    def _fitting(self) -> int:
        """How many replicas fit in memory."""
        free = free_memory(self.device)
        fitting = int(0.8 * free / self._bytes)
        if fitting < 1:
            raise BackendError(
                f"One replica needs about {gigabytes(self._bytes)}, and {device_name(self.device)} has "
                f"{gigabytes(free)} free; make the network or the chunk smaller, or use float32."
            )
        return fitting

    def _run(self, requests: Sequence[tuple[State, Stretch]]) -> list[Simulated]:
        stretch = requests[0][1]
        start = time.perf_counter()
        with default_dtype(self._dtype), torch.inference_mode(), self._many_variants():
            if (
                self._independent
                and not self.masked
                and not stretch.learning
                and not any(t.records for _, t in requests)
            ):
                results = (self._test_in_slots if self._in_slots else self._test)(requests)
            else:
                results = self._present(requests)
        seconds = (time.perf_counter() - start) / len(requests)
        return [Simulated(state, counts, seconds) for state, counts in results]

    def _many_variants(self) -> AbstractContextManager[Any]:
        """Sizes of batches, and which parameters differ in them, are compiled anew; by default eight times at most."""
        return torch._dynamo.config.patch(recompile_limit=VARIANTS) if self._fused else nullcontext()

    def _present(self, requests: Sequence[tuple[State, Stretch]]) -> list[tuple[State, dict[str, np.ndarray]]]:
        """One presentation after the other, each replica its own."""
        states, stretches = [state for state, _ in requests], [stretch for _, stretch in requests]
        net = self._build(states, stretches, self._tensors(states))
        net.learning, net.masked = int(stretches[0].learning), self.masked or self._fused
        writers = [
            Writer(k, record, self.network.steps, t.first) for k, t in enumerate(stretches) for record in t.records
        ]
        counts: dict[str, list[Any]] = {f"{name}.spike_count": [] for name in stretches[0].counts}
        read = [*counts, *dict.fromkeys(writer.record.key for writer in writers if not writer.in_steps)]
        given = self._shown(stretches)
        shown = {name: (values[:, 0].clone(), per_step) for name, (values, per_step) in given.items()}
        net.presentation = torch.tensor([[t.first] for t in stretches], device=self.device)

        def present() -> dict[str, Any]:
            self._step_through(net, shown, self._one_step, writers)
            found = {key: net.state[key].clone() for key in read}
            self._module.presentation_reset(net)
            return found

        if self.device.type == "cuda" and stretches[0].n > 1 and not any(writer.in_steps for writer in writers):
            present = captured(present, net)
        for k in range(stretches[0].n):
            for name, (values, _) in given.items():
                shown[name][0].copy_(values[:, k])
            found = present()
            net.presentation += 1
            for key, rows in counts.items():
                rows.append(found[key].to(torch.int32, copy=True))
            for writer in writers:
                writer.after_presentation(found)
        counted = {name: torch.stack(counts[f"{name}.spike_count"], 1).cpu().numpy() for name in stretches[0].counts}
        after = self._arrays(net, states)
        return [(state, {name: c[r] for name, c in counted.items()}) for r, state in enumerate(after)]

    def _test(self, requests: Sequence[tuple[State, Stretch]]) -> list[tuple[State, dict[str, np.ndarray]]]:
        """Several presentations of each replica at once: with plasticity frozen none depends on another."""
        states, stretches = [state for state, _ in requests], [stretch for _, stretch in requests]
        n, width = stretches[0].n, max(1, MEMBERS // len(requests))
        counts: list[dict[str, list[np.ndarray]]] = [{name: [] for name in stretch.counts} for stretch in stretches]
        tensors = self._tensors(states)
        for start in range(0, n, width):
            k = min(width, n - start)
            members = {key: x.repeat_interleave(k, 0) if self._is_neuronal(key) else x for key, x in tensors.items()}
            owner = torch.arange(len(requests), device=self.device).repeat_interleave(k)
            net = self._build(states, stretches, members, owner)
            net.learning = 0
            position = torch.arange(start, start + k, device=self.device)
            net.presentation = (torch.tensor([[t.first] for t in stretches], device=self.device) + position).view(-1, 1)
            shown = self._shown(stretches, start, start + k)
            self._step_through(net, {name: (x.flatten(0, 1), on) for name, (x, on) in shown.items()}, self._module.step)
            for name in stretches[0].counts:
                found = net.state[f"{name}.spike_count"].view(len(requests), k, -1).cpu().numpy().astype(np.int32)
                for r in range(len(requests)):
                    counts[r][name].append(found[r])
        return [
            (state, {name: np.concatenate(parts) for name, parts in found.items()})
            for state, found in zip(states, counts, strict=True)
        ]

    def _test_in_slots(self, requests: Sequence[tuple[State, Stretch]]) -> list[tuple[State, dict[str, np.ndarray]]]:
        """The same with matrix products, always of the same shapes, so that no sum depends on what else is tested.

        A slot is a number of presentations of one replica; those too many are computed and left out.
        """
        states, stretches = [state for state, _ in requests], [stretch for _, stretch in requests]
        n, (slots, width) = stretches[0].n, SLOTS
        tensors, given = self._tensors(states), self._shown(stretches)
        first = torch.tensor([t.first for t in stretches], device=self.device)
        counts = {
            p: np.empty((len(stretches), n, self.network.population(p).size), np.int32) for p in stretches[0].counts
        }
        parts = [(r, start) for r in range(len(stretches)) for start in range(0, n, width)]
        for begin in range(0, len(parts), slots):
            filled = parts[begin : begin + slots]
            replica, start = torch.tensor(filled + filled[:1] * (slots - len(filled)), device=self.device).T
            position = start.unsqueeze(1) + torch.arange(width, device=self.device)
            owner = replica.repeat_interleave(width)
            members = {key: x[owner if self._is_neuronal(key) else replica] for key, x in tensors.items()}
            net = self._build(states, stretches, members, owner)
            net.learning, net.masked, net.slots = 0, True, slots
            net.presentation = (first[replica].unsqueeze(1) + position).view(-1, 1)
            where = replica.unsqueeze(1), position.clamp(max=n - 1)
            self._step_through(
                net, {name: (x[where].flatten(0, 1), per_step) for name, (x, per_step) in given.items()}, self._one_step
            )
            for name, rows in counts.items():
                found = net.state[f"{name}.spike_count"].view(slots, width, -1).cpu().numpy()
                for k, (r, at) in enumerate(filled):
                    rows[r, at : at + width] = found[k, : n - at]
        return [(state, {name: rows[r] for name, rows in counts.items()}) for r, state in enumerate(states)]

    def _step_through(
        self,
        net: Any,
        shown: dict[str, tuple[Any, bool]],
        one_step: Callable[[Any], None],
        writers: Sequence[Any] = (),
    ) -> None:
        """All steps of a presentation, and its end but for the reset."""
        for name, (values, per_step) in shown.items():
            if not per_step:
                net.state[f"{name}.stimulus"] = values
        for step in range(self.network.steps):
            net.step = self._steps[step]
            for name, (values, per_step) in shown.items():
                if per_step:
                    net.state[f"{name}.stimulus"] = values[:, step]
            one_step(net)
            if step == self.network.steps - 1:
                self._module.presentation_end(net)
            for writer in writers:
                writer.after_step(net, step)

    # -- tensors -------------------------------------------------------------------------------------------------

    def _is_neuronal(self, key: str) -> bool:
        return key.rpartition(".")[0] not in self._wiring

    def _build(
        self, states: Sequence[State], stretches: Sequence[Stretch], tensors: dict[str, Any], owner: Any = None
    ) -> Any:
        """The object that the generated functions work on."""
        of_member = range(len(states)) if owner is None else owner.tolist()
        values = [parameter_values(self.network, stretch.parameters) for stretch in stretches]
        value = {key: self._parameter([v[key] for v in values], owner) for key in values[0]}
        seed = torch.tensor([[stretch.seed] for stretch in stretches], device=self.device)
        seed = seed if owner is None else seed[owner]
        waiting = {
            queue: self._under_way(*delayed, [states[r].get(queue) for r in of_member])
            for queue, delayed in self._delayed.items()
        }
        net = self._module.Network(
            dict(tensors), value, self._wiring, seed, seed, self.network.dt, self.network.duration, self.network.steps,
            waiting, owner,
        )  # fmt: skip
        net.masked, phase = self.masked, stretches[0].phase
        # As a number on the device, it is no constant for the compiler, as steps are none.
        net.phase = torch.tensor(phase, device=self.device) if self._fused else phase
        for key, (size, kind) in self._passing.items():
            dtype = torch.bool if kind == "boolean" else self._dtype
            net.state[key] = torch.zeros((len(seed), size), dtype=dtype, device=self.device)
        for p in self.network.populations:
            if p.spikes:  # so that the first step is none of its own to the compiler
                silent = torch.zeros((len(seed), p.size), dtype=torch.bool, device=self.device)
                net.spikes[p.name] = self._module.Events(silent)
        return net

    def _parameter(self, values: Sequence[float], owner: Any) -> Any:
        """One number where all replicas agree, else one for each member."""
        if all(value == values[0] for value in values):
            return torch.tensor(values[0], device=self.device, dtype=self._dtype)
        given = torch.tensor([[value] for value in values], device=self.device, dtype=self._dtype)
        return given if owner is None else given[owner]

    def _tensors(self, states: Sequence[State]) -> dict[str, Any]:
        """States of all replicas as tensors of their own memory."""
        tensors = {}
        for key, values in states[0].items():
            if key in self._delayed:
                continue
            owner = key.rpartition(".")[0]
            stacked = torch.as_tensor(np.stack([state[key] for state in states]), device=self.device)
            if values.dtype.kind == "f":
                stacked = stacked.to(self._dtype)
            elif values.dtype.kind == "i":
                stacked = stacked.to(torch.int64)
            shape = self._wiring[owner].shape(len(states)) if owner in self._wiring else stacked.shape
            tensors[key] = stacked.reshape(shape).clone()
        return tensors

    def _arrays(self, net: Any, before: Sequence[State]) -> list[State]:
        """The states after a run, as they were given."""
        arrays = {
            key: net.state[key].reshape(len(before), -1).cpu().numpy() for key in before[0] if key not in self._delayed
        }
        after = [
            {key: values[r].astype(before[r][key].dtype) for key, values in arrays.items()} for r in range(len(before))
        ]
        for queue, delayed in self._delayed.items():
            for r, state in enumerate(after):
                _, ends = _senders(*delayed)
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
        population, ends = _senders(projection, pathway)
        size = self.network.population(population).size
        happened = np.zeros((pathway.delay_steps, len(queues), size), bool)
        for r, waiting in enumerate(queues):
            if waiting is not None and len(waiting):
                happened[waiting[:, 0] - 1, r, ends[waiting[:, 1]]] = True
        return list(torch.as_tensor(happened, device=self.device))

    def _shown(
        self, stretches: Sequence[Stretch], start: int = 0, stop: int | None = None
    ) -> dict[str, tuple[Any, bool]]:
        """Stimuli by population: ``[replica, presentation, neuron]``, or ``[..., step, neuron]``; and which of them."""
        shown = {}
        for population in self.network.populations:
            if not population.channel:
                continue
            rows = []
            for stretch in stretches:
                given = stretch.shown.get(population.channel)
                shape = (
                    (stretch.n, self.network.steps, population.size)
                    if population.per_step
                    else (stretch.n, population.size)
                )
                rows.append((np.zeros(shape) if given is None else np.asarray(given).reshape(shape))[start:stop])
            values = torch.as_tensor(np.stack(rows)).to(self._dtype).to(self.device)
            shown[population.name] = (values, population.per_step)
        return shown


def _senders(projection: LoweredProjection, pathway: LoweredPathway) -> tuple[str, np.ndarray]:
    """Whose events a delayed pathway carries: a population, and the neuron of each synapse."""
    if pathway.side == "pre":
        return projection.source, projection.sources
    return projection.target, projection.targets


def replica_bytes(network: LoweredNetwork, itemsize: int, capacity: int) -> int:
    """Estimated memory of one replica: its states, and as much again for what a step makes of them."""
    synapses = sum(len(p.sources) * len(p.synapse.states) for p in network.projections)
    neurons = sum(p.size * len(p.states) for p in network.populations)
    shown = sum(capacity * p.size * (network.steps if p.per_step else 1) for p in network.populations if p.channel)
    return itemsize * (3 * synapses + 8 * neurons + shown)


def presentations_are_independent(network: LoweredNetwork) -> bool:
    """Whether, with plasticity frozen, a presentation leaves nothing behind that another one could notice."""
    if network.steps != network.stimulus_steps:
        return False  # a blank interval in place of the reset
    for population in network.populations:
        reset = {statement.target for statement in read_statements(population.end, population.name)}
        if population.spikes and set(population.states) - reset:
            return False
    for projection in network.projections:
        synapse = projection.synapse
        transmission, *others = projection.pathways
        if synapse.clock_driven or synapse.summed or not all(pathway.plastic for pathway in others):
            return False
        if get_identifiers(transmission.code) & set(projection.modulators):
            return False
    return True


def transmits_alike(network: LoweredNetwork) -> bool:
    """Whether a spike transmits the same in every presentation while plasticity is frozen, whatever neurons do."""
    neurons = {p.name: NeuronScope(p) for p in network.populations}
    for projection in network.projections:
        if any(pathway.queue for pathway in projection.pathways[1:]):
            return False  # executed while plasticity is frozen, too, with no events
        scope = SynapseScope(projection, network, neurons)
        block = scope.block("transmit", projection.pathways[0].code)
        kept = neurons[projection.target].kept
        if any(side != "post" or name.removesuffix("_post") in kept for name, (_, side) in block.states.items()):
            return False
        fixed = ("_at.synaptic(", "_at.shared(_n.value[", "_at.i", "_at.j", *"0123456789")
        if not all(code.startswith(fixed) for code in block.bindings.values()):
            return False
    return True


# -- the generated module ------------------------------------------------------------------------------------------


def _imported(source: str) -> Any:
    """The module of a text; ``linecache`` knows its lines, so that errors show them."""
    name = f"tacos_generated_{hashlib.sha256(source.encode()).hexdigest()[:16]}"
    if name not in sys.modules:
        file = f"<{name}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        module = ModuleType(name)
        exec(compile(source, file, "exec"), module.__dict__)
        sys.modules[name] = module
    return sys.modules[name]


@contextmanager
def default_dtype(dtype: Any) -> Iterator[None]:
    """Numbers that meet integers become floats of our precision; the user's default afterwards."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
