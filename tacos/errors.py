"""Errors of runs; those of declarations are in :mod:`synapses`, those of data in :mod:`tasks`."""


class RunError(RuntimeError):
    """A run cannot start or go on; the message says why and what to do."""
