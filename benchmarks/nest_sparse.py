"""The sparse network of ``benchmarks/sparse.py`` in NEST, for an interpreter that has it; what came out is JSON.

The same cells but for their integration, which is exact here: time constants, drive, refractory period; weights are of
currents, ``C_m/tau_m`` of ours. The same numbers of cells and probabilities of connections, drawn by NEST.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(excitatory: int, inhibitory: int, share: float, dt: float, delay: float, seconds: float, threads: int) -> None:
    """Build it, run it for some time, and print the seconds that another `seconds` of it take."""
    import nest  # type: ignore[import-not-found]

    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.set(resolution=dt, local_num_threads=threads, rng_seed=1, print_time=False)
    unit = 1 / 20.0  # C_m/tau_m in pA a mV
    cell = {
        "C_m": 1.0, "tau_m": 20.0, "E_L": 0.0, "V_th": 1.0, "V_reset": 0.0, "t_ref": 2.0, "I_e": 1.01 * unit,
        "tau_syn_ex": 5.0, "tau_syn_in": 5.0, "tau_minus": 20.0, "V_m": nest.random.uniform(0.0, 1.0),
    }  # fmt: skip
    cells = {
        name: nest.Create("iaf_psc_exp", size, params=cell)
        for name, size in (("excitatory", excitatory), ("inhibitory", inhibitory))
    }
    most = 2e-3 * unit
    plastic = {
        "synapse_model": "stdp_synapse", "delay": delay, "weight": nest.random.uniform(0.0, most), "Wmax": most,
        "lambda": 0.005, "alpha": 1.05, "mu_plus": 0.0, "mu_minus": 0.0, "tau_plus": 20.0,
    }  # fmt: skip
    kinds = {"excitatory": 1e-3 * unit, "inhibitory": -4e-3 * unit}
    for source, weight in kinds.items():
        for target in cells:
            both = source == target == "excitatory"
            synapse = plastic if both else {"synapse_model": "static_synapse", "delay": delay, "weight": weight}
            rule = {"rule": "pairwise_bernoulli", "p": share}
            nest.Connect(cells[source], cells[target], rule, synapse)
    nest.Simulate(100.0)
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells["excitatory"], recorder, syn_spec={"delay": delay})
    nest.Simulate(dt)
    start = time.perf_counter()
    nest.Simulate(1e3 * seconds)
    took = time.perf_counter() - start
    rate = recorder.n_events / excitatory / seconds
    status = Path("/proc/self/status").read_text()  # getrusage counts a process as large as the one that started it was
    memory = next(1024 * int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    found = {"seconds": took / seconds, "rate": rate, "memory": memory, "synapses": nest.num_connections}
    print(json.dumps(found | {"version": nest.__version__}))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
