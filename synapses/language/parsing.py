"""Threads take turns in parsing where Python needs it.

Before 3.11.8, ``ast.parse`` counts its recursion for all threads together, and fails now and then with a SystemError if
two of them parse at once (python/cpython, issue 106905). Brian2 parses every expression, NumPy the head of every file.
"""

from __future__ import annotations

import ast
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NEEDED = sys.version_info < (3, 11, 8)

_parse = ast.parse
_turn = threading.RLock()
_counting = threading.Lock()
_inside = 0

if NEEDED and hasattr(os, "register_at_fork"):  # in a child, whose turn it was is not there any more
    os.register_at_fork(after_in_child=_turn._at_fork_reinit)  # type: ignore[attr-defined]


def _one_at_a_time(*arguments: Any, **options: Any) -> Any:
    with _turn:
        return _parse(*arguments, **options)


@contextmanager
def parsing_in_turns() -> Iterator[None]:
    """Let all threads take turns in parsing, until the last of those who asked for it has left."""
    global _inside, _parse
    if not NEEDED:
        yield
        return
    with _counting:
        _inside += 1
        if _inside == 1:
            _parse, ast.parse = ast.parse, _one_at_a_time
    try:
        yield
    finally:
        with _counting:
            _inside -= 1
            if not _inside:
                ast.parse = _parse
