"""Words with a meaning in the programs that are generated: C++, Cython, NumPy and PyTorch take names as they are."""

from __future__ import annotations

import keyword

_CPP = """
alignas alignof and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class co_await
co_return co_yield compl concept const consteval constexpr constinit const_cast continue decltype default delete do
double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable namespace
new noexcept not_eq nullptr operator or_eq private protected public register reinterpret_cast requires restrict return
short signed sizeof static static_assert static_cast struct switch template this thread_local throw true try typedef
typeid typename typeof union unsigned using virtual void volatile wchar_t while xor xor_eq
"""
#: Macros of the headers that generated programs include, and what every C++ program has.
_MACROS = """
NULL NAN INFINITY HUGE_VAL HUGE_VALF HUGE_VALL EOF BUFSIZ RAND_MAX EXIT_SUCCESS EXIT_FAILURE CLOCKS_PER_SEC
M_E M_LOG2E M_LOG10E M_LN2 M_LN10 M_PI M_PI_2 M_PI_4 M_1_PI M_2_PI M_2_SQRTPI M_SQRT2 M_SQRT1_2 FP_NAN FP_INFINITE
FP_ZERO FP_SUBNORMAL FP_NORMAL INT_MAX INT_MIN UINT_MAX LONG_MAX LONG_MIN DBL_MAX DBL_MIN FLT_MAX FLT_MIN SIZE_MAX
errno stdin stdout stderr assert offsetof va_arg unix linux main std size_t ssize_t int8_t int16_t int32_t int64_t
uint8_t uint16_t uint32_t uint64_t
"""
_CYTHON = "cdef cpdef ctypedef cimport cppclass nogil gil include numpy"
#: Functions and modules that the generated programs call.
_CALLED = "uniform uniforms normal brian torch math whole chosen copied pooled due"

WORDS = frozenset([*_CPP.split(), *_MACROS.split(), *_CYTHON.split(), *keyword.kwlist, *_CALLED.split()])

#: What populations get from the network, or what counts in their programs.
OF_NEURONS = frozenset(
    "step presentation now learning duration random_seed random_phase first_presentation spike_count fired stimulus "
    "refractory_steps refractory_period not_refractory lastspike t_in_timesteps efficacy arrived".split()
)
