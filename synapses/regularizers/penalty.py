"""What L2, synaptic intelligence and memory aware synapses share: error feedback, and a pull back to old weights.

A regularizer that is told when a task ends remembers the weights of that moment and pulls back towards them, each
synapse by its importance. It learns by the same error feedback as the flagship, on the same network, so that nothing
but the regularizer differs.
"""

from __future__ import annotations

from synapses.language import Mechanism, Modulator, State, Synapse
from synapses.tacos import OUTPUT_LAYER, WEIGHT, WEIGHT_PARAMETERS, error_feedback

#: One in the last presentation of a task, zero otherwise; its source is the network's population ``boundary``.
TASK_END = Modulator(
    "task_end",
    "task_end : 1",
    source="boundary",
    on_source="task_end += 1",
    meaning="one in the last presentation of a task",
    persistent=False,
)
ANCHOR = State("w_old", "w", "weight at the end of the last task")
MOVE_ANCHOR = "w_old = w_old + task_end*(w - w_old)"
#: Learning rate without any gate: chosen on validation data for 8,000 images, see docs/results/constants.md.
ETA = 1e-3


def pull(rate: str) -> str:
    """Statement that moves w towards the anchor: a gradient step of ``rate/2 * (w - w_old)**2``.

    The step is implicit: however strong the penalty, w does not overshoot.
    """
    return f"w = w - {rate}/(1 + {rate})*(w - w_old)"


def regularized(name: str, summary: str, *regularizer: Mechanism) -> Synapse:
    """Error feedback with a regularizer or none, in the bounds and from the initial weights of the flagship."""
    return Synapse(
        name,
        mechanisms=(error_feedback(ETA), *regularizer),
        states=(WEIGHT,),
        parameters=WEIGHT_PARAMETERS,
        roles={"output": {"w_max": OUTPUT_LAYER["w_max"], "eta": ETA / 10}},
        summary=summary,
    )
