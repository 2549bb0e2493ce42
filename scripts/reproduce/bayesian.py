"""The Bayesian weight: widths at the fixed point of a quadratic loss, and widths through a stream.

    python scripts/reproduce/bayesian.py

Bonnet et al. 2023, 2025, in our local form. One to three minutes, most of them compiling.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from brian2 import Network, NeuronGroup, defaultclock, ms, network_operation, prefs
from drawing import add_figure, keep
from matplotlib.figure import Figure

import synapses
import tacos
import tasks
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

MEMORY, SIGMA_PRIOR, MU_PRIOR, OPTIMUM = 20.0, 0.8, -0.4, 0.7
CURVATURES = np.logspace(-3, 1, 9)


def fixed_point(presentations: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Means and widths of weights whose loss is quadratic, one for each curvature.

    Two synapses of every curvature, drawn one width to either side, are averaged after each presentation, as samples of
    one weight.
    """
    prefs.codegen.target = "numpy"
    defaultclock.dt = 1 * ms
    constants = {"eta": 1.0, "memory": MEMORY, "sigma_prior": SIGMA_PRIOR, "mu_prior": MU_PRIOR}
    model = synapses.bayesian().with_parameters(**constants)
    n = len(CURVATURES)
    curvature, sides = np.repeat(CURVATURES, 2), np.tile([1.0, -1.0], n)
    pre = NeuronGroup(1, "wait = t_in_timesteps % 2 : integer", threshold="wait == 0", reset="")
    post = NeuronGroup(2 * n, f"{model.post_equations()}\nI : 1", threshold="False", reset="", method="euler")
    built = model.connect(pre, post, presentation=2 * ms)

    def pairs(name: str) -> np.ndarray:
        return np.array(getattr(built, name)[:]).reshape(n, 2).mean(1)

    @network_operation(when="start", dt=2 * ms)
    def average() -> None:
        built.mu, built.sigma = np.repeat(pairs("mu"), 2), np.repeat(pairs("sigma"), 2)
        built.drawn = sides

    @network_operation(when="before_synapses")
    def give() -> None:
        post.U = curvature * (np.array(built.mu[:]) + np.array(built.sigma[:]) * sides - OPTIMUM)

    Network(pre, post, built, average, give).run(2 * presentations * ms)
    return pairs("mu"), pairs("sigma")


def expected() -> tuple[np.ndarray, np.ndarray]:
    """Means and widths in closed form."""
    prior = 1 / (MEMORY * SIGMA_PRIOR**2)
    means = (CURVATURES * OPTIMUM + MU_PRIOR * prior) / (CURVATURES + prior)
    return means, 1 / np.sqrt(MEMORY * CURVATURES + 1 / SIGMA_PRIOR**2)


def through_stream(out: Path, hidden: int) -> tuple[np.ndarray, np.ndarray, tasks.Stream]:
    """Widths of all synapses between input and hidden cells, every 10 presentations of five pairs of digits."""
    stream = tasks.named("split-digits")
    network = tacos.error_driven(stream, hidden=hidden, synapse=synapses.bayesian())
    result = tacos.run(
        network, stream, out=out, record="input-hidden: sigma; synapses=random(1000); every=10 presentations"
    )
    recorded = result.trajectories("input-hidden")["sigma"].isel(replica=0)
    return np.arange(1, len(recorded) + 1) * 10, recorded.values, stream


@styled
def drawn(found: np.ndarray, when: np.ndarray, widths: np.ndarray, n_tasks: int) -> Figure:
    """Widths against curvature, and through the stream."""
    figure = new_figure(PAGE, 2.7)
    left, right = figure.subplots(1, 2)
    left.loglog(CURVATURES, expected()[1], color=PALETTE[0], label=r"$(N H + 1/\sigma_{prior}^2)^{-1/2}$")
    left.loglog(CURVATURES, found, "o", color=PALETTE[1], label="model")
    left.set(xlabel="curvature H of the loss", ylabel="width at the fixed point")
    left.legend()
    for low, high, alpha in ((5, 95, 0.15), (25, 75, 0.3)):
        band = np.percentile(widths, [low, high], axis=1)
        right.fill_between(
            when, *band, color=PALETTE[0], alpha=alpha, linewidth=0, label=f"{low} to {high} % of synapses"
        )
    right.plot(when, np.median(widths, axis=1), color=PALETTE[0], label="median")
    for task in range(1, n_tasks):
        right.axvline(when[-1] * task / n_tasks, color="0.6", linestyle=":", linewidth=0.8)
    right.set(
        xlabel="presentations (dotted: next task)",
        ylabel="width of a weight",
        ylim=(0, 1.4 * np.percentile(widths, 95, axis=1).max()),
    )
    right.legend(loc="upper left")
    return figure


def main() -> None:
    """Print what is expected and measured, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hidden", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path("runs/bayesian-split-digits"))
    add_figure(parser, "models/bayesian")
    options = parser.parse_args()
    means, widths = fixed_point()
    away = [abs(found - right).max() for found, right in zip((means, widths), expected(), strict=True)]
    print(f"fixed point: largest error of a mean {away[0]:.1e}, of a width {away[1]:.1e} (expected below 1e-6)")
    when, recorded, stream = through_stream(options.out, options.hidden)
    print(f"median width after {when[0]} and {when[-1]} presentations: "
          f"{np.median(recorded[0]):.3f}, {np.median(recorded[-1]):.3f}")  # fmt: skip
    keep(drawn(widths, when, recorded, stream.n_tasks), options.figure)


if __name__ == "__main__":
    main()
