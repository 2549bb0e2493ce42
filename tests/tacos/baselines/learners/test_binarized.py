"""Binarized networks: gradients, draws, normalization and bounds, against closed forms and torch.autograd."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.learners.hidden_weights import BinarizedLayers, FullLayers, Norm, sign, straight_through
from tacos.baselines.learners.networks import NORMS, Binarized, FullPrecision
from tacos.baselines.networks import architecture, to_dict
from tacos.errors import RunError
from tests.tacos import runs_support as runs
from tests.tacos.baselines.learners.support import learned, stream, weights


def test_gradients_go_straight_through_within_the_window():
    model = BinarizedLayers((3, 2), "none", 1)
    x = torch.tensor([[-3.0, -1.0, -0.2, 0.0, 1.0, 1.01]], requires_grad=True)
    units = model.units(x)
    assert units.tolist() == [[-1, -1, -1, 1, 1, 1]]
    (units * torch.arange(1.0, 7)).sum().backward()
    assert x.grad.tolist() == [[0, 2, 3, 4, 5, 0]]
    assert sign(torch.tensor([-0.0])).item() == 1


def test_the_gradient_of_a_hidden_weight_is_that_of_its_sign():
    torch.manual_seed(0)
    model, images = BinarizedLayers((4, 5, 3), "none", 1), torch.rand(7, 4)
    with torch.no_grad():
        model.hidden[0].mul_(100)  # beyond a window that weights do not have
    signs = [sign(w.detach()).requires_grad_() for w in model.hidden]
    x = torch.clamp(images @ signs[0].T / 2, -1, 1)
    outputs = (x + (sign(x) - x).detach()) @ signs[1].T / 5**0.5
    torch.testing.assert_close(model(images), outputs)
    (outputs**3).sum().backward()
    (model(images) ** 3).sum().backward()
    for w, s in zip(model.hidden, signs, strict=True):
        torch.testing.assert_close(w.grad, s.grad)


def test_units_are_drawn_in_training_alone():
    torch.manual_seed(3)
    model = BinarizedLayers((3, 2), "none", 1, stochastic=True)
    x = torch.tensor([-2.0, -1.0, -0.5, 0.0, 0.25, 1.0, 3.0]).repeat(5_000, 1)
    drawn = model.units(x)
    assert set(drawn.unique().tolist()) == {-1, 1}
    expected = np.clip((x[0].numpy() + 1) / 2, 0, 1)
    np.testing.assert_allclose((drawn > 0).float().mean(0), expected, atol=4 * 0.5 / 5_000**0.5)
    assert torch.equal(model.eval().units(x), sign(x))
    one = weights("binarized", Binarized((8,), stochastic=True))
    np.testing.assert_array_equal(weights("binarized", Binarized((8,), stochastic=True)), one)
    assert not np.array_equal(weights("binarized", Binarized((8,))), one)


def test_the_quadratic_binary_task_orders_importance_by_hidden_weights():
    """Laborieux et al. 2021: what grows fastest costs most to turn round; curvature and optimum as in their notebook."""
    rng = np.random.default_rng(1)
    d = 100
    axes, _ = np.linalg.qr(rng.normal(size=(d, d)))
    curvature = torch.from_numpy(axes @ np.diag(rng.uniform(10.5, 29.5, d)) @ axes.T)
    optimum = torch.from_numpy(rng.uniform(-4, 4, d))
    hidden = torch.from_numpy(rng.uniform(-0.05, 0.05, d)).requires_grad_()
    optimizer = torch.optim.SGD([hidden], lr=0.01)

    def loss(used):
        return (used - optimum) @ curvature @ (used - optimum) / 2

    for _ in range(800):
        optimizer.zero_grad()
        loss(straight_through(hidden, sign(hidden))).backward()
        optimizer.step()
    used = sign(hidden.detach())
    turned = used.repeat(d, 1) * (1 - 2 * torch.eye(d))
    cost = [float(loss(one) - loss(used)) for one in turned]
    assert spearmanr(hidden.detach().abs(), cost).statistic > 0.9


def test_clipping_keeps_hidden_weights_in_bounds():
    training = Training("sgd", 5.0, 10)
    clipped, _ = learned("binarized", Binarized((8,), "shared"), training=training)
    free, _ = learned("binarized", Binarized((8,), "shared"), training=training, clipped=False)
    assert max(w.detach().abs().max() for w in clipped.hidden) == 1 < max(w.detach().abs().max() for w in free.hidden)


@pytest.mark.parametrize("kind", [BinarizedLayers, FullLayers])
def test_each_task_has_its_own_normalization(kind):
    torch.manual_seed(0)
    model = kind((4, 5, 3), "per task", 3)
    images = torch.rand(20, 4)

    def train(task):
        model.task = task
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        optimizer.zero_grad()
        model(images * (task + 1)).square().sum().backward()
        optimizer.step()

    def state(task):
        return [value.clone() for value in model.norms[task].state_dict().values()]

    train(0)
    first = state(0)
    model.task = 1
    assert all(map(torch.equal, state(1), first)), "that of a new task starts from the one before"
    train(1)
    assert all(map(torch.equal, state(0), first)), "earlier ones stay"
    assert not torch.equal(state(1)[0], first[0])
    model.eval()
    answers = {}
    for task in range(3):
        model.task = task
        answers[task] = model(images)
    assert torch.equal(answers[2], answers[1]), "one that was not learned has that of the last"
    assert not torch.equal(answers[0], answers[1])


def test_only_normalization_per_task_needs_the_task():
    assert [Binarized(norm=norm).needs_task for norm in NORMS] == [True, False, False, False]
    assert str(Binarized((8, 4), "per task")) == "binarized 8-4, norm per task"
    assert str(FullPrecision((8,), "none")) == "full precision 8, no norm"
    for network in (Binarized((5,), "shared", stochastic=True), FullPrecision((5, 6), "per task")):
        assert architecture(to_dict(network)) == network
    with pytest.raises(RunError, match="norm per task"):
        learned("binarized", Binarized((8,), "per task"), stream(boundaries="random"))
    with pytest.raises(RunError, match="norm is one of per task, shared, layer, none, not 'batch'"):
        Binarized(norm="batch")
    with pytest.raises(RunError, match="hidden is the size of each hidden layer"):
        Binarized((0,))


def test_a_batch_of_one_is_normalized_by_what_was_seen():
    norm = Norm(3)
    norm(torch.rand(10, 3))
    before, x = norm.running_mean.clone(), torch.rand(1, 3)
    expected = (x - before) / (norm.running_var + norm.eps).sqrt()
    torch.testing.assert_close(norm(x), expected)
    assert torch.equal(norm.running_mean, before)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("name", "network"), [("binarized", Binarized), ("metaplastic-control", FullPrecision)])
def test_networks_learn(name, network, norm):
    _, progress = learned(name, network((50,), norm), stream(samples=None, test_samples=None))
    assert np.diag(progress.accuracy).min() > 0.7  # of five classes, a fifth by chance
    np.testing.assert_array_equal(*(weights(name, network((8,), norm), seed=2) for _ in range(2)))


def test_no_context_is_asked_for_unless_the_network_needs_the_task():
    whole = stream()
    untold = runs.Changed(whole, whole.n_presentations, whole.evaluation_points, told=False)
    one = weights("binarized", Binarized((8,)), untold)
    np.testing.assert_array_equal(one, weights("binarized", Binarized((8,))))
    with pytest.raises(AssertionError, match="asked where"):
        learned("binarized", Binarized((8,), "per task"), untold)


def test_a_run_keeps_its_network_and_says_its_normalization(tmp_path):
    network = Binarized((8,), "per task")
    result = baselines.run("binarized", stream(), 1, network=network, out=tmp_path / "run")
    declared = result.folder.declaration()
    assert declared["label"] == "binarized, binarized 8, norm per task"
    assert architecture(declared["network"]) == network
    assert result.dataset["accuracy"].shape == (1, 2, 2)


def test_two_outputs_keep_their_size_with_layer_norm():
    """Normalized by themselves they would be plus and minus one, without a gradient."""
    layers = BinarizedLayers((4, 6, 2), "layer", 1)
    answers = layers(torch.randn(5, 4, generator=torch.Generator().manual_seed(0)))
    assert answers.abs().std() > 1e-3
    answers[:, 0].sum().backward()
    assert layers.hidden[-1].grad.abs().max() > 1e-3
