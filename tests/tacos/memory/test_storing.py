"""Patterns stored by synapses of the language: against the exact solutions, and the same on both backends."""

import json

import numpy as np
import pytest

import synapses
from synapses import Mechanism, State, Synapse, named
from tacos import memory
from tacos.backends import Choice
from tacos.errors import RunError
from tacos.memory import discrete
from tacos.memory.decay import Curve
from tacos.memory.drive import DRIVES, Drive
from tacos.memory.exact import exact
from tacos.memory.storing import Stored, random_patterns, store, working_drive
from tacos.plots import memory_decay, memory_map
from tests.backends.by_name import simulator
from tests.tacos import runs_support as runs

TORCH = Choice("torch", dtype="float64")
DRIVEN = {"cascade": "coincidence", "two_state": "coincidence", "stdp": "timing", "benna_fusi": "timing"}


# -- against the exact solutions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "solved"),
    [
        ("cascade:n=4", discrete.cascade(4)),
        ("two_state:q=0.3", discrete.two_state(0.3)),
        ("cascade:n=3,gating=postsynaptic", discrete.cascade(3)),
    ],
)
def test_discrete_synapses_do_what_the_master_equation_says(text, solved):
    model = named(text)
    drive = DRIVES["coincidence"]
    if "postsynaptic" in text:  # then it is the postsynaptic neuron that is active in any case
        drive = Drive(((0,), (0,)), ((), (0,)), "2 ms")
    stored = store(model, random_patterns(100, 1500, 3), drive, seed=1)
    ages = np.array([0, 1, 2, 4, 8, 16])
    signal, error = stored.signal(ages)
    scale = 2.0  # weights of the solution are -1 and 1, of the synapse 0 and 1
    assert error.max() < 0.01
    np.testing.assert_array_less(abs(scale * signal - solved.signal(ages)), 4.5 * scale * error)
    assert scale * stored.noise() == pytest.approx(solved.noise(), abs=0.01)


def test_the_chain_does_what_its_modes_say():
    model = synapses.benna_fusi(3).with_parameters(alpha="4 ms")
    quick_pair = Drive(((0,), ("2 ms",)), (("2 ms",), (0,)), "4 ms")
    stored = store(model, random_patterns(400, 400, 3), quick_pair, settle=250)
    ages = np.array([0, 1, 2, 5, 10, 20])
    signal, error = stored.signal(ages)
    solved = exact(model, quick_pair)
    push = signal[0] / solved.signal(0)
    assert push == pytest.approx((0.005 + 0.00525) / 2 * 0.95**2, rel=0.02)
    np.testing.assert_array_less(abs(signal - push * solved.signal(ages)), 4.5 * error + 1e-9)
    assert stored.noise() / push == pytest.approx(solved.noise(), rel=0.03)


def test_only_whole_models_are_solved():
    for model in (
        synapses.cascade().without("metaplasticity"),
        synapses.cascade() + Mechanism("closed", gate="0.5"),
        synapses.cascade(gating="xor"),
        synapses.two_state().freeze("strong"),
        synapses.benna_fusi(4, leak=False),
        synapses.benna_fusi(4, update="step"),
        synapses.benna_fusi(4).without("consolidation chain"),
        synapses.stdp(),
    ):
        assert exact(model) is None
    assert exact(synapses.cascade(), DRIVES["timing"]) is None
    assert exact(synapses.cascade(7, 0.4)).signal(3) == pytest.approx(discrete.cascade(7, 0.4).signal(3))
    assert exact(synapses.benna_fusi(4), DRIVES["burst"]).interval == pytest.approx(0.05 / 10)


# -- on the backends -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DRIVEN)
def test_both_backends_store_the_same(name, monkeypatch):
    model, patterns = synapses.named(name), random_patterns(5, 12, 5)
    found = []
    for backend in ("torch", "numpy"):
        monkeypatch.setattr(
            "tacos.memory.storing.simulator", lambda network, choice, b=backend: simulator(b, network, capacity=2)
        )
        found.append(store(model, patterns, DRIVES[DRIVEN[name]], 4, settle=2))
    one, other = found
    assert one.weights.shape == (3, 12) and one.weights.std() > 0
    np.testing.assert_allclose(one.weights, other.weights, rtol=0, atol=1e-7)  # records have single precision
    np.testing.assert_array_equal(one.patterns, patterns[2:])


@pytest.mark.parametrize("name", ["two_state", "stdp"])
def test_a_trial_finds_the_drive(name, monkeypatch):
    monkeypatch.setattr("tacos.memory.storing.TRIAL", (200, 8, 5.0))
    assert working_drive(synapses.named(name)).name == DRIVEN[name]


