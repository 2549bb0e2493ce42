"""What the tests of runs share: small streams and networks, runs of them, and runs whose accuracies are made up.

Three programs are compiled for all of these tests: the flagship, and a network of our own with and without a blank
interval. Every constant that matters is given here, so that other defaults change no test.
"""

import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import synapses
import tacos
import tasks
from tacos.networks.populations import lif, poisson
from tacos.runs.checkpoint import CHECKPOINT, Progress, load_checkpoint
from tacos.runs.folder import FORMAT, RunFolder
from tacos.runs.result import Result, save_results
from tacos.runs.storage import write_arrays

ROOT = Path(__file__).parents[2]
N = 60
CONSTANTS = {"eta": 0.05, "w_initial": 2.0, "w_max": 6.0, "dm": 0.1, "k_het": 0.01, "tau_c": "3 s", "output.V_th": 0.5}
RECORD = (
    "input-hidden: w, m; synapses=random(30); every=5 presentations",
    "hidden: spikes",
    "hidden: V; neurons=0,3; every=50 steps",
    "hidden-output: w, m; synapses=between([0:4], [1 3]); every=3 presentations",
)
OWN_RECORD = ("input-hidden: w, x; synapses=between([0:3, 0:8:2], [:]); every=2 presentations", "hidden: spikes")


# -- streams and networks ------------------------------------------------------------------------------------------


def stream(samples=N, **options):
    """Two tasks of five digits each."""
    return tasks.split("digits", classes_per_task=5, samples=samples, test_samples=20, **options)


@dataclass(frozen=True)
class Changed:
    """A stream of which something else is said; the rest is as it was."""

    original: object
    n_presentations: int
    evaluation_points: tuple
    told: bool = True

    def __getattr__(self, name):
        return getattr(self.original, name)

    def contexts(self, seed, start, stop):
        assert self.told, "a learner asked where a presentation came from"
        return self.original.contexts(seed, start, stop)


