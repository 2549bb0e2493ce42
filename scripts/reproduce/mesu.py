"""Ten permuted tasks, one image at a time: MESU with several windows, BGD, presynaptic consolidation and plain descent.

    python scripts/reproduce/mesu.py                     # about a quarter of an hour on one core
    python scripts/reproduce/mesu.py --samples 10 --images 60000 --device cuda

784-50-10, three draws for each image, 5,000 images a task, after Bonnet et al. 2025 (200 tasks of 60,000, ten draws).
All seeds, windows and rules learn at once, as one computation. Initial weights and widths are those of the authors'
code; so is the constant prior. Networks are tested with their mean weights.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from drawing import add_figure, keep
from matplotlib.figure import Figure
from torch import Tensor

import tasks
from tacos.baselines.learners.bgd import bgd_step
from tacos.baselines.learners.mesu import mesu_step
from tacos.baselines.learners.presynaptic import presynaptic_step, released
from tacos.baselines.learners.replicas import Layers, answers, gradients
from tacos.plots.style import PAGE, new_figure, series, styled

HIDDEN = 50
#: Windows in tasks, learning rates of plain descent.
WINDOWS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, float("inf"))
RATES = (0.002, 0.01, 0.05)
ASKED = 5.0
#: Over how many of the last tasks accuracy is averaged.
HORIZONS = (1, 2, 5, 10)
OTHERS = ("BGD", "BGD, other sign", "presynaptic")


def other_sign(mean: Tensor, width: Tensor, g_mean: Tensor, g_width: Tensor) -> tuple[Tensor, Tensor]:
    """BGD as in the public code (kellian-cottart/mesu-pmnist) whose second term has the opposite sign."""
    half = 0.5 * width * g_width
    return mean - width**2 * g_mean, width * (2 - half - torch.sqrt(1 + half**2))


@dataclass
class Group:
    """Rows that learn by one rule: state -> state, with the gradients of what was drawn."""

    names: list[str]
    step: Callable[..., tuple[Tensor, Tensor]]
    drawn: str
    first: Layers
    second: Layers

    def learn(self, draws: Layers, uniform: Layers, images: Tensor, targets: Tensor) -> None:
        """One image for each seed."""
        if self.drawn == "normal":
            g = gradients(self.first, self.second, draws, images, targets)
            new = [self.step(*given) for given in zip(self.first, self.second, *g, strict=True)]
        else:
            one = Layers(*(d[:, :, :1] for d in draws))
            weights = self.first
            if self.drawn == "released":
                weights = Layers(*map(released, self.first, self.second, uniform))
            none = Layers(*(torch.zeros_like(w) for w in weights))
            g = gradients(weights, none, one, images, targets)
            new = [self.step(*given) for given in zip(self.first, self.second, g[0], strict=True)]
        for k in range(2):
            self.first[k].copy_(new[k][0])
            self.second[k].copy_(new[k][1])


def initial(seeds: int, rows: int, inputs: int, outputs: int, scale: float, device: str) -> tuple[Layers, Layers]:
    """Means uniform within `scale` by the root of the inputs, alike in all rows of a seed, and widths of half that."""
    means, widths = [], []
    for units, n in ((HIDDEN, inputs), (outputs, HIDDEN)):
        limit = scale / n**0.5
        drawn = [torch.rand(units, 1, n + 1, generator=torch.Generator().manual_seed(s)) for s in range(seeds)]
        mean = limit * (2 * torch.stack(drawn) - 1)
        means.append(mean.expand(-1, -1, rows, -1).clone().to(device))
        widths.append(torch.full_like(means[-1], limit / 2))
    return Layers(*means), Layers(*widths)


def groups(stream: tasks.Stream, seeds: int, device: str) -> list[Group]:
    """All rows, at their initial weights."""
    per_task = stream.n_presentations // stream.n_tasks
    window = torch.tensor(WINDOWS, device=device)[:, None] * per_task
    rate = torch.tensor(RATES, device=device)[:, None]
    names = [[f"MESU {w:g}" for w in WINDOWS], *([name] for name in OTHERS), [f"descent {r:g}" for r in RATES]]
    rules: list[tuple[Any, str, float]] = [
        (lambda *given: mesu_step(*given, window=window), "normal", 4.0),
        (bgd_step, "normal", 4.0),
        (other_sign, "normal", 4.0),
        (lambda *given: presynaptic_step(*given, rate=0.01, limit=0.1), "released", 0.5 / 6**0.5),
        (lambda weight, unused, gradient: (weight - rate * gradient, unused), "no", 1.0),
    ]
    found = []
    for labels, (rule, drawn, scale) in zip(names, rules, strict=True):
        first, second = initial(seeds, len(labels), stream.n_inputs, stream.n_classes, scale, device)
        if drawn == "released":
            for release in second:
                release.fill_(0.5)
        found.append(Group(labels, rule, drawn, first, second))
    return found


def learned(stream: tasks.Stream, seeds: int, samples: int, device: str) -> tuple[list[str], np.ndarray]:
    """Names of rows, and accuracy [seeds, rows, after task, on task]."""
    rows = groups(stream, seeds, device)
    generator = torch.Generator(device).manual_seed(0)
    sizes = [tuple(w.shape[i] for i in (0, 1, 3)) for w in rows[0].first]
    normal = Layers(*(torch.empty(s, u, samples, n, device=device) for s, u, n in sizes))
    uniform = Layers(*(torch.empty(s, u, 1, n, device=device) for s, u, n in sizes))
    per_task = stream.n_presentations // stream.n_tasks

    @torch.compile(dynamic=False)
    def learn(images: Tensor, targets: Tensor) -> None:
        for group in rows:
            group.learn(normal, uniform, images, targets)

    accuracy = np.empty((seeds, sum(len(group.names) for group in rows), stream.n_tasks, stream.n_tasks))
    for task in range(stream.n_tasks):
        span = (task * per_task, (task + 1) * per_task)
        shown = [stream.presentations(seed, *span) for seed in range(seeds)]
        images = torch.stack([torch.from_numpy(s.images).float() for s in shown], 1).to(device)
        targets = torch.stack([torch.from_numpy(s.targets) for s in shown], 1).to(device)
        with torch.no_grad():
            for image, target in zip(images, targets, strict=True):
                for layer in normal:
                    layer.normal_(generator=generator)
                for layer in uniform:
                    layer.uniform_(generator=generator)
                learn(image, target)
            accuracy[:, :, task] = tested(stream, rows, device)
        print(f"after task {task + 1}: newest {100 * accuracy[:, :, task, task].mean(0).round(3)}", flush=True)
    return [name for group in rows for name in group.names], accuracy


def tested(stream: tasks.Stream, rows: list[Group], device: str) -> np.ndarray:
    """Accuracy [seeds, rows, tasks] with the mean weights."""
    found = []
    for task in range(stream.n_tasks):
        held_out = stream.held_out_presentations(task)
        images = torch.from_numpy(held_out.images).float().to(device)
        targets = torch.from_numpy(held_out.targets).to(device)
        each = [(answers(group.first, images).argmax(-1) == targets).float().mean(-1) for group in rows]
        found.append(torch.cat(each, 1).cpu().numpy())
    return np.stack(found, -1)


def newest(accuracy: np.ndarray) -> np.ndarray:
    """Accuracy [seeds, rows, tasks] on the task that was just learned, in per cent."""
    return 100 * np.diagonal(accuracy, axis1=2, axis2=3)


def over_last(accuracy: np.ndarray, horizon: int) -> np.ndarray:
    """Accuracy [seeds, rows] at the end, mean of the last tasks, in per cent."""
    return 100 * accuracy[:, :, -1, -horizon:].mean(-1)


@styled
def drawn(names: list[str], accuracy: np.ndarray) -> Figure:
    """Accuracy on the newest task, and on the last tasks against the window."""
    figure = new_figure(PAGE, 3.0)
    left, right = figure.subplots(1, 2)
    best = max((f"descent {r:g}" for r in RATES), key=lambda name: newest(accuracy)[:, names.index(name)].mean())
    # Presynaptic consolidation is printed alone: it falls far below the others.
    shown = {
        f"MESU {ASKED:g}": f"MESU, window of {ASKED:g} tasks",
        "MESU inf": "MESU, no forgetting",
        "BGD": "BGD",
        f"descent {RATES[0]:g}": f"plain descent, rate {RATES[0]:g}",
        best: f"plain descent, rate {best.split()[1]}",
    }
    when = np.arange(1, accuracy.shape[-1] + 1)
    for (name, label), style in zip(shown.items(), series(len(shown)), strict=True):
        values = newest(accuracy)[:, names.index(name)]
        left.errorbar(when, values.mean(0), values.std(0, ddof=1), label=label, **style)
    left.set(xlabel="task", ylabel="accuracy on the newest task (%)", ylim=(79, 89))
    left.legend(loc="lower right")
    finite = [w for w in WINDOWS if np.isfinite(w)]
    rows = [names.index(f"MESU {w:g}") for w in finite]
    for horizon, style in zip(HORIZONS, series(len(HORIZONS)), strict=True):
        values = over_last(accuracy, horizon)[:, rows]
        label = f"last {horizon} tasks" if horizon > 1 else "newest task"
        right.errorbar(finite, values.mean(0), values.std(0, ddof=1), label=label, **style)
    right.set_xscale("log")
    right.set_xticks(finite, [f"{w:g}" for w in finite])
    right.minorticks_off()
    right.set(xlabel="window of MESU (tasks)", ylabel="accuracy at the end (%)", ylim=(0, 100))
    right.legend()
    return figure


def main() -> None:
    """Print what is expected and measured, and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=10)
    parser.add_argument("--images", type=int, default=5000, help="training images of a task")
    parser.add_argument("--test", type=int, default=2000, help="test images of a task")
    parser.add_argument("--samples", type=int, default=3, help="draws for each image")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, default=Path("runs/mesu.npz"), help="accuracies; drawn again if there")
    add_figure(parser, "learners/mesu")
    options = parser.parse_args()
    if options.out.exists():
        kept = np.load(options.out)
        names, accuracy = list(kept["names"]), kept["accuracy"]
    else:
        stream = tasks.permuted("mnist", options.tasks, samples=options.images * options.tasks,
                                test_samples=options.test * options.tasks)  # fmt: skip
        print(stream)
        names, accuracy = learned(stream, options.seeds, options.samples, options.device)
        options.out.parent.mkdir(parents=True, exist_ok=True)
        np.savez(options.out, names=names, accuracy=accuracy)
    print(f"per cent, {len(accuracy)} seeds     newest task, mean   newest, at the end   last 5, at the end")
    for k, name in enumerate(names):
        columns = (newest(accuracy)[:, k].mean(-1), newest(accuracy)[:, k, -1], over_last(accuracy, 5)[:, k])
        print(f"{name:18}" + "".join(f"{c.mean():13.1f} +- {c.std(ddof=1):.1f}" for c in columns))
    for name in ("BGD", *(f"descent {r:g}" for r in RATES)):
        ahead = (newest(accuracy)[:, names.index(f"MESU {ASKED:g}")] - newest(accuracy)[:, names.index(name)])[
            :, -3:
        ].mean(-1)
        print(f"MESU {ASKED:g} ahead of {name} on the newest of the last three tasks: {ahead.mean():.1f} +- "
              f"{ahead.std(ddof=1):.1f} (paired; expected: above 0)")  # fmt: skip
    mesu = [names.index(f"MESU {w:g}") for w in WINDOWS]
    for horizon in HORIZONS:
        best = WINDOWS[int(over_last(accuracy, horizon)[:, mesu].mean(0).argmax())]
        print(f"best window for the last {horizon} tasks: {best:g} tasks (expected: near {horizon})")
    keep(drawn(names, accuracy), options.figure)


if __name__ == "__main__":
    main()
