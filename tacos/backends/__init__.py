"""What runs a network: backends by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tacos.backends.base import BackendError, Outcome, RawRecord, Simulator, Task
from tacos.network import Network

__all__ = ["BackendError", "Outcome", "RawRecord", "Simulator", "Task", "check_choice", "simulator"]

MODES = ("standalone", "runtime")


def check_choice(backend: str, mode: str, dtype: str, chunk: int | None) -> None:
    """Raise a :class:`BackendError` about the first of these that cannot be."""
    if backend != "brian2":
        raise BackendError(f"There is no backend '{backend}'; there is brian2.")
    if mode not in MODES:
        raise BackendError(f"There is no mode '{mode}'; there are {', '.join(MODES)}.")
    if dtype not in ("float64", "float32"):
        raise BackendError(f"There is no precision '{dtype}'; there are float64 and float32.")
    if chunk is not None and chunk < 1:
        raise BackendError(f"A chunk is at least one presentation, not {chunk}.")


def simulator(
    network: Network,
    backend: str = "brian2",
    mode: str = "standalone",
    dtype: str = "float64",
    chunk: int | None = None,
    say: Callable[[str], Any] = lambda _: None,
) -> Simulator:
    """The simulator of a network.

    Parameters
    ----------
    network : Network
    backend : {"brian2"}
    mode : {"standalone", "runtime"}
        Without a C++ compiler, ``standalone`` falls back to ``runtime`` with NumPy and says so.
    dtype : {"float64", "float32"}
    chunk : int, optional
        Presentations run in one go, between two checkpoints; changes no result.
    say : callable
        Told what takes time or was decided, in one sentence.
    """
    check_choice(backend, mode, dtype, chunk)
    if mode == "standalone":
        from tacos.backends.brian2.standalone import StandaloneSimulator, compiler

        if compiler():
            starting = "Compiling the network (once, about half a minute)"
            return StandaloneSimulator(network, dtype, on_compile=lambda: say(starting), chunk=chunk)
        say("No C++ compiler was found: running with NumPy instead, some ten times slower")
    from tacos.backends.brian2.runtime import CAPACITY, RuntimeSimulator

    return RuntimeSimulator(network, dtype, chunk or CAPACITY)
