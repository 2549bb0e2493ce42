"""The generated module as a function: nothing in place, gradients through the spikes."""

import copy
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

import tacos
import tasks
from synapses import DeclarationError, static
from tacos.backends import BackendError, RawRecord, Stretch
from tacos.backends.torch.render import render_smooth
from tacos.backends.torch.simulator import TorchSimulator
from tacos.backends.torch.source import module_source
from tacos.backends.torch.surrogates import as_number, crossing
from tacos.networks.initial import initial_state
from tacos.networks.norse import norse_lif
from tacos.networks.populations import adaptive_lif, lif, stimulus
from tests.backends import assembly, flagship
from tests.backends.test_reference import VARIANTS, compare

pytest.importorskip("norse")
from tacos.backends.torch.differentiable import Trainable  # noqa: E402
from tests.backends.by_name import MaskedSimulator

DT = 1e-3


def close(found, expected):
    assert found.keys() == expected.keys()
    for key in expected:
        np.testing.assert_allclose(found[key], expected[key], rtol=0, atol=1e-9, err_msg=key)


# -- events as factors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["full"])
def test_masked_flagship_is_the_reference(variant, tmp_path):
    network = flagship.network(**VARIANTS[variant])
    _, after, rasters = compare(MaskedSimulator(network, "float64"), network, tmp_path / "masked")
    _, expected, _ = compare(TorchSimulator(network, "float64"), network, tmp_path / "plain")
    close(after, expected)
    assert all(raster.any() for raster in rasters.values())


@pytest.mark.parametrize("blank", [0.0, 0.01])
@pytest.mark.parametrize("learning", [True, False])
def test_masked_delays_noise_and_sparse_connections(blank, learning):
    network = assembly.network(0.03 - blank, blank)
    states = [
        assembly.run(kind(network, "float64"), 6, 3, learning=learning) for kind in (MaskedSimulator, TorchSimulator)
    ]
    close(*states)
    assert any(key.endswith(".queue") and len(values) for key, values in states[0].items())


# -- conditions with a gradient ------------------------------------------------------------------------------------


class Steep:
    """A step function that is always wrong about its value, with gradient 1."""

    threshold = staticmethod(lambda margin: margin - margin.detach() + 7)


@pytest.mark.parametrize(
    ("condition", "exact", "gradient"),
    [
        ("a > 0.5", 1, 1), ("a < 0.5", 0, -1), ("a >= a0", 1, 1), ("a > a0", 0, 1),
        ("a > 0.5 and b > 0", 1, 1), ("a > 0.5 and b < 0", 0, 0), ("a > 0.5 or b < 0", 1, 1), ("a > 0.5 or b > 0", 1, 0),
        ("not (a > 0.5)", 0, -1), ("flag", 1, 0), ("a > 0.5 and flag", 1, 1), ("a > 0.5 and not flag", 0, 0),
        ("int(a > 0.5) == 1", 1, 0), ("not (a > 0.5 and (b > 0 or flag))", 0, -1), ("2*a > b and count <= 0", 1, 2),
    ],
)  # fmt: skip
def test_a_condition_has_its_exact_value_and_the_gradient_of_its_margins(condition, exact, gradient):
    from tacos.backends.torch import operations

    a = torch.tensor([0.75], requires_grad=True)
    names = {
        "a": a, "a0": torch.tensor([0.75]), "b": torch.tensor([0.25]), "flag": torch.tensor([True]),
        "count": torch.tensor([0]), "_n": Steep, "crossing": crossing, "as_number": as_number,
    }  # fmt: skip
    value = eval(render_smooth(condition, "here"), vars(operations) | names)
    assert value.item() == exact
    found = torch.autograd.grad(value.sum() + 0 * a.sum(), a)[0]
    assert found.item() == gradient


def test_only_a_module_that_is_asked_for_gradients_has_them():
    lowered = tacos.error_driven((5, 2), 3).lowered
    plain, smooth = module_source(lowered), module_source(lowered, surrogates=True)
    assert "crossing" not in plain and "norse" not in smooth
    assert '_n.smooth["hidden"] = ' in smooth and '_n.smooth["input"] = ' not in smooth


# -- gradients -----------------------------------------------------------------------------------------------------


def layers(n_in=8, hidden=10, n_out=2, hidden_layer=None, **options):
    """Given spikes onto a layer, and that onto another."""
    return tacos.Network(
        (stimulus("input", n_in, tasks.Raster()), hidden_layer or lif("hidden", hidden), lif("output", n_out)),
        (
            tacos.Projection("input", "hidden", static("6 + 4*randn()"), **options),
            tacos.Projection("hidden", "output", static("3 + 4*randn()"), **options),
        ),
        duration=0.04, dt=DT, readout="output",
    )  # fmt: skip


def spikes(members, network, rate=0.15, seed=4):
    steps, width = network.lowered.steps, network.population("input").size
    return (np.random.default_rng(seed).random((members, steps, width)) < rate).astype(float)


