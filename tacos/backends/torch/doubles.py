"""Blocks that change a state kept in double precision read everything in double precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

#: Numbers of Python, which have double precision anyway.
_PYTHON = ("dt", "duration")


def in_double(bindings: Mapping[str, str], variables: Mapping[str, Any], double: bool) -> dict[str, str]:
    """Code of names, ``double`` if it is asked for: of real numbers, integer states and the time, not of places."""
    if not double:
        return dict(bindings)

    def widened(name: str, code: str) -> bool:
        dtype = getattr(variables.get(name), "dtype", None)
        kind = np.dtype(dtype).kind if dtype is not None else ""  # functions have none
        real = kind == "f" and name not in _PYTHON and "_n" in code
        return real or name == "now" or (kind == "i" and "_n.state[" in code)

    return {name: f"({code}).double()" if widened(name, code) else code for name, code in bindings.items()}
