"""Methods in closed form: against scikit-learn and NumPy, whatever the order of the stream and the size of its pieces."""

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge as SklearnRidge
from sklearn.neighbors import NearestCentroid

import tasks
from tacos import baselines
from tacos.baselines.networks import architecture
from tacos.baselines.settings import Training
from tacos.baselines.training import learn_stream
from tacos.errors import RunError
from tests.tacos import runs_support as runs

ANCHORS = ("class-mean", "streaming-lda", "ridge", "fly")
STREAM = tasks.split("digits", scenario="class-incremental", samples=500, test_samples=200)


def learned(name, stream=STREAM, seed=3, **options):
    method = baselines.named(name, **options)
    return learn_stream(method, architecture(method.network), Training(), stream, seed)


def answers(model, stream=STREAM):
    held_out = [stream.held_out_presentations(k) for k in range(stream.n_tasks)]
    images, targets = (np.concatenate([getattr(p, name) for p in held_out]) for name in ("images", "targets"))
    with torch.no_grad():
        found = model(torch.from_numpy(images.astype(np.float32))).argmax(1).numpy()
    return images, targets, found


@pytest.mark.parametrize(
    ("name", "reference", "options"),
    [
        ("class-mean", NearestCentroid(), {}),
        ("streaming-lda", LinearDiscriminantAnalysis("lsqr", priors=[0.1] * 10, shrinkage=None), {"strength": 1e-9}),
    ],
)
def test_methods_on_pixels_are_those_of_scikit_learn(name, reference, options):
    model, _ = learned(name, **options)
    shown = STREAM.presentations(3, 0, STREAM.n_presentations)
    used = shown.images.std(0) > 0  # a pixel that is always dark has no variance
    images, _, found = answers(model)
    expected = reference.fit(shown.images[:, used], shown.targets).predict(images[:, used])
    assert np.mean(found == expected) > 0.98


def test_ridge_is_the_solution_of_its_normal_equations():
    model, _ = learned("ridge", strength=10.0)
    shown = STREAM.presentations(3, 0, STREAM.n_presentations)
    with torch.no_grad():
        units = model.features(torch.from_numpy(shown.images.astype(np.float32))).double().numpy()
    units = np.hstack([units, np.ones((len(units), 1))])
    expected = SklearnRidge(10.0, fit_intercept=False).fit(units, np.eye(10)[shown.targets]).coef_
    np.testing.assert_allclose(model.readout.weight.numpy(), expected[:, :-1], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(model.readout.bias.numpy(), expected[:, -1], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ANCHORS)
def test_the_order_of_the_stream_is_nothing_to_them(name):
    ordered, _ = learned(name)
    mixed, _ = learned(name, STREAM.with_options(shuffled=True))
    np.testing.assert_allclose(ordered.readout.weight.numpy(), mixed.readout.weight.numpy(), rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("name", ANCHORS)
def test_a_class_that_was_not_shown_is_no_answer(name):
    _, progress = learned(name)
    first = np.array(progress.accuracy[0])
    assert first[0] > 0.9 and not first[1:].any()
    assert np.mean(progress.accuracy[-1]) > 0.8


def test_networks_of_their_own(tmp_path):
    with pytest.raises(RunError, match="nearest class mean has a network of its own, 'pixels', not 'mlp'"):
        baselines.run("class-mean", STREAM, network="mlp", out=tmp_path / "a")
    with pytest.raises(RunError, match="naive trains one of mlp, snn, equilibrium, not 'pixels'"):
        baselines.run("naive", STREAM, network="pixels", out=tmp_path / "b")
    result = baselines.run("fly", STREAM, out=tmp_path / "c")
    assert result.folder.declaration()["network"] == {"kind": "expansion", "units": 1000}


@pytest.mark.parametrize("name", ANCHORS)
def test_no_anchor_asks_where_a_presentation_came_from(name):
    untold = runs.Changed(STREAM, STREAM.n_presentations, STREAM.evaluation_points, told=False)
    one, other = learned(name)[0], learned(name, untold)[0]
    assert torch.equal(one.readout.weight, other.readout.weight)
    assert baselines.name_of(baselines.named(name)) == name and not baselines.named(name).boundaries_in_training