def test_signal_and_noise_are_what_they_are_called():
    rng = np.random.default_rng(0)
    stored = Stored(random_patterns(7, 30, 1), rng.normal(size=(7, 30)))
    signal, error = stored.signal(np.array([0, 2]))
    for age, found, spread in zip((0, 2), signal, error, strict=True):
        each = [np.cov(stored.patterns[k], stored.weights[k + age], bias=True)[0, 1] for k in range(7 - age)]
        assert found == pytest.approx(np.mean(each)) and spread == pytest.approx(
            np.std(each, ddof=1) / np.sqrt(7 - age)
        )
    assert stored.noise() == pytest.approx(np.sqrt(np.mean([w.var() for w in stored.weights])))


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (synapses.tacos(), "'tacos' stores no patterns of spikes: it reads '.*' of the postsynaptic neuron"),
        (synapses.static(), "none of the drives coincidence, timing, burst makes"),
        (
            Synapse("rewarded", [Mechanism("r", modulators=[synapses.Modulator(
                "dopamine", "ddopamine/dt = -dopamine/second : 1", "reward", "dopamine += 1")], gate="dopamine")]),
            "waits for the neuromodulator 'dopamine', which spikes of 'reward' drive",
        ),
        (
            Synapse("short", [Mechanism("s", pre=[synapses.NeuronState("x", "x : 1")])], [State("w", 1.0)],
                    efficacy="w*x_pre"),
            "its efficacy 'w\\*x_pre' reads more than its own states",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_driven_is_said(model, sentence, monkeypatch):
    monkeypatch.setattr("tacos.memory.storing.TRIAL", (10, 3, 5.0))
    with pytest.raises(RunError, match=sentence):
        working_drive(model)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: Drive(((3e-3,), ()), ((), ()), "2 ms"),
            "a spike at 0.003 s is not within 0.002 s of a presentation",
        ),
        (lambda: memory.curve("cascade", drive="twice", simulate=True), "There is no drive 'twice'"),
        (lambda: memory.curve("stdp", simulate=False), "'stdp' has no exact solution"),
        (lambda: memory.curve("cascade", 1), "at least 2, not 1"),
        (lambda: memory.curve("cascade", simulate=True, patterns=3), "At least ten patterns are stored, not 3"),
        (lambda: memory.memory([]), "Name a synapse; there are tacos"),
        (lambda: memory.memory(["stdp", "stdp"]), "asked for twice"),
        (lambda: memory.memory([3]), "name of one or a synapse, not 3"),
    ],
)
def test_mistakes_get_one_sentence(call, sentence):
    with pytest.raises(RunError, match=sentence):
        call()


# -- asked in one call ---------------------------------------------------------------------------------------------


def test_exact_curves_simulate_nothing(monkeypatch):
    monkeypatch.setattr("tacos.memory.asking.simulated_curve", None)
    found = memory.curve("cascade", synapses=1_000_000)
    assert (found.kind, found.initial) == ("exact", pytest.approx(200)) and found.lifetime > 500
    assert "cascade (exact): initial SNR 200, lifetime 840.2 patterns" in str(found)


def test_a_memory_is_kept_in_a_folder(tmp_path):
    found = memory.memory(
        {"a": synapses.cascade(3), "b": synapses.two_state()},
        10_000,
        40,
        simulate=True,
        simulated=200,
        settle=0,
        choice=TORCH,
    )
    assert [(c.label, c.kind) for c in found.curves] == [
        ("a", "exact"), ("a", "simulated"), ("b", "exact"), ("b", "simulated"),
    ]  # fmt: skip
    assert found.curves[1].initial == pytest.approx(found.curves[0].initial, rel=0.1)
    folder = found.save(tmp_path / "kept")
    for name in ("memory.png", "memory.pdf", "memory_map.png", "memory.txt"):
        assert (folder / name).stat().st_size > 300, name
    table = np.genfromtxt(folder / "memory.csv", delimiter=",", names=True, dtype=None, encoding="utf-8")
    rows = table[(table["model"] == "a") & (table["kind"] == "exact")]
    np.testing.assert_allclose(rows["snr"], found.curves[0].snr)
    asked = json.loads((folder / "asked.json").read_text())
    assert asked["synapses"] == 10_000 and asked["backend"] == "torch"
    assert asked["found"][1]["drive"] == "coincidence" and asked["found"][1]["simulated"] == 200
    assert "two_state" not in (folder / "memory.txt").read_text() and "b " in str(found)


def test_the_command(tmp_path, capfd):
    status, out, error = runs.cli(
        capfd, "memory", "cascade", "cascade:n=5", "--synapses", "1000000", "--out", str(tmp_path / "m")
    )
    assert (status, error) == (0, "")
    assert "cascade" in out and "840.2" in out and (tmp_path / "m" / "memory.png").exists()
    status, out, error = runs.cli(capfd, "memory", "tacos", "--backend", "torch")
    assert status == 1 and error.startswith("tacos: 'tacos' stores no patterns of spikes")


def test_what_is_drawn():
    ages = np.array([0, 1, 10])
    options = {"synapses": 100, "ages": ages, "noise": np.ones(3), "initial": 5.0}
    solved = Curve("one", signal=np.array([0.5, 0.3, 0.01]), lifetime=7.0, **options)
    measured = Curve(
        "one", signal=np.array([0.5, 0.3, -0.01]), lifetime=7.5, kind="simulated", error=np.full(3, 0.02), **options
    )
    lasting = Curve(
        "two", signal=np.array([0.5, 0.5, 0.5]), lifetime=np.inf, kind="simulated", error=np.zeros(3), **options
    )
    figure = memory_decay([solved, measured, lasting])
    (axes,) = figure.axes
    assert axes.get_xlabel() == "age + 1 (patterns)" and axes.get_yscale() == "log"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["one", "two"]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [5, 3, 0.1])
    figure = memory_map([solved, measured, lasting])
    points = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 1]
    assert [line.get_xdata()[0] for line in points] == [7, 7.5, 10] and "arrow" in points[2].get_marker()
