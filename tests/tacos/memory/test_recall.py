"""Associative recall: correlations of synapses against simulated patterns, and what ignoring them costs."""

import numpy as np
import pytest

from tacos.errors import RunError
from tacos.memory.discrete import cascade, two_state
from tacos.memory.recall import recall_error
from tacos.memory.rules import GATINGS, Additive, Palimpsest, covariance, hebb, measured_correlations


def measured(rule, mean, n_patterns, n=40, trials=60):
    """Correlations of weights after so many patterns: mean over networks, and standard error."""
    found = []
    for trial in range(trials):
        rng = np.random.default_rng([7, trial])
        patterns = (rng.random((n_patterns, n)) < rule.f).astype(float)
        found.append(measured_correlations(rule.store(patterns, rng), mean, rule.variance(n_patterns + 1)))
    return np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(trials)


@pytest.mark.parametrize("gating", GATINGS)
@pytest.mark.parametrize("f", [0.5, 0.3])
def test_recursion_of_pairs_against_simulated_patterns(gating, f):
    rule = Palimpsest(gating, cascade(2), f)
    found, error = measured(rule, rule.stationary @ rule.synapse.weights, n_patterns=40)
    np.testing.assert_array_less(abs(found - rule.correlations()), 4.5 * error + 0.01)


@pytest.mark.parametrize("rule", [hebb(0.5), covariance(0.3), Additive(0.2, 0.6, 0.5)])
def test_additive_rules_against_simulated_patterns(rule):
    n_patterns, p = 12, np.array([1 - rule.f, rule.f])
    x = np.array([0, 1])
    mean = n_patterns * (p @ (x - rule.a)) * (p @ (x - rule.b))
    found, error = measured(rule, mean, n_patterns, trials=200)
    np.testing.assert_array_less(abs(found - rule.correlations()), 4.5 * error + 0.01)


def test_which_rules_correlate_synapses():
    target, source, _ = covariance(0.3).correlations()
    assert target == pytest.approx(0, abs=1e-12) and source == pytest.approx(0, abs=1e-12)
    assert hebb(0.5).correlations() == pytest.approx((1 / 3, 1 / 3, 1))
    for gating, which in (("presynaptic", 0), ("postsynaptic", 1)):
        by_depth = [Palimpsest(gating, cascade(n)).correlations()[which] for n in (2, 3, 5)]
        assert by_depth[0] > by_depth[1] > by_depth[2] > 0.1, "deeper cascades have weaker correlations"
        assert Palimpsest(gating, cascade(3)).correlations()[1 - which] == pytest.approx(0, abs=1e-9)
    target, source, pair = Palimpsest("xor", two_state(0.5)).correlations()
    assert (target, source) == pytest.approx((0, 0), abs=1e-9) and pair > 0.3, "reciprocal synapses alone"


def test_pairs_are_a_distribution_with_the_margins_of_one_synapse():
    rule = Palimpsest("presynaptic", cascade(3), 0.3)
    for shared in ("target", "source", "pair"):
        joint = rule.pairs(shared)
        assert joint.min() > -1e-12
        np.testing.assert_allclose(joint.sum(axis=1), rule.stationary, atol=1e-9)
        np.testing.assert_allclose(joint, joint.T, atol=1e-9)


def test_mean_weights_are_those_of_simulated_patterns():
    rule, found = Palimpsest("postsynaptic", cascade(2), 0.4), {(i, j): [] for i in (0, 1) for j in (0, 1)}
    for trial in range(60):
        rng = np.random.default_rng(trial)
        patterns = (rng.random((6, 40)) < rule.f).astype(float)
        weights, pattern = rule.store(patterns, rng), patterns[3]  # two came after it
        for (i, j), values in found.items():
            chosen = np.outer(pattern == i, pattern == j) & ~np.eye(40, dtype=bool)
            values.append(weights[chosen].mean())
    for (i, j), values in found.items():
        assert np.mean(values) == pytest.approx(rule.means(2, 6)[i, j], abs=4.5 * np.std(values) / np.sqrt(60))


def test_hebb_is_recalled_badly_unless_correlations_are_known():
    options = {"n": 80, "n_patterns": 5, "ages": [0], "trials": 8}
    (simple,), (spread,) = recall_error(hebb(), **options)
    (aware,), _ = recall_error(hebb(), aware=True, **options)
    (best,), _ = recall_error(covariance(), **options)
    assert simple - 3 * spread > 0.2, "worse than the cue, of which a tenth is wrong"
    assert aware < 0.02 and best < 0.02
    (same,), _ = recall_error(covariance(), aware=True, **options)
    assert same == best


def test_palimpsests_recall_the_latest_best_and_presynaptic_ones_need_to_know():
    rule = Palimpsest("presynaptic", cascade(3))
    options = {"n": 60, "n_patterns": 20, "ages": [0, 5, 15], "trials": 8}
    simple, error = recall_error(rule, **options)
    aware, _ = recall_error(rule, aware=True, **options)
    assert aware[0] < 0.05 < aware[2]
    assert simple[1] > aware[1] + 3 * error[1]


def test_mistakes_get_one_sentence():
    with pytest.raises(RunError, match="gated by postsynaptic, presynaptic, xor, not 'both'"):
        Palimpsest("both")
    with pytest.raises(RunError, match="above 0 and below 1, not 1"):
        hebb(1)
    with pytest.raises(RunError, match="above 0 and below 0.5, not 0.5"):
        recall_error(hebb(), 10, 5, [0], flipped=0.5)
