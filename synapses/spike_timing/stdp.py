"""Pair-based spike-timing-dependent plasticity (STDP).

Song, Miller, Abbott 2000, Nature Neuroscience 3:919-926, doi:10.1038/78829 (additive); Rubin, Lee,
Sompolinsky 2001, Physical Review Letters 86:364-367, doi:10.1103/PhysRevLett.86.364 (multiplicative). The
two pairings are those of Morrison, Diesmann, Gerstner 2008, Biological Cybernetics 98:459-478.

The papers' text was not read: the forms are the field's common ones, written from memory; the time constants
and the ratio of the amplitudes were checked against the example "STDP" of Brian2's documentation, which is
adapted from Song et al. What deviates: spike traces are integrated by forward Euler and a spike is added to
them at the reset, so that a presynaptic and a postsynaptic spike in the same time step do not see each other.
"""

from __future__ import annotations

from synapses.language import DeclarationError, Mechanism, NeuronState, Parameter, Reference, State, Synapse

SONG = Reference(
    "Song, Miller, Abbott 2000, Competitive Hebbian learning through spike-timing-dependent synaptic "
    "plasticity, "
    "Nature Neuroscience 3:919-926",
    "doi:10.1038/78829",
    "inspired by",
    "additive rule; written from memory, the paper was not read",
)
RUBIN = Reference(
    "Rubin, Lee, Sompolinsky 2001, Equilibrium properties of temporally asymmetric Hebbian plasticity, "
    "Physical Review Letters 86:364-367",
    "doi:10.1103/PhysRevLett.86.364",
    "inspired by",
    "multiplicative rule; written from memory, the paper was not read",
)
EXAMPLE = "Song et al. 2000 as in Brian2's example"
MEMORY = "Song et al. 2000, from memory"


def traces(pairing: str = "all-to-all") -> tuple[NeuronState, NeuronState]:
    """Spike traces of the presynaptic (potentiation) and of the postsynaptic neuron (depression).

    Parameters
    ----------
    pairing : {"all-to-all", "nearest"}
        Whether a spike adds one to the trace, or sets it to one, so that only the last spike is seen.
    """
    if pairing not in ("all-to-all", "nearest"):
        raise DeclarationError(f"STDP pairs spikes 'all-to-all' or 'nearest', not '{pairing}'.")
    on_spike = "+= 1" if pairing == "all-to-all" else "= 1"

    def trace(sign: str, whose: str, effect: str) -> NeuronState:
        tau = Parameter(f"tau_{sign}", "20 ms", f"time constant of {effect}", EXAMPLE)
        equation = f"dtrace_{sign}/dt = -trace_{sign}/tau_{sign} : 1"
        return NeuronState(
            f"trace_{sign}",
            equation,
            on_spike=f"trace_{sign} {on_spike}",
            parameters=(tau,),
            meaning=f"trace of {whose} spikes",
        )

    return trace("plus", "presynaptic", "potentiation"), trace("minus", "postsynaptic", "depression")


def stdp(pairing: str = "all-to-all", weight_dependence: str = "additive") -> Synapse:
    """Pair-based STDP: potentiation when pre precedes post, depression when post precedes pre.

    A pair ``t = t_post - t_pre`` changes ``w`` by ``A_plus*exp(-t/tau_plus)`` or
    ``-A_minus*exp(t/tau_minus)``, times ``w_max`` (additive), or times ``w_max - w`` and ``w``
    (multiplicative); ``w`` stays between 0 and ``w_max``.

    Parameters
    ----------
    pairing : {"all-to-all", "nearest"}
        Every earlier spike of the other neuron counts, or only its last.
    weight_dependence : {"additive", "multiplicative"}
    """
    factors = {"additive": ("w_max", "w_max"), "multiplicative": ("(w_max - w)", "w")}
    if weight_dependence not in factors:
        raise DeclarationError(
            f"STDP depends on the weight in an 'additive' or a 'multiplicative' way, not '{weight_dependence}'."
        )
    pre_trace, post_trace = traces(pairing)
    room, present = factors[weight_dependence]
    reference = SONG if weight_dependence == "additive" else RUBIN
    return Synapse(
        "stdp",
        mechanisms=(
            Mechanism(
                "potentiation",
                "a postsynaptic spike strengthens the inputs that fired before it",
                parameters=(Parameter("A_plus", 0.005, "potentiation of a pair without delay", MEMORY),),
                pre=(pre_trace,),
                on_post=f"w = clip(w + A_plus*{room}*trace_plus_pre*gate, 0, w_max)",
                references=(reference,),
            ),
            Mechanism(
                "depression",
                "a presynaptic spike weakens an input that fires after the neuron",
                parameters=(Parameter("A_minus", 0.00525, "depression of a pair, 1.05 A_plus", EXAMPLE),),
                post=(post_trace,),
                on_pre=f"w = clip(w - A_minus*{present}*trace_minus_post*gate, 0, w_max)",
                references=(reference,),
            ),
        ),
        states=(State("w", "w_max*rand()", "efficacy"),),
        parameters=(Parameter("w_max", 1.0, "largest efficacy", "ours: the unit of the efficacy"),),
        summary=f"pair-based STDP, {pairing}, {weight_dependence}",
        references=(reference,),
    )