NETWORKS = {
    "layers": lambda: layers(),
    "delays": lambda: layers(delay="3 ms"),
    "sparse": lambda: layers(connectivity=tacos.Random(0.6, seed=2)),
    "adaptive": lambda: layers(hidden_layer=adaptive_lif("hidden", 10, tau_theta="50 ms", persistent=False)),
    "signed": lambda: layers(sign="excitatory"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_spikes_are_those_of_the_simulator_and_weights_of_silent_inputs_have_no_gradient(name, tmp_path):
    network = NETWORKS[name]()
    shown = spikes(5, network)
    shown[:, :, 3] = 0
    trainable = Trainable(network, seed=2, dtype="float64")
    found = trainable({"image": shown}, first=6, rasters=["hidden", "output"])
    records = [RawRecord(key, tmp_path / key, unit="spikes") for key in found.rasters]
    stretch = Stretch(
        {"image": shown.reshape(-1, shown.shape[2])}, 6, 2, 0, False, 5, counts=["hidden", "output"], records=records
    )
    expected = TorchSimulator(network, "float64").run(initial_state(network.lowered, 2), stretch)
    for key, raster in found.rasters.items():
        np.testing.assert_array_equal(found.counts[key].detach().numpy(), expected.counts[key])
        rows = np.fromfile(tmp_path / key, np.int32).reshape(-1, 3)
        events = np.argwhere(raster.detach().numpy() == 1)
        np.testing.assert_array_equal(events, rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))] - [6, 0, 0])
        assert set(raster.unique().tolist()) == {0.0, 1.0}
    found.counts["output"].sum().backward()
    into_hidden, into_output = (trainable.weights[key].grad for key in ("input-hidden", "hidden-output"))
    pre = torch.as_tensor(network.lowered.projection("input-hidden").sources).view(into_hidden.shape)
    assert torch.isfinite(into_hidden).all() and torch.isfinite(into_output).all()
    assert (into_hidden[pre == 3] == 0).all() and (into_hidden[pre != 3] != 0).any() and (into_output != 0).any()


def test_gradients_are_those_of_norse():
    """Two layers of Norse's neurons, through Norse's own step, whose reset has no gradient either."""
    from norse.torch.functional.lif import LIFParameters, LIFState, lif_step

    p = LIFParameters(*(torch.tensor(x, dtype=torch.float64) for x in (180.0, 90.0, 0.1, 0.7, -0.2)))
    network = tacos.Network(
        (stimulus("input", 8, tasks.Raster()), norse_lif("hidden", 10, p), norse_lif("output", 2, p)),
        (
            tacos.Projection("input", "hidden", static("0.6*randn() + 0.6")),
            tacos.Projection("hidden", "output", static("0.6*randn() + 0.3")),
        ),
        duration=0.04, dt=DT,
    )  # fmt: skip
    shown = spikes(3, network)
    weighting = torch.tensor([[1.0, -2.0], [0.5, 3.0], [1.0, 1.0]], dtype=torch.float64)
    trainable = Trainable(network, seed=3, dtype="float64")
    counts = trainable({"image": shown}).counts
    (counts["output"] * weighting).sum().backward()

    layers_of_norse = []
    for size, key in ((10, "input-hidden"), (2, "hidden-output")):
        weights = trainable.weights[key].detach().T.clone().requires_grad_()
        zeros = torch.zeros((3, size), dtype=torch.float64)
        layers_of_norse.append((weights, LIFState(zeros, zeros + 0.1, zeros)))
    given = torch.as_tensor(shown).transpose(0, 1)
    for k, (weights, state) in enumerate(layers_of_norse):
        silent = torch.zeros((weights.shape[0], weights.shape[0]), dtype=torch.float64)
        out = []
        for step in range(len(given)):  # our spikes arrive one step later
            arriving = given[step - 1] if step else torch.zeros_like(given[0])
            z, state = lif_step(arriving, state, weights, silent, p, DT)
            out.append(z)
        given = torch.stack(out)
        np.testing.assert_array_equal(given.sum(0).detach(), counts[("hidden", "output")[k]].detach())
    (given.sum(0) * weighting).sum().backward()
    for (weights, _), key in zip(layers_of_norse, ("input-hidden", "hidden-output"), strict=True):
        torch.testing.assert_close(trainable.weights[key].grad, weights.grad.T, rtol=1e-9, atol=1e-9)
        assert (weights.grad != 0).any()


def test_a_member_is_the_same_alone():
    network = layers()
    shown = spikes(4, network)
    trainable = Trainable(network)
    together = trainable({"image": shown}).counts["output"]
    for k in range(4):
        alone = trainable({"image": shown[k : k + 1]}, first=k).counts["output"]
        assert torch.equal(alone[0], together[k])


