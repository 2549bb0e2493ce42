"""``uniform`` and ``normal`` of :mod:`tacos.networks.random_numbers` as Brian2 functions for C++, Cython and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from brian2 import Function

from tacos.networks import random_numbers

_PHILOX = """
static inline void _philox_%NAME%(uint32_t c[4], uint32_t k0, uint32_t k1)
{
    for (int round = 0; round < 10; round++)
    {
        const uint64_t first = (uint64_t)0xD2511F53u * c[0], second = (uint64_t)0xCD9E8D57u * c[2];
        const uint32_t c1 = c[1], c3 = c[3];
        c[0] = (uint32_t)(second >> 32) ^ c1 ^ k0;
        c[1] = (uint32_t)second;
        c[2] = (uint32_t)(first >> 32) ^ c3 ^ k1;
        c[3] = (uint32_t)first;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}
"""

_CPP = {
    "uniform": """
static inline double uniform(int seed, int phase, int presentation, int step, int index, int site)
{
    uint32_t c[4] = {(uint32_t)index, (uint32_t)step, (uint32_t)presentation, (uint32_t)site};
    _philox_%NAME%(c, (uint32_t)seed, (uint32_t)phase);
    return (c[0] >> 8) * (1.0/16777216.0);
}
// The numbers of several neurons; 24 bits are exact in single precision.
static inline void uniforms(int seed, int phase, int presentation, int step, const int32_t *__restrict index, int n,
                            int site, float *__restrict numbers)
{
    for (int k = 0; k < n; k++)
    {
        uint32_t c[4] = {(uint32_t)index[k], (uint32_t)step, (uint32_t)presentation, (uint32_t)site};
        _philox_%NAME%(c, (uint32_t)seed, (uint32_t)phase);
        numbers[k] = (c[0] >> 8) * (1.0f/16777216.0f);
    }
}
""",
    "normal": """
static inline double normal(int seed, int phase, int presentation, int step, int index, int site)
{
    uint32_t c[4] = {(uint32_t)index, (uint32_t)step, (uint32_t)presentation, (uint32_t)site};
    _philox_%NAME%(c, (uint32_t)seed, (uint32_t)phase);
    const double radius = ((c[0] >> 8) + 1.0) * (1.0/16777216.0), angle = (c[1] >> 8) * (1.0/16777216.0);
    return sqrt(-2.0*log(radius)) * cos(6.283185307179586*angle);
}
""",
}

_CYTHON_PHILOX = """
cdef int _philox_{name}(int seed, int phase, int presentation, int step, int index, int site,
                                  unsigned int* first_word, unsigned int* second_word) noexcept:
    cdef unsigned long long first, second
    cdef unsigned int c0 = <unsigned int>index, c1 = <unsigned int>step
    cdef unsigned int c2 = <unsigned int>presentation, c3 = <unsigned int>site
    cdef unsigned int k0 = <unsigned int>seed, k1 = <unsigned int>phase
    cdef unsigned int n0, n2
    cdef int r
    for r in range(10):
        first = <unsigned long long>0xD2511F53 * c0
        second = <unsigned long long>0xCD9E8D57 * c2
        n0 = <unsigned int>(second >> 32) ^ c1 ^ k0
        n2 = <unsigned int>(first >> 32) ^ c3 ^ k1
        c1 = <unsigned int>second
        c3 = <unsigned int>first
        c0 = n0
        c2 = n2
        k0 = k0 + <unsigned int>0x9E3779B9
        k1 = k1 + <unsigned int>0xBB67AE85
    first_word[0] = c0
    second_word[0] = c1
    return 0
"""

_CYTHON = {
    "uniform": """
cdef double uniform(int seed, int phase, int presentation, int step, int index, int site):
    cdef unsigned int first, second
    _philox_uniform(seed, phase, presentation, step, index, site, &first, &second)
    return (first >> 8) * (1.0/16777216.0)
""",
    "normal": """
from libc.math cimport sqrt as _sqrt, log as _log, cos as _cos
cdef double normal(int seed, int phase, int presentation, int step, int index, int site):
    cdef unsigned int first, second
    _philox_normal(seed, phase, presentation, step, index, site, &first, &second)
    cdef double radius = ((first >> 8) + 1.0) * (1.0/16777216.0), angle = (second >> 8) * (1.0/16777216.0)
    return _sqrt(-2.0*_log(radius)) * _cos(6.283185307179586*angle)
""",
}


def random_functions() -> dict[str, Function]:
    """The two functions, for a namespace."""
    return {name: _function(name, getattr(random_numbers, name)) for name in ("uniform", "normal")}


def _function(name: str, numpy_function: Any) -> Function:
    def vectorized(seed: Any, phase: Any, presentation: Any, step: Any, index: Any, site: Any) -> np.ndarray:
        return numpy_function(_scalar(seed), _scalar(phase), _scalar(presentation), _scalar(step), index, _scalar(site))

    function = Function(
        vectorized,
        arg_units=[1] * 6,
        return_unit=1,
        arg_types=["integer"] * 6,
        return_type="float",
        stateless=True,
    )
    function.implementations.add_implementation("numpy", vectorized)
    function.implementations.add_implementation("cpp", (_PHILOX + _CPP[name]).replace("%NAME%", name), name=name)
    function.implementations.add_implementation("cython", _CYTHON_PHILOX.format(name=name) + _CYTHON[name], name=name)
    return function


def _scalar(value: Any) -> int:
    """Shared variables reach NumPy code as arrays of one element."""
    return int(np.asarray(value).reshape(-1)[0])
