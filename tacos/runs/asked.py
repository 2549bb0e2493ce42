"""What a run is asked for beside numbers: folders and labels."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from synapses.language.values import said
from tacos.errors import RunError


def folder(out: Any, default: Path | None = None) -> Path:
    """The folder that was asked for, or the default where none was."""
    if out is None and default is not None:
        return default
    if not isinstance(out, str | os.PathLike) or not str(out) or "\0" in str(out):
        raise RunError(f"out is a folder, such as 'runs/first', not {said(out)}.")
    return Path(out)


def text(value: Any, right: str) -> str:
    """A text, or a sentence that begins with what would be right."""
    if not isinstance(value, str):
        raise RunError(f"{right}, not {said(value)}.")
    return value


def texts(given: Any, right: str) -> list[str]:
    """One text or several."""
    if isinstance(given, bytes) or not isinstance(given, Iterable):
        raise RunError(f"{right}, not {said(given)}.")
    return [text(one, right) for one in ([given] if isinstance(given, str) else given)]


def by_label(given: Any, right: str) -> Mapping[str, Any]:
    """A dictionary whose keys are texts."""
    if not isinstance(given, Mapping):
        raise RunError(f"{right}, not {said(given)}.")
    for label in given:
        text(label, f"{right}, whose labels are texts")
    return given
