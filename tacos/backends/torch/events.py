"""Which neurons had an event, and which synapses there are. Copied into every generated module; needs PyTorch alone."""

from __future__ import annotations

import torch
from torch import Tensor


class Events:
    """Which neurons of which member had an event; looked up once, whoever asks.

    ``smooth`` is the same as 0 and 1 with a gradient, if the module was generated with surrogates.
    """

    def __init__(self, happened: Tensor, smooth: Tensor | None = None) -> None:
        self.happened, self.smooth = happened, smooth
        self._found: tuple[Tensor, ...] | None = None
        #: Of modules with kernels: the same as lists of one length, and how many of each count.
        self.listed: tuple[Tensor, Tensor] | None = None

    @property
    def found(self) -> tuple[Tensor, ...]:
        """Indices ``(member, neuron)``, sorted."""
        if self._found is None:
            self._found = self.happened.nonzero(as_tuple=True)
        return self._found

    @property
    def any(self) -> bool:
        """Whether there was one; on a GPU this waits for the device."""
        return len(self.found[0]) > 0

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
