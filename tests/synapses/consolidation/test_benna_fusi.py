"""The chain of ever slower variables, with its matrix taken from the model's own update."""

import numpy as np
import pytest
from brian2 import Network, StateMonitor, ms, second

import synapses
from synapses.consolidation.benna_fusi import consolidation_chain, longest_step
from synapses.language.statements import read_statements


def names(n):
    return ["w", *(f"u_{k}" for k in range(2, n + 1))]


def update(model, u, duration):
    """One execution of the model's own statements at the end of a presentation, on the given values."""
    (end,) = [pathway for pathway in model.lowered.pathways if pathway.event == "end"]
    space = {p.name: p.value for p in model.lowered.parameters.values()} | {"duration": duration}
    space |= dict(zip(names(len(u)), u, strict=True))
    for statement in read_statements(end.code, "the chain"):
        space[statement.target] = eval(statement.expression, {}, space)
    return np.array([space[name] for name in names(len(u))])


def matrix(model, n, duration):
    return np.array([update(model, row, duration) for row in np.eye(n)]).T


def chain(n, leak=True, **parameters):
    return synapses.benna_fusi(n, leak).with_parameters(alpha=1 * second, **parameters)


@pytest.mark.parametrize("x", [2.0, 3.0])
def test_what_the_variables_hold_changes_by_input_and_leak_only(x):
    rng = np.random.default_rng(0)
    n, duration = 6, 0.5
    capacity = x ** np.arange(n)
    for leak in (True, False):
        model, u = chain(n, leak, x=x), rng.normal(size=n)
        held = capacity @ u
        for _ in range(300):
            push = rng.normal()
            u[0] += push
            lost = duration * 0.125 / capacity[-1] * u[-1] if leak else 0
            u = update(model, u, duration)
            held += push - lost
            assert capacity @ u == pytest.approx(held, abs=1e-12 * (1 + abs(capacity * u).sum()))


def test_impulse_response_falls_as_one_over_the_square_root_of_time():
    n = 12
    step = matrix(chain(n), n, 1.0)
    times = [10**k for k in range(1, 7)]  # to 1e6; the range of the chain ends at x^(2n-2)/(10 g) = 3e6
    response = np.array([np.linalg.matrix_power(step, t)[0, 0] for t in times])
    slopes = np.diff(np.log10(response))
    assert np.all(abs(slopes + 0.5) < 0.03), slopes


def test_slowest_time_constant():
    n = 8
    slowest = max(abs(np.linalg.eigvals(matrix(chain(n), n, 1.0))))
    assert -1 / np.log(slowest) == pytest.approx(3.03e5, rel=0.01)


def test_longest_step_is_where_the_chain_stays_stable():
    n = 6
    model = chain(n)
    limit = longest_step(model)
    assert limit == pytest.approx(8.0)
    stable = matrix(model, n, limit)
    assert max(abs(np.linalg.eigvals(stable))) < 1 and np.all(stable >= 0)
    assert max(abs(np.linalg.eigvals(matrix(model, n, 2.5 * limit)))) > 1


@pytest.mark.parametrize("leak", [True, False])
def test_brian2_does_what_the_matrix_says(neurons, leak):
    n, presentations = 5, 40
    model = chain(n, leak).without("drive")
    pre, post = neurons(model, "pre", [[]]), neurons(model, "post", [[]])
    built = model.connect(pre, post, presentation=20 * ms)
    start = [1.0, -0.5, 0.25, 2.0, 1.0]
    for name, value in zip(names(n), start, strict=True):
        setattr(built, name, value)
    Network(pre, post, built).run(presentations * 20 * ms)
    expected = np.linalg.matrix_power(matrix(model, n, 0.02), presentations) @ start
    np.testing.assert_allclose([getattr(built, name)[0] for name in names(n)], expected, rtol=1e-12)


def test_a_step_of_time_is_a_presentation_of_that_duration(neurons):
    n, model = 4, synapses.benna_fusi(4, update="step").with_parameters(alpha=1 * second).without("drive")
    pre, post = neurons(model, "pre", [[]]), neurons(model, "post", [[]])
    built = model.connect(pre, post)
    built.w = 1
    watch = StateMonitor(built, names(n), record=0, when="end")
    Network(pre, post, built, watch).run(50 * ms)
    expected = np.linalg.matrix_power(matrix(chain(n), n, 1e-3), 50)[:, 0]
    np.testing.assert_allclose([getattr(watch, name)[0][-1] for name in names(n)], expected, rtol=1e-12)


def test_pairs_of_spikes_drive_the_first_variable(neurons):
    model = synapses.benna_fusi(3)
    pre, post = neurons(model, "pre", [[10], [30]]), neurons(model, "post", [[20]])
    built = model.without("consolidation chain").connect(pre, post)
    Network(pre, post, built).run(40 * ms)
    np.testing.assert_allclose(built.w[:], [0.005 * 0.95**10, -0.00525 * 0.95**10], rtol=1e-12)


def test_each_part_can_be_taken_out():
    model = synapses.benna_fusi(4)
    assert set(model.without("consolidation chain").lowered.states) == {"w"}
    assert not model.without("drive").requires().pre
    assert set(model.lowered.states) == set(names(4))
    assert "u_2" not in synapses.stdp().lowered.states
    with_chain = synapses.stdp() + consolidation_chain(3)
    assert set(with_chain.lowered.states) == set(names(3))


@pytest.mark.parametrize("options", [{"n": 1}, {"update": "hour"}, {"pairing": "some"}])
def test_options_are_checked(options):
    with pytest.raises(synapses.DeclarationError):
        synapses.benna_fusi(**options)
