"""How far everything is, with the time left: a bar in a terminal or a notebook, plain lines elsewhere."""

from __future__ import annotations

import html
import sys
import threading
import time
from types import TracebackType
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

#: Cost of an evaluated presentation relative to a learned one, for the estimate of the time left.
EVALUATION_COST = 0.25


class ProgressReport:
    """Shows how far all that was asked for is; safe to call from several threads.

    Parameters
    ----------
    label : str
    total : float
        Of learned presentations, and evaluated ones at their relative cost.
    visible : bool
    """

    def __init__(self, label: str, total: float, visible: bool = True) -> None:
        self.label, self.total = label, total
        self._done = self._initial = 0.0
        self._start: float | None = None
        self._lock = threading.Lock()
        self._display: _Display | None = _display() if visible else None

    @property
    def visible(self) -> bool:
        """Whether anybody sees it."""
        return self._display is not None

    def __enter__(self) -> ProgressReport:
        if self._display:
            self._display.begin(self.label)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._display:
            self._display.end()

    def begin(self) -> None:
        """Start the clock, once: what was done so far, compiling, says nothing about the time left."""
        self._start = self._start or time.monotonic()

    def say(self, text: str) -> None:
        """Print a sentence above the bar."""
        if self._display:
            with self._lock:
                self._display.say(text)

    def expect(self, amount: float) -> None:
        """Learn what is left to do, where it is not what the total said."""
        with self._lock:
            self.total = self._done + amount

    def already(self, learned: float, evaluated: int = 0) -> None:
        """Count what an earlier, stopped run had done."""
        with self._lock:
            self._initial += learned + EVALUATION_COST * evaluated
        self.advance(learned, evaluated)

    def advance(self, learned: float, evaluated: int = 0) -> None:
        """Count presentations learned and evaluated."""
        with self._lock:
            self._done += learned + EVALUATION_COST * evaluated
            if self._display:
                share = self._done / self.total if self.total > 0 else 1.0
                self._display.show(min(share, 1.0), self._left())

    def _left(self) -> str:
        fresh = self._done - self._initial
        if fresh <= 0:
            return "done before"
        elapsed = time.monotonic() - (self._start or time.monotonic())
        return f"{_time(elapsed / fresh * max(self.total - self._done, 0))} left"


class _Display(Protocol):
    """Where progress is shown."""

    def begin(self, label: str) -> None: ...
    def show(self, share: float, left: str) -> None: ...
    def say(self, text: str) -> None: ...
    def end(self) -> None: ...


class _Lines:
    """A line on stderr for each tenth, without control characters: for logs."""

    def begin(self, label: str) -> None:
        self.label, self.tenths = label, 0

    def show(self, share: float, left: str) -> None:
        if (tenths := int(10 * share + 1e-9)) > self.tenths:
            self.tenths = tenths
            self.say(f"{self.label}: {100 * share:3.0f} %, {left}")

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        pass


class _Bar:
    """A bar in a terminal."""

    def begin(self, label: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        self.bar = Progress(*columns, TextColumn("{task.fields[left]}"), console=Console(stderr=True))
        self.task = self.bar.add_task(label, total=1.0, left="")
        self.bar.start()

    def show(self, share: float, left: str) -> None:
        self.bar.update(self.task, completed=share, left=left)

    def say(self, text: str) -> None:
        self.bar.console.print(text, highlight=False, markup=False)

    def end(self) -> None:
        self.bar.stop()


class _Cell:
    """A bar in the output of a notebook's cell, of HTML alone."""

    def begin(self, label: str) -> None:
        from IPython.display import HTML, display

        self.label, self.html = label, HTML
        self.handle: Any = display(HTML(""), display_id=True)

    def show(self, share: float, left: str) -> None:
        label = html.escape(self.label)
        bar = f'<progress value="{share:.4f}" max="1"></progress>'
        self.handle.update(self.html(f"{label} {bar} {100 * share:.0f} %, {html.escape(left)}"))

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        pass


def _display() -> _Display:
    console = Console(stderr=True)
    return _Cell() if console.is_jupyter else _Bar() if console.is_terminal else _Lines()


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
