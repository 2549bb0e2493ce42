"""Progress bars with the time left; plain lines where there is no terminal."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

#: Cost of an evaluated presentation relative to a learned one, for the estimate of the time left.
EVALUATION_COST = 0.25


class ProgressReport:
    """Shows how far all replicas are; safe to call from several threads.

    Parameters
    ----------
    label : str
    total : float
        Of learned presentations, and evaluated ones at their relative cost.
    visible : bool
    """

    def __init__(self, label: str, total: float, visible: bool = True) -> None:
        self.label, self.total, self.visible = label, total, visible
        self._done = self._printed = self._initial = 0.0
        self._start = time.monotonic()
        self._lock = threading.Lock()
        self._console = Console(stderr=True)
        self._bar: Progress | None = None

    def __enter__(self) -> ProgressReport:
        if self.visible and self._console.is_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
                       TextColumn("left"), TimeRemainingColumn())  # fmt: skip
            self._bar = Progress(*columns, console=self._console)
            self._bar.start()
            self._task = self._bar.add_task(self.label, total=self.total)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def begin(self) -> None:
        """Start the clock: what was done so far, compiling, says nothing about the time left."""
        self._start = time.monotonic()

    def say(self, text: str) -> None:
        """Print a sentence above the bar."""
        if self.visible:
            (self._bar.console if self._bar else self._console).print(text, highlight=False)

    def already(self, learned: int, evaluated: int) -> None:
        """Count what an earlier, stopped run had done."""
        with self._lock:
            self._initial += learned + EVALUATION_COST * evaluated
        self.advance(learned, evaluated)

    def advance(self, learned: int, evaluated: int) -> None:
        """Count presentations learned and evaluated."""
        with self._lock:
            self._done += learned + EVALUATION_COST * evaluated
            if self._bar:
                self._bar.update(self._task, completed=self._done)
            elif self.visible and self._done - self._printed >= self.total / 10:
                self._printed = self._done
                elapsed = time.monotonic() - self._start
                fresh = self._done - self._initial
                left = f", {_time(elapsed / fresh * (self.total - self._done))} left" if fresh > 0 else " done before"
                share = 100 * self._done / self.total
                print(f"{self.label}: {share:3.0f} %{left}", file=sys.stderr, flush=True)


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
