"""Metaplastic binarized networks: two data sets, six permutations, and one data set in parts.

    python scripts/reproduce/metaplastic.py                             # small: what docs/learners/metaplastic.md shows
    python scripts/reproduce/metaplastic.py --hidden 4096 4096 --images 0 --tested 0 --epochs 50 40 20 \
        --strengths 0 0.5 1.35 --parts-of-data 60 --device cuda --out runs/metaplastic-published   # as in the source

After Laborieux et al. 2021, figures 2 to 4. Finished seeds are kept in the folder, and not run again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from drawing import add_figure, keep
from matplotlib.figure import Figure

import tasks
from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.learners.networks import Binarized, FullPrecision, Hidden
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

PARTS = ("fashion", "permuted", "subsets")
#: Final accuracies in percent, ``[seed, task]``, by what was run.
Found = dict[tuple[str, ...], np.ndarray]


def run(options: argparse.Namespace, stream: tasks.Stream, network: Hidden, m: float, name: str) -> np.ndarray:
    """Accuracies in percent, ``[seed, trained on, tested on]``."""
    method = "metaplastic" if isinstance(network, Binarized) else "metaplastic-control"
    result = baselines.run(
        baselines.named(method, strength=m), stream, options.seeds, network=network,
        training=Training("adam", options.rate, 100, options.device), processes=options.processes,
        out=options.out / f"{stream.name}-{name}-m-{m:g}", label=f"{network}, m = {m:g}",
    )  # fmt: skip
    return 100 * result.accuracy_matrix


def cell(values: np.ndarray) -> str:
    """Mean and standard deviation over seeds."""
    return f"{values.mean():5.1f} +- {values.std(ddof=1) if len(values) > 1 else 0:.1f}"


def fashion(options: argparse.Namespace) -> Found:
    """MNIST, then Fashion-MNIST."""
    stream = tasks.consecutive(
        ("mnist", "fashion-mnist"),
        samples=2 * options.images or None,
        passes=options.epochs[0],
        test_samples=options.tested or None,
    )
    print(f"{stream}\nnormalization, m: MNIST when it was learned, MNIST and Fashion-MNIST at the end")
    found: Found = {}
    for norm in options.norms:
        for m in (options.strengths[0], options.strengths[-1]):
            network = Binarized(tuple(options.hidden), norm)
            matrix = run(options, stream, network, m, norm.replace(" ", "-"))
            found[norm, f"{m:g}"] = matrix[:, -1]
            cells = "  ".join(map(cell, (matrix[:, 0, 0], matrix[:, 1, 0], matrix[:, 1, 1])))
            print(f"  {norm:9s} {m:<5g} {cells}", flush=True)
    return found


def permuted(options: argparse.Namespace) -> Found:
    """Six permuted MNISTs, and the network of full precision as a control."""
    stream = tasks.permuted(
        "mnist",
        tasks=6,
        samples=6 * options.images or None,
        passes=options.epochs[1],
        test_samples=options.tested or None,
    )
    print(f"{stream}\nnetwork, m: mean over tasks at the end, and the newest of them")
    found: Found = {}
    for name, kind in (("binarized", Binarized), ("control", FullPrecision)):
        for m in options.strengths:
            end = run(options, stream, kind(tuple(options.hidden), "per task"), m, name)[:, -1]
            found[name, f"{m:g}"] = end.mean(1, keepdims=True)
            print(f"  {name:9s} {m:<5g} {cell(end.mean(1))}  {cell(end[:, -1])}", flush=True)
    return found


def subsets(options: argparse.Namespace) -> Found:
    """Fashion-MNIST in parts, against all at once."""
    found: Found = {}
    for n in (1, options.parts_of_data):
        stream = tasks.subsets(
            "fashion-mnist",
            n,
            samples=options.images or None,
            passes=options.epochs[2],
            test_samples=options.tested or None,
        )
        print(f"{n} parts; m: accuracy at the end")
        for m in (options.strengths[0], options.strengths[-1]):
            network = Binarized(tuple(options.hidden), "shared")
            found[f"{n}", f"{m:g}"] = run(options, stream, network, m, f"{n}").mean(2)
            print(f"  {m:<5g} {cell(found[f'{n}', f'{m:g}'][:, -1])}", flush=True)
    return found


@styled
def drawn(two: Found, six: Found, parts: Found) -> Figure:
    """Accuracy after both data sets, after six permutations, and through the parts."""
    figure = new_figure(PAGE, 3.1)
    left, middle, right = figure.subplots(1, 3)
    places = np.arange(len(two))
    for k, (label, colour) in enumerate(zip(("MNIST, first", "Fashion, then"), PALETTE, strict=False)):
        values = np.stack([final[:, k] for final in two.values()])
        left.barh(places + 0.4 * k - 0.2, values.mean(1), 0.4, color=colour, label=label)
        left.plot(values, places + 0.4 * k - 0.2, "k.", markersize=3)
    left.set_yticks(places, [f"{norm}\nm = {m}" for norm, m in two])
    left.invert_yaxis()
    left.set(xlabel="accuracy at the end (%)", xlim=(0, 100))
    left.legend(loc="lower right", bbox_to_anchor=(1.05, 0.97), ncols=2, columnspacing=1)
    strengths = list(dict.fromkeys(m for _, m in six))
    kinds = (("binarized", "binarized", "o-"), ("control", "full precision", "s--"))
    for (name, label, style), colour in zip(kinds, PALETTE, strict=False):
        chosen = {strengths.index(m): v[:, 0] for (kind, m), v in six.items() if kind == name}
        spread = [v.std(ddof=min(1, len(v) - 1)) for v in chosen.values()]
        means = [v.mean() for v in chosen.values()]
        middle.errorbar(list(chosen), means, spread, fmt=style, color=colour, label=label, capsize=2)
    middle.set_xticks(range(len(strengths)), strengths)
    middle.set(xlabel="strength m", ylabel="six permutations: accuracy (%)")
    middle.legend()
    for m, colour in zip(dict.fromkeys(m for _, m in parts), PALETTE, strict=False):
        for (n, given), curve in parts.items():
            if given == m and n == "1":
                right.axhline(curve[:, -1].mean(), color=colour, linestyle=":", label=f"m = {m}, all at once")
            elif given == m:
                right.plot(range(1, curve.shape[1] + 1), curve.mean(0), color=colour, label=f"m = {m}, in parts")
    right.set(xlabel="parts learned", ylabel="Fashion-MNIST: accuracy (%)")
    right.legend()
    return figure


def main() -> None:
    """Run what is not done yet, print it and draw it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="no figure unless all")
    parser.add_argument("--hidden", type=int, nargs="+", default=[128, 128])
    parser.add_argument("--images", type=int, default=5000, help="of a data set or permutation; 0: all")
    parser.add_argument("--tested", type=int, default=6000, help="test images of all tasks; 0: all")
    parser.add_argument("--epochs", type=int, nargs=3, default=[10, 3, 10], help="of the three parts")
    parser.add_argument("--parts-of-data", type=int, default=20, help="the source has 60")
    parser.add_argument("--norms", nargs="+", default=["per task", "shared", "layer"])
    parser.add_argument("--strengths", type=float, nargs="+", default=[0.0, 1.35, 5.0, 20.0])
    parser.add_argument("--rate", type=float, default=5e-3)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cpu, cuda ...")
    parser.add_argument("--out", type=Path, default=Path("runs/metaplastic"))
    add_figure(parser, "learners/metaplastic")
    options = parser.parse_args()
    found = {name: globals()[name](options) for name in PARTS if name in options.only}
    if len(found) == len(PARTS):
        keep(drawn(*found.values()), options.figure)


if __name__ == "__main__":
    main()
