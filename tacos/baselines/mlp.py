"""The ReLU network of the papers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class MLP(nn.Module):
    """Fully connected layers with ReLU; PyTorch's default initial weights.

    Parameters
    ----------
    image_shape : (height, width)
    n_outputs : int
    hidden : sequence of int
    pad : int
        Black pixels added on every side. They change the scale of the initial weights, which follows the number of
        inputs, and with ``mean`` each is an input that is always on.
    mean, sd : float
        Subtracted from the pixels (0 to 1, after padding), and divided by.
    """

    def __init__(
        self,
        image_shape: tuple[int, int],
        n_outputs: int,
        hidden: Sequence[int] = (400, 400),
        pad: int = 0,
        mean: float = 0.0,
        sd: float = 1.0,
    ) -> None:
        super().__init__()
        self.image_shape, self.pad, self.mean, self.sd = image_shape, pad, mean, sd
        height, width = image_shape
        sizes = [(height + 2 * pad) * (width + 2 * pad), *hidden, n_outputs]
        self.layers = nn.ModuleList(nn.Linear(m, n) for m, n in zip(sizes, sizes[1:], strict=False))

    def forward(self, images: Tensor) -> Tensor:
        """Logits [n, outputs] of images [n, height * width]."""
        x = images
        if self.pad:
            x = nn.functional.pad(x.unflatten(1, self.image_shape), [self.pad] * 4).flatten(1)
        if (self.mean, self.sd) != (0.0, 1.0):
            x = (x - self.mean) / self.sd
        *hidden, last = self.layers
        for layer in hidden:
            x = torch.relu(layer(x))
        logits: Tensor = last(x)
        return logits
