"""Potentiation that persists in silence and vanishes with use, and that there is none of without kinase.

    python scripts/reproduce/use_dependent.py

A thousand synapses, each of an input of its own, with PyTorch; some twenty seconds. The form of the model is ours.
"""

from __future__ import annotations

import matplotlib
import numpy as np
from drawing import figure_path, keep
from matplotlib.figure import Figure

import synapses
import tacos
from tacos.backends import Choice, Stretch, simulator
from tacos.networks.initial import initial_state
from tacos.networks.populations import stimulus
from tacos.plots import style
from tasks import IMAGE, Raster

SIZE, USES, LENGTH = 1000, 8, 2.0


def experiment(model: synapses.Synapse, silence: int) -> np.ndarray:
    """Mean efficacy of all synapses before a tetanus, after it, after silence, and after each of eight single spikes.

    Parameters
    ----------
    model : Synapse
    silence : int
        Presentations of two seconds without a spike, between tetanus and uses and between uses.
    """
    cell = tacos.Population("cell", 1, "heard : 1", receptors={"current": "heard += efficacy"})
    network = tacos.Network(
        (stimulus("input", SIZE, Raster()), cell), (tacos.Projection("input", "cell", model),), LENGTH, 20e-3,
        readout="cell",
    )  # fmt: skip
    made, state = simulator(network, Choice("torch", dtype="float64")), initial_state(network.lowered, 1)
    steps, efficacy = network.lowered.steps, [1.0]
    programme = ["tetanus", "silence", *["use", "silence"] * USES]
    first = 0
    for what in programme:
        n = silence if what == "silence" else 1
        raster = np.zeros((n, steps, SIZE))
        if what == "tetanus":
            raster[:, :20] = 1  # 20 spikes at 50 Hz
        elif what == "use":
            raster[:, 0] = 1
        state = made.run(state, Stretch({IMAGE: raster}, first, 1, 0, True, n)).state
        first += n
        efficacy.append(float(1 + state["input-cell.on"].mean()))
    return np.array([*efficacy[:3], *efficacy[3::2]])


@style.styled
def figure(found: dict[str, np.ndarray]) -> Figure:
    """Efficacy after each part of the experiment."""
    drawn = style.new_figure(style.PAGE, 3.0)
    axes = drawn.subplots()
    for (label, values), line in zip(found.items(), style.series(len(found)), strict=True):
        axes.plot(values, label=label, **line)
    expected = 1 + (found["silences of 4 s"][1] - 1) * 0.7 ** np.arange(USES + 1)
    axes.plot(np.arange(2, 3 + USES), expected, color=style.GREY, linestyle=":", label="closed form")
    axes.set_xticks(range(3 + USES), ["before", "tetanus", "silence", *(f"use {k + 1}" for k in range(USES))])
    axes.set_ylabel("mean efficacy (relative to rest)")
    axes.set_xlabel("after this part of the experiment")
    axes.legend()
    return drawn


def main() -> None:
    """Run, print, draw."""
    path = figure_path(__doc__, "models/use_dependent")
    matplotlib.use("Agg")
    model = synapses.use_dependent()
    found = {
        "silences of 4 s": experiment(model, 2),
        "silences of 60 s": experiment(model, 30),
        "no kinase": experiment(model.without("kinase"), 2),
    }
    for label, values in found.items():
        left = (values[3:] - 1) / (values[1] - 1) if values[1] > 1 else values[3:] * 0
        print(f"{label}: tetanus {values[1]:.3f}, silence {values[2]:.3f}, left after uses", left.round(3))
    print("expected after uses", (0.7 ** np.arange(1, USES + 1)).round(3))
    keep(figure(found), path)


if __name__ == "__main__":
    main()
