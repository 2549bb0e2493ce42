"""The network that recruits its cells: the same on both backends, and each of its mechanisms can be taken out."""

from dataclasses import replace

import numpy as np
import pytest

import synapses
import tacos
import tasks
from synapses import DeclarationError
from tacos.backends import RawRecord, Stretch
from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.backends.independence import presentations_are_independent
from tacos.backends.torch.simulator import TorchSimulator
from tacos.networks.initial import initial_state
from tacos.networks.library import named
from tacos.networks.recruiting import CONDITIONS, recruiting
from tacos.networks.recruiting_dale import recruiting_dale
from tests.backends import by_name

STREAM = tasks.split("digits", scenario="class-incremental", samples=100, test_samples=50, duration="120 ms")
COMPILED_OR_NOT = pytest.mark.parametrize(
    "backend", ["runtime", pytest.param("standalone", marks=pytest.mark.compiled)]
)
EAGER = {"hidden.p_base": 0.4, "hidden.lifetime": 4.0, "hidden.idle": 0.5, "hidden.s_learn": 1e9}


def learned(simulator, network, n=12, learning=True):
    shown = STREAM.presentations(0, 0, n)
    given = {"image": shown.images, "target": np.eye(10)[shown.targets]}
    stretch = Stretch(given, 0, 3, 0, learning, n, counts=("hidden", "output"))
    return simulator.run(initial_state(network.lowered, 3), stretch)


def recruited(backend, network):
    """States after some presentations, the same on a backend and on PyTorch; input weights and which cells are used."""
    one = learned(by_name.simulator(backend, network, capacity=12), network)
    other = learned(TorchSimulator(network, "float64"), network)
    for name, counts in one.counts.items():
        np.testing.assert_array_equal(other.counts[name], counts, err_msg=name)
    for key, values in one.state.items():
        np.testing.assert_allclose(other.state[key], values, rtol=1e-9, atol=1e-12, err_msg=key)
    mature = one.state["hidden.mature"] > 0
    w = one.state["input-hidden.w"].reshape(STREAM.n_inputs, 8)
    assert 2 <= mature.sum() < 8 and one.counts["hidden"].sum() > 0 and not w[:, ~mature].any()
    return one.state, w, mature


@COMPILED_OR_NOT
def test_both_backends_recruit_the_same_cells(backend):
    state, w, mature = recruited(backend, recruiting(STREAM, 8).with_parameters(**EAGER))
    np.testing.assert_allclose(np.linalg.norm(w[:, mature], axis=0), 4, rtol=1e-9)
    np.testing.assert_allclose(w[:, mature].mean(0), 0, atol=1e-12)
    assert (state["hidden.confirmations"] > 0).any() and state["hidden-output.m"].any()


@COMPILED_OR_NOT
def test_with_dales_law_both_backends_recruit_the_same_cells_and_no_weight_is_negative(backend):
    state, w, mature = recruited(backend, recruiting_dale(STREAM, 8).with_parameters(**EAGER))
    np.testing.assert_allclose(np.linalg.norm(w[:, mature], axis=0), 4.87, rtol=1e-9)
    assert w.min() == 0 and state["hidden-output.w"].min() == 0 < state["hidden-output.w"].max()


def test_inhibitory_cells_fire_as_they_are_told(tmp_path):
    """A basket cell in the step after a hidden one; feed-forward cells once for a thousand spikes of the inputs."""
    network = recruiting_dale(STREAM, 8).with_parameters(**EAGER)
    shown = STREAM.presentations(0, 0, 12)
    given = {"image": shown.images, "target": np.eye(10)[shown.targets]}
    names = ("input", "hidden", "basket", "feed-forward")
    records = [RawRecord(name, tmp_path / name, unit="spikes") for name in names]
    simulator = by_name.simulator("runtime", network, capacity=12)
    simulator.run(initial_state(network.lowered, 3), Stretch(given, 0, 3, 0, True, 12, records=records))
    spikes = {name: np.fromfile(tmp_path / name, np.int32).reshape(-1, 3) for name in names}
    fired = {name: {tuple(row[:2]) for row in rows} for name, rows in spikes.items()}
    assert fired["hidden"] and {(p, step - 1) for p, step in fired["basket"]} <= fired["hidden"]
    cells, last = np.arange(50), network.lowered.steps - 1
    for presentation in range(12):
        heard, counted = (rows[rows[:, 0] == presentation] for rows in (spikes["input"], spikes["feed-forward"]))
        before_the_last_step = np.sum(heard[:, 1] < last)
        expected = np.floor(cells / 50 + before_the_last_step / 1000).sum()
        assert counted.shape[0] == pytest.approx(expected, abs=1) and expected > 20  # a sum of thousandths is rounded


def test_nothing_is_recruited_or_changed_while_plasticity_is_frozen():
    network = recruiting(STREAM, 8).with_parameters(**EAGER)
    simulator = TorchSimulator(network, "float64")
    before = learned(simulator, network).state
    shown = STREAM.presentations(0, 0, 5)
    after = simulator.run(before, Stretch({"image": shown.images}, 0, 3, 1, False, 5)).state
    for key, values in before.items():
        np.testing.assert_array_equal(after[key], values, err_msg=key)


def test_the_first_presentation_recruits_and_one_a_presentation_at_most():
    never = {"hidden.p_base": 0.0, "hidden.p_surprise": 0.0, "hidden.lifetime": 1e9}
    network = recruiting(STREAM, 8).with_parameters(**EAGER | never)
    assert learned(TorchSimulator(network, "float64"), network, 3).state["hidden.mature"].tolist() == [1.0] + 7 * [0.0]
    network = network.with_parameters(**{"hidden.p_base": 1e9})
    state = learned(TorchSimulator(network, "float64"), network, 3).state
    assert state["hidden.mature"].tolist() == [1.0] * 3 + [0.0] * 5
    state = learned(TorchSimulator(network, "float64"), network, 12).state
    assert state["hidden.mature"].all(), "it goes on when no cell is left"


