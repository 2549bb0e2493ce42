"""The BCM curve for two thresholds, and a cell that becomes selective while its threshold slides.

    python scripts/reproduce/bcm.py

Left: change of a weight against the postsynaptic rate. Right: a linear cell that fires at a rate in proportion to its
weighted input is shown two patterns in turn, each half of its inputs; after Bienenstock et al. 1982 it answers to one.
"""

from __future__ import annotations

import numpy as np
from brian2 import Hz, Network, NeuronGroup, StateMonitor, array, defaultclock, ms, prefs, second, seed
from drawing import figure_path, keep
from given_spikes import run
from matplotlib.figure import Figure

import synapses
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

RATES = np.array([2, 5, 10, 15, 20, 25, 30, 35, 40])
THETAS = (10.0, 25.0)
SECONDS, INPUTS = 60, 40


def curve(theta: float) -> np.ndarray:
    """Mean change per second of weights from inputs of 20 Hz, by the rate of the cell."""
    rng = np.random.default_rng(3)
    copies, steps = 150, 2000
    rates = np.repeat(RATES, copies)
    pre = [np.flatnonzero(rng.random(steps) < 0.02) for _ in rates]
    post = [np.flatnonzero(rng.random(steps) < rate * 1e-3) for rate in rates]
    model = synapses.bcm().without("sliding threshold").with_parameters(w_max=1e3, theta_0=theta * Hz)
    built, _ = run(model, pre, post, steps, start={"w": 500.0, "theta": theta * Hz})
    return (np.asarray(built.w[:]) - 500).reshape(RATES.size, copies).mean(1) / (steps * 1e-3)


def selectivity() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean weight of each pattern's inputs ``[pattern, time]``, the threshold, and the times."""
    prefs.codegen.target = "numpy"
    defaultclock.dt = 1 * ms
    seed(4)
    model = synapses.bcm().with_parameters(eta=4e-5 * second**2, tau_theta=2 * second)
    inputs = NeuronGroup(
        INPUTS, f"first = int(sin(2*pi*t/(400*ms)) > 0) : 1\n{model.pre_equations()}",
        threshold="rand() < (2*Hz + 48*Hz*int((i < 20) == (first > 0.5)))*dt",
        reset="x_rate += 1/tau_x_rate", method="euler",
    )  # fmt: skip
    cell = NeuronGroup(
        1, f"ddrive_rate/dt = -drive_rate/(20*ms) : hertz\n{model.post_equations()}",
        threshold="rand() < drive_rate*dt",
        reset="theta_slow += y_rate/(y_0*tau_theta)\ny_rate += 1/tau_y_rate", method="euler",
    )  # fmt: skip
    built = model.connect(inputs, cell, transmit="drive_rate_post += 0.02*efficacy/(20*ms)")
    built.w = "0.5 + 0.05*randn()"
    cell.theta_slow = 10 * Hz
    weights = StateMonitor(built, "w", record=True, dt=100 * ms)
    threshold = StateMonitor(cell, "theta_slow", record=True, dt=100 * ms)
    Network(inputs, cell, built, weights, threshold).run(SECONDS * second)
    w = array(weights.w).reshape(2, INPUTS // 2, -1).mean(1)
    return w, array(threshold.theta_slow)[0], array(weights.t)


def main() -> None:
    """Run both, print what was expected and measured, and draw."""
    path = figure_path(__doc__, "models/bcm")
    curves = {theta: curve(theta) for theta in THETAS}
    print("rate (Hz)  " + "  ".join(f"theta {theta:.0f} Hz: expected, measured" for theta in THETAS))
    for k, rate in enumerate(RATES):
        row = [f"{2e-6 * 20 * rate * (rate - theta):18.4f}  {curves[theta][k]:8.4f}" for theta in THETAS]
        print(f"{rate:9d}  " + "  ".join(row))
    w, theta, time = selectivity()
    first, last = (f"{w[0, k]:.2f}, {w[1, k]:.2f}" for k in (0, -1))
    print(f"mean weight of the two patterns: {first} at first, {last} at last; expected: one of them near zero")
    keep(draw(curves, w, theta, time), path)


@styled
def draw(curves: dict[float, np.ndarray], w: np.ndarray, theta: np.ndarray, time: np.ndarray) -> Figure:
    """The curve, and weights with the threshold through time."""
    figure = new_figure(PAGE, 2.6)
    left, right = figure.subplots(1, 2)
    fine = np.linspace(0, 40, 100)
    for (value, measured), colour in zip(curves.items(), PALETTE, strict=False):
        left.plot(fine, 2e-6 * 20 * fine * (fine - value), color=colour, linewidth=0.8)
        left.plot(RATES, measured, "o", color=colour, label=rf"$\theta$ = {value:.0f} Hz")
    left.axhline(0, color="0.7", linewidth=0.8)
    left.set_xlabel("postsynaptic rate (Hz)")
    left.set_ylabel("change of w in a second\n(dimensionless)")
    left.set_title("lines: rule of rates")
    left.legend()
    for k, label in enumerate(("first pattern", "second pattern")):
        right.plot(time, w[k], color=PALETTE[k + 2], label=label)
    right.set_xlabel("time (s)")
    right.set_ylabel("mean w (dimensionless)")
    right.set_ylim(0, 1.3)
    other = right.twinx()
    other.plot(time, theta, color="0.5", linewidth=0.8, label="threshold")
    other.set_ylabel("threshold (Hz)")
    other.spines["right"].set_visible(True)
    handles = [*right.get_legend_handles_labels()[0], *other.get_legend_handles_labels()[0]]
    right.legend(handles=handles, loc="upper left", ncols=2)
    return figure


if __name__ == "__main__":
    main()
