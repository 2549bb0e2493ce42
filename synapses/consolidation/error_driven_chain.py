"""Benna and Fusi's chain of ever slower variables behind a weight that learns by error feedback.

The chain is that of :mod:`synapses.consolidation.benna_fusi`, where its paper and what deviates are said; what drives
it is the error feedback of the flagship, in place of STDP. Ours: the chain starts at rest, with all variables at the
initial weight, and has no leak, so that what was not learned does not fade; and the weight keeps the bounds of the
flagship.
"""

from __future__ import annotations

from dataclasses import replace

from synapses.consolidation.benna_fusi import BENNA_FUSI, consolidation_chain
from synapses.language import Synapse
from synapses.regularizers.penalty import regularized

#: The best of three on validation data for 2,000 images, and the highest: see docs/models/metaplastic_weights.md.
ETA = 9e-3


def error_driven_chain(n: int = 4) -> Synapse:
    """Error feedback, consolidated along a chain.

    Parameters
    ----------
    n : int
        Number of variables, the weight included; at least 2.
    """
    chain = consolidation_chain(n, leak=False, start="w")
    whole = regularized("error_driven_chain", f"error-driven learning, consolidated by a chain of {n} variables", chain)
    roles = {"output": {**whole.roles["output"], "eta": ETA / 10}}
    return replace(whole.with_parameters(alpha="1 s", eta=ETA), roles=roles, references=(BENNA_FUSI,))
