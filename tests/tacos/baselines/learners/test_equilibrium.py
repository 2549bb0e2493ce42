"""Equilibrium propagation: against the implicit function theorem, finite differences and the Jacobian written out."""

import numpy as np
import pytest
import torch
from torch import nn

import tasks
from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.learners.equilibrium import Weights, asymmetry, free_phase, nudges, rate
from tacos.baselines.learners.networks import Equilibrium
from tacos.baselines.networks import architecture, to_dict
from tacos.baselines.training import learn_stream
from tacos.errors import RunError

DATA = tasks.split("digits", classes_per_task=5, samples=60, test_samples=20)


def network(hidden=(9,), seed=0, scale=1.0, **options):
    torch.manual_seed(seed)
    model = Equilibrium(hidden, **{"sweeps": 100, **options}).build(DATA).double()
    with torch.no_grad():
        for layer in list(model.layers)[1:]:
            layer.weight.mul_(scale)
    return model


def batch(n=6):
    generator = torch.Generator().manual_seed(3)
    return torch.rand(n, 64, generator=generator).double(), torch.randint(5, (n,), generator=generator)


def gradient(model, images, targets):
    model.zero_grad()
    nn.functional.cross_entropy(model(images), targets).backward()
    return torch.cat([p.grad.flatten() for p in model.parameters()])


def cosine(one, other):
    return float(nn.functional.cosine_similarity(one, other, dim=0))


@pytest.mark.parametrize("hidden", [(9,), (9, 7)])
def test_a_settled_network_is_at_rest(hidden):
    model, (images, _) = network(hidden), batch()
    weights = model.weights()
    rates = free_phase(images, weights, 200)
    for layer, s in enumerate(rates):
        below = images if layer == 0 else rates[layer - 1]
        sums = below @ weights.up[layer].T + weights.bias[layer]
        if layer + 1 < len(rates):
            sums = sums + rates[layer + 1] @ weights.up[layer + 1]
        torch.testing.assert_close(s, 1 / (1 + torch.exp(2 - 4 * sums)), atol=1e-10, rtol=0)


def energy(weights, images, rates):
    """Of symmetric weights: integral of the inverse activation, less what weights and biases bring."""
    total = 0.0
    for layer, s in enumerate(rates):
        below = images if layer == 0 else rates[layer - 1]
        entropy = (s * s.log() + (1 - s) * (1 - s).log()).sum() / 4 + s.sum() / 2
        total += entropy - (s * (below @ weights.up[layer].T + weights.bias[layer])).sum()
    return float(total)


def test_no_sweep_raises_the_energy_of_symmetric_weights():
    model, (images, _) = network((9, 7), scale=6.0), batch()
    with torch.no_grad():
        found = [
            energy(model.weights(), images, free_phase(images, model.weights(), n, patient=True)) for n in range(1, 25)
        ]
    assert all(after <= before + 1e-12 for before, after in zip(found, found[1:], strict=False))
    assert found[-1] < found[0] - 0.1


def test_backpropagation_is_the_slope_by_finite_differences():
    model, (images, targets) = network(estimate="backpropagation"), batch()
    exact = gradient(model, images, targets)
    flat = nn.utils.parameters_to_vector(model.parameters()).detach()
    for k in (5, 400, len(flat) - 30, len(flat) - 2):
        losses = []
        for sign in (1, -1):
            moved = flat.clone()
            moved[k] += sign * 1e-5
            nn.utils.vector_to_parameters(moved, model.parameters())
            losses.append(nn.functional.cross_entropy(model(images), targets).item())
        assert float(exact[k]) == pytest.approx((losses[0] - losses[1]) / 2e-5, rel=1e-4, abs=1e-8)


@pytest.mark.parametrize("hidden", [(9,), (9, 7)])
def test_each_estimate_is_nearer_to_backpropagation_than_the_one_before(hidden):
    images, targets = batch()
    exact = gradient(network(hidden, estimate="backpropagation"), images, targets)
    away = [1 - cosine(gradient(network(hidden, estimate=name, nudge=0.4), images, targets), exact)
            for name in ("one-sided", "symmetric", "holomorphic")]  # fmt: skip
    assert away[0] > 1e-3 > away[2]
    assert away[0] > 3 * away[1] > 9 * away[2]


