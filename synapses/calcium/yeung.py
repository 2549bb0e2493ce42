"""Metaplasticity of the unified calcium model: activity removes NMDA receptors, which moves the threshold.

Yeung, Blais, Cooper, Shouval 2002, "Metaplasticity and the unified calcium model lead to input selectivity in spiking
neurons", Advances in Neural Information Processing Systems 15.

Of the paper extracted sentences were read: the fixed point of the conductance (eq. 1), the decay of calcium, the shares
of the receptors and the slow part of the action potential. The kinetics of the conductance, Omega, eta and the other
constants were read in the public code of a co-author (bblais/Plasticnet, nothing copied), which has metaplasticity
switched off. The rates of metaplasticity are ours, because the paper's digits were lost: three and six times those of a
third party's text on a model of this kind (Wu, "Mathematical models of hippocampal spatial memory", OpenStax CNX
m40978). So are the learning rate, the conductance of a synapse and that of its receptors at first.

What deviates: receptors and action potential are those of :mod:`synapses.calcium.shouval_bear_cooper`, with other
constants: a spike opens a share of all closed receptors (in the co-author's code of either kind for itself), and the
last action potential alone counts (there they add up). Bounds are applied when the synapse is next used. The midpoint
method with the network's time step.
"""

from __future__ import annotations

from synapses.calcium.shouval_bear_cooper import MIDPOINT, SHOUVAL, back_propagation, calcium, nmda_receptors
from synapses.language import Event, Mechanism, Parameter, Reference, State, Synapse

YEUNG = Reference(
    "Yeung, Blais, Cooper, Shouval 2002, Metaplasticity and the unified calcium model lead to input selectivity in "
    "spiking neurons, Advances in Neural Information Processing Systems 15",
    what="fixed point of the conductance (eq. 1) and some constants; kinetics as in a co-author's code",
)
EXTRACT = "Yeung et al. 2002, extracted sentences"
CODE = "bblais/Plasticnet, a co-author's code"
THIRD = "Wu, OpenStax CNX m40978"
#: uM/(ms mV) in base units.
_CONDUCTANCE = 1e6


def metaplasticity() -> Mechanism:
    """Receptors are inserted at a constant rate and removed the faster the more the spine is depolarized."""
    return Mechanism(
        "metaplasticity",
        "receptors are inserted at a constant rate, and removed the faster the more the spine is depolarized",
        parameters=(
            Parameter("g_t", -0.0045 * _CONDUCTANCE, "conductance with all receptors, uM/(s V)", CODE, "hertz/volt"),
            Parameter("k_plus", "0.24 Hz", "rate of insertion", f"ours; 0.08 Hz in {THIRD}"),
            Parameter("k_minus", "4.8e-3 Hz", "rate of removal at 1 mV of depolarization", f"ours; 8e-4 Hz in {THIRD}"),
            Parameter("alpha", 2.0, "exponent of the depolarization", CODE),
            Parameter("V_ref", "-65 mV", "potential without removal", CODE),
        ),
        equations="""
            removal = k_minus*(abs(V_spine - V_ref)/mV)**alpha : Hz
            dg_NMDA/dt = k_plus*g_t - (k_plus + removal)*g_NMDA : hertz/volt
        """,
        method=MIDPOINT,
        needs=("calcium",),
        references=(YEUNG,),
    )


def weight_change() -> Mechanism:
    """The weight falls with some calcium and grows with much, in proportion to calcium."""
    return Mechanism(
        "weight change",
        "some calcium depresses, much potentiates; the more calcium, the faster",
        parameters=(
            Parameter("theta_d", 0.25, "calcium of depression, uM", CODE),
            Parameter("theta_p", 0.4, "calcium of potentiation, uM", CODE),
            Parameter("beta_d", 60.0, "steepness at theta_d, 1/uM", CODE),
            Parameter("beta_p", 20.0, "steepness at theta_p, 1/uM", CODE),
            Parameter("A_d", 0.5, "depression over potentiation", CODE),
            Parameter("lam", 0.0, "decay of the weight, lambda", CODE),
            Parameter("eta_0", "1 Hz", "learning rate with 1 uM of calcium", "ours; 20 Hz in a co-author's code"),
        ),
        equations="""
            potentiated = 1/(1 + exp(-beta_p*(Ca - theta_p))) : 1
            depressed = 1/(1 + exp(-beta_d*(Ca - theta_d))) : 1
            dw/dt = eta_0*Ca*(potentiated - A_d*depressed - lam*w) : 1
        """,
        method=MIDPOINT,
        needs=("calcium",),
        references=(YEUNG,),
    )


def bounds() -> Mechanism:
    """Hard bounds of the weight."""
    return Mechanism(
        "bounds",
        "before it transmits, the weight is brought back to its bounds",
        parameters=(Parameter("w_max", 1.0, "largest weight", EXTRACT),),
        on_pre=Event("w = clip(w, 0, w_max)", stage=-1),
        references=(YEUNG,),
    )


def yeung() -> Synapse:
    """The unified calcium model with conductances of NMDA receptors that fall with the neuron's activity.

    The neuron has a membrane potential ``V`` in volts (``tacos.networks.populations.conductance_lif`` does).
    ``yeung().without("metaplasticity")`` keeps the conductance at its initial value.
    """
    return Synapse(
        "yeung",
        mechanisms=(
            nmda_receptors(0.7, 0.7, f"{EXTRACT}; share opened by a spike: {CODE}"),
            back_propagation("60 mV", "35 ms", "0 ms", f"{EXTRACT}; size and delay: {CODE}"),
            calcium("neuron", "20 ms", "g_NMDA", EXTRACT),
            metaplasticity(),
            weight_change(),
            bounds(),
        ),
        states=(
            State("w", "0.7 + 0.1*(rand() - 0.5)", "efficacy"),
            State("g_NMDA", "g_0", "conductance of the synapse's receptors, uM/(s V)", "hertz/volt"),
        ),
        parameters=(
            Parameter(
                "g_0",
                -0.0015 * _CONDUCTANCE,
                "conductance at first, and without metaplasticity",
                "ours; -0.0025 uM/(ms mV) in a co-author's code",
                "hertz/volt",
            ),
            Parameter("scale", 0.03, "what a weight of one transmits, as a conductance over that of the leak", "ours"),
        ),
        efficacy="scale*w",
        longest_step="0.5 ms",
        longer_step="the action potential of 3 ms is not resolved",
        summary="unified calcium model with metaplasticity of the NMDA receptors",
        references=(YEUNG, SHOUVAL),
    )


def fixed_conductance(model: Synapse, depolarization: float) -> float:
    """The conductance that metaplasticity leads to at a clamped potential (eq. 1), in uM/(s V).

    Parameters
    ----------
    model : Synapse
        With the mechanism ``metaplasticity``.
    depolarization : float
        Potential above ``V_ref``, in volts.
    """
    p = {name: parameter.value for name, parameter in model.all_parameters().items()}
    return float(p["g_t"] / (p["k_minus"] / p["k_plus"] * abs(depolarization * 1e3) ** p["alpha"] + 1))
