"""Operators ranked by synaptic plasticity: how much the weights of a neuron spread during a short training.

    python scripts/reproduce/operator_ranking.py

After Kiranyaz, Malik, Ben Abdallah, Ince, Iosifidis, Gabbouj 2021, "Exploiting heterogeneity in operational neural
networks by synaptic plasticity", Neural Computing and Applications 33, doi 10.1007/s00521-020-05543-w. The abstract and
the introduction were read; **the form is ours**. A neuron applies a nodal operator to every weight and input, pools
what comes out, and squashes it by tanh; an operator set is a nodal operator with a pool. Sets are given to hidden
neurons at random in short trainings. The plasticity of a set is the mean change of the variance of its neurons'
weights, relative to the variance before. An elite network has the first three sets of the ranking, another one three
sets drawn at random; both have the same initial weights and see the same images. Handwritten digits of 8 x 8 pixels,
ten hidden neurons. A minute or two.
"""

from __future__ import annotations

import argparse
from itertools import product

import numpy as np
import torch
from drawing import add_figure, keep
from matplotlib.figure import Figure
from torch import Tensor, nn

import tasks
from tacos.plots.style import PAGE, PALETTE, new_figure, styled

#: Of weight and input; "sin" has a weight of a few radians in reach.
NODAL = {
    "product": lambda w, y: w * y,
    "cubic": lambda w, y: w * y**3,
    "sine": lambda w, y: torch.sin(3 * w * y),
    "exponential": lambda w, y: torch.expm1((w * y).clamp(-5, 5)),
    "chirp": lambda w, y: torch.sin(3 * w * y**2),
}
POOLS = {"sum": lambda x: x.sum(-1), "maximum": lambda x: x.amax(-1)}
SETS = [f"{nodal}, {pool}" for nodal, pool in product(NODAL, POOLS)]
HIDDEN, ELITE, BATCH = 10, 3, 50


class Operational(nn.Module):
    """Hidden neurons with an operator set each, and linear outputs.

    Parameters
    ----------
    inputs, outputs : int
    sets : sequence of str
        Names of :data:`SETS`, one for each hidden neuron.
    """

    def __init__(self, inputs: int, outputs: int, sets: list[str]) -> None:
        super().__init__()
        self.sets = sets
        self.weight = nn.Parameter((2 * torch.rand(len(sets), inputs) - 1) / inputs**0.5)
        self.bias = nn.Parameter(torch.zeros(len(sets)))
        self.readout = nn.Linear(len(sets), outputs)

    def forward(self, images: Tensor) -> Tensor:
        """Logits [n, outputs] of images [n, inputs]."""
        sums = images.new_empty(len(images), len(self.sets))
        for name in set(self.sets):
            nodal, pool = name.split(", ")
            mine = [k for k, other in enumerate(self.sets) if other == name]
            sums[:, mine] = POOLS[pool](NODAL[nodal](self.weight[mine], images[:, None]))
        logits: Tensor = self.readout(torch.tanh(sums + self.bias))
        return logits


def trained(data: tuple[Tensor, ...], sets: list[str], steps: int, seed: int) -> tuple[Operational, Tensor]:
    """A network after so many steps, and the relative change of variance of each hidden neuron's weights."""
    torch.manual_seed(seed)
    images, targets = data[:2]
    model = Operational(images.shape[1], 10, sets)
    before = model.weight.detach().var(1)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(steps):
        shown = torch.randint(len(images), (BATCH,))
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images[shown]), targets[shown]).backward()
        optimizer.step()
    return model, (model.weight.detach().var(1) - before).abs() / before


def ranked(data: tuple[Tensor, ...], sessions: int, steps: int) -> dict[str, float]:
    """Plasticity of each set, the largest first; every session gives sets to neurons at random."""
    found: dict[str, list[float]] = {name: [] for name in SETS}
    for session in range(sessions):
        order = np.random.default_rng(session).permutation(SETS).tolist()  # each set once
        _, changed = trained(data, order, steps, 1000 + session)
        for name, value in zip(order, changed.tolist(), strict=True):
            found[name].append(value)
    means = {name: float(np.mean(values)) for name, values in found.items()}
    return dict(sorted(means.items(), key=lambda pair: -pair[1]))


def accuracy(data: tuple[Tensor, ...], sets: list[str], steps: int, seed: int) -> float:
    """Of a network whose hidden neurons share out the sets, on the test images, in per cent."""
    shared = [sets[k % len(sets)] for k in range(HIDDEN)]
    model, _ = trained(data, shared, steps, seed)
    with torch.no_grad():
        return 100 * float((model(data[2]).argmax(1) == data[3]).float().mean())


@styled
def drawn(plasticity: dict[str, float], pairs: np.ndarray) -> Figure:
    """The ranking, and elite against random networks."""
    figure = new_figure(PAGE, 3.2)
    left, right = figure.subplots(1, 2, width_ratios=(1.3, 1))
    names = list(plasticity)[::-1]
    colours = [PALETTE[1] if name in list(plasticity)[:ELITE] else PALETTE[0] for name in names]
    left.barh(names, [plasticity[name] for name in names], color=colours)
    left.set(xlabel="plasticity: relative change of variance", xscale="log", title="orange: elite")
    for random, elite in pairs:
        right.plot([0, 1], [random, elite], "o-", color="0.6", linewidth=0.8, markersize=3)
    right.errorbar([0, 1], pairs.mean(0), pairs.std(0, ddof=1), fmt="s", color=PALETTE[1], capsize=3, zorder=3,
                   label="mean and sd")  # fmt: skip
    right.set_xticks([0, 1], ["random sets", "elite"])
    right.set(ylabel="accuracy on test images (%)", xlim=(-0.3, 1.3))
    right.legend(loc="lower right")
    return figure


def main() -> None:
    """Print what is expected and measured, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=10, help="short trainings")
    parser.add_argument("--short", type=int, default=60, help="steps of a short training")
    parser.add_argument("--steps", type=int, default=600, help="steps of the networks that are compared")
    parser.add_argument("--seeds", type=int, default=10)
    add_figure(parser, "learners/operator_ranking")
    options = parser.parse_args()
    torch.set_num_threads(1)
    stream = tasks.split("digits", classes_per_task=10)
    parts = (stream.presentations(0, 0, stream.n_presentations), stream.held_out_presentations(0))
    data = tuple(torch.from_numpy(x) for part in parts for x in (part.images.astype(np.float32), part.targets))
    plasticity = ranked(data, options.sessions, options.short)
    print("plasticity of operator sets")
    print("\n".join(f"  {name:24}{value:8.3f}" for name, value in plasticity.items()))
    elite, pairs = list(plasticity)[:ELITE], []
    for seed in range(options.seeds):
        random = np.random.default_rng(500 + seed).choice(SETS, ELITE, replace=False).tolist()
        pairs.append([accuracy(data, sets, options.steps, seed) for sets in (random, elite)])
    found = np.array(pairs)
    gain = found[:, 1] - found[:, 0]
    print(f"random {found[:, 0].mean():.1f} +- {found[:, 0].std(ddof=1):.1f} %, elite {found[:, 1].mean():.1f} +- "
          f"{found[:, 1].std(ddof=1):.1f} %; elite is better by {gain.mean():.1f} +- {gain.std(ddof=1):.1f}, in "
          f"{(gain > 0).sum()} of {len(gain)} pairs (expected: better)")  # fmt: skip
    keep(drawn(plasticity, found), options.figure)


if __name__ == "__main__":
    main()
