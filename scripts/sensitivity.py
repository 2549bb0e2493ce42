"""How sharp are the constants? Final accuracy over two of them, or over one and the length of the tasks.

    python scripts/sensitivity.py --stream split-mnist --samples 8000 --x "dm*" 0.5 1 2 4 --y "pre_threshold*" 0.5 1 2
    python scripts/sensitivity.py --stream split-mnist --x "tau_c*" 0.1 1 10 --y stream.samples 2000 8000 32000

Validation data; cells that differ in parameters share one compiled program.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import tacos
import tasks
from synapses.language.values import plain
from tacos import plots


def main() -> None:
    """Run the map and draw it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stream", default="split-digits")
    parser.add_argument("--samples", type=int, default=None)
    parser.add_argument("--test-samples", type=int, default=None)
    parser.add_argument("--hidden", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--x", nargs="+", default=["dm*", "0.25", "1", "4"], metavar=("NAME", "VALUE"))
    parser.add_argument("--y", nargs="+", default=["tau_c*", "0.1", "1", "10"], metavar=("NAME", "VALUE"))
    parser.add_argument("--out", type=Path, default=Path("runs/sensitivity"))
    options = parser.parse_args()

    stream = tasks.named(options.stream, samples=options.samples, test_samples=options.test_samples)
    axes = {name: [plain(value) for value in values] for name, *values in (options.x, options.y)}
    found = tacos.sensitivity(
        tacos.error_driven(stream, hidden=options.hidden), stream, axes, options.seeds, out=options.out
    )
    print((options.out / "sweep.csv").read_text(), end="")
    print(plots.save(plots.sensitivity_map(found), options.out / "sensitivity")[0])


if __name__ == "__main__":
    main()
