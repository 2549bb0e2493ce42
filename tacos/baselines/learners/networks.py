"""The networks of learners, as declarations; PyTorch is imported when one is built."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from synapses.language.values import LARGEST, finite, whole
from tacos.errors import RunError
from tasks import StreamLike

if TYPE_CHECKING:
    from torch import nn

#: How layers are normalized: by the statistics of batches, kept for each task or for all, by those of a presentation's
#: own layer, or not at all.
NORMS = ("per task", "shared", "layer", "none")


@dataclass(frozen=True)
class Hidden:
    """Layers whose weights are made of hidden weights; see :mod:`tacos.baselines.learners.hidden_weights`.

    Parameters
    ----------
    hidden : tuple of int
        Units of each hidden layer.
    norm : {"per task", "shared", "layer", "none"}
        How each layer is normalized. "per task" is the protocol of Laborieux et al. 2021: batch normalization with
        gains, biases and statistics of each task, so that the network has to be told the task, at test, too.
    """

    hidden: tuple[int, ...] = (400, 400)
    norm: str = "layer"

    kind: ClassVar[str]
    title: ClassVar[str]

    def __post_init__(self) -> None:
        sizes = tuple(self.hidden) if isinstance(self.hidden, Iterable) else (self.hidden,)
        right = "hidden is the size of each hidden layer, such as (400, 400)"
        object.__setattr__(self, "hidden", tuple(whole(size, right, 1, LARGEST, RunError) for size in sizes))
        if self.norm not in NORMS:
            raise RunError(f"norm is one of {', '.join(NORMS)}, not '{self.norm}'.")

    @property
    def needs_task(self) -> bool:
        """Whether layers are normalized for each task."""
        return self.norm == "per task"

    def build(self, stream: StreamLike) -> nn.Module:
        """A network with PyTorch's present random numbers."""
        raise NotImplementedError

    def __str__(self) -> str:
        norms = {"per task": "norm per task", "shared": "shared norm", "layer": "layer norm", "none": "no norm"}
        return f"{self.title} {'-'.join(map(str, self.hidden))}, {norms[self.norm]}"

    def _sizes(self, stream: StreamLike) -> tuple[int, ...]:
        return stream.n_inputs, *self.hidden, stream.n_classes


@dataclass(frozen=True)
class Binarized(Hidden):
    """Binary weights and sign units.

    Parameters
    ----------
    stochastic : bool
        Whether units are drawn while the network is trained: +1 with probability ``(x + 1)/2``.
    """

    stochastic: bool = False

    kind = "binarized"
    title = "binarized"

    def build(self, stream: StreamLike) -> nn.Module:
        """A network with PyTorch's present random numbers."""
        from tacos.baselines.learners.hidden_weights import BinarizedLayers

        return BinarizedLayers(self._sizes(stream), self.norm, stream.n_tasks, self.stochastic)

    def __str__(self) -> str:
        return super().__str__() + ", drawn units" * self.stochastic


class FullPrecision(Hidden):
    """The same network with its hidden weights themselves, and ReLU."""

    kind = "full-precision"
    title = "full precision"

    def build(self, stream: StreamLike) -> nn.Module:
        """A network with PyTorch's present random numbers."""
        from tacos.baselines.learners.hidden_weights import FullLayers

        return FullLayers(self._sizes(stream), self.norm, stream.n_tasks)


