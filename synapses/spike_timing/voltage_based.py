"""Plasticity that depends on the postsynaptic potential.

Clopath, Büsing, Vasilaki, Gerstner 2010, "Connectivity reflects coding: a model of voltage-based STDP with
homeostasis", Nature Neuroscience 13:344-352, doi:10.1038/nn.2479.

    presynaptic spike   w -> w - A_LTD [u_minus - theta_minus]+
    at every moment     dw/dt = A_LTP x [V - theta_plus]+ [u_plus - theta_minus]+

with ``u_minus``, ``u_plus`` the potential low-passed over two times, ``x`` the presynaptic spikes low-passed, and ``[
]+`` zero for what is negative. With homeostasis ``A_LTD`` is multiplied by the mean square of the depolarization over
a second, in units of ``u_ref_square``. The paper's text was not read: equations and constants were read in the
documentation and defaults of NEST's ``clopath_synapse`` and ``aeif_psc_delta_clopath``; the mean *square* is that of
a replica of the authors' code (its mean is NEST's form).

What deviates: potentials are kept as depolarizations from ``E_rest``, so that a cell at rest has filters at rest;
potentiation stops in the step in which ``w`` reaches ``w_max``, overshooting by less than that step's change, and
``clip(w, 0, w_max)`` is transmitted; NEST delays the filtered potentials by 5 ms, here they are those of the moment.

The neuron must have a potential ``V`` in volts whose spikes have a shape, since it is during spikes that ``V`` is above
``theta_plus``: ``tacos.networks.adex.plateau_adex`` is the cell of the paper.
"""

from __future__ import annotations

from synapses.language import Event, Mechanism, NeuronState, Parameter, Reference, State, Synapse

CLOPATH = Reference(
    "Clopath, Büsing, Vasilaki, Gerstner 2010, Connectivity reflects coding: a model of voltage-based STDP with "
    "homeostasis, Nature Neuroscience 13:344-352",
    "doi:10.1038/nn.2479",
    what="equations and constants as in NEST's clopath_synapse and aeif_psc_delta_clopath; the paper was not read",
)
NEST = "Clopath et al. 2010, as in NEST's defaults of aeif_psc_delta_clopath"
MEMORY = "Clopath et al. 2010, from memory"

_REST = Parameter("E_rest", "-70.6 mV", "resting potential, from which depolarizations are counted", NEST)
_V = NeuronState("V", meaning="membrane potential, with the shape of its spikes", unit="volt")
_DEPOLARIZATION = NeuronState(
    "depolarization", "depolarization = V - E_rest : volt", parameters=(_REST,), meaning="V above rest", unit="volt"
)


def _low_passed(name: str, tau: str, meaning: str) -> NeuronState:
    constant = Parameter(f"tau_{name}", tau, f"time constant of {name}", NEST)
    equation = f"d{name}/dt = (depolarization - {name})/tau_{name} : volt"
    return NeuronState(name, equation, parameters=(constant,), meaning=meaning, unit="volt")


def homeostasis() -> Mechanism:
    """Depression in proportion to the mean square of the cell's depolarization."""
    square = NeuronState(
        "u_square", "du_square/dt = (clip(depolarization, 0*volt, inf*volt)**2 - u_square)/tau_u_square : volt**2",
        parameters=(Parameter("tau_u_square", "1 s", "time over which the square is averaged", MEMORY),),
        meaning="mean square of the depolarization", unit="volt**2",
    )  # fmt: skip
    return Mechanism(
        "homeostasis",
        "the more depolarized a cell has been for a second, the stronger is depression",
        parameters=(Parameter("u_ref_square", "60 mV**2", "mean square at which depression is as without", NEST),),
        states=(State("depression_factor", 1.0, "factor on depression"),),
        post=(_V, _DEPOLARIZATION, square),
        on_pre=Event("depression_factor = u_square_post/u_ref_square", stage=-1),
        references=(CLOPATH,),
    )


def voltage_based(homeostatic: bool = False) -> Synapse:
    """Depression by presynaptic spikes onto a depolarized cell, potentiation by those shortly before its own spikes.

    Parameters
    ----------
    homeostatic : bool
        With the mechanism :func:`homeostasis`; without it the amplitude of depression is constant.
    """
    x = NeuronState(
        "x_trace", "dx_trace/dt = -x_trace/tau_x : hertz", "x_trace += 1/tau_x",
        (Parameter("tau_x", "15 ms", "time constant of x", "Clopath et al. 2010, as in NEST's clopath_synapse"),),
        "low-passed presynaptic spikes", "hertz",
    )  # fmt: skip
    low = Parameter("theta_minus", "0 mV", "depolarization above which filtered potentials count", NEST)
    depression = Mechanism(
        "depression",
        "a presynaptic spike onto a cell that has been depolarized weakens the synapse",
        parameters=(Parameter("A_LTD", "0.14 volt**-1", "amplitude of depression: 14e-5 per mV", NEST), low),
        states=(State("depression_factor", 1.0, "factor on depression"),),
        post=(_V, _DEPOLARIZATION, _low_passed("u_minus", "10 ms", "depolarization, low-passed for depression")),
        on_pre="""
            depolarized = clip(u_minus_post - theta_minus, 0*volt, inf*volt)
            w = clip(w - A_LTD*depression_factor*depolarized*gate, 0, w_max)
        """,
        references=(CLOPATH,),
    )
    potentiation = Mechanism(
        "potentiation",
        "an input that fired shortly before the cell, which has been depolarized, fires is strengthened",
        parameters=(
            Parameter("A_LTP", "80 volt**-2", "amplitude of potentiation: 8e-5 per mV squared", NEST),
            Parameter("theta_plus", "25.3 mV", "depolarization above which the potential counts: -45.3 mV", NEST),
            low,
        ),
        pre=(x,),
        post=(_V, _DEPOLARIZATION, _low_passed("u_plus", "7 ms", "depolarization, low-passed for potentiation")),
        equations="""
            above = clip(depolarization_post - theta_plus, 0*volt, inf*volt) : volt
            before = clip(u_plus_post - theta_minus, 0*volt, inf*volt) : volt
            dw/dt = A_LTP*x_trace_pre*above*before*int(w < w_max)*gate : 1
        """,
        references=(CLOPATH,),
    )
    return Synapse(
        "voltage_based",
        mechanisms=((homeostasis(),) if homeostatic else ()) + (depression, potentiation),
        states=(State("w", 0.5, "efficacy"),),
        parameters=(Parameter("w_max", 1.0, "largest efficacy", "ours: the unit of the efficacy"),),
        efficacy="clip(w, 0, w_max)",
        longest_step="0.2 ms",
        longer_step="spikes, during which most of the potentiation happens, last for a few steps only",
        summary="plasticity that depends on the postsynaptic potential",
        references=(CLOPATH,),
    )
