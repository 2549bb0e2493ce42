"""Each method against what can be worked out by hand."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import tasks
from tacos import baselines
from tacos.baselines import METHODS, Training
from tacos.baselines.importance import fisher
from tacos.baselines.lwf import distillation
from tacos.baselines.networks import MLP, Spiking
from tacos.baselines.training import Learner, Section, learn_stream
from tests.tacos import runs_support as runs

NETWORK = MLP((12,))
#: Those that train by gradients; the others are in test_anchors.py.
TRAINED = [name for name in METHODS if baselines.method_class(name).trained]
WITH_STRENGTH = [name for name in TRAINED if name not in ("naive", "joint", "replay")]


def stream(**options):
    return tasks.split("digits", classes_per_task=5, **{"samples": 60, "test_samples": 20, **options})


def weights(name, seed=0, chosen=None, training=None, network=NETWORK, **options):
    """Parameters at the end of a stream, as one vector."""
    training = training or Training(batch=10)
    model, _ = learn_stream(baselines.named(name, **options), network, training, chosen or stream(), seed)
    return nn.utils.parameters_to_vector(model.parameters()).detach().numpy()


def generator():
    return torch.Generator().manual_seed(0)


def model_and_data(n=8):
    torch.manual_seed(1)
    return nn.Linear(3, 2).double(), torch.rand(n, 3).double(), torch.randint(2, (n,))


def step_gradient(method, model, images, targets):
    """Gradient that the optimizer would get."""
    model.zero_grad()
    method.loss(model, images, targets, None).backward()
    plain = [p.grad.clone() for p in model.parameters()]
    method.after_backward(model)
    return plain, [p.grad.clone() for p in model.parameters()]


# -- all of them ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TRAINED)
def test_every_method_declares_what_it_needs(name):
    method = baselines.named(name)
    assert isinstance(method.boundaries_in_training, bool) and isinstance(method.stores_data, bool)
    assert method.title and method.source and method.defaults_from
    assert (method.grid != ()) == (name in WITH_STRENGTH)
    assert baselines.name_of(method) == name


@pytest.mark.parametrize("name", WITH_STRENGTH)
def test_strength_zero_is_naive_training_bit_for_bit(name):
    np.testing.assert_array_equal(weights(name, strength=0.0), weights("naive"))
    assert not np.array_equal(weights(name, strength=10.0), weights("naive"))


@pytest.mark.parametrize("network", [NETWORK, Spiking(hidden=10, steps=5)])
@pytest.mark.parametrize("name", TRAINED)
def test_a_seed_decides_everything(name, network):
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    before = torch.random.get_rng_state()
    one = weights(name, network=network)
    assert torch.equal(torch.random.get_rng_state(), before) and torch.get_num_threads() == threads
    torch.manual_seed(6)
    np.testing.assert_array_equal(weights(name, network=network), one)
    assert not np.array_equal(weights(name, seed=1, network=network), one)


@pytest.mark.parametrize("name", TRAINED)
def test_no_method_asks_where_a_presentation_came_from(name):
    whole = stream()
    untold = runs.Changed(whole, whole.n_presentations, whole.evaluation_points, told=False)
    np.testing.assert_array_equal(weights(name, chosen=untold), weights(name))


@pytest.mark.parametrize("name", TRAINED)
def test_boundaries_are_told_to_those_that_need_them_only(name, monkeypatch):
    told = []
    cls = baselines.method_class(name)
    monkeypatch.setattr(cls, "end_task", lambda self, model, images, targets, mask: told.append(len(images)))
    weights(name, chosen=stream(passes=3))
    assert told == ([30, 30] if cls.boundaries_in_training else [])


def test_the_presentations_are_those_of_the_stream():
    chosen = stream(passes=2)
    parts = list(Section(chosen, 7, 10, 47).batches(8))
    images, targets = chosen.presentations(7, 10, 47)
    np.testing.assert_array_equal(torch.cat([p[0] for p in parts]), images.astype(np.float32))
    np.testing.assert_array_equal(torch.cat([p[1] for p in parts]), targets)
    assert [len(p[0]) for p in parts] == [8, 8, 8, 8, 5] and all(p[2] is None for p in parts)


def test_initial_weights_are_the_same_for_all_methods():
    one, other = (Learner(baselines.named(n), NETWORK, Training(), stream(), 4) for n in ("naive", "ewc"))
    for a, b in zip(one.model.parameters(), other.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_task_incremental_training_leaves_the_outputs_of_other_tasks_alone():
    chosen = stream(scenario="task-incremental")
    learner = Learner(baselines.named("naive"), NETWORK, Training("sgd", 0.1, 10), chosen, 0)
    before = learner.model.layers[-1].weight.detach().clone()
    for images, targets, mask in Section(chosen, 0, 0, 30).batches(10):
        learner.step(images, targets, mask)
    moved = (learner.model.layers[-1].weight.detach() - before).abs().sum(1) > 0
    assert moved.tolist() == [True] * 5 + [False] * 5


@pytest.mark.parametrize("name", TRAINED)
def test_task_incremental_streams(name):
    chosen = stream(scenario="task-incremental", passes=4, test_samples=None)
    method = baselines.named(name, **({"strength": 0.01} if name in WITH_STRENGTH else {}))
    _, progress = learn_stream(method, NETWORK, Training("adam", 1e-2, 5), chosen, 0)
    assert np.diag(progress.accuracy).mean() > 0.5  # of five classes, a fifth by chance


# -- penalties -----------------------------------------------------------------------------------------------------


def test_l2_pulls_to_the_last_boundary_alone():
    method = baselines.named("l2", strength=0.25)
    model, images, targets = model_and_data()
    for shift in (0.0, 1.0):
        with torch.no_grad():
            model.weight += shift
        method.end_task(model, images, targets, None)
    with torch.no_grad():
        model.weight[0, 1] += 2.0
    plain, found = step_gradient(method, model, images, targets)
    expected = torch.zeros(2, 3).double()
    expected[0, 1] = 2 * 0.25 * 2.0
    torch.testing.assert_close(found[0] - plain[0], expected)
    assert method.penalty(model) == pytest.approx(0.25 * 4.0)


def test_ewc_is_the_sum_of_a_penalty_a_task():
    method = baselines.named("ewc", strength=3.0)
    model, images, targets = model_and_data()
    held = []
    for shift in (0.0, 0.5, -0.25):
        with torch.no_grad():
            model.weight += shift * torch.randn(2, 3, generator=generator()).double()
        held.append((fisher(model, images, targets, None), [p.detach().clone() for p in model.parameters()]))
        method.end_task(model, images, targets, None)
    with torch.no_grad():
        model.weight += 0.7
    plain, found = step_gradient(method, model, images, targets)
    for k, p in enumerate(model.parameters()):
        expected = sum(2 * 3.0 * f[k] * (p.detach() - at[k]) for f, at in held)
        torch.testing.assert_close(found[k] - plain[k], expected)


def test_online_ewc_of_one_task_is_ewc():
    """Two tasks have one boundary with something after it."""
    one, other = (weights(name, strength=50.0) for name in ("ewc", "online-ewc"))
    np.testing.assert_array_equal(one, other)
    three = {"chosen": tasks.split("digits", classes_per_task=2, samples=60, test_samples=20), "strength": 1e4}
    assert not np.array_equal(weights("ewc", **three), weights("online-ewc", **three))


def test_online_ewc_decays():
    method = baselines.named("online-ewc", decay=0.5)
    model, images, targets = model_and_data()
    once = fisher(model, images, targets, None)
    for _ in range(3):
        method.end_task(model, images, targets, None)
    for omega, f in zip(method.importance, once, strict=True):
        torch.testing.assert_close(omega, 1.75 * f)


def test_the_path_of_si_sums_to_the_loss_it_saved():
    method = baselines.named("si", strength=0.0)
    model, images, targets = model_and_data(40)
    method.start(model, generator())
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    first = method.loss(model, images, targets, None).item()
    for _ in range(500):
        optimizer.zero_grad()
        method.loss(model, images, targets, None).backward()
        method.after_backward(model)
        optimizer.step()
        method.after_step(model)
    saved = first - method.loss(model, images, targets, None).item()
    assert saved > 1e-3
    assert sum(float(omega.sum()) for omega in method.path) == pytest.approx(saved, rel=0.01)


@pytest.mark.parametrize("rectified", [True, False])
def test_importance_of_si(rectified):
    method = baselines.named("si", damping=0.5, rectified=rectified)
    model, images, targets = model_and_data()
    method.start(model, generator())
    with torch.no_grad():
        model.weight += 2.0
    method.path = [torch.full((2, 3), 9.0).double(), torch.tensor([1.0, -1.0]).double()]
    method.end_task(model, images, targets, None)
    torch.testing.assert_close(method.importance[0], torch.full((2, 3), 9.0 / 4.5).double())
    torch.testing.assert_close(method.importance[1], torch.tensor([2.0, 0.0 if rectified else -2.0]).double())
    assert all(float(omega.abs().sum()) == 0 for omega in method.path)


def test_the_path_of_si_leaves_the_penalty_out():
    method = baselines.named("si", strength=5.0)
    model, images, targets = model_and_data()
    method.start(model, generator())
    method.importance = [torch.ones_like(p) for p in model.parameters()]
    method.anchor = [p.detach() + 1 for p in model.parameters()]
    plain, found = step_gradient(method, model, images, targets)
    before = model.weight.detach().clone()
    with torch.no_grad():
        model.weight -= 0.1 * found[0]
    method.after_step(model)
    torch.testing.assert_close(method.path[0], -plain[0] * (model.weight.detach() - before))
    torch.testing.assert_close(found[0] - plain[0], torch.full((2, 3), -10.0).double())


def test_mas_sums_over_tasks():
    method = baselines.named("mas")
    model, images, targets = model_and_data()
    method.end_task(model, images, targets, None)
    once = [omega.clone() for omega in method.importance]
    method.end_task(model, images, targets, None)
    for omega, first in zip(method.importance, once, strict=True):
        torch.testing.assert_close(omega, 2 * first)


def test_streaming_ewc_by_hand():
    method = baselines.named("streaming-ewc", strength=2.0, tau=20.0)
    model, images, targets = model_and_data(8)
    method.start(model, generator())
    begun = model.weight.detach().clone()
    plain, found = step_gradient(method, model, images, targets)
    torch.testing.assert_close(found, plain)  # nothing was known before
    torch.testing.assert_close(method.importance[0], 8**2 / 20 * plain[0] ** 2)
    with torch.no_grad():
        model.weight += 0.5
    method.after_step(model)
    torch.testing.assert_close(method.anchor[0], begun + (1 - math.exp(-8 / 20)) * 0.5)
    known = method.importance[0].clone()
    plain, found = step_gradient(method, model, images, targets)
    torch.testing.assert_close(found[0] - plain[0], 2 * 2.0 * known * 0.5 * math.exp(-8 / 20))
    torch.testing.assert_close(method.importance[0], known + 8**2 / 20 * plain[0] ** 2)


# -- the others ----------------------------------------------------------------------------------------------------


def test_distillation_is_zero_for_equal_answers_and_by_hand_otherwise():
    logits = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]], requires_grad=True)
    same = distillation(logits, logits.detach(), 2.0)
    same.backward()
    assert float(same) == pytest.approx(0, abs=1e-7)
    assert float(logits.grad.abs().max()) == pytest.approx(0, abs=1e-7)
    assert float(distillation(logits, logits.detach() + 5, 2.0)) == pytest.approx(
        0, abs=1e-6
    )  # softmax does not see it
    p, q = 1 / (1 + math.exp(-1.0)), 0.5  # logits of 2 and 0 at temperature 2, and of 0 and 0
    expected = 4 * (p * math.log(p / q) + (1 - p) * math.log((1 - p) / q))
    found = distillation(torch.zeros(1, 2), torch.tensor([[2.0, 0.0]]), 2.0)
    assert float(found) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("growing", "factor"), [(True, 2), (False, 1)])
def test_lwf_keeps_the_network_of_before(growing, factor):
    method = baselines.named("lwf", strength=0.5, growing=growing)
    model, images, targets = model_and_data()
    plain = method.loss(model, images, targets, None).item()
    method.end_task(model, images, targets, None)
    method.end_task(model, images, targets, None)
    assert method.loss(model, images, targets, None).item() == pytest.approx(plain)  # it still answers the same
    before = model(images).detach()
    with torch.no_grad():
        model.weight *= -1
    expected = nn.functional.cross_entropy(model(images), targets) + 0.5 * factor * distillation(
        model(images), before, 2.0
    )
    assert method.loss(model, images, targets, None).item() == pytest.approx(float(expected))


def test_the_reservoir_keeps_all_times_alike():
    """Of 400 presentations 40 are kept, each with probability 1/10 whenever it came."""
    counts = np.zeros(400)
    model = nn.Linear(1, 2)
    for seed in range(60):
        method = baselines.named("replay", size=40)
        method.start(model, torch.Generator().manual_seed(seed))
        for start in range(0, 400, 20):
            images = torch.arange(start, start + 20, dtype=torch.float32)[:, None]
            method.loss(model, images, torch.zeros(20, dtype=torch.long), None)
        assert len(method.kept) == 40
        kept = [int(image) for image, _, _ in method.kept]
        assert len(set(kept)) == 40
        counts[kept] += 1
    quarters = counts.reshape(4, 100).sum(axis=1)
    # 2400 kept presentations; a quarter has 600 with a standard deviation of about 20.
    assert np.abs(quarters - 600).max() < 80


def test_replay_learns_the_batch_and_as_many_from_the_buffer():
    method = baselines.named("replay", size=5)
    model, images, targets = model_and_data()
    method.start(model, generator())
    assert method.loss(model, images, targets, None).item() == pytest.approx(
        float(nn.functional.cross_entropy(model(images), targets))
    )
    sizes = []
    model.register_forward_hook(lambda module, given, output: sizes.append(len(given[0])))
    method.loss(model, images, targets, None)
    assert sizes == [16]


def test_joint_training_forgets_nothing_and_naive_training_does():
    chosen = tasks.split("digits", classes_per_task=2, passes=4)
    settings = (MLP((50,)), Training("adam", 5e-3, 16), chosen, 0)
    joint, naive = (learn_stream(baselines.named(name), *settings)[1] for name in ("joint", "naive"))
    assert np.mean(joint.accuracy[-1]) > 0.93 > np.mean(naive.accuracy[-1]) + 0.05


def test_spiking_cells_fire_and_learn():
    chosen = tasks.split("digits", classes_per_task=2, passes=2)
    model, progress = learn_stream(baselines.named("naive"), Spiking(hidden=50), Training(batch=10), chosen, 0)
    assert np.diag(progress.accuracy).min() > 0.85
    assert all(5 < rates["hidden"] < 300 for rates in progress.rates)


def test_spikes_of_a_constant_current_by_hand():
    """Norse's forward Euler: v' = v + dt/tau (i - v) with the current of the step, reset to 0 at 1."""
    from tacos.baselines.spiking import SpikingNetwork

    model = SpikingNetwork(1, 1, hidden=1, steps=30, dt=0.001)
    with torch.no_grad():
        model.input.weight.fill_(0.9)
        model.input.bias.zero_()
        model.output.weight.fill_(2.0)
        model.output.bias.fill_(-0.5)
    v = i = trace = 0.0
    spikes = 0
    for _ in range(30):
        i += 0.9
        v += 0.1 * (i - v)
        i -= 0.2 * i
        fired = v > 1
        trace = trace * math.exp(-0.001 / 0.02) + fired
        spikes += fired
        v = 0.0 if fired else v
    assert spikes > 3
    assert float(model(torch.ones(1, 1))) == pytest.approx(2.0 * trace - 0.5, rel=1e-5)
    assert model.rate == pytest.approx(spikes / 0.03)


def test_lwf_distils_what_the_network_has_learned():
    """Not the outputs of tasks to come; those of each earlier task by themselves where tasks have their own."""
    method = baselines.named("lwf", strength=1.0, growing=False)
    torch.manual_seed(0)
    model, images = nn.Linear(3, 6), torch.rand(4, 3)
    method.end_task(model, images, torch.tensor([0, 1, 1, 0]), None)
    method.end_task(model, images, torch.tensor([2, 3, 3, 2]), None)
    other, targets = nn.Linear(3, 6), torch.tensor([4, 5, 4, 5])
    plain = nn.functional.cross_entropy(other(images), targets)
    found = method.loss(other, images, targets, None) - plain
    torch.testing.assert_close(found, distillation(other(images)[:, :4], model(images)[:, :4], 2.0))

    mask = torch.zeros(4, 6, dtype=torch.bool)
    separate = baselines.named("lwf", strength=1.0, growing=False)
    for head in (slice(0, 2), slice(2, 4)):
        mask = torch.zeros(4, 6, dtype=torch.bool)
        mask[:, head] = True
        separate.end_task(model, images, torch.zeros(4, dtype=torch.long), mask)
    mask = torch.zeros(4, 6, dtype=torch.bool)
    mask[:, 4:] = True
    plain = nn.functional.cross_entropy(other(images)[:, 4:], targets - 4)
    found = separate.loss(other, images, targets, mask) - plain
    heads = [distillation(other(images)[:, h], model(images)[:, h], 2.0) for h in (slice(0, 2), slice(2, 4))]
    torch.testing.assert_close(found, sum(heads) / 2)


@pytest.mark.parametrize("options", [{}, {"boundaries": "blurred"}, {"boundaries": "random"}, {"shuffled": True}])
def test_joint_training_has_every_image_that_was_shown(options, monkeypatch):
    chosen, taken = stream(samples=80, passes=3, **options), []
    monkeypatch.setattr(Learner, "step", lambda self, images, *more: taken.append(images))
    learn_stream(baselines.named("joint"), NETWORK, Training(batch=10), chosen, 0)
    shown = chosen.presentations(0, 0, chosen.n_presentations).images.astype(np.float32)
    last = torch.cat(taken).numpy()[-len(shown) :]  # the training after the last section: everything, three times
    assert len(np.unique(last, axis=0)) == len(np.unique(shown, axis=0)) == 80


@pytest.mark.parametrize("options", [{}, {"boundaries": "blurred"}, {"boundaries": "random"}, {"shuffled": True}])
def test_images_that_the_data_repeat_are_learned_as_often(options):
    """They are different samples, unlike the passes over one of them."""
    images = np.repeat(np.eye(4, dtype=np.uint8) * 255, 20, axis=0)
    labels = np.repeat(np.arange(4), 20)
    data = tasks.from_arrays("bars", images, labels, images, labels, (2, 2))
    chosen = tasks.split(data, classes_per_task=2, passes=2, **options)
    found, targets, _ = Section(chosen, 0, 0, chosen.n_presentations).samples()
    assert len(found) == 80 and torch.bincount(targets).tolist() == [40, 40]
    assert len(found.unique(dim=0)) == 4


def test_lwf_keeps_tasks_apart_where_boundaries_are_blurred():
    chosen = tasks.split("digits", 2, scenario="task-incremental", boundaries="blurred", samples=200)
    method, network = baselines.named("lwf"), NETWORK
    learn_stream(method, network, Training(batch=10), chosen, 0)
    assert [head.tolist() for head in method.heads] == [[2 * k, 2 * k + 1] for k in range(5)]
