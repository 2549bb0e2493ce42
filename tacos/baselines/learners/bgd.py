"""BGD, Bayesian gradient descent, later called FOO-VB with a diagonal covariance.

Zeno, Golan, Hoffer, Soudry 2018, "Task agnostic continual learning using online variational Bayes", arXiv:1803.10123,
and 2021, doi 10.1162/neco_a_01430. The rule was read in two public codes by the authors of MESU; they differ in one
sign. Here is the one that follows from the fixed point of the variational update: whatever the gradient, the last
two terms are ``sigma (sqrt(1 + a^2) - a - 1)`` with ``a = sigma g/2``, so that a width stays above zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tacos.baselines.learners.beliefs import Beliefs


def bgd_step(
    mean: Tensor, width: Tensor, g_mean: Tensor, g_width: Tensor, rate: float | Tensor = 1.0
) -> tuple[Tensor, Tensor]:
    r"""Mean and width after one step: :math:`\mu - \eta\sigma^2 g_\mu` and
    :math:`\sigma\sqrt{1 + (\sigma g_\sigma/2)^2} - \sigma^2 g_\sigma/2`.

    Parameters
    ----------
    mean, width, g_mean, g_width : Tensor
        Of any shapes that broadcast: leading axes are replicas. Gradients are those of the expected loss of the step.
    rate : float or Tensor
        :math:`\eta`.

    Returns
    -------
    mean, width : Tensor
    """  # noqa: D205
    half = 0.5 * width * g_width
    return mean - rate * width**2 * g_mean, width * (torch.sqrt(1 + half**2) - half)


@dataclass
class BGD(Beliefs):
    """Beliefs that are sharpened by every step, the posterior of one step being the prior of the next.

    Nothing is forgotten on purpose: widths shrink, and with them the rate of learning.

    Attributes
    ----------
    strength : float
        Factor on the step of means.
    """

    strength: float = 1.0

    title = "BGD"
    grid = (0.3, 1.0, 3.0)
    source = "Zeno et al. 2018, arXiv:1803.10123"
    defaults_from = "ours"

    def moved(self, mean: Tensor, width: Tensor, g_mean: Tensor, g_width: Tensor) -> tuple[Tensor, Tensor]:
        """The rule."""
        return bgd_step(mean, width, g_mean, g_width, self.strength)
