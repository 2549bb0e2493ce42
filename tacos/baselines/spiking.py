"""A spiking network of Norse's LIF cells, trained by surrogate gradients.

Pixels are constant currents into the hidden cells; of spike trains, the counts of one bin are the currents of one step.
The outputs are leaky integrators of hidden spikes, read at the end of the presentation. Cells and surrogate are Norse's
(``lif_feed_forward_step``, forward Euler); sizes, time constants and initial weights are our choice.
"""

from __future__ import annotations

import math

import torch
from norse.torch.functional.lif import LIFFeedForwardState, LIFParameters, lif_feed_forward_step
from torch import Tensor, nn


class SpikingNetwork(nn.Module):
    """One hidden layer of LIF cells.

    Parameters
    ----------
    n_inputs, n_outputs : int
    binned : bool
        Whether an image is ``[bin, input]``, a bin a step.
    hidden : int
    steps : int
        Steps of a presentation.
    dt, tau_mem, tau_syn, tau_out : float
        Step and time constants of hidden voltage, hidden current and output, in seconds.
    alpha : float
        Steepness of the surrogate (SuperSpike): the larger, the narrower around the threshold.
    gain : float
        Initial weights onto the hidden cells are this many times PyTorch's default, so that cells fire from the start.
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        binned: bool = False,
        hidden: int = 200,
        steps: int = 20,
        dt: float = 0.002,
        tau_mem: float = 0.01,
        tau_syn: float = 0.005,
        tau_out: float = 0.02,
        alpha: float = 10.0,
        gain: float = 3.0,
    ) -> None:
        super().__init__()
        self.binned = binned
        self.steps, self.dt, self.decay = steps, dt, math.exp(-dt / tau_out)
        self.cells = LIFParameters(
            tau_syn_inv=torch.tensor(1 / tau_syn),
            tau_mem_inv=torch.tensor(1 / tau_mem),
            method="super",
            alpha=torch.tensor(alpha),
        )
        self.input, self.output = nn.Linear(n_inputs, hidden), nn.Linear(hidden, n_outputs)
        with torch.no_grad():
            self.input.weight *= gain
        self.rate = math.nan
        """Mean firing rate of the hidden cells at the last call, in Hz."""

    def forward(self, images: Tensor) -> Tensor:
        """Output voltages [n, outputs] at the end of presentations of images [n, inputs], or [n, steps * inputs]."""
        currents = self.input(images.unflatten(1, (-1, self.input.in_features))) if self.binned else None
        constant = self.input(images) if currents is None else currents[:, 0]
        rest = torch.zeros_like(constant)
        state, filtered, count = LIFFeedForwardState(v=rest, i=rest), rest, 0.0
        for step in range(self.steps):
            current = constant if currents is None else currents[:, step]
            spikes, state = lif_feed_forward_step(current, state, self.cells, self.dt)
            filtered = self.decay * filtered + spikes
            count += float(spikes.detach().sum())
        self.rate = count / (rest.numel() * self.steps * self.dt)
        # Integration is linear, so weighting the filtered spikes is the same as filtering the weighted ones.
        voltages: Tensor = self.output(filtered)
        return voltages
