"""A network that recruits its cells by surprise: a class-incremental stream, and pictures of what it recruited.

python scripts/recruiting.py --stream split-digits --cells 80 --samples 600
python scripts/recruiting.py --stream split-mnist --cells 1000 --samples 8000
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import tacos
import tasks
from tacos import plots
from tacos.figures.of_run import save_figures


def main() -> None:
    """Run what is not done yet, print the table, draw the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stream", default="split-digits")
    parser.add_argument("--scenario", default="class-incremental")
    parser.add_argument("--cells", type=int, default=80)
    parser.add_argument("--samples", type=int, default=600)
    parser.add_argument("--out", type=Path, default=Path("runs/recruiting"))
    options = parser.parse_args()
    # Edges need images that are larger than the digits of scikit-learn.
    transform = None if "digits" in options.stream else "edges"
    stream = tasks.named(options.stream, scenario=options.scenario, samples=options.samples, transform=transform)
    network = tacos.recruiting(stream, options.cells)
    every = max(1, stream.n_presentations // 300)
    result = tacos.run(
        network, stream, 1, out=options.out,
        record=[
            f"hidden: mature; every={every} presentations", "surprise: surprise; every=1 presentation",
            "hidden: spikes", "output: spikes",
        ],
    )  # fmt: skip
    print(result)
    draw(result, stream, options.out / "figures")


def draw(result: tacos.runs.result.Result, stream: tasks.Stream, folder: Path) -> None:
    """Prototypes with what is known of them, recruitment and surprise through the stream, and what every run has."""
    seed = int(result.finished().nonzero()[0][0])
    state = result.state(seed)
    cells = len(state["hidden.mature"])
    weights = state["input-hidden.w"].reshape(stream.n_inputs, cells).T.reshape(cells, *stream.image_shape)
    votes = state["hidden-output.w"].reshape(cells, -1)
    use = np.flatnonzero(state["hidden.mature"])
    shown = use[np.argsort(-state["hidden.confirmations"][use])][:20]
    titles = [
        f"class {votes[k].argmax()}, age {state['hidden.age'][k]:.0f}\nconfirmed {state['hidden.confirmations'][k]:.0f}"
        for k in shown
    ]
    setting = f"{stream.name}, {stream.scenario}, seed {seed}"
    figure = plots.prototypes(weights[shown], titles, outputs=votes[shown], scenario=setting)
    plots.save(figure, folder / "prototypes")
    recorded = result.trajectories("hidden", "mature").isel(replica=0)
    figure = plots.recruitment(
        recorded["time"].values, recorded["mature"].values,
        stream.evaluation_points if stream.has_ends else (), stream.task_names, scenario=setting,
    )  # fmt: skip
    plots.save(figure, folder / "recruitment")
    save_figures(result, folder)
    if stream.has_ends and stream.n_tasks > 1:
        surprised(result, stream, folder, setting)
    print(f"Figures are in {folder}.")


def surprised(result: tacos.runs.result.Result, stream: tasks.Stream, folder: Path, setting: str) -> None:
    """Surprise at the end of presentations around the last boundary, smoothed."""
    recorded = result.trajectories("surprise").isel(replica=0)
    boundary, end = stream.evaluation_points[-2:]
    surprise = np.convolve(recorded["surprise"].values[:, 0], np.ones(11) / 11)[: len(recorded["time"])]
    near = np.abs(recorded["time"].values - boundary) <= 0.6 * (end - boundary)
    figure = plots.trajectories(
        recorded["time"].values[near], surprise[near, None], "surprise", "1", [boundary], stream.task_names[-2:],
        of="neuromodulators", scenario=f"{setting}, mean of the last 11",
    )  # fmt: skip
    plots.save(figure, folder / "surprise")


if __name__ == "__main__":
    main()
