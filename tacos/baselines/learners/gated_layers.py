"""Binarized layers whose hidden units are gated by chance, with probabilities that the image sets.

The gate is ours. A binary projection of the pixels above one half drives each hidden unit; its probability is a
logistic function of the drive, with a threshold by which so many units are active on average. While the network
learns, gates are drawn anew for each presentation, each by itself or the most of probability and Gumbel noise; in a
test the gate is what is expected: the probability, or the most probable units.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from scipy.special import ndtri
from torch import Tensor, nn

from tacos.baselines.learners.hidden_weights import BinarizedLayers, sign, straight_through


def threshold(active: float, temperature: float) -> float:
    """Drive at which a gate is open half of the time, for a share of open gates where drives are standard normal.

    The logistic function is taken for a normal distribution of standard deviation 1.702, which is right to 0.01.
    """
    return float(-ndtri(active) * (1 + (1.702 * temperature) ** 2) ** 0.5)


class GatedLayers(BinarizedLayers):
    """Hidden layers of a binarized network behind gates; the parameters are those of the declaration.

    Attributes
    ----------
    projections : list of Tensor
        Binary where they are fixed, hidden weights where they learn, [units, pixels] for each hidden layer.
    """

    def __init__(
        self, sizes: Sequence[int], norm: str, n_tasks: int, gate: str = "k-of-n", active: float = 0.1,
        temperature: float = 0.3, learned: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(sizes, norm, n_tasks)
        self.gate, self.active, self.temperature, self.learned = gate, active, temperature, learned
        self.threshold = threshold(active, temperature)
        drawn = [torch.randn(n, sizes[0], generator=self.generator) for n in sizes[1:-1]]
        gates = [] if gate == "off" else [0.05 * g if learned else sign(g) for g in drawn]
        self.projections = nn.ParameterList(nn.Parameter(g, requires_grad=learned) for g in gates)

    def probabilities(self, images: Tensor, layer: int) -> Tensor:
        """Of open gates, [n, units]."""
        shown = (images > 0.5).to(images.dtype)
        hidden = self.projections[layer]
        projection = straight_through(hidden, sign(hidden)) if self.learned else hidden
        drive = shown @ projection.T / shown.sum(1, keepdim=True).clamp(min=1) ** 0.5
        return torch.sigmoid((drive - self.threshold) / self.temperature)

    def mask(self, images: Tensor, layer: int) -> Tensor:
        """Gates [n, units] of hidden units: drawn while it learns, expected in a test."""
        p = self.probabilities(images, layer)
        if self.gate == "bernoulli":
            return straight_through(p, (self._uniform(p) < p).to(p.dtype)) if self.training else p
        score = torch.logit(p, eps=1e-6)
        if self.training:
            score = score - torch.log(-torch.log(self._uniform(p).clamp(1e-7, 1 - 1e-7)))
        k = max(1, round(self.active * p.shape[1]))
        return straight_through(p, torch.zeros_like(p).scatter_(1, score.topk(k, 1).indices, 1.0))

    def _uniform(self, like: Tensor) -> Tensor:
        return torch.rand(like.shape, generator=self.generator).to(like)

    def forward(self, images: Tensor) -> Tensor:
        """Answers [n, outputs] of images [n, pixels]."""
        self._masks = [self.mask(images, layer) for layer in range(len(self.projections))]
        return super().forward(images)

    def units(self, x: Tensor, layer: int = 0) -> Tensor:
        """Signs behind gates."""
        return super().units(x, layer) * self._masks[layer] if self._masks else super().units(x, layer)


def overlap(one: Tensor, other: Tensor) -> float:
    """Share of the units open in one mask [n, units] that are open in the other, too."""
    return float((one * other).sum() / one.sum())
