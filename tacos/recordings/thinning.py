"""Less than every presentation, and less than every synapse: what of a stretch's records is kept.

Simulators write all records of a stretch into a file of its own; what is asked for is taken over from there. So both
backends do the same, a stretch may end anywhere, and the disk needs the room of one stretch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tacos.backends import RawRecord
from tacos.recordings import rules
from tacos.recordings.recording import Recording

_BLOCK = 1 << 22  # numbers read at a time


@dataclass(frozen=True)
class RecordFile:
    """Where a state of a recording is kept, and what a simulator is to write for it.

    Attributes
    ----------
    recording : Recording
    raw : RawRecord
        As if everything were kept; its file is the one that is kept.
    width : int
        Numbers in a row.
    steps : int
        Of a presentation.
    whole : bool
        Whether numbers are integers.
    """

    recording: Recording
    raw: RawRecord
    width: int
    steps: int
    whole: bool

    @property
    def path(self) -> Path:
        """The file that is kept."""
        return self.raw.path

    @property
    def scratch(self) -> Path:
        """That of a stretch."""
        return self.path.with_suffix(".scratch")

    @property
    def is_thinned(self) -> bool:
        """Whether anything is left out."""
        return bool(self.recording.presentations or self.recording.reduce)

    def asked(self, first: int, stop: int) -> RawRecord | None:
        """What a simulator is to write in the presentations of a stretch."""
        if not self.is_thinned:
            return self.raw
        self.scratch.unlink(missing_ok=True)
        return replace(self.raw, path=self.scratch) if self._kept(first, stop).size else None

    def take(self, first: int, stop: int) -> None:
        """Take over what is kept of the stretch that was simulated."""
        if not self.is_thinned or not self.scratch.exists():
            return
        kind = np.int32 if self.whole else np.float32
        rows = np.memmap(self.scratch, kind, "r").reshape(-1, self.width) if self.scratch.stat().st_size else ()
        kept = self._kept(first, stop)
        step = max(1, _BLOCK // self.width)
        with self.path.open("ab") as file:
            for start in range(0, len(rows), step):
                part = np.asarray(rows[start : start + step])
                at = part[:, 0] if self.raw.unit == "spikes" else self._presentations(first, stop)[start : start + step]
                part = part[np.isin(at, kept)]
                if self.recording.reduce:
                    part = rules.reduced(part, self.recording.reduce)
                part.tofile(file)
        self.scratch.unlink()

    def _kept(self, first: int, stop: int) -> np.ndarray:
        window = self.recording.window()
        return np.arange(first, stop) if window is None else window[(window >= first) & (window < stop)]

    def _presentations(self, first: int, stop: int) -> np.ndarray:
        """The presentation of each row that a stretch gives."""
        length = self.steps if self.raw.unit == "step" else 1
        every = self.raw.every
        ends = every * np.arange(first * length // every + 1, stop * length // every + 1)
        return (ends - 1) // length
