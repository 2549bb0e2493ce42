"""Synaptic intelligence on ten permuted-MNIST tasks, against Zenke, Poole, Ganguli 2017, arXiv:1703.04200.

    python scripts/reproduce_si_permuted.py                        # the source's 20 epochs: hours on one core
    python scripts/reproduce_si_permuted.py --epochs 1 --samples 100000

784-2000-2000-10, Adam 1e-3, batch 256, xi = 0.1. In the result file of the authors' code 20 epochs end at 57.4 %
without (c = 0) and 96.9 % with it (c = 0.1). A shorter run, as its length says, need not: it has forgotten less and
learned less.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import tasks
from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.networks import MLP
from tacos.measures.paired import mean_cell

SOURCE = {0.0: 57.4, 0.1: 96.9}


def main() -> None:
    """Run what is not done yet, and print a line for each strength."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--samples", type=int, default=None, help="training images of all tasks together")
    parser.add_argument("--strengths", type=float, nargs="+", default=list(SOURCE), metavar="C")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cpu, cuda ...")
    parser.add_argument("--out", type=Path, default=Path("runs/si-permuted"))
    options = parser.parse_args()
    stream = tasks.permuted("mnist", tasks=10, passes=options.epochs, samples=options.samples)
    print(stream)
    for c in options.strengths:
        result = baselines.run(
            baselines.named("si", strength=c, damping=0.1), stream, options.seeds, network=MLP((2000, 2000)),
            training=Training("adam", 1e-3, 256, options.device), out=options.out / f"c-{c:g}", label=f"SI, c = {c:g}",
            processes=options.processes,
        )  # fmt: skip
        ours = result.summary()["average_accuracy"]
        print(
            f"c = {c:g}: {mean_cell(ours['mean'], ours['sd'])} % after {options.epochs} epochs, "
            f"{stream.n_presentations // options.epochs // 10} images a task, {ours['n']} seeds"
            + (f"; source: {SOURCE[c]} % after 20 epochs of 60000" if c in SOURCE else ""),
            flush=True,
        )


if __name__ == "__main__":
    main()
