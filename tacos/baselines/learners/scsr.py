"""Backpropagated intrinsic plasticity: time constants and thresholds are trained by the gradient, as weights are.

Zhang, Li 2020, arXiv:2010.12691 (abstract read; the equations are our form, see `recurrent`). It is a way to train one
task, not a method against forgetting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from tacos.baselines.learners.recurrent import ScSrNetwork
from tacos.baselines.method import Method
from tacos.baselines.settings import Training
from tacos.errors import RunError

#: The slowest speed, and the lowest and highest threshold, that training leaves to a cell.
SLOWEST, LOWEST, HIGHEST = 0.1, 0.1, 10.0


def within_bounds(model: ScSrNetwork) -> None:
    """Time constants of at least one step and at most ten times the common one; thresholds from a tenth to ten."""
    with torch.no_grad():
        model.speed.clamp_(SLOWEST, model.tau_mem)
        model.level.clamp_(LOWEST, HIGHEST)


@dataclass
class ScSr(Method):
    """Gradients for weights and for the intrinsic values of cells.

    Attributes
    ----------
    strength : float
        Learning rate of intrinsic values over that of weights; with 0 they stay fixed, and the same for all cells.
    """

    strength: float = 1.0

    title = "ScSr-SNN"
    boundaries_in_training = False
    network = "scsr"
    grid = (1.0, 0.3, 3.0)
    source = "Zhang, Li 2020, arXiv:2010.12691 (abstract; equations are our form)"
    defaults_from = "ours"

    def optimizer(self, model: nn.Module, training: Training) -> Any:
        """Two groups of parameters, each with its learning rate."""
        if not isinstance(model, ScSrNetwork):
            raise RunError(f"The method {self.title} trains the network '{self.network}', which has intrinsic values.")
        intrinsic = [model.speed, model.level]
        for values in intrinsic:
            values.requires_grad_(self.strength > 0)
        groups: list[dict[str, Any]] = [{"params": list(model.weights.values())}]
        if self.strength > 0:
            groups.append({"params": intrinsic, "lr": self.strength * training.learning_rate})
        kind = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[training.optimizer]
        return kind(groups, lr=training.learning_rate)

    def after_step(self, model: nn.Module) -> None:
        """Keep the values of cells where they have a meaning."""
        if self.strength > 0 and isinstance(model, ScSrNetwork):
            within_bounds(model)
