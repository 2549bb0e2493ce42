"""What NEST's synapses do on given spikes, as small files that our tests compare with.

NEST is no dependency of the project. It runs in an environment of its own, outside the repository:

    python3.11 -m venv somewhere/nest && somewhere/nest/bin/pip install nest-simulator==3.10.0
    somewhere/nest/bin/python scripts/reproduce/nest_oracle.py

writes ``tests/synapses/oracles/*.json``. Times are steps of 1 ms, in the file of the voltage-based rule of 0.1 ms.

How times are aligned: NEST puts the whole delay of a synapse, here the smallest, one step, on the dendrite. A
postsynaptic spike is seen by the synapse one step after it was fired, a presynaptic one at once; dopamine comes after
the step of its connection. Spikes stored here are those that the synapse sees: those of postsynaptic and of dopamine
neurons are fired one step before the stored step. No two spikes of a synapse fall in one step.
"""

import json
from pathlib import Path

import nest
import numpy as np

STEP = 1.0
FINE = 0.1
FOLDER = Path(__file__).parents[2] / "tests/synapses/oracles"


def fresh(step=STEP):
    """An empty kernel."""
    nest.ResetKernel()
    nest.set(resolution=step, print_time=False, rng_seed=1)


def relay(steps, step=STEP, **values):
    """A neuron that fires at these steps."""
    generator = nest.Create("spike_generator", params={"spike_times": [round((s - 1) * step, 1) for s in steps]})
    neuron = nest.Create("parrot_neuron", params=values)
    nest.Connect(generator, neuron, syn_spec={"delay": step})
    return neuron


def trains(seed, rates, steps):
    """Random spikes of several neurons, no two of them in one step or in neighbouring ones; the last is the first's."""
    rng = np.random.default_rng(seed)
    taken = rng.choice(np.arange(20, steps - 40, 3), sum(rates), replace=False)
    parts = np.split(taken, np.cumsum(rates)[:-1])
    parts[0] = np.append(parts[0], steps - 10)
    return [sorted(int(s) for s in part) for part in parts]


def plastic(model, values, pre, post, neuron=None, steps=None):
    """Weight after every presynaptic spike, and what a weight recorder saw it send."""
    recorder = nest.Create("weight_recorder")
    nest.CopyModel(model, "watched", {"weight_recorder": recorder})
    source, target = relay(pre), relay([s - 1 for s in post], **(neuron or {}))
    # Port 1 of a relay listens and does not fire.
    nest.Connect(source, target, syn_spec={"synapse_model": "watched", "delay": STEP, "receptor_type": 1, **values})
    nest.Simulate((steps or pre[-1] + 20) * STEP)
    events = recorder.get("events")
    order = np.argsort(events["times"])
    return [float(w) for w in events["weights"][order]]


