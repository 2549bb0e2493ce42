"""A static synapse: an efficacy and nothing that changes it."""

from __future__ import annotations

from typing import Any

from synapses.language import State, Synapse


def static(weight: Any = 1.0) -> Synapse:
    """A synapse without plasticity.

    Parameters
    ----------
    weight : float or str
        Initial (and lasting) efficacy: a number, or an expression with ``rand()``, ``randn()``, ``n_pre``,
        ``n_post``.
    """
    return Synapse("static", states=(State("w", weight, "efficacy"),))
