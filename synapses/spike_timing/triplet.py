"""Triplet spike-timing-dependent plasticity.

Pfister, Gerstner 2006, "Triplets of spikes in a model of spike timing-dependent plasticity", Journal of Neuroscience
26:9673-9682, doi:10.1523/JNEUROSCI.1425-06.2006.

    presynaptic spike    w -> w - o_1(t) (A2_minus + A3_minus r_2(t-))
    postsynaptic spike   w -> w + r_1(t) (A2_plus + A3_plus o_2(t-))

with traces ``r_1, r_2`` of the presynaptic and ``o_1, o_2`` of the postsynaptic spikes; ``t-`` is the moment before the
spike itself counts. The paper's text was not read. The equations were read in the documentation of NEST's
``stdp_triplet_synapse``; where the numbers were read is said by each set (:data:`PARAMETER_SETS`).

What deviates: weights stay between 0 and ``w_max``, which the paper does not need; traces follow the integrator of
their population, forward Euler unless it says ``method="exact"``; two spikes in one time step do not see each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from synapses.language import DeclarationError, Mechanism, NeuronState, Parameter, Reference, State, Synapse

PFISTER = Reference(
    "Pfister, Gerstner 2006, Triplets of spikes in a model of spike timing-dependent plasticity, Journal of "
    "Neuroscience 26:9673-9682",
    "doi:10.1523/JNEUROSCI.1425-06.2006",
    what="equations as in NEST's documentation of stdp_triplet_synapse; the paper was not read",
)


@dataclass(frozen=True)
class TripletSet:
    """Constants of a fit, amplitudes without unit and time constants in milliseconds, and where they were read."""

    A2_plus: float
    A3_plus: float
    A2_minus: float
    A3_minus: float
    tau_x: float
    tau_y: float
    source: str


_NEST = "Pfister & Gerstner 2006, as in NEST's defaults of stdp_triplet_synapse"
_THIRD = "Pfister & Gerstner 2006, as quoted by a third party's program; the paper was not read"
_MEMORY = "Pfister & Gerstner 2006, amplitudes from memory"

#: Fits by preparation, pairing and number of terms; ``tau_x`` of minimal sets multiplies a zero.
PARAMETER_SETS: dict[tuple[str, str, str], TripletSet] = {
    ("visual cortex", "all-to-all", "full"): TripletSet(5e-10, 6.2e-3, 7e-3, 2.3e-4, 101, 125, _NEST),
    ("visual cortex", "all-to-all", "minimal"): TripletSet(0, 6.5e-3, 7.1e-3, 0, 101, 114, _THIRD),
    ("visual cortex", "nearest", "full"): TripletSet(8.8e-11, 5.3e-2, 6.6e-3, 3.1e-3, 714, 40, _MEMORY),
    ("visual cortex", "nearest", "minimal"): TripletSet(0, 5e-2, 8e-3, 0, 714, 40, _MEMORY),
    ("hippocampus", "all-to-all", "full"): TripletSet(6.1e-3, 6.7e-3, 1.6e-3, 1.4e-3, 946, 27, _THIRD),
    ("hippocampus", "all-to-all", "minimal"): TripletSet(5.3e-3, 8e-3, 3.5e-3, 0, 946, 40, _THIRD),
    ("hippocampus", "nearest", "full"): TripletSet(4.6e-3, 9.1e-3, 3e-3, 7.5e-9, 575, 47, _THIRD),
    ("hippocampus", "nearest", "minimal"): TripletSet(4.6e-3, 9.1e-3, 3e-3, 0, 575, 48, _MEMORY),
}
_TERMS = ("full", "minimal")


def triplet(preparation: str = "visual cortex", pairing: str = "all-to-all", terms: str = "full") -> Synapse:
    """Triplet STDP: potentiation grows with earlier postsynaptic spikes, depression with earlier presynaptic ones.

    Parameters
    ----------
    preparation : {"visual cortex", "hippocampus"}
        Whose data the constants were fitted to.
    pairing : {"all-to-all", "nearest"}
        Whether a spike adds one to its traces, or sets them to one. The constants were fitted for each.
    terms : {"full", "minimal"}
        All four terms, or those that the data need. A term that is zero in a minimal set can be switched on again with
        ``with_parameters``.

    Raises
    ------
    DeclarationError
        If there is no such set.
    """
    key = (preparation, pairing, terms)
    if key not in PARAMETER_SETS:
        there = "; ".join(sorted({f"'{k[0]}', '{k[1]}'" for k in PARAMETER_SETS}))
        raise DeclarationError(
            f"The triplet rule has no constants for '{preparation}', '{pairing}', '{terms}'; there are {there}, each "
            f"'{_TERMS[0]}' and '{_TERMS[1]}'."
        )
    values = PARAMETER_SETS[key]
    on_spike = "+= 1" if pairing == "all-to-all" else "= 1"

    def trace(name: str, tau: Parameter, whose: str) -> NeuronState:
        return NeuronState(
            name, f"d{name}/dt = -{name}/{tau.name} : 1", f"{name} {on_spike}", (tau,), f"trace of {whose} spikes"
        )

    def tau(name: str, milliseconds: float, meaning: str, source: str = values.source) -> Parameter:
        return Parameter(name, f"{milliseconds:g} ms", meaning, source)

    def amplitude(name: str, meaning: str) -> Parameter:
        return Parameter(name, float(getattr(values, name)), meaning, values.source)

    r_1 = trace("r_1", tau("tau_r_1", 16.8, "decay of the fast presynaptic trace (tau_plus)", _NEST), "presynaptic")
    r_2 = trace("r_2", tau("tau_r_2", values.tau_x, "decay of the slow presynaptic trace (tau_x)"), "presynaptic")
    o_1 = trace("o_1", tau("tau_o_1", 33.7, "decay of the fast postsynaptic trace (tau_minus)", _NEST), "postsynaptic")
    o_2 = trace("o_2", tau("tau_o_2", values.tau_y, "decay of the slow postsynaptic trace (tau_y)"), "postsynaptic")
    return Synapse(
        "triplet",
        mechanisms=(
            Mechanism(
                "potentiation",
                "a postsynaptic spike strengthens inputs that fired before it, the more so the more the cell has fired",
                parameters=(
                    amplitude("A2_plus", "potentiation of a pair"),
                    amplitude("A3_plus", "potentiation of a triplet post-pre-post"),
                ),
                pre=(r_1,),
                post=(o_2,),
                on_post="w = clip(w + r_1_pre*(A2_plus + A3_plus*o_2_post)*gate, 0, w_max)",
                references=(PFISTER,),
            ),
            Mechanism(
                "depression",
                "a presynaptic spike weakens an input that fires after the cell, the more so the more it has fired",
                parameters=(
                    amplitude("A2_minus", "depression of a pair"),
                    amplitude("A3_minus", "depression of a triplet pre-post-pre"),
                ),
                pre=(r_2,),
                post=(o_1,),
                on_pre="w = clip(w - o_1_post*(A2_minus + A3_minus*r_2_pre)*gate, 0, w_max)",
                references=(PFISTER,),
            ),
        ),
        states=(State("w", "w_max*rand()", "efficacy"),),
        parameters=(Parameter("w_max", 1.0, "largest efficacy", "ours: the unit of the efficacy"),),
        summary=f"triplet STDP, {preparation}, {pairing}, {terms}",
        references=(PFISTER,),
    )
