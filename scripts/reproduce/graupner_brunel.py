"""The nine parameter sets of Graupner and Brunel: simulated with and without noise, and in closed form.

    python scripts/reproduce/graupner_brunel.py

Change in strength by 60 pairs of spikes at 1 Hz against the lag, as in Graupner, Brunel 2012, Fig. 2 (the first six
sets) and with the sets fitted to data. The closed form neglects the double well during the stimulus; the simulations
do not. The expected numbers (DP and DPD) were computed from the closed form by an independent program.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from drawing import add_figure, keep

import synapses
import tacos
from synapses.calcium.graupner_brunel import PARAMETER_SETS, closed_form
from tacos.backends import Choice, Stretch, simulator
from tacos.networks.initial import initial_state
from tacos.plots.style import PAGE, PALETTE, legend_below, new_figure, styled

DT = 0.1e-3
PAIRS, PERIOD, FIRST = 60, 10_000, 2000
LAGS = np.array([-80, -60, -40, -30, -20, -15, -10, -5, 0, 5, 10, 15, 20, 30, 40, 60, 80])
EXPECTED = {
    "DP": (0.978, 0.852, 0.764, 0.882, 0.943, 1.240, 1.221, 1.172, 1.085, 1.013),
    "DPD": (1, 1, 0.998, 0.859, 0.846, 1.194, 0.961, 0.868, 1, 1),
}
EXPECTED_LAGS = np.array([-80, -40, -20, -10, -5, 5, 10, 20, 40, 80])


def timed(name: str, size: int) -> tacos.Population:
    """Cells that fire once a second, each at a step of its own."""
    return tacos.Population(
        name, size, "start : integer", threshold=f"step % {PERIOD} == start", reset="", persistent=("start",)
    )


def pairs(size: int) -> tacos.Network:
    """Pairs of cells, each with a synapse, for one second."""
    # All sets are then one program: the delay of presynaptic calcium is in the times of the spikes.
    model = synapses.graupner_brunel("DP").with_parameters(D="0 ms")
    projection = tacos.Projection("pre", "post", model, "start += 0", tacos.OneToOne())
    cells = (timed("pre", size), timed("post", size))
    return tacos.Network(cells, (projection,), PERIOD * DT, DT, readout="post")


def simulated(made: Any, network: tacos.Network, name: str, trials: int, noise: bool) -> tuple[np.ndarray, np.ndarray]:
    """Change in strength at each lag, and its standard error; half of the synapses are DOWN at first."""
    p = PARAMETER_SETS[name]
    state = initial_state(network.lowered, 0)
    starts = np.repeat(LAGS, 2 * trials)
    state["pre.start"] = np.full(len(starts), FIRST + round(p["D"] / DT), np.int32)
    state["post.start"] = (FIRST + np.rint(starts * 1e-3 / DT)).astype(np.int32)
    state["pre-post.rho"] = np.tile(np.repeat([0.0, 1.0], trials), len(LAGS))
    own = {key: value for key, value in p.items() if key != "D"} | ({} if noise else {"sigma": 0.0})
    values = {f"pre-post.{key}": value for key, value in own.items()}
    end = made.run(state, Stretch({}, 0, 2012, 0, True, PAIRS, parameters=values)).state
    up = (end["pre-post.rho"] > p["rho_star"]).reshape(len(LAGS), 2, trials).mean(axis=2)
    share = np.array([p["beta"], 1 - p["beta"]])
    first = p["beta"] + (1 - p["beta"]) * p["b"]
    change = (share * (1 + (p["b"] - 1) * up)).sum(axis=1) / first
    error = np.sqrt((share**2 * up * (1 - up) / trials).sum(axis=1)) * (p["b"] - 1) / first
    return change, error


@styled
def drawn(found: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]) -> Any:
    """One panel a set."""
    figure = new_figure(PAGE, 5.6)
    fine = np.arange(-80, 81) * 1e-3
    panels = figure.subplots(3, 3, sharex=True)
    for axes, (name, results) in zip(panels.flat, found.items(), strict=True):
        axes.axhline(1, color="#999999", linewidth=0.8)
        axes.plot(fine * 1e3, closed_form(PARAMETER_SETS[name], fine), color=PALETTE[0], label="closed form")
        change, error = results["noise"]
        axes.errorbar(LAGS, change, error, fmt="o", color=PALETTE[1], label="simulation, standard error")
        axes.plot(LAGS, results["none"][0], "x", color=PALETTE[2], label="simulation without noise")
        axes.set_title(name)
    for axes in panels[:, 0]:
        axes.set_ylabel("strength,\nafter / before")
    for axes in panels[-1]:
        axes.set_xlabel("$t_{post} - t_{pre}$ (ms)")
    legend_below(figure, panels[0, 0].get_legend_handles_labels()[0], ncols=3)
    return figure


def main() -> None:
    """Simulate all sets, print what was expected and what came out, draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=40, help="synapses that are DOWN at first, and as many UP ones")
    parser.add_argument("--processes", type=int, default=2)
    add_figure(parser, "models/graupner_brunel")
    options = parser.parse_args()
    for name, expected in EXPECTED.items():
        worst = np.abs(closed_form(PARAMETER_SETS[name], EXPECTED_LAGS * 1e-3) - expected).max()
        print(f"{name}: closed form within {worst:.4f} of the expected values at {len(expected)} lags")
    made = {}
    for noise, trials in ((True, options.trials), (False, 1)):
        network = pairs(2 * trials * len(LAGS))
        made[noise] = (simulator(network, Choice(), chunk=PAIRS, say=print), network, trials)

    def both(name: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        return {key: simulated(*made[n][:2], name, made[n][2], n) for key, n in (("noise", True), ("none", False))}

    with ThreadPoolExecutor(options.processes) as pool:
        found = dict(zip(PARAMETER_SETS, pool.map(both, PARAMETER_SETS), strict=True))
    print("simulation - closed form, in standard errors: root mean square, largest")
    for name, results in found.items():
        change, error = results["noise"]
        expected = closed_form(PARAMETER_SETS[name], LAGS * 1e-3)
        z = (change - expected)[error > 0] / error[error > 0]
        print(f"{name:<22}{np.sqrt((z**2).mean()):6.2f}{np.abs(z).max():6.2f}"
              f"   largest difference {np.abs(change - expected).max():.3f}")  # fmt: skip
    keep(drawn(found), options.figure)


if __name__ == "__main__":
    main()
