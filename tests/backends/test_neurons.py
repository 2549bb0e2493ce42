"""Refractoriness, delays and ready-made populations, against Brian2 itself or a few lines of NumPy."""

import brian2
import numpy as np
import pytest
from brian2 import Hz, mV, second

import tacos
import tasks
from synapses import Parameter, static
from tacos.backends import RawRecord, Stretch
from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.networks import random_numbers
from tacos.networks.initial import initial_state
from tacos.networks.lowering import site
from tacos.networks.populations import adaptive_lif, conductance_lif, error_neurons, poisson, stimulus


def present(populations, projections, shown, folder, states=(), duration=0.1, dt=1e-3, n=1, **options):
    """Rasters of all spiking populations and states at every step, ``[step, neuron]``."""
    network = tacos.Network(populations, projections, duration=duration, dt=dt, readout=populations[0].name, **options)
    simulator = RuntimeSimulator(network, "float64", target="numpy", capacity=n)
    records = [RawRecord(p.name, folder / p.name, unit="spikes") for p in network.lowered.populations if p.spikes]
    records += [RawRecord(key, folder / key, unit="step") for key in states]
    stretch = Stretch(shown, 0, 1, random_numbers.TRAINING, True, n, records=records)
    outcome = simulator.run(initial_state(network.lowered, 1), stretch)
    steps = network.lowered.steps
    found = {}
    for p in network.lowered.populations:
        if p.spikes:
            rows = np.fromfile(folder / p.name, np.int32).reshape(-1, 3)
            found[p.name] = np.zeros((n * steps, p.size), bool)
            found[p.name][rows[:, 0] * steps + rows[:, 1], rows[:, 2]] = True
    for key in states:
        found[key] = np.fromfile(folder / key, np.float32).reshape(n * steps, -1)
    return found, outcome.state


def given(size, name="input"):
    """Neurons that spike where they are told."""
    return stimulus(name, size, tasks.Raster())


@pytest.mark.slow
@pytest.mark.parametrize(
    "dt, period", [(1e-3, "4 ms"), (0.5e-3, "4 ms"), (0.1e-3, "2 ms"), (1e-3, "1 ms"), (1e-3, "2.5 ms")]
)
def test_refractory_period_is_that_of_brian2(dt, period, tmp_path):
    """Driven LIF neurons fire at the same steps as with Brian2's own ``refractory=``."""
    drive = np.array([1.2, 2.0, 5.0, 50.0])
    neuron = tacos.Population(
        "a", 4, "dV/dt = (1.2*int(i == 0) + 2*int(i == 1) + 5*int(i == 2) + 50*int(i == 3) - V)/tau_m : 1 (unless refractory)",
        "V >= 1", "V = 0", (Parameter("tau_m", "10 ms"),), refractory=period,
    )  # fmt: skip
    found, _ = present((neuron,), (), {}, tmp_path, duration=0.05, dt=dt)
    with_brian = brian2.NeuronGroup(
        4, "dV/dt = (drive - V)/(10*ms) : 1 (unless refractory)\ndrive : 1 (constant)",
        threshold="V >= 1", reset="V = 0", refractory=brian2.Quantity(float(neuron.refractory), dim=second.dim),
        method="euler", dt=dt * second, codeobj_class=None,
    )  # fmt: skip
    with_brian.drive = drive
    monitor = brian2.SpikeMonitor(with_brian)
    target = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    try:
        brian2.Network(with_brian, monitor).run(0.05 * second)
    finally:
        brian2.prefs.codegen.target = target
    expected = np.zeros_like(found["a"])
    expected[np.rint(np.array(monitor.t / second) / dt).astype(int), np.array(monitor.i)] = True
    np.testing.assert_array_equal(found["a"], expected)
    assert (expected.sum(axis=0) > 0).all()


@pytest.mark.parametrize("dt", [1e-3, 0.5e-3])
def test_delays_are_exact_to_the_step(dt, tmp_path):
    """A spike of step k arrives in step k + delay/dt, and is seen in the threshold of the next."""
    delays = ["1 ms", "7 ms", "30 ms"]
    relays = [
        tacos.Population(f"relay{k}", 3, "V : 1", "V >= 0.5", "V = 0", receptors={"current": "V += efficacy"})
        for k in range(3)
    ]
    projections = [
        tacos.Projection("input", f"relay{k}", static(), connectivity=tacos.OneToOne(), delay=delay)
        for k, delay in enumerate(delays)
    ]
    steps = round(0.1 / dt)
    raster = np.zeros((2 * steps, 3))
    raster[[0, 5, steps - 1], [0, 1, 2]] = 1
    raster[[steps + 10], [2]] = 1
    found, _ = present((given(3), *relays), projections, {"image": raster}, tmp_path, dt=dt, n=2)
    for k, delay in enumerate(delays):
        expected = np.zeros_like(raster, dtype=bool)
        late = round(int(delay.split()[0]) * 1e-3 / dt) + 1
        for step, neuron in np.argwhere(raster):
            if step // steps == (step + late - 1) // steps == (step + late) // steps:
                expected[step + late, neuron] = True
        np.testing.assert_array_equal(found[f"relay{k}"], expected, err_msg=delay)


