"""A state that is given to another is a copy of it: Brian2's NumPy code lets both share their memory.

``z = x`` and then ``x += 1``, which NumPy does in place, would change z too; Cython and C++ copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from brian2.parsing.rendering import NumpyNodeRenderer


@contextmanager
def states_are_copied() -> Iterator[None]:
    """Let NumPy code that Brian2 generates here copy what is read by its name alone; Brian2 is as before afterwards."""
    kept = NumpyNodeRenderer.render_expr

    def render_expr(self: Any, expr: str, strip: Any = True) -> str:
        code = str(kept(self, expr, strip))
        if not code.strip().isidentifier() or code.strip() in ("True", "False"):
            return code
        return f"(_numpy.array({code}) if _numpy.ndim({code}) else {code})"

    NumpyNodeRenderer.render_expr = render_expr
    try:
        yield
    finally:
        NumpyNodeRenderer.render_expr = kept
