"""What quadratic penalties on parameters have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor, nn

from tacos.baselines.method import Method, copies, trainable


@dataclass
class QuadraticPenalty(Method):
    r"""A penalty :math:`\lambda \sum_i \Omega_i (\theta_i - \theta^*_i)^2` beside the loss.

    The strength :math:`\lambda` has no factor 1/2, as in the GT-RIPL repository; papers that have it print twice our
    value. Its gradient is added to that of the loss, which is the same as differentiating the sum.

    Attributes
    ----------
    importance, anchor : list of Tensor
        :math:`\Omega` and :math:`\theta^*` by parameter; empty before the first is known.
    """

    importance: list[Tensor] = field(init=False, default_factory=list, repr=False)
    anchor: list[Tensor] = field(init=False, default_factory=list, repr=False)

    def after_backward(self, model: nn.Module) -> None:
        """Add the gradient of the penalty."""
        for p, omega, anchor in zip(trainable(model), self.importance, self.anchor, strict=False):
            assert p.grad is not None
            p.grad.addcmul_(omega, p.detach() - anchor, value=2 * self.strength)

    def penalty(self, model: nn.Module) -> float:
        """Value of the penalty at the present parameters."""
        terms = zip(trainable(model), self.importance, self.anchor, strict=False)
        return self.strength * sum(float((omega * (p.detach() - anchor) ** 2).sum()) for p, omega, anchor in terms)

    def hold(self, model: nn.Module, importance: Sequence[Tensor]) -> None:
        """Add to the importance, and pull towards the present parameters from now on."""
        before = self.importance or [omega.new_zeros(omega.shape) for omega in importance]
        self.importance = [old + new for old, new in zip(before, importance, strict=True)]
        self.anchor = copies(trainable(model))
