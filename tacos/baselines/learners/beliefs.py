"""What Bayesian learners share: weights with a mean and a width, drawn several times for every step."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn
from torch.func import functional_call

from tacos.baselines.method import Method, cross_entropy, trainable

if TYPE_CHECKING:
    from tacos.baselines.settings import Training


@dataclass
class Beliefs(Method):
    r"""A normal distribution for every parameter, independent of the others, instead of a value.

    The loss of a step is :math:`C = E[-\log p(\text{batch} | w)]`, summed over the batch, with a mean over `samples`
    draws :math:`w = \mu + \sigma\epsilon`. The means are the parameters of the network; a network is tested with them.
    Widths start at the root of the learning rate of the training, so that this is the rate of the first step.

    Attributes
    ----------
    samples : int
        Draws for each step.
    widths : list of Tensor
        :math:`\sigma` of each parameter that is learned.
    """

    samples: int = 3

    boundaries_in_training = False
    positive: ClassVar[tuple[str, ...]] = ("strength", "samples")

    widths: list[Tensor] = field(init=False, default_factory=list, repr=False)

    @abstractmethod
    def moved(self, mean: Tensor, width: Tensor, g_mean: Tensor, g_width: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and width after a step, from the gradients of the loss with respect to them."""

    def optimizer(self, model: nn.Module, training: Training) -> Any:
        """Steps of means and widths by the rule of the method."""
        start = training.learning_rate**0.5
        self.widths = [torch.full_like(p, start).requires_grad_() for p in trainable(model)]
        return _Steps(self, trainable(model))

    def start(self, model: nn.Module, generator: torch.Generator) -> None:
        """Draws come from this generator."""
        self._generator = generator

    def loss(self, model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None) -> Tensor:
        """Mean over draws of the cross-entropy, summed over the batch."""
        names = [name for name, p in model.named_parameters() if p.requires_grad]
        losses = []
        for _ in range(self.samples):
            drawn = {
                name: mean + width * torch.randn(mean.shape, generator=self._generator).to(mean)
                for name, mean, width in zip(names, trainable(model), self.widths, strict=True)
            }
            losses.append(cross_entropy(functional_call(model, drawn, (images,)), targets, mask))
        return len(images) * torch.stack(losses).mean()


@dataclass
class _Steps:
    """What an optimizer does, for means and widths."""

    method: Beliefs
    means: list[nn.Parameter]

    def zero_grad(self) -> None:
        for value in (*self.means, *self.method.widths):
            value.grad = None

    @torch.no_grad()
    def step(self) -> None:
        for mean, width in zip(self.means, self.method.widths, strict=True):
            if mean.grad is None or width.grad is None:
                continue
            for value, new in zip((mean, width), self.method.moved(mean, width, mean.grad, width.grad), strict=True):
                value.copy_(new)
