"""NEST, in an environment of its own: it is no dependency of the project, and wants other versions of libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tacos.backends.brian2.cache import cache_folder


def interpreter() -> Path | None:
    """A Python that has NEST, made in the cache folder at the first call; NEST_PYTHON names another."""
    if given := os.environ.get("NEST_PYTHON"):
        return Path(given)
    folder = cache_folder().with_name("peers") / "nest"
    python = folder / "bin/python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        if subprocess.run([python, "-c", "import nest"], capture_output=True).returncode:
            subprocess.run([python, "-m", "pip", "install", "-q", "nest-simulator==3.10.0"], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"NEST is left out: {error}")
        return None
    return python


def in_nest(python: Path, script: str, values: dict[str, Any]) -> dict[str, Any]:
    """What came out of one of the scripts beside this file."""
    command = [python, Path(__file__).with_name(script), json.dumps(values)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
