"""Files that are whole or not there at all."""

from __future__ import annotations

import copy
import functools
import json
import os
import sys
import tempfile
import tomllib
import zipfile
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from tacos.errors import RunError, describe

if TYPE_CHECKING:
    import xarray as xr


def write_atomically(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Write a file beside its place and move it there when it is whole and on the disk.

    Raises
    ------
    RunError
        If the disk is full or the folder cannot be written; what was there before stays.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        error.filename = str(path)
        raise RunError(f"{describe(error)}.") from error
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    write_atomically(path, lambda file: file.write(text.encode()))


def write_json(path: Path, data: Any) -> None:
    """Write a JSON file atomically."""
    write_text(path, json.dumps(data, indent=1) + "\n")


def read_toml(path: Path, missing: Callable[[], str]) -> dict[str, Any]:
    """What a TOML file says.

    Raises
    ------
    RunError
        With the sentence `missing` if it is not there, or why it cannot be read.
    """
    try:
        return copy.deepcopy(_parsed(path.read_text()))
    except (FileNotFoundError, NotADirectoryError):
        raise RunError(missing()) from None
    except OSError as error:
        raise RunError(f"{describe(error)}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RunError(f"'{path}' cannot be read: {error}.") from error


@functools.lru_cache(64)  # a declaration is read several times while it runs, and parsing a network takes a while
def _parsed(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


def write_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays to an npz file atomically."""
    write_atomically(path, lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]


def netcdf(dataset: xr.Dataset) -> bytes:
    """A data set as the content of a NetCDF file."""
    alone: AbstractContextManager[Any] = nullcontext()
    if "dask" in sys.modules:  # beside a scheduler of Dask, xarray asks it for a lock that it does not have
        alone = sys.modules["dask"].config.set(scheduler="synchronous")
    with alone:
        return bytes(dataset.to_netcdf(engine="h5netcdf"))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Arrays of an npz file.

    Raises
    ------
    RunError
        If the file was damaged.
    """
    try:
        with np.load(path) as stored:
            return {key: stored[key] for key in stored.files}
    except OSError as error:
        raise RunError(f"{describe(error)}.") from error
    except (EOFError, LookupError, NotImplementedError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise RunError(f"'{path}' is damaged; delete it to start this replica anew.") from error
