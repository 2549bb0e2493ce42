"""Implicit variance and operators ranked by plasticity: their scripts, against autograd and closed forms."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch


def script(name):
    path = Path(__file__).parents[4] / "scripts" / "reproduce" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"reproduce_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


variance, operators = script("implicit_variance"), script("operator_ranking")


@pytest.mark.parametrize("kind", ["stopped", "through both"])
def test_a_step_descends_the_loss_with_a_constant_predictor(kind):
    rng = np.random.default_rng(0)
    w, one, two = rng.normal(size=(3, 5)), rng.normal(size=(40, 5)), rng.normal(size=(40, 5))
    leaf, x1, x2 = torch.tensor(w, requires_grad=True), torch.tensor(one), torch.tensor(two)
    first, second = x1 @ leaf.T, x2 @ leaf.T
    with torch.no_grad():
        values, vectors = torch.linalg.eigh(first.T @ first / 40)
        predictor = vectors @ torch.diag(values.sqrt()) @ vectors.T
    wanted = second.detach() if kind == "stopped" else second
    (0.5 * ((first @ predictor - wanted) ** 2).sum() / 40).backward()
    np.testing.assert_allclose(variance.step(w, one, two, kind), -leaf.grad.numpy(), rtol=1e-10)


def test_modes_rest_where_the_predictor_undoes_the_noise_and_collapse_without_a_stop():
    rest = np.array([1 / 1.3**2])
    assert variance.slope(rest, "stopped", 0.3) == pytest.approx(0) == variance.slope(rest, "isotropic", 0.3)
    for kind in ("stopped", "isotropic"):
        assert variance.slope(rest / 2, kind, 0.3) > 0 > variance.slope(rest * 2, kind, 0.3)
    assert (variance.slope(np.linspace(0.01, 5, 50), "through both", 0.3) < 0).all()


@pytest.mark.parametrize("kind", ["stopped", "isotropic", "through both"])
def test_the_simulation_follows_the_equation_of_each_mode(kind):
    times = np.linspace(0, 4, 201)
    found = variance.simulated(kind, times, inputs=6, modes=4)
    expected = variance.integrated(found[0], times, kind)
    np.testing.assert_allclose(found, expected, atol=0.03)
    assert np.abs(found[-1] - found[0]).max() > 0.2


def test_operators_by_hand():
    model = operators.Operational(3, 10, ["product, sum", "cubic, maximum", "sine, sum"])
    images = torch.tensor([[0.5, 1.0, -2.0]])
    w = model.weight.detach().numpy()
    y = images.numpy()[0]
    hidden = np.tanh([(w[0] * y).sum(), (w[1] * y**3).max(), np.sin(3 * w[2] * y).sum()])
    expected = model.readout.weight.detach().numpy() @ hidden + model.readout.bias.detach().numpy()
    np.testing.assert_allclose(model(images).detach().numpy()[0], expected, rtol=1e-5, atol=1e-6)


def test_plasticity_is_nothing_where_nothing_is_learned():
    data = (torch.zeros(20, 4), torch.arange(20) % 10)
    _, still = operators.trained(data, ["product, sum", "cubic, sum"], 5, 0)
    assert still.tolist() == [0.0, 0.0]
    rng = torch.Generator().manual_seed(0)
    data = (torch.rand(20, 4, generator=rng), torch.arange(20) % 10)
    _, moved = operators.trained(data, ["product, sum", "cubic, sum"], 5, 0)
    assert (moved > 0).all()
