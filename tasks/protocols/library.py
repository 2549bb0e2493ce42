"""Protocols by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tasks.errors import TaskError, one_of
from tasks.protocols import groups, stimulation, timing
from tasks.protocols.protocol import Protocol

_PROTOCOLS: dict[str, Callable[..., Protocol]] = {
    "pairs": timing.pairs,
    "triplets": timing.triplets,
    "quadruplets": timing.quadruplets,
    "frequency": timing.frequency,
    "reward": timing.reward,
    "rate": stimulation.rate,
    "pairing": stimulation.pairing,
    "tetanus": stimulation.tetanus,
    "low-frequency": stimulation.low_frequency,
    "theta-bursts": stimulation.theta_bursts,
    "correlated": groups.correlated,
    "rate-patterns": groups.rate_patterns,
}


def names() -> tuple[str, ...]:
    """Names of the protocols there are."""
    return tuple(_PROTOCOLS)


def named(name: str, **options: Any) -> Protocol:
    """The protocol of a name, with its own options and those of `Protocol` (``dt``, ``lasts``, ``piece``).

    Raises
    ------
    TaskError
        If there is none of this name, or it has no such option.
    """
    make = _PROTOCOLS[one_of(name, _PROTOCOLS, "protocol")]
    own = [key for key, p in inspect.signature(make).parameters.items() if p.kind is not p.VAR_KEYWORD]
    for key in options:
        one_of(key, [*own, *(k for k in ("dt", "lasts", "piece") if k not in own)], f"option of the protocol {name!r}")
    try:
        return make(**options)
    except (TypeError, ValueError, ZeroDivisionError) as error:
        if isinstance(error, TaskError):
            raise
        raise TaskError(f"the protocol {name!r} cannot be made of {options}: {error}") from error
