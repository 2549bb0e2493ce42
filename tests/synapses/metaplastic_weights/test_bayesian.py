"""The Bayesian weight: its rule by hand, its fixed point in closed form, the relaxation to the prior, and what is tested."""

import json

import numpy as np
import pytest
from brian2 import Network, ms, network_operation

import synapses
from tests.synapses.metaplastic_weights.learning import assert_backends_agree, ran

STEPS = 2  # of a presentation, with a spike in its first one


class Presentations:
    """Synapses, one a neuron, whose slope of the loss in a presentation is ``slope(k, w)``."""

    def __init__(self, neurons, model, n, count, slope, before=lambda k, built: None):
        pre = neurons(model, "pre", [[STEPS * k for k in range(count)]])
        post = neurons(model, "post", [[] for _ in range(n)], "I : 1")
        self.built = built = model.with_parameters(eta=1.0).connect(pre, post, presentation=STEPS * ms)
        self.draws = []

        @network_operation(when="start")
        def prepare(t):
            if (step := round(t / ms)) % STEPS == 0:
                before(step // STEPS, built)
                self.draws.append(np.array(built.drawn[:]))

        @network_operation(when="before_synapses")
        def set_error(t):
            used = np.array(built.mu[:]) + np.array(built.sigma[:]) * np.array(built.drawn[:])
            post.U = slope(round(t / ms) // STEPS, used)

        self.network = Network(pre, post, built, prepare, set_error)
        self.count = count

    def run(self):
        self.network.run(self.count * STEPS * ms)
        return np.array(self.built.mu[:]), np.array(self.built.sigma[:])


def by_hand(mu, sigma, slope, drawn, memory, mu_prior, sigma_prior, largest=np.inf):
    """The rule as it is written in the source."""
    pull = sigma**2 / (memory * sigma_prior**2) * (mu_prior - mu)
    widen = sigma / (2 * memory * sigma_prior**2) * (sigma_prior**2 - sigma**2)
    by_mean, by_width = -(sigma**2) * slope + pull, -(sigma**2) / 2 * slope * drawn + widen
    limit = largest * sigma
    return mu + np.clip(by_mean, -limit, limit), sigma + np.clip(by_width, -limit, limit)


def test_the_rule_with_its_own_draws(neurons):
    count, n = 30, 5
    slopes = np.random.default_rng(1).normal(size=(count, n)) * np.array([0.1, 1, 3, 10, 30])
    model = synapses.bayesian().with_parameters(memory=40.0, mu_prior=0.3, sigma_prior=0.7)
    shown = Presentations(neurons, model, n, count, lambda k, w: slopes[k])
    mu, sigma = np.array(shown.built.mu[:]), np.full(n, 0.4)
    shown.built.sigma = sigma
    found = shown.run()
    for slope, drawn in zip(slopes, shown.draws, strict=True):
        mu, sigma = by_hand(mu, sigma, slope, drawn, 40.0, 0.3, 0.7, largest=0.5)
    np.testing.assert_allclose(found, (mu, sigma), rtol=1e-9)
    draws = np.array(shown.draws[1:])
    assert (shown.draws[0] == 0).all() and abs(draws.mean()) < 0.35 and 0.7 < draws.std() < 1.3
    assert sigma.min() > 0


def test_fixed_point_of_a_quadratic_loss(neurons):
    """Two draws, one width to either side, are averaged as samples of one weight: then the slopes are exact."""
    curvature, optimum = np.repeat([1e-2, 0.3, 1.0], 2), 0.7
    memory, mu_prior, sigma_prior = 20.0, -0.4, 0.8
    sides = np.tile([1.0, -1.0], 3)

    def average(k, built):
        for name in ("mu", "sigma"):
            setattr(built, name, np.repeat(np.array(getattr(built, name)[:]).reshape(3, 2).mean(1), 2))
        built.drawn = sides

    model = synapses.bayesian().with_parameters(memory=memory, mu_prior=mu_prior, sigma_prior=sigma_prior)
    shown = Presentations(neurons, model, 6, 400, lambda k, w: curvature * (w - optimum), average)
    shown.run()
    average(0, shown.built)
    width = 1 / np.sqrt(memory * curvature + 1 / sigma_prior**2)
    prior = 1 / (memory * sigma_prior**2)
    mean = (curvature * optimum + mu_prior * prior) / (curvature + prior)
    np.testing.assert_allclose(shown.built.sigma[:], width, atol=1e-6)
    np.testing.assert_allclose(shown.built.mu[:], mean, atol=1e-6)


def test_without_a_loss_it_relaxes_to_the_prior(neurons):
    memory, mu_prior, sigma_prior, count = 10.0, 0.5, 0.6, 200
    model = synapses.bayesian().with_parameters(memory=memory, mu_prior=mu_prior, sigma_prior=sigma_prior)
    shown = Presentations(neurons, model, 3, count, lambda k, w: 0 * w)
    shown.built.mu, shown.built.sigma = [-1.0, 0.0, 2.0], [0.05, 0.3, 2.0]
    mu, sigma = np.array([-1.0, 0.0, 2.0]), np.array([0.05, 0.3, 2.0])
    found = shown.run()
    for _ in range(count):
        mu, sigma = by_hand(mu, sigma, 0.0, 0.0, memory, mu_prior, sigma_prior, largest=0.5)
    np.testing.assert_allclose(found, (mu, sigma), rtol=1e-10)
    np.testing.assert_allclose(found, [[mu_prior] * 3, [sigma_prior] * 3], atol=1e-6)


def test_both_backends():
    """On both the same random numbers are drawn."""
    assert_backends_agree(synapses.bayesian(), ["mu", "sigma", "drawn"], sigma_initial=0.3, memory=20.0)


@pytest.mark.parametrize("evaluation", ["mean", "draw"])
def test_what_is_tested(evaluation):
    _, after, _ = ran(synapses.bayesian(evaluation), eta=0.3)
    mu, sigma, drawn = (after[f"input-hidden.{name}"] for name in ("mu", "sigma", "drawn"))
    assert abs(drawn).min() > 0
    np.testing.assert_allclose(after["input-hidden.w"], mu + (evaluation == "draw") * sigma * drawn, rtol=1e-12)


def test_mechanisms_can_be_taken_out():
    model = synapses.bayesian()
    assert synapses.Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    _, after, _ = ran(model.without("sampling"), eta=0.3)
    np.testing.assert_array_equal(after["input-hidden.w"], after["input-hidden.mu"])
    assert set(model.without("sampling", "uncertainty").lowered.states) == {"w", "mu", "sigma", "slope"}
    with pytest.raises(synapses.DeclarationError, match="'uncertainty' needs mechanism 'error feedback'"):
        model.without("error feedback")
    with pytest.raises(synapses.DeclarationError, match="'sampling' needs mechanism 'uncertainty'"):
        model.without("uncertainty")
    with pytest.raises(synapses.DeclarationError, match="'mean' or its last 'draw', not 'median'"):
        synapses.bayesian("median")
    assert "2504.13569" in model.cite()
