"""Exact solutions: numbers of independent computations, closed forms, bounds of any discrete synapse, conservation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm, solve_continuous_lyapunov, solve_discrete_lyapunov

from tacos.errors import RunError
from tacos.memory.chain import Chain, benna_fusi
from tacos.memory.decay import exact_curve, lifetime, lifetime_of_curve, spaced_ages
from tacos.memory.discrete import Discrete, cascade, serial, two_state

#: Slowest time constant (events) and slope of the signal on [10, 2^n/10], by n; from an independent computation.
SLOWEST = {5: 14.5, 8: 126.3, 10: 510.3, 12: 2046.3, 15: 16382.3}
SLOPES = {8: -0.62, 10: -0.67, 12: -0.71, 15: -0.76, 20: -0.82}


# -- discrete synapses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 5, 10, 15])
@pytest.mark.parametrize("x", [0.5, 0.3])
def test_states_of_a_cascade_are_equally_likely_and_it_begins_with_two_over_n(n, x):
    model = cascade(n, x)
    np.testing.assert_allclose(model.stationary, 1 / (2 * n), atol=1e-9)
    if x == 0.5:
        assert model.signal(0) == pytest.approx(2 / n, abs=1e-12)
    assert model.noise() == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize("n", SLOWEST)
def test_slowest_time_constant_of_a_cascade(n):
    assert cascade(n).time_constant() == pytest.approx(SLOWEST[n], abs=0.06)


@pytest.mark.parametrize("n", SLOPES)
def test_slope_of_a_cascade(n):
    times = np.geomspace(10, 2**n / 10, 25)
    slope = np.polyfit(np.log(times), np.log(cascade(n).signal(times, poisson=True)), 1)[0]
    assert slope == pytest.approx(SLOPES[n], abs=0.006)


def test_beyond_two_to_the_n_a_cascade_decays_exponentially():
    n = 8
    model, times = cascade(n), np.array([4, 5, 6]) * 2**n
    rates = -np.diff(np.log(model.signal(times, poisson=True))) / 2**n
    np.testing.assert_allclose(rates, 1 / model.time_constant(), rtol=1e-3)


@pytest.mark.parametrize(("synapses", "life"), [(10**4, 5.6), (10**6, 9.0), (10**8, 12.3)])
def test_two_states_forget_soon(synapses, life):
    curve = exact_curve(two_state(0.5), synapses)
    assert curve.lifetime == pytest.approx(life, abs=0.05)
    assert curve.lifetime == pytest.approx(np.log2(0.5 * np.sqrt(synapses)), abs=1e-9)
    assert curve.initial == pytest.approx(0.5 * np.sqrt(synapses))


def test_two_states_tuned_to_their_number():
    for synapses in (10**4, 10**6, 10**8):
        best = exact_curve(two_state(np.e / np.sqrt(synapses)), synapses)
        assert best.lifetime == pytest.approx(np.sqrt(synapses) / np.e, rel=0.02)
        assert best.initial == pytest.approx(np.e)
        for factor in (0.7, 1.4):
            assert exact_curve(two_state(factor * np.e / np.sqrt(synapses)), synapses).lifetime < best.lifetime


def test_best_lifetime_of_cascades_grows_as_the_square_root():
    numbers = np.array([10**4, 10**5, 10**6, 10**7, 10**8])
    best = []
    for synapses in numbers:
        found = [exact_curve(cascade(n), synapses, oldest=1).lifetime for n in (5, 8, 10, 12, 15)]
        best.append(max(found))
    assert np.polyfit(np.log(numbers), np.log(best), 1)[0] == pytest.approx(0.5, abs=0.05)
    assert exact_curve(cascade(10), 10**6).initial == pytest.approx(200)


def test_the_bound_on_the_area_is_reached_by_two_states():
    assert two_state(1.0).area() == pytest.approx(1)
    for n in (3, 6):
        assert serial(n).area() < n - 1


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**31 - 1), n=st.integers(2, 7), share=st.floats(0.05, 0.95), sparse=st.floats(0, 0.8),
    poisson=st.booleans(),
)  # fmt: skip
def test_bounds_of_any_discrete_synapse(seed, n, share, sparse, poisson):
    """Signals of +-1 weights: sqrt(N) S(0) <= sqrt(N), and the sum over ages is at most M - 1 a synapse."""
    rng = np.random.default_rng(seed)
    matrices = []
    for _ in range(2):
        rates = rng.exponential(size=(n, n)) * (rng.random((n, n)) >= sparse) + 1e-3  # irreducible
        matrices.append(rates / rates.sum(axis=1, keepdims=True))
    weights = rng.choice([-1.0, 1.0], n)
    model = Discrete(*matrices, weights, share)
    ages = np.arange(0, 40)
    signal = model.signal(ages, poisson=poisson)
    assert abs(signal[0]) <= 1 + 1e-12
    assert abs(model.area()) <= n - 1 + 1e-9
    total = np.abs(model.imprint) @ np.ones(n)
    assert np.all(abs(signal) <= total + 1e-12)


def test_area_is_the_sum_over_ages():
    model = cascade(4)
    assert model.area() == pytest.approx(model.signal(np.arange(400)).sum(), rel=1e-10)
    fine = np.linspace(0, 400, 8001)
    assert model.area() == pytest.approx(np.trapezoid(model.signal(fine, poisson=True), fine), rel=1e-4)


def test_signal_is_that_of_a_simulation_of_the_matrices():
    model, n = cascade(3), 60_000
    rng = np.random.default_rng(0)
    states = rng.integers(0, 6, n)
    tracked = rng.integers(0, 2, n)
    found = []
    for age in range(6):
        asked = tracked if age == 0 else rng.integers(0, 2, n)
        chances = np.where(asked[:, None] == 1, model.potentiation[states], model.depression[states]).cumsum(axis=1)
        states = np.minimum((rng.random(n)[:, None] >= chances).sum(axis=1), 5)
        found.append(np.cov(model.weights[states], 2 * tracked - 1)[0, 1])
    np.testing.assert_allclose(found, model.signal(np.arange(6)), atol=4.5 / np.sqrt(n))


# -- the chain -----------------------------------------------------------------------------------------------------


def rates(chain):
    """The matrix of the chain's equations, written down term by term."""
    c, g = chain.capacities, chain.couplings
    found = np.zeros((c.size, c.size))
    for k in range(c.size):
        found[k, k] -= g[k] / c[k]
        if k:
            found[k, k] -= g[k - 1] / c[k]
            found[k, k - 1] += g[k - 1] / c[k]
            found[k - 1, k] += g[k - 1] / c[k - 1]
    return found


