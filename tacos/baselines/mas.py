"""Memory aware synapses: a parameter is important if the outputs depend on it.

Aljundi et al. 2018 (ECCV), arXiv:1711.09601, from memory: the mean magnitude of the gradient of the squared L2 norm of
the outputs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tacos.baselines.importance import gradient_moment, slices
from tacos.baselines.method import trainable
from tacos.baselines.penalty import QuadraticPenalty


@dataclass
class MAS(QuadraticPenalty):
    """Importance from outputs alone, without labels, summed over tasks.

    Attributes
    ----------
    batch : int
        Examples whose gradients are averaged before the magnitude is taken: 1 in the paper, 128 in GT-RIPL.
    """

    strength: float = 1.0
    batch: int = 1

    title = "MAS"
    boundaries_in_training = True
    grid = (1.0, 1e2, 1e4)
    source = "Aljundi et al. 2018, arXiv:1711.09601"
    defaults_from = "ours; GT-RIPL's 10000 on the mean over two outputs (domain-incremental split-MNIST) is 5000 here"
    positive = ("batch",)

    def end_task(self, model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None) -> None:
        """Add the importance for the outputs of this task's images."""
        self.hold(model, sensitivity(model, images, mask, self.batch))


def sensitivity(model: nn.Module, images: Tensor, mask: Tensor | None = None, batch: int = 1) -> list[Tensor]:
    """Mean magnitude of the gradient of the squared L2 norm of the outputs, by parameter; outputs of the mask only."""

    def norm_of(logits: Tensor, here: slice) -> Tensor:
        return ((logits if mask is None else logits * mask[here]) ** 2).sum(1)

    if batch == 1:
        return gradient_moment(model, norm_of, images, 1)
    parameters = trainable(model)
    sums = [torch.zeros_like(p) for p in parameters]
    parts = slices(len(images), batch)
    for here in parts:
        norm = norm_of(model(images[here]), here).mean()
        for total, gradient in zip(sums, torch.autograd.grad(norm, parameters), strict=True):
            total += gradient.abs()
    return [(total / len(parts)).detach() for total in sums]