def test_the_bias_falls_with_the_order_of_the_estimate():
    """Error of the vector: as the nudge, its square, and its power of the number of points."""
    images, targets = batch()
    exact = gradient(network(estimate="backpropagation"), images, targets)
    for options, order in (({"estimate": "one-sided"}, 1), ({"estimate": "symmetric"}, 2),
                           ({"estimate": "holomorphic", "points": 4}, 4)):  # fmt: skip
        errors = [
            float((gradient(network(nudge=size, **options), images, targets) - exact).norm()) for size in (0.3, 0.15)
        ]
        assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.35)


def test_the_gradient_does_not_depend_on_the_scale_of_the_loss():
    images, targets = batch()
    one = gradient(network(nudge=0.2), images, targets)
    model = network(nudge=0.2)
    (1e3 * nn.functional.cross_entropy(model(images), targets)).backward()
    torch.testing.assert_close(torch.cat([p.grad.flatten() for p in model.parameters()]), 1e3 * one)


def test_nudges_give_the_derivative_of_an_analytic_function():
    for name, power in (("one-sided", 1), ("symmetric", 2), ("holomorphic", 7)):
        for k in range(power + 1):  # of z^k at zero: one for k = 1, else nothing
            found = sum(complex(share) * complex(nudge) ** k for nudge, share in nudges(name, 0.3, 8)).real
            assert found == pytest.approx(float(k == 1), abs=1e-6)


def test_without_weight_symmetry_the_estimate_is_that_of_the_transposed_jacobian():
    """ds/dnudge solves J x = slope where the exact gradient solves J' x = slope, with J that of the rest condition."""
    model, (images, targets) = network(tied=False, nudge=1e-3), batch(1)
    gradient(model, images, targets)
    weights = Weights(*([w.detach() for w in part] for part in model.weights()))
    hidden, output = free_phase(images, weights, 200)
    slope = 10 * (torch.softmax(10 * output, 1) - nn.functional.one_hot(targets, output.shape[1]))
    s = torch.cat([hidden, output], 1)[0]
    couplings = torch.zeros(len(s), len(s)).double()
    couplings[:9, 9:], couplings[9:, :9] = weights.down[0], weights.up[1]
    jacobian = torch.diag(1 / (4 * s * (1 - s))) - couplings  # inverse of the activation's slope, less the weights
    pushed = torch.zeros_like(s)
    pushed[9:] = slope[0]
    moved = torch.linalg.solve(jacobian, pushed)
    layers = list(model.layers)
    torch.testing.assert_close(layers[0].bias.grad, moved[:9], rtol=1e-4, atol=1e-7)
    torch.testing.assert_close(layers[1].weight.grad, torch.outer(moved[9:], s[:9]), rtol=1e-4, atol=1e-7)
    torch.testing.assert_close(model.feedback[0].weight.grad, torch.outer(moved[:9], s[9:]), rtol=1e-4, atol=1e-7)
    exact = network(tied=False, estimate="backpropagation")
    gradient(exact, images, targets)
    torch.testing.assert_close(
        exact.layers[0].bias.grad, torch.linalg.solve(jacobian.T, pushed)[:9], rtol=1e-6, atol=1e-9
    )


def test_transposed_weights_make_both_forms_alike():
    """Gradients of weights up and down add up to that of tied weights."""
    images, targets = batch()
    options = {"estimate": "holomorphic", "nudge": 0.05}
    tied, apart = network(**options), network(tied=False, **options)
    with torch.no_grad():
        for one, other in zip(tied.layers, apart.layers, strict=True):
            other.load_state_dict(one.state_dict())
        apart.feedback[0].weight.copy_(tied.layers[1].weight.T)
    gradient(tied, images, targets)
    gradient(apart, images, targets)
    together = apart.layers[1].weight.grad + apart.feedback[0].weight.grad.T
    torch.testing.assert_close(tied.layers[1].weight.grad, together, rtol=1e-4, atol=1e-7)
    assert asymmetry(apart.weights()).item() == 0


