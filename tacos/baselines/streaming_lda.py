"""Streaming linear discriminant analysis."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tacos.baselines.anchor import Anchor


@dataclass
class StreamingLDA(Anchor):
    r"""Class means and one covariance: :math:`w_k = \Lambda \mu_k`, :math:`b_k = -\mu_k^T \Lambda \mu_k/2`.

    :math:`\Lambda = ((1 - \epsilon) \Sigma + \epsilon I)^{-1}`.

    Attributes
    ----------
    strength : float
        The shrinkage :math:`\epsilon`.
    """

    strength: float = 1e-4

    title = "streaming LDA"
    keeps_matrix = True
    grid = (1e-4, 1e-3, 1e-2)
    source = "Hayes, Kanan 2020, arXiv:1909.01520"
    defaults_from = "the paper (shrinkage 1e-4)"

    def begin(self, size: int) -> None:
        """The sum of products of features."""
        self.products = torch.zeros(size, size, dtype=torch.float64)

    def take_up(self, seen: Tensor, targets: Tensor) -> None:
        """Add what is seen to sums and products."""
        super().take_up(seen, targets)
        self.products += seen.T @ seen

    def solution(self) -> tuple[Tensor, Tensor]:
        """Means weighted by the inverse of the covariance within classes."""
        means = self.means()
        within = (self.products - (means * self.counts.unsqueeze(1)).T @ means) / self.counts.sum()
        shrunk = (1 - self.strength) * within + self.strength * torch.eye(len(within), dtype=torch.float64)
        weight = torch.linalg.solve(shrunk, means.T).T
        return weight, -0.5 * (weight * means).sum(1)
