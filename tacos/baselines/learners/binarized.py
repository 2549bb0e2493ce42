"""Binarized networks: what is used is the sign of a hidden weight, which learns by the gradient for its sign.

Courbariaux, Hubara, Soudry, El-Yaniv, Bengio 2016, "Binarized neural networks", arXiv:1602.02830.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from tacos.baselines.learners.metaplastic import weights
from tacos.baselines.method import Method


@dataclass
class Binarized(Method):
    """Naive training of a binarized network.

    Attributes
    ----------
    clipped : bool
        Whether hidden weights stay between -1 and 1; Laborieux et al. 2021 let them grow.
    """

    clipped: bool = True

    title = "binarized"
    boundaries_in_training = False
    network = "binarized"
    source = "Courbariaux et al. 2016, arXiv:1602.02830, in a summary"
    defaults_from = "clipped hidden weights from memory of the source"

    def after_step(self, model: nn.Module) -> None:
        """Keep hidden weights in their bounds."""
        if self.clipped:
            with torch.no_grad():
                for w in weights(model):
                    w.clamp_(-1, 1)
