"""Fine-tuning: nothing protects what was learned."""

from __future__ import annotations

from dataclasses import dataclass

from tacos.baselines.method import Method


@dataclass
class Naive(Method):
    """Gradient descent on the stream as it comes; the lower reference."""

    title = "naive"
    boundaries_in_training = False
    source = "no method; Hsu et al. 2018, arXiv:1810.12488, call it by the optimizer's name"
    defaults_from = "-"
