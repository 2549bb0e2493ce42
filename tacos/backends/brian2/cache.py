"""Compiled programs, kept for networks that differ in nothing that is compiled in."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock
from platformdirs import user_cache_path

from tacos.backends.base import BackendError
from tacos.backends.brian2.compile import MANIFEST
from tacos.networks.lowering import LoweredNetwork, LoweredProjection
from tacos.networks.network import Network

#: Where our packages lie.
ROOT = Path(__file__).parents[3]

#: What the compiling process executes: with the packages of this one, ours from where they are here, and the working
#: directory after all others, since a file beside the run may be called random.py.
_CHILD = """
import sys
from importlib.machinery import PathFinder

class Ours:
    def find_spec(name, path=None, target=None):
        return PathFinder.find_spec(name, [{root!r}]) if name in ("synapses", "tacos", "tasks") else None

sys.path[:] = {path!r}
sys.meta_path.insert(0, Ours)
from tacos.backends.brian2.compile import main
main(*sys.argv[1:])
"""


def cache_folder() -> Path:
    """Where compiled networks are kept: ``TACOS_CACHE``, or the user's cache folder."""
    if "TACOS_CACHE" in os.environ:
        return Path(os.environ["TACOS_CACHE"])
    return user_cache_path("tacos") / "brian2"


def compiler() -> str | None:
    """The C++ compiler, or None."""
    return shutil.which(os.environ.get("CXX", "g++")) or shutil.which("c++")


def compiled(
    network: Network,
    capacity: int,
    dtype: str,
    on_compile: Callable[[], Any] | None = None,
    templates: str = "ours",
) -> Path:
    """Folder of the compiled program of a network, compiled now if it is not in the cache."""
    target = cache_folder() / _key(network.lowered, capacity, dtype, templates)
    if is_whole(target):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if is_whole(target):
            return target
        shutil.rmtree(target, ignore_errors=True)  # damaged: built anew
        if on_compile:
            on_compile()
        building = target.with_name(f"building-{target.name}")
        shutil.rmtree(building, ignore_errors=True)  # what a killed compilation left
        building.mkdir()
        try:
            declaration = building.with_suffix(".json")
            declaration.write_text(json.dumps(network.to_dict()))
            path = [entry for entry in sys.path if isinstance(entry, str)]  # as Python reads it
            path.sort(key=lambda entry: os.path.abspath(entry) == os.getcwd())
            child = [sys.executable, "-P", "-c", _CHILD.format(root=str(ROOT), path=path)]
            command = [*child, str(declaration), str(building), str(capacity), dtype, templates]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            declaration.unlink()
            if done.returncode in (-signal.SIGINT, 128 + signal.SIGINT):
                raise KeyboardInterrupt  # a Ctrl-C reaches both, but only this program's main thread is told
            if done.returncode or not (building / "main").exists():
                tail = (done.stderr or done.stdout).strip().splitlines()[-12:]
                raise BackendError("The network could not be compiled:\n  " + "\n  ".join(tail))
            building.rename(target)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return target


def is_whole(folder: Path) -> bool:
    """Whether a folder holds a program and a manifest that can be read; a full disk or a tidy user may leave less."""
    try:
        return bool(json.loads((folder / MANIFEST).read_text())) and os.access(folder / "main", os.X_OK)
    except (OSError, ValueError):
        return False


def _key(network: LoweredNetwork, capacity: int, dtype: str, templates: str = "ours") -> str:
    """A digest of all that the program depends on; parameter values are not compiled in."""
    parts = {
        "populations": [
            {
                **asdict(p),
                "parameters": {n: q.unit for n, q in p.parameters.items()},
                "initial": "",
                "double": sorted(p.double),
            }
            for p in network.populations
        ],  # fmt: skip
        "projections": [_projection_digest(p) for p in network.projections],
        "steps": [network.steps, network.dt],
        "capacity": capacity,
        "dtype": dtype,
        "templates": templates,
        "versions": [version("brian2"), version("numpy"), sys.version.split()[0]],
        "machine": [platform.machine(), _cpu_flags(), _compiler_version()],
        "sources": [hashlib.sha256(path.read_bytes()).hexdigest() for path in _sources()],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _projection_digest(p: LoweredProjection) -> dict[str, Any]:
    pairs = "" if p.all_to_all else hashlib.sha256(p.sources.tobytes() + p.targets.tobytes()).hexdigest()
    return {
        "name": p.name, "source": p.source, "target": p.target, "pairs": pairs,
        "pathways": [asdict(replace(w, delays=None)) for w in p.pathways],
        "delays": [None if w.delays is None else hashlib.sha256(w.delays.tobytes()).hexdigest() for w in p.pathways],
        "bounds": p.synapse.bounds, "equations": p.synapse.equations, "method": p.synapse.method,
        "states": {s.name: s.unit for s in p.synapse.states.values()}, "summed": p.synapse.summed,
        "parameters": {q.name: q.unit for q in p.synapse.parameters.values()}, "modulators": p.modulators,
        "double": sorted(p.synapse.double),
    }  # fmt: skip


def _sources() -> list[Path]:
    """Our own files that shape the generated program: whole folders, so that none is forgotten."""
    patterns = (
        "tacos/backends/brian2/**/*.py", "tacos/backends/brian2/**/*.cpp", "tacos/backends/*.py",
        "tacos/networks/lowering/*.py", "tacos/networks/network.py", "synapses/language/*.py",
    )  # fmt: skip
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def _compiler_version() -> str:
    path = compiler()
    return subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout if path else ""


def _cpu_flags() -> str:
    try:
        return next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags"))
    except (OSError, StopIteration):
        return platform.processor()
