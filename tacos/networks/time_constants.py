"""Time constants that can be integrated with a time step."""

from __future__ import annotations

from collections.abc import Iterable

from synapses import DeclarationError, Parameter


def check_time_constants(here: str, parameters: Iterable[Parameter], dt: float) -> None:
    """Refuse time constants that are none, and a time step with which integration would not be stable."""
    for parameter in parameters:
        if not (parameter.name.startswith("tau") and parameter.unit == "second"):
            continue
        if parameter.value <= 0:
            raise DeclarationError(
                f"{here}: the time constant {parameter.name} = {parameter.value:g} s must be longer than zero."
            )
        if parameter.value < dt:
            raise DeclarationError(
                f"{here}: the time step of {dt:g} s is longer than {parameter.name} = {parameter.value:g} s; make dt "
                f"shorter."
            )
