"""Recall from correlated synapses, after Savin, Dayan and Lengyel: rules of storage, and what recall knows of them.

    python scripts/reproduce/recall.py

Extracted sentences of the paper were read (NIPS 2013); its numbers of neurons, density and noise were not, and the form
of recall is ours (:mod:`tacos.memory.recall`).
"""

from __future__ import annotations

import argparse

import numpy as np
from drawing import add_figure, keep
from matplotlib.figure import Figure

from tacos.memory.discrete import cascade
from tacos.memory.recall import recall_error
from tacos.memory.rules import GATINGS, Additive, Palimpsest, covariance, hebb, measured_correlations
from tacos.plots.style import GREY, PAGE, new_figure, series, styled

N, TRIALS, FLIPPED = 80, 10, 0.1
STORED = (2, 5, 10, 20)
AGES = (0, 1, 2, 4, 7, 11, 16)
ADDITIVE = {"Hebb": hebb(), "x (y - 0.2)": Additive(0.0, 0.2, 0.5), "covariance": covariance()}
DEPTHS = (2, 3, 5, 8)


def correlations() -> dict[str, list[float]]:
    """By gating: the largest correlation of synapses that share a neuron, for each depth; some beside a simulation."""
    found: dict[str, list[float]] = {}
    for gating in GATINGS:
        found[gating] = []
        for n in DEPTHS:
            rule = Palimpsest(gating, cascade(n))
            known = rule.correlations()
            found[gating].append(max(known[:2]))
            if n <= 3:
                seen = np.mean([simulated(rule, seed) for seed in range(40)], axis=0)
                text = ", ".join(f"{a:.3f} ({b:.3f})" for a, b in zip(known, seen, strict=True))
                print(f"{gating}, n = {n}: correlation, same target, same source, pair (simulated): {text}")
    return found


def simulated(rule: Palimpsest, seed: int) -> tuple[float, float, float]:
    """Correlations of the weights of one network after 60 patterns."""
    rng = np.random.default_rng([11, seed])
    weights = rule.store((rng.random((60, 40)) < rule.f).astype(float), rng)
    return measured_correlations(weights, float(rule.stationary @ rule.synapse.weights), rule.variance())


@styled
def draw() -> Figure:
    """Error of additive rules by load, error of cascades by age, correlation by depth."""
    figure = new_figure(PAGE, 2.7)
    left, middle, right = figure.subplots(1, 3)
    for (label, rule), own in zip(ADDITIVE.items(), series(3), strict=True):
        for aware, line in ((False, ":"), (True, "-")):
            found = [recall_error(rule, N, stored, [0], FLIPPED, aware, TRIALS) for stored in STORED]
            error, spread = (100 * np.array(values)[:, 0] for values in zip(*found, strict=True))
            said = ", ".join(f"{e:.1f} +- {s:.1f}" for e, s in zip(error, spread, strict=True))
            print(f"{label}, {'aware' if aware else 'simple'}, {STORED} patterns: {said} %")
            name = label if aware else None
            left.errorbar(STORED, error, spread, color=own["color"], linestyle=line, marker=own["marker"], label=name)
    left.axhline(100 * FLIPPED, color=GREY, linewidth=0.8, linestyle=":")
    left.set(xlabel="patterns stored", ylabel="wrong neurons (%)", ylim=(-1, 75), title="additive rules")
    left.legend(loc="upper left")
    for (gating, n), own in zip((("presynaptic", 3), ("presynaptic", 5), ("postsynaptic", 5)), series(3), strict=True):
        rule = Palimpsest(gating, cascade(n))
        for aware, line in ((False, ":"), (True, "-")):
            error, spread = recall_error(rule, N, max(AGES) + 1, AGES, FLIPPED, aware, TRIALS)
            print(
                f"{gating}, n = {n}, {'aware' if aware else 'simple'}: {', '.join(f'{100 * e:.1f}' for e in error)} %"
            )
            label = f"{gating}, n = {n}" if aware else None
            middle.errorbar(
                np.array(AGES) + 1, 100 * error, 100 * spread, color=own["color"], linestyle=line, label=label
            )
    middle.axhline(100 * FLIPPED, color=GREY, linewidth=0.8, linestyle=":")
    middle.set(xscale="log", xlabel="age + 1 (patterns)", ylabel="wrong neurons (%)", ylim=(-1, 75))
    middle.set_title("cascades; dotted: simple")
    middle.legend()
    for (gating, values), own in zip(correlations().items(), series(3), strict=True):
        size = 9 if gating == "postsynaptic" else 4  # the same numbers as for the presynaptic one
        right.plot(DEPTHS, values, color=own["color"], marker=own["marker"], markersize=size, label=gating)
    right.set(xlabel="depth of the cascade", ylabel="correlation of synapses (dimensionless)", ylim=(-0.01, 0.36))
    right.set_title("that share a neuron")
    right.legend()
    return figure


def main() -> None:
    """Print what was measured, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_figure(parser, "models/recall")
    options = parser.parse_args()
    print(
        f"{N} neurons, density 0.5, {100 * FLIPPED:.0f} % of the cue flipped, {TRIALS} trials (mean +- standard error)"
    )
    keep(draw(), options.figure)


if __name__ == "__main__":
    main()