def write(name, **values):
    """One file a model; values with all their digits."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"nest": nest.__version__, **values}, indent=None, separators=(", ", ": "))
    (FOLDER / f"{name}.json").write_text(text + "\n")
    print(f"{name}: {len(text)} bytes")


def pairs():
    """Pair-based STDP and the triplet rule, all-to-all."""
    pre, post = trains(1, (25, 25), 800)
    common = {"weight": 0.5, "Wmax": 1.0}
    fresh()
    values = {**common, "lambda": 0.005, "alpha": 1.05, "mu_plus": 0.0, "mu_minus": 0.0, "tau_plus": 20.0}
    stdp = plastic("stdp_synapse", values, pre, post, {"tau_minus": 20.0})
    sets = {
        "visual cortex": (5e-10, 6.2e-3, 7e-3, 2.3e-4, 101.0, 125.0),
        "hippocampus": (6.1e-3, 6.7e-3, 1.6e-3, 1.4e-3, 946.0, 27.0),
    }
    triplet = {}
    for name, (a2p, a3p, a2m, a3m, tau_x, tau_y) in sets.items():
        fresh()
        values = {
            **common, "Aplus": a2p, "Aplus_triplet": a3p, "Aminus": a2m, "Aminus_triplet": a3m, "tau_plus": 16.8,
            "tau_plus_triplet": tau_x,
        }  # fmt: skip
        triplet[name] = plastic(
            "stdp_triplet_synapse", values, pre, post, {"tau_minus": 33.7, "tau_minus_triplet": tau_y}
        )
    write("pairs_and_triplets", pre=pre, post=post, stdp=stdp, triplet=triplet)


def short_term():
    """Responses to a train: what the synapse sends."""
    pre = [10, 30, 50, 70, 78, 86, 94, 294, 300, 900, 920]
    sets = {"depressing": (0.5, 800.0, 0.0), "facilitating": (0.05, 100.0, 1000.0), "both": (0.3, 300.0, 200.0)}
    two, three = {}, {}
    for name, (release, tau_rec, tau_fac) in sets.items():
        values = {"U": release, "tau_rec": tau_rec, "tau_fac": tau_fac, "weight": 2.0}
        fresh()
        two[name] = plastic("tsodyks2_synapse", {**values, "u": release, "x": 1.0}, pre, [])
        fresh()
        three[name] = plastic("tsodyks_synapse", {**values, "u": 0.0, "x": 1.0, "tau_psc": 3.0}, pre, [])
    write("short_term", pre=pre, two_states=two, three_states=three)


def inhibitory():
    """Symmetric window, and a constant depression at each presynaptic spike."""
    pre, post = trains(2, (25, 25), 800)
    fresh()
    values = {"weight": 0.5, "Wmax": 10.0, "eta": 0.01, "alpha": 0.2, "tau": 20.0}
    write(
        "inhibitory", pre=pre, post=post, w=plastic("vogels_sprekeler_synapse", values, pre, post, {"tau_minus": 20.0})
    )


def dopamine():
    """STDP into an eligibility trace, and dopamine that turns it into weight."""
    pre, post, reward = trains(3, (20, 20, 6), 2000)
    fresh()
    source = relay([s - 1 for s in reward])
    volume = nest.Create("volume_transmitter", params={"deliver_interval": 1})
    nest.Connect(source, volume, syn_spec={"delay": STEP})
    nest.SetDefaults("stdp_dopamine_synapse", {"volume_transmitter": volume})
    constants = {
        "A_plus": 0.1, "A_minus": 0.15, "tau_c": 1000.0, "tau_n": 200.0, "tau_plus": 20.0, "Wmin": 0.0, "Wmax": 50.0,
        "b": 0.0,
    }  # fmt: skip
    nest.SetDefaults("stdp_dopamine_synapse", constants)
    w = plastic("stdp_dopamine_synapse", {"weight": 2.0}, pre, post, {"tau_minus": 20.0}, 2000)
    write("dopamine", pre=pre, post=post, reward=reward, w=w, **constants)


def voltage():
    """The voltage-based rule on an adaptive exponential cell that is made to fire by strong currents."""
    steps, pre = 3000, list(range(150, 2900, 173))
    fresh(FINE)
    # The delay of the low-pass filtered potentials is the shortest; the filters see what the meter does.
    neuron = nest.Create("aeif_psc_delta_clopath", params={"delay_u_bars": FINE, "A_LTD_const": True})
    pulses = [(30.0 + 31.0 * k, 900.0 + 120.0 * k) for k in range(9)]
    times = [t for start, _ in pulses for t in (start, start + 12.0)]
    amplitudes = [a for _, amplitude in pulses for a in (amplitude, 0.0)]
    current = nest.Create("step_current_generator", params={"amplitude_times": times, "amplitude_values": amplitudes})
    nest.Connect(current, neuron, syn_spec={"delay": FINE})
    meter = nest.Create("multimeter", params={"record_from": ["V_m", "u_bar_minus", "u_bar_plus"], "interval": FINE})
    nest.Connect(meter, neuron)
    recorder = nest.Create("weight_recorder")
    nest.CopyModel("clopath_synapse", "watched", {"weight_recorder": recorder})
    source = relay(pre, FINE)
    spec = {"synapse_model": "watched", "delay": FINE, "weight": 0.5, "tau_x": 15.0}
    nest.Connect(source, neuron, syn_spec=spec)
    nest.Simulate(steps * FINE)
    seen, sent = meter.get("events"), recorder.get("events")
    write(
        "voltage", pre=pre, w=[float(w) for w in sent["weights"]], first_step=round(float(seen["times"][0]) / FINE),
        pulses=pulses, V=[round(float(v), 3) for v in seen["V_m"]],
        u_minus=[round(float(v), 3) for v in seen["u_bar_minus"][::50]],
        u_plus=[round(float(v), 3) for v in seen["u_bar_plus"][::50]],
    )  # fmt: skip


if __name__ == "__main__":
    for write_one in (pairs, short_term, inhibitory, dopamine, voltage):
        write_one()
