"""Errors of ours end a script as any other error does.

Brian2 logs whatever ends a script in which it is imported as a bug of its own, and keeps files of its log. What is
wrong with a declaration or a run is not one. Its log is told so; ``sys.excepthook`` stays whose it is.
"""

from __future__ import annotations

import logging
import sys

OURS = ("synapses", "tasks", "tacos")


def not_of_brian2(record: logging.LogRecord) -> bool:
    """Show an error of ours as Python would, and keep it from a log of Brian2's; let everything else into it."""
    from brian2.core.preferences import prefs
    from brian2.utils.logger import BrianLogger

    kind, error, trace = record.exc_info or (None, None, None)
    ours = kind is not None and kind.__module__.partition(".")[0] in OURS
    if not ours or not prefs["logging.display_brian_error_message"]:
        return True
    BrianLogger.exception_occured = False  # no reason to keep files
    sys.__excepthook__(kind, error, trace)  # type: ignore[arg-type]
    return False


logging.getLogger("brian2").addFilter(not_of_brian2)
