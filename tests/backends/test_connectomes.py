"""Connections, weights, parameters and delays given synapse by synapse, and what a neuron does to itself later."""

from dataclasses import replace

import numpy as np
import pytest

import tacos
import tasks
from synapses import DeclarationError, Mechanism, NeuronState, Parameter, State, Synapse, static
from tacos.backends import RawRecord, Stretch
from tacos.networks.connectomes import Connect
from tacos.networks.initial import initial_state
from tacos.networks.populations import stimulus
from tests.backends.by_name import simulator

STEPS = 10
PAIRS = [(2, 0), (0, 1), (0, 0), (1, 2), (2, 1)]  # sorted: 00, 01, 12, 20, 21
WEIGHTS = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
DELAYS = np.array([0, 2, 1, 3, 0]) * 1e-3
TAUS = np.array([1.0, 2.0, 4.0, 5.0, 8.0]) * 1e-3


def decaying():
    """Each spike leaves a trace that decays with a time constant of the synapse's own, and drives the weight."""
    mechanism = Mechanism(
        "trace",
        parameters=(Parameter("tau", "3 ms"),),
        states=(State("x"),),
        equations="dx/dt = -x/tau : 1 (clock-driven)",
        on_pre="x = x + 1\nw = w + 0.01*x",
    )
    return Synapse("decaying", (mechanism,))


def network(**options):
    cell = tacos.Population("cell", 3, "V : 1", "V > 1e9", receptors={"current": "V += efficacy"})
    projection = tacos.Projection("input", "cell", decaying(), connectivity=Connect(PAIRS), **options)
    source = stimulus("input", 3, tasks.Raster())
    return tacos.Network((source, cell), (projection,), STEPS * 1e-3, readout="cell")


def raster():
    return (np.random.default_rng(1).random((STEPS, 3)) < 0.4).astype(float)


def expected(shown):
    i, j = np.array(sorted(PAIRS)).T
    w, x, v = WEIGHTS.copy(), np.zeros(5), np.zeros(3)
    steps = np.round(DELAYS / 1e-3).astype(int)
    rows = []
    for step in range(STEPS):
        x = x - x * 1e-3 / TAUS
        for k in range(5):
            sent = step - steps[k]
            if sent >= 0 and shown[sent, i[k]]:
                v[j[k]] += w[k]
        spiked = shown[step][i] > 0
        x[spiked] += 1
        w[spiked] += 0.01 * x[spiked]
        rows.append(v.copy())
    return np.array(rows), w, x


def run(made, built, shown, folder):
    record = RawRecord("cell.V", folder / "V", unit="step")
    (folder / "V").unlink(missing_ok=True)
    stretch = Stretch({"image": shown}, 0, 1, 0, True, len(shown) // STEPS, records=[record])
    after = made.run(initial_state(built.lowered, 1), stretch).state
    return np.fromfile(folder / "V", np.float32).reshape(-1, 3), after


@pytest.mark.parametrize(
    "names", [("runtime", "torch"), pytest.param(("standalone",), marks=pytest.mark.compiled)], ids="-".join
)
def test_weights_parameters_and_delays_of_each_synapse(names, tmp_path):
    matrix = np.full((3, 3), np.nan)
    matrix[tuple(np.array(sorted(PAIRS)).T)] = WEIGHTS
    built = network(weights=matrix, values={"tau": TAUS}, delay=DELAYS)
    rows, w, x = expected(raster())
    for name in names:
        found, after = run(simulator(name, built, capacity=2), built, raster(), tmp_path)
        np.testing.assert_allclose(found[:-1], rows[:-1], rtol=1e-6, err_msg=name)
        np.testing.assert_allclose(after["input-cell.w"], w, rtol=1e-12, err_msg=name)
        np.testing.assert_allclose(after["input-cell.x"], x, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("backend", ["runtime", "torch"])
def test_events_on_their_way_survive_a_cut(backend, tmp_path):
    built = replace(network(weights=WEIGHTS, values={"tau": TAUS}, delay=DELAYS), blank=5e-3)
    shown = np.concatenate([np.concatenate([raster(), np.zeros((5, 3))])] * 2)
    made = simulator(backend, built, capacity=2)
    start = initial_state(built.lowered, 1)
    whole = made.run(start, Stretch({"image": shown}, 0, 1, 0, True, 2)).state
    first = made.run(start, Stretch({"image": shown[:15]}, 0, 1, 0, True, 1)).state
    second = made.run(first, Stretch({"image": shown[15:]}, 1, 1, 0, True, 1)).state
    for key in whole:
        np.testing.assert_array_equal(np.sort(whole[key], 0), np.sort(second[key], 0), err_msg=key)


def test_a_network_with_data_is_stored_whole():
    built = network(weights=WEIGHTS, values={"tau": TAUS}, delay=DELAYS)
    again = tacos.Network.from_dict(built.to_dict())
    assert again == built and again.projections[0].values == built.projections[0].values
    assert initial_state(again.lowered, 1)["input-cell.tau"].tolist() == TAUS.tolist()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": np.ones((2, 3))}, "matrix of 2 x 3; the populations have 3 and 3 neurons"),
        ({"weights": np.ones(4)}, r"shape \(4,\); give a matrix of 3 x 3, or a number for each of the 5 synapses"),
        ({"weights": np.full((3, 3), np.nan)}, "not a finite number"),
        ({"weights": -np.ones(5), "sign": "inhibitory"}, "weight below zero, but with a sign"),
        ({"values": {"rho": WEIGHTS}}, "values for 'rho', which is no state or parameter"),
        ({"delay": -DELAYS}, "negative delay"),
        ({"weights": ["a"]}, "not an array of numbers"),
    ],
)
def test_data_that_do_not_fit(options, message):
    with pytest.raises(DeclarationError, match=message):
        network(**options).lowered  # noqa: B018


