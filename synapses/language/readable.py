"""What the code of a synapse may read, with dimensions, and where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.core.variables import Constant, Variable
from brian2.equations.equations import EquationError, Equations
from brian2.units.allunits import second
from brian2.units.fundamentalunits import DIMENSIONLESS

from synapses.language.declarations import Mechanism
from synapses.language.errors import DeclarationError
from synapses.language.statements import parsed
from synapses.language.units import Dimension, dimensions_of
from synapses.language.values import said

if TYPE_CHECKING:
    from synapses.language.model import Synapse

Known = dict[str, Variable]
#: Made once: there are some two thousand units.
EVERYWHERE: Known = {
    **DEFAULT_FUNCTIONS,
    **DEFAULT_CONSTANTS,
    **{name: Constant(name, float(u), dimensions=u.dim) for name, u in DEFAULT_UNITS.items()},
}

ANYWHERE: dict[str, Dimension] = {"True": DIMENSIONLESS, "False": DIMENSIONLESS}
IN_EVENTS: dict[str, Dimension] = ANYWHERE | {
    "dt": second.dim, "duration": second.dim, "now": DIMENSIONLESS, "gate": DIMENSIONLESS,
    "learning": DIMENSIONLESS, "i": DIMENSIONLESS, "j": DIMENSIONLESS, "n_pre": DIMENSIONLESS, "n_post": DIMENSIONLESS,
}  # fmt: skip
IN_EQUATIONS: dict[str, Dimension] = IN_EVENTS | {"xi": (second**-0.5).dim}
IN_INITIAL: dict[str, Dimension] = ANYWHERE | {
    "dt": second.dim, "duration": second.dim, "i": DIMENSIONLESS, "j": DIMENSIONLESS, "n_pre": DIMENSIONLESS,
    "n_post": DIMENSIONLESS,
}  # fmt: skip
#: Names that mean something somewhere, so that a message can say where.
MEANINGS = {
    "gate": "in events and clock-driven equations",
    "elapsed": "in the events of a mechanism with event-driven equations",
    "xi": "in clock-driven equations",
    "i": "in events, equations and initial values",
    "j": "in events, equations and initial values",
    "n_pre": "in events, equations and initial values",
    "n_post": "in events, equations and initial values",
    "dt": "in events, equations and initial values",
    "duration": "in events, equations and initial values",
    "now": "in events and equations",
    "learning": "in events and equations",
    "n_source": "in what a neuromodulator does on its source",
}


#: What equations that mean nothing end in, in Brian2 or in SymPy.
UNREADABLE = (EquationError, SyntaxError, ValueError, KeyError, TypeError, NotImplementedError, AttributeError)
EXAMPLE = "them like 'dx/dt = -x/tau : 1'"
#: What is written in Python and not here, and what to write instead.
_INSTEAD = {
    "max": "max(x, low) as clip(x, low, inf)",
    "maximum": "max(x, low) as clip(x, low, inf)",
    "min": "min(x, high) as clip(x, -inf, high)",
    "minimum": "min(x, high) as clip(x, -inf, high)",
    "if": "'a if c else b' as int(c)*a + (1 - int(c))*b",
    "else": "'a if c else b' as int(c)*a + (1 - int(c))*b",
    "round": "round(x) as floor(x + 0.5)",
    "heaviside": "heaviside(x) as int(x > 0)",
    "nan": "a number in place of nan",
}


def hint_of(text: str) -> str:
    """What to write instead of something that Python has and the language has not; empty if there is nothing."""
    if "^" in text:
        return "a power as x**2"
    return next((_INSTEAD[word] for word in re.findall(r"[A-Za-z_]\w*", text) if word in _INSTEAD), "")


def read_equations(text: str, what: str) -> Equations:
    """Equations of a text, or one sentence about what they are not."""
    try:
        return parsed(text)
    except UNREADABLE as error:
        shown = " ".join(text.split()) if isinstance(text, str) else said(text)
        raise DeclarationError(
            f"{what}: cannot read the equations '{shown}'; write {hint_of(shown) or EXAMPLE}."
        ) from error


def equations_of(mechanism: Mechanism) -> Equations:
    """Equations of a mechanism."""
    return read_equations(mechanism.equations, f"Mechanism '{mechanism.name}'")


def is_event_driven(mechanism: Mechanism) -> bool:
    """Whether some of its equations are brought up to date at events only."""
    return bool(mechanism.equations) and any(
        "event-driven" in equation.flags for equation in equations_of(mechanism).values()
    )


def all_that_is_read(synapse: Synapse) -> Known:
    """Everything that the synapse's code may read, with dimensions; names like ``dt`` depend on where."""
    known = own_values(synapse)
    for mechanism in synapse.mechanisms:
        for side, needs in (("pre", mechanism.pre), ("post", mechanism.post)):
            for need in needs:
                name = f"{need.name}_{side}"
                known[name] = Variable(name, dimensions=dimensions_of(need.unit), dtype=_dtype(need.unit))
        for modulator in mechanism.modulators:
            for equation in parsed(modulator.equations).values():
                known[equation.varname] = Variable(equation.varname, dimensions=equation.dim)
        if mechanism.equations:
            for equation in equations_of(mechanism).values():
                variable = Variable(equation.varname, dimensions=equation.dim, dtype=_dtype(equation.var_type))
                known.setdefault(equation.varname, variable)
    return known


def own_values(synapse: Synapse) -> Known:
    """What the synapse itself holds: constants, parameters and states."""
    known = dict(EVERYWHERE)
    for p in synapse.own_parameters().values():
        known[p.name] = Constant(p.name, p.value, dimensions=dimensions_of(p.unit))
    for state in synapse.all_states().values():
        known[state.name] = Variable(state.name, dimensions=dimensions_of(state.unit), dtype=_dtype(state.unit))
    return known


def with_names(known: Known, builtin: dict[str, Dimension]) -> Known:
    """The same with the names that have a meaning in this place (None: none)."""
    kinds = {"now": int, "learning": int, "i": int, "j": int, "n_pre": int, "n_post": int}
    added = {
        name: Variable(name, dimensions=dim, dtype=kinds.get(name, float))
        for name, dim in builtin.items()
        if dim is not None
    }
    return {**known, **added}


def _dtype(unit: str) -> type:
    return {"integer": int, "boolean": bool}.get(unit, float)
