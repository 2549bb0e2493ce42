"""Gradients of many small networks with drawn weights that learn one image at a time, as one computation.

Seeds have images and draws of their own; the rows of a seed (rules, windows, learning rates) share both, so that they
are compared in pairs. No drawn weight of the first layer is ever written down: with draws e of a unit its sums are
``mean @ x + width @ (e x)``, and the slope with respect to its widths is ``(delta @ e) x``.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Layers(NamedTuple):
    """A value for every weight of a network with one hidden layer: [seeds, units, rows, inputs + 1]."""

    hidden: Tensor
    output: Tensor


def gradients(means: Layers, widths: Layers, draws: Layers, images: Tensor, targets: Tensor) -> tuple[Layers, Layers]:
    """Gradients of the mean loss over draws, with respect to means and widths.

    Parameters
    ----------
    means, widths : Layers
        The last input of a unit is one, for its bias. A width of zero is a weight without a draw.
    draws : Layers
        [seeds, units, samples, inputs + 1], in widths from the mean.
    images : Tensor
        [seeds, pixels].
    targets : Tensor
        [seeds], the right outputs.

    Returns
    -------
    g_means, g_widths : Layers
    """
    x = with_one(images)[:, None, None]
    sums = means.hidden @ x.mT + widths.hidden @ (draws.hidden * x).mT  # [seeds, units, rows, samples]
    active = with_one(sums.relu().movedim(1, -1))[:, None]  # [seeds, 1, rows, samples, units + 1]
    drawn = means.output[:, :, :, None] + widths.output[:, :, :, None] * draws.output[:, :, None]
    chances = (drawn * active).sum(-1).softmax(1)
    wrong = chances - nn.functional.one_hot(targets, chances.shape[1])[:, :, None, None]
    wrong = (wrong / chances.shape[-1])[..., None]  # [seeds, outputs, rows, samples, 1]
    output = wrong * active
    back = (wrong * drawn).sum(1)[..., :-1].movedim(-1, 1) * (sums > 0)
    return (
        Layers(back.sum(-1, keepdim=True) * x, output.sum(3)),
        Layers((back @ draws.hidden) * x, (output * draws.output[:, :, None]).sum(3)),
    )


def answers(weights: Layers, images: Tensor) -> Tensor:
    """Outputs [seeds, rows, n, outputs] of images [n, pixels]."""
    active = torch.einsum("surp,np->srnu", weights.hidden, with_one(images)).relu()
    return torch.einsum("soru,srnu->srno", weights.output, with_one(active))


def with_one(x: Tensor) -> Tensor:
    """Inputs [..., n] with a one behind them."""
    return nn.functional.pad(x, (0, 1), value=1.0)