@pytest.mark.parametrize("leak", [True, False])
def test_what_a_chain_holds_changes_by_its_leak_only(leak):
    chain = benna_fusi(6, leak=leak)
    flow = rates(chain)
    leaving = np.zeros(6)
    leaving[-1] = chain.couplings[-1]
    np.testing.assert_allclose(chain.capacities @ flow, -leaving, atol=1e-15)
    start = np.random.default_rng(0).normal(size=6)
    held = chain.capacities @ expm(300 * flow) @ start
    assert leak or held == pytest.approx(chain.capacities @ start, rel=1e-10)


@pytest.mark.parametrize("euler", [True, False])
@pytest.mark.parametrize("x", [2.0, 3.0])
def test_response_and_noise_of_a_chain(x, euler):
    base = benna_fusi(5, x)
    chain = Chain(base.capacities, base.couplings, interval=0.7, euler=euler, already=1)
    step = np.eye(5) + 0.7 * rates(chain) if euler else expm(0.7 * rates(chain))
    ages = np.array([0, 1, 2, 7, 100])
    expected = [np.linalg.matrix_power(step, age + 1)[0, 0] for age in ages]
    np.testing.assert_allclose(chain.signal(ages), expected, rtol=1e-9)
    push = np.zeros((5, 5))
    push[0, 0] = 1
    variance = (step @ solve_discrete_lyapunov(step, push) @ step.T)[0, 0]
    assert chain.noise() == pytest.approx(np.sqrt(variance), rel=1e-9)


