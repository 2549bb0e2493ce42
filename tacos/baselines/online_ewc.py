"""Online EWC: one penalty, with the decayed sum of all Fisher informations, around the latest parameters.

Schwarz et al. 2018 ("Progress & Compress"), arXiv:1805.06370.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from synapses.language.values import finite
from tacos.baselines.importance import LABELS, fisher
from tacos.baselines.penalty import QuadraticPenalty
from tacos.errors import RunError


@dataclass
class OnlineEWC(QuadraticPenalty):
    """EWC whose size does not grow with the number of tasks.

    Attributes
    ----------
    decay : float
        What is left of earlier Fisher information at a boundary; 1 forgets nothing.
    labels : str
        See :func:`tacos.baselines.importance.fisher`.
    """

    strength: float = 700.0
    decay: float = 1.0
    labels: str = "all"

    title = "online EWC"
    boundaries_in_training = True
    grid = (1e2, 1e4, 1e6)
    source = "Schwarz et al. 2018, arXiv:1805.06370"
    defaults_from = (
        "GT-RIPL/Continual-Learning-Benchmark: 700, decay 1 (domain-incremental split-MNIST, Hsu et al. 2018)"
    )
    choices: ClassVar = {"labels": LABELS}

    def __post_init__(self) -> None:
        super().__post_init__()
        finite(self.decay, f"The decay of {self.title} is what is left, from 0 to 1", 0, 1, error=RunError)

    def end_task(self, model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None) -> None:
        """Decay the importance and add that of this task."""
        self.importance = [self.decay * omega for omega in self.importance]
        self.hold(model, fisher(model, images, targets, mask, self.labels))
