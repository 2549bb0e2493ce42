"""The recurrent network: its fast form is the declared network, spike by spike and gradient by gradient."""

import numpy as np
import pytest
import torch

import tasks
from synapses import DeclarationError
from tacos import RunError, baselines
from tacos.backends import Stretch
from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.backends.torch.differentiable import Trainable
from tacos.backends.torch.simulator import TorchSimulator
from tacos.baselines import Training
from tacos.baselines.learners import recurrent
from tacos.baselines.learners.networks import ScSr
from tacos.baselines.learners.recurrent import INTRINSIC, LAYERS, ScSrNetwork
from tacos.baselines.learners.scsr import within_bounds
from tacos.baselines.networks import seen
from tacos.baselines.training import learn_stream
from tests.tasks import trains

STREAM = tasks.split(trains.dataset(8, duration="40 ms"), classes_per_task=2, scenario="class-incremental")
SMALL = ScSr(hidden=12, steps=10, tau_mem=3.0)


def network(binned=True, seed=1, **options):
    """In double precision, with values of cells and self-recurrent weights drawn at random, too."""
    torch.manual_seed(seed)
    model = ScSrNetwork(6, 3, binned, **{"hidden": 7, "steps": 12, "tau_mem": 3.0, "gain": 3.0} | options).double()
    with torch.no_grad():
        model.speed.uniform_(0.5, 2)
        model.level.uniform_(0.6, 1.4)
        for name in recurrent.SELF:
            model.weights[f"{name}-{name}"].normal_()
    return model


def stimuli(n=5, steps=12, seed=0):
    return torch.from_numpy((np.random.default_rng(seed).random((n, steps, 6)) < 0.3).astype(float))


def by_hand(model, raster):
    """The equations, cell by cell in NumPy."""
    w = {name: weight.detach().numpy() for name, weight in model.weights.items()}
    speed, level = (
        dict(zip(LAYERS, np.split(getattr(model, s).detach().numpy(), [7, 14]), strict=True)) for s in INTRINSIC
    )
    V, I = ({name: np.zeros(len(speed[name])) for name in LAYERS} for _ in range(2))
    found = []
    for shown in raster:
        z = {"input": shown}
        for name in LAYERS:
            before = V[name]
            V[name] = before + speed[name] / model.tau_mem * (I[name] - before)
            I[name] = I[name] * (1 - 1 / model.tau_syn)
            z[name] = (V[name] > level[name]).astype(float)
            V[name][z[name] == 1] = 0
        for joined, weight in w.items():
            a, b = joined.split("-")
            I[b] = I[b] + (z[a] * weight if a == b else z[a] @ weight)
        found.append(np.concatenate([z[name] for name in LAYERS]))
    return np.array(found)


def test_spikes_are_those_of_the_equations():
    model, raster = network(), stimuli()
    found = model.respond(raster, hidden=True).detach().numpy()
    assert 0.05 < found.mean() < 0.6 and found[:, :, 14:].any()
    for one, given in zip(found, raster.numpy(), strict=True):
        np.testing.assert_array_equal(one, by_hand(model, given))


@pytest.mark.parametrize("binned", [True, False], ids=["spike trains", "images"])
def test_what_was_trained_runs_on_both_backends(binned):
    """Counts of every population, from the state that Trainable hands over."""
    model = network(binned)
    shown = stimuli() if binned else torch.from_numpy(np.random.default_rng(1).random((5, 6)))
    raster = shown if binned else model.raster(shown)
    expected = model.respond(raster, hidden=True).detach().numpy().sum(1)
    trainable = recurrent.trainable(model, 2e-3, dtype="float64")
    declared = recurrent.declared(model, 2e-3)
    stretch = Stretch({"image": shown.numpy().reshape(-1, 6)}, 0, 0, 0, False, 5, counts=list(LAYERS))
    for simulator in (RuntimeSimulator(declared, "float64", target="numpy"), TorchSimulator(declared, "float64")):
        counts = simulator.run(trainable.state(), stretch).counts
        np.testing.assert_array_equal(np.concatenate([counts[name] for name in LAYERS], axis=1), expected)


def test_gradients_are_those_of_the_declared_network():
    """Of weights, self-recurrent and skip connections, time constants and thresholds; by the generated program."""
    model, raster = network(), stimuli()
    target = torch.tensor([0, 2, 1, 1, 0])
    trainable = recurrent.trainable(model, 2e-3, dtype="float64")
    logits = trainable({"image": raster}).counts["output"]
    torch.nn.functional.cross_entropy(logits, target).backward()
    torch.nn.functional.cross_entropy(model.respond(raster).sum(1), target).backward()
    for name, weight in model.weights.items():
        assert weight.grad.abs().max() > 0, name
        torch.testing.assert_close(trainable.weights[name].grad.reshape(weight.shape), weight.grad)
    for state in INTRINSIC:
        own = torch.cat([trainable.intrinsic[f"{name}:{state}"].grad for name in LAYERS])
        assert (own != 0).sum() > 10
        torch.testing.assert_close(own, getattr(model, state).grad)


