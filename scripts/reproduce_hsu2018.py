"""Compare our regularization baselines with those of Hsu et al. 2018, domain-incremental split-MNIST.

    python scripts/reproduce_hsu2018.py --seeds 5

Hsu, Liu, Kira 2018, "Re-evaluating Continual Learning Scenarios", arXiv:1810.12488, Table 2 (10 runs). Set-up from
the authors' repository, GT-RIPL/Continual-Learning-Benchmark: images padded to 32 x 32 and normalized, MLP 400-400,
Adam 1e-3 (SGD 0.01), batch 128, 4 epochs, optimizer not reset; coefficients in CASES. LwF and its settings are not in
that repository.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import tasks
from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.networks import MLP
from tacos.tables import agreement_text

NETWORK = MLP((400, 400), pad=2, mean=0.1, sd=0.2752)
ADAM, SGD = Training("adam", 1e-3, 128), Training("sgd", 1e-2, 128)
#: Row, method, its options in our units, training, and mean and sd (%) of the source.
CASES = (
    ("None, Adam", "naive", {}, ADAM, 55.16, 1.38),
    ("None, SGD", "naive", {}, SGD, 63.20, 0.35),
    ("L2", "l2", {"strength": 0.5}, ADAM, 66.00, 3.73),
    ("EWC", "ewc", {"strength": 100.0, "labels": "predicted"}, ADAM, 58.85, 2.59),
    ("online EWC", "online-ewc", {"strength": 700.0, "labels": "predicted"}, ADAM, 57.33, 1.44),
    ("SI", "si", {"strength": 3000.0, "damping": 0.1, "rectified": False}, ADAM, 64.76, 3.09),
    # The repository takes the mean over the two outputs where MAS takes the sum: half of its 10000.
    ("MAS", "mas", {"strength": 5000.0, "batch": 128}, ADAM, 68.57, 6.85),
    ("LwF", "lwf", {"strength": 1.0, "growing": True}, ADAM, 71.02, 1.26),
    ("joint", "joint", {}, ADAM, 98.59, 0.15),
)


def main() -> None:
    """Run what is not done yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("runs/hsu2018"))
    options = parser.parse_args()
    stream = tasks.split("mnist", classes_per_task=2, scenario="domain-incremental", passes=4)
    rows = []
    for label, name, values, training, mean, sd in CASES:
        result = baselines.run(
            baselines.named(name, **values), stream, options.seeds, network=NETWORK, training=training,
            out=options.out / label.replace(", ", "-").replace(" ", "-"), label=label, processes=options.processes,
        )  # fmt: skip
        rows.append((label, mean, sd, 10, result.accuracy_matrix[:, -1].mean(axis=1) * 100))
        print(agreement_text(rows[-1:]).splitlines()[-1], flush=True)
    print(f"\n{stream}\n{agreement_text(rows)}")


if __name__ == "__main__":
    main()