def test_the_homeostatic_loss_is_the_mean_of_that_of_the_source():
    model = network((6, 5), tied=False)
    weights = model.weights()

    def sums(s):
        first, second, third = s[:6], s[6:11], s[11:]
        below = images[0] @ weights.up[0].T + second @ weights.down[0].T
        middle = first @ weights.up[1].T + third @ weights.down[1].T
        return torch.cat([below, middle, second @ weights.up[2].T])

    images, _ = batch(1)
    jacobian = torch.autograd.functional.jacobian(sums, torch.rand(11 + DATA.n_classes).double())
    mean = (jacobian**2).sum() - (jacobian @ jacobian).trace()  # E|Je|^2 - E[e'JJe]
    assert asymmetry(weights).item() == pytest.approx(float(mean) / len(jacobian))


def test_homeostasis_makes_the_gradient_right():
    """Descending the homeostatic loss alone."""
    images, targets = batch()
    model, method = network(tied=False, nudge=0.01), baselines.named("equilibrium", strength=5.0)

    def right():
        exact = network(tied=False, estimate="backpropagation")
        exact.load_state_dict(model.state_dict())
        return cosine(*(gradient(m, images, targets) for m in (model, exact)))

    before, optimizer = right(), torch.optim.SGD(model.parameters(), 0.5)
    for _ in range(40):
        optimizer.zero_grad()
        method.after_backward(model)
        optimizer.step()
    assert before < 0.9 and right() > 0.9999
    plain = gradient(model, images, targets)
    baselines.named("equilibrium").after_backward(model)
    assert torch.equal(torch.cat([p.grad.flatten() for p in model.parameters()]), plain)


@pytest.mark.parametrize(("name", "rate"), [("naive", 1e-2), ("si", 1e-2), ("mesu", 2e-3)])
def test_learners_take_its_gradient(name, rate):
    chosen = DATA.with_options(samples=200, test_samples=None, passes=2)
    method, declared = baselines.named(name), Equilibrium((20,), sweeps=10)
    _, progress = learn_stream(method, declared, Training("adam", rate, 5), chosen, 0)
    assert progress.accuracy[0][0] > 0.5  # of five classes, a fifth by chance


def test_naive_training_of_the_network_is_equilibrium_propagation_without_homeostasis():
    found = []
    for name in ("naive", "equilibrium"):
        model, _ = learn_stream(baselines.named(name), Equilibrium((8,)), Training(batch=10), DATA, 0)
        found.append(nn.utils.parameters_to_vector(model.parameters()))
    assert torch.equal(*found)


def test_a_run_of_its_own(tmp_path):
    result = baselines.run("equilibrium", DATA, 2, network=Equilibrium((8,)), out=tmp_path / "run")
    declared = result.folder.declaration()["network"]
    assert declared["kind"] == "equilibrium" and architecture(declared) == Equilibrium((8,))
    assert to_dict(Equilibrium((7,), tied=False))["hidden"] == [7]
    again = baselines.run("equilibrium", DATA, 2, network=Equilibrium((8,)), out=tmp_path / "run")
    assert again.summary() == result.summary()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"estimate": "exact"}, "The estimate is one of one-sided, symmetric"),
        ({"nudge": 0}, "The nudge of a network that settles is a number above zero"),
        ({"points": 5}, "even number, four at least, not 5"),
        ({"hidden": ()}, "has a hidden layer at least"),
        ({"tied": 1}, "tied is true or false"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(RunError, match=message):
        Equilibrium(**options)


def test_homeostasis_of_tied_weights_is_refused():
    with pytest.raises(RunError, match="pulls weights together that are not tied"):
        learn_stream(baselines.named("equilibrium", strength=1.0), Equilibrium((8,)), Training(batch=10), DATA, 0)


def test_the_activation_has_slope_one_at_one_half():
    x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    rate(x).backward()
    assert float(rate(x.detach())) == 0.5 and float(x.grad) == 1.0
