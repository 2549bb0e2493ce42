"""The whole table of the claim: the recruiting network beside every other method, on eight streams.

    python scripts/claim.py                                       # all of it; given again, it goes on where it was
    python scripts/claim.py --parts class --data mnist            # a part
    python scripts/claim.py --samples 600 --seeds 2 --long 0      # a look

Streams: split-MNIST and split-Fashion-MNIST, domain- and class-incremental, with edges and with raw pixels. On each:
8,000 images, all methods, tuned; then all images, the recruiting network, the anchors, and the two regularizers that
were best on the validation data of the first. Of the recruiting network its rate of recruitment is chosen on validation
data, beginning with the declared one and going on as long as the best lies at an end of what was tried.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import tasks
from tacos import baselines
from tacos.comparison import Comparison, Plan, compare
from tacos.measures.paired import difference_cell, mean_cell, mean_sd, p_cell
from tacos.runs.running import Running

ANCHORS = ("class-mean", "streaming-lda", "ridge", "fly")
REGULARIZERS = ("naive", "l2", "ewc", "online-ewc", "si", "mas", "lwf", "streaming-ewc")
STORED = ("replay", "joint")


def short(stream: tasks.StreamLike, out: Path, options: argparse.Namespace) -> Plan:
    """All methods, on some of the images."""
    return Plan(
        stream.with_options(samples=options.samples), out, network="recruiting",
        methods=tuple(options.methods.split(",")), networks=tuple(options.networks.split(",")),
        epochs=tuple(map(int, options.epochs.split(","))), seeds=options.seeds, eta_factors=(1.0,), ceilings=False,
        running=Running(processes=options.processes),
    )  # fmt: skip


def long(plan: Plan, found: Comparison, out: Path, options: argparse.Namespace) -> Plan:
    """All images: the anchors, and the two best regularizers by validation data, each in one pass on the MLP."""
    methods = {baselines.method_class(name).title: name for name in REGULARIZERS if name != "naive"}
    rows = [row for row in found.rows if row.label in methods and row.epochs == 1 and row.network.startswith("MLP")]
    best = {methods[row.label]: max((t.get("accuracy", 0.0) for t in row.trials), default=0.0) for row in rows}
    chosen = sorted(best, key=lambda name: -best[name])[:2]
    chosen += [name for name in plan.methods if name in ANCHORS]
    return replace(
        plan, stream=plan.stream.with_options(samples=None), out=out, methods=tuple(chosen), networks=("mlp",),
        epochs=(1,), seeds=options.long,
    )  # fmt: skip


def parts(options: argparse.Namespace) -> Iterator[tuple[str, tasks.StreamLike]]:
    """Streams by name."""
    for data, scenario, images in product(*(text.split(",") for text in (options.data, options.parts, options.images))):
        transform = {} if images == "raw" else {"transform": images}
        yield f"{data}-{scenario}-{images}", tasks.split(data, scenario=f"{scenario}-incremental", **transform)


def across(found: dict[str, Comparison]) -> str:
    """Accuracy of every row on every stream, and what the first row has more, in Markdown."""
    names = list(dict.fromkeys((row.label, row.network, row.epochs) for one in found.values() for row in one.rows))
    head = ["method", "keeps", "is told", *(f"{stream} | first row minus it" for stream in found)]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * (3 + 2 * len(found))]
    for name in names:
        cells: list[str] = []
        for one in found.values():
            rows = {(row.label, row.network, row.epochs): k for k, row in enumerate(one.rows)}
            if name not in rows:
                cells += ["", ""]
                continue
            row, more = one.rows[rows[name]], one.differences().loc[rows[name]]
            decided = "" if not more["p"] >= 0.001 else f", p = {p_cell(more['p'])}"
            difference = difference_cell(more["difference"], more["low"], more["high"]) + decided
            cells += [mean_cell(*mean_sd(row.accuracy.values())), difference if rows[name] else ""]
        keeps = "images" if row.stores_data else "a matrix" if row.keeps_matrix else "no"
        told = "ends of tasks" if row.boundaries else "nothing"
        lines.append(f"| {' | '.join([f'{name[0]}, {name[1]}', keeps, told, *cells])} |")
    return "\n".join(lines)


def main() -> None:
    """Run what is not done yet, print each table, and how long it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist,fashion-mnist")
    parser.add_argument("--parts", default="domain,class", help="scenarios")
    parser.add_argument("--images", default="edges,raw")
    parser.add_argument("--networks", default="mlp,snn,error-driven", help="of the baselines")
    parser.add_argument("--methods", default=",".join((*REGULARIZERS, *STORED, *ANCHORS)))
    parser.add_argument("--epochs", default="1,4")
    parser.add_argument("--samples", type=int, default=8000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--long", type=int, default=5, help="seeds with all images; 0 for none")
    parser.add_argument("--processes", type=int, default=None)
    parser.add_argument("--out", type=Path, default=Path("runs/claim"))
    options = parser.parse_args()
    streams, began, all_found = dict(parts(options)), time.monotonic(), {}
    for done, (name, stream) in enumerate(streams.items()):
        plan = short(stream, options.out / name, options)
        found = all_found[name] = compare(plan)
        print(f"\n{found}\n")
        if options.long:
            print(f"{compare(long(plan, found, options.out / f'{name}-all', options))}\n")
        minutes = (time.monotonic() - began) / 60
        left = minutes / (done + 1) * (len(streams) - done - 1)
        print(f"{done + 1} of {len(streams)} streams: {minutes:.0f} min, about {left:.0f} min left\n", flush=True)
    print(across(all_found))


if __name__ == "__main__":
    main()