@dataclass(frozen=True)
class Quantized(Hidden):
    """Weights of some levels, each programmed on a device when its level changes, and sign units.

    Parameters
    ----------
    levels : int
        At least 2; two are the binarized network.
    half_cell : float
        Half the distance of two levels of the hidden weight.
    programming_noise, cycle_spread, device_spread : float
        Standard deviation of what a write adds, relative ones from write to write and from device to device
        (log-normal), as in :func:`synapses.metaplastic_weights.devices.programmed`. The weights that are used are from
        -1 to 1.
    """

    levels: int = 4
    half_cell: float = 0.1
    programming_noise: float = 0.0
    cycle_spread: float = 0.0
    device_spread: float = 0.0

    kind = "quantized"
    title = "quantized"

    def __post_init__(self) -> None:
        super().__post_init__()
        right = "levels of a quantized network are a whole number, at least 2"
        object.__setattr__(self, "levels", whole(self.levels, right, 2, 1024, RunError))
        right = "half_cell is a number above zero"
        object.__setattr__(self, "half_cell", finite(self.half_cell, right, above=0, error=RunError))
        _check_spreads(self, "programming_noise", "cycle_spread", "device_spread")

    def build(self, stream: StreamLike) -> nn.Module:
        """A network with PyTorch's present random numbers."""
        from tacos.baselines.learners.device_layers import QuantizedLayers

        return QuantizedLayers(
            self._sizes(stream), self.norm, stream.n_tasks, self.levels, self.half_cell,
            self.programming_noise, self.cycle_spread, self.device_spread,
        )  # fmt: skip

    def __str__(self) -> str:
        noisy = self.programming_noise or self.cycle_spread or self.device_spread
        return f"{super().__str__()}, {self.levels} levels" + ", noisy devices" * bool(noisy)


@dataclass(frozen=True)
class WeakReset(Hidden):
    """Binary weights whose hidden weights live on pairs of devices, and sign units.

    Parameters
    ----------
    w_range : float
        Hidden weight of a pair with resistances 1 and 0.
    R_full : float
        Resistance above which a pair is set.
    pulse_spread, pair_spread : float
        Relative spread from pulse to pulse, and from device to device (log-normal), as in
        :func:`synapses.metaplastic_weights.devices.weak_reset`.
    """

    w_range: float = 3.0
    R_full: float = 0.9
    pulse_spread: float = 0.3
    pair_spread: float = 0.3

    kind = "weak-reset"
    title = "binarized on weak-RESET pairs"

    def __post_init__(self) -> None:
        super().__post_init__()
        right = "w_range is a number above zero"
        object.__setattr__(self, "w_range", finite(self.w_range, right, above=0, error=RunError))
        right = "R_full is a resistance above 0 and up to 1"
        object.__setattr__(self, "R_full", finite(self.R_full, right, above=0, most=1, error=RunError))
        _check_spreads(self, "pulse_spread", "pair_spread")

    def build(self, stream: StreamLike) -> nn.Module:
        """A network with PyTorch's present random numbers."""
        from tacos.baselines.learners.device_layers import WeakResetLayers

        return WeakResetLayers(
            self._sizes(stream), self.norm, stream.n_tasks, self.w_range, self.R_full, self.pulse_spread,
            self.pair_spread,
        )  # fmt: skip


#: How hidden units are gated: each by itself, so many of each layer, or not.
GATES = ("bernoulli", "k-of-n", "off")


@dataclass(frozen=True)
class Gated(Hidden):
    """A binarized network whose hidden units are gated by the image; see :mod:`tacos.baselines.learners.gated_layers`.

    Parameters
    ----------
    gate : {"bernoulli", "k-of-n", "off"}
    active : float
        Share of units that a gate lets through, on average.
    temperature : float
        Of the probabilities: the higher, the more is left to chance.
    learned : bool
        Whether the binary projection that drives gates learns; else it stays as drawn.
    """

    gate: str = "k-of-n"
    active: float = 0.1
    temperature: float = 0.3
    learned: bool = False

    kind = "engrams"
    title = "gated binarized"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.gate not in GATES:
            raise RunError(f"gate is one of {', '.join(GATES)}, not '{self.gate}'.")
        right = "active is a share of units, above 0 and below 1"
        object.__setattr__(self, "active", finite(self.active, right, above=0, most=0.999999, error=RunError))
        right = "temperature is a number above zero"
        object.__setattr__(self, "temperature", finite(self.temperature, right, above=0, error=RunError))

    def build(self, stream: StreamLike) -> nn.Module:
        """A network with PyTorch's present random numbers."""
        from tacos.baselines.learners.gated_layers import GatedLayers

        return GatedLayers(
            self._sizes(stream), self.norm, stream.n_tasks, self.gate, self.active, self.temperature, self.learned
        )

    def __str__(self) -> str:
        return f"{super().__str__()}, " + ("no gate" if self.gate == "off" else f"{self.gate} {self.active:g}")