def test_pixels_spike_once_the_brighter_the_earlier():
    model = ScSrNetwork(5, 2, False, steps=20)
    raster = model.raster(torch.tensor([[1.0, 0.75, 0.5, 0.21, 0.2]]))[0]
    steps, pixels = raster.nonzero().T
    assert dict(zip(pixels.tolist(), steps.tolist(), strict=True)) == {0: 0, 1: 4, 2: 8, 3: 13}
    encoded = tasks.Latency(model.latest * 1e-3, recurrent.DARK).encode(
        np.random.default_rng(3).random((4, 5)), 1e-3, 20, np.random.default_rng(0)
    )
    images = np.random.default_rng(3).random((4, 5))
    np.testing.assert_array_equal(model.raster(torch.from_numpy(images)).numpy(), encoded)


def end(strength, **options):
    training = Training(learning_rate=5e-3, batch=6)
    return learn_stream(baselines.named("scsr", strength=strength), SMALL, training, STREAM.with_options(**options), 0)


def test_strength_zero_leaves_the_cells_as_they_are():
    fixed, trained = end(0.0)[0], end(1.0)[0]
    assert (fixed.speed == 1).all() and (fixed.level == 1).all()
    assert trained.speed.std() > 0 and trained.level.std() > 0
    torch.manual_seed(0)
    begun = SMALL.build(seen(STREAM, SMALL))
    assert torch.equal(
        begun.weights["input-first"].shape and begun.weights["input-first"], begun.weights["input-first"]
    )
    assert not torch.equal(fixed.weights["input-first"], trained.weights["input-first"])


def test_the_learning_rate_of_cells_is_a_multiple_of_that_of_weights():
    """The first step of Adam is the learning rate for every parameter that has a gradient."""
    torch.manual_seed(3)
    model = ScSr(hidden=12, steps=10, tau_mem=3.0).build(seen(STREAM, SMALL))
    method = baselines.named("scsr", strength=3.0)
    optimizer = method.optimizer(model, Training(learning_rate=1e-2))
    before = model.weights["input-first"].detach().clone()
    images, targets = seen(STREAM, SMALL).presentations(0, 0, 12)
    method.loss(model, torch.from_numpy(images).float(), torch.from_numpy(targets), None).backward()
    optimizer.step()
    assert float((model.weights["input-first"] - before).abs().max()) == pytest.approx(1e-2, rel=1e-2)
    assert float((model.level - 1).abs().max()) == pytest.approx(3e-2, rel=1e-2)


def test_time_constants_and_thresholds_stay_where_they_mean_something():
    model = network(tau_mem=4.0)
    with torch.no_grad():
        model.speed.copy_(torch.linspace(-1, 9, 17))
        model.level.copy_(torch.linspace(-1, 20, 17))
    within_bounds(model)
    speed, level = model.speed.tolist(), model.level.tolist()
    assert (min(speed), max(speed)) == (pytest.approx(0.1), 4.0)  # ten times slower; one step
    assert (min(level), max(level)) == (pytest.approx(0.1), 10.0)


def test_it_learns_spike_trains_and_images(tmp_path):
    training = Training(learning_rate=2e-2, batch=6)
    shuffled = STREAM.with_options(shuffled=True, passes=10)
    result = baselines.run("scsr", shuffled, [0], network=SMALL, training=training, out=tmp_path / "a")
    assert result.accuracy_matrix[0, -1].mean() > 0.7  # of four classes
    assert result.dataset["rate"].sel(population="hidden").values.min() > 0
    digits = tasks.split("digits", 5, samples=200, test_samples=60, passes=3)
    network = ScSr(hidden=20, steps=10)
    found = baselines.run("scsr", digits, [0], network=network, training=training, out=tmp_path / "b")
    assert found.accuracy_matrix[0, 0, 0] > 0.5  # of five classes
    silent = baselines.run("scsr", digits, [0], network=ScSr(hidden=20, steps=10, gain=0.01), out=tmp_path / "c")
    assert silent.accuracy_matrix.max() == 0 and "without an answer in 100.0 % of the tests" in str(silent)


def test_rates_are_in_hertz():
    model = SMALL.build(seen(STREAM, SMALL))
    assert model.duration == 0.04
    spikes = model.respond(torch.ones(3, 10, 8), hidden=True)[:, :, :24]
    assert model.rate == pytest.approx(float(spikes.sum(1).mean()) / 0.04)


def test_the_network_is_said_and_read_back():
    chosen = ScSr(hidden=64, steps=25)
    assert str(chosen) == "ScSr 64-64, 25 steps"
    assert baselines.networks.architecture(baselines.networks.to_dict(chosen)) == chosen
    with pytest.raises(RunError, match="tau_mem of a recurrent network is a number of at least 1"):
        ScSr(tau_mem=0.5)
    with pytest.raises(RunError, match="has a network of its own, 'scsr'"):
        baselines.run("scsr", STREAM, network="mlp")


def test_only_what_persists_is_trained():
    declared = recurrent.declared(network(), 1e-3)
    with pytest.raises(
        DeclarationError, match="Population 'first' has no persistent state 'V' to train; .* speed, level"
    ):
        Trainable(declared, neurons={"first": ["V"]})
    with pytest.raises(DeclarationError, match="There is no population 'third' to train; there are input, first"):
        Trainable(declared, neurons={"third": ["V"]})