def test_a_delay_of_half_a_step_more(tmp_path):
    """Rounded up as in Brian2; nothing of the previous presentation arrives."""
    relay = tacos.Population("relay", 1, "V : 1", "V >= 0.5", "V = 0", receptors={"current": "V += efficacy"})
    raster = np.zeros((40, 1))
    raster[[5, 19]] = 1
    found, _ = present(
        (given(1), relay), (tacos.Projection("input", "relay", static(), delay="2.5 ms"),), {"image": raster}, tmp_path,
        duration=0.02, n=2,
    )  # fmt: skip
    np.testing.assert_array_equal(np.flatnonzero(found["relay"]), [9])


def test_delay_across_a_blank_interval(tmp_path):
    relay = tacos.Population("relay", 1, "V : 1", "V >= 0.5", "V = 0", receptors={"current": "V += efficacy"})
    raster = np.zeros((60, 1))
    raster[[18]] = 1
    found, _ = present(
        (given(1), relay), (tacos.Projection("input", "relay", static(), delay="15 ms"),), {"image": raster}, tmp_path,
        duration=0.02, n=2, blank=0.01,
    )  # fmt: skip
    np.testing.assert_array_equal(np.flatnonzero(found["relay"]), [34])


def test_conductances(tmp_path):
    """A neuron with excitatory and inhibitory conductances, by forward Euler."""
    dt = 1e-3
    rng = np.random.default_rng(0)
    raster = rng.random((100, 2)) < [0.5, 0.1]
    split = [
        tacos.Projection(name, "a", static(weight), receptor=receptor)
        for name, weight, receptor in (("e", 0.3, "excitatory"), ("i", 0.5, "inhibitory"))
    ]
    inputs = [tacos.Population(name, 1, threshold="stimulus > 0.5", channel=name, per_step=True) for name in ("e", "i")]
    found, _ = present(
        (conductance_lif("a", 1), *inputs), split, {"e": raster[:, :1], "i": raster[:, 1:]}, tmp_path, ["a.V"],
    )  # fmt: skip
    V, g_e, g_i, held = -65.0, 0.0, 0.0, 0
    spikes, potentials = [], []
    for step in range(100):
        free = held == 0
        V += free * dt * ((-65 - V) + g_e * (0 - V) + g_i * (-80 - V)) / 0.02
        g_e -= dt * g_e / 0.005
        g_i -= dt * g_i / 0.010
        held = max(held - 1, 0)
        fired = free and V >= -50
        g_e += 0.3 * raster[step, 0]
        g_i += 0.5 * raster[step, 1]
        if fired:
            V, held = -65.0, 1
        spikes.append(fired)
        potentials.append(V)
    assert 2 < sum(spikes) < 50
    np.testing.assert_array_equal(found["a"][:, 0], spikes)
    np.testing.assert_allclose(found["a.V"][:-1, 0] * 1e3, potentials[:-1], atol=1e-3)


def test_states_with_units_are_reset_and_floored(tmp_path):
    """A population in volts with a floor and no initial value given."""
    cell = tacos.Population(
        "a", 2, "dV/dt = -V/tau_m : volt", "V > 10*mV", "V = 0*mV", (Parameter("tau_m", "10 ms"), Parameter("low", -5 * mV)),
        floors={"V": "low"}, receptors={"current": "V += efficacy*volt"},
    )  # fmt: skip
    raster = np.zeros((40, 1))
    raster[[0, 1, 2, 3]] = 1
    found, state = present(
        (given(1), cell), (tacos.Projection("input", "a", static("-0.02*int(j == 0) + 0.004*int(j == 1)")),),
        {"image": raster}, tmp_path, ["a.V"], duration=0.02, n=2,
    )  # fmt: skip
    # Floors hold from the step after an input on.
    assert found["a.V"][4:].min() >= np.float32(-0.005)
    assert found["a.V"].min() < -0.01
    np.testing.assert_array_equal(state["a.V"], 0)


