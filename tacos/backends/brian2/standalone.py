"""Brian2's C++ standalone mode: one program for a network, run again for every seed, parameter value and chunk."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

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
from tacos.backends.brian2.cache import compiled
from tacos.backends.brian2.compile import MANIFEST
from tacos.networks.initial import State
from tacos.networks.network import Network, identifier

#: A start of the program takes some 20 ms, 2 % of the flagship's time for so many presentations.
CAPACITY = 1000


def as_argument(value: float) -> str:
    """A number as the program reads it: what does not begin with a sign or a digit is the name of a file there."""
    return "1e999" if value == math.inf else repr(value)


class StandaloneSimulator(OneByOne):
    """A compiled network.

    Parameters
    ----------
    network : Network
    dtype : {"float32", "float64"}
    capacity : int, optional
        Largest number of presentations of one start of the program; compiled in. If not given, fewer where every step
        has a stimulus of its own, so that they fit into memory.
    on_compile : callable, optional
        Called before a compilation starts; not called for a network known to the cache.
    chunk : int, optional
        Presentations of one start, if other than ``capacity``; only more than that is compiled anew.
    templates : {"ours", "stock"}
        What turns statements into C++; Brian2's own templates are there to compare with.
    """

    parallel = True

    def __init__(
        self,
        network: Network,
        dtype: str = "float32",
        capacity: int | None = None,
        on_compile: Callable[[], Any] | None = None,
        chunk: int | None = None,
        templates: str = "ours",
    ) -> None:
        self.network = network.lowered
        capacity = capacity or capacity_for(self.network, CAPACITY)
        self.capacity = chunk or capacity
        self._compiled_for = max(capacity, self.capacity)
        self.folder = compiled(network, self._compiled_for, dtype, on_compile, templates)
        self.manifest = json.loads((self.folder / MANIFEST).read_text())
        self.description = f"brian2 {self.manifest['brian2']} C++ standalone, {dtype}"

    def _parameter_arguments(self, stretch: Stretch) -> list[str]:
        """Values of all shared constants; they are not compiled in."""
        values = parameter_values(self.network, stretch.parameters)
        owners = [p.name for p in self.network.populations] + [p.name for p in self.network.projections]
        values |= {f"{owner}.duration": self.network.duration for owner in owners}
        projections = {p.name for p in self.network.projections}
        arguments = []
        for key, value in values.items():
            owner, _, name = key.rpartition(".")
            arguments.append(
                f"{identifier(owner)}.{synaptic(name) if owner in projections else name}={as_argument(value)}"
            )
        return arguments

    def run(self, state: State, stretch: Stretch) -> Simulated:
        """Run the program once: state in, state out."""
        check_request(self.network, self.capacity, state, stretch)
        with tempfile.TemporaryDirectory(prefix="tacos-") as name:
            folder = Path(name)
            arguments = [*self._parameter_arguments(stretch), *self._control(stretch)]
            arguments += self._write_state(state, folder) + self._write_shown(stretch, folder)
            records = [
                *stretch.records,
                *(RawRecord(f"{p}.spike_count", folder / f"{k}.counts") for k, p in enumerate(stretch.counts)),
            ]
            (folder / "plan").write_text(self._plan(records))
            (folder / "results").mkdir()
            environment = {
                **os.environ,
                "TACOS_RECORD": str(folder / "plan"),
                "TACOS_QUEUES": str(folder),
                "TACOS_PARENT": str(os.getpid()),
                "OMP_NUM_THREADS": "1",
            }
            command = [str(self.folder / "main"), "--results_dir", f"{folder}/results/", *arguments]
            start = time.perf_counter()
            done = subprocess.run(
                command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
            )
            seconds = time.perf_counter() - start
            if done.returncode == -signal.SIGINT:
                raise KeyboardInterrupt  # a terminal sends it to the program as well as to us
            if done.returncode or done.stderr.strip():
                why = " ".join(done.stderr.split()) or f"it ended with status {done.returncode}"
                raise BackendError(f"The simulation program failed: {why}")
            counts = {
                p: np.fromfile(folder / f"{k}.counts", np.int32).reshape(stretch.n, -1)
                for k, p in enumerate(stretch.counts)
            }
            return Simulated(self._read_state(folder / "results", state), counts, seconds)

    def _control(self, stretch: Stretch) -> list[str]:
        values = {
            "random_seed": stretch.seed, "random_phase": stretch.phase, "first_presentation": stretch.first,
            "learning": int(stretch.learning),
        }  # fmt: skip
        arguments = [f"schedule.first_presentation={stretch.first}", f"schedule.n_presentations={stretch.n}"]
        for population in self.network.populations:
            arguments += [f"{identifier(population.name)}.{key}={value}" for key, value in values.items()]
        for projection in self.network.projections:
            arguments += [f"{identifier(projection.name)}.{synaptic(key)}={value}" for key, value in values.items()]
        return arguments

    def _write_state(self, state: State, folder: Path) -> list[str]:
        arguments = []
        for key, entry in self.manifest["states"].items():
            path = folder / f"{entry['number']}.state"
            np.ascontiguousarray(state[key], dtype=entry["dtype"]).tofile(path)
            arguments.append(f"{entry['cli']}={path}")
        for key, name in self.manifest["queues"].items():
            np.savetxt(folder / f"{name}.queue", state.get(key, np.zeros((0, 2), np.int32)), fmt="%d")
        return arguments

    def _write_shown(self, stretch: Stretch, folder: Path) -> list[str]:
        arguments = []
        for number, (name, cli) in enumerate(self.manifest["shown"].items()):
            population = self.network.population(name)
            rows = self._compiled_for * (self.network.steps if population.per_step else 1)
            given = stretch.shown.get(population.channel)
            values = np.zeros((rows, population.size))
            if given is not None:
                values[: len(given)] = given
            path = folder / f"{number}.shown"
            values.tofile(path)
            arguments.append(f"{cli}={path}")
        return arguments

    def _plan(self, records: list[RawRecord]) -> str:
        lines = []
        for record in records:
            spikes = record.unit == "spikes"
            number = (
                self.manifest["spiking"].index(record.key) if spikes else self.manifest["states"][record.key]["number"]
            )
            indices = "" if record.indices is None else " ".join(map(str, record.indices))
            lines += [
                f"{'spikes' if spikes else 'state'} {number} {record.unit} {record.every} {indices}",
                str(record.path),
            ]
        return "\n".join(lines) + "\n"

    def _read_state(self, folder: Path, before: State) -> State:
        state: State = {}
        for key, entry in self.manifest["states"].items():
            values = np.fromfile(folder / entry["file"], entry["dtype"])
            if len(values) != len(before[key]):
                raise BackendError(
                    f"The simulation program wrote {len(values)} values of {key} instead of {len(before[key])}."
                )
            state[key] = values.astype(before[key].dtype)
        for key, name in self.manifest["queues"].items():
            waiting = np.array((folder / f"{name}.queue").read_text().split(), np.int32).reshape(-1, 2)
            state[key] = waiting[waiting[:, 0] > 0]  # those of zero steps ahead have arrived in the last step
        return state
