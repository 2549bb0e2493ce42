"""Elastic weight consolidation: a quadratic penalty a task, weighted by its Fisher information.

Kirkpatrick et al. 2017, PNAS, arXiv:1612.00796, equation 3. Deviation: strength without the factor 1/2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from tacos.baselines.importance import LABELS, fisher
from tacos.baselines.method import trainable
from tacos.baselines.penalty import QuadraticPenalty


@dataclass
class EWC(QuadraticPenalty):
    r"""A penalty for each task, around its own parameters.

    They are kept as one, since :math:`\sum_k F_k (\theta - \theta_k)^2` is, up to a constant,
    :math:`F (\theta - \bar\theta)^2` with :math:`F = \sum_k F_k` and the mean :math:`\bar\theta` of the
    :math:`\theta_k` weighted by :math:`F_k`.

    Attributes
    ----------
    labels : str
        See :func:`tacos.baselines.importance.fisher`.
    """

    strength: float = 100.0
    labels: str = "all"

    title = "EWC"
    boundaries_in_training = True
    grid = (1e2, 1e4, 1e6)
    source = "Kirkpatrick et al. 2017, arXiv:1612.00796"
    defaults_from = "GT-RIPL/Continual-Learning-Benchmark: 100 (domain-incremental split-MNIST, Hsu et al. 2018)"
    choices: ClassVar = {"labels": LABELS}

    def end_task(self, model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None) -> None:
        """Add the Fisher information of this task, and move the centre."""
        now, new = trainable(model), fisher(model, images, targets, mask, self.labels)
        if not self.importance:
            self.hold(model, new)
            return
        summed = [old + f for old, f in zip(self.importance, new, strict=True)]
        share = [torch.where(s > 0, f / s, torch.zeros_like(s)) for f, s in zip(new, summed, strict=True)]
        self.anchor = [a + w * (p.detach() - a) for a, w, p in zip(self.anchor, share, now, strict=True)]
        self.importance = summed
