"""Draw what some synapses of a finished run went through: the most changed, or those that ended consolidated.

    tacos run split-digits --record 'input-hidden: w, w_ref, m; synapses=all; every=10 presentations' --out runs/mine
    python scripts/plot_trajectories.py runs/mine --state w --above-m 1

The figures go to RUN/figures/chosen.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import tacos
from tacos import plots
from tacos.recordings import selecting


def main() -> None:
    """Choose synapses, and draw their state through the stream and against metaplasticity."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run")
    parser.add_argument("--projection", default="input-hidden")
    parser.add_argument("--state", default="w")
    parser.add_argument("--changed", type=int, default=200, help="how many of the most changed")
    parser.add_argument("--above-m", type=float, default=None, help="instead those whose m ends above this value")
    parser.add_argument("--replica", type=int, default=0)
    options = parser.parse_args()

    result = tacos.load(options.run)
    recorded = result.trajectories(options.projection, options.state).isel(replica=options.replica)
    if options.above_m is None:
        chosen = selecting.most_changed(recorded, options.state, options.changed)
    else:
        chosen = selecting.where(recorded, "m", above=options.above_m)

    seed = int(recorded["seed"])
    setting = f"{result.dataset.attrs['scenario']}, {options.projection}, seed {seed}"
    ends = result.dataset["presentations_seen"].values
    time, values, m = chosen["time"].values, chosen[options.state], chosen["m"]
    figures = {
        "trajectories": plots.trajectories(
            time, values, options.state, values.units, ends, result.dataset["task_name"].values, scenario=setting
        ),
        "phase": plots.phase_plot(
            time, m, values, ("m", options.state), (m.units, values.units), ends, scenario=setting
        ),
    }
    for name, figure in figures.items():
        print(plots.save(figure, Path(options.run) / "figures" / "chosen" / f"{name}_{options.state}")[0])


if __name__ == "__main__":
    main()
