"""The networks of learners, as declarations; PyTorch is imported when one is built."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from synapses.language.values import LARGEST, whole
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


#: All of them.
DECLARED: tuple[type[Any], ...] = (Binarized, FullPrecision)
