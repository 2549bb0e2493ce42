"""Compare our regularization baselines with those of Hsu et al. 2018 on split-MNIST, in all three scenarios.

    python scripts/reproduce_hsu2018.py --seeds 5
    python scripts/reproduce_hsu2018.py --seeds 5 --scenario class-incremental

Hsu, Liu, Kira 2018, "Re-evaluating Continual Learning Scenarios", arXiv:1810.12488, Table 2 (10 runs). Set-up from
the authors' repository, GT-RIPL/Continual-Learning-Benchmark: images padded to 32 x 32 and normalized, MLP 400-400,
Adam 1e-3 (SGD 0.01), batch 128, 4 epochs, optimizer not reset; coefficients in CASES. LwF and its settings are not in
that repository. The source's accuracies were read for the domain-incremental scenario only. In the class-incremental
one its loss leaves out the outputs of classes that were not met yet; ours is over all ten.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import tasks
from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.networks import MLP
from tacos.measures.agreement import agreement_text
from tacos.measures.paired import mean_cell, mean_sd

NETWORK = MLP((400, 400), pad=2, mean=0.1, sd=0.2752)
ADAM, SGD = Training("adam", 1e-3, 128), Training("sgd", 1e-2, 128)
#: Row, method and training.
CASES = (
    ("None, Adam", "naive", ADAM),
    ("None, SGD", "naive", SGD),
    ("L2", "l2", ADAM),
    ("EWC", "ewc", ADAM),
    ("online EWC", "online-ewc", ADAM),
    ("SI", "si", ADAM),
    ("MAS", "mas", ADAM),
    ("LwF", "lwf", ADAM),
    ("joint", "joint", ADAM),
)
#: Strengths by scenario, in our units. The repository takes the mean over a task's outputs where MAS takes the sum: its
#: coefficients (10000, 1, 1) are divided by their number.
STRENGTHS = {
    "domain-incremental": {"l2": 0.5, "ewc": 100.0, "online-ewc": 700.0, "si": 3000.0, "mas": 5000.0},
    "class-incremental": {"l2": 100.0, "ewc": 600.0, "online-ewc": 100.0, "si": 600.0, "mas": 0.1},
    "task-incremental": {"l2": 0.01, "ewc": 100.0, "online-ewc": 400.0, "si": 300.0, "mas": 0.5},
}
#: What else differs from our defaults.
OPTIONS: dict[str, dict[str, Any]] = {
    "ewc": {"labels": "predicted"}, "online-ewc": {"labels": "predicted"},
    "si": {"damping": 0.1, "rectified": False}, "mas": {"batch": 128}, "lwf": {"growing": True},
}  # fmt: skip
#: Mean and sd (%) of the source's ten runs, domain-incremental, in the order of the cases.
SOURCE = (
    (55.16, 1.38), (63.20, 0.35), (66.00, 3.73), (58.85, 2.59), (57.33, 1.44), (64.76, 3.09), (68.57, 6.85),
    (71.02, 1.26), (98.59, 0.15),
)  # fmt: skip


def main() -> None:
    """Run what is not done yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", choices=list(STRENGTHS), default="domain-incremental")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs/hsu2018"))
    options = parser.parse_args()
    stream = tasks.split("mnist", classes_per_task=2, scenario=options.scenario, passes=4)
    print(f"{stream}; {options.seeds} seeds")
    rows, strengths = [], STRENGTHS[options.scenario] | {"lwf": 1.0}
    for (label, name, training), (mean, sd) in zip(CASES, SOURCE, strict=True):
        values = OPTIONS.get(name, {}) | ({"strength": strengths[name]} if name in strengths else {})
        result = baselines.run(
            baselines.named(name, **values), stream, options.seeds, network=NETWORK, training=training,
            out=options.out / options.scenario / label.replace(", ", "-").replace(" ", "-"), label=label,
            processes=options.processes,
        )  # fmt: skip
        ours = result.accuracy_matrix[:, -1].mean(axis=1) * 100
        if options.scenario == "domain-incremental":
            rows.append((label, mean, sd, 10, ours))
            print(agreement_text(rows[-1:]).splitlines()[-1], flush=True)
        else:
            print(f"{label:<14}{mean_cell(*mean_sd(ours), 1)}", flush=True)
    if rows:
        print(f"\n{agreement_text(rows)}")


if __name__ == "__main__":
    main()
