"""Write protection: what a stimulus leaves, alone, when it is repeated, and with a neuromodulator.

    python scripts/reproduce/ziegler.py

One synapse of the Ziegler-type model, whose form is ours. Spikes run in steps of 1 ms, the hours between them in steps
of 5 s, with PyTorch; about a minute.
"""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
from drawing import figure_path, keep
from long_times import Timeline
from matplotlib.figure import Figure

import synapses
import tacos
from tacos.backends import Choice
from tacos.networks.populations import stimulus
from tacos.plots import style
from tasks import IMAGE, TARGET, Raster

HOUR, MINUTE = 3600.0, 60.0
STEPS = 2000
KEYS = ("pre-cell.w", "pre-cell.T", "pre-cell.z")


def networks(silent_step: float = 5.0) -> dict[str, tacos.Network]:
    """A presynaptic neuron and a cell that fire as they are told (for 2 s), and the same in silence (a minute).

    The first input is the presynaptic neuron, the second makes the cell fire one step later.
    """
    model = synapses.ziegler()
    cell = tacos.Population(
        "cell", 1, "V : 1", "V > 0.5", "V -= 1", receptors={"current": "V += 0*efficacy", "told": "V += efficacy"}
    )

    def network(synapse: synapses.Synapse, duration: float, dt: float) -> tacos.Network:
        return tacos.Network(
            (stimulus("pre", 2, Raster()), cell, stimulus("novel", 1, Raster(), TARGET)),
            (
                tacos.Projection("pre", "cell", synapse, connectivity=tacos.Connect([(0, 0)])),
                tacos.Projection("pre", "cell", synapses.static(), "told", tacos.Connect([(1, 0)]), name="told"),
            ),
            duration, dt, readout="cell", signals={"novelty": ("novel",)},
        )  # fmt: skip

    return {
        "stimulated": network(model, STEPS * 1e-3, 1e-3),
        "silent": network(model.without("induction"), 60.0, silent_step),
    }


def shown(pairs: int = 0, novelty: int = 0, lag: int = 3) -> dict[str, np.ndarray]:
    """Pairs at 50 Hz, pre ``lag`` ms before post, and a dose of the neuromodulator."""
    spikes, dose = np.zeros((1, STEPS, 2)), np.zeros((1, STEPS, 1))
    spikes[0, : 20 * pairs : 20, 0] = 1
    spikes[0, lag - 1 : 20 * pairs + lag - 1 : 20, 1] = 1
    dose[0, 0 : 2 * novelty : 2] = 1
    return {IMAGE: spikes.reshape(STEPS, 2), TARGET: dose.reshape(STEPS, 1)}


EXPERIMENTS = {  # times in minutes, pairs, dose of the neuromodulator
    "one stimulus": [(5, 80, 0)],
    "six stimuli": [(5 + 5 * k, 80, 0) for k in range(6)],
    "one stimulus, neuromodulator": [(5, 80, 3)],
    "neuromodulator alone": [(5, 0, 3)],
}


def experiment(simulators: Any, stimuli: list[tuple[int, int, int]], hours: float = 5.0) -> tuple[np.ndarray, Any]:
    """Times in hours, and the three variables, ``[time, variable]``."""
    timeline = Timeline(networks(), KEYS, 1, Choice("torch", dtype="float64"), simulators)
    for minute, pairs, dose in stimuli:
        timeline.run("silent", max(round(minute - timeline.time / MINUTE), 1))
        timeline.run("stimulated", 1, shown(pairs, dose))
    timeline.run("silent", round(60 * hours - timeline.time / MINUTE))
    times, records = timeline.traces()
    return times / HOUR, np.concatenate([records[key] for key in KEYS], axis=1)


@style.styled
def figure(found: dict[str, Any]) -> Figure:
    """Efficacy, tag and scaffold over time."""
    drawn = style.new_figure(style.PAGE, 3.9)
    panels = drawn.subplots(2, 2, sharex=True, sharey=True)
    for axes, (title, (times, values)) in zip(panels.flat, found.items(), strict=True):
        for k, name in enumerate(("efficacy w", "tag T", "scaffold z")):
            axes.plot(times, values[:, k], color=style.PALETTE[k], label=name, linestyle=("-", "--", "-.")[k])
        axes.axhline(0, color=style.GREY, linewidth=0.6, linestyle=":")
        axes.set_title(title)
    for axes in panels[-1]:
        axes.set_xlabel(style.axis_label("time", "h"))
    for axes in panels[:, 0]:
        axes.set_ylabel("state (dimensionless)")
    handles, labels = panels.flat[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=3)
    return drawn


def main() -> None:
    """Run the four experiments, print where they end, draw."""
    path = figure_path(__doc__, "models/ziegler")
    matplotlib.use("Agg")
    simulators = Timeline(networks(), choice=Choice("torch", dtype="float64")).simulators
    found = {}
    for title, stimuli in EXPERIMENTS.items():
        times, values = found[title] = experiment(simulators, stimuli)
        up = times[values[:, 0] > 0]
        print(f"{title}: w, T, z at the end {values[-1].round(2)}, at most {values.max(axis=0).round(2)}; "
              f"w above zero until {up.max() if up.size else 0:.2f} h")  # fmt: skip
    keep(figure(found), path)


if __name__ == "__main__":
    main()
