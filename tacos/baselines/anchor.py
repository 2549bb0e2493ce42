"""What methods without a gradient share: a single pass over fixed features, a readout in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from tacos.baselines.features import Features
from tacos.baselines.method import Method
from tacos.errors import RunError

if TYPE_CHECKING:
    from tacos.baselines.training import Learner, Section

#: Presentations that are taken up at once; changes no more than rounding.
_BLOCK = 500


@dataclass
class Anchor(Method):
    """Takes up presentations one after the other, and finds a readout when it is tested.

    Attributes
    ----------
    network : str
        The one architecture it is for.
    """

    boundaries_in_training = False
    trained = False
    network: ClassVar[str] = "pixels"

    def start(self, model: nn.Module, generator: torch.Generator) -> None:
        """Nothing has been seen."""
        if not isinstance(model, Features):
            raise RunError(f"The method {self.title} reads fixed features; its network is '{self.network}'.")
        size, outputs = model.readout.in_features, model.readout.out_features
        self.counts = torch.zeros(outputs, dtype=torch.float64)
        self.sums = torch.zeros(outputs, size, dtype=torch.float64)
        self.begin(size)

    def begin(self, size: int) -> None:
        """What else is kept of features of this size."""

    def learn(self, learner: Learner, section: Section) -> None:
        """Take up what is presented, and set the readout."""
        model = learner.model
        assert isinstance(model, Features)
        with torch.no_grad():
            for images, targets, _ in section.batches(_BLOCK):
                seen = model.features(images).to(torch.float64).cpu()
                self.take_up(seen, targets.cpu())
                learner.learned += len(images)
            weight, bias = self.solution()
            unseen = (self.counts == 0).nonzero().squeeze(1)
            bias[unseen] = -1e9  # a class that was never shown is no answer
            model.readout.weight.copy_(weight)
            model.readout.bias.copy_(bias)

    def take_up(self, seen: Tensor, targets: Tensor) -> None:
        """Counts and sums of features [n, size] by class."""
        self.counts.index_add_(0, targets, torch.ones(len(targets), dtype=torch.float64))
        self.sums.index_add_(0, targets, seen)

    def solution(self) -> tuple[Tensor, Tensor]:
        """Weights [outputs, size] and biases [outputs] of the readout."""
        raise NotImplementedError

    def means(self) -> Tensor:
        """Mean features of each class [outputs, size]; zero for those that were never shown."""
        return self.sums / self.counts.clamp(min=1).unsqueeze(1)
