"""Memory aware synapses, local: a synapse is important if the neurons on both sides are active together.

After Aljundi et al. 2018, from memory: the paper was not read. The sensitivity of the squared norm of a layer's own
outputs to a weight is the product of the two activities, a Hebbian importance for which no error has to travel. Ours:
activities are spike traces at the end of a presentation, seen while the task is learned, because there is no second
pass.
"""

from __future__ import annotations

from synapses.language import Mechanism, Parameter, Reference, State, Synapse
from synapses.regularizers.penalty import ANCHOR, MOVE_ANCHOR, TASK_END, pull, regularized
from synapses.tacos import PRE_TRACE

ALJUNDI = Reference(
    "Aljundi, Babiloni, Elhoseiny, Rohrbach, Tuytelaars 2018, Memory aware synapses: learning what (not) to forget, "
    "ECCV",
    "arXiv:1711.09601",
    "inspired by",
    "importance from activities alone, layer by layer; written from memory, the paper was not read",
)


def mas() -> Synapse:
    """Error feedback with the quadratic penalty of local memory aware synapses.

    The importance is a sum over presentations, not their mean, and of products of traces: its strength is smaller than
    that of rate networks. Needs to be told when a task ends.
    """
    mechanism = Mechanism(
        "memory aware synapses",
        "weights between neurons that were active together are pulled back to what they were when the last task ended",
        parameters=(Parameter("strength", 1e-5, "weight of the penalty", "ours"),),
        states=(
            ANCHOR,
            State("coactivity", 0.0, "sum of the products of both traces in this task"),
            State("importance", 0.0, "sum of the products of both traces in the tasks that have ended"),
        ),
        pre=(PRE_TRACE,),
        post=(PRE_TRACE,),
        modulators=(TASK_END,),
        at_end=f"""
            rate = 2*eta*strength*importance
            {pull("rate")}
            coactivity = coactivity + X_pre*X_post
            importance = importance + task_end*coactivity
            coactivity = coactivity*(1 - task_end)
            {MOVE_ANCHOR}
        """,
        needs=("error feedback",),
        references=(ALJUNDI,),
        off={"strength": 0.0},
    )
    return regularized("mas", "error-driven learning with local memory aware synapses", mechanism)
