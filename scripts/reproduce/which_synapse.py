"""A table of which of the literature's synapses protects a network that learns a stream.

    python scripts/reproduce/which_synapse.py                              # 2,000 images, 2 seeds
    python scripts/reproduce/which_synapse.py --samples 8000 --seeds 5 --rounds 2

The error-driven network with one synapse after the other. Each has its own learning rate, chosen on validation data
with as many trials as the others, on a seed that is not tested; then all are tested on the same seeds. What has
finished is not run again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from drawing import add_figure, keep
from matplotlib.figure import Figure

import synapses
import tacos
import tasks
from synapses import Synapse
from tacos.ablation.grid import changed, label
from tacos.measures.metrics import average_accuracy, learning_accuracy
from tacos.networks.network import Network
from tacos.plots.style import GREY, PAGE, PALETTE, new_figure, set_title, styled
from tacos.runs.declaring import declare
from tacos.runs.folder import folder_name
from tacos.runs.jobs import Job
from tacos.runs.running import Running
from tacos.tuning import Closing, Trial, best, nothing_chosen, run_trials, tune

#: Title, synapse, and the learning rate around which is looked (input-hidden; a tenth of it hidden-output).
SYNAPSES: dict[str, tuple[Synapse, float]] = {
    "error feedback alone": (synapses.tacos().only("error feedback"), 3e-3),
    "TACOS": (synapses.tacos(), 0.08),
    "chain on error feedback": (synapses.error_driven_chain(), 3e-3),
    "binary, m = 0": (synapses.binary().without("metaplasticity"), 3e-3),
    "binary": (synapses.binary(), 3e-3),
    "quantized": (synapses.quantized(), 3e-3),
    "Bayesian": (synapses.bayesian(), 1.0),
}
CHOICE_SEED = 1000


def main() -> None:
    """Choose learning rates, run the table, print and draw it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stream", default="split-mnist")
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--test-samples", type=int, default=500)
    parser.add_argument("--hidden", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--factors", type=float, nargs="+", default=[0.3, 1.0, 3.0])
    parser.add_argument("--rounds", type=int, default=0, help="how often two more are tried around the best, or beyond")
    parser.add_argument("--synapses", nargs="+", choices=SYNAPSES, default=list(SYNAPSES), metavar="TITLE")
    parser.add_argument("--processes", type=int, default=None)
    parser.add_argument("--out", type=Path, default=Path("runs/which-synapse"))
    add_figure(parser, "models/which_synapse")
    options = parser.parse_args()

    stream = tasks.named(options.stream, samples=options.samples, test_samples=options.test_samples)
    validation = stream.with_options(held_out="validation")
    running = Running(processes=options.processes, progress=False)
    networks = {title: network(stream, options.hidden, *SYNAPSES[title]) for title in options.synapses}
    folder = options.out / f"{options.stream}-{options.samples}-{options.hidden}"

    def trial(tried: Trial) -> Job:
        tuned = changed(networks[tried.subject], tried.constants)
        path = folder / "grid" / folder_name(label(tried))
        return declare(tuned, validation, [CHOICE_SEED], running, path, label=label(tried))

    search = Closing("eta", tuple(options.factors), options.rounds)
    found = tune(dict.fromkeys(networks, search), lambda trials: run_trials(trials, trial, running))
    accuracies: dict[str, np.ndarray] = {}
    print(f"{stream}, {options.hidden} hidden, {options.seeds} seeds, mean and standard deviation over seeds")
    print(f"{'synapse':<26}{'eta':>9}   at the end       right after learning")
    for title, outcomes in found.items():
        chosen = best(outcomes)
        if chosen is None:
            print(f"{title:<26}{nothing_chosen(outcomes)}")
            continue
        result = tacos.run(
            changed(networks[title], chosen.trial.constants), stream, options.seeds, label=title,
            out=folder / "test" / folder_name(title), running=running,
        )  # fmt: skip
        accuracies[title] = result.dataset["accuracy"].values
        edge = search.at_edge(outcomes)
        rate = SYNAPSES[title][1] * chosen.trial.constants["eta"]
        ends, learned = average_accuracy(accuracies[title]), learning_accuracy(accuracies[title])
        print(
            f"{title:<26}{rate:>9.2g}   {said(ends)}   {said(learned)}   {f'({edge} that was tried)' if edge else ''}"
        )
    keep(drawn(accuracies, str(stream), options.seeds), options.figure)


def network(stream: tasks.Stream, hidden: int, synapse: Synapse, eta: float) -> Network:
    """The error-driven network with a synapse at the learning rate around which is looked."""
    built = tacos.error_driven(stream, hidden=hidden, synapse=synapse)
    return built.with_parameters(**{"input-hidden.eta": eta, "hidden-output.eta": eta / 10})


def said(fractions: np.ndarray) -> str:
    """Mean and standard deviation in percent."""
    spread = f"+- {100 * np.std(fractions, ddof=1):4.1f}" if len(fractions) > 1 else ""
    return f"{100 * np.mean(fractions):5.1f} {spread} %"


@styled
def drawn(accuracies: dict[str, np.ndarray], stream: str, seeds: int) -> Figure:
    """Bars: average accuracy at the end of the stream; ticks: right after each task was learned; dots: seeds."""
    figure = new_figure(PAGE, 1.4 + 0.32 * len(accuracies))
    set_title(figure, "Which synapse protects a network that learns a stream?", f"{stream}, {seeds} seeds")
    axes = figure.add_subplot()
    for row, matrix in enumerate(accuracies.values()):
        ends, learned = average_accuracy(matrix), learning_accuracy(matrix)
        names = ("at the end of the stream", "right after learning", "one seed") if row == 0 else (None,) * 3
        axes.barh(row, 100 * np.mean(ends), height=0.6, color=PALETTE[0], label=names[0])
        axes.plot(100 * np.mean(learned), row, "|", color=PALETTE[1], markersize=14, markeredgewidth=2, label=names[1])
        axes.plot(100 * ends, [row] * len(ends), "o", color=GREY, markersize=3, label=names[2])
    axes.axvline(50, color=GREY, linestyle=":", linewidth=0.8)
    axes.set_yticks(range(len(accuracies)), list(accuracies))
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("average accuracy over all tasks (%); dotted: guessing")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


if __name__ == "__main__":
    main()
