"""Early and late phase after weak and strong tetanus, over eight hours.

    python scripts/reproduce/luboeinski_tetzlaff.py

Two synapses onto one cell. Tetani run in steps of 0.2 ms, the hours between them in steps of 1 s. Two programs are
compiled once, half a minute each; then some ten seconds.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import matplotlib
import numpy as np
from drawing import figure_path, keep
from long_times import Timeline
from matplotlib.figure import Figure

import synapses
import tacos
from synapses import Parameter
from tacos.plots import style
from tasks import IMAGE

MINUTE, HOUR = 60.0, 3600.0
H_0 = 4.20075e-3
KEYS = ("input-cell.h", "input-cell.z", "cell.p")


def networks(silent_step: float = 1.0, size: int = 2) -> dict[str, tacos.Network]:
    """The cell with its synapses while they are stimulated (presentations of 2 s), and while not (of a minute)."""
    model = synapses.luboeinski_tetzlaff()
    pulses = tacos.Population(
        "input",
        size,
        threshold="step % period == 0 and step < stimulus*period",  # the stimulus is a number of pulses
        parameters=(Parameter("period", 50.0, "steps from pulse to pulse"),),
        channel=IMAGE,
    )
    cell = tacos.Population(
        "cell",
        1,
        """
            dV_psp/dt = -V_psp/tau_syn : volt
            dV/dt = (V_rev - V + V_psp)/tau_mem : volt (unless refractory)
        """,
        "V > V_th",
        "V = V_reset",
        tuple(
            Parameter(name, value, source="Luboeinski & Tetzlaff, code")
            for name, value in (
                ("tau_syn", "5 ms"), ("tau_mem", "10 ms"),
                ("V_rev", "-65 mV"), ("V_th", "-55 mV"), ("V_reset", "-70 mV"),
            )
        ),
        {"V": "V_rev"},
        "2 ms",
        receptors={"current": "V_psp += efficacy*mV"},
    )  # fmt: skip
    stimulated = tacos.Network(
        (pulses, cell), (tacos.Projection("input", "cell", model, delay="3 ms"),), 2.0, 0.2e-3, readout="cell"
    )
    rest = tacos.Population("cell", 1, "heard : 1", receptors={"current": "heard += efficacy"})
    resting = model.without("calcium").with_parameters(gamma_p=0.0, gamma_d=0.0)  # the fast part is at rest
    resting = replace(resting, longest_step="", longer_step="")
    silent = tacos.Network(
        (replace(pulses, threshold="step < 0", channel=""), rest),
        (tacos.Projection("input", "cell", resting),),
        MINUTE, silent_step, readout="cell",
    )  # fmt: skip
    return {"stimulated": stimulated, "silent": silent}


def experiment(simulators: Any, first: int, second: int = 0, blocked: bool = False, seed: int = 1, hours: float = 8.0):
    """Bursts of pulses at 100 Hz on the synapses, one hour apart; 100 pulses come three times in twenty minutes.

    Returns
    -------
    hours, early, late, proteins
        Early phase relative to rest and late phase, ``[time, synapse]``.
    """
    timeline = Timeline(networks(), KEYS, seed, simulators=simulators)
    parameters = {"cell.synthesis": 0.0} if blocked else {}
    timeline.run("silent", 5)
    for synapse, pulses in enumerate((first, second)):
        for burst in range(3 if pulses == 100 else 1 if pulses else 0):
            if burst:
                timeline.run("silent", 10, parameters=parameters)
            timeline.run("stimulated", 1, {IMAGE: pulses * (np.arange(2) == synapse)[None].astype(float)}, parameters)
        end = 65 * MINUTE if synapse == 0 and second else (hours + 0.1) * HOUR
        timeline.run("silent", max(round((end - timeline.time) / MINUTE), 1), parameters=parameters)
        if not second:
            break
    times, records = timeline.traces()
    return times / HOUR - 5 / 60, records[KEYS[0]] / H_0, records[KEYS[1]], records[KEYS[2]][:, 0]


EXPERIMENTS = {
    "weak tetanus": (21, 0, False),
    "strong tetanus": (100, 0, False),
    "strong tetanus, proteins blocked": (100, 0, True),
    "strong, then weak on synapse 2": (100, 21, False),
}


@style.styled
def figure(found: dict[str, list[Any]]) -> Figure:
    """Early and late phase of both synapses over time, means of the seeds."""
    drawn = style.new_figure(style.PAGE, 3.9)
    panels = drawn.subplots(2, 2, sharex=True, sharey=True)
    for axes, (title, runs) in zip(panels.flat, found.items(), strict=True):
        hours = runs[0][0]
        early, late = (np.mean([run[k] for run in runs], axis=0) for k in (1, 2))
        for synapse, colour in enumerate(style.PALETTE[:2]):
            axes.plot(
                hours, 100 * early[:, synapse], color=colour, linestyle="--", label=f"early, synapse {synapse + 1}"
            )
            axes.plot(hours, 100 * (1 + late[:, synapse]), color=colour, label=f"late, synapse {synapse + 1}")
        axes.fill_between(
            hours, 75, 75 + 20 * runs[0][3], color=style.GREY, alpha=0.4, label="proteins (height 20 is 1)"
        )
        axes.set_title(title)
    for axes in panels[-1]:
        axes.set_xlabel(style.axis_label("time", "h"))
    for axes in panels[:, 0]:
        axes.set_ylabel(style.axis_label("phase", "% of rest"))
    handles, labels = panels.flat[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=3)
    return drawn


def main() -> None:
    """Run all protocols with ten seeds, print both phases, draw."""
    path = figure_path(__doc__, "models/luboeinski_tetzlaff")
    matplotlib.use("Agg")
    simulators = Timeline(networks()).simulators
    found: dict[str, list[Any]] = {}
    print("early phase after the stimulus (of h_0), late phase after 8 h, mean (standard deviation) of ten seeds")
    for title, (first, second, blocked) in EXPERIMENTS.items():
        runs = found[title] = [experiment(simulators, first, second, blocked, seed) for seed in range(1, 11)]
        for synapse in range(2 if second else 1):
            early = [run[1][:, synapse].max() for run in runs]
            late, proteins = [run[2][-1, synapse] for run in runs], max(run[3].max() for run in runs)
            print(
                f"{title}, synapse {synapse + 1}: early {np.mean(early):.2f} ({np.std(early):.2f}), "
                f"late {np.mean(late):.2f} ({np.std(late):.2f}), proteins at most {proteins:.2f}"
            )
    keep(figure(found), path)


if __name__ == "__main__":
    main()
