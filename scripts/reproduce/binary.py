"""The metaplastic binary weight: its gate, and what hidden weights tell of importance in the quadratic task.

    python scripts/reproduce/binary.py

Laborieux et al. 2021. Seconds.
"""

from __future__ import annotations

import argparse

import numpy as np
from drawing import add_figure, keep
from given_errors import gate, learned
from matplotlib.figure import Figure
from scipy.stats import spearmanr

import synapses
from tacos.plots.style import PAGE, PALETTE, new_figure, styled


def quadratic_task(d: int = 200, steps: int = 1000, eta: float = 0.01, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Magnitude of every hidden weight after learning, and what turning its sign would cost."""
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(d, d)))
    curvature = axes @ np.diag(rng.uniform(10.5, 29.5, d)) @ axes.T
    optimum = rng.uniform(-4, 4, d)

    def sign(w: np.ndarray) -> np.ndarray:
        return np.where(w >= 0, 1.0, -1.0)

    model = synapses.binary().without("metaplasticity").with_parameters(eta=eta)
    path, _ = learned(
        model, lambda step, w: curvature @ (sign(w) - optimum), rng.uniform(-0.05, 0.05, d), steps
    )  # fmt: skip
    s = sign(path[-1])
    return abs(path[-1]), -2 * s * (curvature @ (s - optimum)) + 2 * np.diag(curvature)


@styled
def drawn(size: np.ndarray, cost: np.ndarray) -> Figure:
    """Gate, and cost against magnitude."""
    figure = new_figure(PAGE, 2.7)
    left, right = figure.subplots(1, 2)
    w = np.linspace(-2, 2, 201)
    for m, colour in zip((0.0, 0.5, 1.35), PALETTE, strict=False):
        model = synapses.binary().with_parameters(m=m)
        left.plot(w, gate(model, w, 1.0), color=colour, label=f"m = {m:g}, down")
    left.plot(w, gate(model, w, -1.0), color=PALETTE[2], linestyle="--", label="m = 1.35, up")
    left.set(xlabel="hidden weight", ylabel="share of an update let through", ylim=(-0.02, 1.6))
    left.set_yticks([0, 0.5, 1])
    left.legend(loc="upper center", ncols=2)
    right.plot(size, cost, ".", color=PALETTE[0], markersize=3)
    right.set(xlabel="magnitude of the hidden weight", ylabel="rise of the loss if its sign turns")
    return figure


def main() -> None:
    """Print what is expected and measured, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_figure(parser, "models/binary")
    options = parser.parse_args()
    one = np.array([1.0])
    down, up = gate(synapses.binary(), one, 1.0)[0], gate(synapses.binary(), one, -1.0)[0]
    print(f"gate at w = 1, m = 1.35: toward zero {down:.4f} (expected 0.2360), away {up:.4f} (expected 1)")
    size, cost = quadratic_task()
    print(f"quadratic task: Spearman correlation of magnitude and cost {spearmanr(size, cost).statistic:.3f}")
    keep(drawn(size, cost), options.figure)


if __name__ == "__main__":
    main()
