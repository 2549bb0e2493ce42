"""Other simulators, each in an environment of its own: no dependencies, and they want other versions of libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tacos.backends.brian2.cache import cache_folder

#: By the name of its module: what is installed.
PEERS = {
    "nest": ("nest-simulator==3.10.0",),
    "brainstate": ("brainstate==0.5.4", "jax[cpu]==0.10.2"),
    "bindsnet": ("bindsnet==0.3.4",),
}


def interpreter(peer: str) -> Path | None:
    """A Python that has a peer, made in the cache folder at the first call; NEST_PYTHON, for one, names another."""
    if given := os.environ.get(f"{peer.upper()}_PYTHON"):
        return Path(given)
    folder = cache_folder().with_name("peers") / peer
    python = folder / "bin/python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        if subprocess.run([python, "-c", f"import {peer}"], capture_output=True).returncode:
            subprocess.run([python, "-m", "pip", "install", "-q", *PEERS[peer]], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{peer} is left out: {error}")
        return None
    return python


def in_peer(python: Path, script: str, values: dict[str, Any]) -> dict[str, Any]:
    """What came out of one of the scripts beside this file."""
    command = [python, Path(__file__).with_name(script), json.dumps(values)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
