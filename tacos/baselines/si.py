"""Synaptic intelligence: a parameter is important if its path through learning has lowered the loss.

Zenke, Poole, Ganguli 2017, arXiv:1703.04200, as in the authors' public code (ganguli-lab/pathint).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from tacos.baselines.method import copies, trainable
from tacos.baselines.penalty import QuadraticPenalty


@dataclass
class SI(QuadraticPenalty):
    r"""Importance :math:`\sum_k \omega_k / (\Delta_k^2 + \xi)` with the path integral :math:`\omega`.

    Attributes
    ----------
    strength : float
        ``c`` of the source.
    damping : float
        :math:`\xi`, in squared units of the parameters.
    rectified : bool
        Whether a negative importance becomes zero, as in the authors' code (ganguli-lab/pathint); GT-RIPL keeps it.
    path : list of Tensor
        :math:`\omega` of the present task: minus the sum of gradient times change of parameter.
    """

    strength: float = 0.1
    damping: float = 0.1
    rectified: bool = True

    title = "SI"
    boundaries_in_training = True
    grid = (1e1, 1e3, 1e5)
    source = "Zenke et al. 2017, arXiv:1703.04200"
    defaults_from = "the authors' code for permuted-MNIST: c = 0.1, xi = 0.1; GT-RIPL has c = 3000 for split-MNIST"
    positive = ("damping",)

    path: list[Tensor] = field(init=False, default_factory=list, repr=False)

    def start(self, model: nn.Module, generator: torch.Generator) -> None:
        """Remember where the first task starts."""
        self._begun = copies(trainable(model))
        self.path = [torch.zeros_like(p) for p in self._begun]

    def after_backward(self, model: nn.Module) -> None:
        """Remember the gradient of the loss alone, then add that of the penalty."""
        self._gradient = [p.grad.clone() for p in trainable(model) if p.grad is not None]
        self._before = copies(trainable(model))
        super().after_backward(model)

    def after_step(self, model: nn.Module) -> None:
        """Extend the path."""
        for omega, g, p, before in zip(self.path, self._gradient, trainable(model), self._before, strict=True):
            omega.addcmul_(g, p.detach() - before, value=-1)

    def end_task(self, model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None) -> None:
        """Turn the path into importance, and start a new one here."""
        now = copies(trainable(model))
        moved = [p - begun for p, begun in zip(now, self._begun, strict=True)]
        self.hold(model, [omega / (d**2 + self.damping) for omega, d in zip(self.path, moved, strict=True)])
        if self.rectified:
            self.importance = [omega.clamp(min=0) for omega in self.importance]
        self._begun, self.path = now, [torch.zeros_like(p) for p in now]
