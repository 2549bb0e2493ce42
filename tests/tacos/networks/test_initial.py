"""Initial values of states."""

import numpy as np
import pytest

import tacos
from synapses import DeclarationError, Mechanism, Parameter, State, Synapse, static
from tacos.networks.initial import initial_state
from tacos.networks.populations import adaptive_lif, conductance_lif, lif


def network(*states, source=4, target=5, parameters=(), sign="", connectivity=None, **options):
    synapse = Synapse("s", (Mechanism("m", parameters=parameters, states=states[1:]),), states[:1])
    connectivity = connectivity or tacos.AllToAll()
    return tacos.Network(
        (lif("a", source), lif("b", target)),
        (tacos.Projection("a", "b", synapse, connectivity=connectivity, sign=sign, **options),),
        readout="b",
    )


def test_seeds():
    lowered = network(State("w", "rand()")).lowered
    first, again, other = (initial_state(lowered, seed)["a-b.w"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.shape == (20,) and 0 <= first.min() < first.max() < 1


def test_expressions_read_parameters_and_other_states_in_any_order():
    lowered = network(
        State("w", "half*w_ref"), State("w_ref", "1 + 2*rand()"), parameters=(Parameter("half", 0.5),)
    ).lowered
    state = initial_state(lowered, 0)
    np.testing.assert_array_equal(state["a-b.w"], 0.5 * state["a-b.w_ref"])


def test_two_calls_give_two_numbers():
    state = initial_state(network(State("w", "rand() - rand()")).lowered, 0)
    assert np.abs(state["a-b.w"]).min() > 0


def test_indices_and_sizes():
    state = initial_state(network(State("w", "(i + 10*j)/n_pre + n_post")).lowered, 0)
    i, j = np.divmod(np.arange(20), 5)
    np.testing.assert_array_equal(state["a-b.w"], (i + 10 * j) / 4 + 5)


def test_a_synapse_keeps_its_number_whatever_else_is_connected():
    """Random connectivity takes away synapses, and leaves the weights of the others as they are."""
    dense = initial_state(network(State("w", "rand()")).lowered, 3)["a-b.w"].reshape(4, 5)
    sparse = network(State("w", "rand()"), connectivity=tacos.Random(0.5))
    part = sparse.lowered.projection("a-b")
    np.testing.assert_array_equal(initial_state(sparse.lowered, 3)["a-b.w"], dense[part.sources, part.targets])


def test_one_random_name_is_one_set_of_numbers():
    synapse = static("rand()")
    built = tacos.Network(
        (lif("a", 3), lif("b", 3), lif("c", 3)),
        (
            tacos.Projection("a", "c", synapse, random_name="shared"),
            tacos.Projection("b", "c", synapse, random_name="shared"),
            tacos.Projection("c", "a", synapse),
        ),
    )
    state = initial_state(built.lowered, 0)
    np.testing.assert_array_equal(state["a-c.w"], state["b-c.w"])
    assert not np.array_equal(state["a-c.w"], state["c-a.w"])


def test_dales_law_takes_magnitudes():
    state = initial_state(network(State("w", "rand() - 0.5"), sign="inhibitory").lowered, 0)
    assert state["a-b.w"].min() >= 0


def test_neurons():
    built = tacos.Network((conductance_lif("a", 2), adaptive_lif("b", 3)), ())
    state = initial_state(built.lowered, 0)
    np.testing.assert_allclose(state["a.V"], -0.065)
    np.testing.assert_array_equal(state["b.theta"], 0)
    assert state["b.spike_count"].dtype == np.int32


def test_unknown_name():
    """Circles are caught here; unknown names already in the declaration."""
    with pytest.raises(DeclarationError):
        initial_state(network(State("w", "w_ref"), State("w_ref", "w")).lowered, 0)


def test_units_conditions_and_functions_of_the_language():
    lowered = network(
        State("w", "int(0.25 < u and not u > 0.75)"), State("u", "rand()"), State("v", "-65*mV", unit="volt"),
        State("s", "arctan(log10(u + 1))"),
    ).lowered  # fmt: skip
    state = initial_state(lowered, 0)
    u = state["a-b.u"]
    np.testing.assert_array_equal(state["a-b.w"], (0.25 < u) & (u <= 0.75))
    np.testing.assert_array_equal(state["a-b.v"], -0.065)
    np.testing.assert_allclose(state["a-b.s"], np.arctan(np.log10(u + 1)))