def test_values_of_single_synapses_stay_when_the_synapse_is_changed():
    """None is dropped without a word, and none is overridden by a number for all."""
    built = network(weights=WEIGHTS, values={"tau": TAUS})
    with pytest.raises(DeclarationError, match="each synapse has a 'tau' of its own"):
        built.with_parameters(**{"input-cell.tau": "9 ms"})
    more = Mechanism("more", parameters=(Parameter("gain", 2.0),), on_pre="w = gain*w")
    larger = network(weights=WEIGHTS).projections[0].with_synapse(decaying() + more)
    composed = tacos.Network(built.populations, (replace(larger, values=built.projections[0].values),), built.duration)
    without = composed.without("more")
    assert without.projections[0].values == built.projections[0].values
    assert initial_state(without.lowered, 1)["input-cell.tau"].tolist() == TAUS.tolist()
    assert list(composed.without("trace").projections[0].values) == ["w"], "others leave with their mechanism"


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([(0, 3)], "target neuron 3; there are neurons 0 to 2"),
        ([(-1, 0)], "source neuron -1"),
        ([(0, 1), (0, 1)], r"the pair \(0, 1\) twice"),
        ([(0.5, 1)], "pairs of whole numbers"),
        ([], "pairs of whole numbers"),
    ],
)
def test_pairs_that_cannot_be(pairs, message):
    with pytest.raises(DeclarationError, match=message):
        Connect(pairs).pairs(3, 3)


@pytest.mark.parametrize("backend", ["runtime", "torch"])
def test_weights_that_move_by_themselves_keep_their_sign(backend, tmp_path):
    falling = Synapse(
        "falling", (Mechanism("fall", equations="dw/dt = -0.2/ms : 1 (clock-driven)"),), (State("w", 1.0),)
    )
    cell = tacos.Population("cell", 1, "V : 1", "V > 1e9", receptors={"current": "V += efficacy"})
    projection = tacos.Projection("input", "cell", falling, sign="inhibitory")
    built = tacos.Network((stimulus("input", 1, tasks.Raster()), cell), (projection,), STEPS * 1e-3, readout="cell")
    record = RawRecord("cell.V", tmp_path / "V", unit="step")
    stretch = Stretch({"image": np.ones((STEPS, 1))}, 0, 1, 0, True, 1, records=[record])
    after = simulator(backend, built).run(initial_state(built.lowered, 1), stretch).state
    np.testing.assert_allclose(after["input-cell.w"], 0, atol=1e-12)
    v = np.fromfile(tmp_path / "V", np.float32)
    np.testing.assert_allclose(v[:-1], -np.cumsum([0.8, 0.6, 0.4, 0.2, 0, 0, 0, 0, 0]), atol=1e-6)


@pytest.mark.parametrize("backend", ["runtime", "torch"])
def test_what_a_spike_does_to_its_neuron_a_delay_later(backend, tmp_path):
    need = NeuronState(
        "bap", "bap : 1", "bap += 1", (Parameter("tau_bap", "3 ms"),), delay="tau_bap", meaning="back-propagated"
    )
    reading = Synapse("reading", (Mechanism("m", post=(need,), on_pre="w = w + bap_post"),))
    cell = tacos.Population("cell", 2, "V : 1", "step % 4 == i", receptors={"current": "V += efficacy"})
    built = tacos.Network(
        (stimulus("input", 1, tasks.Raster()), cell), (tacos.Projection("input", "cell", reading),), STEPS * 1e-3,
        readout="cell",
    )  # fmt: skip
    record = RawRecord("cell.bap", tmp_path / "bap", unit="step")
    stretch = Stretch({"image": np.zeros((STEPS, 1))}, 0, 1, 0, True, 1, records=[record])
    simulator(backend, built).run(initial_state(built.lowered, 1), stretch)
    found = np.fromfile(tmp_path / "bap", np.float32).reshape(STEPS, 2)
    spikes = np.array([[step % 4 == i for i in range(2)] for step in range(STEPS)])
    wanted = np.cumsum(np.concatenate([np.zeros((3, 2)), spikes[:-3]]), 0)
    np.testing.assert_array_equal(found[:-1], wanted[:-1])


def test_an_efficacy_can_be_changed():
    assert static(2.0).with_efficacy("0.5*w").lowered.efficacy == "0.5*w"
    with pytest.raises(DeclarationError, match="'u'"):
        static(2.0).with_efficacy("u*w")
