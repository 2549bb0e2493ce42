"""Every synapse, with its events as a factor: no shape depends on what happened.

Copied into every generated module; needs PyTorch alone.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tacos.backends.torch.events import Wiring
from tacos.backends.torch.selections import All


class Masked(All):
    """Events as a factor on every synapse: shapes do not depend on data, as CUDA graphs and gradients need it."""

    def __init__(self, wiring: Wiring, spikes: Tensor, side: str) -> None:
        super().__init__(wiring, spikes.shape[0], spikes.device)
        self.spikes, self.side = spikes, side
        self.factor = self.pre(spikes) if side == "pre" else self.post(spikes)

    def put(self, x: Tensor, value: Any) -> Tensor:
        return torch.where(self.factor > 0, self._spread(value, x), x)

    def add_pre(self, x: Tensor, value: Any) -> Tensor:
        if self.side == "post" and (weights := self._alike(value)) is not None:
            return x + (self.spikes @ weights.T).to(x.dtype)
        added = self._added(value, x)
        return x + _in_parts(added, 2) if self.wiring.dense else x.index_add(1, self.i, added)

    def add_post(self, x: Tensor, value: Any) -> Tensor:
        if self.side == "pre" and (weights := self._alike(value)) is not None:
            return x + (self.spikes @ weights).to(x.dtype)
        added = self._added(value, x)
        return x + _in_parts(added, 1) if self.wiring.dense else x.index_add(1, self.j, added)

    def _added(self, value: Any, like: Tensor) -> Tensor:
        return (self._spread(value, like) * self.factor).to(like.dtype)

    def _alike(self, value: Any) -> Tensor | None:
        """A value that all members share, [pre, post]: no tensor of a matrix for each member is needed then."""
        if not (self.wiring.dense and isinstance(value, Tensor) and value.dim() == 3):
            return None
        if value.shape[0] > 1 or self.shape[0] == 1:  # a sum for each member, the same in any batch of replicas
            return None
        return value[0].to(self.spikes.dtype).expand(self.shape[1:])


class MaskedSynapses(Masked):
    """The same where each synapse has events of its own, [member, synapse]; the projection is not all-to-all."""

    def __init__(self, wiring: Wiring, events: Tensor) -> None:
        All.__init__(self, wiring, events.shape[0], events.device)
        self.factor, self.side = events, ""


def _in_parts(x: Tensor, axis: int) -> Tensor:
    """A sum of sums of equally many, so that a GPU has enough to do at once even if replicas are few."""
    n = x.shape[axis]
    part = next((k for k in range(128, 7, -1) if n % k == 0), n)
    return x.unflatten(axis, (n // part, part)).sum(axis + 1).sum(axis)


class Slots(Masked):
    """Frozen synapses of replicas, each of which several members share: what they transmit is a matrix product.

    Members are ``[slot, presentation]``, flat; synapses ``[slot, pre, post]``. Of members, only spikes are read.
    """

    def __init__(self, wiring: Wiring, spikes: Tensor, slots: int) -> None:
        All.__init__(self, wiring, slots, spikes.device)
        self.spikes = spikes.view(slots, -1, spikes.shape[1])

    def shared(self, x: Tensor) -> Tensor:
        return super().shared(x.view(len(self.spikes), -1, 1)[:, 0]) if x.dim() else x

    def add_post(self, x: Tensor, value: Any) -> Tensor:
        weights = self._spread(value, x)
        if self.wiring.dense:
            added = torch.bmm(self.spikes.to(x.dtype), weights)
        else:
            empty = torch.zeros((*self.spikes.shape[:2], x.shape[1]), dtype=x.dtype, device=x.device)
            added = empty.index_add(2, self.j, self.spikes[:, :, self.i] * weights.unsqueeze(1))
        return x + added.view_as(x)