def first_part(original, n):
    """The same stream, over after n presentations."""
    return Changed(original, n, (n // 2, n))


def flagship():
    """The flagship with eight hidden neurons."""
    return tacos.error_driven(stream(), hidden=8, synapse=synapses.tacos()).with_parameters(**CONSTANTS)


def flagship_options():
    """The same on the command line."""
    values = [part for key, value in CONSTANTS.items() for part in ("--set", f"{key}={value}")]
    return ["--stream", "classes_per_task=5", "--hidden", "8", "--test-samples", "20", *values]


def traces():
    """Pair-based plasticity with an event-driven trace, a delayed depression and noise."""
    rule = synapses.Mechanism(
        "traces",
        parameters=(
            synapses.Parameter("tau_x", "20 ms"),
            synapses.Parameter("rate", 0.05),
            synapses.Parameter("lag", "7 ms"),
        ),
        states=(synapses.State("x"),),
        equations="dx/dt = -x/tau_x : 1 (event-driven)",
        on_pre=(
            synapses.Event("x = x + 1\nw = clip(w + rate*(rand() - 0.5), 0, w_max)"),
            synapses.Event("w = clip(w - rate*x/10, 0, w_max)", delay="lag"),
        ),
        on_post="w = clip(w + rate*x, 0, w_max)",
    )
    weight = synapses.State("w", "w_max*rand()")
    return synapses.Synapse(
        "traces", mechanisms=(rule,), states=(weight,), parameters=(synapses.Parameter("w_max", 1.5),)
    )


def own_stream(samples=N):
    return stream(samples, duration="50 ms")


def own_network(blank=0.0):
    """A delayed projection with event-driven traces onto refractory cells; reset or blank interval in between."""
    return tacos.Network(
        populations=(poisson("input", 64), lif("hidden", 8, refractory="6 ms"), lif("output", 5)),
        projections=(
            tacos.Projection("input", "hidden", traces(), delay="4 ms"),
            tacos.Projection("hidden", "output", synapses.static(6.0)),
        ),
        duration=0.05,
        blank=blank,
    )


def sparse_network(one_to_one=False):
    """Ten inputs onto ten cells, some of them connected."""
    connected = tacos.OneToOne() if one_to_one else tacos.Random(0.5)
    return tacos.Network(
        populations=(poisson("input", 10), lif("hidden", 10), lif("output", 5)),
        projections=(
            tacos.Projection("input", "hidden", traces(), connectivity=connected),
            tacos.Projection("hidden", "output", synapses.static(6.0)),
        ),
        duration=0.05,
    )


def run_own_network(path, blank):
    """Run it with two seeds, or go on with that."""
    if (Path(path) / "run.toml").exists():
        tacos.resume(path, chunk=6)
    else:
        tacos.run(own_network(blank), own_stream(), 2, out=path, record=OWN_RECORD, chunk=4)


# -- what is compared ----------------------------------------------------------------------------------------------


def assert_same_state(one, other):
    """All states are equal, bit for bit."""
    assert one.keys() == other.keys()
    for key in one:
        np.testing.assert_array_equal(one[key], other[key], err_msg=key)
        assert one[key].dtype == other[key].dtype


def assert_same_run(one, other):
    """States, trajectories and accuracies are equal, bit for bit."""
    seeds = one.folder.declaration()["seeds"]
    assert seeds == other.folder.declaration()["seeds"]
    for seed in seeds:
        assert_same_state(one.state(seed), other.state(seed))
    for name in ("accuracy", "accuracy_through", "silent", "tied", "rate", "learned"):
        np.testing.assert_array_equal(one.dataset[name], other.dataset[name], err_msg=name)
    assert one.folder.trajectories.exists() == other.folder.trajectories.exists()
    if one.folder.trajectories.exists():
        for item in one.folder.declaration()["record"]:
            mine, others = (r.trajectories(item["owner"], item["states"][0]) for r in (one, other))
            assert mine.identical(others)


# -- runs ----------------------------------------------------------------------------------------------------------


@cache
def flagship_run(base):
    """A finished run of the flagship, two seeds, with records; computed once in a session."""
    folder = base / "flagship"
    with pytest.MonkeyPatch.context() as patch:  # raw records stay, to be compared with what is made of them
        patch.setattr("tacos.runs.simulating.remove_raw_records", lambda *arguments: None)
        return tacos.run(flagship(), stream(), 2, out=folder, record=RECORD, chunk=7, progress=False)


def command(*arguments, **options):
    """The command line in a process of its own."""
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT, **options}
    return subprocess.Popen([sys.executable, "-m", "tacos.cli", *map(str, arguments)], **given)


def kill_when(process, condition, delay, how=signal.SIGKILL, patience=120):
    """Send a process a signal some time after something has happened; False if it ended before."""
    end = time.monotonic() + patience
    while not condition() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    time.sleep(delay)
    if process.poll() is not None:
        return False
    process.send_signal(how)
    return True


def positions(folder, seeds=(0, 1)):
    """How many presentations each replica has learned, as its checkpoint says."""
    paths = [RunFolder(Path(folder)).replica(seed) for seed in seeds]
    return [load_checkpoint(path)[1].position if (path / CHECKPOINT).exists() else 0 for path in paths]


# -- runs that nobody computed -------------------------------------------------------------------------------------


def made_up_run(path, accuracies, label="made up", state="done"):
    """A run with given accuracies, ``{seed: matrix}``; a matrix of fewer rows is a replica under way."""
    n_tasks = max((len(matrix[0]) for matrix in accuracies.values() if matrix), default=2)
    chosen = tasks.split("digits", classes_per_task=10 // n_tasks, samples=10 * n_tasks, test_samples=20)
    folder = RunFolder(Path(path))
    declaration = {
        "format": FORMAT,
        "label": label,
        "seeds": list(accuracies),
        "backend": "brian2",
        "mode": "standalone",
        "dtype": "float64",
        "evaluate_every": 0,
        "record": [],
        "stream": chosen.to_dict(),
        "network": replace(flagship(), duration=0.05).to_dict(),
    }
    folder.create(declaration)
    points = chosen.evaluation_points
    for seed, matrix in accuracies.items():
        done = len(matrix)
        progress = Progress(
            position=points[done - 1] if done else 0,
            accuracy=[list(map(float, row)) for row in matrix],
            silent=[[0.0] * n_tasks] * done,
            tied=[[0.0] * n_tasks] * done,
            rates=[{"hidden": 5.0}] * done,
            seconds=0.002 * points[done - 1] if done else 0.0,
        )
        write_arrays(folder.replica(seed) / CHECKPOINT, {"progress": np.array(json.dumps(progress.__dict__))})
    save_results(folder, declaration, chosen)
    folder.set_status(state)
    return Result(folder)


def cli(capfd, *arguments):
    """The command line in this process: status, what it printed, and what it printed on stderr."""
    from tacos import cli

    capfd.readouterr()
    status = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["tacos", *map(str, arguments)])
        try:
            cli.main()
        except SystemExit as end:
            status = end.code or 0
    return status, *capfd.readouterr()
