"""Normalization: the weights of a cell keep their sum.

Miller, MacKay 1994, "The role of constraints in Hebbian learning", Neural Computation 6:100-126,
doi:10.1162/neco.1994.6.1.100, from memory: the sum is kept by a factor on all weights (multiplicative) or by the same
amount taken from each (subtractive). At discrete times, as the end of a presentation, as is common in networks with
spikes (Diehl, Cook 2015, Frontiers in Computational Neuroscience 9:99). The form with events is ours.

What deviates: the sum is over the synapses of the projections with this mechanism; subtraction is bounded at zero, so
that the sum is then larger than the total by what the bounds held back.
"""

from __future__ import annotations

from synapses.language import DeclarationError, Event, Mechanism, NeuronState, Parameter, Reference, State, Synapse

MILLER = Reference(
    "Miller, MacKay 1994, The role of constraints in Hebbian learning, Neural Computation 6:100-126",
    "doi:10.1162/neco.1994.6.1.100",
    "inspired by",
    "multiplicative and subtractive normalization, from memory",
)
_STEPS = {
    "multiplicative": "w = w*w_total/clip(w_sum_post, 1e-12, inf)",
    "subtractive": "w = clip(w - (w_sum_post - w_total)/n_summed_post, 0, inf)",
}


def weight_normalization(kind: str = "multiplicative", at: str = "end") -> Mechanism:
    """Weights ``w`` of every postsynaptic cell are brought to a sum of ``w_total``.

    Parameters
    ----------
    kind : {"multiplicative", "subtractive"}
        All by one factor, or all by one amount, but none below zero.
    at : str
        ``"end"`` of a presentation, or a named event of the postsynaptic population, such as ``"normalized"``.

    Raises
    ------
    DeclarationError
        If there is no such kind.

    Notes
    -----
    Synapses add to the sum of their cell what they have gained since they last did, so that the sum need not be reset
    and may be taken any number of times.
    """
    if kind not in _STEPS:
        raise DeclarationError(f"Normalization is 'multiplicative' or 'subtractive', not '{kind}'.")
    count = kind == "subtractive"
    post = [NeuronState("w_sum", "w_sum : 1", meaning="sum of the cell's weights", persistent=True)]
    states = [State("w_counted", 0.0, "weight that is in the sum of the cell")]
    gather = "w_sum_post += w - w_counted\nw_counted = w"
    if count:
        post.append(NeuronState("n_summed", "n_summed : 1", meaning="number of the cell's synapses", persistent=True))
        states.append(State("counted", 0.0, "one once the synapse is counted"))
        gather += "\nn_summed_post += 1 - counted\ncounted = 1"
    events = (Event(gather, stage=1), Event(_STEPS[kind], stage=2))
    return Mechanism(
        "normalization",
        "the weights of a cell are brought to a sum",
        parameters=(Parameter("w_total", 1.0, "sum of a cell's weights", "ours"),),
        states=tuple(states),
        post=tuple(post),
        at_end=events if at == "end" else (),
        on_event={} if at == "end" else {f"{at}_post": events},
        references=(MILLER,),
    )


def normalization(kind: str = "multiplicative", at: str = "end") -> Synapse:
    """Weights that nothing changes but their normalization.

    Parameters
    ----------
    kind, at
        See :func:`weight_normalization`, which can be added to any other model.
    """
    return Synapse(
        "normalization",
        mechanisms=(weight_normalization(kind, at),),
        states=(State("w", "rand()", "efficacy"),),
        summary=f"{kind} normalization of a cell's weights",
        references=(MILLER,),
    )
