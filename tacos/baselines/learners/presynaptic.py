"""Presynaptic consolidation: a synapse that was important releases more surely and learns more slowly.

Schug, Benzing, Steger 2021, "Presynaptic stochasticity improves energy efficiency and helps alleviate the
stability-plasticity dilemma", eLife 10:e69884. Read as the comparison in the code of MESU (kellian-cottart/
mesu-pmnist). There a mask leaves the release probability as it was wherever it is above 0.01, and large gradients count
with one sign only; here it moves as the text of that code says, by the size of the gradient. Biases are synapses of a
unit that is always on, and release by chance as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from tacos.baselines.method import Method, cross_entropy, trainable

if TYPE_CHECKING:
    from tacos.baselines.settings import Training

#: Step of the release probability, and its limits.
P_STEP, P_LEAST, P_MOST = 0.05, 0.25, 1.0


def presynaptic_step(
    weight: Tensor, release: Tensor, gradient: Tensor, rate: float, limit: float | Tensor
) -> tuple[Tensor, Tensor]:
    r"""Weight and release probability after one step.

    The weight is the expected one, release probability times strength; what a release changes is that
    :math:`w \leftarrow w - \eta(p_{max} - p) g`, while p goes up by 0.05 where :math:`|g|` is above `limit`, else down.

    Parameters
    ----------
    weight, release, gradient : Tensor
        Of any shapes that broadcast; the gradient is that of the loss with respect to the weight that was drawn.
    rate : float
        Learning rate of a synapse that never releases.
    limit : float or Tensor
        Size of gradient above which a synapse was important.

    Returns
    -------
    weight, release : Tensor
    """
    moved = release + torch.where(gradient.abs() > limit, P_STEP, -P_STEP)
    return weight - rate * (P_MOST - release) * gradient, moved.clamp(P_LEAST, P_MOST)


def released(weight: Tensor, release: Tensor, uniform: Tensor) -> Tensor:
    """Weights of one presentation: strength where it releases, else zero; `uniform` is drawn between 0 and 1."""
    return torch.where(uniform < release, weight / release, 0.0)


@dataclass
class Presynaptic(Method):
    """Stochastic gradient descent in which release stands for importance.

    Attributes
    ----------
    strength : float
        Size of a gradient above which a synapse was important.
    release : list of Tensor
        Release probabilities of each parameter that is learned.
    """

    strength: float = 0.1

    title = "presynaptic consolidation"
    boundaries_in_training = False
    grid = (0.01, 0.1, 1.0)
    source = "Schug et al. 2021, doi 10.7554/eLife.69884"
    defaults_from = "the code of MESU, doi 10.1038/s41467-025-64601-w"
    positive = ("strength",)

    release: list[Tensor] = field(init=False, default_factory=list, repr=False)

    def optimizer(self, model: nn.Module, training: Training) -> Any:
        """Steps of the rule, with the learning rate of the training."""
        self.release = [torch.full_like(p, 0.5) for p in trainable(model)]
        return _Steps(self, trainable(model), training.learning_rate)

    def start(self, model: nn.Module, generator: torch.Generator) -> None:
        """Releases come from this generator."""
        self._generator = generator

    def loss(self, model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None) -> Tensor:
        """Loss with the synapses that release."""
        names = [name for name, p in model.named_parameters() if p.requires_grad]
        drawn = {}
        for name, weight, release in zip(names, trainable(model), self.release, strict=True):
            uniform = torch.rand(weight.shape, generator=self._generator).to(weight)
            # Adds what is drawn as a constant, so that the gradient is that of the drawn weight.
            drawn[name] = weight + (released(weight, release, uniform) - weight).detach()
        return cross_entropy(functional_call(model, drawn, (images,)), targets, mask)


@dataclass
class _Steps:
    """What an optimizer does, for weights and release probabilities."""

    method: Presynaptic
    weights: list[nn.Parameter]
    rate: float

    def zero_grad(self) -> None:
        for weight in self.weights:
            weight.grad = None

    @torch.no_grad()
    def step(self) -> None:
        for weight, release in zip(self.weights, self.method.release, strict=True):
            if weight.grad is None:
                continue
            new = presynaptic_step(weight, release, weight.grad, self.rate, self.method.strength)
            for value, moved in zip((weight, release), new, strict=True):
                value.copy_(moved)