def test_adaptive_threshold_survives_presentations(tmp_path):
    neuron = adaptive_lif("a", 1, tau_theta="10 s", theta_step=0.1)
    raster = np.ones((200, 1))
    projections = (tacos.Projection("input", "a", static(3.0)),)
    found, state = present((neuron, given(1)), projections, {"image": raster}, tmp_path, ["a.theta"], n=2)
    first, second_ = found["a"][:100].sum(), found["a"][100:].sum()
    assert 0 < second_ < first, "it fires less and less"
    theta, expected = 0.0, []
    for fired in found["a"][:, 0]:
        theta -= 1e-3 * theta / 10
        theta += 0.1 * fired
        expected.append(theta)
    np.testing.assert_allclose(found["a.theta"][:, 0], expected, rtol=1e-5)
    assert state["a.theta"][0] == pytest.approx(expected[-1])
    forgetful = adaptive_lif("a", 1, persistent=False)
    _, state = present((forgetful, given(1)), projections, {"image": raster}, tmp_path / "..", n=2)
    assert state["a.theta"][0] == 0


def test_error_neurons(tmp_path):
    """A mismatch spike makes one error spike in the next step, agreement none; the target's stays silent if asked to."""
    raster, teaching = np.zeros((30, 4)), np.zeros((30, 4))
    raster[[3, 8], 0] = 1  # false positives of class 0
    raster[10, 1] = teaching[10, 1] = 1  # agreement
    teaching[20, 2] = 1  # a false negative
    raster[3, 3] = teaching[[20, 22], 3] = 1  # the opposite spike has left the false negative neuron at its floor
    populations = (
        given(4), tacos.Population("teacher", 4, threshold="stimulus > 0.5", channel="teacher", per_step=True),
        error_neurons("plus", 4), error_neurons("minus", 4), error_neurons("silent", 4, silence_target=True),
    )  # fmt: skip
    projections = [
        tacos.Projection(
            source, target, static(sign * (-1.0 if target == "minus" else 1.0)), "mismatch", tacos.OneToOne()
        )
        for source, sign in (("input", 1.0), ("teacher", -1.0))
        for target in ("plus", "minus", "silent")
    ]
    shown = {"image": raster, "teacher": teaching, "target": np.array([[1.0, 0, 0, 0]])}
    found, _ = present(populations, projections, shown, tmp_path, duration=0.03)
    np.testing.assert_array_equal(np.argwhere(found["plus"]), [[4, 0], [4, 3], [9, 0]])
    np.testing.assert_array_equal(np.argwhere(found["minus"]), [[21, 2], [23, 3]])
    np.testing.assert_array_equal(np.argwhere(found["silent"]), [[4, 3]])


def test_poisson_rate(tmp_path):
    """Rates in proportion to what is shown, within five standard errors; silent where nothing is shown."""
    shown = np.repeat([[0.0, 0.2, 0.5, 1.0]], 50, axis=0).T.reshape(1, -1)
    found, _ = present((poisson("a", 200, 200 * Hz),), (), {"image": shown}, tmp_path, duration=1.0)
    p = shown[0] * 0.2
    counts = found["a"].sum(axis=0).reshape(4, 50).sum(axis=1)
    expected, n = p.reshape(4, 50)[:, 0] * 50_000, 50_000
    spread = np.sqrt(expected * (1 - expected / n))
    assert counts[0] == 0
    assert (np.abs(counts - expected)[1:] < 5 * spread[1:]).all(), (counts, expected)
    later = np.corrcoef(found["a"][:-1, 150:].ravel(), found["a"][1:, 150:].ravel())[0, 1]
    assert abs(later) < 5 / np.sqrt(50_000), "no memory from one step to the next"


@pytest.mark.parametrize("dt", [1e-3, 0.5e-3])
def test_latency_is_that_of_the_tasks(dt, tmp_path):
    encoding = tasks.Latency("40 ms", threshold=0.2)
    images = np.random.default_rng(0).random((2, 30))
    steps = round(0.05 / dt)
    found, _ = present((stimulus("a", 30, encoding),), (), {"image": images}, tmp_path, duration=0.05, dt=dt, n=2)
    expected = encoding.encode(images, dt, steps, np.random.default_rng(0))
    np.testing.assert_array_equal(found["a"], expected.reshape(2 * steps, 30))


def test_rate_encoding_draws_our_numbers(tmp_path):
    images = np.random.default_rng(0).random((2, 30))
    found, _ = present((stimulus("a", 30, tasks.Rate("200 Hz")),), (), {"image": images}, tmp_path, duration=0.02, n=2)
    for presentation in range(2):
        for step in range(20):
            draw = random_numbers.uniform(1, 0, presentation, step, np.arange(30), site("a/rand/0"))
            np.testing.assert_array_equal(found["a"][20 * presentation + step], draw < images[presentation] * 0.2)
