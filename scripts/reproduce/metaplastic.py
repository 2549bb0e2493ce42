"""Metaplastic binarized networks: two data sets, six permutations, and one data set in parts.

    python scripts/reproduce/metaplastic.py                         # what docs/learners/metaplastic.md shows: an hour
    python scripts/reproduce/metaplastic.py --size small            # a quarter of an hour
    python scripts/reproduce/metaplastic.py --size published --device cuda    # as in the source

After Laborieux et al. 2021, figures 2 to 4. Finished seeds are kept in the folder, and not run again.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Size:
    """How large one part is; images are those of a data set or a permutation, all for None."""

    hidden: tuple[int, int]
    images: int | None
    tested: int | None  # of all tasks
    epochs: int
    strengths: tuple[float, ...]
    seeds: int
    norms: tuple[str, ...] = ("per task", "shared", "layer")
    parts: int = 20  # of the stream of subsets


SIZES = {
    "small": {
        "fashion": Size((128, 128), 5000, 6000, 10, (0.0, 20.0), 2),
        "permuted": Size((128, 128), 5000, 6000, 3, (0.0, 1.35, 5.0, 20.0), 2),
        "subsets": Size((128, 128), 5000, 6000, 10, (0.0, 20.0), 2),
    },
    "table": {
        "fashion": Size((512, 512), 10_000, 6000, 10, (0.0, 20.0), 2, ("per task", "layer")),
        "permuted": Size((256, 256), 20_000, 12_000, 3, (0.0, 0.5, 1.35, 5.0), 3),
        "subsets": Size((256, 256), None, None, 5, (0.0, 2.5), 2, parts=60),
    },
    "published": {
        "fashion": Size((4096, 4096), None, None, 50, (0.0, 1.5), 2),
        "permuted": Size((4096, 4096), None, None, 40, (0.0, 0.5, 1.35), 2),
        "subsets": Size((1024, 1024), None, None, 20, (0.0, 2.5), 2, parts=60),
    },
}
#: Final accuracies in percent, ``[seed, task]``, by what was run.
Found = dict[tuple[str, ...], np.ndarray]


def run(
    options: argparse.Namespace, size: Size, stream: tasks.Stream, network: Hidden, m: float, name: str
) -> np.ndarray:
    """Accuracies in percent, ``[seed, trained on, tested on]``."""
    method = "metaplastic" if isinstance(network, Binarized) else "metaplastic-control"
    result = baselines.run(
        baselines.named(method, strength=m), stream, size.seeds, network=network,
        training=Training("adam", options.rate, 100, options.device), processes=options.processes,
        out=options.out / options.size / f"{stream.name}-{name}-m-{m:g}", label=f"{network}, m = {m:g}",
    )  # fmt: skip
    return 100 * result.accuracy_matrix


def cell(values: np.ndarray) -> str:
    """Mean and standard deviation over seeds."""
    return f"{values.mean():5.1f} +- {values.std(ddof=1) if len(values) > 1 else 0:.1f}"


def shown(size: Size, n: int = 1) -> dict[str, int | None]:
    """Options of a stream that shows the images of so many data sets."""
    samples = None if size.images is None else n * size.images
    return {"samples": samples, "passes": size.epochs, "test_samples": size.tested}


def fashion(options: argparse.Namespace, size: Size) -> Found:
    """MNIST, then Fashion-MNIST."""
    stream = tasks.consecutive(("mnist", "fashion-mnist"), **shown(size, 2))
    print(f"{stream}\nnormalization, m: MNIST when it was learned, MNIST and Fashion-MNIST at the end")
    found: Found = {}
    for norm in size.norms:
        for m in size.strengths:
            matrix = run(options, size, stream, Binarized(size.hidden, norm), m, norm.replace(" ", "-"))
            found[norm, f"{m:g}"] = matrix[:, -1]
            cells = "  ".join(map(cell, (matrix[:, 0, 0], matrix[:, 1, 0], matrix[:, 1, 1])))
            print(f"  {norm:9s} {m:<5g} {cells}", flush=True)
    return found


def permuted(options: argparse.Namespace, size: Size) -> Found:
    """Six permuted MNISTs, and the network of full precision as a control."""
    stream = tasks.permuted("mnist", tasks=6, **shown(size, 6))
    print(f"{stream}\nnetwork, m: mean over tasks at the end, and the newest of them")
    found: Found = {}
    for name, kind in (("binarized", Binarized), ("control", FullPrecision)):
        for m in size.strengths:
            end = run(options, size, stream, kind(size.hidden, "per task"), m, name)[:, -1]
            found[name, f"{m:g}"] = end.mean(1, keepdims=True)
            print(f"  {name:9s} {m:<5g} {cell(end.mean(1))}  {cell(end[:, -1])}", flush=True)
    return found


def subsets(options: argparse.Namespace, size: Size) -> Found:
    """Fashion-MNIST in parts, against all at once."""
    found: Found = {}
    for n in (1, size.parts):
        stream = tasks.subsets("fashion-mnist", n, **shown(size))
        print(f"{n} parts; m: accuracy at the end")
        for m in size.strengths:
            found[f"{n}", f"{m:g}"] = run(options, size, stream, Binarized(size.hidden, "shared"), m, f"{n}").mean(2)
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
    low, high = right.get_ylim()
    right.set(xlabel="parts learned", ylabel="Fashion-MNIST: accuracy (%)", ylim=(low - 0.4 * (high - low), high))
    right.legend()
    return figure


def main() -> None:
    """Run what is not done yet, print it and draw it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="no figure unless all")
    parser.add_argument("--size", choices=SIZES, default="table")
    parser.add_argument("--rate", type=float, default=5e-3)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cpu, cuda ...")
    parser.add_argument("--out", type=Path, default=Path("runs/metaplastic"))
    add_figure(parser, "learners/metaplastic")
    options = parser.parse_args()
    sizes = SIZES[options.size]
    found = {name: globals()[name](options, sizes[name]) for name in PARTS if name in options.only}
    if len(found) == len(PARTS):
        keep(drawn(*found.values()), options.figure)


if __name__ == "__main__":
    main()
