"""Bayesian learners: against closed forms, the variational update written out, finite differences and autograd."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import tasks
from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.learners.bgd import bgd_step
from tacos.baselines.learners.mesu import mesu_step
from tacos.baselines.learners.presynaptic import presynaptic_step, released
from tacos.baselines.learners.replicas import Layers, answers, gradients
from tacos.baselines.networks import MLP, Spiking
from tacos.baselines.training import Learner, learn_stream
from tacos.errors import RunError
from tests.tacos import runs_support as runs

NAMES = ("mesu", "bgd", "presynaptic")
NETWORK = MLP((12,))


def stream(**options):
    return tasks.split("digits", classes_per_task=5, **{"samples": 60, "test_samples": 20, **options})


def weights(name, seed=0, chosen=None, network=NETWORK, **options):
    model, _ = learn_stream(baselines.named(name, **options), network, Training(batch=10), chosen or stream(), seed)
    return nn.utils.parameters_to_vector(model.parameters()).detach().numpy()


# -- the rules -----------------------------------------------------------------------------------------------------


def test_mesu_rests_at_its_fixed_point():
    """Quadratic loss H/2 (w - w0)^2: its expectation has the slopes H (mu - w0) and H sigma."""
    curvature = torch.tensor([1e-3, 1e-1, 10.0], dtype=torch.float64)
    window, optimum, prior_mean, prior_width = 200.0, 0.7, -0.4, 0.8
    mean, width = torch.zeros(3, dtype=torch.float64), torch.full((3,), 0.1, dtype=torch.float64)
    for _ in range(6_000):
        mean, width = mesu_step(
            mean, width, curvature * (mean - optimum), curvature * width, window, prior_mean, prior_width
        )
    h, pull = curvature.numpy(), 1 / (window * prior_width**2)
    np.testing.assert_allclose(width.numpy() ** 2, 1 / (window * h + 1 / prior_width**2), rtol=1e-6)
    np.testing.assert_allclose(mean.numpy(), (h * optimum + prior_mean * pull) / (h + pull), rtol=1e-6)


def test_without_data_a_weight_relaxes_to_the_prior_and_without_a_window_it_keeps_still():
    start, zero = (torch.tensor(0.5), torch.tensor(0.1)), torch.tensor(0.0)
    mean, width = start
    for _ in range(2_000):
        mean, width = mesu_step(mean, width, zero, zero, 50.0, prior_mean=-1.0, prior_width=0.3)
    assert float(mean) == pytest.approx(-1.0, abs=1e-4) and float(width) == pytest.approx(0.3, abs=1e-4)
    assert mesu_step(*start, zero, zero, math.inf) == start


def test_no_step_of_mesu_is_larger_than_allowed():
    mean, width = mesu_step(
        torch.tensor(0.0), torch.tensor(0.2), torch.tensor(-1e4), torch.tensor(1e4), 1e3, largest=0.5
    )
    assert float(mean) == pytest.approx(0.1) and float(width) == pytest.approx(0.1)


@pytest.mark.parametrize("slope", [-30.0, -0.7, 0.0, 0.4, 50.0])
def test_bgd_solves_the_equation_of_the_variational_update(slope):
    """The new width s minimizes E[loss] + KL(new || old): s/sigma^2 - 1/s + slope = 0, by bisection."""
    sigma, low, high = 0.3, 1e-9, 100.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if middle / sigma**2 - 1 / middle + slope < 0 else (low, middle)
    given = (torch.tensor(x, dtype=torch.float64) for x in (0.2, sigma, 1.5, slope))
    mean, width = bgd_step(*given, rate=2.0)
    assert float(width) == pytest.approx(low, rel=1e-9)
    assert float(mean) == pytest.approx(0.2 - 2 * sigma**2 * 1.5)


def test_presynaptic_release_follows_the_size_of_gradients():
    weight, release = torch.tensor([1.0, 1.0, -1.0, 2.0]), torch.tensor([0.5, 0.5, 1.0, 0.27])
    gradient = torch.tensor([0.3, -0.3, 0.05, 0.0])
    moved, after = presynaptic_step(weight, release, gradient, rate=0.1, limit=0.1)
    torch.testing.assert_close(after, torch.tensor([0.55, 0.55, 0.95, 0.25]))
    torch.testing.assert_close(moved, torch.tensor([1 - 0.1 * 0.5 * 0.3, 1 + 0.1 * 0.5 * 0.3, -1.0, 2.0]))


def test_a_release_has_the_expected_weight_on_average():
    uniform = (torch.arange(1000) + 0.5) / 1000
    drawn = released(torch.tensor(0.6), torch.tensor(0.4), uniform)
    assert sorted(set(drawn.tolist())) == [0.0, pytest.approx(1.5)]
    assert float(drawn.mean()) == pytest.approx(0.6)


@pytest.mark.parametrize("step", [lambda *a: mesu_step(*a, window=50.0), bgd_step])
def test_rules_take_replicas_on_leading_axes(step):
    generator = torch.Generator().manual_seed(0)
    mean, width, g_mean, g_width = (torch.rand(2, 3, 4, 5, generator=generator) for _ in range(4))
    together = step(mean, width, g_mean, g_width)
    for k in range(3):
        alone = step(mean[1, k], width[1, k], g_mean[1, k], g_width[1, k])
        assert torch.equal(alone[0], together[0][1, k]) and torch.equal(alone[1], together[1][1, k])


# -- learners ------------------------------------------------------------------------------------------------------


def test_slopes_of_the_widths_are_those_of_the_expected_loss():
    """Logistic regression on one weight: expectation of the loss by quadrature, and its finite differences."""
    method = baselines.named("mesu", samples=1_500)
    model, images, targets = nn.Linear(1, 2, bias=False).double(), torch.tensor([[1.5]]).double(), torch.tensor([1])
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[0.4], [-0.3]]))
    method.optimizer(model, Training())
    method.widths = [torch.tensor([[0.6], [0.9]]).double().requires_grad_()]
    method.start(model, torch.Generator().manual_seed(0))
    method.loss(model, images, targets, None).backward()

    nodes, shares = np.polynomial.hermite_e.hermegauss(40)

    def expected(mean, width):
        """The difference of both outputs is normal, too."""
        margin = 1.5 * (mean[0] - mean[1]) + 1.5 * math.hypot(*width) * nodes
        return np.sum(shares * np.logaddexp(0, margin)) / np.sum(shares)

    h = 1e-5
    for found, base in ((method.widths[0].grad, 1), (model.weight.grad, 0)):
        for k in range(2):
            up, down = ([[0.4, -0.3], [0.6, 0.9]] for _ in range(2))
            up[base][k] += h
            down[base][k] -= h
            slope = (expected(*up) - expected(*down)) / (2 * h)
            assert float(found[k]) == pytest.approx(slope, abs=0.06)  # four standard errors of so many draws


def test_the_loss_is_a_sum_over_the_batch():
    """Two copies of an image weigh twice as much as one, as the window counts steps and not images."""
    found = []
    for copies in (1, 2):
        method = baselines.named("mesu", samples=2)
        torch.manual_seed(0)
        model = nn.Linear(3, 2)
        method.optimizer(model, Training())
        method.start(model, torch.Generator().manual_seed(0))
        loss = method.loss(model, torch.ones(copies, 3), torch.zeros(copies, dtype=torch.long), None)
        found.append(loss.item())
    assert found[1] == pytest.approx(2 * found[0])


def test_the_first_step_has_the_learning_rate_of_the_training():
    """With all draws at the mean, MESU without a window and BGD begin as gradient descent on the sum over the batch."""
    images, targets = torch.rand(4, 64), torch.tensor([0, 1, 2, 3])
    found = []
    for name in ("mesu", "bgd"):
        learner = Learner(baselines.named(name, **({"strength": 1e12} if name == "mesu" else {})), NETWORK,
                          Training("sgd", 1e-6), stream(), 0)  # fmt: skip
        before = nn.utils.parameters_to_vector(learner.model.parameters()).detach().clone()
        nn.functional.cross_entropy(learner.model(images), targets, reduction="sum").backward()
        plain = torch.cat([p.grad.flatten() for p in learner.model.parameters()])
        learner.method.start(learner.model, torch.Generator().manual_seed(0))
        learner.step(images, targets, None)
        moved = nn.utils.parameters_to_vector(learner.model.parameters()).detach() - before
        found.append(float(nn.functional.cosine_similarity(moved, -plain, dim=0)))
        assert float(moved.norm()) == pytest.approx(1e-6 * float(plain.norm()), rel=0.05)
    assert min(found) > 0.99


def test_a_step_moves_means_and_widths_by_the_rule():
    learner = Learner(baselines.named("mesu", strength=30.0, samples=2), NETWORK, Training(), stream(), 0)
    method = learner.method
    method.start(learner.model, torch.Generator().manual_seed(0))
    images, targets = torch.rand(4, 64), torch.tensor([0, 1, 2, 3])
    means = list(learner.model.parameters())
    before = [(p.detach().clone(), w.detach().clone()) for p, w in zip(means, method.widths, strict=True)]
    learner.step(images, targets, None)
    for (mean, width), p, w in zip(before, means, method.widths, strict=True):
        expected = mesu_step(mean, width, p.grad, w.grad, 30.0, largest=0.5)
        assert torch.equal(p.detach(), expected[0]) and torch.equal(w.detach(), expected[1])
        assert not torch.equal(w.detach(), width)


def test_a_weight_that_matters_becomes_narrow_and_one_that_does_not_stays_wide():
    images = np.zeros((200, 2))
    images[:, 0] = 255 * (np.arange(200) % 2)  # the first pixel tells the classes apart, the second is always dark
    data = tasks.from_arrays("one pixel", images.astype(np.uint8), np.arange(200) % 2, images[:20].astype(np.uint8),
                             np.arange(20) % 2, (1, 2))  # fmt: skip
    method = baselines.named("mesu")
    learn_stream(method, MLP((4,)), Training("sgd", 0.5, 1), tasks.split(data, classes_per_task=2), 0)
    first, second = method.widths[0].detach().T
    assert float(first.mean()) < 0.9 * float(second.mean())
    assert float(second.min()) >= 1 / 2**0.5  # and wider, towards the prior


@pytest.mark.parametrize("network", [NETWORK, Spiking(hidden=10, steps=5)])
@pytest.mark.parametrize("name", NAMES)
def test_a_seed_decides_everything_and_nobody_asks_where_a_presentation_came_from(name, network):
    whole = stream()
    untold = runs.Changed(whole, whole.n_presentations, whole.evaluation_points, told=False)
    one = weights(name, network=network)
    torch.manual_seed(6)
    np.testing.assert_array_equal(weights(name, chosen=untold, network=network), one)
    assert not np.array_equal(weights(name, seed=1, network=network), one)


@pytest.mark.parametrize("scenario", ["class-incremental", "task-incremental"])
@pytest.mark.parametrize("name", NAMES)
def test_they_learn_and_are_known_by_name(name, scenario):
    method = baselines.named(name, **({"strength": 0.01} if name == "presynaptic" else {}))
    assert baselines.name_of(method) == name and not method.boundaries_in_training and method.grid
    chosen = stream(scenario=scenario, samples=400, passes=4, test_samples=None)
    _, progress = learn_stream(method, MLP((40,)), Training("sgd", 0.1, 5), chosen, 0)
    assert progress.accuracy[0][0] > 0.6  # of five classes, a fifth by chance


def test_wrong_options():
    with pytest.raises(RunError, match="The strength of MESU is a number above zero"):
        baselines.named("mesu", strength=0)
    with pytest.raises(RunError, match="The samples of BGD is a whole number above zero"):
        baselines.named("bgd", samples=0.5)


# -- replicas ------------------------------------------------------------------------------------------------------


def random_layers(*lead, units=(5, 3), inputs=(7, 6)):
    return Layers(
        *(torch.randn(lead[0], u, lead[1], n, dtype=torch.float64) for u, n in zip(units, inputs, strict=True))
    )


def test_gradients_of_replicas_are_those_of_autograd():
    torch.manual_seed(0)
    means, widths, draws = random_layers(2, 4), random_layers(2, 4), random_layers(2, 3)
    images, targets = torch.rand(2, 6, dtype=torch.float64), torch.tensor([2, 0])
    found = gradients(means, widths, draws, images, targets)
    for seed in range(2):
        for row in range(4):
            leaves = [x[seed, :, row].clone().requires_grad_() for x in (*means, *widths)]
            losses = []
            for k in range(3):
                first, second = (leaves[i] + leaves[i + 2] * draws[i][seed, :, k] for i in range(2))
                hidden = torch.relu(first[:, :-1] @ images[seed] + first[:, -1])
                losses.append(nn.functional.cross_entropy(second[:, :-1] @ hidden + second[:, -1], targets[seed]))
            torch.stack(losses).mean().backward()
            for leaf, got in zip(leaves, (*found[0], *found[1]), strict=True):
                torch.testing.assert_close(got[seed, :, row], leaf.grad)


def test_answers_of_replicas_are_those_of_single_networks():
    torch.manual_seed(0)
    weights, images = random_layers(2, 4), torch.rand(3, 6, dtype=torch.float64)
    found = answers(weights, images)
    first, second = (w[1, :, 2] for w in weights)
    expected = torch.relu(images @ first[:, :-1].T + first[:, -1]) @ second[:, :-1].T + second[:, -1]
    torch.testing.assert_close(found[1, 2], expected)
