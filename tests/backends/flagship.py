"""The flagship's network with given spikes of inputs and teacher, and the same network in tests/reference_network.py."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

import synapses
import tacos
import tasks
from tacos.backends import RawRecord, Stretch
from tacos.backends.brian2.standalone import StandaloneSimulator
from tacos.networks.initial import initial_state
from tests.reference_network import Layer, Plasticity, ReferenceNetwork

N_IN, N_HIDDEN, N_OUT, STEPS = 30, 12, 2, 60
IN, OUT = "input-hidden", "hidden-output"
SPIKING = {"hidden": "hidden", "output": "output", "false positive": "E+", "false negative": "E-"}
PLASTIC = ("w", "w_ref", "m")

#: Every constant of the synapses, so that other defaults change no test.
CONSTANTS = {
    "I_min": -3.0, "I_max": 3.0, "tau_U": "15 ms", "tau_x": "25 ms", "m_max": 0.5, "k_het": 0.01, "tau_c": "2 s",
    "tau_s": "1.5 s", "w_initial": 1.0, "reference_surprise": "17 Hz",
    "output.V_th": 1.0, f"{IN}.eta": 0.05, f"{IN}.w_max": 3.0, f"{IN}.pre_threshold": 5.5, f"{IN}.post_threshold": 1.9,
    f"{IN}.dm": 0.03, f"{OUT}.eta": 0.02, f"{OUT}.w_max": 1.5, f"{OUT}.pre_threshold": 2.4, f"{OUT}.post_threshold": 1.3,
    f"{OUT}.dm": 0.05,
}  # fmt: skip


@lru_cache
def network(gate="exponential", without=(), silence_target=False, **constants):
    """30-12-2 neurons; the teacher is shown as channel "teacher", one value a step."""
    built = tacos.error_driven(
        (N_IN, N_OUT), N_HIDDEN, synapses.tacos(gate=gate), silence_target=silence_target, encoding=tasks.Raster(),
        duration=STEPS * 1e-3, dt=1e-3,
    )  # fmt: skip
    given = tacos.Population("teacher", N_OUT, threshold="stimulus > 0.5", channel="teacher", per_step=True)
    built = replace(built, populations=tuple(given if p.name == "teacher" else p for p in built.populations))
    return built.with_parameters(**{**CONSTANTS, **constants}).without(*without)


def standalone(built, dtype="float64", templates="ours"):
    """The compiled network; all tests share the program through the cache."""
    return StandaloneSimulator(built, dtype=dtype, capacity=25, templates=templates)


def stimuli(n, seed=5):
    """Spikes of inputs and teacher, and the class shown, for some presentations."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(N_OUT, size=n)
    rates = np.where((np.arange(N_IN) % N_OUT)[None, :] == targets[:, None], 0.25, 0.08)
    spikes = rng.random((n, STEPS, N_IN)) < rates[:, None, :]
    teaching = rng.random((n, STEPS, N_OUT)) < np.where(np.eye(N_OUT)[targets], 0.1, 0.01)[:, None, :]
    return spikes, teaching, targets


def stretch(given, first=0, stop=None, learning=True, **options):
    """What a backend is shown of these presentations, from one to before another."""
    spikes, teaching, targets = (part[first:stop] for part in given)
    n = len(targets)
    shown = {
        "image": spikes.reshape(n * STEPS, -1),
        "teacher": teaching.reshape(n * STEPS, -1),
        "target": np.eye(N_OUT)[targets],
    }
    return Stretch(shown, first, seed=1, phase=0, learning=learning, n=n, **options)


def start(built, seed=3):
    """A state in which neurons fire, weights differ from their reference and some synapses are metaplastic."""
    rng = np.random.default_rng(seed)
    state = initial_state(built.lowered, seed)
    for name, low, high in ((IN, -0.4, 1.5), (OUT, -0.3, 1.2)):
        size = state[f"{name}.w"].shape
        values = {
            "w": rng.uniform(low, high, size),
            "w_ref": rng.uniform(low, high, size),
            "m": rng.uniform(0, 0.2, size),
        }
        state |= {f"{name}.{key}": value for key, value in values.items() if f"{name}.{key}" in state}
    return state


