"""The feedforward network of ``benchmarks/peers.py`` in NEST, for an interpreter that has it; what came out is JSON.

The same cells, weights and rates; spikes are drawn by NEST. Inputs and makers are relays of Poisson generators, so that
a generator draws once for all synapses of a neuron.
"""

from __future__ import annotations

import json
import sys
import time


def main(rule: str, inputs: int, cells: int, rate: float, makers: float, reward: float, seconds: float, threads: int):  # type: ignore[no-untyped-def]
    """Build it, run it for a while, and print the seconds that one second of it takes, and the rates."""
    import nest  # type: ignore[import-not-found]

    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.set(resolution=1.0, local_num_threads=threads, rng_seed=1, print_time=False)

    def relays(size: int, hertz: float):  # type: ignore[no-untyped-def]
        """Neurons that fire at random."""
        neurons = nest.Create("parrot_neuron", size)
        if hertz:
            nest.Connect(nest.Create("poisson_generator", params={"rate": hertz}), neurons)
        return neurons

    cell = {"C_m": 1.0, "tau_m": 20.0, "E_L": 0.0, "V_th": 1.0, "V_reset": 0.0, "t_ref": 2.0, "tau_minus": 20.0}
    targets, most = nest.Create("iaf_psc_delta", cells, params={**cell, "V_m": 0.0}), 1e-6
    if rule == "reward_modulated":
        volume = nest.Create("volume_transmitter", params={"deliver_interval": 20})  # 1 would visit all at every step
        nest.Connect(relays(1, reward), volume)
        nest.SetDefaults("stdp_dopamine_synapse", {"volume_transmitter": volume})
        constants = {"A_plus": 1e-9, "A_minus": 1.5e-9, "tau_c": 1000.0, "tau_n": 200.0, "tau_plus": 20.0, "b": 0.0}
        nest.SetDefaults("stdp_dopamine_synapse", {**constants, "Wmin": 0.0, "Wmax": most})
        plastic = {"synapse_model": "stdp_dopamine_synapse", "weight": most / 2, "delay": 1.0}
    else:
        plastic = {
            "synapse_model": "stdp_synapse", "delay": 1.0, "weight": nest.random.uniform(0.0, most), "Wmax": most,
            "lambda": 0.005, "alpha": 1.05, "mu_plus": 0.0, "mu_minus": 0.0, "tau_plus": 20.0,
        }  # fmt: skip
    nest.Connect(relays(inputs, rate), targets, "all_to_all", plastic)
    # Strong enough to fire a cell in the step in which it arrives.
    nest.Connect(relays(cells, makers), targets, "one_to_one", {"weight": 2.0, "delay": 1.0})
    recorder = nest.Create("spike_recorder")
    nest.Connect(targets, recorder)
    nest.Simulate(100.0)
    recorder.n_events = 0
    start = time.perf_counter()
    nest.Simulate(float(round(1e3 * seconds)))
    took = time.perf_counter() - start
    print(json.dumps({"seconds": took / seconds, "rate": recorder.n_events / cells / seconds}))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