def test_the_flagship_frozen_and_learning():
    """Every projection whose efficacy is a state; with plasticity, gradients go through it."""
    network = tacos.error_driven((12, 2), 6, duration=0.04, dt=DT).with_parameters(w_initial=3.0)
    rng = np.random.default_rng(0)
    shown = {"image": rng.random((3, 12)), "target": np.eye(2)[[0, 1, 0]]}
    for learning in (False, True):
        trainable = Trainable(network, ["input-hidden", "hidden-output"], learning=learning, dtype="float64")
        counts = trainable(shown).counts
        state = initial_state(network.lowered, 0)
        for k in range(3):
            stretch = Stretch(
                {key: x[k : k + 1] for key, x in shown.items()}, k, 0, 0, learning, 1, counts=list(counts)
            )
            expected = TorchSimulator(network, "float64").run(state, stretch).counts
            for key, x in counts.items():
                np.testing.assert_array_equal(x[k].detach().numpy(), expected[key][0], err_msg=key)
        counts["output"].sum().backward()
        for weight in trainable.weights.values():
            assert torch.isfinite(weight.grad).all() and (weight.grad != 0).any()
    assert set(Trainable(network).weights) >= {"input-hidden", "hidden-output", "output-false positive"}


@pytest.mark.parametrize("method", ["superspike", "triangle", "tanh", "circ", "heavi_erfc"])
def test_every_surrogate_of_norse(method):
    network = layers()
    trainable = Trainable(network, method=method, alpha=2.0)
    trainable({"image": spikes(2, network)}).counts["output"].sum().backward()
    assert torch.isfinite(trainable.weights["input-hidden"].grad).all()
    assert (trainable.weights["hidden-output"].grad != 0).any()


def test_a_toy_task_is_learnt():
    """Which half of the inputs is more active; Adam on counts of two outputs."""
    network = layers(n_in=10, hidden=12)
    rng = np.random.default_rng(1)

    def examples(n):
        label = rng.integers(2, size=n)
        rate = np.where((np.arange(10) // 5)[None, :] == label[:, None], 0.14, 0.06)
        shown = rng.random((n, network.lowered.steps, 10)) < rate[:, None, :]
        return {"image": shown.astype(float)}, torch.as_tensor(label)

    torch.manual_seed(0)
    trainable = Trainable(network, dtype="float32")
    test, labels = examples(200)

    def accuracy():
        with torch.no_grad():
            return (trainable(test).counts["output"].argmax(1) == labels).float().mean().item()

    before = accuracy()
    optimizer = torch.optim.Adam(trainable.parameters(), lr=0.3)
    for _ in range(40):
        shown, target = examples(32)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(trainable(shown).counts["output"], target).backward()
        optimizer.step()
    assert before < 0.7
    assert accuracy() > 0.9
    # What was trained runs anywhere.
    stretch = Stretch({"image": test["image"].reshape(-1, 10)}, 0, 0, 0, False, 200, counts=["output"])
    found = TorchSimulator(network, "float32", capacity=200).run(trainable.state(), stretch).counts["output"]
    assert (found.argmax(1) == labels.numpy()).mean() > 0.9


def test_weights_below_zero_count_as_zero_where_there_is_a_sign():
    network = layers(sign="inhibitory")
    network = replace(network, projections=(replace(network.projections[0], sign=""), network.projections[1]))
    trainable = Trainable(network)
    with torch.no_grad():
        trainable.weights["hidden-output"].fill_(-1.0)
    assert (trainable.state()["hidden-output.w"] == 0).all()


# -- what cannot be ------------------------------------------------------------------------------------------------


def test_what_cannot_be_trained_says_so(monkeypatch):
    network = layers()
    with pytest.raises(DeclarationError, match="no projection 'magic' to train; there are input-hidden, hidden-output"):
        Trainable(network, ["magic"])
    with pytest.raises(DeclarationError, match="'input-hidden' has no state 'v' to train; there are w"):
        Trainable(network, {"input-hidden": "v"})
    with pytest.raises(BackendError, match="no surrogate 'magic'"):
        Trainable(network, method="magic")
    trainable = Trainable(network)
    with pytest.raises(BackendError, match="of which there are image"):
        trainable({"sound": np.zeros((2, 3))})
    with pytest.raises(BackendError, match=r"'input' is shown \(2, 40, 8\) values, not \(2, 3\)"):
        trainable({"image": np.zeros((2, 3))})
    with pytest.raises(BackendError, match="no population 'magic' that spikes"):
        trainable({"image": spikes(2, network)}, rasters=["magic"])
    monkeypatch.setitem(sys.modules, "norse.torch.functional.threshold", None)
    with pytest.raises(BackendError, match=r"pip install 'tacos-snn\[torch\]'"):
        Trainable(network)


def test_a_copy_has_weights_of_its_own():
    network = Trainable(tacos.error_driven((6, 2), 3), ["input-hidden"], "triangle")
    other = copy.deepcopy(network)
    with torch.no_grad():
        other.weights["input-hidden"] += 1
    assert torch.equal(other.weights["input-hidden"], network.weights["input-hidden"] + 1)
    shown = {"image": np.ones((2, 6)), "target": np.zeros((2, 2))}
    counts = [one(shown).counts["hidden"] for one in (network, other)]
    assert not torch.equal(*counts)
