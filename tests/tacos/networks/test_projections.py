"""Declarations of projections."""

import numpy as np
import pytest

import synapses
import tacos
from synapses import DeclarationError, static


def test_all_to_all():
    i, j = tacos.AllToAll().pairs(2, 3)
    np.testing.assert_array_equal(i * 3 + j, np.arange(6))
    i, j = tacos.AllToAll(self_connections=False).pairs(3, 3)
    assert len(i) == 6 and (i != j).all()


def test_one_to_one():
    i, j = tacos.OneToOne().pairs(4, 4)
    np.testing.assert_array_equal(i, j)
    with pytest.raises(DeclarationError, match="One-to-one needs populations of one size, not 4 and 5"):
        tacos.OneToOne().pairs(4, 5)


def test_random():
    i, j = tacos.Random(0.2, seed=1).pairs(100, 80)
    assert abs(len(i) / 8000 - 0.2) < 0.02
    assert (np.diff(i * 80 + j) > 0).all()
    again = tacos.Random(0.2, seed=1).pairs(100, 80)
    np.testing.assert_array_equal((i, j), again)
    i, j = tacos.Random(1.0).pairs(5, 5)
    assert len(i) == 20 and (i != j).all()


@pytest.mark.parametrize("probability", [0, -0.1, 1.1, float("nan")])
def test_bad_probability(probability):
    with pytest.raises(DeclarationError, match="A probability of connection is above zero and at most one"):
        tacos.Random(probability)


def test_a_probability_that_connects_nobody():
    with pytest.raises(DeclarationError, match="connects none of 2 x 2 pairs"):
        tacos.Random(1e-9).pairs(2, 2)


def test_names_and_delays():
    projection = tacos.Projection("a", "b", static(), delay="3 ms")
    assert projection.name == "a-b" and projection.delay == pytest.approx(0.003)
    with pytest.raises(
        DeclarationError, match="'a-b': a receptor is the name of one, or a statement such as .* not 3."
    ):
        tacos.Projection("a", "b", static(), receptor=3)
    with pytest.raises(DeclarationError, match="'a-b': a delay is zero or more, not -0.003"):
        tacos.Projection("a", "b", static(), delay="-3 ms")
    with pytest.raises(DeclarationError, match="delay of 'a-b' has the unit volt"):
        tacos.Projection("a", "b", static(), delay="3 mV")
    with pytest.raises(DeclarationError, match="the sign is 'excitatory', 'inhibitory' or ''"):
        tacos.Projection("a", "b", static(), sign="positive")
    with pytest.raises(DeclarationError, match=r"'a-b': the connectivity is AllToAll\(\), .*, not 0.1"):
        tacos.Projection("a", "b", static(), connectivity=0.1)


def test_roles():
    own = synapses.tacos().in_role("output")
    projection = tacos.Projection("a", "b", synapses.tacos(), role="output")
    for name in ("w_max", "pre_threshold"):
        assert projection.synapse.all_parameters()[name].value == own.all_parameters()[name].value
