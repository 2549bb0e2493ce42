"""Cells with different excitatory drives, brought to the same rate by plastic inhibition.

    python scripts/reproduce/vogels.py

After Vogels et al. 2011: leaky integrate-and-fire cells, each driven by a constant current of its own, receive
200 inhibitory Poisson inputs of 10 Hz that are zero at first.
"""

from __future__ import annotations

import numpy as np
from brian2 import Hz, Network, NeuronGroup, SpikeMonitor, array, defaultclock, ms, prefs, second, seed  # fmt: skip
from drawing import figure_path, keep
from matplotlib.figure import Figure

import synapses
from tacos.plots.style import PAGE, new_figure, styled

TARGET, SECONDS, CELLS = 5.0, 30, 24


def main() -> None:
    """Run, print what was expected and measured, and draw."""
    path = figure_path(__doc__, "models/vogels")
    prefs.codegen.target = "numpy"
    defaultclock.dt = 1 * ms
    seed(1)
    model = synapses.vogels(TARGET * Hz).with_parameters(eta=0.03)
    inputs = NeuronGroup(
        200, model.pre_equations(), threshold="rand() < 10*Hz*dt", reset="coincidence_trace += 1", method="exact"
    )
    cells = NeuronGroup(
        CELLS, f"dV/dt = (drive - I - V)/(20*ms) : 1\ndI/dt = -I/(10*ms) : 1\ndrive : 1\n{model.post_equations()}",
        threshold="V > 1", reset="V = 0\ncoincidence_trace += 1", method="exact",
    )  # fmt: skip
    cells.drive = np.linspace(1.05, 2.5, CELLS)
    built = model.connect(inputs, cells, transmit="I_post += 0.06*efficacy")
    spikes = SpikeMonitor(cells)
    Network(inputs, cells, built, spikes).run(SECONDS * second)
    windows = np.arange(0, SECONDS + 1, 1.0)
    rates = np.array([np.histogram(array(spikes.t)[array(spikes.i) == k], windows)[0] for k in range(CELLS)])
    settled = rates[:, -10:].mean(1)
    print(f"rate in the first second: {rates[:, 0].min():.0f} to {rates[:, 0].max():.0f} Hz")
    print(f"rate in the last 10 s, target {TARGET:g} Hz: mean {settled.mean():.2f} Hz, sd {settled.std():.2f} Hz")
    total = np.asarray(built.w[:]).reshape(200, CELLS).sum(0)
    print(f"correlation of drive and inhibition: {np.corrcoef(np.asarray(cells.drive[:]), total)[0, 1]:.3f}")
    keep(draw(rates, np.asarray(cells.drive[:]), total), path)


@styled
def draw(rates: np.ndarray, drive: np.ndarray, total: np.ndarray) -> Figure:
    """Rates through time; the inhibition that each cell ends with, against its drive."""
    figure = new_figure(PAGE, 2.6)
    left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
    time = np.arange(rates.shape[1]) + 0.5
    for k in range(len(rates)):
        left.plot(time, rates[k], color="0.75", linewidth=0.7, label="one cell" if k == 0 else None)
    left.plot(time, rates.mean(0), color="#0072B2", label=f"mean of {len(rates)} cells")
    left.axhline(TARGET, color="#D55E00", linestyle="--", label="target")
    left.set_ylim(0, 75)
    left.set_xlabel("time (s)")
    left.set_ylabel("rate (Hz)")
    left.legend(loc="upper right")
    right.plot(drive, total, "o", color="#009E73")
    right.set_xlabel("excitatory drive (thresholds)")
    right.set_ylabel("sum of inhibitory w\n(dimensionless)")
    return figure


if __name__ == "__main__":
    main()
