"""The folder of a run: what was asked, where it ran, how far it is, and what came out."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w
from filelock import FileLock, Timeout

from tacos.errors import OtherRun, RunError, describe
from tacos.runs.seals import SEALS, is_altered, write_sealed
from tacos.runs.seeds import listed
from tacos.runs.storage import read_toml, write_json

if TYPE_CHECKING:
    from tacos.networks.network import Network
    from tacos.recordings.recording import Recording
    from tasks import StreamLike

#: Version of the folder's layout.
FORMAT = 1
#: How far a run may be.
STATES = ("started", "running", "done", "stopped", "failed")
#: What a declaration says, and what else it may say.
_REQUIRED: dict[str, type] = {
    "format": int, "label": str, "seeds": list, "evaluate_every": int, "stream": dict, "network": dict,
}  # fmt: skip
_OPTIONAL: dict[str, type] = {
    "backend": str, "mode": str, "device": str, "dtype": str, "record": list, "baseline": dict, "training": dict,
}  # fmt: skip
_KINDS = {int: "a whole number", str: "a text", list: "a list", dict: "a table"}
#: Files under way, beside their place.
_UNFINISHED = (".results.nc.*", ".trajectories.*", ".checkpoint.npz.*")
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
            if differences(known, asked) == ["seeds"] and set(known["seeds"]) < set(asked["seeds"]):
                with self.lock():
                    self._unpack_records()
                    self.set_status("started")  # first: killed before all is written, it is no finished run of more seeds
                    self._write(declaration)
                    self.trajectories.unlink(missing_ok=True)
                return True
            different = ", ".join(differences(known, asked))
            raise OtherRun(f"'{self.path}' already holds a different run (another {different}); choose another --out.")
        if self.path.exists() and not (self.path.is_dir() and {p.name for p in self.path.iterdir()} <= {SEALS}):
            raise RunError(f"'{self.path}' already exists and is not the folder of a run; choose another --out.")
        self._write(declaration)
        return True

    def _write(self, declaration: dict[str, Any]) -> None:
        write_sealed(self.path / "run.toml", tomli_w.dumps(declaration, multiline_strings=True).encode())
        write_json(self.path / "environment.json", environment())
        self.set_status("started")

    def _unpack_records(self) -> None:
        """Records as they are in a run under way: one with more seeds writes the file of all of them anew."""
        if self.trajectories.exists():
            from tacos.runs.trajectories import unpack_records

            unpack_records(self, self, self.declaration()["seeds"])

    def declaration(self) -> dict[str, Any]:
        """What was asked for."""
        data = read_toml(
            self.path / "run.toml", lambda: f"'{self.path}' is not the folder of a run: {self._what_else()}."
        )
        checked_declaration(data, self.path)
        if is_altered(self.path / "run.toml"):
            raise RunError(
                f"'{self.path / 'run.toml'}' is another than the run wrote; restore it, or delete '{self.path / SEALS}' to "
                f"take it as it is."
            )
        return data

    def network(self) -> Network:
        """The network that was declared."""
        from tacos.networks.network import Network

        with self._understood("network"):
            return Network.from_dict(self.declaration()["network"])

    def stream(self) -> StreamLike:
        """The stream that was declared; not one with data of the user's own."""
        import tasks

        with self._understood("stream"):
            return tasks.from_dict(self.declaration()["stream"])

    def recordings(self) -> tuple[Recording, ...]:
        """What is recorded, as it was declared."""
        from tacos.recordings.recording import Recording

        with self._understood("recording"):
            return tuple(Recording.from_dict(item) for item in self.declaration().get("record", ()))

    @contextmanager
    def _understood(self, what: str) -> Iterator[None]:
        try:
            yield
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            if type(error).__module__.partition(".")[0] in ("synapses", "tasks", "tacos"):
                raise  # a sentence already
            raise RunError(
                f"'{self.path / 'run.toml'}' does not describe a {what}: it was altered or cut "
                f"({type(error).__name__}: {' '.join(str(error).split())})."
            ) from error

    def _what_else(self) -> str:
        if (self.path / "ablation.toml").exists():
            return "it is that of an ablation, which the call that began it continues; its runs are in 'test'"
        if (self.path / "sweep.toml").exists():
            return f"it is that of a sweep, which goes on with 'tacos sweep {self.path}'; its runs are in 'cells'"
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
            found = json.loads((self.path / "status.json").read_text())
        except (OSError, ValueError, RecursionError):
            return {"state": "unknown"}
        known = isinstance(found, dict) and found.get("state") in STATES
        return found if known else {"state": "unknown"}

    def state(self) -> str:
        """How far the run is, in a word; ``killed`` if it was running and nobody runs it any more."""
        state = str(self.status()["state"])
        if state == "running":
            with suppress(OSError, Timeout), FileLock(self.path / ".lock", timeout=0):
                return "killed"
        return state

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep others from running this folder at the same time; a killed process holds nothing."""
        lock = FileLock(self.path / ".lock", timeout=0)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.refuse_links()
            lock.acquire()
        except Timeout:
            raise RunError(f"'{self.path}' is being run by another process; wait for it or stop it.") from None
        except OSError as error:
            raise RunError(f"{describe(error)}.") from error
        try:
            self._sweep()
            yield
        finally:
            lock.release()

    def refuse_links(self) -> None:
        """Refuse a folder with a symbolic link in it: what is written there would be written elsewhere."""
        for folder, folders, files in os.walk(self.path):
            for name in (*folders, *files):
                if os.path.islink(os.path.join(folder, name)):
                    raise RunError(
                        f"'{os.path.join(folder, name)}' is a symbolic link, and what a run writes stays in its folder; "
                        f"replace it by what it points to."
                    )

    def _sweep(self) -> None:
        """Remove what a killed run was writing; whoever holds the lock writes these files alone."""
        for pattern in _UNFINISHED:
            for path in (*self.path.glob(pattern), *self.path.glob(f"replicas/*/{pattern}")):
                path.unlink(missing_ok=True)


def checked_declaration(data: Mapping[str, Any], path: Path) -> None:
    """Raise an error about a declaration that no run has written."""

    def refuse(why: str) -> RunError:
        return RunError(f"'{path / 'run.toml'}' is not what a run writes: {why}; it was altered or cut.")

    format_ = data.get("format")
    if not isinstance(format_, int) or isinstance(format_, bool) or format_ < 1:
        raise refuse(f"format is a whole number from 1 on, not {format_!r}")
    if format_ > FORMAT:
        raise RunError(
            f"'{path}' was written by a newer version (format {format_}, this one reads {FORMAT}); update TACOS."
        )
    for key, kind in _REQUIRED.items():
        if not isinstance(data.get(key), kind) or isinstance(data[key], bool):
            raise refuse(f"{key} is {_KINDS[kind]}, not {data.get(key)!r:.80}")
    for key, value in data.items():
        if key not in _REQUIRED and key not in _OPTIONAL:
            raise refuse(f"'{key}' is no part of it")
        if key in _OPTIONAL and not isinstance(value, _OPTIONAL[key]):
            raise refuse(f"{key} is {_KINDS[_OPTIONAL[key]]}, not {value!r:.80}")
    try:
        listed(data["seeds"])
    except RunError as error:
        raise refuse(str(error).rstrip(".")) from None
    if data["evaluate_every"] < 0:
        raise refuse(f"evaluate_every is a number of presentations, not {data['evaluate_every']}")


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
