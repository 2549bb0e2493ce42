"""Flags of equations: those that mean something here, and no others."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from brian2.equations.equations import DIFFERENTIAL_EQUATION, PARAMETER, SUBEXPRESSION, Equations

from synapses.language.errors import DeclarationError

OF_SYNAPSES = {DIFFERENTIAL_EQUATION: ("clock-driven", "event-driven")}
OF_NEURONS = {DIFFERENTIAL_EQUATION: ("unless refractory",), SUBEXPRESSION: ("constant over dt",)}
OF_MODULATORS = {SUBEXPRESSION: ("constant over dt",)}


def check_flags(equations: Equations, allowed: Mapping[str, Collection[str]], where: str) -> None:
    """Refuse a flag that would be dropped, or that means something to Brian2 and nothing here.

    Parameters
    ----------
    equations : Equations
    allowed : mapping
        Flags by the type of an equation, such as `OF_NEURONS`.
    where : str
        For messages.
    """
    for equation in equations.values():
        known = allowed.get(equation.type, ())
        for flag in equation.flags:
            if flag in known:
                continue
            if flag in ("constant", "shared") and equation.type == PARAMETER:
                right = f"what does not change is a constant: Parameter('{equation.varname}', ...)"
            else:
                right = (
                    "there it can be " + " or ".join(f"'{name}'" for name in known) if known else "it has none there"
                )
            raise DeclarationError(f"{where}: the equation of '{equation.varname}' has the flag '{flag}'; {right}.")
