"""Devices: whether one is there, what it is called, and how much fits on it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from tacos.backends.base import BackendError


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


def _devices() -> list[str]:
    mps = torch.backends.mps.is_available()
    cuda = ["cuda", *(f"cuda:{k}" for k in range(1, torch.cuda.device_count()))] if torch.cuda.is_available() else []
    return ["cpu", *cuda, *(["mps"] if mps else [])]


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
