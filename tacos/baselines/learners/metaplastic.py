"""Metaplastic steps: the further a hidden weight is from zero, the less an optimizer moves it back.

Laborieux, Ernoult, Hirtzlin, Querlioz 2021, "Synaptic metaplasticity in binarized neural networks", Nature
Communications 12:2549, doi:10.1038/s41467-021-22768-y; rule and constants as in the authors' public code
(SynapticMetaplasticityBNN), of the paper the opening was read. A step of any optimizer that makes a hidden weight
smaller in magnitude is multiplied by 1 - tanh(m |w|)^2; gains and biases are left alone.

What deviates: one optimizer for the whole stream, where the source makes a new one for each task; no weight decay (1e-7
there). The spiking form is :func:`synapses.binary`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from synapses.language.values import finite
from tacos.baselines.method import Method, copies, trainable
from tacos.errors import RunError


def metaplastic_step(before: Tensor, after: Tensor, m: float, beyond: Tensor | None = None) -> Tensor:
    """Where a weight stands that an optimizer wants to move from `before` to `after`.

    With m = 0 it is `after`, to the last bit. `beyond` is how far weights are beyond the threshold that they are held
    back from, `before` itself where that is zero.
    """
    beyond, change = before if beyond is None else beyond, after - before
    held = torch.mul(beyond, m).tanh_().square_().mul_(change * beyond < 0)
    return torch.addcmul(after, held, change, value=-1)


def weights(model: nn.Module) -> list[nn.Parameter]:
    """Parameters that are metaplastic: those with two dimensions or more."""
    return [p for p in trainable(model) if p.dim() >= 2]


@dataclass
class Metaplastic(Method):
    """Metaplastic steps on a binarized network.

    Attributes
    ----------
    strength : float
        m of the source.
    factors : tuple of float
        Strength of each layer as a multiple of `strength`; one each if not given.
    """

    strength: float = 1.35
    factors: tuple[float, ...] = ()

    title = "metaplastic, binarized"
    boundaries_in_training = False
    network = "binarized"
    grid: ClassVar[tuple[float, ...]] = (1.35, 5.0, 20.0)
    source = "Laborieux et al. 2021, doi:10.1038/s41467-021-22768-y, rule in the authors' code"
    defaults_from = "the authors' code for six permuted MNISTs: m = 1.35"

    def __post_init__(self) -> None:
        super().__post_init__()
        right = f"factors of {self.title} are numbers, zero or more, one for each layer of weights"
        self.factors = tuple(finite(factor, right, least=0, error=RunError) for factor in self.factors)

    def start(self, model: nn.Module, generator: torch.Generator) -> None:
        """The strength of each layer."""
        layers = len(weights(model))
        if self.factors and len(self.factors) != layers:
            raise RunError(f"factors of {self.title} are {len(self.factors)} numbers for {layers} layers of weights.")
        self.m = [self.strength * factor for factor in self.factors or (1.0,) * layers]

    def after_backward(self, model: nn.Module) -> None:
        """Remember weights before the step."""
        self._before = copies(weights(model))

    def after_step(self, model: nn.Module) -> None:
        """Take part of the step back."""
        with torch.no_grad():
            for w, before, m in zip(weights(model), self._before, self.m, strict=True):
                w.copy_(metaplastic_step(before, w, m, self.beyond(model, before)))

    def beyond(self, model: nn.Module, hidden: Tensor) -> Tensor:
        """How far hidden weights are beyond the threshold that they are held back from."""
        return hidden


class MetaplasticControl(Metaplastic):
    """The same steps on a network of full precision, where the magnitude of a weight is what it does: a control."""

    title = "metaplastic, full precision"
    network = "full-precision"
