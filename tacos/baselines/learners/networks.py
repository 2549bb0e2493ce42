"""The networks of learners, as declarations; PyTorch is imported when one is built."""

from __future__ import annotations

from typing import Any

#: All of them.
DECLARED: tuple[type[Any], ...] = ()
