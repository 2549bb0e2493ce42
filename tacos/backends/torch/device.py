"""Devices: whether one is there, what it is called, in which precision it computes, and how much fits on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from tacos.backends.base import BackendError
from tacos.networks.lowering import LoweredNetwork


def checked_device(device: str, dtype: str) -> Any:
    """The device of a name, if it is there and has the precision."""
    try:
        found = torch.device(device)
    except RuntimeError:
        raise BackendError(f"There is no device '{device}'; there are {', '.join(_devices())}.") from None
    try:
        torch.zeros(1, dtype=getattr(torch, dtype), device=found)
    except (TypeError, RuntimeError, AssertionError, NotImplementedError) as error:
        if found.type in _devices():
            raise BackendError(f"The device '{device}' cannot compute in {dtype}; use float32.") from error
        raise BackendError(f"There is no device '{device}' here; there are {', '.join(_devices())}.") from error
    return found


def check_double(device: str, network: LoweredNetwork) -> None:
    """Refuse a device without double precision for a network with states kept in it."""
    slow = network.states_in_double()
    try:
        if slow:
            checked_device(device, "float64")
    except BackendError:
        raise BackendError(
            f"The device '{device}' has no double precision, and changes of {', '.join(slow)} are too small for single "
            "precision; use another device, or say precision='single' of them."
        ) from None


def check_kernels(device: Any, fused: bool) -> None:
    """Refuse kernels where nothing can launch them."""
    if find_spec("triton") is None:
        raise BackendError("Kernels need Triton: pip install 'tacos-snn[kernels]'.")
    interpreted = os.environ.get("TRITON_INTERPRET", "0").lower() in ("1", "true", "on", "yes")
    if not fused or not (device.type == "cuda" or interpreted):
        raise BackendError("Kernels are for fused steps on a GPU, or anywhere with TRITON_INTERPRET=1, slowly.")


def _devices() -> list[str]:
    mps = torch.backends.mps.is_available()
    cuda = ["cuda", *(f"cuda:{k}" for k in range(1, torch.cuda.device_count()))] if torch.cuda.is_available() else []
    return ["cpu", *cuda, *(["mps"] if mps else [])]


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch in one thread."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def device_name(device: Any) -> str:
    """What a device is called."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)


def free_memory(device: Any) -> int:
    """Free memory of a device in bytes."""
    if device.type == "cuda":
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + kept
    if hasattr(os, "sysconf") and "SC_AVPHYS_PAGES" in os.sysconf_names:
        try:
            lines = Path("/proc/meminfo").read_text().splitlines()
            return 1024 * int(next(line for line in lines if line.startswith("MemAvailable")).split()[1])
        except (OSError, StopIteration):
            return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 4 << 30


def gigabytes(n: float) -> str:
    """A number of bytes, to read."""
    return f"{n / 2**30:.2g} GiB"


def replica_bytes(network: LoweredNetwork, itemsize: int, capacity: int) -> int:
    """Estimated memory of one replica: its states, and as much again for what a step makes of them."""
    synapses = sum(len(p.sources) * len(p.synapse.states) for p in network.projections)
    neurons = sum(p.size * len(p.states) for p in network.populations)
    doubles = sum(len(p.sources) * len(p.synapse.double & set(p.synapse.states)) for p in network.projections)
    shown = sum(capacity * p.size * (network.steps if p.per_step else 1) for p in network.populations if p.channel)
    return itemsize * (3 * synapses + 8 * neurons + shown) + 3 * (8 - itemsize) * doubles


@contextmanager
def default_dtype(dtype: Any) -> Iterator[None]:
    """Numbers that meet integers become floats of our precision; the user's default afterwards."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