def _check_spreads(network: Any, *names: str) -> None:
    for name in names:
        spread = finite(getattr(network, name), f"{name} is a number, zero or more", least=0, error=RunError)
        object.__setattr__(network, name, spread)


@dataclass(frozen=True)
class Equilibrium:
    """A network that settles; see :class:`tacos.baselines.learners.equilibrium.Equilibrium`."""

    hidden: tuple[int, ...] = (128,)
    estimate: str = "symmetric"
    nudge: float = 0.1
    points: int = 8
    tied: bool = True
    gain: float = 10.0
    sweeps: int = 30

    kind: ClassVar[str] = "equilibrium"
    needs_task: ClassVar[bool] = False
    estimates: ClassVar[tuple[str, ...]] = ("one-sided", "symmetric", "holomorphic", "backpropagation")

    def __post_init__(self) -> None:
        sizes = tuple(self.hidden) if isinstance(self.hidden, Iterable) else (self.hidden,)
        right = "hidden is the size of each hidden layer, such as (128,)"
        object.__setattr__(self, "hidden", tuple(whole(size, right, 1, LARGEST, RunError) for size in sizes))
        if not self.hidden:
            raise RunError("A network that settles has a hidden layer at least; give hidden=(128,), say.")
        if self.estimate not in self.estimates:
            raise RunError(f"The estimate is one of {', '.join(self.estimates)}, not '{self.estimate}'.")
        for name in ("nudge", "gain"):
            right = f"The {name} of a network that settles is a number above zero"
            object.__setattr__(self, name, finite(getattr(self, name), right, above=0, error=RunError))
        for name in ("points", "sweeps"):
            right = f"{name} of a network that settles is a whole number above zero"
            object.__setattr__(self, name, whole(getattr(self, name), right, 1, LARGEST, RunError))
        if self.points < 4 or self.points % 2:
            raise RunError(f"points on the circle of nudges are an even number, four at least, not {self.points}.")
        if not isinstance(self.tied, bool):
            raise RunError(f"tied is true or false, not {self.tied!r}.")

    def build(self, stream: StreamLike) -> nn.Module:
        """A network with PyTorch's present random numbers."""
        from tacos.baselines.learners import equilibrium

        return equilibrium.Equilibrium(stream.n_inputs, stream.n_classes, **dataclasses.asdict(self))

    def __str__(self) -> str:
        return f"equilibrium {'-'.join(map(str, self.hidden))}, {'' if self.tied else 'not tied, '}{self.estimate}"


@dataclass(frozen=True)
class ScSr:
    """Recurrent spiking network; time constants in steps, see :mod:`tacos.baselines.learners.recurrent`."""

    hidden: int = 100
    steps: int = 50
    tau_mem: float = 5.0
    tau_syn: float = 2.0
    gain: float = 5.0

    kind: ClassVar[str] = "scsr"
    needs_task: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            right, given = f"{field.name} of a recurrent network is a number", getattr(self, field.name)
            if field.type == "int":
                number: float = whole(given, f"{right} of at least one", 1, LARGEST, RunError)
            else:
                least = 1 if field.name.startswith("tau") else 0
                number = finite(given, f"{right} of at least {least}", least=least, error=RunError)
            object.__setattr__(self, field.name, number)

    @property
    def bins(self) -> int:
        """Into which spike trains are cut: one a step."""
        return self.steps

    def build(self, stream: StreamLike) -> nn.Module:
        """A network with PyTorch's present random numbers."""
        from tacos.baselines.learners.recurrent import ScSrNetwork

        bins = getattr(stream, "bins", 0)
        n_inputs = stream.n_inputs // bins if bins else stream.n_inputs
        return ScSrNetwork(
            n_inputs, stream.n_classes, bins > 0, **dataclasses.asdict(self), duration=float(stream.duration)
        )

    def __str__(self) -> str:
        return f"ScSr {self.hidden}-{self.hidden}, {self.steps} steps"


#: All of them, and those that any method trains by gradients.
DECLARED: tuple[type[Any], ...] = (Binarized, FullPrecision, Quantized, WeakReset, Gated, Equilibrium, ScSr)
FOR_ANY: tuple[type[Any], ...] = (Equilibrium,)
