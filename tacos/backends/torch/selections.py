"""Which synapses an event concerns, and how their variables are read and written.

The generated statements are the same for every selection: only what a name is bound to differs. Neurons are
``[member, neuron]``; synapses ``[replica, pre, post]`` where a projection is all-to-all, else ``[replica, synapse]``.
The members of a batch are the replicas, or, while plasticity is frozen, several presentations of each: ``owner`` says
whose synapses a member uses. Copied into every generated module; needs PyTorch alone.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from tacos.backends.torch.events import Events, Wiring


class Selection:
    """Some synapses. All that is read has, or spreads to, ``shape``; so must all that is written.

    ``i``, ``j``: the neurons of each synapse. ``synaptic``, ``pre``, ``post``, ``shared``: a state of the synapses, of
    the neurons before and behind them, a number for each member. ``put``: a state of the synapses with another value.
    ``add_pre``, ``add_post``: a state of neurons with something added for each synapse.
    """

    shape: tuple[int, ...]
    i: Tensor
    j: Tensor

    def synaptic(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def pre(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def post(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def shared(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def put(self, x: Tensor, value: Any) -> Tensor:
        raise NotImplementedError

    def add_pre(self, x: Tensor, value: Any) -> Tensor:
        return self._add_one_by_one(x, self.i, value)

    def add_post(self, x: Tensor, value: Any) -> Tensor:
        return self._add_one_by_one(x, self.j, value)

    def _member(self) -> Tensor:
        """Member of each synapse."""
        raise NotImplementedError

    def _spread(self, value: Any, like: Tensor) -> Tensor:
        """A value for every synapse, of the type of what it goes into."""
        if not isinstance(value, Tensor):
            return torch.full(self.shape, value, dtype=like.dtype, device=like.device)
        return value.expand(self.shape).to(like.dtype)

    def _add_one_by_one(self, x: Tensor, neuron: Tensor, value: Any) -> Tensor:
        """Add in the order of the synapses, as a loop would: no sum depends on what else is in the batch."""
        position = (self._member() * x.shape[1] + neuron).expand(self.shape).reshape(-1)
        x.view(-1).index_add_(0, position, self._spread(value, x).reshape(-1))
        return x


class Rows(Selection):
    """All-to-all, presynaptic events: for each event the row of its neuron, ``[event, post]``."""

    def __init__(self, wiring: Wiring, events: Events, owner: Tensor | None) -> None:
        self.member, self.neuron = events.found
        self.row = (self.member if owner is None else owner[self.member]) * wiring.n_pre + self.neuron
        self.shape = (len(self.member), wiring.n_post)
        self.i = self.neuron.unsqueeze(1)
        self.j = torch.arange(wiring.n_post, device=self.neuron.device)

    def synaptic(self, x: Tensor) -> Tensor:
        return x.view(-1, x.shape[2]).index_select(0, self.row)

    def pre(self, x: Tensor) -> Tensor:
        return x[self.member, self.neuron].unsqueeze(1)

    def post(self, x: Tensor) -> Tensor:
        return x.index_select(0, self.member)

    def shared(self, x: Tensor) -> Tensor:
        return x.index_select(0, self.member) if x.dim() else x

    def put(self, x: Tensor, value: Any) -> Tensor:
        x.view(-1, x.shape[2]).index_copy_(0, self.row, self._spread(value, x))
        return x

    def add_post(self, x: Tensor, value: Any) -> Tensor:
        return x.index_add_(0, self.member, self._spread(value, x))

    def _member(self) -> Tensor:
        return self.member.unsqueeze(1)


class Columns(Selection):
    """All-to-all, postsynaptic events: for each event the column of its neuron, ``[event, pre]``."""

    def __init__(self, wiring: Wiring, events: Events, owner: Tensor | None) -> None:
        self.member, self.neuron = events.found
        self.owner = self.member if owner is None else owner[self.member]
        self.shape = (len(self.member), wiring.n_pre)
        self.i = torch.arange(wiring.n_pre, device=self.neuron.device)
        self.j = self.neuron.unsqueeze(1)

    def synaptic(self, x: Tensor) -> Tensor:
        return x[self.owner, :, self.neuron]

    def pre(self, x: Tensor) -> Tensor:
        return x.index_select(0, self.member)

    def post(self, x: Tensor) -> Tensor:
        return x[self.member, self.neuron].unsqueeze(1)

    def shared(self, x: Tensor) -> Tensor:
        return x.index_select(0, self.member) if x.dim() else x

    def put(self, x: Tensor, value: Any) -> Tensor:
        x[self.owner, :, self.neuron] = self._spread(value, x)
        return x

    def add_pre(self, x: Tensor, value: Any) -> Tensor:
        return x.index_add_(0, self.member, self._spread(value, x))

    def _member(self) -> Tensor:
        return self.member.unsqueeze(1)


class Pairs(Selection):
    """Any projection that is not all-to-all: an entry for each synapse concerned; ``happened`` is [member, synapse]."""

    def __init__(self, wiring: Wiring, happened: Tensor, owner: Tensor | None) -> None:
        self.member, self.synapse = happened.nonzero(as_tuple=True)
        self.owner = self.member if owner is None else owner[self.member]
        self.i, self.j = wiring.sources[self.synapse], wiring.targets[self.synapse]  # type: ignore[index]
        self.shape = (len(self.member),)

    def synaptic(self, x: Tensor) -> Tensor:
        return x[self.owner, self.synapse]

    def pre(self, x: Tensor) -> Tensor:
        return x[self.member, self.i]

    def post(self, x: Tensor) -> Tensor:
        return x[self.member, self.j]

    def shared(self, x: Tensor) -> Tensor:
        return x[self.member, 0] if x.dim() else x

    def put(self, x: Tensor, value: Any) -> Tensor:
        return x.index_put_((self.owner, self.synapse), self._spread(value, x))

    def _member(self) -> Tensor:
        return self.member


class All(Selection):
    """Every synapse, as at the end of a presentation."""

    def __init__(self, wiring: Wiring, replicas: int, device: torch.device) -> None:
        self.wiring, self.shape, self.device = wiring, wiring.shape(replicas), device
        if wiring.dense:
            self.i = torch.arange(wiring.n_pre, device=device).unsqueeze(1)
            self.j = torch.arange(wiring.n_post, device=device)
        else:
            self.i, self.j = wiring.sources, wiring.targets  # type: ignore[assignment]

    def synaptic(self, x: Tensor) -> Tensor:
        return x

    def pre(self, x: Tensor) -> Tensor:
        return x.unsqueeze(2) if self.wiring.dense else x[:, self.i]

    def post(self, x: Tensor) -> Tensor:
        return x.unsqueeze(1) if self.wiring.dense else x[:, self.j]

    def shared(self, x: Tensor) -> Tensor:
        return x.unsqueeze(2) if self.wiring.dense and x.dim() else x

    def put(self, x: Tensor, value: Any) -> Tensor:
        return x.copy_(self._spread(value, x))

    def _member(self) -> Tensor:
        return torch.arange(self.shape[0], device=self.device).view(-1, *(1 for _ in self.shape[1:]))
