"""The folder of a run: what was asked, where it ran, how far it is, and what came out."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import tomli_w
from filelock import FileLock, Timeout

from tacos.errors import OtherRun, RunError, describe
from tacos.runs.storage import write_json, write_text

#: Version of the folder's layout.
FORMAT = 1
_PACKAGES = ("tacos-snn", "brian2", "numpy", "scipy", "xarray", "h5netcdf", "matplotlib", "torch", "norse")


@dataclass(frozen=True)
class RunFolder:
    """A run on disk.

    ``run.toml`` says all that is needed to repeat it, ``environment.json`` where it ran, ``status.json`` how far it is;
    ``results.nc`` and ``trajectories.nc`` hold what came out; ``replicas/seed-N`` the checkpoints and raw records.
    """

    path: Path

    @property
    def results(self) -> Path:
        """Accuracies and rates (xarray)."""
        return self.path / "results.nc"

    @property
    def trajectories(self) -> Path:
        """Recorded states (a group for each recording)."""
        return self.path / "trajectories.nc"

    def replica(self, seed: int) -> Path:
        """Folder of a replica."""
        return self.path / "replicas" / f"seed-{seed}"

    def create(self, declaration: dict[str, Any]) -> bool:
        """Start a run here; False if the same run was started here before.

        Raises
        ------
        RunError
            If the folder holds a different run, something else, or cannot be written.
        """
        if (self.path / "run.toml").exists():
            known, asked = self.declaration(), json.loads(json.dumps(declaration))
            if known == asked:
                return False
            different = ", ".join(differences(known, asked))
            raise OtherRun(f"'{self.path}' already holds a different run (another {different}); choose another --out.")
        if self.path.exists() and not (self.path.is_dir() and not any(self.path.iterdir())):
            raise RunError(f"'{self.path}' already exists and is not the folder of a run; choose another --out.")
        write_text(self.path / "run.toml", tomli_w.dumps(declaration, multiline_strings=True))
        write_json(self.path / "environment.json", environment())
        self.set_status("started")
        return True

    def declaration(self) -> dict[str, Any]:
        """What was asked for."""
        try:
            data = tomllib.loads((self.path / "run.toml").read_text())
        except (FileNotFoundError, NotADirectoryError):
            raise RunError(f"'{self.path}' is not the folder of a run: {self._what_else()}.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RunError(f"'{self.path / 'run.toml'}' cannot be read: {error}.") from error
        if data.get("format", 0) > FORMAT:
            raise RunError(
                f"'{self.path}' was written by a newer version (format {data['format']}, "
                f"this one reads {FORMAT}); update TACOS."
            )
        return data

    def _what_else(self) -> str:
        if (self.path / "ablation.toml").exists():
            return "it is that of an ablation, which the call that began it continues; its runs are in 'test'"
        if any(self.path.glob("*trials.txt")):
            return "it is that of a comparison, which the call that began it continues; its runs are in folders below"
        return "it has no run.toml"

    def how_to_resume(self) -> str:
        """The command, or the call where the data are the user's own and have to be given again."""
        try:
            own = "digest" in self.declaration().get("stream", {})
        except RunError:  # what cannot be read may be why it stopped
            own = False
        return f'tacos.resume("{self.path}", stream=...)' if own else f"tacos resume {self.path}"

    def set_status(self, state: str, **more: Any) -> None:
        """Write how far the run is: ``started``, ``done``, ``stopped`` or ``failed``."""
        write_json(self.path / "status.json", {"state": state, "time": time.strftime("%Y-%m-%d %H:%M:%S"), **more})

    def status(self) -> dict[str, Any]:
        """How far the run is."""
        try:
            return json.loads((self.path / "status.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {"state": "unknown"}

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep others from running this folder at the same time; a killed process holds nothing."""
        lock = FileLock(self.path / ".lock", timeout=0)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise RunError(f"'{self.path}' is being run by another process; wait for it or stop it.") from None
        except OSError as error:
            raise RunError(f"{describe(error)}.") from error
        try:
            yield
        finally:
            lock.release()


def environment() -> dict[str, Any]:
    """Versions, hardware and commit."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "python": sys.version.split()[0],
        "packages": found,
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "commit": _commit(),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def _commit() -> str:
    here = Path(__file__).resolve().parent
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=10"],
            cwd=here,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return "unknown"
    return done.stdout.strip() or "unknown"


def differences(known: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """What two declarations say otherwise."""
    return sorted(key for key in {*known, *asked} if known.get(key) != asked.get(key))


def folder_name(label: str) -> str:
    """The name of the folder in which the run of a condition is kept."""
    return re.sub(r"[^\w.,+-]+", "-", label).strip("-") or "condition"


def free_folder(base: Path, name: str) -> Path:
    """``base/name``, or the first of ``base/name-2``, ``base/name-3`` ... that is free."""
    candidate, number = base / name, 1
    while candidate.exists():
        number += 1
        candidate = base / f"{name}-{number}"
    return candidate
