"""The recruiting network on streams of other kinds, beside sharp boundaries.

    python scripts/recruiting_streams.py            # split-MNIST, ten classes, 8,000 images: half an hour on two cores
    python scripts/recruiting_streams.py --stream split-digits --samples 600 --test-samples 300 --cells 80 --seeds 2

Rows have the same seeds, but for those in which the order or the pairs of the classes are drawn anew for each of ten.
The rate of recruitment, nine times the declared one, is what validation data chose for 8,000 images of split-MNIST in
sharp order. Finished runs are kept in the folder, and not run again.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import tacos
import tasks
from tacos.measures.metrics import average_accuracy, learning_accuracy
from tacos.measures.statistics import paired_difference
from tacos.runs.folder import folder_name
from tacos.runs.running import Running

DRAWN = 10  # orders and pairs
FEW = 4  # times fewer cells than asked for, so that hardly one is left for most of the stream


def rows(options: argparse.Namespace) -> dict[str, tuple[list[tasks.StreamLike], int]]:
    """Streams, one for all seeds or one for each, and numbers of cells."""
    data = options.stream.removeprefix("split-")
    transform = None if data == "digits" else "edges"  # edges need larger images
    counts: dict[str, Any] = {"samples": options.samples, "test_samples": options.test_samples, "transform": transform}
    sharp = tasks.named(options.stream, scenario="class-incremental", **counts)
    cells = options.cells
    return {
        "sharp boundaries": ([sharp], cells),
        "blurred boundaries": ([sharp.with_options(boundaries="blurred")], cells),
        "tasks come back at random": ([sharp.with_options(boundaries="random")], cells),
        "shuffled": ([sharp.with_options(shuffled=True)], cells),
        "two passes": ([sharp.with_options(passes=2)], cells),
        "order of the pairs drawn": ([sharp.with_options(order_seed=k) for k in range(DRAWN)], cells),
        "pairs of classes drawn": ([sharp.with_options(class_seed=k) for k in range(DRAWN)], cells),
        "a quarter of the cells": ([sharp], cells // FEW),
        "ten permutations": ([tasks.permuted(data, tasks=10, **counts)], cells),
        "five rotations": ([tasks.rotated(data, **counts)], cells),
    }


def main() -> None:
    """Run what is not done yet, and print a row as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stream", default="split-mnist")
    parser.add_argument("--samples", type=int, default=8000)
    parser.add_argument("--test-samples", type=int, default=2000)
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--recruitment", type=float, default=9.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=None)
    parser.add_argument("--out", type=Path, default=Path("runs/recruiting-streams"))
    options = parser.parse_args()
    running = Running(processes=options.processes, progress=False)
    print("| stream | accuracy (%) | right after learning (%) | minus sharp boundaries | cells in use | runs |")
    print("|---|---|---|---|---|---|")
    sharp = None
    for name, (streams, cells) in rows(options).items():
        found, used = [], []
        for k, stream in enumerate(streams):
            network = tacos.recruiting(stream, cells).with_parameters(**{"hidden.recruitment": options.recruitment})
            seeds = list(range(options.seeds)) if len(streams) == 1 else [k]
            out = options.out / folder_name(name) / f"{k}"
            result = tacos.run(network, stream, seeds, out=out, running=running)
            found.append(result.accuracy_matrix)
            used += [int((result.state(seed)["hidden.mature"] > 0).sum()) for seed in seeds]
        matrices = np.concatenate(found)
        accuracy = 100 * average_accuracy(matrices)
        # Where tasks have no end there is no "right after".
        learned = said(100 * learning_accuracy(matrices)) if streams[0].has_ends else ""
        sharp = accuracy if sharp is None else sharp
        print(
            f"| {name} | {said(accuracy)} | {learned} | {against(accuracy, sharp)} "
            f"| {min(used)} to {max(used)} of {cells} | {len(accuracy)} |",
            flush=True,
        )


def said(percent: np.ndarray) -> str:
    """Mean and standard deviation."""
    return f"{percent.mean():.1f} +- {percent.std(ddof=1):.1f}" if len(percent) > 1 else f"{percent.mean():.1f}"


def against(accuracy: np.ndarray, sharp: np.ndarray) -> str:
    """The difference to sharp boundaries, with its interval where both have the same seeds."""
    if accuracy is sharp:
        return ""
    if len(accuracy) != len(sharp) or len(sharp) < 3:
        return f"{accuracy.mean() - sharp.mean():+.1f}"
    paired = paired_difference(accuracy, sharp)
    return f"{paired.mean:+.1f} ({paired.low:+.1f} to {paired.high:+.1f})"


if __name__ == "__main__":
    main()
