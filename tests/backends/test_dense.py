"""Statements of all-to-all pathways, as they are compiled."""

import numpy as np
import pytest
from brian2 import prefs

from tacos.backends.brian2.dense import dense_code

LINES = [
    "const int32_t _postsynaptic_idx = _ptr_array_a_b__synaptic_post[_idx];",
    "w_2 = _clip(w_2 - 1.0f*x/(1.0 + m)*2e-3, 0, w_max);",
    "x = 10 + 3. - 1e5*y;",
]


@pytest.fixture
def precision():
    kept = prefs.core.default_float_dtype
    yield lambda dtype: setattr(prefs.core, "default_float_dtype", dtype)
    prefs.core.default_float_dtype = kept


def test_neurons_are_known(precision):
    precision(np.float64)
    assert dense_code(LINES) == ["const int32_t _postsynaptic_idx = _target;", *LINES[1:]]


def test_constants_of_single_precision(precision):
    precision(np.float32)
    assert dense_code(LINES)[1:] == [
        "w_2 = _clip(w_2 - 1.0f*x/(1.0f + m)*2e-3f, 0, w_max);",
        "x = 10 + 3.f - 1e5f*y;",
    ]
