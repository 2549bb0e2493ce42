"""The cascade of Fusi, Drew and Abbott: how the signal of a memory decays, and how long memories last.

    python scripts/reproduce/cascade.py

Exact master equation, and the spiking synapse for two depths. Expected numbers are of an independent computation from
the same equations; the paper's own figures were not read.
"""

from __future__ import annotations

import argparse

import numpy as np
from drawing import add_figure, keep
from matplotlib.figure import Figure

import synapses
from tacos.memory import discrete
from tacos.memory.decay import exact_curve, spaced_ages
from tacos.memory.drive import coincidence
from tacos.memory.storing import random_patterns, store
from tacos.plots.style import GREY, PAGE, new_figure, series, styled

#: By n: slowest time constant (patterns) and slope on [10, 2^n/10].
EXPECTED = {
    5: (14.5, None), 8: (126.3, -0.62), 10: (510.3, -0.67), 12: (2046.3, -0.71), 15: (16382.3, -0.76),
    20: (None, -0.82),
}  # fmt: skip
NUMBERS = np.logspace(3, 9, 7).astype(int)
DEPTHS = (5, 8, 10, 12, 15)
SIMULATED = {5: 1, 10: 2}  # depth and seed


def slope(n: int) -> float:
    """Slope of the logarithm of the signal on [10, 2^n/10]."""
    times = np.geomspace(10, 2**n / 10, 25)
    return float(np.polyfit(np.log(times), np.log(discrete.cascade(n).signal(times, poisson=True)), 1)[0])


def spiking(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ages, signal and its error of the synapse of the library, with weights -1 and 1."""
    stored = store(synapses.cascade(n), random_patterns(150, 3000, seed), coincidence(), seed)
    ages = np.array([0, 1, 2, 3, 5, 8, 13, 21, 34, 55])
    signal, error = stored.signal(ages)
    return ages, 2 * signal, 2 * error


@styled
def draw(lives: dict[str, list[float]]) -> Figure:
    """Signal against age, and lifetime against the number of synapses."""
    figure = new_figure(PAGE, 2.8)
    left, right = figure.subplots(1, 2)
    for n, own in zip((*DEPTHS, 20), series(6), strict=True):
        ages = spaced_ages(min(3 * 2**n, 10**6), 15)
        signal = discrete.cascade(n).signal(ages)
        left.plot(ages + 1, signal, color=own["color"], linestyle=own["linestyle"], label=f"n = {n}")
        if n in SIMULATED:
            ages, found, error = spiking(n, SIMULATED[n])
            seen = found > 2 * error
            left.errorbar(ages[seen] + 1, found[seen], error[seen], color=own["color"], fmt="o", markersize=3)
    ages = np.arange(25)
    left.plot(ages + 1, discrete.two_state(0.5).signal(ages), color=GREY, linewidth=0.9, label="two states, q = 0.5")
    left.set(xscale="log", yscale="log", ylim=(1e-7, 30), xlabel="age + 1 (patterns)", ylabel="signal (dimensionless)")
    left.legend(loc="upper right", labelspacing=0.2)
    left.set_title("lines: exact; points: spiking synapse")
    for (label, values), own in zip(lives.items(), series(3), strict=True):
        right.plot(NUMBERS, values, color=own["color"], linestyle=own["linestyle"], marker=own["marker"], label=label)
    right.plot(NUMBERS, np.sqrt(NUMBERS), color=GREY, linewidth=0.8, linestyle="--", label="square root")
    right.set(xscale="log", yscale="log", xlabel="number of synapses", ylabel="lifetime (patterns)")
    right.legend()
    right.set_title("until the signal-to-noise ratio is 1")
    return figure


def main() -> None:
    """Print expected and measured numbers, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_figure(parser, "models/cascade")
    options = parser.parse_args()
    print("  n  largest - smallest p     S(0)      2/n    slowest  expected   slope  expected")
    for n, (slowest, fall) in EXPECTED.items():
        model = discrete.cascade(n)
        print(
            f"{n:>3} {np.ptp(model.stationary):>21.1e} {float(model.signal(0)):>8.4f} {2 / n:>8.4f} "
            f"{model.time_constant():>10.1f} {slowest or '-':>9} "
            f"{slope(n) if fall else float('nan'):>7.3f} {fall or '-':>9}"
        )
    lives: dict[str, list[float]] = {
        "cascade, best of n = 5 to 15": [],
        "two states, best q": [],
        "two states, q = 0.5": [],
    }
    for synapses_ in map(int, NUMBERS):
        rows = (
            max(exact_curve(discrete.cascade(n), synapses_, oldest=1).lifetime for n in DEPTHS),
            exact_curve(discrete.two_state(min(1, np.e / np.sqrt(synapses_))), synapses_, oldest=1).lifetime,
            exact_curve(discrete.two_state(0.5), synapses_, oldest=1).lifetime,
        )
        for values, life in zip(lives.values(), rows, strict=True):
            values.append(life)
    for label, values in lives.items():
        power = np.polyfit(np.log(NUMBERS), np.log(values), 1)[0]
        print(f"{label}: lifetimes {', '.join(f'{life:.4g}' for life in values)}; power {power:.3f}")
    keep(draw(lives), options.figure)


if __name__ == "__main__":
    main()
