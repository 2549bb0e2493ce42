"""One page to send: what was run, its tables and figures, and how to run it again, in a file of its own."""

from tacos.report.page import report

__all__ = ["report"]
