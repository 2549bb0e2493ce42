"""Short-term depression and facilitation.

Tsodyks, Markram 1997, PNAS 94:719-723, doi:10.1073/pnas.94.2.719 (depression); Tsodyks, Pawelzik, Markram 1998, Neural
Computation 10:821-835, doi:10.1162/089976698300017502 (facilitation); Tsodyks, Uziel, Markram 2000, Journal of
Neuroscience 20:RC50 (three states); Maass, Markram 2002, Neural Networks 15:155-161 (two states, spike by spike).

A spike releases the share ``u`` of the resources ``x`` that are there, and transmits ``w u x``:

    depression      dx/dt = (1 - x)/tau_rec,   x -> x - u x at a spike
    facilitation    du/dt = (U - u)/tau_fac,   u -> u + U (1 - u) after the spike
    inactivation    what is released stays active, y, and recovers only after it has been inactivated:
                    dx/dt = (1 - x - y)/tau_rec,   dy/dt = -y/tau_in,   y -> y + u x at a spike

The papers' text was not read: the equations were read in the documentation of NEST's ``tsodyks_synapse`` and
``tsodyks2_synapse``, which quote them, and constants in an example of NEST. ``u`` is written so that it rests at
``U`` and is read before it jumps, as Maass and Markram do; a ``u`` that rests at zero and jumps before it is read is
the same, spike by spike.

What deviates: nothing between spikes, where both equations are solved exactly, over any time; resources go on while
plasticity is frozen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from synapses.language import DeclarationError, Event, Mechanism, Parameter, Reference, State, Synapse

TSODYKS = Reference(
    "Tsodyks, Markram 1997, The neural code between neocortical pyramidal neurons depends on neurotransmitter release "
    "probability, PNAS 94:719-723",
    "doi:10.1073/pnas.94.2.719",
    what="depression, as quoted in NEST's documentation of tsodyks2_synapse; the paper was not read",
)
PAWELZIK = Reference(
    "Tsodyks, Pawelzik, Markram 1998, Neural networks with dynamic synapses, Neural Computation 10:821-835",
    "doi:10.1162/089976698300017502",
    what="facilitation, as quoted in NEST's documentation of tsodyks2_synapse; the paper was not read",
)
UZIEL = Reference(
    "Tsodyks, Uziel, Markram 2000, Synchrony generation in recurrent networks with frequency-dependent synapses, "
    "Journal of Neuroscience 20:RC50",
    what="three states, as quoted in NEST's documentation of tsodyks_synapse; the paper was not read",
)
_EXAMPLE = "NEST's example evaluate_tsodyks2_synapse"
_NEST = "NEST's default tau_psc of tsodyks_synapse"


@dataclass(frozen=True)
class ShortTermSet:
    """Share released by a first spike, and time constants in milliseconds; none for no facilitation."""

    U: float
    tau_rec: float
    tau_fac: float | None
    tau_in: float
    source: str


#: Constants by name.
PARAMETER_SETS: dict[str, ShortTermSet] = {
    "depressing": ShortTermSet(0.67, 450, None, 3, _EXAMPLE),
    "facilitating": ShortTermSet(0.1, 100, 1000, 3, _EXAMPLE),
}


def depression(tau_rec: Any = "450 ms", source: str = _EXAMPLE, tau_in: Any = None) -> Mechanism:
    """What a spike has released is not there for the next one, and recovers.

    Parameters
    ----------
    tau_rec : quantity or str
        Time constant of the recovery.
    source : str
        Where the constants were read.
    tau_in : quantity or str, optional
        Time constant of the inactivation, shorter than ``tau_rec``; without it, recovery begins at once.

    Notes
    -----
    With inactivation ``x`` is found from two states of one exponential each, ``y`` and a sum that recovers by itself:
    the usual solution of both equations has exponentials that overflow when a synapse has been silent for long.
    """
    recovery = Parameter("tau_rec", tau_rec, "recovery of the resources", source)
    # An early statement, so that x is brought up to date before the spike is transmitted.
    if tau_in is None:
        return Mechanism(
            "short-term depression",
            "a spike uses up a share of the resources, which recover",
            parameters=(recovery,),
            equations="dx/dt = (1 - x)/tau_rec : 1 (event-driven)",
            on_pre=(Event("x = x", stage=-1), "x = x - u*x"),
            plastic=False,
            needs=("release",),
            references=(TSODYKS,),
        )
    inactivation = Parameter("tau_in", tau_in, "inactivation of what was released", _NEST)
    if not inactivation.value < recovery.value:
        raise DeclarationError(
            f"What was released is inactivated before it recovers: tau_in is shorter than tau_rec, not "
            f"{inactivation.value:g} s where that is {recovery.value:g} s."
        )
    return Mechanism(
        "short-term depression",
        "a spike makes a share of the resources active; they are inactivated, and then recover",
        parameters=(recovery, inactivation),
        states=(
            State("bound", 1.0, "x + y/(1 - tau_rec/tau_in), which recovers by itself"),
            State("y", 0.0, "resources that are active"),
        ),
        equations="""
            dbound/dt = (1 - bound)/tau_rec : 1 (event-driven)
            dy/dt = -y/tau_in : 1 (event-driven)
        """,
        on_pre=(
            Event("x = bound - y/(1 - tau_rec/tau_in)", stage=-1),
            """
            released = u*x
            bound = bound - released + released/(1 - tau_rec/tau_in)
            x = x - released
            y = y + released
            """,
        ),
        plastic=False,
        needs=("release",),
        references=(UZIEL,),
    )


def facilitation(tau_fac: Any = "1 s", source: str = _EXAMPLE) -> Mechanism:
    """Every spike raises the share that the next one releases, for a while."""
    return Mechanism(
        "short-term facilitation",
        "a spike raises the share of the resources that the next one releases",
        parameters=(Parameter("tau_fac", tau_fac, "return of u to U", source),),
        equations="du/dt = (U - u)/tau_fac : 1 (event-driven)",
        on_pre=(Event("u = u", stage=-1), "u = u + U*(1 - u)"),
        plastic=False,
        needs=("release",),
        references=(PAWELZIK,),
    )


def with_short_term(synapse: Synapse, parameter_set: str = "depressing", inactivation: bool = False) -> Synapse:
    """A model whose weight transmits ``efficacy*u*x``, with the constants of a set.

    Parameters
    ----------
    synapse : Synapse
        Any model, such as ``synapses.stdp()``; its plasticity stays what it is.
    parameter_set : {"depressing", "facilitating"}
    inactivation : bool
        Three states (2000) rather than two.

    Raises
    ------
    DeclarationError
        If there is no such set.
    """
    if parameter_set not in PARAMETER_SETS:
        raise DeclarationError(
            f"Tsodyks and Markram's synapse has no parameter set '{parameter_set}'; there are "
            f"{', '.join(PARAMETER_SETS)}."
        )
    own = PARAMETER_SETS[parameter_set]
    release = Mechanism(
        "release",
        "a spike releases the share u of the resources",
        parameters=(Parameter("U", own.U, "share that a first spike releases", own.source),),
        states=(
            State("u", "U", "share of the resources that the next spike releases"),
            State("x", 1.0, "resources that are available; after inactivation those at the last spike"),
        ),
        plastic=False,
        references=(PAWELZIK,),
    )
    model = synapse + release
    model += depression(f"{own.tau_rec} ms", own.source, f"{own.tau_in} ms" if inactivation else None)
    if own.tau_fac is not None:
        model += facilitation(f"{own.tau_fac} ms", own.source)
    return model.with_efficacy(f"({synapse.efficacy})*u*x")


def tsodyks_markram(parameter_set: str = "depressing", inactivation: bool = False) -> Synapse:
    """A weight that does not learn, with short-term depression, and facilitation where the set has it.

    Parameters
    ----------
    parameter_set, inactivation
        See :func:`with_short_term`, which gives the same to any other model.
    """
    weight = Synapse("tsodyks_markram", states=(State("w", 1.0, "weight of all resources released at once"),))
    return replace(
        with_short_term(weight, parameter_set, inactivation),
        summary=f"short-term plasticity, {parameter_set}, {'three' if inactivation else 'two'} states",
        references=(TSODYKS, UZIEL if inactivation else PAWELZIK),
    )
