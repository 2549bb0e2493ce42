"""Values are shown in consoles and notebooks as they print."""

from __future__ import annotations

import html
from typing import Any, TypeVar

_Class = TypeVar("_Class", bound=type)


def shown_as_printed(cls: _Class) -> _Class:
    """Let ``repr`` be the text that ``print`` gives, and a notebook show the same; for classes with a ``__str__``."""
    cls.__repr__ = _text  # type: ignore[method-assign, assignment]
    cls._repr_html_ = _html  # type: ignore[attr-defined]
    return cls


def _text(self: Any) -> str:
    try:
        return str(self)
    except RuntimeError as error:  # a run without results yet says so; a debugger must not fail on it
        return f"{type(self).__name__}: {error}"


def _html(self: Any) -> str:
    return f"<pre>{html.escape(repr(self))}</pre>"
