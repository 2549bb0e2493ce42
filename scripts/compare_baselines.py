"""The flagship beside regularization baselines on the same stream and seeds; the same as ``tacos compare``, to edit.

    python scripts/compare_baselines.py --samples 8000 --seeds 10
    python scripts/compare_baselines.py --draws                # then: class pairs and order drawn anew for each seed

Constants of every row are chosen on validation data; grids and outcomes are kept in the folder.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import tasks
from tacos.comparison import Plan, compare


def main() -> None:
    """Run what is not done yet, print grids and table, write the figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stream", default="split-mnist")
    parser.add_argument("--samples", type=int, default=8000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--draws", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("runs/compare"))
    options = parser.parse_args()
    plan = Plan(
        tasks.named(options.stream, samples=options.samples, scenario="domain-incremental"),
        options.out,
        methods=("naive", "l2", "ewc", "online-ewc", "si", "mas", "lwf", "streaming-ewc", "replay", "joint"),
        networks=("mlp", "snn", "error-driven"),
        epochs=(1, 4),
        steps=(("adam", 1e-4), ("adam", 1e-3), ("sgd", 1e-2)),
        seeds=options.seeds,
        draws=options.draws,
    )
    found = compare(plan)
    print(f"{found.grids()}\n\n{found}")


if __name__ == "__main__":
    main()
