"""Brian2's runtime mode: the same objects in this process, with Cython or NumPy; for looking around."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import brian2
import numpy as np
from brian2 import NetworkOperation, prefs, second

from synapses.language.brian import END_SLOT
from tacos.backends.base import (
    BackendError,
    OneByOne,
    RawRecord,
    Simulated,
    Stretch,
    capacity_for,
    check_request,
    parameter_values,
)
from tacos.backends.brian2 import synaptic
from tacos.backends.brian2.cache import compiler
from tacos.backends.brian2.copies import states_are_copied
from tacos.backends.brian2.doubles import doubles_are_kept
from tacos.backends.brian2.groups import RECORD_ORDER, build_objects
from tacos.networks.initial import State
from tacos.networks.network import Network

CAPACITY = 100


class RuntimeSimulator(OneByOne):
    """A network as Brian2 objects in this process.

    Parameters
    ----------
    network : Network
    dtype : {"float32", "float64"}
    capacity : int, optional
        Largest number of presentations of one run; if not given, fewer where every step has a stimulus of its own.
    target : {"cython", "numpy"}, optional
        Brian2's code generation target; NumPy if there is no C++ compiler.
    """

    parallel = False

    def __init__(
        self, network: Network, dtype: str = "float32", capacity: int | None = None, target: str | None = None
    ) -> None:
        if type(brian2.get_device()).__name__ != "RuntimeDevice":
            raise BackendError("Runtime mode needs Brian2's runtime device: call brian2.set_device('runtime') before.")
        self.network = network.lowered
        self.capacity = capacity or capacity_for(self.network, CAPACITY)
        self.target = target or ("cython" if compiler() else "numpy")
        self.description = f"brian2 {brian2.__version__} runtime with {self.target}, {dtype}"
        self._dtype = getattr(np, dtype)
        with self._preferences():
            self.objects = build_objects(self.network, self.capacity)
        self._records: list[tuple[RawRecord, IO[bytes]]] = []
        self._first = 0
        recorder = NetworkOperation(self._after_step, clock=self.objects.clock, when=END_SLOT, order=RECORD_ORDER)
        self._net = brian2.Network([*self.objects.all(), recorder])
        for owner in self._owners():
            self._variable(owner, "duration").set_value(self.network.duration)

    @contextmanager
    def _preferences(self) -> Iterator[None]:
        """Our preferences while Brian2 generates code; the user's afterwards."""
        wanted = {"core.default_float_dtype": self._dtype, "codegen.target": self.target}
        kept = {name: prefs[name] for name in wanted}
        try:
            for name, value in wanted.items():
                prefs[name] = value
            with states_are_copied(), doubles_are_kept():
                yield
        finally:
            for name, value in kept.items():
                prefs[name] = value

    def _variable(self, owner: str, name: str) -> Any:
        if owner in self.objects.groups:
            return self.objects.groups[owner].variables[name]
        return self.objects.synapses[owner].variables[synaptic(name)]

    def run(self, state: State, stretch: Stretch) -> Simulated:
        """Run some presentations: state in, state out."""
        check_request(self.network, self.capacity, state, stretch)
        queues = {key for key in state if key.endswith(".queue")} | set(self._queues())
        for key, values in state.items():
            if key not in queues:
                owner, _, name = key.rpartition(".")
                self._variable(owner, name).set_value(values)
        for key, queue in self._queues().items():
            _fill_queue(queue, state.get(key, np.zeros((0, 2), np.int32)))
        for key, value in parameter_values(self.network, stretch.parameters).items():
            owner, _, name = key.rpartition(".")
            self._variable(owner, name).set_value(value)
        control = {
            "random_seed": stretch.seed, "random_phase": stretch.phase, "first_presentation": stretch.first,
            "learning": int(stretch.learning),
        }  # fmt: skip
        for owner in self._owners():
            for name, value in control.items():
                self._variable(owner, name).set_value(value)
        for name, array in self.objects.shown.items():
            shown = stretch.shown.get(self.network.population(name).channel)
            array.values[:] = 0  # in place: recreating a TimedArray leaks (Brian2 issue 923)
            if shown is not None:
                array.values[: len(shown)] = shown
        self._first = stretch.first
        self._counts: dict[str, list[np.ndarray]] = {name: [] for name in stretch.counts}
        self._records = [(record, open(record.path, "ab")) for record in stretch.records]
        start = time.perf_counter()
        try:
            # Brian2 compares states with 1e50, which is more than float32 holds; NumPy would warn of that.
            with self._preferences(), np.errstate(over="ignore"):
                self._net.t_ = 0.0
                self._net.run(stretch.n * self.network.steps * self.network.dt * second, namespace={})
        finally:
            for _, file in self._records:
                file.close()
        seconds = time.perf_counter() - start
        after = {}
        for key, values in state.items():
            if key not in queues:
                owner, _, name = key.rpartition(".")
                after[key] = np.array(self._variable(owner, name).get_value()).astype(values.dtype)
        after |= {key: _read_queue(queue) for key, queue in self._queues().items()}
        return Simulated(after, {k: np.array(v, np.int32) for k, v in self._counts.items()}, seconds)

    def _owners(self) -> list[str]:
        return [*self.objects.groups, *self.objects.synapses]

    def _queues(self) -> dict[str, Any]:
        return {
            pathway.queue: getattr(self.objects.synapses[projection.name], pathway.name).queue
            for projection in self.network.projections
            for pathway in projection.pathways
            if pathway.queue
        }

    def _after_step(self) -> None:
        """Append what is due after this step."""
        timestep = int(self.objects.clock.variables["timestep"].get_value()[0])
        steps = self.network.steps
        now = self._first * steps + timestep
        last = timestep % steps == steps - 1
        if last:
            for name, rows in self._counts.items():
                rows.append(np.array(self._variable(name, "spike_count").get_value()))
        for record, file in self._records:
            if record.unit == "spikes":
                neurons = self.objects.groups[record.key].variables["_spikespace"].get_value()
                neurons = neurons[: neurons[-1]]
                spikes = np.empty((len(neurons), 3), np.int32)
                spikes[:, 0], spikes[:, 1], spikes[:, 2] = now // steps, timestep % steps, neurons
                spikes.tofile(file)
                continue
            due = last and (now // steps + 1) % record.every == 0
            if due if record.unit == "presentation" else (now + 1) % record.every == 0:
                owner, _, name = record.key.rpartition(".")
                values = np.asarray(self._variable(owner, name).get_value())
                values = values if record.indices is None else values[record.indices]
                values.astype(np.float32 if values.dtype.kind == "f" else np.int32).tofile(file)


def _fill_queue(queue: Any, waiting: np.ndarray) -> None:
    """Put spikes under way, as (steps ahead, synapse), into a Brian2 queue; its first slot is the next step."""
    slots: list[list[int]] = [[] for _ in range(int(waiting[:, 0].max(initial=1)))]
    for ahead, synapse in waiting:
        slots[ahead - 1].append(int(synapse))
    queue._restore_from_full_state((0, slots))


def _read_queue(queue: Any) -> np.ndarray:
    offset, slots = queue._full_state()
    found = [(ahead + 1, synapse) for ahead in range(len(slots)) for synapse in slots[(offset + ahead) % len(slots)]]
    return np.array(found, np.int32).reshape(-1, 2)
