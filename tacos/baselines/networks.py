"""The architectures that baselines train, as declarations; PyTorch is imported when one is built."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

from synapses.language.values import LARGEST, finite, whole
from tacos.baselines.learners import networks as learners
from tacos.errors import RunError
from tasks import Stream, StreamLike

if TYPE_CHECKING:
    from torch import nn


#: Into how many bins of time spike trains are cut for networks that do not say it themselves.
BINS = 20


class Architecture(Protocol):
    """What a network declares: a frozen dataclass whose fields are plain, and `kind`, its name.

    One that sees spike trains in bins of its own has `bins`, a whole number, see :func:`seen`.
    """

    kind: ClassVar[str]

    @property
    def needs_task(self) -> bool:
        """Whether it is told the task, in training and at test, as ``model.task``; every table says so."""
        ...

    def build(self, stream: StreamLike) -> nn.Module:
        """A network with PyTorch's present random numbers."""
        ...


@dataclass(frozen=True)
class MLP:
    """ReLU network; see :class:`tacos.baselines.mlp.MLP`."""

    hidden: tuple[int, ...] = (400, 400)
    pad: int = 0
    mean: float = 0.0
    sd: float = 1.0

    kind: ClassVar[str] = "mlp"
    needs_task: ClassVar[bool] = False

    def __post_init__(self) -> None:
        sizes = tuple(self.hidden) if isinstance(self.hidden, Iterable) else (self.hidden,)
        right = "hidden is the size of each hidden layer, such as (400, 400)"
        object.__setattr__(self, "hidden", tuple(whole(size, right, 1, LARGEST, RunError) for size in sizes))

    def build(self, stream: StreamLike) -> nn.Module:
        """A network with PyTorch's present random numbers."""
        from tacos.baselines import mlp

        return mlp.MLP(stream.image_shape, stream.n_classes, self.hidden, self.pad, self.mean, self.sd)

    def __str__(self) -> str:
        return "MLP " + "-".join(map(str, self.hidden))


@dataclass(frozen=True)
class Spiking:
    """Spiking network of Norse's cells; times in seconds, see :class:`tacos.baselines.spiking.SpikingNetwork`."""

    hidden: int = 200
    steps: int = 20
    dt: float = 0.002
    tau_mem: float = 0.01
    tau_syn: float = 0.005
    tau_out: float = 0.02
    alpha: float = 10.0
    gain: float = 3.0

    kind: ClassVar[str] = "snn"
    needs_task: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            right, given = f"{field.name} of a spiking network is a number above zero", getattr(self, field.name)
            counted = field.type == "int"
            number = (
                whole(given, right, 1, LARGEST, RunError) if counted else finite(given, right, above=0, error=RunError)
            )
            object.__setattr__(self, field.name, number)

    def build(self, stream: StreamLike) -> nn.Module:
        """A network with PyTorch's present random numbers."""
        from tacos.baselines.spiking import SpikingNetwork

        bins = getattr(stream, "bins", 0)
        n_inputs = stream.n_inputs // bins if bins else stream.n_inputs
        return SpikingNetwork(n_inputs, stream.n_classes, bins > 0, **dataclasses.asdict(self))

    @property
    def bins(self) -> int:
        """Into which spike trains are cut: one a step."""
        return self.steps

    def __str__(self) -> str:
        return f"SNN {self.hidden}, {self.steps} steps of {1e3 * self.dt:g} ms"


@dataclass(frozen=True)
class Fixed:
    """Fixed features with a linear readout; see :class:`tacos.baselines.features.Features`."""

    units: int = 1000

    features: ClassVar[str]
    kind: ClassVar[str]
    needs_task: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", whole(self.units, "units is a number of units", 1, LARGEST, RunError))

    def build(self, stream: StreamLike) -> nn.Module:
        """Features with PyTorch's present random numbers."""
        from tacos.baselines.features import Features

        return Features(stream.n_inputs, stream.n_classes, self.features, self.units)


class Pixels(Fixed):
    """The images themselves."""

    features, kind = "pixels", "pixels"

    def __str__(self) -> str:
        return "pixels"


class RandomReLU(Fixed):
    """Random ReLU units."""

    features, kind = "relu", "random-relu"

    def __str__(self) -> str:
        return f"random ReLU {self.units}"


class Expansion(Fixed):
    """A sparse random expansion of which the most active units count."""

    features, kind = "expansion", "expansion"

    def __str__(self) -> str:
        return f"expansion {self.units}"


#: Networks that any method trains by gradients, and those of one kind of method.
NETWORKS: dict[str, type[Any]] = {"mlp": MLP, "snn": Spiking, **{kind.kind: kind for kind in learners.FOR_ANY}}
_OF_METHODS: tuple[type[Any], ...] = (Pixels, RandomReLU, Expansion, *learners.DECLARED)
OF_METHODS = {kind.kind: kind for kind in _OF_METHODS}


def architecture(choice: str | Architecture | dict[str, Any]) -> Architecture:
    """An architecture by its name, by what `to_dict` wrote, or itself."""
    if not isinstance(choice, (str, dict)):
        return choice
    options: dict[str, Any] = {} if isinstance(choice, str) else dict(choice)
    kind = choice if isinstance(choice, str) else options.pop("kind", "")
    known: dict[str, Any] = {**NETWORKS, **OF_METHODS}
    if kind not in known:
        raise RunError(f"There is no network '{kind}' for baselines; there are {', '.join(known)}.")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
    built: Architecture = known[kind](**values)
    return built


def to_dict(choice: Architecture) -> dict[str, Any]:
    """Kind and options, plain enough for TOML."""
    values = dataclasses.asdict(cast(Any, choice))
    return {"kind": choice.kind} | {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


def seen(stream: StreamLike, network: Architecture) -> StreamLike:
    """What a network of ours sees of a stream: images as they are, spike trains as counts a bin and unit.

    Counts are images of ``[bin, unit]``, relative to the largest count of the training part.
    """
    if isinstance(stream, Stream) and stream.encoding.per_step:
        return stream.binned(getattr(network, "bins", BINS))
    return stream
