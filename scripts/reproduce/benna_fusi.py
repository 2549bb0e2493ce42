"""The chain of Benna and Fusi: one over the square root of time, and lifetimes that grow with the number of synapses.

    python scripts/reproduce/benna_fusi.py

Exact solution by the chain's modes. Expected numbers are of an independent computation from the same equations; of the
paper the abstract was read.
"""

from __future__ import annotations

import argparse

import numpy as np
from drawing import add_figure, keep
from matplotlib.figure import Figure

from tacos.memory import discrete
from tacos.memory.chain import benna_fusi
from tacos.memory.decay import exact_curve
from tacos.plots.style import GREY, PAGE, new_figure, series, styled

#: By m: slowest time constant (patterns) and variance of the efficacy, where the reference has one.
EXPECTED = {8: (3.03e5, 22.4), 12: (7.8e7, None), 16: (2.0e10, None), 20: (None, 53.6)}
NUMBERS = np.logspace(3, 9, 7).astype(int)


@styled
def draw(lives: dict[str, list[float]]) -> Figure:
    """Response to a push against age, and lifetime against the number of synapses."""
    figure = new_figure(PAGE, 3.1)
    left, right = figure.subplots(1, 2)
    for m, own in zip((4, 8, 12, 16), series(4), strict=True):
        times = np.geomspace(1, 1e11, 200)
        response = benna_fusi(m).signal(times)
        left.plot(times, response, color=own["color"], linestyle=own["linestyle"], label=f"m = {m}")
    left.plot(times, 1.1 * times**-0.5, color=GREY, linewidth=0.8, linestyle="--", label="age$^{-1/2}$")
    left.set(xscale="log", yscale="log", ylim=(1e-6, 1.5), xlabel="age (patterns)", ylabel="response (dimensionless)")
    left.legend()
    left.set_title("x = 2, g = 1/8, exact")
    for (label, values), own in zip(lives.items(), series(len(lives)), strict=True):
        right.plot(NUMBERS, values, color=own["color"], linestyle=own["linestyle"], marker=own["marker"], label=label)
    right.plot(NUMBERS, 0.03 * NUMBERS, color=GREY, linewidth=0.8, linestyle="--", label="linear")
    right.set(xscale="log", yscale="log", xlabel="number of synapses", ylabel="lifetime (patterns)")
    right.legend()
    right.set_title("until the signal-to-noise ratio is 1")
    return figure


def main() -> None:
    """Print expected and measured numbers, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_figure(parser, "models/benna_fusi")
    options = parser.parse_args()
    for m, (slowest, variance) in EXPECTED.items():
        chain = benna_fusi(m)
        decades = 10.0 ** np.arange(1, int(np.log10(2.0 ** (2 * m - 2) / (10 * 0.125))) + 1)
        slopes = np.diff(np.log10(chain.signal(decades)))
        print(
            f"m = {m}: slopes of {slopes.size} decades {slopes.min():.3f} to {slopes.max():.3f} (-0.50 +- 0.03); "
            f"slowest {chain.time_constant():.3g} ({slowest or '-'}); "
            f"variance {chain.noise() ** 2:.1f} ({variance or '-'})"
        )
    ripple = np.geomspace(10, 1e8, 200)
    local = np.gradient(np.log(benna_fusi(12, 4.0).signal(ripple)), np.log(ripple))
    print(f"x = 4: local slope {local.min():.2f} to {local.max():.2f} (-0.72 to -0.32)")
    lives: dict[str, list[float]] = {"chain, m = 8": [], "chain, m = 12": [], "cascade, best n": []}
    for synapses_ in map(int, NUMBERS):
        for m in (8, 12):
            lives[f"chain, m = {m}"].append(exact_curve(benna_fusi(m), synapses_, oldest=1).lifetime)
        best = max(exact_curve(discrete.cascade(n), synapses_, oldest=1).lifetime for n in (5, 8, 10, 12, 15))
        lives["cascade, best n"].append(best)
    for label, values in lives.items():
        print(f"{label}: {', '.join(f'{life:.4g}' for life in values)}")
    print(f"power of the lifetime, m = 12: {np.polyfit(np.log(NUMBERS), np.log(lives['chain, m = 12']), 1)[0]:.3f} (1)")
    keep(draw(lives), options.figure)


if __name__ == "__main__":
    main()
