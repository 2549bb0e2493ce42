"""Synaptic tagging and capture: what is left of a tetanus after hours, and what proteins have to do with it.

    python scripts/reproduce/tag_trigger_consolidation.py

Two pathways of 100 synapses onto one cell, as in the code of Clopath et al. 2008. Stimuli run in steps of 1 ms, the
silent hours between them in steps of 1 s. Two programs are compiled once, half a minute each; then some ten seconds.
"""

from __future__ import annotations

from dataclasses import replace

import matplotlib
import numpy as np
from drawing import figure_path, keep
from long_times import Timeline
from matplotlib.figure import Figure

import synapses
import tacos
from synapses import Parameter
from tacos.networks.adex import adaptive_exponential
from tacos.plots import style
from tasks import IMAGE

SIZE = 100  # synapses of a pathway
MINUTE, HOUR = 60.0, 3600.0


def networks(silent_step: float = 1.0, tags: str = "random") -> dict[str, tacos.Network]:
    """The cell while it is stimulated (presentations of 1 s), and while it is not (of a minute).

    Parameters
    ----------
    silent_step : float
        Time step in seconds while nothing happens.
    tags : str
        See :func:`synapses.tag_trigger_consolidation`.
    """
    model = synapses.tag_trigger_consolidation(tags)
    pulses = tacos.Population(
        "input",
        2 * SIZE,
        threshold="step % period == 0 and step < stimulus*period",  # the stimulus is a number of pulses
        parameters=(Parameter("period", 10.0, "steps from pulse to pulse"),),
        channel=IMAGE,
    )
    cell = adaptive_exponential("cell", 1, jump="0.0805 pA")  # as the authors' code computes
    stimulated = tacos.Network(
        (pulses, cell), (tacos.Projection("input", "cell", model),), 1.0, 1e-3, "1 ms", readout="cell"
    )
    rest = tacos.Population("cell", 1, "heard : 1", receptors={"current": "heard += efficacy"})
    silent = tacos.Network(
        (replace(pulses, threshold="step < 0", channel=""), rest),
        (tacos.Projection("input", "cell", model.without("high tag", "low tag")),),
        MINUTE, silent_step, readout="cell",
    )  # fmt: skip
    return {"stimulated": stimulated, "silent": silent}


def shown(pathway: int, pulses: int, n: int = 1) -> dict[str, np.ndarray]:
    """Pulses to all synapses of one pathway, in each of n seconds."""
    values = np.zeros((n, 2 * SIZE))
    values[:, pathway * SIZE : (pathway + 1) * SIZE] = pulses
    return {IMAGE: values}


def stimulate(timeline: Timeline, kind: str, pathway: int, parameters: dict[str, float]) -> None:
    """One of the four protocols."""
    if kind == "weak tetanus":
        timeline.run("stimulated", 1, shown(pathway, 21), parameters)
    elif kind == "strong tetanus":
        for burst in range(3):
            timeline.run("stimulated", 1, shown(pathway, 100), parameters)
            if burst < 2:
                timeline.run("silent", 10, parameters=parameters)
    elif kind == "weak low frequency":
        timeline.run("stimulated", 900, shown(pathway, 1, 900), parameters)
    else:
        timeline.run("stimulated", 900, shown(pathway, 3, 900), parameters | {"input.period": 50.0})


def experiment(simulators, first: str, second: str = "", blocked: bool = False, seed: int = 1, hours: float = 8.0):
    """Half an hour of rest, a protocol on one pathway, after an hour perhaps one on the other, rest.

    Returns
    -------
    hours, strength, high, low, late, proteins
        Times since the start of the first protocol; strength relative to rest, and the states, ``[time, pathway]``.
    """
    keys = ["input-cell.left_h", "input-cell.left_l", "input-cell.z", "cell.p"]
    made = networks()
    timeline = Timeline(made, keys, seed, simulators=simulators)
    parameters = {"cell.synthesis": 0.0} if blocked else {}
    timeline.run("silent", 30)
    stimulate(timeline, first, 0, parameters)
    if second:
        timeline.run("silent", round((90 * MINUTE - timeline.time) / MINUTE), parameters=parameters)
        stimulate(timeline, second, 1, parameters)
    timeline.run("silent", round(((hours + 0.5) * HOUR - timeline.time) / MINUTE), parameters=parameters)
    times, records = timeline.traces()
    h, l = (records[key].reshape(-1, 2, SIZE) > 0 for key in keys[:2])
    z = records[keys[2]].reshape(-1, 2, SIZE)
    weight = (1 + h - 0.5 * l + 2 * z).mean(axis=2)
    return times / HOUR - 0.5, weight / weight[0], h.sum(axis=2), l.sum(axis=2), z.mean(axis=2), records["cell.p"][:, 0]


