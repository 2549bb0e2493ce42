"""Which mechanism matters? An ablation to copy and edit.

    python scripts/ablate.py --stream split-mnist --samples 8000 --seeds 5

Every condition gets its own learning rate, chosen on validation data with as many trials as the others. A second call
goes on where the first was stopped, and runs the conditions that are new; the table has those of the last call.
"""

from __future__ import annotations

import argparse

import synapses
import tacos
import tasks
from tacos.ablation.table import grid_text

#: All combinations of mechanisms on and off, and w_ref frozen. Edit: add changes with semicolons, or give labels and
#: changes, {"full": "full", "no decay": "heterosynaptic, consolidation", "slow": "dm*0.25"}; see docs/ablate.md.
CONDITIONS = "default"


def main() -> None:
    """Run the ablation, print its grid and table, draw its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stream", default="split-digits")
    parser.add_argument("--samples", type=int, default=None)
    parser.add_argument("--test-samples", type=int, default=None)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--hidden", type=int, default=200)
    parser.add_argument("--out", default=None)
    options = parser.parse_args()

    stream = tasks.named(options.stream, samples=options.samples, test_samples=options.test_samples)
    network = tacos.error_driven(stream, hidden=options.hidden, synapse=synapses.tacos())
    ablation = tacos.ablate(
        network, stream, CONDITIONS, options.seeds, out=options.out, record="w, m; every=10 presentations"
    )
    print(f"{grid_text(ablation)}\n\n{ablation}")
    for path in ablation.save_figures():
        print(path)


if __name__ == "__main__":
    main()
