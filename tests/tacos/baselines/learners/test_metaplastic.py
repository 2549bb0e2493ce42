"""Metaplastic steps against PyTorch's optimizers, the equations in NumPy, and closed forms."""

import numpy as np
import pytest
import torch

from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.learners.chain import AREAS, COUPLINGS, chain_step
from tacos.baselines.learners.metaplastic import metaplastic_step
from tacos.baselines.learners.networks import Binarized, FullPrecision
from tacos.comparison.compare import Baseline
from tacos.comparison.plan import Plan
from tacos.errors import RunError
from tacos.folders import load
from tests.tacos.baselines.learners.support import learned, stream, weights

ONE_STEP = stream(classes_per_task=10, samples=10)
KINDS = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}


def test_a_step_toward_zero_is_held_back_and_one_away_is_not():
    before = torch.tensor([1.0, 1.0, -1.0, -1.0, 0.0], dtype=torch.float64)
    change = torch.tensor([-0.1, 0.1, 0.1, -0.1, 0.1], dtype=torch.float64)
    share = (metaplastic_step(before, before + change, 1.35) - before) / change
    np.testing.assert_allclose(share, [0.2360, 1, 0.2360, 1, 1], atol=5e-5)  # 1 - tanh(1.35)^2


@pytest.mark.parametrize("optimizer", KINDS)
def test_without_strength_it_is_the_optimizer_of_pytorch_bit_for_bit(optimizer):
    for name, network in (("metaplastic", Binarized((8,))), ("metaplastic-control", FullPrecision((8,)))):
        training, chosen = Training(optimizer, 0.01, 10), stream()
        found = weights(name, network, strength=0.0, training=training)
        torch.manual_seed(0)
        model = network.build(chosen)
        plain = KINDS[optimizer](model.parameters(), lr=0.01)
        for start in range(0, 60, 10):
            images, targets = chosen.presentations(0, start, start + 10)
            plain.zero_grad()
            answers = model(torch.from_numpy(images.astype(np.float32)))
            torch.nn.functional.cross_entropy(answers, torch.from_numpy(targets)).backward()
            plain.step()
        expected = torch.nn.utils.parameters_to_vector(model.parameters()).detach().numpy()
        np.testing.assert_array_equal(found, expected)
        assert not np.array_equal(weights(name, network, strength=5.0, training=training), expected)


@pytest.mark.parametrize("optimizer", KINDS)
def test_steps_are_those_of_the_equations(optimizer):
    """Adam as its paper writes it; the condition on the first moment, as in the code of Laborieux et al. 2021."""
    rng = np.random.default_rng(0)
    start, gradients, m, rate = rng.normal(size=(3, 4)), rng.normal(size=(30, 3, 4)), 0.8, 0.05
    model = torch.nn.Linear(4, 3, bias=False).double()
    with torch.no_grad():
        model.weight.copy_(torch.from_numpy(start))
    method = baselines.named("metaplastic", strength=m)
    method.start(model, torch.Generator())
    chosen = method.optimizer(model, Training(optimizer, rate))
    w, first, second = start.copy(), np.zeros((3, 4)), np.zeros((3, 4))
    for t, g in enumerate(gradients, start=1):
        model.weight.grad = torch.from_numpy(g.copy())
        method.after_backward(model)
        chosen.step()
        method.after_step(model)
        direction = g
        if optimizer == "adam":
            first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g**2
            direction = first / (1 - 0.9**t) / (np.sqrt(second / (1 - 0.999**t)) + 1e-8)
        w -= rate * np.where(np.sign(w) * direction > 0, 1 - np.tanh(m * np.abs(w)) ** 2, 1) * direction
    np.testing.assert_allclose(model.weight.detach(), w, rtol=1e-9)


def test_every_layer_may_have_its_strength():
    network = Binarized((8,))
    plain, both = (weights("metaplastic", network, ONE_STEP, strength=s) for s in (0.0, 50.0))
    second = weights("metaplastic", network, ONE_STEP, strength=50.0, factors=(0, 1))
    size = 64 * 8
    np.testing.assert_array_equal(second[:size], plain[:size])
    np.testing.assert_array_equal(second[size:], both[size:])
    assert not np.array_equal(both[:size], plain[:size]) and not np.array_equal(both[size:], plain[size:])
    with pytest.raises(RunError, match="factors of metaplastic, binarized are 3 numbers for 2 layers of weights"):
        learned("metaplastic", network, factors=(1, 1, 1))
    with pytest.raises(RunError, match="factors of metaplastic, binarized are numbers, zero or more"):
        baselines.named("metaplastic", factors=(-1,))


