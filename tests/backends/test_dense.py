"""Statements of all-to-all pathways, as they are compiled, and what they compute."""

import numpy as np
import pytest
from brian2 import prefs

import synapses
import tacos
import tasks
from tacos.backends.brian2.dense import adds, dense_code, far_ends, row_code
from tacos.backends.brian2.standalone import StandaloneSimulator
from tacos.networks.initial import initial_state
from tacos.networks.populations import lif, stimulus
from tests.backends import assembly

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


def test_rows_are_taken_together_where_they_only_add(precision):
    precision(np.float64)
    adding = [
        LINES[0],
        "float I_post = _ptr_array_b_I[_postsynaptic_idx];",
        "I_post += (1.0 - x)*_ptr_array_a_b_w[_idx];",
        "_ptr_array_b_I[_postsynaptic_idx] = I_post;",
    ]
    assert adds(adding)
    assert not adds([*adding, "_ptr_array_a_b_w[_idx] = w;"])
    assert not adds([line.replace("(1.0 - x)", "exp(x)") for line in adding])


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("learning", [True, False])
def test_stock_brian2_gives_the_same(learning):
    """Dense, sparse and delayed projections, noise, and inputs that draw where they may fire."""
    built, n = assembly.network(0.03), 8
    found, expected = (
        assembly.run(StandaloneSimulator(built, "float64", capacity=n, templates=templates), n, n, learning=learning)
        for templates in ("ours", "stock")
    )
    assert found.keys() == expected.keys() and found["input.spike_count"].dtype == np.int32
    for key, values in expected.items():
        np.testing.assert_allclose(found[key], values, rtol=1e-12, atol=1e-12, err_msg=key)


def test_the_far_end_of_a_row(precision):
    """Synapses of a presynaptic neuron lie side by side, those of a postsynaptic one apart."""
    precision(np.float64)
    code = [
        "x = _ptr_array_a_x[_ptr_array_a_b__synaptic_pre[_idx]] + _ptr_array_b_y[_ptr_array_a_b__synaptic_post[_idx]];"
    ]
    post = row_code(code, "post")
    assert post == ["x = _ptr_array_a_x[_ends[_place]] + _ptr_array_b_y[_neuron];"]
    assert row_code(code, "pre") == [
        "x = _ptr_array_a_x[_neuron] + _ptr_array_b_y[_ptr_array_a_b__synaptic_post[_idx]];"
    ]
    assert far_ends(code) == "_ptr_array_a_b__synaptic_pre" and far_ends(post) == ""


@pytest.mark.slow
@pytest.mark.compiled
def test_sparse_plastic_rows_give_what_stock_brian2_does():
    """Neurons that drive each other through plastic synapses with delays, cut into chunks; some have no synapse."""
    built = tacos.Network(
        (stimulus("input", 6, tasks.Rate("200 Hz")), lif("cell", 12, resistance=80.0)),
        (
            tacos.Projection("input", "cell", synapses.static(1.0), connectivity=tacos.Random(0.5, seed=5)),
            tacos.Projection("cell", "cell", synapses.triplet(), connectivity=tacos.Random(0.15, seed=2), delay="3 ms"),
        ),
        0.05, 1e-3, "2 ms", readout="cell",
    )  # fmt: skip
    n = 6
    found, expected = (
        assembly.run(StandaloneSimulator(built, "float64", capacity=n, templates=templates), n, chunk)
        for templates, chunk in (("ours", 2), ("stock", n))
    )
    start = initial_state(built.lowered, 11)
    assert (expected["cell-cell.w"] != start["cell-cell.w"]).mean() > 0.5
    for key, values in expected.items():
        np.testing.assert_allclose(found[key], values, rtol=1e-12, atol=1e-12, err_msg=key)


def test_constants_of_single_precision(precision):
    precision(np.float32)
    assert dense_code(LINES)[1:] == [
        "w_2 = _clip(w_2 - 1.0f*x/(1.0f + m)*2e-3f, 0, w_max);",
        "x = 10 + 3.f - 1e5f*y;",
    ]
