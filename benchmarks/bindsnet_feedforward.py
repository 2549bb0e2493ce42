"""The feedforward network of ``benchmarks/peers.py`` in BindsNET, for an interpreter that has it; prints JSON.

The same cells, weights and rates, and BindsNET's own pair rule, ``PostPre``, in which a spike sees the trace of its own
step. Every synapse is visited in every step, by PyTorch on one thread.
"""

from __future__ import annotations

import json
import sys
import time

MOST, RATE_OF_LEARNING = 1e-6, 0.005


def main(inputs: int, cells: int, rate: float, makers: float, seconds: float):  # type: ignore[no-untyped-def]
    """Build it, run it for a while, and print the seconds that one second of it takes, and the rate of its cells."""
    import torch
    from bindsnet.learning import PostPre  # type: ignore[import-not-found]
    from bindsnet.network import Network  # type: ignore[import-not-found]
    from bindsnet.network.monitors import Monitor  # type: ignore[import-not-found]
    from bindsnet.network.nodes import Input, LIFNodes  # type: ignore[import-not-found]
    from bindsnet.network.topology import Connection  # type: ignore[import-not-found]

    torch.set_num_threads(1)
    torch.manual_seed(1)
    traces = {"traces": True, "tc_trace": 20.0, "traces_additive": True}
    network = Network(dt=1.0)
    source, maker = Input(n=inputs, **traces), Input(n=cells)
    target = LIFNodes(n=cells, thresh=1.0, rest=0.0, reset=0.0, refrac=2, tc_decay=20.0, **traces)
    for name, layer in (("input", source), ("makers", maker), ("cells", target)):
        network.add_layer(layer, name=name)
    step = RATE_OF_LEARNING * MOST
    plastic = Connection(
        source, target, w=MOST * torch.rand(inputs, cells), wmin=0.0, wmax=MOST, update_rule=PostPre,
        nu=(1.05 * step, step),
    )  # fmt: skip
    network.add_connection(plastic, source="input", target="cells")
    network.add_connection(Connection(maker, target, w=2.0 * torch.eye(cells)), source="makers", target="cells")
    steps = round(1e3 * seconds)
    network.add_monitor(Monitor(target, ["s"], time=steps), name="spikes")
    shown = {
        "input": (torch.rand(steps, 1, inputs) < 1e-3 * rate).byte(),
        "makers": (torch.rand(steps, 1, cells) < 1e-3 * makers).byte(),
    }
    network.run(inputs={name: spikes[:100] for name, spikes in shown.items()}, time=100)
    start = time.perf_counter()
    network.run(inputs=shown, time=steps)
    took = time.perf_counter() - start
    spikes = float(network.monitors["spikes"].get("s").sum())
    print(json.dumps({"seconds": took / seconds, "rate": spikes / cells / seconds}))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
