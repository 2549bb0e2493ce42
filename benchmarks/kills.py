"""Runs killed at random moments while they learn: do they end bit for bit as if they had not been killed?"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import xarray as xr

import tacos
from tacos.runs.checkpoint import CHECKPOINT, load_checkpoint
from tacos.runs.folder import RunFolder
from tacos.runs.result import Result

KILLS = 20

_CHILD = """
import sys, tacos, tasks
backend, folder, samples = sys.argv[1:]
stream = tasks.named("split-digits", samples=int(samples), test_samples=50)
tacos.run(
    tacos.error_driven(stream, hidden=20), stream, 2, out=folder, record="w, m; synapses=random(50); every=3 presentations",
    backend=backend, chunk=7, progress=False,
)
"""  # noqa: E501


def kills(presentations: int) -> None:
    """Kill and resume twenty times on each backend, and print how often the outcome was the same."""
    moments = random.Random(0)
    print("| backend | killed while learning | resumed bit for bit | at presentations |\n|---|---|---|---|")
    for backend in ("brian2", "torch"):
        samples = presentations if backend == "brian2" else max(20, presentations // 20)
        with tempfile.TemporaryDirectory(prefix="tacos-kills-") as name:
            base = Path(name)
            begun = time.monotonic()
            _start(backend, base / "whole", samples).wait()
            length = time.monotonic() - begun
            whole, same, at = Result(RunFolder(base / "whole")), 0, []
            for k in range(KILLS):
                while (position := _killed(backend, base / str(k), samples, moments, length)) is None:
                    pass
                at.append(position)
                same += _same(whole, tacos.resume(base / str(k), progress=False))
            print(f"| {backend} | {len(at)} | {same} | {', '.join(map(str, sorted(at)))} of {samples} |", flush=True)


def _start(backend: str, folder: Path, samples: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", _CHILD, backend, folder, str(samples)], start_new_session=True)


def _killed(backend: str, folder: Path, samples: int, moments: random.Random, length: float) -> int | None:
    """Presentations that the replica furthest behind had learned when killed; None if it was done before."""
    child = _start(backend, folder, samples)
    checkpoints = [RunFolder(folder).replica(seed) / CHECKPOINT for seed in (0, 1)]
    while not any(path.exists() for path in checkpoints) and child.poll() is None:
        time.sleep(0.005)  # nothing is learned yet
    time.sleep(moments.uniform(0, 0.5 * length))
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if RunFolder(folder).status()["state"] == "done":
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()
        return None
    return min(load_checkpoint(path.parent)[1].position if path.exists() else 0 for path in checkpoints)


def _same(one: Result, other: Result) -> bool:
    """Whether results, records and all states are equal to the last bit."""
    ours, theirs = (result.dataset.drop_vars("ms_per_presentation") for result in (one, other))
    equal = ours.equals(theirs)
    for owner in ("input-hidden", "hidden-output"):
        equal &= xr.Dataset.equals(one.trajectories(owner).load(), other.trajectories(owner).load())
    for seed in (0, 1):
        mine, yours = one.state(seed), other.state(seed)
        equal &= mine.keys() == yours.keys() and all(np.array_equal(mine[key], yours[key]) for key in mine)
    return bool(equal)
