"""Errors of ours end a script as any other error does.

Brian2 reports whatever ends a script in which it is imported as a bug of its own, with files of its log. What is wrong
with a declaration or a run is not one.
"""

from __future__ import annotations

import sys
from types import TracebackType

import brian2.utils.logger  # noqa: F401 - puts its hook in place, which ours then follows

OURS = ("synapses", "tasks", "tacos")
_others = sys.excepthook


def excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Show an error of ours as Python would, and leave all others to the hook that was there."""
    ours = kind.__module__.partition(".")[0] in OURS
    (sys.__excepthook__ if ours else _others)(kind, error, trace)


sys.excepthook = excepthook
