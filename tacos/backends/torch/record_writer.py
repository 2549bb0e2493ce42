"""Records of a replica, kept on the device during a presentation and written after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from tacos.backends.base import RawRecord


@dataclass
class Writer:
    """Appends one record of one replica, a presentation at a time.

    Attributes
    ----------
    replica : int
        Its place in the batch.
    record : RawRecord
    steps : int
        Of a presentation.
    presentation : int
        The one under way.
    """

    replica: int
    record: RawRecord
    steps: int
    presentation: int

    def __post_init__(self) -> None:
        self.rows: list[Any] = []
        self._indices: Any = None if self.record.indices is None else torch.as_tensor(self.record.indices)

    @property
    def in_steps(self) -> bool:
        """Whether anything is kept before the end of a presentation."""
        return self.record.unit != "presentation"

    def after_step(self, net: Any, step: int) -> None:
        """Keep what is due after this step, still on the device."""
        if self.record.unit == "spikes":
            self.rows.append((step, net.spikes[self.record.key].happened[self.replica].clone()))
        elif self.record.unit == "step":
            self._keep(net.state, self.presentation * self.steps + step + 1)

    def after_presentation(self, state: Mapping[str, Any]) -> None:
        """Keep what is due after this presentation, and write its rows."""
        if not self.in_steps:
            self._keep(state, self.presentation + 1)
        if self.rows:
            with open(self.record.path, "ab") as file:
                for row in self.rows:
                    self._as_array(row).tofile(file)
        self.rows.clear()
        self.presentation += 1

    def _keep(self, state: Mapping[str, Any], position: int) -> None:
        if position % self.record.every == 0:
            values = state[self.record.key][self.replica].reshape(-1)
            if self._indices is not None:
                self._indices = self._indices.to(values.device)
            self.rows.append(values.clone() if self._indices is None else values[self._indices])

    def _as_array(self, row: Any) -> np.ndarray:
        if self.record.unit != "spikes":
            values = row.cpu().numpy()
            return values.astype(np.float32 if values.dtype.kind == "f" else np.int32)
        step, happened = row
        neurons = np.flatnonzero(happened.cpu().numpy())
        spikes = np.empty((len(neurons), 3), np.int32)
        spikes[:, 0], spikes[:, 1], spikes[:, 2] = self.presentation, step, neurons
        return spikes
