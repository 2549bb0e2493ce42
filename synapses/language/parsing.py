"""Threads take turns in parsing where Python needs it.

Before 3.11.8, ``ast.parse`` counts its recursion for all threads together, and fails now and then with a SystemError if
two of them parse at once (python/cpython, issue 106905). Brian2 parses every expression and NumPy the head of every
file, in our threads and in those of others who run us.
"""

from __future__ import annotations

import ast
import os
import sys
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any


def in_turns(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which a thread enters when no other is in it."""
    turn = threading.RLock()
    if hasattr(os, "register_at_fork"):  # in a child, whose turn it was is not there any more
        os.register_at_fork(after_in_child=turn._at_fork_reinit)  # type: ignore[attr-defined]

    @wraps(function)
    def one_at_a_time(*arguments: Any, **options: Any) -> Any:
        with turn:
            return function(*arguments, **options)

    return one_at_a_time


if sys.version_info < (3, 11, 8):
    ast.parse = in_turns(ast.parse)
