"""Joint training on all tasks seen so far: no method of continual learning, but the upper reference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import nn

from tacos.baselines.method import Method

if TYPE_CHECKING:
    from tacos.baselines.training import Learner, Section


@dataclass
class Joint(Method):
    """At each evaluation, a new network is trained on everything presented so far, mixed."""

    title = "joint"
    boundaries_in_training = False
    stores_data = True
    source = "no method; 'offline' in Hsu et al. 2018, arXiv:1810.12488"
    defaults_from = "-"

    def start(self, model: nn.Module, generator: torch.Generator) -> None:
        """Keep the generator, which mixes the presentations."""
        self.generator = generator

    def learn(self, learner: Learner, section: Section) -> None:
        """Start anew and learn all that was seen, as many times as the stream shows it."""
        images, targets, mask = replace(section, start=0).samples()
        learner.restart()
        for _ in range(section.passes):
            for some in torch.randperm(len(images), generator=self.generator).split(learner.training.batch):
                learner.step(images[some], targets[some], None if mask is None else mask[some])
