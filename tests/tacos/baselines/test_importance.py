"""Importance of parameters against closed forms and against one example at a time."""

import numpy as np
import pytest
import torch
from torch import nn

from tacos.baselines.importance import fisher, gradient_moment
from tacos.baselines.mas import sensitivity
from tacos.baselines.mlp import MLP
from tacos.baselines.spiking import SpikingNetwork

W = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]])
X = np.array([[1.0, 2.0], [-0.5, 0.25], [0.0, 3.0], [0.3, -0.1]])
Y = np.array([0, 1, 1, 0])


def linear(weights=W):
    model = nn.Linear(2, len(weights), bias=False).double()
    with torch.no_grad():
        model.weight.copy_(torch.from_numpy(weights))
    return model


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def images():
    return torch.from_numpy(X)


def one_by_one(model, score, x, power):
    """The definition, with autograd."""
    parameters = list(model.parameters())
    sums = [torch.zeros_like(p) for p in parameters]
    for image in x:
        for total, g in zip(sums, torch.autograd.grad(score(model(image[None])).sum(), parameters), strict=True):
            total += g.abs() ** power
    return [total / len(x) for total in sums]


def test_fisher_of_a_softmax_is_its_variance_times_the_squared_input():
    """Of log p_c the gradient is (e_c - p) x, and its square has the expectation p (1 - p) x^2."""
    p = softmax(X @ W.T)
    expected = np.einsum("ni,nj->ij", p * (1 - p), X**2) / len(X)
    found = fisher(linear(), images(), torch.from_numpy(Y), None, "all")
    np.testing.assert_allclose(found[0], expected, rtol=1e-12)


@pytest.mark.parametrize("labels", ["true", "predicted"])
def test_fisher_with_one_label_an_example(labels):
    p = softmax(X @ W.T)
    label = Y if labels == "true" else p.argmax(axis=1)
    error = np.eye(3)[label] - p
    expected = np.einsum("ni,nj->ij", error**2, X**2) / len(X)
    found = fisher(linear(), images(), torch.from_numpy(Y), None, labels)
    np.testing.assert_allclose(found[0], expected, rtol=1e-12)


@pytest.mark.parametrize("labels", ["all", "true", "predicted"])
def test_fisher_over_the_outputs_of_a_task_alone(labels):
    """The masked output might as well not be there."""
    mask = torch.tensor([[True, True, False]] * 4)
    found = fisher(linear(), images(), torch.from_numpy(Y), mask, labels)[0]
    alone = fisher(linear(W[:2]), images(), torch.from_numpy(Y), None, labels)[0]
    np.testing.assert_allclose(found[:2], alone, rtol=1e-12)
    np.testing.assert_array_equal(found[2], 0)


@pytest.mark.parametrize("power", [1, 2])
def test_a_layer_that_is_used_for_all_steps_at_once(power):
    """Spike trains in bins: the gradient of an example is a sum over steps, before any power of it."""
    torch.manual_seed(3)
    model = SpikingNetwork(6, 3, binned=True, hidden=7, steps=5).double()
    shown = torch.rand(120, 30).double() * (torch.rand(120, 30) < 0.4)

    def score(logits, here=None):
        return logits.log_softmax(1)[:, 0]

    found = gradient_moment(model, score, shown, power)
    expected = one_by_one(model, score, shown, power)
    assert all(float(g.abs().max()) > 0 for g in expected)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


def test_fisher_refuses_unknown_labels():
    with pytest.raises(ValueError, match="'sampled'.*must be one of all, predicted, true"):
        fisher(linear(), images(), torch.from_numpy(Y), None, "sampled")


def test_mas_of_a_linear_network():
    """Of |W x|^2 the gradient is 2 (W x) x."""
    gradients = 2 * np.einsum("ni,nj->nij", X @ W.T, X)
    np.testing.assert_allclose(sensitivity(linear(), images())[0], np.abs(gradients).mean(axis=0), rtol=1e-12)
    pairs = np.abs(gradients.reshape(2, 2, 3, 2).mean(axis=1)).mean(axis=0)
    np.testing.assert_allclose(sensitivity(linear(), images(), batch=2)[0], pairs, rtol=1e-12)


def test_mas_over_the_outputs_of_a_task_alone():
    mask = torch.tensor([[False, True, True]] * 4)
    found = sensitivity(linear(), images(), mask)[0]
    np.testing.assert_allclose(found[1:], sensitivity(linear(W[1:]), images())[0], rtol=1e-12)
    np.testing.assert_array_equal(found[0], 0)


class Scaled(nn.Module):
    """A network whose parameters are not those of linear layers alone."""

    def __init__(self):
        super().__init__()
        self.layer, self.scale = nn.Linear(2, 3), nn.Parameter(torch.tensor(1.5))

    def forward(self, x):
        return self.scale * self.layer(x)


class Twice(nn.Module):
    """A network that uses a layer twice for an image."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        return self.layer(torch.tanh(self.layer(x)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: MLP((1, 2), 3, (5, 4)),
        lambda: MLP((1, 2), 3, (5,), pad=1, mean=0.1, sd=0.3),
        lambda: SpikingNetwork(2, 3, hidden=6, gain=20.0),
        Scaled,
        Twice,
    ],
)
@pytest.mark.parametrize("power", [1, 2])
def test_moments_are_those_of_single_examples(make, power):
    torch.manual_seed(3)
    model, x = make(), torch.rand(7, 2)

    def score(logits, here=None):
        return logits.log_softmax(1)[:, 1] + logits[:, 0] ** 2

    expected = one_by_one(model, score, x, power)
    assert any(e.abs().max() > 0 for e in expected)
    for found, e in zip(gradient_moment(model, score, x, power), expected, strict=True):
        torch.testing.assert_close(found, e, rtol=1e-4, atol=1e-7)
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("n", [20, 700])
def test_fisher_of_a_network_that_uses_a_layer_twice(n):
    """Such a network goes example by example, with the labels of these examples."""
    torch.manual_seed(0)
    layer, last = nn.Linear(3, 3), nn.Linear(3, 2)

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.last = layer, last

        def forward(self, x):
            return self.last(torch.tanh(self.layer(torch.tanh(self.layer(x)))))

    model, x, y = Twice(), torch.rand(n, 3), torch.randint(2, (n,))
    sums = [torch.zeros_like(p) for p in model.parameters()]
    for image, label in zip(x, y, strict=True):
        gradients = torch.autograd.grad(model(image[None]).log_softmax(1)[0, label], list(model.parameters()))
        for total, gradient in zip(sums, gradients, strict=True):
            total += gradient**2
    for found, total in zip(fisher(model, x, y, None, "true"), sums, strict=True):
        torch.testing.assert_close(found, total / n)


@pytest.mark.parametrize("batch", [1, 2])
def test_outputs_of_images_of_several_tasks(batch):
    """The mask may differ from image to image, as where boundaries are blurred."""
    model, x = linear(), images()
    mask = torch.tensor([[True, True, False], [False, False, True]] * 2)
    found = sensitivity(model, x, mask, batch)[0]
    gradients = [2 * (model(image) * allowed)[:, None] * image for image, allowed in zip(x, mask, strict=True)]
    parts = torch.stack(gradients).reshape(4 // batch, batch, *W.shape).mean(1).abs().mean(0)
    torch.testing.assert_close(found, parts.detach())
