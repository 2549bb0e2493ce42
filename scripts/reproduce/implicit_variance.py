"""Implicit variance: a predictor and a stopped gradient keep a linear embedding from collapsing.

    python scripts/reproduce/implicit_variance.py

After Halvagal, Laborieux, Zenke 2023, "Implicit variance regularization in non-contrastive SSL", NeurIPS 36,
arXiv:2212.04858; the abstract and the authors' page were read, and **the equations here are our own derivation**. Two
views of a pattern are x + n with white x and noise n of variance v, embedded by z = W x. The predictor is the root of
the covariance of the embedding, P = C^(1/2), and the loss |P z1 - z2|^2/2 is descended through z1 alone. In the
eigenvectors of C the modes separate: for an eigenvalue c and p = c^(1/2),

    with a stopped gradient   dc/dt = -2 p ((1 + v) p - 1) c      all modes meet at p = 1/(1 + v)
    isotropic loss            dc/dt = -2 ((1 + v) p - 1) c        as fast for small modes as for large ones
    nothing stopped           dc/dt = -2 ((1 + v)(1 + p^2) - 2 p) c   below zero: collapse

The simulation draws patterns and uses the covariance of each batch; cosine losses are not shown. Under a minute.
"""

from __future__ import annotations

import argparse

import numpy as np
from drawing import add_figure, keep
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from tacos.plots.style import PAGE, PALETTE, new_figure, styled

Array = NDArray[np.float64]
NOISE = 0.5
KINDS = {"stopped": "stopped gradient", "isotropic": "isotropic loss", "through both": "nothing stopped"}


def slope(c: Array, kind: str, noise: float = NOISE) -> Array:
    """dc/dt of the eigenvalues."""
    c = np.maximum(c, 0)
    p = np.sqrt(c)
    pull = {
        "stopped": p * ((1 + noise) * p - 1),
        "isotropic": (1 + noise) * p - 1,
        "through both": (1 + noise) * (1 + p**2) - 2 * p,
    }[kind]
    return -2 * pull * c


def integrated(start: Array, times: Array, kind: str, noise: float = NOISE) -> Array:
    """Eigenvalues [times, modes] from those at the start."""
    found = solve_ivp(lambda _, c: slope(c, kind, noise), (0, times[-1]), start, t_eval=times, rtol=1e-8, atol=1e-12)
    return np.asarray(found.y.T)


def step(w: Array, one: Array, two: Array, kind: str) -> Array:
    """dW/dt [embedding, inputs] for two views [n, inputs] of the same patterns."""
    first, second = one @ w.T, two @ w.T
    values, vectors = np.linalg.eigh(first.T @ first / len(one))
    predictor = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    wrong = first @ predictor - second
    back = wrong if kind == "isotropic" else wrong @ predictor
    change = -back.T @ one
    if kind == "through both":
        change += wrong.T @ two
    return change / len(one)


def simulated(
    kind: str, times: Array, inputs: int = 15, modes: int = 10, batch: int = 2000, noise: float = NOISE
) -> Array:
    """Eigenvalues of the embedding's covariance [times, modes], ascending."""
    rng = np.random.default_rng(0)
    left, _ = np.linalg.qr(rng.normal(size=(modes, modes)))
    right, _ = np.linalg.qr(rng.normal(size=(inputs, inputs)))
    w = left @ np.diag(np.sqrt(np.linspace(0.02, 0.9, modes) / (1 + noise))) @ right[:modes]
    found = []
    for before, after in zip(np.r_[0.0, times], times, strict=False):
        if after > before:
            pattern = rng.normal(size=(batch, inputs))
            one, two = (pattern + np.sqrt(noise) * rng.normal(size=pattern.shape) for _ in range(2))
            w = w + (after - before) * step(w, one, two, kind)
        found.append((1 + noise) * np.linalg.eigvalsh(w @ w.T))
    return np.array(found)


@styled
def drawn(times: Array, found: dict[str, tuple[Array, Array]]) -> Figure:
    """Eigenvalues through time, simulated and integrated."""
    figure = new_figure(PAGE, 2.7)
    panels = figure.subplots(1, len(found), sharey=True)
    for axes, (kind, (simulation, equation)) in zip(panels, found.items(), strict=True):
        axes.plot(times, simulation, color=PALETTE[0], linewidth=0.9)
        axes.plot(times, equation, color=PALETTE[1], linestyle="--", linewidth=1.0)
        axes.axhline(1 / (1 + NOISE) ** 2, color="0.6", linestyle=":", linewidth=0.8)
        axes.set(title=KINDS[kind], xlabel="time (learning rate x steps)", ylim=(0, None))
    panels[0].set_ylabel("eigenvalue of the covariance")
    panels[1].plot([], [], color=PALETTE[0], label="simulation")
    panels[1].plot([], [], color=PALETTE[1], linestyle="--", label="equation of a mode")
    panels[1].plot([], [], color="0.6", linestyle=":", label=r"$(1 + v)^{-2}$")
    panels[1].legend()
    return figure


def main() -> None:
    """Print what is expected and measured, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_figure(parser, "learners/implicit_variance")
    options = parser.parse_args()
    times = np.linspace(0, 12, 1201)
    found = {}
    for kind, title in KINDS.items():
        simulation = simulated(kind, times)
        found[kind] = simulation, integrated(simulation[0], times, kind)
        away = np.abs(simulation - found[kind][1]).max()
        low, high = simulation[-1, [0, -1]]
        print(f"{title}: largest distance from the equation {away:.3f}; at the end eigenvalues {low:.3f} to {high:.3f}")
    print(f"expected: {1 / (1 + NOISE) ** 2:.3f} with a stopped gradient or the isotropic loss, else 0")
    keep(drawn(times, found), options.figure)


if __name__ == "__main__":
    main()