def test_gains_and_biases_are_plain():
    network = Binarized((8,), "shared")
    one, other = (learned("metaplastic", network, ONE_STEP, strength=s)[0] for s in (0.0, 50.0))
    for a, b in zip(one.norms.parameters(), other.norms.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_run_goes_there_and_back(tmp_path):
    method = baselines.named("metaplastic", strength=2.0, factors=(1, 0.5))
    result = baselines.run(method, stream(), 1, network=Binarized((8,)), out=tmp_path / "run")
    assert load(tmp_path / "run").folder.declaration()["baseline"]["factors"] == [1.0, 0.5]
    again = baselines.run(method, stream(), 1, network=Binarized((8,)), out=tmp_path / "run")
    np.testing.assert_array_equal(again.accuracy_matrix, result.accuracy_matrix)
    with pytest.raises(RunError, match="has a network of its own, 'binarized', not 'mlp'"):
        baselines.run(method, stream(), 1, network="mlp", out=tmp_path / "other")


@pytest.mark.parametrize("name", ["binarized", "metaplastic", "metaplastic-control", "metaplastic-chain", "quantized",
                                  "weak-reset", "engrams"])  # fmt: skip
def test_each_is_a_row_of_a_comparison(name, tmp_path):
    plan = Plan(stream(), tmp_path, methods=(name,), networks=("mlp",), seeds=2, strengths=3)
    method = baselines.method_class(name)
    row = Baseline.of(plan, name, method.network, 1)
    assert row.row.network.endswith(", layer norm") or ", layer norm, " in row.row.network
    assert not row.row.boundaries and not row.row.task_labels
    assert len(row.grid()) == 3 * len(method.grid or (0,))
    assert baselines.name_of(baselines.named(name)) == name


def loop(levels, after, m, feedback):
    """The equations of one synapse, written out."""
    u, c, a = levels, COUPLINGS, AREAS
    found = [after + c[0] / a[0] * (u[1] - u[0]) + (feedback * (u[3] - u[0]) if (u[3] - u[0]) * u[3] > 0 else 0)]
    for k in (1, 2, 3):
        flow = c[k - 1] / a[k] * (u[k - 1] - u[k])
        if k == 3 and flow * u[3] < 0:
            flow *= 1 - np.tanh(m * u[3]) ** 2
        found.append(u[k] + flow + c[k] / a[k] * ((u[k + 1] if k < 3 else 0) - u[k]))
    return found


@pytest.mark.parametrize(("m", "feedback"), [(0.0, 0.0), (1.35, 5e-3)])
def test_beakers_are_those_of_the_equations(m, feedback):
    rng = np.random.default_rng(2)
    pushes, levels = rng.normal(size=(200, 6)), rng.normal(size=(4, 6))
    found, expected = [torch.from_numpy(u) for u in levels], [list(u) for u in levels.T]
    for push in pushes:
        found = chain_step(found, found[0] + torch.from_numpy(0.1 * push), m, feedback)
        expected = [loop(u, u[0] + 0.1 * p, m, feedback) for u, p in zip(expected, push, strict=True)]
    np.testing.assert_allclose(torch.stack(found).T, expected, rtol=1e-9)


def test_what_is_in_the_chain_only_leaks_from_the_last_beaker():
    levels = [torch.full((2,), u, dtype=torch.float64) for u in (1.0, 0.3, -0.5, 0.2)]
    amount = sum(area * u for area, u in zip(AREAS, levels, strict=True))
    after = chain_step(levels, levels[0], 0.0, 0.0)
    left = sum(area * u for area, u in zip(AREAS, after, strict=True))
    torch.testing.assert_close(left, amount - COUPLINGS[-1] * 0.2)


def test_a_chain_on_a_network():
    one, plain = (weights(name, Binarized((8,))) for name in ("metaplastic-chain", "binarized"))
    np.testing.assert_allclose(one, plain, atol=0.01)  # 6 steps, of which a hundredth flows away
    assert not np.array_equal(one, plain)
    np.testing.assert_array_equal(one, weights("metaplastic-chain", Binarized((8,))))