@pytest.mark.parametrize("kind", [RuntimeSimulator, TorchSimulator])
def test_a_stream_in_pieces_is_the_stream(kind):
    network = recruiting(STREAM, 8).with_parameters(**EAGER)
    options = {"target": "numpy", "capacity": 12} if kind is RuntimeSimulator else {}
    simulator = kind(network, "float32", **options)
    whole = learned(simulator, network, 6)
    first = learned(simulator, network, 2)
    shown = STREAM.presentations(0, 2, 6)
    given = {"image": shown.images, "target": np.eye(10)[shown.targets]}
    second = simulator.run(first.state, Stretch(given, 2, 3, 0, True, 4, counts=("hidden", "output")))
    assert first.state["hidden.mature"].any() and not whole.state["hidden.mature"].all(), "it recruits in between"
    for key, values in whole.state.items():
        assert second.state[key].tobytes() == values.tobytes(), key
    for name, counts in whole.counts.items():
        np.testing.assert_array_equal(np.concatenate([first.counts[name], second.counts[name]]), counts)


def test_its_presentations_are_tested_side_by_side():
    """What neurons read of surprise is forgotten after each presentation; a modulator that lasts would tie them."""
    network = recruiting(STREAM, 8)
    assert presentations_are_independent(network.lowered)
    lasting = replace(network, modulators=tuple(replace(m, persistent=True) for m in network.modulators))
    assert not presentations_are_independent(lasting.lowered)


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        (tasks.Rate("100 Hz"), tasks.Normalized("100 Hz")),
        (tasks.Latency("60 ms"), tasks.Latency("60 ms")),
        (tasks.Normalized(norm=5), tasks.Normalized(norm=5)),
    ],
)
def test_it_is_shown_what_the_stream_says(encoding, expected):
    shown = recruiting(STREAM.with_options(encoding=encoding), 8)
    assert shown == recruiting(STREAM, 8, encoding=expected)


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (STREAM.with_options(blank="20 ms"), "leave out the stream's blank interval"),
        ((64,), "for sizes \\(n_inputs, n_outputs\\), not for \\(64,\\)"),
        ("split-mnist", "built for a stream, such as tasks.named"),
    ],
)
def test_what_it_cannot_be_built_for(stream, message):
    with pytest.raises(DeclarationError, match=message):
        recruiting(stream, 8)


@pytest.mark.parametrize("mechanism", CONDITIONS)
def test_mechanisms_can_be_taken_out(mechanism):
    full = recruiting(STREAM, 4)
    without = full.without(mechanism)
    assert without != full and without.lowered
    assert mechanism in full.mechanism_names()
    if not any(mechanism in p.synapse.mechanism_names() for p in full.projections):
        assert full.switched_off(mechanism) == without


def test_a_network_is_what_it_was_when_it_is_read_back():
    network = recruiting(STREAM, 4)
    again = tacos.Network.from_dict(network.to_dict())
    assert again == network and again.learning_rate == "hidden.recruitment" and again.conditions == CONDITIONS
    assert again.in_use == "hidden.mature"


@pytest.mark.slow
def test_a_run_says_when_no_cell_is_left(tmp_path):
    """Two cells for ten classes: the network goes on with them."""
    stream = STREAM.with_options(samples=50, test_samples=20)
    network = recruiting(stream, 2).with_parameters(**EAGER, **{"hidden.n_keep": 0.0})
    result = tacos.run(network, stream, seeds=[3], out=tmp_path / "run", backend="torch", progress=False)
    assert result.state(3)["hidden.mature"].all() and result.accuracy_matrix.max() > 0
    assert "cells of 'hidden' in use at the end: 2 of 2\n  none is left to recruit (seed 3): " in str(result)


def test_which_cells_are_in_use_is_a_state():
    with pytest.raises(
        DeclarationError, match="in_use is a persistent state .* not 'hidden.used'; there are hidden.mat"
    ):
        replace(recruiting(STREAM, 4), in_use="hidden.used")


def test_networks_by_name():
    assert named("recruiting", STREAM, 5) == recruiting(STREAM, 5)
    assert named("error-driven", STREAM, 5).population("hidden").size == 5
    with pytest.raises(DeclarationError, match="has synapses of its own; leave 'stdp' out"):
        named("recruiting", STREAM, synapse=synapses.stdp())
    with pytest.raises(DeclarationError, match="no network 'other'; there are error-driven, recruiting"):
        named("other", STREAM)


def test_the_ablation_takes_each_mechanism_out():
    from tacos.ablation.conditions import read_conditions

    network = recruiting(STREAM, 4)
    read = read_conditions(None, network, network.learning_rate, shared=False)
    assert [c.label for c in read] == ["full", *(f"without {name}" for name in CONDITIONS)]
    assert all(c.network.has_parameter(network.learning_rate) for c in read)
    doubled = replace(network).with_parameters(**{"hidden.recruitment": 2.0})
    assert doubled.parameter("hidden.recruitment") == 2.0 and not network.has_parameter("hidden.nothing")


@pytest.mark.slow
@pytest.mark.compiled
def test_ten_classes_of_digits_in_a_stream(tmp_path):
    stream = STREAM.with_options(samples=400, test_samples=200, duration="150 ms")
    result = tacos.run(recruiting(stream, 60), stream, 1, out=tmp_path / "run", progress=False)
    assert result.summary()["average_accuracy"]["mean"] > 0.8
