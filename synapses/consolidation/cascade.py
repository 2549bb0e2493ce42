"""A weak and a strong efficacy, each with a cascade of ever less plastic states.

Fusi, Drew, Abbott 2005, "Cascade models of synaptically stored memories", Neuron 45:599-611,
doi:10.1016/j.neuron.2005.02.001. Where potentiation is asked for, a weak synapse at depth k becomes strong, at depth 1,
with probability q_k, and a strong one goes one deeper with probability p_k; depression is the mirror image:

    q_k = x^(k-1) (k < n), q_n = x^(n-1)/(1 - x), p_k = x^k/(1 - x) (k < n)

Of the paper the abstract was read. The structure was read in Lahiri, Ganguli 2013 and Savin et al. 2013 (extracted
sentences) and in the public code of the former (Complex_Synapse), the probabilities are from memory and agree with that
code; nothing was copied. With them all 2 n states are equally likely where both events are. What is ours: events are
the activity of a presentation (:mod:`synapses.consolidation.presentation_events`), which makes at most one transition.
"""

from __future__ import annotations

from typing import Any

from synapses.consolidation.presentation_events import SAVIN, SPIKED, asked
from synapses.consolidation.two_state import EFFICACIES, EFFICACY, STRONG
from synapses.language import Event, Mechanism, Parameter, Reference, State, Synapse
from synapses.language.values import finite, whole

FUSI = Reference(
    "Fusi, Drew, Abbott 2005, Cascade models of synaptically stored memories, Neuron 45:599-611",
    "doi:10.1016/j.neuron.2005.02.001",
    "inspired by",
    "cascade of metaplastic states; abstract read, structure read in later papers, probabilities from memory",
)
FROM_MEMORY = "Fusi, Drew & Abbott 2005, from memory"


def cascade(n: int = 10, x: float = 0.5, gating: str = "presynaptic") -> Synapse:
    """A binary efficacy whose states become less plastic the more often the same is asked of the synapse.

    Parameters
    ----------
    n : int
        Depth of the cascades, at least 2.
    x : float
        Ratio of the transition probabilities of neighbouring depths, above 0 and up to 0.5 (beyond that ``p_1 > 1``).
    gating : {"presynaptic", "postsynaptic", "xor"}
        See :func:`synapses.consolidation.presentation_events.asked`.

    Notes
    -----
    Without ``"metaplasticity"`` no synapse goes deeper: with ``depth`` at 1 it is a two-state synapse with ``q = 1``.
    """
    depth = whole(n, "A cascade has a whole number of depths, at least 2", 2)
    right = "The ratio of neighbouring transition probabilities is a number above 0 and up to 0.5"
    ratio = finite(x, right, most=0.5, above=0)
    potentiate, depress = asked(gating)
    constants = (
        Parameter("n", depth, "depth of the cascades", "Lahiri & Ganguli 2013, code: 20 states"),
        Parameter("x", ratio, "ratio of the transition probabilities of neighbouring depths", FROM_MEMORY),
    )
    escape = "q_k = x**(depth - 1)/(1 - x*int(depth > n - 0.5))"  # the deepest state is left by this way only
    common: dict[str, Any] = {"parameters": constants, "pre": (SPIKED,), "post": (SPIKED,), "references": (FUSI, SAVIN)}
    return Synapse(
        "cascade",
        mechanisms=(
            Mechanism(
                "potentiation",
                "a weak synapse becomes strong, at depth 1, the less likely the deeper it is",
                at_end=Event(
                    f"""
                    {escape}
                    jump = {potentiate}*(1 - strong)*int(rand() < q_k*gate)
                    strong = strong + jump
                    depth = depth + jump*(1 - depth)
                    """,
                    stage=1,
                ),
                **common,
            ),
            Mechanism(
                "depression",
                "a strong synapse becomes weak, at depth 1, the less likely the deeper it is",
                at_end=Event(
                    f"""
                    {escape}
                    jump = {depress}*strong*int(rand() < q_k*gate)
                    strong = strong - jump
                    depth = depth + jump*(1 - depth)
                    """,
                    stage=1,
                ),
                **common,
            ),
            Mechanism(
                "metaplasticity",
                "a synapse that is already what is asked of it goes one deeper",
                # Before the jumps, whose synapses would otherwise go deeper by the same event.
                at_end=Event(
                    f"""
                    p_k = x**depth/(1 - x)*int(depth < n - 0.5)
                    kept = {potentiate}*strong + {depress}*(1 - strong)
                    depth = depth + kept*int(rand() < p_k*gate)
                    """,
                    stage=0,
                ),
                **common,
            ),
        ),
        states=(STRONG, State("depth", "1 + int(n*rand())", "how deep it is; the deeper, the less plastic", "integer")),
        parameters=EFFICACIES,
        efficacy=EFFICACY,
        summary=f"binary efficacy with cascades of metaplastic states, {gating} gating",
        references=(FUSI,),
    )
