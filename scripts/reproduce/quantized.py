"""The metaplastic weight of several levels: its gate, and how often levels change.

    python scripts/reproduce/quantized.py

After D'Agostino et al. 2023, in our form. Under a minute.
"""

from __future__ import annotations

import argparse

import numpy as np
from drawing import add_figure, keep
from given_errors import gate, learned
from matplotlib.figure import Figure

import synapses
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

LEVELS, THRESHOLDS = 4, np.array([-2.0, 0.0, 2.0])
STRENGTHS = (0.0, 0.5, 1.0, 2.0, 4.0)


def switches(m: float, n: int = 100, steps: int = 400) -> float:
    """Changes of level for each weight, while random errors push it."""
    rng = np.random.default_rng(0)
    pushes, start = rng.normal(size=(steps, n)), rng.uniform(-3, 3, n)
    model = synapses.quantized(LEVELS).with_parameters(m=m, eta=0.3)
    path, _ = learned(model, lambda step, w: pushes[step], start, steps)
    return float((np.diff(np.searchsorted(THRESHOLDS, path, side="right"), axis=0) != 0).sum() / n)


@styled
def drawn(counts: list[float]) -> Figure:
    """Gate over four levels, and changes of level."""
    figure = new_figure(PAGE, 2.7)
    left, right = figure.subplots(1, 2)
    w, model = np.linspace(-4.5, 4.5, 451), synapses.quantized(LEVELS)
    left.plot(w, gate(model, w, 1.0), color=PALETTE[0], label="downward")
    left.plot(w, gate(model, w, -1.0), color=PALETTE[1], linestyle="--", label="upward")
    for k, threshold in enumerate(THRESHOLDS):
        left.axvline(threshold, color="0.7", linewidth=0.8, label="" if k else "threshold")
    for k, level in enumerate((-3, -1, 1, 3)):
        left.plot(level, -0.05, "^", color="k", clip_on=False, label="" if k else "level")
    left.set(xlabel="hidden weight (half cells)", ylabel="share of an update let through", ylim=(-0.05, 1.5))
    left.set_yticks([0, 0.5, 1])
    left.legend(loc="upper center", ncols=2)
    right.plot(STRENGTHS, counts, "o-", color=PALETTE[0])
    right.set(xlabel="strength m", ylabel="changes of level per weight", ylim=(0, None))
    return figure


def main() -> None:
    """Print what is measured, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_figure(parser, "models/quantized")
    options = parser.parse_args()
    counts = [switches(m) for m in STRENGTHS]
    print("changes of level for each weight (expected: fewer with larger m)")
    print("\n".join(f"  m = {m:<4g}{count:6.2f}" for m, count in zip(STRENGTHS, counts, strict=True)))
    keep(drawn(counts), options.figure)


if __name__ == "__main__":
    main()
