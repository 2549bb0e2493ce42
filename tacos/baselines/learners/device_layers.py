"""Layers whose weights are on devices: levels that are programmed, and pairs that weak RESET pulses change."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tacos.baselines.learners.hidden_weights import INITIAL, BinarizedLayers, straight_through
from tacos.baselines.learners.quantized import level
from tacos.baselines.learners.weak_reset import pulsed


class OnDevices(BinarizedLayers):
    """Layers with states of devices: a tensor of each kind for every layer of weights."""

    def keep(self, name: str, values: Sequence[Tensor]) -> None:
        """Register the states of a kind, one a layer."""
        for layer, value in enumerate(values):
            self.register_buffer(f"{name}_{layer}", value)

    def of(self, name: str) -> list[Tensor]:
        """The states of a kind, wherever the network has been moved."""
        return [self.get_buffer(f"{name}_{layer}") for layer in range(len(self.hidden))]

    def spread(self, sd: float) -> list[Tensor]:
        """Log-normal responses of devices with this relative spread."""
        return [torch.exp(sd * self.drawn(w.shape)) for w in self.hidden]

    def drawn(self, shape: Sequence[int]) -> Tensor:
        """Standard normal numbers."""
        return torch.randn(*shape, generator=self.generator).to(self.hidden[0])


class QuantizedLayers(OnDevices):
    """Levels on devices, written when they change, with noise; the parameters are those of the declaration.

    States, one tensor a layer: ``device``, its response; ``stored``, the weight that was written last; ``read``, the
    weight that is read; ``writes``, how often it was written.
    """

    def __init__(
        self, sizes: Sequence[int], norm: str, n_tasks: int, levels: int = 4, half_cell: float = 0.1,
        programming_noise: float = 0.0, cycle_spread: float = 0.0, device_spread: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(sizes, norm, n_tasks)
        self.levels, self.half_cell = levels, half_cell
        self.programming_noise, self.cycle_spread = programming_noise, cycle_spread
        with torch.no_grad():
            for w in self.hidden:  # a little beyond the outer thresholds
                w.mul_(1 + (levels - 2) * half_cell / INITIAL)
        self.keep("device", self.spread(device_spread))
        for name, value in (("stored", torch.nan), ("read", 0.0), ("writes", 0.0)):
            self.keep(name, [torch.full_like(w, value, requires_grad=False) for w in self.hidden])
        self.write()
        for writes in self.of("writes"):
            writes.zero_()

    def wanted(self, hidden: Tensor) -> Tensor:
        """The level of hidden weights, from -1 to 1."""
        return (2 * level(hidden, self.levels, self.half_cell) - (self.levels - 1)) / (self.levels - 1)

    @torch.no_grad()
    def write(self) -> None:
        """Program the devices whose level has changed."""
        states = zip(self.hidden, *map(self.of, ("device", "stored", "read", "writes")), strict=True)
        for hidden, device, stored, read, writes in states:
            wanted = self.wanted(hidden)
            fresh = wanted != stored
            stored.copy_(wanted)
            writes.add_(fresh)
            new = (wanted * device)[fresh]
            if self.programming_noise or self.cycle_spread:
                new += torch.sqrt(self.programming_noise**2 + (self.cycle_spread * new) ** 2) * self.drawn(new.shape)
            read[fresh] = new

    def used(self, layer: int) -> Tensor:
        """What is read."""
        return straight_through(self.hidden[layer], self.of("read")[layer])

    def bits(self) -> dict[str, int]:
        """Memory of the weights in bits: levels on devices for use; hidden weights besides, to learn."""
        n = sum(w.numel() for w in self.hidden)
        return {"devices": n * math.ceil(math.log2(self.levels)), "hidden": 32 * n}


class WeakResetLayers(OnDevices):
    """Signs of hidden weights that pairs of devices hold; the parameters are those of the declaration.

    States, one tensor a layer: ``minus`` and ``plus``, resistances of the devices that raise and lower the hidden
    weight ``w_range*(minus - plus)``; ``device_minus`` and ``device_plus``, their responses; ``pulses`` and ``sets``,
    how often a pair was pulsed and set.
    """

    def __init__(
        self, sizes: Sequence[int], norm: str, n_tasks: int, w_range: float = 3.0, R_full: float = 0.9,
        pulse_spread: float = 0.3, pair_spread: float = 0.3,
    ) -> None:  # fmt: skip
        super().__init__(sizes, norm, n_tasks)
        self.w_range, self.R_full, self.pulse_spread = w_range, R_full, pulse_spread
        self.keep("device_minus", self.spread(pair_spread))
        self.keep("device_plus", self.spread(pair_spread))
        self.keep("minus", [(w.detach() / w_range).clamp(0, 1) for w in self.hidden])
        self.keep("plus", [(-w.detach() / w_range).clamp(0, 1) for w in self.hidden])
        for name in ("pulses", "sets"):
            self.keep(name, [torch.zeros_like(w, requires_grad=False) for w in self.hidden])

    @torch.no_grad()
    def pulse(self, before: Sequence[Tensor]) -> None:
        """Send each pair what was asked of its hidden weight, and let the devices say what became of it."""
        names = ("minus", "plus", "device_minus", "device_plus", "pulses", "sets")
        for hidden, was, *states in zip(self.hidden, before, *map(self.of, names), strict=True):
            minus, plus, device_minus, device_plus, pulses, sets = states
            asked = (hidden - was) / self.w_range
            noise = 1 + self.pulse_spread * self.drawn(asked.shape) if self.pulse_spread else torch.ones_like(asked)
            responses = device_minus * noise, device_plus * noise
            new_minus, new_plus, used_up = pulsed(asked, minus, plus, responses, self.R_full)
            minus.copy_(new_minus)
            plus.copy_(new_plus)
            pulses.add_(asked != 0)
            sets.add_(used_up)
            hidden.copy_(self.w_range * (minus - plus))


def writes(model: nn.Module) -> Tensor:
    """How often each device of a quantized network was written, as one vector."""
    assert isinstance(model, QuantizedLayers)
    return torch.cat([count.flatten() for count in model.of("writes")])
