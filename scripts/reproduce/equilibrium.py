"""Equilibrium propagation: gradients against the size of the nudge, with and without weight symmetry, and learning.

    python scripts/reproduce/equilibrium.py

784-128-10 on 10,000 images of MNIST, shown once in batches of 20, after Laborieux et al. 2021 and Laborieux and Zenke
2022, 2024 (larger networks and many epochs there). Gradients are compared with backpropagation through all sweeps, on
200 images that were not learned, with networks that have learned. A few minutes.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import torch
from drawing import add_figure, keep
from matplotlib.figure import Figure
from torch import Tensor, nn

import tasks
from tacos import baselines
from tacos.baselines import Training
from tacos.baselines.learners.equilibrium import asymmetry
from tacos.baselines.learners.networks import Equilibrium
from tacos.baselines.training import learn_stream
from tacos.plots.style import PAGE, new_figure, series, styled

NUDGES = np.logspace(-3, 0, 10)
ESTIMATES = ("one-sided", "symmetric", "holomorphic")
HOMEOSTASIS = 10.0
TRAINING = Training("adam", 1e-3, 20)


def learned(network: Equilibrium, strength: float, stream: tasks.Stream, seed: int) -> tuple[nn.Module, float]:
    """A network after the stream, and its accuracy in per cent."""
    method = baselines.named("equilibrium", strength=strength)
    model, progress = learn_stream(method, network, TRAINING, stream, seed)
    return model, 100 * progress.accuracy[-1][0]


def gradient(
    declared: Equilibrium, stream: tasks.Stream, state: dict[str, Tensor], images: Tensor, targets: Tensor
) -> Tensor:
    """Gradient of all weights, by the estimate of the network that is declared, as one vector."""
    model = replace(declared, sweeps=200).build(stream)
    model.load_state_dict(state)
    nn.functional.cross_entropy(model(images), targets).backward()
    return torch.cat([p.grad.double().flatten() for p in model.parameters()])


def cosines(network: Equilibrium, stream: tasks.Stream, model: nn.Module) -> dict[str, np.ndarray]:
    """Cosine between estimates and backpropagation, for each nudge."""
    shown = stream.held_out_presentations(0)
    given = (torch.from_numpy(shown.images[:200]).float(), torch.from_numpy(shown.targets[:200]))
    exact = gradient(replace(network, estimate="backpropagation"), stream, model.state_dict(), *given)
    found = {}
    for name in ESTIMATES:
        each = [
            gradient(replace(network, estimate=name, nudge=float(n)), stream, model.state_dict(), *given)
            for n in NUDGES
        ]
        found[name] = np.array([float(nn.functional.cosine_similarity(g, exact, dim=0)) for g in each])
    return found


@styled
def drawn(tied: dict[str, np.ndarray], untied: dict[float, dict[str, np.ndarray]]) -> Figure:
    """Distance from the backpropagated gradient, and cosine without weight symmetry."""
    figure = new_figure(PAGE, 3.0)
    left, right = figure.subplots(1, 2)
    for name, style in zip(ESTIMATES, series(3), strict=True):
        left.loglog(NUDGES, 1 - tied[name], label=name, **style)
        for strength, values in untied.items():
            label = name if strength else None
            right.semilogx(NUDGES, values[name], label=label, **(style | {"linestyle": "-" if strength else ":"}))
    left.axhline(1e-3, color="0.6", linestyle=":", linewidth=0.8)
    left.set(
        xlabel="nudge (largest push on an output)",
        ylabel="1 - cosine to backpropagation",
        ylim=(None, 10),
        title="tied weights",
    )
    right.set(xlabel="nudge (largest push on an output)", ylabel="cosine to backpropagation", ylim=(None, 1.02),
              title="not tied; dotted: no homeostatic loss")  # fmt: skip
    left.legend()
    right.legend()
    return figure


def main() -> None:
    """Print what is expected and measured, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=3)
    add_figure(parser, "learners/equilibrium")
    options = parser.parse_args()
    stream = tasks.split("mnist", classes_per_task=10, samples=options.images, test_samples=2000)
    models = {}
    print(f"accuracy on 2,000 test images, {options.images} images shown once, {options.seeds} seeds")
    rows = [(Equilibrium(estimate=name), 0.0) for name in ("backpropagation", *ESTIMATES)]
    rows += [(Equilibrium(tied=False), strength) for strength in (0.0, HOMEOSTASIS)]
    for network, strength in rows:
        outcomes = [learned(network, strength, stream, seed) for seed in range(options.seeds)]
        models[network, strength] = outcomes[0][0]
        values = [accuracy for _, accuracy in outcomes]
        print(
            f"  {network}, homeostasis {strength:g}: {np.mean(values):.1f} +- {np.std(values, ddof=1):.1f} %",
            flush=True,
        )
    tied = cosines(rows[0][0], stream, models[rows[2]])
    untied = {}
    for network, strength in rows[-2:]:
        model = models[network, strength]
        untied[strength] = cosines(network, stream, model)
        print(f"asymmetry with homeostasis {strength:g}: {asymmetry(model.weights()).item():.4f}")
    print("cosine to backpropagation, against the nudge\n" + " " * 22 + "".join(f"{n:8.3f}" for n in NUDGES))
    for title, values in (("tied", tied), *((f"homeostasis {s:g}", v) for s, v in untied.items())):
        for name in ESTIMATES:
            print(f"{title:>16}, {name:12}" + "".join(f"{v:8.4f}" for v in values[name]))
    keep(drawn(tied, untied), options.figure)


if __name__ == "__main__":
    main()
