"""Choose the learning rate of each condition on validation data, every condition with the same number of trials.

    python scripts/choose_learning_rate.py --stream split-mnist --samples 8000 --seeds 1

A lower learning rate alone retains more, so a condition is only compared fairly at its own best rate. Each condition
gets a grid of factors around its starting value, tested on held-out training images; the test split is not touched.
Finished runs are kept and not run again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import tacos
import tasks
from tacos.ablation.grid import changed, label
from tacos.runs.declaring import declare
from tacos.runs.folder import folder_name
from tacos.runs.jobs import Job
from tacos.runs.running import Running
from tacos.tuning import Closing, Trial, run_trials, tune

#: Mechanisms taken out, and the learning rate (input-hidden; a tenth of it hidden-output) around which to look.
CONDITIONS = {
    "all mechanisms": ((), 0.08),
    "no mechanism": (("metaplasticity", "heterosynaptic", "consolidation", "neuromodulation"), 1e-3),
}


def main() -> None:
    """Run the grid and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stream", default="split-mnist")
    parser.add_argument("--samples", type=int, default=8000)
    parser.add_argument("--test-samples", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--factors", type=float, nargs="+", default=[0.3, 0.7, 1.0, 2.0])
    parser.add_argument("--rounds", type=int, default=0, help="how often two more are tried around the best, or beyond")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--processes", type=int, default=None)
    parser.add_argument("--out", type=Path, default=Path("runs/learning-rate"))
    options = parser.parse_args()

    stream = tasks.named(
        options.stream, samples=options.samples, test_samples=options.test_samples, held_out="validation"
    )
    whole, running = (
        tacos.error_driven(stream),
        Running(dtype=options.dtype, processes=options.processes, progress=False),
    )
    networks = {
        condition: whole.without(*out).with_parameters(**{"input-hidden.eta": eta, "hidden-output.eta": eta / 10})
        for condition, (out, eta) in CONDITIONS.items()
    }

    def trial(tried: Trial) -> Job:
        network = changed(networks[tried.subject], tried.constants)
        folder = options.out / f"{options.stream}-{options.samples}" / folder_name(label(tried))
        return declare(network, stream, options.seeds, running, folder, label=label(tried))

    search = Closing("eta", tuple(options.factors), options.rounds)
    found = tune(dict.fromkeys(networks, search), lambda trials: run_trials(trials, trial, running))
    print(f"{stream}\n{'condition':<18}{'eta':>9}  average accuracy on validation data")
    for condition, outcomes in found.items():
        for one in outcomes:
            eta = CONDITIONS[condition][1] * one.trial.constants["eta"]
            print(f"{condition:<18}{eta:>9.2g}  {one.reason or f'{100 * one.score:.1f} %'}")


if __name__ == "__main__":
    main()
