"""Weights on devices: how often they are written, and what devices and pulses that differ do to a weight.

    python scripts/reproduce/devices.py

After D'Agostino et al. 2023 and Majumdar et al. 2021, in our forms. Under a minute.
"""

from __future__ import annotations

import argparse

import numpy as np
from drawing import add_figure, keep
from given_errors import learned
from matplotlib.figure import Figure

import synapses
from synapses.metaplastic_weights.devices import programmed, weak_reset
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

PUSHES, PULSES, N = 400, 100, 300
PLAIN = synapses.tacos().only("error feedback")
WEIGHTS = {
    "continuous": PLAIN,
    "4 levels, m = 0": synapses.quantized(4).without("metaplasticity"),
    "4 levels, m = 2": synapses.quantized(4),
    "binary, m = 0": synapses.binary().without("metaplasticity"),
    "binary, m = 1.35": synapses.binary(),
}


def writes(model: synapses.Synapse) -> float:
    """Writes for each weight, while random errors push it."""
    pushes = np.random.default_rng(0).normal(size=(PUSHES, N))
    on_devices = programmed(model).with_parameters(eta=0.3, w_max=1e3, w_initial=0.0)
    _, built = learned(on_devices, lambda step, w: pushes[step], np.zeros(N), PUSHES)
    return float(np.mean(built.writes[:]))


def pulsed(**spreads: float) -> np.ndarray:
    """Weights on pairs that get pulses of one sign, shape (pulses + 1, synapses)."""
    model = weak_reset(PLAIN).with_parameters(**{"pulse_spread": 0.0, "pair_spread": 0.0, **spreads}, eta=0.02)
    fresh = {"kept": 0.0, "R_minus": 0.0, "R_plus": 0.0}
    return learned(model, lambda step, w: np.full(N, -1.0), np.zeros(N), PULSES, **fresh)[0]


@styled
def drawn(counts: dict[str, float], paths: dict[str, np.ndarray]) -> Figure:
    """Bars of writes, and weights through pulses."""
    figure = new_figure(PAGE, 2.7)
    left, right = figure.subplots(1, 2)
    bars = left.barh(range(len(counts)), list(counts.values()), color=PALETTE[0])
    left.bar_label(bars, fmt="%.3g", padding=2, fontsize=8)
    left.set_yticks(range(len(counts)), list(counts))
    left.invert_yaxis()
    left.set_xscale("log")
    left.set(xlabel=f"writes of a weight in {PUSHES} updates", xlim=(0.3, 2e3))
    for (name, path), colour in zip(paths.items(), PALETTE[1:], strict=False):
        mean, spread = path.mean(1), path.std(1)
        right.plot(mean, color=colour, label=name)
        right.fill_between(np.arange(len(mean)), mean - spread, mean + spread, color=colour, alpha=0.25, linewidth=0)
    right.set(xlabel="weak RESET pulses", ylabel="weight (mean, standard deviation)")
    right.legend(loc="upper left")
    return figure


def main() -> None:
    """Print what is measured, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_figure(parser, "models/devices")
    options = parser.parse_args()
    counts = {title: writes(model) for title, model in WEIGHTS.items()}
    for title, count in counts.items():
        print(f"{title:<20}{count:8.2f} writes of a weight in {PUSHES} updates")
    paths = {"devices differ by 30 %": pulsed(pair_spread=0.3), "pulses differ by 30 %": pulsed(pulse_spread=0.3)}
    for name, path in paths.items():
        print(f"{name:<24} relative spread of weights after 40 pulses {path[40].std() / path[40].mean():.3f}")
    keep(drawn(counts, paths), options.figure)


if __name__ == "__main__":
    main()
