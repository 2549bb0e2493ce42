"""Errors of runs; those of declarations are in :mod:`synapses`, those of data in :mod:`tasks`."""

import errno


class RunError(RuntimeError):
    """A run cannot start or go on; the message says why and what to do."""


def describe(error: OSError) -> str:
    """What the operating system refused, and what to do about it, without a full stop."""
    where = f" '{error.filename}'" if error.filename else " a file"
    what = (error.strerror or str(error)).rstrip(".")
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return f"Cannot read or write{where}: {what}; {'free some space' if full else 'choose another place'}"
