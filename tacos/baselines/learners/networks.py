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
    gain: float = 2.0

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
DECLARED: tuple[type[Any], ...] = (Equilibrium, ScSr)
FOR_ANY: tuple[type[Any], ...] = (Equilibrium,)
