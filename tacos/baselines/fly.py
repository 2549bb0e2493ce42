"""A sparse expansion with a local readout, after the fly's mushroom body."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from tacos.baselines.anchor import Anchor


@dataclass
class FlyModel(Anchor):
    """Active units strengthen their synapses onto the output of the class that is shown, and nothing else changes.

    Our form of the paper's associative rule: weights are the mean activity of a class, brought to length one, so that
    the number of its images does not matter.
    """

    title = "fly-like expansion"
    network = "expansion"
    source = "Shen, Dasgupta, Navlakha 2021, arXiv:2107.07617"
    defaults_from = "ours"

    def solution(self) -> tuple[Tensor, Tensor]:
        """Mean activities of length one."""
        means = self.means()
        weight = means / means.norm(dim=1, keepdim=True).clamp(min=1e-12)
        return weight, 0 * weight[:, 0]
