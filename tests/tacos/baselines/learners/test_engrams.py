"""Gates of a binarized network: how many are open, for whom, and what they do."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from tacos.baselines.learners.gated_layers import GatedLayers, overlap, threshold
from tacos.baselines.learners.hidden_weights import sign
from tacos.baselines.learners.networks import Binarized, Gated
from tacos.baselines.networks import architecture, to_dict
from tacos.errors import RunError
from tests.tacos import runs_support as runs
from tests.tacos.baselines.learners.support import learned, stream, weights


def images(n=200, seed=0):
    return torch.from_numpy(stream(samples=600).presentations(seed, 0, n).images.astype(np.float32))


def gated(gate="bernoulli", **options):
    torch.manual_seed(0)
    return GatedLayers((64, 300, 200, 10), "layer", 1, gate, **options)


@pytest.mark.parametrize(("active", "temperature"), [(0.1, 0.3), (0.5, 1.0), (0.02, 0.1), (0.2, 2.0)])
def test_the_threshold_opens_a_share_of_gates(active, temperature):
    at = threshold(active, temperature)
    share, _ = quad(lambda z: norm.pdf(z) / (1 + np.exp(-(z - at) / temperature)), -9, 9)
    assert share == pytest.approx(active, abs=0.01)


@pytest.mark.parametrize("gate", ["bernoulli", "k-of-n"])
def test_gates_are_open_as_often_as_they_should(gate):
    model = gated(gate, active=0.1)
    for layer, units in ((0, 300), (1, 200)):
        drawn = model.train().mask(images(), layer)
        assert set(drawn.unique().tolist()) == {0, 1} and drawn.shape == (200, units)
        assert float(drawn.mean()) == pytest.approx(0.1, abs=0.02 if gate == "bernoulli" else 1e-6)
    if gate == "k-of-n":
        assert (drawn.sum(1) == 20).all() and torch.equal(model.eval().mask(images(), 1).sum(1), drawn.sum(1))


def test_a_gate_is_open_as_often_as_its_probability_says():
    model = gated(active=0.3)
    one = images(1).repeat(4000, 1)
    p = model.probabilities(one[:1], 0)
    shown = (one[0] > 0.5).float()
    drive = sign(model.projections[0]) @ shown / shown.sum() ** 0.5
    torch.testing.assert_close(p[0], torch.sigmoid((drive - model.threshold) / 0.3))
    z = (model.mask(one, 0).mean(0) - p[0]) / (p[0] * (1 - p[0]) / 4000).sqrt().clamp(min=1e-9)
    assert float(z[(p[0] > 0.01) & (p[0] < 0.99)].abs().max()) < 4.5
    assert torch.equal(model.eval().mask(one[:1], 0), p), "a test takes what is expected"


@pytest.mark.parametrize("gate", ["bernoulli", "k-of-n"])
def test_an_image_opens_the_same_gates_more_than_another_does(gate):
    model = gated(gate)
    shown = images()
    same = overlap(model.mask(shown, 0), model.mask(shown, 0))
    other = overlap(model.mask(shown, 0), model.mask(shown.roll(1, 0), 0))
    assert 1 > same > other + 0.1 > 0.2
    colder = gated(gate, temperature=0.05)
    assert overlap(colder.mask(shown, 0), colder.mask(shown, 0)) > same + 0.1


def test_shut_units_do_nothing_and_learn_nothing():
    torch.manual_seed(0)
    model = GatedLayers((64, 300, 200, 10), "none", 1, active=0.05).eval()  # a layer norm would mix units
    shown = images(1)
    shut = model.mask(shown, 1)[0] == 0
    answers = model(shown)
    answers.square().sum().backward()
    assert (model.hidden[2].grad[:, shut] == 0).all() and (model.hidden[2].grad[:, ~shut] != 0).any()
    assert (model.hidden[1].grad[shut] == 0).all()
    with torch.no_grad():
        model.hidden[2][:, shut] *= -1
    torch.testing.assert_close(model(shown), answers)


def test_the_gradient_goes_straight_through_to_a_projection_that_learns():
    model = gated(learned=True, temperature=1.0)
    shown, given = images(5), torch.rand(5, 300)
    (model.mask(shown, 0) * given).sum().backward()
    projection = sign(model.projections[0].detach()).requires_grad_()
    on = (shown > 0.5).float()
    drive = on @ projection.T / on.sum(1, keepdim=True) ** 0.5
    (torch.sigmoid((drive - model.threshold) / 1.0) * given).sum().backward()
    torch.testing.assert_close(model.projections[0].grad, projection.grad)
    before = gated(learned=True).projections[0].detach()
    after, _ = learned("engrams", Gated((300, 200), learned=True))
    fixed, _ = learned("engrams", Gated((300, 200)))
    assert after.projections[0].requires_grad and not fixed.projections[0].requires_grad
    assert set(fixed.projections[0].unique().tolist()) == {-1, 1} and before.shape == after.projections[0].shape


def test_without_a_gate_it_is_the_metaplastic_network():
    found = weights("engrams", Gated((8,), gate="off"), strength=3.0)
    np.testing.assert_array_equal(found, weights("metaplastic", Binarized((8,)), strength=3.0))
    assert not np.array_equal(found, weights("engrams", Gated((8,)), strength=3.0)[-found.size :])


def test_declarations_and_seeds():
    network = Gated((30,), "shared", "bernoulli", 0.2)
    assert architecture(to_dict(network)) == network
    assert str(network) == "gated binarized 30, shared norm, bernoulli 0.2"
    with pytest.raises(RunError, match="gate is one of bernoulli, k-of-n, off, not 'open'"):
        Gated(gate="open")
    with pytest.raises(RunError, match="active is a share of units, above 0 and below 1"):
        Gated(active=1.0)
    whole = stream()
    untold = runs.Changed(whole, whole.n_presentations, whole.evaluation_points, told=False)
    np.testing.assert_array_equal(weights("engrams", network, untold), weights("engrams", network))
