"""Find a published data file on this machine or fetch it, and never trust it before its checksum matches.

The checksum is that of the decompressed bytes: gzip streams and archives differ from one compressor to the next.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import os
import tarfile
import tempfile
import textwrap
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import DataError

Fetch = Callable[[str, Path], None]
"""Writes what lies at a URL (first argument) to a file (second); raises OSError where it cannot."""


@dataclass(frozen=True)
class RemoteFile:
    """One published file: its folder and name, the length and sha256 of its decompressed bytes."""

    folder: str
    name: str
    size: int
    sha256: str

    @property
    def stored(self) -> tuple[str, ...]:
        """Names under which it may lie in its folder; a download gets the first."""
        return f"{self.name}.gz", self.name

    def at(self, mirror: str) -> str:
        """Its address at a mirror, the address of a folder."""
        return f"{mirror}{self.name}.gz"

    def unpacked(self, data: bytes, called: str) -> bytes:
        """Return what the checksum is of, from what was found under a name."""
        if not called.endswith(".gz"):
            return data
        try:
            return gzip.decompress(data)
        except EOFError:
            raise Unreadable("truncated", "a gzip stream without its end") from None
        except (gzip.BadGzipFile, zlib.error):
            raise Unreadable("altered", "no valid gzip stream") from None

    def __str__(self) -> str:
        return f"{self.folder}/{self.stored[0]}"


@dataclass(frozen=True)
class RemoteArchive(RemoteFile):
    """Some files of a published archive; length and checksum are those of their bytes one after the other.

    Mirrors are whole addresses of archives. Only files whose name ends in `suffix` count.
    """

    suffix: str

    @property
    def stored(self) -> tuple[str, ...]:
        """Names under which it may lie in its folder; how it is compressed is read from the archive itself."""
        return f"{self.name}.tar.gz", f"{self.name}.tar.xz", f"{self.name}.tar"

    def at(self, mirror: str) -> str:
        """The mirror itself."""
        return mirror

    def unpacked(self, data: bytes, called: str) -> bytes:
        """Return the bytes of all files, in the order of their names without folders."""
        del called
        found: dict[str, bytes] = {}
        try:
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                for member in archive:
                    if member.name.endswith(self.suffix) and (file := archive.extractfile(member)):
                        found[member.name.rpartition("/")[2]] = file.read()
        except EOFError:
            raise Unreadable("truncated", "an archive without its end") from None
        except (tarfile.TarError, lzma.LZMAError, OSError, zlib.error):
            raise Unreadable("altered", "no valid archive") from None
        return b"".join(found[name] for name in sorted(found))


class Unreadable(Exception):
    """A file cannot be unpacked: what is wrong with it, and what was found."""


def obtain(file: RemoteFile, mirrors: Sequence[str], fetch: Fetch | None = None, cache: Path | None = None) -> bytes:
    """Return the unpacked bytes of a published file, checked.

    Looked for in the folder that the environment variable ``TACOS_DATA`` names, then in the cache, then on
    each mirror in turn; only a file that passed its check is written to the cache.

    Parameters
    ----------
    file : RemoteFile
        What to look for; on disk it may be compressed (``name.gz``) or not (``name``). Or a `RemoteArchive`.
    mirrors : sequence of str
        Addresses of folders that hold ``name.gz``, each ending in a slash; of an archive its own addresses.
    fetch : callable, optional
        What downloads; pooch by default.
    cache : Path, optional
        The cache folder; by default the platform's own for "tacos".

    Raises
    ------
    DataError
        If a file found on disk is altered or truncated, or no mirror gives the right one.
    """
    own = os.environ.get("TACOS_DATA")
    path = _find(file, Path(own)) if own else None
    if path is None:
        cache = cache_folder() if cache is None else cache
        path = _find(file, cache) or _download(file, mirrors, fetch or _fetch_with_pooch, cache)
    return _read_checked(file, path)


def cache_folder() -> Path:
    """Where downloads and what was made of them are kept: the platform's folder for "tacos"."""
    import pooch  # imported where needed: with TACOS_DATA set there is nothing to download

    return Path(pooch.os_cache("tacos"))


def _find(file: RemoteFile, folder: Path) -> Path | None:
    for name in file.stored:
        path = folder / file.folder / name
        if path.exists():
            return path
    return None


def _download(file: RemoteFile, mirrors: Sequence[str], fetch: Fetch, cache: Path) -> Path:
    target = cache / file.folder / file.stored[0]
    failures = []
    for mirror in mirrors:
        url = file.at(mirror)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent) as folder:
                arrived = Path(folder) / target.name
                fetch(url, arrived)
                _read_checked(file, arrived, called=url)
                os.replace(arrived, target)  # at once: no other process ever sees half a file
            return target
        except DataError as error:
            failures.append(str(error).rstrip("."))
        except OSError as error:
            failures.append(f"{url}: {textwrap.shorten(str(error), 120)}")
    own = os.environ.get("TACOS_DATA") or "not set"
    raise DataError(
        f"{file} was not found: set TACOS_DATA (now {own}) to the folder that holds it; it is not in the "
        f"cache {cache} either, and no mirror gave it: {'; '.join(failures)}."
    )


def _read_checked(file: RemoteFile, path: Path, called: str | None = None) -> bytes:
    called = called or str(path)
    expected = f"expected sha256 {file.sha256} of {file.size} decompressed bytes"
    try:
        data = file.unpacked(path.read_bytes(), path.name)
    except Unreadable as error:
        fault, what = error.args
        raise DataError(f"{called} is {fault}: {expected}, found {what}.") from None
    except OSError as error:
        raise DataError(f"{called} cannot be read ({error}): {expected}.") from None
    found = hashlib.sha256(data).hexdigest()
    if found != file.sha256:
        fault = "truncated" if len(data) < file.size else "altered"
        raise DataError(f"{called} is {fault}: {expected}, found {found} of {len(data)}.")
    return data


def _fetch_with_pooch(url: str, path: Path) -> None:
    import pooch

    pooch.HTTPDownloader(timeout=30)(url, str(path), None)
