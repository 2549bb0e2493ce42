"""Random ReLU units with a ridge readout."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tacos.baselines.anchor import Anchor


@dataclass
class Ridge(Anchor):
    r"""Least squares on one-hot targets, :math:`W = (H^T H + \lambda I)^{-1} H^T Y`, from sums over the stream so far.

    Attributes
    ----------
    strength : float
        :math:`\lambda`.
    """

    strength: float = 1.0

    title = "random ReLU, ridge"
    keeps_matrix = True
    network = "random-relu"
    grid = (1.0, 10.0, 100.0)
    source = "the core of RanPAC, McDonnell et al. 2023, arXiv:2307.02251"
    defaults_from = "ours"

    def begin(self, size: int) -> None:
        """The sum of products of features, with a constant one."""
        self.products = torch.zeros(size + 1, size + 1, dtype=torch.float64)

    def take_up(self, seen: Tensor, targets: Tensor) -> None:
        """Add what is seen to sums and products."""
        super().take_up(seen, targets)
        seen = torch.cat([seen, torch.ones(len(seen), 1, dtype=torch.float64)], 1)
        self.products += seen.T @ seen

    def solution(self) -> tuple[Tensor, Tensor]:
        """The normal equations."""
        targets = torch.cat([self.sums, self.counts.unsqueeze(1)], 1)
        penalty = self.strength * torch.eye(len(self.products), dtype=torch.float64)
        weight = torch.linalg.solve(self.products + penalty, targets.T).T
        return weight[:, :-1], weight[:, -1].clone()
