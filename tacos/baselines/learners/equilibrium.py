r"""A layered network that settles, and gradients from how it settles when its outputs are nudged.

Equilibrium propagation: Scellier and Bengio 2017, arXiv:1602.05179; symmetric nudges: Laborieux et al. 2021,
doi 10.3389/fnins.2021.633674; complex nudges and a Cauchy integral: Laborieux and Zenke 2022, arXiv:2209.00530; without
weight symmetry: Laborieux and Zenke 2024, arXiv:2309.02214. Abstracts and the authors' public code
(Laborieux-Axel/holomorphic_eqprop, generalized-holo-ep) were read.

Rates s rest where every layer is :math:`s^l = \rho(W^l s^{l-1} + b^l + B^l s^{l+1})`, and with a nudge
:math:`-\beta\,\partial L/\partial s` in the last one. With :math:`B^l = W^{l+1 T}` the slope of the loss is
:math:`-\partial_\beta (s^l s^{l-1 T})` at :math:`\beta = 0`; without, the estimate of the sources is
:math:`-(\partial_\beta s^l) s^{l-1 T}`, which is biased as far as the two differ. The derivative is a difference from
the free phase ("one-sided"), between nudges of both signs ("symmetric"), or
:math:`\frac{1}{n|\beta|}\sum_k e^{-2\pi i k/n} s(|\beta| e^{2\pi i k/n})` ("holomorphic"), without a bias from finite
nudges but for :math:`|\beta|^n`.

Ours: the slope of the loss is that at the free equilibrium, in units of the longest one of a batch, so that any loss
can be used and the nudge is the largest push on any output; layers are updated in turn, odd and even ones, which never
raises the energy of symmetric weights; answers are `gain` times the rates of the last layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn


class Weights(NamedTuple):
    """What a network settles with.

    Attributes
    ----------
    up : list of Tensor
        [units, inputs] of each layer.
    bias : list of Tensor
    down : list of Tensor
        [units, units above] of each layer but the last.
    """

    up: list[Tensor]
    bias: list[Tensor]
    down: list[Tensor]


def rate(x: Tensor) -> Tensor:
    """Logistic activation of slope one at one half, of real or complex numbers."""
    return torch.sigmoid(4 * x - 2)


def settle(
    drive: Tensor, weights: Weights, start: Sequence[Tensor], push: Tensor | None, sweeps: int, patient: bool = False
) -> list[Tensor]:
    """Rates [..., n, units] of each layer at rest.

    Parameters
    ----------
    drive : Tensor
        What the first layer gets from the images, [n, units].
    weights : Weights
        Real, or complex as the push is.
    start : sequence of Tensor
        Rates to begin with.
    push : Tensor, optional
        Taken from the sums of the last layer.
    sweeps : int
        Updates of all layers, at most.
    patient : bool
        Whether all sweeps are done, also where the network has settled.
    """
    rates, last = list(start), len(start) - 1
    tolerance = 10 * torch.finfo(drive.dtype).eps
    for _ in range(sweeps):
        before = list(rates)
        for layer in (*range(0, last + 1, 2), *range(1, last + 1, 2)):
            sums = rates[layer - 1] @ weights.up[layer].T + weights.bias[layer] if layer else drive
            if layer < last:
                sums = sums + rates[layer + 1] @ weights.down[layer].T
            elif push is not None:
                sums = sums - push
            rates[layer] = rate(sums)
        if not patient and all(bool((a - b).abs().max() < tolerance) for a, b in zip(rates, before, strict=True)):
            break
    return rates


def nudges(estimate: str, size: float, points: int) -> list[tuple[complex, complex]]:
    """Nudges, and what a value at each counts in the derivative, of which the real part is taken.

    Values at conjugate nudges are conjugate, so that half of the circle does.
    """
    if estimate == "one-sided":
        return [(0.0, -1 / size), (size, 1 / size)]
    if estimate == "symmetric":
        return [(size, 0.5 / size), (-size, -0.5 / size)]
    turns = [complex(torch.exp(torch.tensor(2j * torch.pi * k / points))) for k in range(points // 2 + 1)]
    twice = [1 if k in (0, points / 2) else 2 for k in range(len(turns))]
    return [(size * turn, count * turn.conjugate() / (points * size)) for turn, count in zip(turns, twice, strict=True)]


def gradients(
    images: Tensor,
    weights: Weights,
    free: Sequence[Tensor],
    slope: Tensor,
    chosen: Sequence[tuple[complex, complex]],
    tied: bool,
    sweeps: int,
) -> Weights:
    """Estimated gradients of the loss; those of `down` are empty where weights are tied.

    Parameters
    ----------
    images : Tensor
        [n, pixels].
    weights : Weights
    free : sequence of Tensor
        Rates at rest without a nudge.
    slope : Tensor
        Of the loss with respect to the last rates, [n, outputs].
    chosen : sequence of (nudge, share)
        Of `nudges`.
    tied : bool
        Whether the gradient is that of weights which work in both directions.
    sweeps : int
        Of `settle`.
    """
    longest = slope.norm(dim=1).max()
    unit = slope / longest.clamp(min=torch.finfo(slope.dtype).tiny)
    turned = any(complex(nudge).imag for nudge, _ in chosen)
    kind = torch.promote_types(slope.dtype, torch.complex32) if turned else slope.dtype
    size, share = (
        torch.tensor([pair[i] for pair in chosen], dtype=kind, device=slope.device)[:, None, None] for i in range(2)
    )
    cast_weights = Weights(*([w.to(kind) for w in part] for part in weights))
    drive = images.to(kind) @ cast_weights.up[0].T + cast_weights.bias[0]
    start = [s.to(kind).expand(len(chosen), *s.shape) for s in free]
    rates = settle(drive, cast_weights, start, size * unit, sweeps)
    moved = [(share * s).sum(0).real for s in rates]
    up, bias, down = [], [-longest * m.sum(0) for m in moved], []
    for layer, m in enumerate(moved):
        if layer == 0:
            up.append(-longest * m.T @ images)
        elif tied:
            up.append(-longest * torch.einsum("pni,pnj->ij", share * rates[layer], rates[layer - 1]).real)
        else:
            up.append(-longest * m.T @ free[layer - 1])
            down.append(-longest * moved[layer - 1].T @ free[layer])
    return Weights(up, bias, down)


class Equilibrium(nn.Module):
    """The network, whose gradients any loss and any optimizer can use.

    Parameters
    ----------
    n_inputs, n_outputs : int
    hidden : sequence of int
    estimate : {"one-sided", "symmetric", "holomorphic", "backpropagation"}
        With the last, the exact gradient through all sweeps, for comparison.
    nudge : float
        The largest push on any output.
    points : int
        Complex nudges on the circle, an even number.
    tied : bool
        Whether weights work in both directions; else those downward are weights of their own.
    gain : float
    sweeps : int
        Updates of all layers in a phase, at most.
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        hidden: Sequence[int] = (128,),
        estimate: str = "symmetric",
        nudge: float = 0.1,
        points: int = 8,
        tied: bool = True,
        gain: float = 10.0,
        sweeps: int = 30,
    ) -> None:
        super().__init__()
        self.estimate, self.tied, self.gain, self.sweeps = estimate, tied, gain, sweeps
        self.nudges = nudges(estimate, nudge, points) if estimate != "backpropagation" else []
        sizes = [n_inputs, *hidden, n_outputs]
        self.layers = nn.ModuleList(nn.Linear(m, n) for m, n in zip(sizes, sizes[1:], strict=False))
        above = [] if tied else list(zip(sizes[1:], sizes[2:], strict=False))
        self.feedback = nn.ModuleList(nn.Linear(n, m, bias=False) for m, n in above)
        for layer in self.feedback:  # as weights upward, but drawn by themselves
            weight = cast(nn.Linear, layer).weight
            nn.init.uniform_(weight, -(len(weight) ** -0.5), len(weight) ** -0.5)

    def weights(self) -> Weights:
        """Those of now."""
        layers = [cast(nn.Linear, layer) for layer in self.layers]
        up = [layer.weight for layer in layers]
        down = [w.T for w in up[1:]] if self.tied else [cast(nn.Linear, layer).weight for layer in self.feedback]
        return Weights(list(up), [layer.bias for layer in layers], list(down))

    def forward(self, images: Tensor) -> Tensor:
        """Answers [n, outputs] of images [n, pixels], at rest."""
        weights = self.weights()
        if self.estimate == "backpropagation":
            return self.gain * free_phase(images, weights, self.sweeps, self.training)[-1]
        tied = weights._replace(down=[]) if self.tied else weights
        flat = [w for part in tied for w in part]
        return self.gain * cast(Tensor, _Settled.apply(self, images, *flat))


