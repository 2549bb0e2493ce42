"""Code that changes a state kept in double precision computes in double precision throughout.

Brian2 gives every intermediate value, and every number that it works out in advance (``1 - 2e-8``), the precision of
its preferences; here it is that of the states which a piece of code assigns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from brian2 import prefs
from brian2.devices.device import Device

from synapses.language.statements import read_statements


def types(names: Iterable[str]) -> dict[str, type]:
    """Types for Brian2's groups: double precision for some names, that of the preferences for all others."""
    return dict.fromkeys(names, np.float64)


@contextmanager
def doubles_are_kept() -> Iterator[None]:
    """Let Brian2 generate code for states of both precisions; it is as before afterwards."""
    kept = Device.code_object

    def code_object(
        self: Any, owner: Any, name: str, abstract_code: Any, variables: Any, *args: Any, **kwds: Any
    ) -> Any:
        before = prefs.core.default_float_dtype
        if before is np.float32 and _assigns_a_double(abstract_code, variables):
            prefs.core.default_float_dtype = np.float64
        try:
            return kept(self, owner, name, abstract_code, variables, *args, **kwds)
        finally:
            prefs.core.default_float_dtype = before

    Device.code_object = code_object
    try:
        yield
    finally:
        Device.code_object = kept


def _assigns_a_double(code: Mapping[str, str] | str, variables: Mapping[str, Any]) -> bool:
    blocks = code.values() if isinstance(code, Mapping) else [code]
    assigned = {s.target for block in blocks if block for s in read_statements(block, "a block")}
    return any(getattr(variables.get(name), "dtype", None) == np.float64 for name in assigned)
