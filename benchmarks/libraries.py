"""The same sizes on a published library of plastic spiking networks, BindsNET, in a process of its own.

    python -m benchmarks.libraries HIDDEN PRESENTATIONS

It has no error-driven rule: its pair-based rule (``PostPre``) learns on both projections, with LIF neurons, 150 steps
of 1 ms and about as many input spikes. BINDSNET_PYTHON names an interpreter that has it, if this one has not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np


def bindsnet(hidden: int, n: int) -> tuple[float | None, str]:
    """Seconds a presentation (None if it cannot run) and which version, or why not."""
    python = os.environ.get("BINDSNET_PYTHON", sys.executable)
    command = [python, __file__, str(hidden), str(n)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return None, f"not measured: {why}"
    version, seconds = done.stdout.split()[-2:]
    return float(seconds), f"BindsNET {version}, PostPre, one core"


def measure(hidden: int, n: int) -> None:
    """Print the version and the median of the seconds that a presentation takes."""
    from importlib.metadata import version

    import torch
    from bindsnet.learning import PostPre  # type: ignore[import-not-found]
    from bindsnet.network import Network  # type: ignore[import-not-found]
    from bindsnet.network.nodes import Input, LIFNodes  # type: ignore[import-not-found]
    from bindsnet.network.topology import Connection  # type: ignore[import-not-found]

    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = Network(dt=1.0)
    layers = {"input": Input(784, traces=True)} | {
        name: LIFNodes(size, traces=True) for name, size in (("hidden", hidden), ("output", 2))
    }
    for name, layer in layers.items():
        network.add_layer(layer, name)
    for source, target in (("input", "hidden"), ("hidden", "output")):
        weights = 0.3 * torch.rand(layers[source].n, layers[target].n)
        options = {"w": weights, "wmin": 0, "wmax": 1, "update_rule": PostPre, "nu": (1e-4, 1e-2)}
        network.add_connection(Connection(layers[source], layers[target], **options), source, target)
    rates = 0.25 * np.clip(np.random.default_rng(0).random(784) - 0.81, 0, 1) / 0.19
    seconds = []
    for _ in range(n + 1):
        spikes = torch.bernoulli(torch.tensor(rates, dtype=torch.float32).expand(150, 784)).byte().unsqueeze(1)
        start = time.perf_counter()
        network.run(inputs={"input": spikes}, time=150)
        network.reset_state_variables()
        seconds.append(time.perf_counter() - start)
    print(version("bindsnet"), np.median(seconds[1:]))


if __name__ == "__main__":
    measure(int(sys.argv[1]), int(sys.argv[2]))
