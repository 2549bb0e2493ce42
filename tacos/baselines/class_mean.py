"""The nearest class mean."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from tacos.baselines.anchor import Anchor


@dataclass
class ClassMean(Anchor):
    """Answers with the class whose mean image is nearest."""

    title = "nearest class mean"
    source = "Mensink et al. 2013, IEEE TPAMI 35:2624"
    defaults_from = "-"

    def solution(self) -> tuple[Tensor, Tensor]:
        """The distance to a mean but for what all classes share."""
        means = self.means()
        return means, -0.5 * (means**2).sum(1)