def reference(built, state):
    """The same network, constants and state in the reference simulator."""
    lowered = built.lowered
    mechanisms = {name for p in built.projections for name in p.synapse.mechanism_names()}

    def constants(owner):
        part = lowered.population(owner) if owner in SPIKING else lowered.projection(owner).synapse
        return {p.name: p.value for p in part.parameters.values()}

    def layer(name):
        c = constants(name)
        return Layer(c["tau_syn"] * 1e3, c["tau_m"] * 1e3, c["R"], c["V_th"])

    def plasticity(name):
        c = {"eta": 0.0, "pre_threshold": 0.0, "post_threshold": 0.0, "dm": 0.0} | constants(name)
        return Plasticity(c["eta"], c["w_max"], c["pre_threshold"], c["post_threshold"], c["dm"])

    c = {**constants("hidden"), **constants(IN)}
    errors = constants("false positive")
    back = "false positive-hidden"
    feedback = constants(back) if f"{back}.g" in state else {"tau_feedback": 1.0, "R_U": 0.0}
    options = {
        "I_min": c.get("I_min", -np.inf), "I_max": c.get("I_max", np.inf), "k_het": c.get("k_het", 0.0),
        "m_max": c.get("m_max", np.inf), "tau_c": c.get("tau_c", np.inf) * 1e3, "tau_x": c.get("tau_x", 1.0) * 1e3,
    }  # fmt: skip
    made = ReferenceNetwork(
        sizes=(N_IN, N_HIDDEN, N_OUT),
        dt=lowered.dt * 1e3,
        hidden_layer=layer("hidden"),
        output_layer=layer("output"),
        refractory=c["refractory_period"] * 1e3,
        tau_e=10.0,
        R_E=errors["jump"] * 10.0,
        V_thE=errors["E_th"],
        silence_target="stimulus" in lowered.population("false positive").before_threshold[0],
        tau_u=feedback["tau_feedback"] * 1e3,
        R_U=feedback["R_U"],
        input_plasticity=plasticity(IN),
        output_plasticity=plasticity(OUT),
        gate="hyperbolic"
        if any(m.gate == "1/(1 + m)" for p in built.projections for m in p.synapse.mechanisms)
        else "exp",
        metaplasticity="metaplasticity" in mechanisms,
        heterosynaptic="heterosynaptic" in mechanisms,
        consolidation="consolidation" in mechanisms,
        **options,
    )
    if "neuromodulation" in mechanisms:
        # The sources are both kinds of error neurons; the reference divides by the number of one kind.
        synapse = built.projection(IN).synapse
        mechanism = next(m for m in synapse.mechanisms if m.modulators)
        modulator = mechanism.modulators[0]
        known = {name: p.value for name, p in synapse.all_parameters().items()}
        one_spike = eval(modulator.on_source.split("+=")[1], {"n_source": 2 * N_OUT, **known})
        made.surprise_gain, made.tau_s = one_spike * N_OUT, known["tau_s"] * 1e3
        made.neuromodulation = lambda s: eval(mechanism.gate, {modulator.name: s, **known})
    for short, name, shape in (("in", IN, (N_IN, N_HIDDEN)), ("out", OUT, (N_HIDDEN, N_OUT))):
        for key in PLASTIC:
            if f"{name}.{key}" in state:
                setattr(made, f"{key}_{short}", state[f"{name}.{key}"].reshape(shape).copy())
    if f"{back}.g" in state:
        made.g = state[f"{back}.g"].reshape(N_OUT, N_HIDDEN).copy()
    return made


def spike_records(folder):
    """Records of the spikes of all neurons that the reference simulates."""
    return [RawRecord(name, folder / f"{short}.spikes", unit="spikes") for name, short in SPIKING.items()]


def rasters(folder, n):
    """Recorded spikes as ``[presentation, step, neuron]``."""
    found = {}
    for short in SPIKING.values():
        rows = np.fromfile(folder / f"{short}.spikes", np.int32).reshape(-1, 3)
        found[short] = np.zeros((n, STEPS, N_HIDDEN if short == "hidden" else N_OUT), bool)
        found[short][tuple(rows.T)] = True
    return found


def present(made, given, learning=True):
    """Rasters of the reference simulator, and its margin to the thresholds in each presentation."""
    shown, margins = [], []
    for spikes, teaching, target in zip(*given, strict=True):
        made.margin = np.inf
        shown.append(made.present(spikes, teaching, int(target), learning))
        margins.append(made.margin)
    return {short: np.stack([one[short] for one in shown]) for short in SPIKING.values()}, margins


def reference_states(made):
    """States of the reference simulator by the names of the network."""
    states = {"surprise.surprise": np.array([made.surprise])}
    for short, name in (("in", IN), ("out", OUT)):
        states |= {f"{name}.{key}": getattr(made, f"{key}_{short}").ravel() for key in PLASTIC}
    return states
