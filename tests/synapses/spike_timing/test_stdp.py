"""Pair-based STDP against closed forms; the Euler traces make them exact in powers of 1 - dt/tau."""

import numpy as np
import pytest
from brian2 import Network, ms

import synapses

DECAY = 1 - 1 / 20  # of a trace, in a step of 1 ms


def weights(model, neurons, pre, post, steps, start=0.5):
    groups = neurons(model, "pre", pre), neurons(model, "post", post)
    built = model.connect(*groups)
    built.w = start
    Network(*groups, built).run(steps * ms)
    return np.asarray(built.w[:])


@pytest.mark.parametrize("pairing", ["all-to-all", "nearest"])
@pytest.mark.parametrize("weight_dependence", ["additive", "multiplicative"])
def test_window_of_a_single_pair(neurons, pairing, weight_dependence):
    lags = np.array([-40, -10, -3, -1, 0, 1, 2, 7, 30, 60])  # t_post - t_pre in steps
    model = synapses.stdp(pairing, weight_dependence).with_parameters(w_max=2.0)
    found = weights(model, neurons, [[70 - int(lag)] for lag in lags], [[70]], 120)
    room, present = (2.0, 2.0) if weight_dependence == "additive" else (1.5, 0.5)
    expected = np.where(lags > 0, 0.005 * room * DECAY ** abs(lags), -0.00525 * present * DECAY ** abs(lags))
    np.testing.assert_allclose(found - 0.5, np.where(lags == 0, 0, expected), rtol=1e-12, atol=1e-15)


def test_additive_weights_stop_at_their_bounds(neurons):
    model = synapses.stdp().with_parameters(A_plus=0.2, A_minus=0.2)
    causal, anticausal = list(range(1, 300, 10)), list(range(3, 300, 10))
    found = weights(model, neurons, [causal, anticausal], [list(range(2, 300, 10))], 301)
    assert found.tolist() == [1.0, 0.0]


def test_multiplicative_weights_settle_between_the_bounds(neurons):
    model = synapses.stdp("nearest", "multiplicative").with_parameters(A_plus=0.3, A_minus=0.4)
    cycles = range(0, 18 * 400, 400)  # pre then post, five steps apart; far later post then pre
    pre = [t for c in cycles for t in (c + 10, c + 215)]
    post = [t for c in cycles for t in (c + 15, c + 210)]
    found = weights(model, neurons, [pre, pre], [post], 18 * 400, start=[0.05, 0.95])
    up, down = 0.3 * DECAY**5, 0.4 * DECAY**5
    np.testing.assert_allclose(found, up * (1 - down) / (1 - (1 - up) * (1 - down)), atol=2e-4)


@pytest.mark.parametrize("pairing", ["all-to-all", "nearest"])
def test_triplets(neurons, pairing):
    model = synapses.stdp(pairing)
    earlier = pairing == "all-to-all"
    found = weights(model, neurons, [[5, 15]], [[20]], 30)
    np.testing.assert_allclose(found - 0.5, 0.005 * (DECAY**5 + earlier * DECAY**15), rtol=1e-12)
    found = weights(model, neurons, [[20]], [[5, 15]], 30)
    np.testing.assert_allclose(found - 0.5, -0.00525 * (DECAY**5 + earlier * DECAY**15), rtol=1e-12)


def test_half_of_the_window_can_be_taken_out(neurons):
    found = weights(synapses.stdp().without("depression"), neurons, [[10], [30]], [[20]], 40)
    assert found[0] > 0.5 and found[1] == 0.5
    assert not synapses.stdp().without("depression").lowered.post


def test_options_are_checked():
    with pytest.raises(synapses.DeclarationError, match="'all-to-all' or 'nearest', not 'some'"):
        synapses.stdp(pairing="some")
    with pytest.raises(synapses.DeclarationError, match="not 'linear'"):
        synapses.stdp(weight_dependence="linear")
