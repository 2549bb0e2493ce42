"""Conditions with a gradient. Copied into modules that are generated with surrogates; needs PyTorch alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def as_number(condition: Any) -> Any:
    """A condition as 0 or 1, without a gradient."""
    return condition.to(torch.get_default_dtype()) if isinstance(condition, Tensor) else float(condition)


def crossing(margin: Any, exact: Any, threshold: Callable[[Tensor], Tensor]) -> Any:
    """A comparison as 0 or 1: its exact value, and the gradient of a step function at its margin (straight through).

    The value of the step function is not used: at a margin of zero it cannot know ``>`` from ``>=``.
    """
    if not isinstance(margin, Tensor) or not margin.requires_grad:
        return as_number(exact)
    smooth = threshold(margin)
    return smooth + (as_number(exact) - smooth).detach()
