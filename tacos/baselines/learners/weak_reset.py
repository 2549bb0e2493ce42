"""Hidden weights on pairs of weak-RESET devices, which differ, and answer every pulse a little differently.

Majumdar, Bocquet, Hirtzlin, Laborieux, Klein, Nowak, Vianello, Portal, Querlioz 2021, "Model of the weak reset process
in HfOx resistive memory for deep learning frameworks", arXiv:2107.06064. The abstract was read, which names noisy
progressive changes of resistance and devices that differ, the most harmful imperfection; the equations could not be
read. **The form is ours**, that of :func:`synapses.metaplastic_weights.devices.weak_reset`: weak RESET pulses raise a
resistance from 0 toward 1, and a pair with one above `R_full` is set and written anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from tacos.baselines.learners.metaplastic import Metaplastic
from tacos.errors import RunError


def pulsed(
    asked: Tensor, minus: Tensor, plus: Tensor, responses: tuple[Tensor, Tensor], full: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Resistances of pairs after a pulse each, and which pairs were set.

    Parameters
    ----------
    asked : Tensor
        Change of ``minus - plus`` that a pulse is for.
    minus, plus : Tensor
        Resistances, from 0 to 1, that raise and lower a weight.
    responses : (Tensor, Tensor)
        How strongly each device answers this pulse.
    full : float
        Resistance above which a pair is set.
    """
    minus = (minus + responses[0] * asked.clamp(min=0) * (1 - minus)).clamp(0, 1)
    plus = (plus + responses[1] * (-asked).clamp(min=0) * (1 - plus)).clamp(0, 1)
    used_up, difference = (minus > full) | (plus > full), minus - plus
    minus = torch.where(used_up, difference.clamp(0, 1), minus)
    plus = torch.where(used_up, (-difference).clamp(0, 1), plus)
    return minus, plus, used_up


@dataclass
class WeakReset(Metaplastic):
    """What an optimizer asks of a hidden weight is sent to its pair as a pulse."""

    strength: float = 0.0

    title = "weak RESET, binarized"
    network = "weak-reset"
    grid: ClassVar[tuple[float, ...]] = ()
    source = "ours, after Majumdar et al. 2021, arXiv:2107.06064; its equations could not be read"
    defaults_from = "ours; m = 0 is a plain binarized network"

    def start(self, model: nn.Module, generator: torch.Generator) -> None:
        """It is for weights on pairs of devices."""
        from tacos.baselines.learners.device_layers import WeakResetLayers

        if not isinstance(model, WeakResetLayers):
            raise RunError(f"The method {self.title} is for the network '{self.network}'.")
        super().start(model, generator)
        self._model = model

    def after_step(self, model: nn.Module) -> None:
        """Hold back, then pulse."""
        super().after_step(model)
        self._model.pulse(self._before)
