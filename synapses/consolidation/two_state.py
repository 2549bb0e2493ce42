"""A bistable stochastic synapse: weak or strong, and nothing else to remember.

The simplest discrete synapse, to which the cascade is compared; Amit, Fusi 1994, "Learning in neural networks with
material synapses", Neural Computation 6:957-982, doi:10.1162/neco.1994.6.5.957. The abstract was read: two stable
states and stochastic transitions; the form below is the field's common one. What is ours: events are the activity of a
presentation (:mod:`synapses.consolidation.presentation_events`), one probability for both directions, ``q = 0.5``.
"""

from __future__ import annotations

from synapses.consolidation.presentation_events import SAVIN, SPIKED, asked
from synapses.language import Mechanism, Parameter, Reference, State, Synapse
from synapses.language.values import finite

AMIT = Reference(
    "Amit, Fusi 1994, Learning in neural networks with material synapses, Neural Computation 6:957-982",
    "doi:10.1162/neco.1994.6.5.957",
    "inspired by",
    "a bistable synapse with stochastic transitions; the abstract was read",
)
STRONG = State("strong", "int(rand() < 0.5)", "1 in the strong and 0 in the weak state", "integer")
EFFICACIES = (
    Parameter("w_weak", 0.0, "efficacy of the weak state", "ours"),
    Parameter("w_strong", 1.0, "efficacy of the strong state", "ours: the unit of the efficacy"),
)
EFFICACY = "w_weak + strong*(w_strong - w_weak)"


def two_state(q: float = 0.5, gating: str = "presynaptic") -> Synapse:
    """A synapse with two states, which a presentation may exchange with a fixed probability.

    Parameters
    ----------
    q : float
        Probability that a weak synapse becomes strong where potentiation is asked for, and a strong one weak where
        depression is.
    gating : {"presynaptic", "postsynaptic", "xor"}
        See :func:`synapses.consolidation.presentation_events.asked`.
    """
    probability = finite(q, "A transition probability is a number above 0 and up to 1", most=1, above=0)
    potentiate, depress = asked(gating)
    own = Parameter("q", probability, "probability of a transition in a presentation that asks for it", "ours")
    return Synapse(
        "two_state",
        mechanisms=(
            Mechanism(
                "potentiation",
                "a weak synapse becomes strong with probability q",
                parameters=(own,),
                pre=(SPIKED,),
                post=(SPIKED,),
                at_end=f"strong = strong + {potentiate}*(1 - strong)*int(rand() < q*gate)",
                references=(AMIT, SAVIN),
            ),
            Mechanism(
                "depression",
                "a strong synapse becomes weak with probability q",
                parameters=(own,),
                pre=(SPIKED,),
                post=(SPIKED,),
                at_end=f"strong = strong - {depress}*strong*int(rand() < q*gate)",
                references=(AMIT, SAVIN),
            ),
        ),
        states=(STRONG,),
        parameters=EFFICACIES,
        efficacy=EFFICACY,
        summary=f"bistable stochastic synapse, {gating} gating",
        references=(AMIT,),
    )
