"""Functions that look up the values of time courses, for C++, Cython and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Function

from tacos.networks.lowering import LoweredPopulation

_CPP = """
static inline double {name}(int index)
{{
    static const double values[] = {{{values}}};
    return values[index < {n} ? index : {n} - 1];
}}
"""
_CYTHON = """
cdef double {name}(int index):
    global _namespace{name}_values
    return _namespace{name}_values[index if index < {n} else {n} - 1]
"""


def course_functions(population: LoweredPopulation) -> dict[str, Function]:
    """The functions that a population's equations call, for its namespace."""
    return {name: _function(name, np.array(values)) for name, values in population.courses.items()}


def _function(name: str, values: np.ndarray) -> Function:
    def looked_up(index: Any) -> Any:
        return values[np.minimum(index, len(values) - 1)]

    function = Function(
        looked_up, arg_units=[1], return_unit=1, arg_types=["integer"], return_type="float", stateless=True
    )
    numbers = {"name": name, "n": len(values), "values": ", ".join(map(repr, values.tolist()))}
    function.implementations.add_implementation("numpy", looked_up)
    function.implementations.add_implementation("cpp", _CPP.format(**numbers), name=name)
    function.implementations.add_implementation(
        "cython", _CYTHON.format(**numbers), name=name, namespace={f"{name}_values": values}
    )
    return function
