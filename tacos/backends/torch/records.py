"""Records of a replica, kept on the device during a presentation and written after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from tacos.backends.base import RawRecord
from tacos.lowering import LoweredNetwork


@dataclass
class Writer:
    """Appends one record of one replica, a presentation at a time."""

    replica: int
    record: RawRecord
    network: LoweredNetwork

    def __post_init__(self) -> None:
        self.rows: list[Any] = []
        self._indices: Any = None if self.record.indices is None else torch.as_tensor(self.record.indices)

    def after_step(self, net: Any, step: int) -> None:
        """Keep what is due after this step, still on the device."""
        record, steps = self.record, self.network.steps
        if record.unit == "spikes":
            self.rows.append(
                (step, net.presentation[self.replica, 0], net.spikes[record.key].happened[self.replica].clone())
            )
            return
        last = step == steps - 1
        if record.unit == "presentation" and not last:
            return
        presentation = int(net.presentation[self.replica, 0])
        position = presentation + 1 if record.unit == "presentation" else presentation * steps + step + 1
        if position % record.every == 0:
            values = net.state[record.key][self.replica].reshape(-1)
            if self._indices is not None:
                self._indices = self._indices.to(values.device)
            self.rows.append(values.clone() if self._indices is None else values[self._indices])

    def flush(self) -> None:
        """Write whole rows."""
        if not self.rows:
            return
        with open(self.record.path, "ab") as file:
            for row in self.rows:
                if self.record.unit == "spikes":
                    step, presentation, happened = row
                    neurons = np.flatnonzero(happened.cpu().numpy())
                    spikes = np.empty((len(neurons), 3), np.int32)
                    spikes[:, 0], spikes[:, 1], spikes[:, 2] = int(presentation), step, neurons
                    spikes.tofile(file)
                else:
                    values = row.cpu().numpy()
                    values.astype(np.float32 if values.dtype.kind == "f" else np.int32).tofile(file)
        self.rows.clear()
