"""Weights of a cell under synaptic scaling and under normalization.

    python scripts/reproduce/homeostasis.py

Left: a cell that is driven too strongly is scaled down to its target rate; all its weights keep their ratios. The
sensor is a hundred times faster than in the source, scaling more. Right: weights that grow by pairs of spikes, brought
back to their sum by a factor or by an amount.
"""

from __future__ import annotations

import numpy as np
from brian2 import Hz, Network, NeuronGroup, SpikeMonitor, StateMonitor, array, defaultclock, ms, prefs, second, seed
from drawing import figure_path, keep
from matplotlib.figure import Figure

import synapses
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

INPUTS, SECONDS, TARGET = 50, 60, 10.0


def scaled() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, weights ``[synapse, time]`` and the rate of the cell in every second."""
    prefs.codegen.target = "numpy"
    defaultclock.dt = 1 * ms
    seed(5)
    model = synapses.scaling(TARGET * Hz).with_parameters(
        beta_scaling=0.02, gamma_scaling=1e-3 * Hz, tau_sensor=1 * second
    )
    inputs = NeuronGroup(INPUTS, model.pre_equations(), threshold="rand() < 20*Hz*dt")
    cell = NeuronGroup(
        1, f"dV/dt = -V/(20*ms) : 1\n{model.post_equations()}", threshold="V > 1",
        reset="V = 0\nsensed_rate += 1/tau_sensor", method="euler",
    )  # fmt: skip
    built = model.connect(inputs, cell, transmit="V_post += 0.1*efficacy")
    built.w = np.linspace(0.5, 3, INPUTS)
    watch, spikes = StateMonitor(built, "w", record=True, dt=100 * ms), SpikeMonitor(cell)
    Network(inputs, cell, built, watch, spikes).run(SECONDS * second)
    rate = np.histogram(array(spikes.t), np.arange(SECONDS + 1))[0]
    return array(watch.t), array(watch.w), rate


def normalized(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Weights before and after a run in which normalization happens every 100 ms."""
    defaultclock.dt = 1 * ms
    seed(6)
    model = synapses.stdp().with_parameters(A_plus=0.02, A_minus=0.01, w_max=3.0)
    model += synapses.weight_normalization(kind)
    model = model.with_parameters(w_total=float(INPUTS) / 2)
    inputs = NeuronGroup(
        INPUTS, f"rate : Hz\n{model.pre_equations()}", threshold="rand() < rate*dt", reset="trace_plus += 1",
        method="exact",
    )  # fmt: skip
    inputs.rate = np.linspace(2, 30, INPUTS) * Hz
    cell = NeuronGroup(
        1, f"dV/dt = -V/(20*ms) : 1\n{model.post_equations()}", threshold="V > 1", reset="V = 0\ntrace_minus += 1",
        method="exact",
    )  # fmt: skip
    built = model.connect(inputs, cell, transmit="V_post += 0.15*efficacy", presentation=100 * ms)
    built.w = "0.3 + 0.4*rand()"
    before = array(built.w)
    Network(inputs, cell, built).run(3 * second)
    return before, array(built.w)


def main() -> None:
    """Run, print what was expected and measured, and draw."""
    path = figure_path(__doc__, "models/homeostasis")
    time, w, rate = scaled()
    ratios = w[:, -1] / w[:, 0]
    print(
        f"scaling: rate {rate[:5].mean():.0f} Hz at first; target {TARGET:g} Hz, last 20 s {rate[-20:].mean():.1f} Hz"
    )
    print(f"factors of the weights: expected all alike, measured {ratios.min():.4f} to {ratios.max():.4f}")
    ends = {kind: normalized(kind) for kind in ("multiplicative", "subtractive")}
    for kind, (_, after) in ends.items():
        print(f"{kind}: expected sum {INPUTS / 2:g}, measured {after.sum():.6f}; {np.sum(after == 0)} weights at zero")
    keep(draw(time, w, rate, ends), path)


@styled
def draw(time: np.ndarray, w: np.ndarray, rate: np.ndarray, ends: dict[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Weights and rate through time; weights sorted by the rate of their input."""
    figure = new_figure(PAGE, 2.6)
    left, right = figure.subplots(1, 2)
    for course in w[:: INPUTS // 7]:
        left.plot(time, course, color=PALETTE[0], linewidth=0.8)
    left.set_yscale("log")
    left.set_xlabel("time (s)")
    left.set_ylabel("w of some synapses\n(dimensionless)")
    other = left.twinx()
    other.spines["right"].set_visible(True)
    other.plot(np.arange(rate.size) + 0.5, rate, color="0.6", linewidth=0.8)
    other.axhline(TARGET, color=PALETTE[1], linestyle="--", linewidth=0.8)
    other.set_ylabel("rate of the cell (Hz)")
    left.set_title("scaling (grey: rate; dashed: target)")
    inputs = np.linspace(2, 30, INPUTS)
    right.plot(inputs, next(iter(ends.values()))[0], ".", color="0.7", label="before")
    for (kind, (_, after)), colour in zip(ends.items(), PALETTE[2:], strict=False):
        right.plot(inputs, after, ".", color=colour, label=kind)
    right.set_xlabel("rate of the input (Hz)")
    right.set_ylabel("w (dimensionless)")
    right.set_title("normalization")
    right.legend()
    return figure


if __name__ == "__main__":
    main()
