"""L2 towards the parameters at the end of the last task: all parameters count the same."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tacos.baselines.method import copies, trainable
from tacos.baselines.penalty import QuadraticPenalty


@dataclass
class L2(QuadraticPenalty):
    """Importance one; one anchor, which moves at every boundary."""

    strength: float = 0.5

    title = "L2"
    boundaries_in_training = True
    grid = (0.005, 0.05, 0.5)
    source = "a control of Kirkpatrick et al. 2017, arXiv:1612.00796"
    defaults_from = "GT-RIPL/Continual-Learning-Benchmark: 0.5 (domain-incremental split-MNIST, Hsu et al. 2018)"

    def end_task(self, model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None) -> None:
        """Hold what there is now, and only that."""
        parameters = trainable(model)
        self.importance = [torch.ones_like(p) for p in copies(parameters)]
        self.anchor = copies(parameters)
