"""Online EWC that is updated at every step and needs no boundaries.

The Fisher information follows the gradients of training, as in EWC++ (Chaudhry et al. 2018, arXiv:1801.10112). Ours:
it is summed instead of averaged, and the anchor follows the parameters at every step instead of at boundaries, so that
this is online EWC (Schwarz et al. 2018) in the limit of ever shorter tasks.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tacos.baselines.method import copies, trainable
from tacos.baselines.penalty import QuadraticPenalty


@dataclass
class StreamingEWC(QuadraticPenalty):
    r"""With n presentations in a step of gradient g: :math:`F \leftarrow F + (n/\tau)\, n g^2` and
    :math:`\theta^* \leftarrow \theta^* + (1 - e^{-n/\tau}) (\theta - \theta^*)`.

    ``n g^2`` estimates the mean squared gradient of single examples where their mean is near zero.

    Attributes
    ----------
    tau : float
        Presentations in which the anchor follows, and in which one Fisher information is added. It is a constant of the
        method, not of the stream.
    """  # noqa: D205

    strength: float = 100.0
    tau: float = 1000.0

    title = "streaming EWC"
    boundaries_in_training = False
    grid = (1e2, 1e4, 1e6)
    source = "ours, after Chaudhry et al. 2018, arXiv:1801.10112, and Schwarz et al. 2018, arXiv:1805.06370"
    defaults_from = "ours"
    positive = ("tau",)

    def start(self, model: nn.Module, generator: torch.Generator) -> None:
        """Nothing is important yet."""
        self.anchor = copies(trainable(model))
        self.importance = [torch.zeros_like(p) for p in self.anchor]

    def loss(self, model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None) -> Tensor:
        """The loss; notes how many presentations the step has."""
        self._n = len(images)
        return super().loss(model, images, targets, mask)

    def after_backward(self, model: nn.Module) -> None:
        """Add to the importance what this gradient says, after the penalty of what was known before."""
        gradients = [p.grad.clone() for p in trainable(model) if p.grad is not None]
        super().after_backward(model)
        for omega, g in zip(self.importance, gradients, strict=True):
            omega.addcmul_(g, g, value=self._n**2 / self.tau)

    def after_step(self, model: nn.Module) -> None:
        """Let the anchor follow."""
        share = 1 - torch.exp(torch.tensor(-self._n / self.tau))
        for anchor, p in zip(self.anchor, trainable(model), strict=True):
            anchor.lerp_(p.detach(), float(share))
