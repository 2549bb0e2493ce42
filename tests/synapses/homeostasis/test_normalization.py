"""Normalization: conserved sums, ratios or differences, on any event and any number of times."""

import numpy as np
import pytest

import synapses
import tacos
from synapses import weight_normalization
from tests.synapses.given_spikes import both, given, round_trip, run

W = np.array([[0.2, 1.0], [0.4, 0.1], [0.9, 0.4]])
SILENT = {"pre": [[]] * 3, "post": [[]] * 2}


@pytest.mark.parametrize("presentations", [1, 3])
def test_multiplicative(presentations):
    """The sum is the total, and ratios stay."""
    state = both(synapses.normalization(), SILENT, 5, presentations=presentations, start={"pre-post.w": W.ravel()})
    np.testing.assert_allclose(state["pre-post.w"].reshape(3, 2), W / W.sum(0), rtol=1e-12)


def test_subtractive():
    """The sum is the total, and differences stay; a weight stops at zero, and the sum is larger by what that held back."""
    model = synapses.normalization("subtractive").with_parameters(w_total=1.2)
    state = both(model, SILENT, 5, start={"pre-post.w": W.ravel()})
    expected = np.clip(W - (W.sum(0) - 1.2) / 3, 0, None)
    np.testing.assert_allclose(state["pre-post.w"].reshape(3, 2), expected, rtol=1e-12)
    np.testing.assert_allclose(expected.sum(0), 1.2)
    hard = run(model.with_parameters(w_total=0.3), SILENT, 5, start={"pre-post.w": W.ravel()})["pre-post.w"].reshape(
        3, 2
    )
    np.testing.assert_allclose(hard, np.clip(W - (W.sum(0) - 0.3) / 3, 0, None), rtol=1e-12)
    assert (hard == 0).any() and (hard.sum(0) > 0.3).all()


@pytest.mark.parametrize("kind", ["multiplicative", "subtractive"])
def test_at_an_event_as_often_as_it_happens(kind):
    """Only the cell that had the event, and again after other rules have changed the weights."""
    post = given("post", 2, events={"normalized": "fired and spike_count >= 1"})
    model = synapses.stdp().with_parameters(A_plus=0.05) + weight_normalization(kind, "normalized")
    round_trip(model)
    trains = {"pre": [[5, 25], [9], [14]], "post": [[12, 20, 30], []]}
    state = both(model, trains, 40, populations={"post": post}, start={"pre-post.w": W.ravel()})
    after = state["pre-post.w"].reshape(3, 2)
    assert after[:, 0].sum() == pytest.approx(1, rel=1e-12)
    np.testing.assert_array_equal(after[:, 1], W[:, 1])
    assert state["post.w_sum"][0] > 1  # what the sum was before the last normalization
    still = run(model.without("normalization"), trains, 40, populations={"post": post}, start={"pre-post.w": W.ravel()})
    assert still["pre-post.w"].reshape(3, 2)[:, 0].sum() > 1.4


def test_the_sum_is_over_all_projections_of_a_cell():
    model = synapses.normalization()
    network = tacos.Network(
        (given("pre", 2), given("other", 3), given("post", 1)),
        (tacos.Projection("pre", "post", model), tacos.Projection("other", "post", model)), 0.005, dt=1e-3,
        readout="post",
    )  # fmt: skip
    from tacos.backends import Stretch
    from tacos.networks.initial import initial_state
    from tests.backends.by_name import simulator

    state = initial_state(network.lowered, 1)
    shown = {name: np.zeros((5, n)) for name, n in (("pre", 2), ("other", 3), ("post", 1))}
    for backend in ("numpy", "torch"):
        after = simulator(backend, network).run(state, Stretch(shown, 0, 1, 0, True, 1)).state
        assert after["pre-post.w"].sum() + after["other-post.w"].sum() == pytest.approx(1, rel=1e-12)


def test_options_are_checked():
    with pytest.raises(synapses.DeclarationError, match="'multiplicative' or 'subtractive', not 'divisive'"):
        synapses.normalization("divisive")
    round_trip(synapses.normalization("subtractive"))
    assert "Miller" in synapses.normalization().cite()
