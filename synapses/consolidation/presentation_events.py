"""What asks a discrete synapse to be potentiated or depressed: the activity of its two neurons in a presentation.

Discrete synapses of theories of memory are driven by abstract events; here an event is a presentation, and which it is
depends on whether the neurons on either side fired in it. The three rules are those of Savin, Dayan, Lengyel 2013 for
binary neurons ("presynaptically gated", "postsynaptically gated" and "XOR"), as extracted in sentences of that paper.
Networks reset their neurons after a presentation; a Brian2 script of one's own sets ``spiked`` to zero itself.
"""

from __future__ import annotations

from synapses.language import DeclarationError, NeuronState, Reference

SAVIN = Reference(
    "Savin, Dayan, Lengyel 2013, Correlations strike back (again): the case of associative memory retrieval, NIPS 26",
    relation="inspired by",
    what="which pair of activities potentiates and which depresses; extracted sentences of the paper were read",
)

#: Whether a neuron fired in the presentation; reset with the neuron at its end.
SPIKED = NeuronState("spiked", "spiked : 1", on_spike="spiked = 1", meaning="whether it fired in this presentation")
_PRE, _POST = "int(spiked_pre > 0.5)", "int(spiked_post > 0.5)"

#: By rule: expressions that are one where the presentation asks for potentiation, and for depression.
RULES = {
    "presynaptic": (f"{_PRE}*{_POST}", f"{_PRE}*(1 - {_POST})"),
    "postsynaptic": (f"{_PRE}*{_POST}", f"(1 - {_PRE})*{_POST}"),
    "xor": (f"({_PRE}*{_POST} + (1 - {_PRE})*(1 - {_POST}))", f"({_PRE}*(1 - {_POST}) + (1 - {_PRE})*{_POST})"),
}


def asked(gating: str) -> tuple[str, str]:
    """Expressions that are one at the end of a presentation that asks for potentiation, and for depression, else zero.

    Parameters
    ----------
    gating : {"presynaptic", "postsynaptic", "xor"}
        Potentiation where both neurons fired. Depression where the presynaptic one alone did, where the postsynaptic
        one alone did, or where either did; ``"xor"`` also potentiates where neither fired.

    Raises
    ------
    DeclarationError
        If there is no such rule.
    """
    if gating not in RULES:
        raise DeclarationError(f"A presentation's events are gated by {', '.join(RULES)}, not '{gating}'.")
    return RULES[gating]
