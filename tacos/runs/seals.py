"""Digests of the files that a folder is read by, so that one that was altered is not taken for what was written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tacos.runs.storage import write_atomically, write_json

SEALS = "digests.json"


def write_sealed(path: Path, content: bytes) -> None:
    """Write a file atomically and note its digest; killed in between, the file has none, and counts as it is."""
    known = _known(path.parent)
    if known.pop(path.name, None):
        write_json(path.parent / SEALS, known)
    write_atomically(path, lambda file: file.write(content))
    write_json(path.parent / SEALS, known | {path.name: _digest(content)})


def is_altered(path: Path) -> bool:
    """Whether a file is another than was written; what has no digest, as in folders of earlier versions, is not."""
    known = _known(path.parent).get(path.name)
    return known is not None and known != _digest(path.read_bytes())


def _known(folder: Path) -> dict[str, str]:
    try:
        found = json.loads((folder / SEALS).read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
