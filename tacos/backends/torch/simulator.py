"""Runs a network on PyTorch: a batch of replicas, each with its own weights, parameters and random numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch

from tacos.backends.base import BackendError, Simulated, Stretch, check_request
from tacos.backends.independence import presentations_are_independent
from tacos.backends.torch.capture import captured
from tacos.backends.torch.device import (
    check_double,
    check_kernels,
    checked_device,
    default_dtype,
    device_name,
    free_memory,
    gigabytes,
    one_thread,
    replica_bytes,
)
from tacos.backends.torch.record_writer import Writer
from tacos.backends.torch.source import imported, module_source
from tacos.backends.torch.tensors import Tensors
from tacos.backends.torch.transmission import transmits_alike
from tacos.networks.initial import State
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
    kernels : bool, optional
        Whether, fused and with plasticity on, Triton kernels execute the events of all-to-all projections and visit the
        synapses of neurons that fired alone. Compared with the path without them; not yet measured on a GPU.

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
        kernels: bool = False,
    ) -> None:
        self.network = network.lowered
        self.device = checked_device(device, dtype)
        check_double(device, self.network)
        self._fused = self.device.type == "cuda" if fused is None else fused
        if kernels:
            check_kernels(self.device, self._fused)
        self.source = module_source(self.network, self.surrogates, kernels)
        self.description = f"torch {torch.__version__} on {device_name(self.device)}, {dtype}"
        self._dtype = getattr(torch, dtype)
        self._module = imported(self.source)
        per_step = any(p.per_step for p in self.network.populations)
        self.capacity = capacity or (LONG if self.device.type == "cuda" and not per_step else SHORT)
        self._one_step, self._kernels = self._module.step, kernels
        if self._fused:  # sums are never split in a way that depends on the size of a batch
            self._one_step = torch.compile(self._one_step, fullgraph=not kernels, options={"split_reductions": False})
        steps = range(self.network.steps)
        self._steps = torch.tensor(steps, device=self.device) if self._fused else steps
        self._say = say
        self._tensors = Tensors(self.network, self._module, self.device, self._dtype, self._fused, self.masked)
        self._independent = presentations_are_independent(self.network)
        self._in_slots = self._fused and not per_step and transmits_alike(self.network)
        self._bytes = replica_bytes(self.network, self._dtype.itemsize, self.capacity)
        self._fitting()

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
        for k, (state, stretch) in enumerate(requests):
            check_request(self.network, self.capacity, state, stretch)
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
        recorded = any(t.records for _, t in requests)
        at_once = self._independent and not self.masked and not stretch.learning and not recorded
        # A step is many small calls, in which several threads mostly wait for each other.
        threads = one_thread() if self.device.type == "cpu" else nullcontext()
        with default_dtype(self._dtype), torch.inference_mode(), self._many_variants(), threads:
            if at_once:
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
        net = self._tensors.build(states, stretches, self._tensors.of(states))
        net.learning, net.masked = int(stretches[0].learning), self.masked or self._fused
        net.by_kernels = self._kernels
        writers = [
            Writer(k, record, self.network.steps, t.first) for k, t in enumerate(stretches) for record in t.records
        ]
        counts: dict[str, list[Any]] = {f"{name}.spike_count": [] for name in stretches[0].counts}
        read = [*counts, *dict.fromkeys(writer.record.key for writer in writers if not writer.in_steps)]
        given = self._tensors.shown(stretches)
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
        after = self._tensors.arrays(net, states)
        return [(state, {name: c[r] for name, c in counted.items()}) for r, state in enumerate(after)]

    def _test(self, requests: Sequence[tuple[State, Stretch]]) -> list[tuple[State, dict[str, np.ndarray]]]:
        """Several presentations of each replica at once: with plasticity frozen none depends on another."""
        states, stretches = [state for state, _ in requests], [stretch for _, stretch in requests]
        n, width = stretches[0].n, max(1, MEMBERS // len(requests))
        counts: list[dict[str, list[np.ndarray]]] = [{name: [] for name in stretch.counts} for stretch in stretches]
        tensors, neuronal = self._tensors.of(states), self._tensors.is_neuronal
        for start in range(0, n, width):
            k = min(width, n - start)
            members = {key: x.repeat_interleave(k, 0) if neuronal(key) else x for key, x in tensors.items()}
            owner = torch.arange(len(requests), device=self.device).repeat_interleave(k)
            net = self._tensors.build(states, stretches, members, owner)
            net.learning = 0
            position = torch.arange(start, start + k, device=self.device)
            net.presentation = (torch.tensor([[t.first] for t in stretches], device=self.device) + position).view(-1, 1)
            shown = self._tensors.shown(stretches, start, start + k)
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
        tensors, given = self._tensors.of(states), self._tensors.shown(stretches)
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
            members = {key: x[owner if self._tensors.is_neuronal(key) else replica] for key, x in tensors.items()}
            net = self._tensors.build(states, stretches, members, owner)
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
