"""Potentiation that lasts until the synapse is used, by a stochastic switch with two states.

Inspired by Mehta, Luck, Luk, Syed 2013, "Synaptic Metaplasticity Underlies Tetanic Potentiation in Lymnaea: A Novel
Paradigm", PLoS ONE 8:e78056: a short-term potentiation that depends on use and not on time, and on a kinase,
explained by metaplasticity and a stochastic bistable switch.

Of the paper the abstract was read, its equations were not. **The form here is ours**, the simplest that does what
the abstract says: a switch ``on`` is set with the probability ``p_on`` by a presynaptic spike of a tetanus, and
reset with the probability ``p_off`` by any other. A spike belongs to a tetanus when a trace of the spikes before
it is above ``theta_tetanus``. The efficacy is ``w (1 + A on)``. Time alone changes nothing. All numbers are ours.
"""

from __future__ import annotations

from synapses.language import Event, Mechanism, NeuronState, Parameter, Reference, State, Synapse

LYMNAEA = Reference(
    "Mehta, Luck, Luk, Syed 2013, Synaptic Metaplasticity Underlies Tetanic Potentiation in Lymnaea: A Novel "
    "Paradigm, PLoS ONE 8:e78056",
    "doi:10.1371/journal.pone.0078056",
    "inspired by",
    "use- but not time-dependent potentiation by a stochastic bistable switch; the form is ours",
)

_RATE = NeuronState(
    "recent",
    "drecent/dt = -recent/tau_recent : 1",
    "recent += 1",
    (Parameter("tau_recent", "200 ms", "decay of the trace that tells a tetanus from single spikes", "ours"),),
    "trace of earlier presynaptic spikes",
)
_TETANUS = Parameter("theta_tetanus", 0.5, "trace of earlier spikes above which a spike is of a tetanus", "ours")


def use_dependent() -> Synapse:
    """A synapse that a tetanus potentiates, at random, and that each later use may set back.

    A spike is transmitted with the efficacy that it finds, and works on the switch afterwards. Of many potentiated
    synapses the share ``(1 - p_off)**n`` is left after ``n`` single spikes, whenever they come.
    """
    states = (State("on", 0.0, "switch, one in the potentiated state"),)
    return Synapse(
        "use_dependent",
        mechanisms=(
            Mechanism(
                "kinase",
                "a spike of a tetanus may switch the synapse on",
                parameters=(_TETANUS, Parameter("p_on", 0.2, "chance that such a spike does", "ours")),
                states=states,
                pre=(_RATE,),
                on_pre=Event("on = on + (1 - on)*int(recent_pre > theta_tetanus)*int(rand() < p_on)", stage=1),
                plastic=False,
                off={"p_on": 0.0},
                references=(LYMNAEA,),
            ),
            Mechanism(
                "use",
                "a single spike may switch the synapse off",
                parameters=(_TETANUS, Parameter("p_off", 0.3, "chance that such a spike does", "ours")),
                states=states,
                pre=(_RATE,),
                on_pre=Event("on = on*(1 - int(recent_pre <= theta_tetanus)*int(rand() < p_off))", stage=1),
                plastic=False,
                off={"p_off": 0.0},
                references=(LYMNAEA,),
            ),
        ),
        states=(State("w", 1.0, "efficacy of the synapse that is off"), *states),
        parameters=(Parameter("A", 1.0, "gain of efficacy of the synapse that is on", "ours"),),
        efficacy="w*(1 + A*on)",
        summary="potentiation that persists in silence and vanishes with use (form ours)",
        references=(LYMNAEA,),
    )
