"""Input selectivity by the unified calcium model, with and without metaplasticity.

    python scripts/reproduce/yeung.py                  # ten seeds
    python scripts/reproduce/yeung.py --seeds 3

One integrate-and-fire neuron with 100 plastic excitatory and 20 static inhibitory inputs, as in Yeung, Blais, Cooper,
Shouval 2002. Half of the excitatory inputs (A) are correlated, half (B) are not; all fire at the same rate (Figs. 2 and
3). Then four channels of 25 inputs take turns in firing at a high rate (Fig. 4). The neuron is that of a co-author's
code; the correlation, the inhibition, the channels' rates and the length of the runs are ours.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from drawing import add_figure, keep

import synapses
from synapses import Parameter, static
from tacos import Network, Population, Projection
from tacos.backends import Choice, Stretch, simulator
from tacos.networks.initial import initial_state
from tacos.networks.populations import conductance_lif, poisson
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

DT = 0.5e-3
CORRELATION = 0.8
RATES = {"metaplasticity": (5, 10, 15, 20, 27, 35), "no metaplasticity": (2, 4, 6, 8, 10, 14, 20, 35)}
CHANNELS, HIGH, LOW = 4, 30.0, 1.0


def firing(name: str, size: int) -> Population:
    """Poisson neurons."""
    return Population(name, size, threshold="rand() < rate*dt", parameters=(Parameter("rate", "10 Hz"),))


def sharing(name: str, size: int) -> Population:
    """Poisson neurons that take over a share of a source's spikes, one step later, and fire at the same rate."""
    return Population(
        name, size, "taken : 1",
        threshold="taken > 0.5 or rand() < (1 - share)*rate*dt", reset="taken = 0",
        parameters=(Parameter("rate", "10 Hz"), Parameter("share", float(np.sqrt(CORRELATION)))),
        receptors={"shared": "taken += efficacy*int(rand() < share)"},
    )  # fmt: skip


def neuron() -> Population:
    """The postsynaptic neuron, with the constants of a co-author's code."""
    return conductance_lif(
        "neuron", 1, threshold="-55 mV", refractory="0 ms", tau_e="5 ms", tau_i="5 ms", reversal_i="-65 mV"
    )


def correlated(model: synapses.Synapse) -> Network:
    """50 inputs that share spikes of a hidden source, and 50 that do not."""
    return Network(
        (firing("source", 1), sharing("A", 50), firing("B", 50), firing("inhibitory", 20), neuron()),
        (
            Projection("source", "A", static(1.0), "shared"),
            Projection("A", "neuron", model, "excitatory"),
            Projection("B", "neuron", model, "excitatory"),
            Projection("inhibitory", "neuron", static(0.1), "inhibitory"),
        ),
        duration=5.0, dt=DT, readout="neuron",
    )  # fmt: skip


def channels(model: synapses.Synapse) -> Network:
    """100 inputs that are shown their rates."""
    return Network(
        (poisson("input", 100, f"{HIGH} Hz"), firing("inhibitory", 20), neuron()),
        (
            Projection("input", "neuron", model, "excitatory"),
            Projection("inhibitory", "neuron", static(0.1), "inhibitory"),
        ),
        duration=0.5, dt=DT, readout="neuron",
    )  # fmt: skip


