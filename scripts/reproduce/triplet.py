"""The triplet rule: how the change by pairs depends on their frequency, and the window of single pairs.

    python scripts/reproduce/triplet.py

60 pairs 10 ms apart at each frequency, the protocol of the data that Pfister & Gerstner 2006 fitted.
"""

from __future__ import annotations

import numpy as np
from drawing import figure_path, keep
from given_spikes import run
from matplotlib.figure import Figure

import synapses
from synapses.spike_timing.triplet import PARAMETER_SETS
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

RATES = (5, 10, 20, 30, 40, 50)
PAIRS = 60
LAGS = np.array([-100, -60, -40, -25, -15, -10, -5, -2, 2, 5, 10, 15, 25, 40, 60, 100])
KEY = ("visual cortex", "all-to-all", "minimal")


def closed_form(rate: float, lag: float) -> float:
    """Change by periodic pairs, as geometric sums over the spikes before each spike; lag in seconds."""
    p, period = PARAMETER_SETS[KEY], 1 / rate
    change, plus, minus, slow = 0.0, 16.8e-3, 33.7e-3, p.tau_y * 1e-3
    for k in range(PAIRS):
        earlier = np.arange(k) * period + period  # spikes of the same kind, before the k-th
        pre_seen = np.exp(-(np.append(0, earlier) + lag) / plus) if lag > 0 else np.exp(-(earlier + lag) / plus)
        post_seen = np.exp(-(earlier - lag) / minus) if lag > 0 else np.exp(-(np.append(0, earlier) - lag) / minus)
        change += p.A3_plus * pre_seen.sum() * np.exp(-earlier / slow).sum() - p.A2_minus * post_seen.sum()
    return float(change)


def main() -> None:
    """Run both protocols, print what was expected and measured, and draw."""
    path = figure_path(__doc__, "models/triplet")
    protocols = [(rate, lag) for rate in RATES for lag in (10, -10)]
    pre = [[30 + round(1000 * k / rate) for k in range(PAIRS)] for rate, _ in protocols]
    post = [[t + lag for t in train] for train, (_, lag) in zip(pre, protocols, strict=True)]
    steps = max(train[-1] for train in pre) + 50
    models = {
        "triplet": synapses.triplet(*KEY).with_parameters(w_max=100.0),
        "pairs only": synapses.stdp().with_parameters(w_max=1e6, A_plus=5e-9, A_minus=5.25e-9),
    }
    changes = {}
    for name, model in models.items():
        built, _ = run(model, pre, post, steps, start={"w": 50.0})
        changes[name] = np.asarray(built.w[:]).reshape(len(RATES), 2) - 50
    print("pairs/s  lag (ms)  expected  measured")
    for row, rate in enumerate(RATES):
        for column, lag in enumerate((10, -10)):
            print(f"{rate:7d}  {lag:8d}  {closed_form(rate, lag / 1000):8.4f}  {changes['triplet'][row, column]:8.4f}")
    single = run(
        synapses.triplet("hippocampus").with_parameters(w_max=100.0),
        [[150 + (-lag if lag < 0 else 0)] for lag in LAGS], [[150 + max(lag, 0)] for lag in LAGS], 300,
        start={"w": 50.0},
    )[0]  # fmt: skip
    keep(draw(changes, np.asarray(single.w[:]) - 50), path)


@styled
def draw(changes: dict[str, np.ndarray], window: np.ndarray) -> Figure:
    """Change against frequency; window of one pair."""
    figure = new_figure(PAGE, 2.6)
    left, right = figure.subplots(1, 2)
    for name, line in (("triplet", "-"), ("pairs only", "--")):
        for column, (when, colour) in enumerate((("post 10 ms after pre", PALETTE[0]), ("post before", PALETTE[1]))):
            label = f"{name}, {when}" if column == 0 else f"{name}, post 10 ms before pre"
            left.plot(RATES, changes[name][:, column], line, color=colour, marker="o", label=label)
    left.axhline(0, color="0.7", linewidth=0.8)
    left.set_xlabel("frequency of the pairs (Hz)")
    left.set_ylabel(f"change of w by {PAIRS} pairs\n(dimensionless)")
    left.set_title("visual cortex, minimal set")
    left.legend(loc="upper left", fontsize=7)
    right.plot(LAGS, window * 1e3, "o-", color=PALETTE[2])
    right.axhline(0, color="0.7", linewidth=0.8)
    right.axvline(0, color="0.7", linewidth=0.8)
    right.set_xlabel(r"$t_{post} - t_{pre}$ (ms)")
    right.set_ylabel("change of w by one pair\n($10^{-3}$, dimensionless)")
    right.set_title("hippocampus, full set")
    return figure


if __name__ == "__main__":
    main()
