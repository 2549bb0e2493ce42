"""The memory map: how strongly and how long the synapses of the library remember one random pattern among others.

    python scripts/reproduce/memory.py

The same as ``tacos memory`` with these models. Exact where a model is solved; ``stdp`` is simulated, with larger steps
than it has by itself, so that it forgets within the patterns that are stored.
"""

from __future__ import annotations

import argparse

from drawing import add_figure, keep

from tacos.memory import memory
from tacos.plots import memory_map

MODELS = (
    "two_state:q=0.5", "two_state:q=0.03", "cascade:n=5", "cascade:n=10", "cascade:n=15",
    "benna_fusi:n=4,alpha=40 ms", "benna_fusi:n=8,alpha=40 ms", "benna_fusi:n=12,alpha=40 ms",
    "stdp:A_plus=0.3,A_minus=0.315",
)  # fmt: skip


def main() -> None:
    """Print the table and draw the map."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_figure(parser, "models/memory")
    parser.add_argument("--synapses", type=int, default=10_000)
    options = parser.parse_args()
    found = memory(list(MODELS), options.synapses, patterns=160, settle=40, simulated=1500)
    print(found)
    keep(memory_map(found.curves), options.figure)


if __name__ == "__main__":
    main()
