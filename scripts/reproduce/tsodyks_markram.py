"""Responses of a depressing and of a facilitating synapse to a regular train, and how they settle.

    python scripts/reproduce/tsodyks_markram.py

After Figure 1 of Tsodyks, Pawelzik & Markram 1998: a train, a pause, and one more spike; then the settled response at
other rates.
"""

from __future__ import annotations

import numpy as np
from brian2 import Network, NeuronGroup, StateMonitor, TimedArray, defaultclock, ms, prefs
from drawing import figure_path, keep
from matplotlib.figure import Figure

import synapses
from synapses.short_term.tsodyks_markram import PARAMETER_SETS
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

TRAIN = [20 + 50 * k for k in range(10)] + [1000]  # 20 Hz, then a pause
RATES = (1, 2, 5, 10, 20, 40, 100)


def settled(name: str, rate: float) -> float:
    """Transmitted share of the weight in a long train, the fixed point of the recursion."""
    p = PARAMETER_SETS[name]
    tau_fac = p.tau_fac or 0.0
    f = np.exp(-1000 / rate / tau_fac) if tau_fac else 0.0
    d = np.exp(-1000 / rate / p.tau_rec)
    u = p.U / (1 - (1 - p.U) * f)
    return u * (1 - d) / (1 - (1 - u) * d)


def respond(name: str, trains: list[list[int]], steps: int) -> tuple[np.ndarray, np.ndarray]:
    """What each cell has got from its input, and its potential: ``[cell, step]``."""
    prefs.codegen.target = "numpy"
    defaultclock.dt = 1 * ms
    spikes = np.zeros((steps + 1, len(trains)))
    for cell, train in enumerate(trains):
        spikes[train, cell] = 1
    given = NeuronGroup(
        len(trains), "", threshold="raster(t, i) > 0.5", namespace={"raster": TimedArray(spikes, dt=1 * ms)}
    )
    cells = NeuronGroup(len(trains), "dV/dt = (I - V)/(20*ms) : 1\ndI/dt = -I/(3*ms) : 1\ngot : 1", method="exact")
    model = synapses.tsodyks_markram(name)
    built = model.connect(
        given, cells, transmit="I_post += efficacy\ngot_post += efficacy", connections={"condition": "i == j"}
    )
    watch = StateMonitor(cells, ("V", "got"), record=True, when="end")
    Network(given, cells, built, watch).run(steps * ms)
    return np.asarray(watch.got), np.asarray(watch.V)


def main() -> None:
    """Run both sets, print what was expected and measured, and draw."""
    path = figure_path(__doc__, "models/tsodyks_markram")
    courses, curves = {}, {}
    trains = [[20 + round(1000 * k / rate) for k in range(max(12, 8 * rate))] for rate in RATES]
    print("set           rate (Hz)  expected  measured")
    for name in PARAMETER_SETS:
        courses[name] = respond(name, [TRAIN], 1150)[1][0]
        got, _ = respond(name, trains, max(t[-1] for t in trains) + 2)
        last = [got[k, t[-1]] - got[k, t[-1] - 1] for k, t in enumerate(trains)]
        curves[name] = np.array(last)
        for rate, value in zip(RATES, last, strict=True):
            print(f"{name:13s} {rate:9d}  {settled(name, rate):8.4f}  {value:8.4f}")
    keep(draw(courses, curves), path)


@styled
def draw(courses: dict[str, np.ndarray], curves: dict[str, np.ndarray]) -> Figure:
    """Potentials during the train; settled responses against rate."""
    figure = new_figure(PAGE, 2.6)
    left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
    fine = np.geomspace(RATES[0], RATES[-1], 100)
    for (name, potential), colour in zip(courses.items(), PALETTE, strict=False):
        left.plot(np.arange(potential.size), potential, color=colour, label=name)
        right.plot(fine, [settled(name, rate) for rate in fine], color=colour)
        right.plot(RATES, curves[name], "o", color=colour)
    left.plot(TRAIN, np.full(len(TRAIN), -0.004), "|", color="0.3", markersize=6)
    left.set_xlabel("time (ms)")
    left.set_ylabel("potential of the cell\n(dimensionless)")
    left.legend()
    right.set_xscale("log")
    right.set_xlabel("rate of the train (Hz)")
    right.set_ylabel("settled u x (dimensionless)")
    right.set_title("lines: closed form")
    return figure


if __name__ == "__main__":
    main()
