"""Layers whose weights are made of hidden weights that learn, with gradients that go straight through.

Courbariaux, Hubara, Soudry, El-Yaniv, Bengio 2016, arXiv:1602.02830, read in a summary; normalization, initial weights
and the gradient as in the public code of Laborieux et al. 2021 (SynapticMetaplasticityBNN). There a weight of zero is
used as zero, and the latest version that was read normalizes tests by the batch that is tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

#: Hidden weights start uniform between minus this and this: width 0.1 in the code of Laborieux et al. 2021.
INITIAL = 0.05


class StraightThrough(torch.autograd.Function):
    """What is used in place of something hidden; the gradient of the one is that of the other."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, used: Tensor) -> Tensor:
        """What is used."""
        return used

    @staticmethod
    def backward(ctx: Any, *gradient: Tensor) -> tuple[Tensor, None]:
        """The gradient as it comes."""
        return gradient[0], None


def straight_through(hidden: Tensor, used: Tensor) -> Tensor:
    """`used`, with the gradient handed on to `hidden`."""
    result: Tensor = StraightThrough.apply(hidden, used.detach())
    return result


def sign(x: Tensor) -> Tensor:
    """Plus one where x is zero or more, else minus one."""
    return torch.copysign(torch.ones_like(x[..., :1]), x + 0.0)  # -0 + 0 is 0


class Norm(nn.BatchNorm1d):
    """Batch normalization; a batch of one presentation has no variance, and is normalized as in a test."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalized activities [n, units]."""
        if self.training and len(x) > 1:
            return super().forward(x)
        return nn.functional.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)


class Scaled(nn.Module):
    """No normalization: sums times a constant, and a bias."""

    def __init__(self, scale: float, units: int) -> None:
        super().__init__()
        self.scale = scale
        self.bias = nn.Parameter(torch.zeros(units))

    def forward(self, x: Tensor) -> Tensor:
        """Scaled activities [n, units]."""
        return x * self.scale + self.bias


class Layers(nn.Module):
    """Fully connected layers of hidden weights, each normalized; outputs too, but by the layer.

    Parameters
    ----------
    sizes : sequence of int
        Of inputs, hidden layers and outputs.
    norm : {"per task", "shared", "layer", "none"}
    n_tasks : int

    Attributes
    ----------
    hidden : list of Parameter
        Hidden weights [units, inputs] of each layer.
    generator : Generator
        Of what is drawn while it learns.
    task : int
        Whose normalization is used, where each has its own: that of a new task starts from the one before, and a task
        that was not learned is tested with the last one.
    """

    def __init__(self, sizes: Sequence[int], norm: str, n_tasks: int) -> None:
        super().__init__()
        pairs = list(zip(sizes, sizes[1:], strict=False))
        self.hidden = nn.ParameterList(torch.empty(n, m).uniform_(-INITIAL, INITIAL) for m, n in pairs)

        def norms() -> nn.ModuleList:
            if norm == "none":
                return nn.ModuleList(Scaled(self.scale(m), n) for m, n in pairs)
            if norm == "layer":  # two outputs, normalized by themselves, would be plus and minus one whatever they are
                *before, (m, n) = pairs
                return nn.ModuleList([*(nn.LayerNorm(k) for _, k in before), Scaled(self.scale(m), n)])
            return nn.ModuleList(Norm(n) for _, n in pairs)

        self.norms = nn.ModuleList(norms() for _ in range(n_tasks if norm == "per task" else 1))
        self.generator = torch.Generator().manual_seed(int(torch.randint(2**31, ())))
        self._learned: list[int] = []
        self._task = 0

    @property
    def task(self) -> int:
        """Whose normalization is used."""
        return self._task

    @task.setter
    def task(self, task: int) -> None:
        if self.training and task not in self._learned:
            if self._learned:
                self.norms[task].load_state_dict(self.norms[self._learned[-1]].state_dict())
            self._learned.append(task)
        self._task = task if task in self._learned or not self._learned else self._learned[-1]

    def scale(self, inputs: int) -> float:
        """By what sums over so many inputs are multiplied where nothing normalizes them."""
        return 1.0

    def used(self, layer: int) -> Tensor:
        """The weights that are used in a layer."""
        return self.hidden[layer]

    def units(self, x: Tensor, layer: int = 0) -> Tensor:
        """Activities [n, units] of the units of a hidden layer."""
        return torch.relu(x)

    def forward(self, images: Tensor) -> Tensor:
        """Answers [n, outputs] of images [n, pixels]."""
        x, last = images, len(self.hidden) - 1
        norms = self.norms[self.task]
        assert isinstance(norms, nn.ModuleList)
        for layer, norm in enumerate(norms):
            x = norm(nn.functional.linear(x, self.used(layer)))
            if layer < last:
                x = self.units(x, layer)
        return x


class FullLayers(Layers):
    """Hidden weights are used as they are."""


class BinarizedLayers(Layers):
    """Signs of hidden weights, and sign units; the gradient goes through units whose input is between -1 and 1.

    Parameters
    ----------
    stochastic : bool
        Whether a unit is drawn while the network is trained.
    """

    def __init__(self, sizes: Sequence[int], norm: str, n_tasks: int, stochastic: bool = False) -> None:
        super().__init__(sizes, norm, n_tasks)
        self.stochastic = stochastic

    def scale(self, inputs: int) -> float:
        """That of sums of random signs."""
        return inputs**-0.5

    def used(self, layer: int) -> Tensor:
        """Signs."""
        return straight_through(self.hidden[layer], sign(self.hidden[layer]))

    def units(self, x: Tensor, layer: int = 0) -> Tensor:
        """Signs, or draws."""
        window = x.clamp(-1, 1)
        if self.stochastic and self.training:
            drawn = torch.rand(x.shape, generator=self.generator).to(x)
            return straight_through(window, sign((window + 1) / 2 - drawn))
        return straight_through(window, sign(x))
