"""Metaplastic weights of several levels: a hidden weight is held back where it would change the level that is stored.

D'Agostino, Moro, Hirtzlin, Arcamone, Castellani, Querlioz, Payvand, Vianello 2023, "Synaptic metaplasticity with
multi-level memristive devices", arXiv:2306.12142. Of the paper the abstract was read, and in a third party's summary
that its meta-function is defined on the intervals between neighbouring levels. **The form is ours**, that of
:func:`synapses.quantized`: thresholds lie halfway between levels, and a step toward the nearest one, u half distances
of two levels away, is multiplied by 1 - tanh(m u)^2. With two levels and `half_cell` one it is the rule of Laborieux et
al. 2021, to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tacos.baselines.learners.metaplastic import Metaplastic
from tacos.errors import RunError


def level(hidden: Tensor, levels: int, half_cell: float) -> Tensor:
    """Which level, from 0, each hidden weight is on; levels are ``2*half_cell`` apart, around zero."""
    place = hidden / (2 * half_cell) + (levels % 2) / 2
    return (place.floor() + levels // 2).clamp(0, levels - 1)


def beyond(hidden: Tensor, levels: int, half_cell: float) -> Tensor:
    """How far each hidden weight is from the nearest threshold, in half cells; positive above it."""
    place = hidden / half_cell
    nearest = 2 * (place / 2 + 0.5).floor() if levels % 2 == 0 else 2 * (place / 2).floor() + 1
    return place - nearest.clamp(2 - levels, levels - 2)


@dataclass
class Quantized(Metaplastic):
    """Metaplastic steps between levels, and a device for each weight, written when its level changes."""

    strength: float = 2.0

    title = "metaplastic, quantized"
    network = "quantized"
    grid = (0.5, 2.0, 4.0)
    source = "ours, after D'Agostino et al. 2023, arXiv:2306.12142; its formula could not be read"
    defaults_from = "m from 2 to 4: D'Agostino et al. 2023, in a summary"

    def start(self, model: nn.Module, generator: torch.Generator) -> None:
        """It is for weights on devices."""
        from tacos.baselines.learners.device_layers import QuantizedLayers

        if not isinstance(model, QuantizedLayers):
            raise RunError(f"The method {self.title} is for the network '{self.network}'.")
        super().start(model, generator)
        self._model = model

    def beyond(self, model: nn.Module, hidden: Tensor) -> Tensor:
        """From the nearest threshold."""
        return beyond(hidden, self._model.levels, self._model.half_cell)

    def after_step(self, model: nn.Module) -> None:
        """Hold back, then write what has changed."""
        super().after_step(model)
        self._model.write()
