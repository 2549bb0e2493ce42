"""Which synapses an event concerns, and how their variables are read and written.

The generated statements are the same for every selection: only what a name is bound to differs. Neurons are
``[member, neuron]``; synapses ``[replica, pre, post]`` where a projection is all-to-all, else ``[replica, synapse]``.
The members of a batch are the replicas, or, while plasticity is frozen, several presentations of each: ``owner`` says
whose synapses a member uses. Copied into every generated module; needs PyTorch alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


class Events:
    """Which neurons of which member had an event; looked up once, whoever asks.

    ``smooth`` is the same as 0 and 1 with a gradient, if the module was generated with surrogates.
    """

    def __init__(self, happened: Tensor, smooth: Tensor | None = None) -> None:
        self.happened, self.smooth = happened, smooth
        self._found: tuple[Tensor, ...] | None = None

    @property
    def found(self) -> tuple[Tensor, ...]:
        """Indices ``(member, neuron)``, sorted."""
        if self._found is None:
            self._found = self.happened.nonzero(as_tuple=True)
        return self._found

    @property
    def factor(self) -> Tensor:
        """Events as 0 and 1."""
        return self.happened.to(torch.get_default_dtype()) if self.smooth is None else self.smooth


class Wiring:
    """The synapses of a projection: its sizes, and for each synapse its neurons unless it is all-to-all."""

    def __init__(self, n_pre: int, n_post: int, sources: Tensor | None = None, targets: Tensor | None = None) -> None:
        self.n_pre, self.n_post, self.sources, self.targets = n_pre, n_post, sources, targets
        self.dense = sources is None

    def shape(self, replicas: int) -> tuple[int, ...]:
        """Shape of a synaptic state."""
        return (replicas, self.n_pre, self.n_post) if self.dense else (replicas, len(self.sources))  # type: ignore[arg-type]


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
    """Any projection that is not all-to-all, events of either side: one entry for each synapse concerned."""

    def __init__(self, wiring: Wiring, events: Events, owner: Tensor | None, side: str) -> None:
        ends = wiring.sources if side == "pre" else wiring.targets
        self.member, self.synapse = events.happened[:, ends].nonzero(as_tuple=True)
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


class Network:
    """What the generated functions work on.

    Attributes
    ----------
    state : dict of tensors
        ``"population.state"``: [member, neuron]; ``"projection.state"``: see above.
    value : dict of tensors
        Parameters, [member, 1], or without axes where they are the same for all.
    wiring : dict of Wiring
    seed, presentation : tensors of int64, [member, 1]
    phase, step : int
    learning : int
        0 while plasticity is frozen.
    waiting : dict of lists
        For each delayed pathway the events under way, [member, neuron] each, that of the next step first.
    owner : tensor or None
        Replica of each member, if these are not the replicas.
    masked : bool
        Whether events are factors on every synapse rather than lists, and nothing is changed in place. Synapses with a
        leading axis of one are shared by all members then.
    slots : int
        Whether, masked and with plasticity frozen, members are so many slots with as many presentations each; see
        `Slots`.
    smooth : dict of tensors
        Spikes of each population with a gradient, if the module was generated with surrogates.
    threshold : callable
        Step function whose gradient is a surrogate, for the same.
    """

    def __init__(
        self,
        state: dict[str, Tensor],
        value: dict[str, Tensor],
        wiring: dict[str, Wiring],
        seed: Tensor,
        presentation: Tensor,
        dt: float,
        duration: float,
        steps: int,
        waiting: dict[str, list[Tensor]],
        owner: Tensor | None = None,
    ) -> None:
        self.state, self.value, self.wiring, self.waiting = state, value, wiring, waiting
        self.seed, self.presentation, self.owner = seed, presentation, owner
        self.dt, self.duration, self.steps = dt, duration, steps
        self.phase, self.step, self.learning, self.masked, self.slots = 0, 0, 1, False, 0
        self.spikes: dict[str, Events] = {}
        self.smooth: dict[str, Tensor] = {}
        self.threshold: Callable[[Tensor], Tensor] | None = None

    @property
    def now(self) -> Tensor:
        """Steps since the start of the stream."""
        return self.presentation * self.steps + self.step

    def put(self, x: Tensor, value: Any) -> Tensor:
        """A state of neurons with another value."""
        if not self.masked:
            return x.copy_(value) if isinstance(value, Tensor) else x.fill_(value)
        return value.expand_as(x).to(x.dtype) if isinstance(value, Tensor) else torch.full_like(x, value)

    def on_spike(
        self,
        projection: str,
        population: str,
        side: str,
        pathway: Callable[[Network, Selection], None],
        plastic: bool,
        delayed: str = "",
    ) -> None:
        """Run a pathway for the synapses of the neurons that spiked, or did so a delay ago."""
        spikes = self.spikes[population]
        if delayed:
            happening = self.learning or not plastic
            leaving = spikes.happened.clone() if spikes.smooth is None else spikes.smooth
            self.waiting[delayed].append(leaving if happening else torch.zeros_like(leaving))
            due = self.waiting[delayed].pop(0)
            spikes = Events(due) if due.dtype == torch.bool else Events(due > 0, due)
        elif plastic and not self.learning:
            return
        wiring = self.wiring[projection]
        if self.masked:
            every = Slots(wiring, spikes.factor, self.slots) if self.slots else Masked(wiring, spikes.factor, side)
            pathway(self, every)
            return
        chosen: Rows | Columns | Pairs
        if wiring.dense:
            chosen = (Rows if side == "pre" else Columns)(wiring, spikes, self.owner)
        else:
            chosen = Pairs(wiring, spikes, self.owner, side)
        if chosen.shape[0]:
            pathway(self, chosen)

    def on_all(self, projection: str, pathway: Callable[[Network, Selection], None]) -> None:
        """Run a pathway for every synapse."""
        wiring, members, device = self.wiring[projection], len(self.seed), self.seed.device
        if self.masked:
            everybody = torch.ones((members, wiring.n_pre), device=device)
            pathway(self, Masked(wiring, everybody, "pre"))
        else:
            pathway(self, All(wiring, members, device))
