"""What the generated functions work on: a batch of replicas, their state, and where in the stream they are.

Copied into every generated module; needs PyTorch alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from tacos.backends.torch.events import Events, Wiring
from tacos.backends.torch.masked import Masked, MaskedSynapses, Slots
from tacos.backends.torch.selections import All, Columns, Pairs, Rows, Selection


class Course:
    """Values of a time course: one for each index, the last for all beyond."""

    def __init__(self, values: Tensor) -> None:
        self.values = values

    def __call__(self, index: Any) -> Tensor:
        """The value at an index."""
        if isinstance(index, Tensor):
            return self.values[index.long().clamp(max=len(self.values) - 1)]
        return self.values[min(index, len(self.values) - 1)]


class Network:
    """What the generated functions work on.

    Attributes
    ----------
    state : dict of tensors
        ``"population.state"``: [member, neuron]; ``"projection.state"``: see `Selection`.
    value : dict of tensors
        Parameters, [member, 1], or without axes where they are the same for all.
    wiring : dict of Wiring
    seed, presentation : tensors of int64, [member, 1]
    phase, step : int
    learning : int
        0 while plasticity is frozen.
    waiting : dict of lists
        For each delayed pathway the events under way, [member, neuron] each, that of the next step first.
    course : dict of Course
        Time courses by the names by which they are called.
    delays : dict of tensors
        Steps to each synapse, for delayed pathways where they differ; their events are [member, synapse].
    owner : tensor or None
        Replica of each member, if these are not the replicas.
    masked : bool
        Whether events are factors on every synapse rather than lists, and nothing is changed in place. Synapses with a
        leading axis of one are shared by all members then.
    slots : int
        Whether, masked and with plasticity frozen, members are so many slots with as many presentations each; see
        `Slots`.
    by_kernels : bool
        Whether, masked, kernels visit the rows of neurons that fired, and change states of synapses in place; for
        modules that have kernels.
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
        self.by_kernels = False
        self.spikes: dict[str, Events] = {}
        self.delays: dict[str, Tensor] = {}
        self.course: dict[str, Course] = {}
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

    def may_have(self, events: str) -> bool:
        """Whether there is an event; True where that is not looked up."""
        return self.masked or self.spikes[events].any

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
        wiring = self.wiring[projection]
        if delayed in self.delays:
            ends = wiring.sources if side == "pre" else wiring.targets
            happening = self.learning or not plastic
            sent = self.spikes[population].factor[:, ends] * (1.0 if happening else 0.0)
            waiting, steps = self.waiting[delayed], self.delays[delayed]
            waiting.append(torch.zeros_like(waiting[0]) if waiting else torch.zeros_like(sent, dtype=torch.bool))
            for ahead, before in enumerate(waiting):
                waiting[ahead] = before | ((sent > 0) & (steps == ahead))
            arrived = waiting.pop(0)
            if self.masked:
                pathway(self, MaskedSynapses(wiring, arrived.to(sent.dtype)))
            elif arrived.any():
                pathway(self, Pairs(wiring, arrived, self.owner))
            return
        spikes = self.arriving(population, plastic, delayed)
        if spikes is None:
            return
        if self.masked:
            every = Slots(wiring, spikes.factor, self.slots) if self.slots else Masked(wiring, spikes.factor, side)
            pathway(self, every)
            return
        if not spikes.any:
            return
        chosen: Rows | Columns | Pairs
        if wiring.dense:
            chosen = (Rows if side == "pre" else Columns)(wiring, spikes, self.owner)
        else:
            ends = wiring.sources if side == "pre" else wiring.targets
            chosen = Pairs(wiring, spikes.happened[:, ends], self.owner)
        if wiring.dense or chosen.shape[0]:
            pathway(self, chosen)

    def arriving(self, population: str, plastic: bool, delayed: str) -> Events | None:
        """Events that a pathway hears in this step; None where it hears nothing."""
        spikes, happening = self.spikes[population], self.learning or not plastic
        if not delayed:
            return spikes if happening else None
        leaving = spikes.happened.clone() if spikes.smooth is None else spikes.smooth
        self.waiting[delayed].append(leaving if happening else torch.zeros_like(leaving))
        due = self.waiting[delayed].pop(0)
        return Events(due) if due.dtype == torch.bool else Events(due > 0, due)

    def on_all(self, projection: str, pathway: Callable[[Network, Selection], None]) -> None:
        """Run a pathway for every synapse."""
        wiring, members, device = self.wiring[projection], len(self.seed), self.seed.device
        if self.masked:
            everybody = torch.ones((members, wiring.n_pre), device=device)
            pathway(self, Masked(wiring, everybody, "pre"))
        else:
            pathway(self, All(wiring, members, device))