EXPERIMENTS = {  # title of a panel: protocols on the two pathways, whether synthesis is blocked
    "weak tetanus": ("weak tetanus", "", False),
    "strong tetanus": ("strong tetanus", "", False),
    "strong tetanus, proteins blocked": ("strong tetanus", "", True),
    "strong, then weak on pathway 2": ("strong tetanus", "weak tetanus", False),
    "weak low frequency (1 Hz)": ("weak low frequency", "", False),
    "strong low frequency (bursts at 20 Hz)": ("strong low frequency", "", False),
}


@style.styled
def figure(found: dict) -> Figure:
    """Strength of both pathways over time, mean of all seeds and the first two, and the proteins."""
    drawn = style.new_figure(style.PAGE, 4.6)
    panels = drawn.subplots(2, 3, sharex=True, sharey=True)
    for axes, (title, runs) in zip(panels.flat, found.items(), strict=True):
        hours = runs[0][0]
        strength = np.array([run[1] for run in runs])
        for pathway, colour in enumerate(style.PALETTE[:2]):
            axes.plot(hours[::2], strength[:2, ::2, pathway].T, color=colour, alpha=0.25, linewidth=0.6)
            axes.plot(hours, strength[:, :, pathway].mean(axis=0), color=colour, label=f"pathway {pathway + 1}")
        proteins = np.mean([run[5] for run in runs], axis=0)
        axes.fill_between(
            hours, 0.6, 0.6 + 0.2 * proteins, color=style.GREY, alpha=0.4, label="proteins (height 0.2 is 1)"
        )
        axes.set_title(title, fontsize=8)
        axes.axhline(1, color=style.GREY, linewidth=0.6, linestyle=":")
    for axes in panels[-1]:
        axes.set_xlabel(style.axis_label("time", "h"))
    for axes in panels[:, 0]:
        axes.set_ylabel("strength (relative to rest)")
    handles, labels = panels.flat[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=3)
    return drawn


def main() -> None:
    """Run all protocols with some seeds, print what is left after eight hours, draw."""
    path = figure_path(__doc__, "models/tag_trigger_consolidation")
    matplotlib.use("Agg")
    seeds = range(1, 11)
    simulators = Timeline(networks()).simulators
    found = {}
    print("strength after 1 h and 8 h, relative to rest, mean (standard deviation) of", len(seeds), "seeds")
    for title, (first, second, blocked) in EXPERIMENTS.items():
        few = seeds if "frequency" not in first else seeds[:3]
        runs = found[title] = [experiment(simulators, first, second, blocked, seed) for seed in few]
        for pathway in range(2 if second else 1):
            ends = np.array(
                [[run[1][np.searchsorted(run[0], t), pathway] for t in (1.0 + bool(second), 7.99)] for run in runs]
            )
            high = [run[2][:, pathway].max() for run in runs]
            low = [run[3][:, pathway].max() for run in runs]
            proteins = np.mean([run[5].max() for run in runs])
            print(
                f"{title}, pathway {pathway + 1}: {ends[:, 0].mean():.2f} ({ends[:, 0].std():.2f}), "
                f"{ends[:, 1].mean():.2f} ({ends[:, 1].std():.2f}); "
                f"tags high {np.mean(high):.0f} low {np.mean(low):.0f}; proteins at most {proteins:.2f}"
            )
    keep(figure(found), path)


if __name__ == "__main__":
    main()
