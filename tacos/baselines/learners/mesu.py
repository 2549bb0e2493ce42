"""MESU: the width of a weight is its learning rate, and the prior is forgotten into.

Bonnet, Cottart, Hirtzlin, Januel, Dalgaty, Vianello, Querlioz 2025, "Bayesian continual learning and forgetting in
neural networks", Nature Communications, doi 10.1038/s41467-025-64601-w, first as Bonnet et al. 2023, arXiv:2312.10153.
The rule is that of the authors' code (kellian-cottart/mesu-pmnist) and of the page of their talk; of the papers the
abstracts were read.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from tacos.baselines.learners.beliefs import Beliefs


def mesu_step(
    mean: Tensor,
    width: Tensor,
    g_mean: Tensor,
    g_width: Tensor,
    window: float | Tensor,
    prior_mean: float = 0.0,
    prior_width: float = 1.0,
    largest: float = float("inf"),
) -> tuple[Tensor, Tensor]:
    r"""Mean and width after one step.

    .. math::

        \mu &\leftarrow \mu - \sigma^2 g_\mu + \frac{\sigma^2}{N\sigma_0^2}(\mu_0 - \mu) \\
        \sigma &\leftarrow \sigma - \frac{\sigma^2}{2} g_\sigma + \frac{\sigma}{2N\sigma_0^2}(\sigma_0^2 - \sigma^2)

    For a loss of curvature H around w0 it rests where :math:`\sigma^2 = 1/(NH + 1/\sigma_0^2)` and
    :math:`\mu = (H w_0 + \mu_0/(N\sigma_0^2)) / (H + 1/(N\sigma_0^2))`.

    Parameters
    ----------
    mean, width, g_mean, g_width : Tensor
        Of any shapes that broadcast: leading axes are replicas. Gradients are those of the expected loss of the step.
    window : float or Tensor
        :math:`N`, steps that are remembered; infinite for no forgetting.
    prior_mean, prior_width : float
        :math:`\mu_0` and :math:`\sigma_0`.
    largest : float
        Largest change of either, in widths.

    Returns
    -------
    mean, width : Tensor
    """
    variance = width**2
    pull = 1 / (window * prior_width**2)
    d_mean = variance * (pull * (prior_mean - mean) - g_mean)
    d_width = 0.5 * (width * pull * (prior_width**2 - variance) - variance * g_width)
    if largest < float("inf"):
        limit = largest * width.abs()
        d_mean, d_width = d_mean.clamp(-limit, limit), d_width.clamp(-limit, limit)
    return mean + d_mean, width + d_width


@dataclass
class MESU(Beliefs):
    """Beliefs that are sharpened by every step and blurred by the prior, so that a window of steps is remembered.

    Attributes
    ----------
    strength : float
        The window: steps that are remembered. The longer, the more earlier tasks count.
    prior_width : float
        Width to which weights relax that no data hold; their mean relaxes to zero.
    largest : float
        Largest change of mean and width in a step, in widths.
    """

    strength: float = 1e4
    prior_width: float = 1.0
    largest: float = 0.5

    title = "MESU"
    grid = (1e3, 1e4, 1e5)
    source = "Bonnet et al. 2025, doi 10.1038/s41467-025-64601-w"
    defaults_from = "ours; the authors' code has ten samples, and widths of 2 by the root of a unit's inputs"
    positive = (*Beliefs.positive, "prior_width", "largest")

    def moved(self, mean: Tensor, width: Tensor, g_mean: Tensor, g_width: Tensor) -> tuple[Tensor, Tensor]:
        """The rule."""
        return mesu_step(mean, width, g_mean, g_width, self.strength, 0.0, self.prior_width, self.largest)
