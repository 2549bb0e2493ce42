"""Synaptic intelligence: a synapse is important if its path through learning has lowered the loss.

Zenke, Poole, Ganguli 2017, as in the authors' public code (the paper was not read), on the flagship's network: what
error feedback does to a weight within a presentation is the step ``-eta g`` of its gradient.
"""

from __future__ import annotations

from synapses.language import Mechanism, Parameter, Reference, State, Synapse
from synapses.regularizers.penalty import ANCHOR, MOVE_ANCHOR, TASK_END, pull, regularized

ZENKE = Reference(
    "Zenke, Poole, Ganguli 2017, Continual learning through synaptic intelligence, ICML",
    "arXiv:1703.04200",
    what="path integral, importance with damping and quadratic penalty, from the authors' code (ganguli-lab/pathint)",
)


def si() -> Synapse:
    """Error feedback with the quadratic penalty of synaptic intelligence.

    ``path`` sums what learning did to w in a presentation times what became of w: ``eta`` times minus gradient times
    change. The importance ``path/((w - w_old)**2 + damping)`` is then ``eta`` times that of the source, which cancels
    the ``eta`` of the step that the penalty takes. Each step follows the gradient of its own presentation, so that no
    importance is negative but by rounding, which is cut off. Needs to be told when a task ends.
    """
    mechanism = Mechanism(
        "synaptic intelligence",
        "weights whose path lowered the error are pulled back to what they were when the last task ended",
        parameters=(
            Parameter("strength", 0.01, "c of the source, for an error in units of the error signal U", "ours"),
            Parameter("damping", 0.1, "xi of the source, in squared units of w", "Zenke et al. 2017, code"),
        ),
        states=(
            ANCHOR,
            State("w_before", "w", "weight before the presentation"),
            State("path", 0.0, "decrease of the error along the path of w in this task, times eta"),
            State("importance", 0.0, "importance for the tasks that have ended, times eta"),
        ),
        modulators=(TASK_END,),
        at_end=f"""
            learned = w - w_before
            rate = 2*strength*importance
            {pull("rate")}
            path = path + learned*(w - w_before)
            w_before = w
            importance = importance + task_end*clip(path/((w - w_old)**2 + damping), 0, inf)
            path = path*(1 - task_end)
            {MOVE_ANCHOR}
        """,
        needs=("error feedback",),
        references=(ZENKE,),
        off={"strength": 0.0},
    )
    return regularized("si", "error-driven learning with synaptic intelligence", mechanism)