@pytest.mark.parametrize(("m", "slowest"), [(8, 3.03e5), (12, 7.8e7), (16, 2.0e10)])
def test_a_chain_forgets_as_one_over_the_square_root(m, slowest):
    chain = benna_fusi(m)
    assert chain.time_constant() == pytest.approx(slowest, rel=0.01)
    times = 10.0 ** np.arange(1, int(np.log10(2.0 ** (2 * m - 2) / (10 * 0.125))) + 1)
    slopes = np.diff(np.log10(chain.signal(times)))
    assert np.all(abs(slopes + 0.5) < 0.03), slopes


def test_a_ratio_of_four_ripples():
    times = np.geomspace(10, 1e8, 200)
    log = np.log(benna_fusi(12, x=4.0).signal(times))
    local = np.gradient(log, np.log(times))
    assert local.min() < -0.6 and local.max() > -0.4
    assert np.polyfit(np.log(times), log, 1)[0] == pytest.approx(-0.5, abs=0.03)


def test_noise_of_a_chain_grows_with_the_logarithm_of_its_slowest_time():
    variance = np.array([benna_fusi(m).noise() ** 2 for m in (8, 12, 16, 20)])
    assert variance[-1] == pytest.approx(53.6, abs=0.05)
    np.testing.assert_allclose(np.diff(variance), np.diff(variance).mean(), rtol=0.01)
    chain = benna_fusi(6)
    push = np.zeros((6, 6))
    push[0, 0] = 1
    integral = solve_continuous_lyapunov(rates(chain), -push)[0, 0]  # of the squared response; a sum is a little more
    assert integral < chain.noise() ** 2 < integral + 1


def test_lifetime_of_a_chain_is_linear_in_the_number_of_synapses():
    numbers = np.array([10**3, 10**4, 10**5, 10**6, 10**7, 10**8])
    found = [exact_curve(benna_fusi(12), n, oldest=1).lifetime for n in numbers]
    np.testing.assert_allclose(np.diff(np.log10(found)), 1, atol=0.03)


# -- ages and lifetimes --------------------------------------------------------------------------------------------


def test_lifetimes():
    assert lifetime(lambda age: 10 * np.exp(-age / 7)) == pytest.approx(7 * np.log(10))
    assert lifetime(lambda age: 0.9) == 0 and lifetime(lambda age: 2.0) == np.inf
    ages = np.arange(60)
    assert lifetime_of_curve(ages, 10 * np.exp(-ages / 7)) == pytest.approx(7 * np.log(10), rel=0.01)
    assert lifetime_of_curve(ages, np.full(60, 2.0)) == np.inf and lifetime_of_curve(ages, np.full(60, 0.5)) == 0


def test_ages_are_whole_once_each_and_end_where_asked():
    ages = spaced_ages(10_000)
    assert ages[0] == 0 and ages[-1] == 10_000 and (np.diff(ages) > 0).all() and ages.dtype == np.int64
    np.testing.assert_array_equal(spaced_ages(3), [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Discrete([[1, 0]], [[1]], [1]), "The matrix of potentiation has 1 rows"),
        (lambda: Discrete([[1.0]], [[0.9]], [1]), "The matrix of depression holds probabilities"),
        (lambda: cascade(1), "at least 2, not 1"),
        (lambda: cascade(x=0.7), "up to 0.5, not 0.7"),
        (lambda: serial(1), "at least 2, not 1"),
        (lambda: two_state(2), "up to 1, not 2"),
        (lambda: benna_fusi(1), "at least 2, not 1"),
        (lambda: Chain([1, 2, 4], [1, 2]), "as many couplings as capacities"),
        (lambda: benna_fusi(leak=False).noise(), "no stationary state"),
    ],
)
def test_mistakes_get_one_sentence(call, sentence):
    with pytest.raises(RunError, match=sentence):
        call()
