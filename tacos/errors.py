"""Errors of runs; those of declarations are in :mod:`synapses`, those of data in :mod:`tasks`."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class RunError(RuntimeError):
    """A run cannot start or go on; the message says why and what to do."""


class OtherRun(RunError):
    """The folder holds a run that was asked for differently."""


class Unlearnable(RunError):
    """The same run would fail again: it diverges, or lacks what it has to know. A full disk may be free next time."""


class Interrupted(RunError):
    """Somebody stopped what ran; what has finished is kept, and the message says how to go on."""


class Stopped(Exception):
    """A run was asked to stop; the last checkpoints of its replicas are on disk."""


def of_seeds(errors: Mapping[int, RunError], n_seeds: int, how_to_resume: str) -> RunError:
    """What went wrong with some seeds of a run: an error that may not come again, if there is one, else the first."""
    if passing := [error for error in errors.values() if not isinstance(error, Unlearnable)]:
        return RunError(f"{passing[0]} Go on with: {how_to_resume}")
    others = f" {n_seeds - len(errors)} of {n_seeds} seeds have finished." if len(errors) < n_seeds else ""
    return Unlearnable(f"{errors[min(errors)]}{others}")


def is_bug(error: BaseException) -> bool:
    """Whether it is a mistake of the program, rather than of what it was given, a disk, or memory."""
    return type(error).__module__ == "builtins" and not isinstance(error, (OSError, MemoryError, RuntimeError))


@contextmanager
def interruptible(how: str) -> Iterator[None]:
    """Say how the whole goes on after a Ctrl-C, or after the interruption of a part of it."""
    try:
        yield
    except (KeyboardInterrupt, Interrupted):
        raise Interrupted(f"Stopped; {how}") from None


def describe(error: OSError) -> str:
    """What the operating system refused, and what to do about it, without a full stop."""
    where = f" '{error.filename}'" if error.filename else " a file"
    what = (error.strerror or str(error)).rstrip(".")
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return f"Cannot read or write{where}: {what}; {'free some space' if full else 'choose another place'}"