def segregation(made: Any, network: Network, rate: float, seed: int, seconds: float) -> tuple[float, float, float]:
    """Mean weights of A and of B at the end, and the neuron's rate in the second half."""
    n = round(seconds / network.duration)
    rates = {f"{name}.rate": float(rate) for name in ("source", "A", "B")}
    stretch = Stretch({}, 0, seed, 0, True, n, counts=("neuron",), parameters=rates)
    found = made.run(initial_state(network.lowered, seed), stretch)
    fired = found.counts["neuron"][n // 2 :].mean() / network.duration
    w = {name: np.clip(found.state[f"{name}-neuron.w"], 0, 1).mean() for name in ("A", "B")}
    return float(w["A"]), float(w["B"]), float(fired)


def patterns(made: Any, network: Network, seed: int, seconds: float) -> np.ndarray:
    """Mean weights of each channel, in twenty moments of a run; shape (21, 4)."""
    n = round(seconds / network.duration / 20)
    draw = np.random.default_rng(seed)
    state = initial_state(network.lowered, seed)
    state["input-neuron.w"] = state["input-neuron.w"] - 0.2  # from 0.7: the neuron is to fire at some 10 Hz at first
    weights = [state["input-neuron.w"].reshape(CHANNELS, -1).mean(axis=1)]
    for moment in range(20):
        on = np.repeat(np.eye(CHANNELS)[draw.integers(CHANNELS, size=n)], 100 // CHANNELS, axis=1)
        shown = np.where(on > 0, 1.0, LOW / HIGH)
        state = made.run(state, Stretch({"image": shown}, moment * n, seed, 0, True, n)).state
        weights.append(np.clip(state["input-neuron.w"], 0, 1).reshape(CHANNELS, -1).mean(axis=1))
    return np.array(weights)


@styled
def drawn_correlated(found: dict[str, np.ndarray]) -> Any:
    """Weights of both groups against the rate, without and with metaplasticity."""
    figure = new_figure(PAGE * 0.7, 2.6)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, name in zip(panels, ("no metaplasticity", "metaplasticity"), strict=True):
        for k, group in enumerate(("A, correlated", "B, uncorrelated")):
            w = found[name][:, :, k]
            axes.errorbar(RATES[name], w.mean(axis=1), w.std(axis=1), fmt="os"[k] + "-", color=PALETTE[k], label=group)
        axes.set(title=name, xlabel="presynaptic rate (Hz)", xlim=(0, 37))
    panels[0].set(ylabel="final weight (dimensionless)", ylim=(-0.05, 1.45))
    panels[0].legend(loc="upper right")
    return figure


@styled
def drawn_channels(courses: np.ndarray, seconds: float) -> Any:
    """Mean weights of the channels through time, a panel a seed."""
    courses = courses[:3]
    figure = new_figure(PAGE, 2.4)
    panels = figure.subplots(1, len(courses), sharey=True, squeeze=False)[0]
    for seed, (axes, course) in enumerate(zip(panels, courses, strict=True)):
        for k in range(CHANNELS):
            axes.plot(np.linspace(0, seconds, len(course)), course[:, k], color=PALETTE[k], label=f"channel {k + 1}")
        axes.set(title=f"seed {seed}", xlabel="time (s)")
    panels[0].set(ylabel="mean weight (dimensionless)", ylim=(-0.05, 1.45))
    panels[0].legend(loc="upper left", ncols=2)
    return figure


def main() -> None:
    """Run both experiments, print what was expected and what came out, draw the curves."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=80.0, help="of a run with correlated inputs")
    parser.add_argument("--part", choices=("correlated", "channels", "all"), default="all")
    parser.add_argument("--seconds-channels", type=float, default=200.0, help="of a run with four channels")
    parser.add_argument("--processes", type=int, default=2)
    add_figure(parser, "models/yeung")
    options = parser.parse_args()
    with ThreadPoolExecutor(options.processes) as pool:
        if options.part in ("correlated", "all"):
            with_correlated_inputs(options, pool)
        if options.part in ("channels", "all"):
            with_channels(options, pool)


def with_correlated_inputs(options: argparse.Namespace, pool: ThreadPoolExecutor) -> None:
    """Correlated against uncorrelated inputs, at several rates."""
    found = {}
    for name, rates in RATES.items():
        model = synapses.yeung() if name == "metaplasticity" else synapses.yeung().without("metaplasticity")
        network = correlated(model)
        made = simulator(network, Choice(), say=print)
        jobs = [(rate, seed) for rate in rates for seed in range(options.seeds)]
        runs = pool.map(lambda j, s=(made, network): segregation(*s, *j, options.seconds), jobs)
        found[name] = np.array(list(runs)).reshape(len(rates), options.seeds, 3)
        print(f"{name}: rate (Hz), w_A - w_B (mean, sd, seeds above 0.3), w_A, w_B, the neuron's rate (Hz)")
        for rate, each in zip(rates, found[name], strict=True):
            gap = each[:, 0] - each[:, 1]
            means = "  ".join(f"{x:5.2f}" for x in each.mean(axis=0))
            print(f"{rate:5.0f}  {gap.mean():6.2f} {gap.std():5.2f} {(gap > 0.3).sum():3d} of {len(gap)}  {means}")
    keep(drawn_correlated(found), options.figure)


def with_channels(options: argparse.Namespace, pool: ThreadPoolExecutor) -> None:
    """Four channels in turn."""
    # One channel is to drive the neuron, and slow learning to average over the channels.
    network = channels(synapses.yeung().with_parameters(scale=0.1, eta_0="0.3 Hz"))
    made = simulator(network, Choice(), say=print)
    runs = pool.map(lambda seed: patterns(made, network, seed, options.seconds_channels), range(options.seeds))
    courses = np.array(list(runs))
    last = np.sort(courses[:, -1], axis=1)
    for seed, weights in enumerate(last):
        print(f"four channels, seed {seed}: final mean weights in order of size: {weights.round(2)}")
    selective = last[:, -1] - last[:, -2] > 0.3
    print(f"one channel above the others by 0.3 or more: {selective.sum()} of {len(last)} seeds")
    figure = drawn_channels(courses, options.seconds_channels)
    keep(figure, options.figure.with_name(f"{options.figure.name}_channels"))


if __name__ == "__main__":
    main()
