"""Fixed features with a linear readout, for methods that find the readout in closed form."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Features(nn.Module):
    """The images themselves, random ReLU units, or a sparse expansion; then a linear readout that starts at zero.

    Parameters
    ----------
    n_inputs, n_outputs : int
    kind : {"pixels", "relu", "expansion"}
        ``"relu"``: units with normal weights of variance ``2/n_inputs`` and biases of standard deviation one tenth.
        ``"expansion"``: each unit adds up ten inputs drawn at random, of an image without its mean, and the most active
        twentieth of the units keep their activity, as in the olfactory system of the fly.
    units : int
    """

    def __init__(self, n_inputs: int, n_outputs: int, kind: str = "pixels", units: int = 1000) -> None:
        super().__init__()
        self.kind = kind
        self.weight: Tensor
        self.bias: Tensor
        size = n_inputs if kind == "pixels" else units
        if kind == "relu":
            self.register_buffer("weight", torch.randn(units, n_inputs) * (2 / n_inputs) ** 0.5)
            self.register_buffer("bias", 0.1 * torch.randn(units))
        elif kind == "expansion":
            drawn = torch.rand(units, n_inputs).argsort(1)[:, : min(10, n_inputs)]
            self.register_buffer("weight", torch.zeros(units, n_inputs).scatter_(1, drawn, 1.0))
        self.readout = nn.Linear(size, n_outputs)
        nn.init.zeros_(self.readout.weight)
        nn.init.zeros_(self.readout.bias)
        self.readout.requires_grad_(False)

    def features(self, images: Tensor) -> Tensor:
        """What the readout sees [n, units] of images [n, pixels]."""
        if self.kind == "pixels":
            return images
        if self.kind == "relu":
            return torch.relu(images @ self.weight.T + self.bias)
        active = (images - images.mean(1, keepdim=True)) @ self.weight.T
        least = active.topk(max(1, active.shape[1] // 20), 1).values[:, -1:]
        return torch.relu(active) * (active >= least)

    def forward(self, images: Tensor) -> Tensor:
        """Answers [n, outputs]."""
        answers: Tensor = self.readout(self.features(images))
        return answers
