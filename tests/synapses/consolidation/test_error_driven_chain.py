"""The chain on error feedback: what learning puts into it is kept, and it rests where it starts."""

import json

import numpy as np

import synapses
from tests.synapses.metaplastic_weights.learning import assert_backends_agree, ran

N = 4
NAMES = ["w", *(f"u_{k}" for k in range(2, N + 1))]


def held(state, projection="input-hidden"):
    return sum(2.0**k * state[f"{projection}.{name}"] for k, name in enumerate(NAMES))


def test_what_is_learned_is_spread_and_nothing_is_lost():
    """Beside error feedback alone, in one presentation: the whole chain holds what w has gained."""
    constants = {"eta": 0.1, "w_max": 100.0}
    before, chained, _ = ran(synapses.error_driven_chain(N), presentations=1, **constants)
    _, alone, _ = ran(synapses.error_driven_chain(N).without("consolidation chain"), presentations=1, **constants)
    gained = alone["input-hidden.w"] - before["input-hidden.w"]
    assert (gained != 0).sum() > 10
    np.testing.assert_allclose(held(chained) - held(before), gained, atol=1e-12)
    # A step of the first flow, of the duration of a presentation over alpha, with g = 1/8.
    flow = 0.03 / 1.0 * 0.125 * gained
    np.testing.assert_allclose(chained["input-hidden.w"], alone["input-hidden.w"] - flow, atol=1e-12)
    np.testing.assert_allclose(chained["input-hidden.u_2"], before["input-hidden.u_2"] + flow / 2, atol=1e-12)


def test_it_starts_at_rest():
    before, after, _ = ran(synapses.error_driven_chain(N), eta=0.0)
    for name in NAMES:
        np.testing.assert_array_equal(after[f"input-hidden.{name}"], before["input-hidden.w"])


def test_both_backends_and_round_trip():
    model = synapses.error_driven_chain(N)
    assert_backends_agree(model, NAMES[:2], eta=0.1, alpha="30 ms")
    assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    assert "1507.07580" in model.cite()
