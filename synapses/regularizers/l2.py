"""L2: every synapse is pulled back to its weight at the end of the last task, all alike.

A control of Kirkpatrick et al. 2017 for elastic weight consolidation, from memory, on the flagship's network.
"""

from __future__ import annotations

from synapses.language import Mechanism, Parameter, Reference, State, Synapse
from synapses.regularizers.penalty import ANCHOR, MOVE_ANCHOR, TASK_END, pull, regularized

KIRKPATRICK = Reference(
    "Kirkpatrick et al. 2017, Overcoming catastrophic forgetting in neural networks, PNAS",
    "arXiv:1612.00796",
    "inspired by",
    "a quadratic penalty that is the same for all weights, as a control of EWC; from memory, the paper was not read",
)


def l2() -> Synapse:
    """Error feedback with a quadratic penalty ``strength*(w - w_old)**2`` on every weight.

    The importance starts at zero and is one after the first task; the penalty takes one gradient step of size ``eta``
    at the end of a presentation. Needs to be told when a task ends.
    """
    mechanism = Mechanism(
        "L2",
        "after the first task, w is pulled back to what it was when the last task ended",
        parameters=(Parameter("strength", 0.1, "weight of the penalty", "ours"),),
        states=(ANCHOR, State("importance", 0.0, "one after the first task")),
        modulators=(TASK_END,),
        at_end=f"""
            rate = 2*eta*strength*importance
            {pull("rate")}
            importance = clip(importance + task_end, 0, 1)
            {MOVE_ANCHOR}
        """,
        needs=("error feedback",),
        references=(KIRKPATRICK,),
        off={"strength": 0.0},
    )
    return regularized("l2", "error-driven learning with a quadratic penalty on all weights", mechanism)
