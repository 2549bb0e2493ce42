"""Metaplastic weights on a chain of beakers, of which the last is metaplastic.

After Benna and Fusi 2016, "Computational principles of synaptic memory consolidation", Nature Neuroscience 19:1697, in
the form of the public code of Laborieux et al. 2021 (SynapticMetaplasticityBNN, ``Adam_bk``); equations and constants
were read there. The hidden weight is the first beaker. What flows into the last one to lower its level is multiplied by
1 - tanh(m |u|)^2, and where the last one is further from zero than the weight, on the same side, it feeds back.

What deviates: all flows are of the levels before the step, where the code has the weight after it; no weight decay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tacos.baselines.learners.metaplastic import weights
from tacos.baselines.method import Method, copies

#: Couplings to the next beaker, the last one to a beaker that stays empty; cross-sections of the beakers.
COUPLINGS, AREAS = (1e-2, 1e-3, 1e-4, 1e-5), (1.0, 2.0, 4.0, 8.0)


def chain_step(levels: Sequence[Tensor], after: Tensor, m: float, feedback: float) -> list[Tensor]:
    """Levels of all beakers after a step of an optimizer that moves the weight, the first of `levels`, to `after`."""
    last = levels[-1]
    flows = [g * (u - v) for g, u, v in zip(COUPLINGS, levels, (*levels[1:], torch.zeros_like(last)), strict=True)]
    ahead = (last - levels[0]) * ((last - levels[0]) * last > 0)
    found = [after - flows[0] / AREAS[0] + feedback * ahead]
    flows_in = [*flows[:-2], flows[-2] * (1 - (flows[-2] * last < 0) * torch.tanh(m * last) ** 2)]
    for u, flow_in, flow_out, area in zip(levels[1:], flows_in, flows[1:], AREAS[1:], strict=True):
        found.append(u + (flow_in - flow_out) / area)
    return found


@dataclass
class Chain(Method):
    """A binarized network whose hidden weights are chains; gains and biases are plain.

    Attributes
    ----------
    strength : float
        m of the last beaker; zero is a chain without metaplasticity.
    feedback : float
        Of the last beaker to the weight, a step.
    """

    strength: float = 1.35
    feedback: float = 5e-3

    title = "metaplastic chain, binarized"
    boundaries_in_training = False
    network = "binarized"
    grid = (1.35, 5.0, 20.0)
    source = "Benna and Fusi 2016, doi:10.1038/nn.4401, in the code of Laborieux et al. 2021"
    defaults_from = "the code of Laborieux et al. 2021; m as on the weights themselves"

    def start(self, model: nn.Module, generator: torch.Generator) -> None:
        """All beakers are as full as the weight."""
        self._levels = [[w] * len(AREAS) for w in copies(weights(model))]

    def after_step(self, model: nn.Module) -> None:
        """Let flow."""
        with torch.no_grad():
            for k, w in enumerate(weights(model)):
                self._levels[k] = chain_step(self._levels[k], w, self.strength, self.feedback)
                w.copy_(self._levels[k][0])
