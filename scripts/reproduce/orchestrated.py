"""One neuron that would run away, what holds it, and what it remembers: orchestrated plasticity.

    python scripts/reproduce/orchestrated.py

A hundred Poisson inputs of 10 Hz onto a leaky cell; twenty of them fire at 30 Hz for fifty minutes. Two programs are
compiled once, half a minute each; then about a minute.
"""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
from drawing import figure_path, keep
from long_times import Timeline
from matplotlib.figure import Figure

import synapses
import tacos
from tacos.networks.populations import lif, stimulus
from tacos.plots import style
from tasks import IMAGE, Rate

INPUTS, STIMULATED = 100, 20
GAIN = 6.0  # of the cell: what a weight does to it; ours
BEFORE, DURING, AFTER = 60, 3000, 2400  # seconds


def network(model: synapses.Synapse) -> tacos.Network:
    """Presentations of a second, between which nothing is reset."""
    return tacos.Network(
        (stimulus("input", INPUTS, Rate("50 Hz")), lif("cell", 1, resistance=GAIN)),
        (tacos.Projection("input", "cell", model),), 1.0, 1e-3, "1 ms", readout="cell",
    )  # fmt: skip


def experiment(model: synapses.Synapse, seconds: tuple[int, ...] = (BEFORE, DURING, AFTER), seed: int = 1):
    """Weights and reference weights ``[second, synapse]``, and spikes of the cell in each second."""
    timeline = Timeline({"all": network(model)}, ["input-cell.w", "input-cell.w_ref", "cell.spike_count"], seed)
    for k, n in enumerate(seconds):
        rates = np.full((n, INPUTS), 10 / 50)
        if k == 1:
            rates[:, :STIMULATED] = 30 / 50
        timeline.run("all", n, {IMAGE: rates})
    return timeline.traces()


@style.styled
def figure(found: dict[str, Any]) -> Figure:
    """Rate, weights and reference weights with and without the heterosynaptic term."""
    drawn = style.new_figure(style.PAGE, 4.6)
    panels = drawn.subplots(3, 2, sharex="col")
    for column, (title, (times, records)) in zip(panels.T, found.items(), strict=True):
        minutes = times / 60
        column[0].plot(minutes, records["cell.spike_count"][:, 0], color=style.GREY, linewidth=0.5)
        column[0].set_title(title)
        for axes, key in ((column[1], "w"), (column[2], "w_ref")):
            for k, (name, part) in enumerate(
                (("stimulated", slice(0, STIMULATED)), ("other inputs", slice(STIMULATED, None)))
            ):
                values = records[f"input-cell.{key}"][::5, part]
                axes.plot(minutes[::5], values.mean(axis=1), color=style.PALETTE[k], label=name)
        for axes in column:
            axes.axvspan(
                BEFORE / 60, min(BEFORE + DURING, times[-1] - 60) / 60, color=style.GREY, alpha=0.15, linewidth=0
            )
        column[2].axhline(0.5, color=style.GREY, linestyle=":", linewidth=0.8)
        column[2].set_xlabel(style.axis_label("time", "min"))
    for axes, label in zip(
        panels[:, 0], ("rate (Hz)", "weight\n(dimensionless)", "reference weight\n(dimensionless)"), strict=True
    ):
        axes.set_ylabel(label)
    panels[1, 0].legend()
    return drawn


def main() -> None:
    """Run with and without the heterosynaptic term, print rates and weights, draw."""
    path = figure_path(__doc__, "models/orchestrated")
    matplotlib.use("Agg")
    model = synapses.orchestrated()
    found = {
        "all mechanisms": experiment(model),
        "without heterosynaptic plasticity": experiment(model.without("heterosynaptic plasticity"), (BEFORE, 600, 60)),
    }
    for title, (_, records) in found.items():
        for name, end in (
            ("before", BEFORE),
            ("after 9 min", BEFORE + 540),
            ("after 50 min", BEFORE + DURING),
            ("at the end", None),
        ):
            if end and end > len(records["cell.spike_count"]):
                continue
            last = slice(end - 30 if end else -30, end)
            w, w_ref, spikes = (records[key][last] for key in records)
            both = [f"{x[:, :STIMULATED].mean():.2f} and {x[:, STIMULATED:].mean():.2f}" for x in (w, w_ref)]
            print(f"{title}, {name}: rate {spikes.mean():.1f} Hz, weights {both[0]}, reference {both[1]}")
    keep(figure(found), path)


if __name__ == "__main__":
    main()
