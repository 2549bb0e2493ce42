"""The flagship: every subset of its mechanisms, in every variant, is a model that runs."""

from itertools import combinations, product

import numpy as np
import pytest
from brian2 import Hz, Network, NeuronGroup, ms

import synapses
from synapses import DeclarationError

VARIANTS = list(product(("activity", "calcium"), ("linear", "bistable", "chain"), ("exponential", "hyperbolic")))
NAMES = ("error feedback", "metaplasticity", "heterosynaptic", "consolidation", "neuromodulation")
SUBSETS = [subset for size in range(6) for subset in combinations(NAMES, size)]


def variant(drive, form, gate):
    return synapses.tacos(metaplasticity_drive=drive, consolidation_form=form, gate=gate)


@pytest.mark.parametrize("options", VARIANTS, ids="-".join)
def test_every_subset_is_complete(options):
    whole = variant(*options)
    assert whole.mechanism_names() == NAMES
    for removed in SUBSETS:
        left = whole.without(*removed)
        states = set(left.all_states())
        assert ("m" in states) == ("metaplasticity" not in removed)
        assert ("w_ref" in states) == (not {"heterosynaptic", "consolidation"} <= set(removed))
        assert bool(left.lowered.modulators) == ("neuromodulation" not in removed)
        assert any(need.name == "U" for need in left.lowered.post) == ("error feedback" not in removed)
        code = "\n".join(p.code for p in left.lowered.pathways)
        assert "gate" not in code and "elapsed " not in code.replace("elapsed_", "")
        if options[1] == "bistable":
            assert synapses.Synapse.from_dict(left.to_dict()) == left
            left.in_role("output")
    assert whole.without(*NAMES).lowered.pathways == ()


@pytest.mark.parametrize("removed", [(), ("neuromodulation",), ("metaplasticity", "consolidation"), NAMES[:3], NAMES])
@pytest.mark.parametrize("options", [("activity", "linear", "hyperbolic"), ("calcium", "chain", "exponential")])
def test_runs_in_brian2(neurons, removed, options):
    model = variant(*options).without(*removed)
    pre = neurons(model, "pre", [[2, 4, 9, 30], [3], []])
    extra = "I : 1" if any(need.name == "I" for need in model.lowered.post) else ""
    post = neurons(model, "post", [[5, 10, 31], [12]], extra)
    if "U" in post.variables:
        post.U = 0.1
    modulators = {m.name: NeuronGroup(1, f"{m.name} : hertz") for m in model.lowered.modulators}
    for group in modulators.values():
        group.surprise = 5 * Hz
    built = model.connect(pre, post, presentation=20 * ms, modulators=modulators)
    before = np.asarray(built.w[:]).copy()
    Network(pre, post, built, *modulators.values()).run(40 * ms)
    changed = np.asarray(built.w[:]) != before
    if "error feedback" in removed and "heterosynaptic" in removed:
        assert not changed.any()
    elif "error feedback" not in removed:
        assert changed[np.asarray(built.i) < 2].all()


def test_error_feedback_is_the_equation(neurons):
    model = synapses.tacos().only("error feedback").with_parameters(eta=0.25, w_max=2, I_min=-1, I_max=1)
    pre, post = neurons(model, "pre", [[0]]), neurons(model, "post", [[], [], [], []], "I : 1")
    post.I, post.U = [0, 0, 1.5, 0], [1.0, -1.0, 1.0, -40.0]
    built = model.connect(pre, post)
    built.w = [0.5, 0.5, 0.5, 0.5]
    Network(pre, post, built).run(1 * ms)
    decay = 1 - 1 / 15  # U is integrated before the spike
    np.testing.assert_allclose(built.w[:], [0.5 - 0.25 * decay, 0.5 + 0.25 * decay, 0.5, 2.0], rtol=1e-12)


def test_calcium_counts_the_time_above_one(neurons):
    model = synapses.tacos(metaplasticity_drive="calcium").only("metaplasticity")
    model = model.with_parameters(pre_calcium=1.5, post_calcium=0.75, tau_ca=20 * ms, m_rate=0.1 * Hz)
    pre, post = neurons(model, "pre", [[5, 50]]), neurons(model, "post", [[8]])
    built = model.connect(pre, post, presentation=100 * ms)
    Network(pre, post, built).run(200 * ms)
    first = 1.5 * np.exp(-3 / 20) + 0.75
    above = 20 * np.log(first) + 3  # ms; calcium stays above one from the first spike to the second
    third = first * np.exp(-42 / 20) + 1.5
    above += 20 * np.log(third)
    assert built.m[0] == pytest.approx(0.1e-3 * above, rel=1e-9)
    assert built.calcium[0] == 0


def test_unknown_mechanism():
    with pytest.raises(DeclarationError, match="no mechanism 'heterosynaptics'; its mechanisms are: error feedback, "):
        synapses.tacos().without("heterosynaptics")