def free_phase(images: Tensor, weights: Weights, sweeps: int, patient: bool = False) -> list[Tensor]:
    """Rates of each layer without a nudge, from rest at zero."""
    start = [images.new_zeros(len(images), len(bias)) for bias in weights.bias]
    return settle(images @ weights.up[0].T + weights.bias[0], weights, start, None, sweeps, patient)


class _Settled(torch.autograd.Function):
    """Rates of the last layer, whose gradients come from nudged phases."""

    @staticmethod
    def forward(ctx: Any, network: Equilibrium, images: Tensor, *flat: Tensor) -> Tensor:
        weights = _unflattened(network, flat)
        rates = free_phase(images, weights, network.sweeps)
        ctx.network = network
        ctx.save_for_backward(images, *flat, *rates)
        return rates[-1]

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Any:
        network: Equilibrium = ctx.network
        images, *saved = ctx.saved_tensors
        depth = len(network.layers)
        flat, free = saved[:-depth], saved[-depth:]
        found = gradients(
            images, _unflattened(network, flat), free, slopes[0], network.nudges, network.tied, network.sweeps
        )
        return None, None, *(g for part in found for g in part)


def _unflattened(network: Equilibrium, flat: Sequence[Tensor]) -> Weights:
    depth = len(network.layers)
    up, bias, down = list(flat[:depth]), list(flat[depth : 2 * depth]), list(flat[2 * depth :])
    return Weights(up, bias, [w.T for w in up[1:]] if network.tied else down)


def asymmetry(weights: Weights) -> Tensor:
    """Homeostatic loss: squared difference of weights up and down, for each unit above the images.

    In a layered network it is the mean over normal vectors e of ``|J e|^2 - e J J e``, the loss of the source, divided
    by the number of units, with J the Jacobian of all sums with respect to all rates.
    """
    units = sum(len(bias) for bias in weights.bias)
    squares = [((up - down.T) ** 2).sum() for up, down in zip(weights.up[1:], weights.down, strict=True)]
    return torch.stack(squares).sum() / units
