"""A network as a function of its initial weights and of values of its neurons: gradients through the declared spikes.

Values are exact: a neuron spikes where its declared condition holds. Gradients are Norse's surrogates, at the margin of
each comparison in that condition. It is the generated module that runs, with events as factors and nothing in place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from synapses import DeclarationError
from tacos.backends.base import BackendError, Stretch
from tacos.backends.torch.device import default_dtype
from tacos.backends.torch.simulator import TorchSimulator
from tacos.networks.initial import State, initial_state
from tacos.networks.lowering import LoweredProjection
from tacos.networks.network import Network

#: Our name of Norse's ``super``, as in the literature.
METHODS = {"superspike": "super"}


class Response(NamedTuple):
    """What a batch of presentations gave.

    Attributes
    ----------
    counts : dict
        ``{population: spike counts}``, [member, neuron].
    rasters : dict
        ``{population: spikes}``, [member, step, neuron], of those that were asked for.
    """

    counts: dict[str, Tensor]
    rasters: dict[str, Tensor]


class Trainable(torch.nn.Module):
    """A network whose initial weights, and values of its neurons, are parameters of PyTorch.

    Each member of a batch is one presentation, from the same state and with the same weights. Where a projection has a
    sign, weights below zero count as zero.

    Parameters
    ----------
    network : Network
    projections : sequence of str, or dict, optional
        Whose efficacies are trained, or ``{projection: synaptic state}``. All whose efficacy is a state, if not given.
    method : str
        Norse's surrogate: ``"superspike"``, ``"triangle"``, ``"tanh"``, ``"circ"`` or ``"heavi_erfc"``.
    alpha : float
        Its steepness. Norse 1.1.0 does not use it for ``"superspike"``, whose derivative is ``1/(1 + |margin|)**2``.
    state : dict, optional
        Where every presentation starts; the initial state of ``seed`` if not given.
    neurons : dict, optional
        ``{population: states}`` that are trained, too: each neuron's own, such as its threshold. They are persistent.
    seed : int
        Of random numbers.
    learning : bool
        Whether synapses are plastic during a presentation, each member's its own.
    dtype, device : str
        As of :class:`TorchSimulator`.

    Attributes
    ----------
    weights : torch.nn.ParameterDict
        ``{projection: weights}``, [pre, post] where it is all-to-all, else [synapse].
    intrinsic : torch.nn.ParameterDict
        ``{"population:state": values}``, [neuron], of `neurons`.

    Raises
    ------
    BackendError
        If Norse is not installed.
    DeclarationError
        If a projection or its state is not there, or there is nothing to train.

    References
    ----------
    Neftci, Mostafa, Zenke 2019, IEEE Signal Processing Magazine 36(6):51. Surrogates: Norse 1.1.0.
    """

    def __init__(
        self,
        network: Network,
        projections: Sequence[str] | Mapping[str, str] | None = None,
        method: str = "superspike",
        alpha: float = 100.0,
        *,
        state: State | None = None,
        neurons: Mapping[str, Sequence[str]] = MappingProxyType({}),
        seed: int = 0,
        learning: bool = False,
        dtype: str = "float32",
        device: str = "cpu",
    ) -> None:
        super().__init__()
        self._simulator = _Differentiable(network, _surrogate(method, alpha), dtype, device)
        lowered = self._simulator.network
        self._state = initial_state(lowered, seed) if state is None else dict(state)
        self._seed, self._learning = seed, learning
        self._trained = _chosen(lowered.projections, projections)
        signed = {p.name: p.sign for p in network.projections}
        self._magnitudes = {name for name in self._trained if signed.get(name)}
        _check_neurons(network, neurons)
        self._intrinsic = [(name, state) for name, states in neurons.items() for state in states]
        started = self._simulator.synapses(self._state)
        self.weights = torch.nn.ParameterDict({
            name: torch.nn.Parameter(started[f"{name}.{weight}"].squeeze(0).clone())
            for name, weight in self._trained.items()
        })  # fmt: skip
        self.intrinsic = torch.nn.ParameterDict({
            f"{name}:{own}": torch.nn.Parameter(torch.as_tensor(
                self._state[f"{name}.{own}"], dtype=getattr(torch, dtype), device=device
            ).clone())
            for name, own in self._intrinsic
        })  # fmt: skip

    def forward(
        self, shown: Mapping[str, Any], first: int = 0, phase: int = 0, rasters: Sequence[str] = ()
    ) -> Response:
        """Show a batch of presentations.

        Parameters
        ----------
        shown : dict
            ``{channel: values}``: arrays or tensors, [member, neuron], or [member, step, neuron] where a channel gives
            a value for each step.
        first : int
            Position of the first member in its stream, which random numbers depend on; the others follow.
        phase : int
            Purpose of the random numbers.
        rasters : sequence of str
            Populations whose spikes are wanted step by step.

        Returns
        -------
        Response
        """
        weights = {f"{name}.{state}": self._weight(name) for name, state in self._trained.items()}
        weights |= {f"{name}.{state}": self.intrinsic[f"{name}:{state}"] for name, state in self._intrinsic}
        return self._simulator.respond(
            self._state, weights, shown, self._seed, first, phase, self._learning, tuple(rasters)
        )

    def state(self) -> State:
        """The initial state with the present weights and values of neurons, for any backend."""
        trained = {
            f"{name}.{state}": self._weight(name).detach().cpu().numpy().reshape(-1).astype(np.float64)
            for name, state in self._trained.items()
        }
        intrinsic = {
            f"{name}.{state}": self.intrinsic[f"{name}:{state}"].detach().cpu().numpy().astype(np.float64)
            for name, state in self._intrinsic
        }
        return {**self._state, **trained, **intrinsic}

    def _weight(self, name: str) -> Tensor:
        weight = self.weights[name]
        return weight.clamp(min=0) if name in self._magnitudes else weight


class _Differentiable(TorchSimulator):
    """Runs the module with surrogates for a batch of presentations that share their synapses."""

    masked, surrogates = True, True

    def __deepcopy__(self, memo: dict[int, Any]) -> _Differentiable:
        """Itself: it holds a program and constants, no weights, so that copies of a network share it."""
        return self

    def __init__(self, network: Network, threshold: Callable[[Tensor], Tensor], dtype: str, device: str) -> None:
        super().__init__(network, dtype, device, fused=False)
        self.threshold = threshold

    def synapses(self, state: State) -> dict[str, Tensor]:
        """Synaptic states of one replica, whose leading axis of one all members share."""
        return {key: x for key, x in self._tensors.of([state]).items() if not self._tensors.is_neuronal(key)}

    def respond(
        self,
        state: State,
        weights: dict[str, Tensor],
        shown: Mapping[str, Any],
        seed: int,
        first: int,
        phase: int,
        learning: bool,
        rasters: tuple[str, ...],
    ) -> Response:
        """Spikes of each member from one state with these weights."""
        with default_dtype(self._dtype):
            stimuli, members = self._stimuli(shown)
            tensors = self._tensors.of([state])
            for key, x in tensors.items():
                if self._tensors.is_neuronal(key):
                    tensors[key] = x.repeat_interleave(members, 0)
            for key, value in weights.items():
                own = value.unsqueeze(0)
                tensors[key] = own.expand(members, -1) if self._tensors.is_neuronal(key) else own
            owner = torch.zeros(members, dtype=torch.int64, device=self.device)
            stretch = Stretch({}, first, seed, phase, learning, 1)
            net = self._tensors.build([state], [stretch], tensors, owner)
            net.learning, net.threshold = int(learning), self.threshold
            net.presentation = (first + torch.arange(members, device=self.device)).view(-1, 1)
            spikes = _Spikes([p.name for p in self.network.populations if p.spikes], rasters)
            self._step_through(net, stimuli, self._module.step, [spikes])
        return Response(spikes.counts, {name: torch.stack(steps, 1) for name, steps in spikes.rasters.items()})

    def _stimuli(self, shown: Mapping[str, Any]) -> tuple[dict[str, tuple[Tensor, bool]], int]:
        """Stimuli by population, [member, ...], zero where none is given; and the number of members."""
        given = {
            channel: torch.as_tensor(values, dtype=self._dtype, device=self.device) for channel, values in shown.items()
        }
        known = {p.channel for p in self.network.populations if p.channel}
        if not given or not set(given) <= known or len({len(x) for x in given.values()}) > 1:
            raise BackendError(
                f"Show as many members on each channel, of which there are {', '.join(sorted(known))}; given are "
                f"{ {channel: tuple(x.shape) for channel, x in given.items()} or 'none' }."
            )
        members = len(next(iter(given.values())))
        stimuli = {}
        for population in self.network.populations:
            if not population.channel:
                continue
            shape = (members, *([self.network.steps] if population.per_step else []), population.size)
            values = given.get(population.channel)
            if values is None:
                values = torch.zeros(shape, dtype=self._dtype, device=self.device)
            elif values.numel() != int(np.prod(shape)):
                raise BackendError(
                    f"Population '{population.name}' is shown {shape} values, not {tuple(values.shape)}."
                )
            stimuli[population.name] = values.reshape(shape), population.per_step
        return stimuli, members


class _Spikes:
    """Counts spikes, with their gradients, after each step."""

    def __init__(self, populations: Sequence[str], rasters: Sequence[str]) -> None:
        for name in rasters:
            if name not in populations:
                raise BackendError(f"There is no population '{name}' that spikes; there are {', '.join(populations)}.")
        self.populations = populations
        self.counts: dict[str, Tensor] = {}
        self.rasters: dict[str, list[Tensor]] = {name: [] for name in rasters}

    def after_step(self, net: Any, step: int) -> None:
        """Add the spikes of this step."""
        for name in self.populations:
            spikes = net.spikes[name].factor
            self.counts[name] = self.counts[name] + spikes if name in self.counts else spikes
            if name in self.rasters:
                self.rasters[name].append(spikes)


def _chosen(
    projections: Sequence[LoweredProjection], asked: Sequence[str] | Mapping[str, str] | None
) -> dict[str, str]:
    """The state that is trained in each projection."""
    efficacies = {p.name: p.synapse.efficacy.removeprefix("-") for p in projections}
    states = {p.name: p.synapse.states for p in projections}
    if asked is None:
        chosen = {name: state for name, state in efficacies.items() if state in states[name]}
        if not chosen:
            raise DeclarationError("No projection has an efficacy that is a state; name one: {projection: state}.")
        return chosen
    for name in asked:
        if name not in states:
            raise DeclarationError(f"There is no projection '{name}' to train; there are {', '.join(states)}.")
    chosen = dict(asked) if isinstance(asked, Mapping) else {name: efficacies[name] for name in asked}
    for name, state in chosen.items():
        if state not in states[name]:
            raise DeclarationError(
                f"Projection '{name}' has no state '{state}' to train; there are {', '.join(states[name]) or 'none'}: "
                "give {projection: state}."
            )
    return chosen


def _check_neurons(network: Network, asked: Mapping[str, Sequence[str]]) -> None:
    """Refuse to train what is not there, or begins anew with each presentation."""
    kept = {p.name: p.persistent for p in network.populations}
    for name, states in asked.items():
        if name not in kept:
            raise DeclarationError(f"There is no population '{name}' to train; there are {', '.join(kept)}.")
        for state in states:
            if state not in kept[name]:
                raise DeclarationError(
                    f"Population '{name}' has no persistent state '{state}' to train; its persistent states are "
                    f"{', '.join(kept[name]) or 'none'}."
                )


def _surrogate(method: str, alpha: float) -> Callable[[Tensor], Tensor]:
    """A step function whose gradient is Norse's surrogate."""
    try:
        from norse.torch.functional.threshold import threshold
    except ImportError as error:
        raise BackendError("Gradients through spikes need Norse: pip install 'tacos-snn[torch]'.") from error
    chosen = METHODS.get(method, method)
    try:
        threshold(torch.zeros(1), chosen, alpha)
    except ValueError as error:
        raise BackendError(f"There is no surrogate '{method}' in Norse: {error}") from error
    return lambda margin: threshold(margin, chosen, alpha)
