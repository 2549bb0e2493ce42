"""Equilibrium propagation as a learner: stochastic gradient descent with gradients from settling.

Sources and form: :mod:`tacos.baselines.learners.equilibrium`. Every other method can be trained on that network, too:
it gives its estimate in the place of the backpropagated gradient.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from tacos.baselines.learners.equilibrium import Equilibrium, asymmetry
from tacos.baselines.method import Method
from tacos.errors import RunError


@dataclass
class EquilibriumPropagation(Method):
    """Naive training of a network that settles.

    Attributes
    ----------
    strength : float
        Weight of the homeostatic loss, for networks whose weights are not tied; it pulls weights up and down together.
    """

    title = "equilibrium propagation"
    boundaries_in_training = False
    network = "equilibrium"
    source = "Laborieux et al. 2021, doi 10.3389/fnins.2021.633674; Laborieux and Zenke 2022, arXiv:2209.00530"
    defaults_from = "ours"

    def after_backward(self, model: nn.Module) -> None:
        """Add the gradient of the homeostatic loss."""
        if self.strength == 0:
            return
        if not isinstance(model, Equilibrium) or model.tied:
            raise RunError("The strength of equilibrium propagation pulls weights together that are not tied.")
        (self.strength * asymmetry(model.weights())).backward()
