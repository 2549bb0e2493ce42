"""Fast and slow plasticity in concert: a rule that would run away, and what keeps it in place and remembers.

Zenke, Agnes, Gerstner 2015, "Diverse synaptic plasticity mechanisms orchestrated to form and retrieve memories in
spiking neural networks", Nature Communications 6:6922.

With traces ``z_fast`` (20 ms) and ``z_slow`` (100 ms) of earlier spikes, and a reference weight ``w_ref``:

    presynaptic spike:   w <- w - A z_fast_post + growth A
    postsynaptic spike:  w <- w + A z_fast_pre z_slow_post - beta (w - w_ref) z_fast_post^3
    tau_cons dw_ref/dt = w - w_ref + P (w_a - w_ref) (w_b - w_ref) (w_c - w_ref),   w_b = (w_a + w_c)/2

Equations and numbers were read in the authors' code (GitHub fzenke/pub2015orchestrated), from which nothing was
copied; the paper's text was not read. What deviates:

- The code's short-term plasticity of transmission, inhibitory plasticity and homeostasis of the rule are not here.
- The code moves ``w_ref`` once in 1.2 s; here it follows an equation.
- Changes of one spike are bounded one after the other, in the code their sum is.
- ``P`` has the value that the code's normalisation gives for ``w_a`` = 0 and ``w_c`` = 0.5.
"""

from __future__ import annotations

from synapses.language import Mechanism, NeuronState, Parameter, Reference, State, Synapse

ZENKE_2015 = Reference(
    "Zenke, Agnes, Gerstner 2015, Diverse synaptic plasticity mechanisms orchestrated to form and retrieve memories in "
    "spiking neural networks, Nature Communications 6:6922",
    "doi:10.1038/ncomms7922",
    what="plasticity of excitatory synapses, from the code of that paper",
)
CODE = "Zenke et al. 2015, code"

_FAST = Parameter("tau_fast", "20 ms", "decay of the fast traces", CODE)


def _trace(side: str) -> NeuronState:
    return NeuronState(
        "z_fast", "dz_fast/dt = -z_fast/tau_fast : 1", "z_fast += 1", (_FAST,), f"trace of earlier {side} spikes"
    )


def orchestrated() -> Synapse:
    """Triplet potentiation and doublet depression, held by a heterosynaptic term and a reference weight.

    Above a postsynaptic rate of ``1/tau_slow``, 10 Hz, potentiation wins over depression and drives the rate further
    up; below it depression wins. The heterosynaptic term, which grows with the fourth power of the rate, stops the
    one; growth with each presynaptic spike the other. The reference weight is bistable and keeps what lasts.
    """
    amplitude = Parameter("A", 1e-3, "amplitude of potentiation and depression", CODE)
    reference = (State("w_ref", "w_a", "reference weight", precision="double"),)
    lower = Parameter("w_a", 0.0, "reference weight of a synapse that learned nothing, stable", CODE)
    fast_post = _trace("postsynaptic")
    return Synapse(
        "orchestrated",
        mechanisms=(
            Mechanism(
                "transmitter-induced growth",
                "every presynaptic spike strengthens the synapse a little",
                parameters=(amplitude, Parameter("growth", 0.02, "growth of a spike, in units of A", CODE)),
                on_pre="w = clip(w + growth*A*gate, w_min, w_max)",
                off={"growth": 0.0},
                references=(ZENKE_2015,),
            ),
            Mechanism(
                "doublet depression",
                "a presynaptic spike after a postsynaptic one weakens the synapse",
                parameters=(amplitude,),
                post=(fast_post,),
                on_pre="w = clip(w - A*z_fast_post*gate, w_min, w_max)",
                references=(ZENKE_2015,),
            ),
            Mechanism(
                "heterosynaptic plasticity",
                "a burst of the neuron pulls all its synapses to their reference weights",
                parameters=(Parameter("beta", 0.05, "strength of the pull", CODE), lower),
                states=reference,
                post=(fast_post,),
                on_post="w = clip(w - beta*(w - w_ref)*z_fast_post**3*gate, w_min, w_max)",
                off={"beta": 0.0},
                references=(ZENKE_2015,),
            ),
            Mechanism(
                "triplet potentiation",
                "a postsynaptic spike strengthens inputs that fired before it, the more the neuron has fired",
                parameters=(amplitude,),
                pre=(_trace("presynaptic"),),
                post=(
                    NeuronState(
                        "z_slow",
                        "dz_slow/dt = -z_slow/tau_slow : 1",
                        "z_slow += 1",
                        (Parameter("tau_slow", "100 ms", "decay of the slow trace", CODE),),
                        "slow trace of earlier postsynaptic spikes",
                    ),
                ),
                on_post="w = clip(w + A*z_fast_pre*z_slow_post*gate, w_min, w_max)",
                references=(ZENKE_2015,),
            ),
            Mechanism(
                "consolidation",
                "the reference weight follows the weight, slowly, and stays at one of two values",
                parameters=(
                    lower,
                    Parameter("w_c", 0.5, "reference weight of a consolidated synapse, stable", CODE),
                    Parameter("P", 17.07, "depth of the two wells", CODE),
                    Parameter("tau_cons", "1200 second", "time constant of the reference weight", CODE),
                ),
                states=reference,
                equations="""
                    wells = (w_a - w_ref)*(0.5*(w_a + w_c) - w_ref)*(w_c - w_ref) : 1
                    dw_ref/dt = (w - w_ref + P*wells)/tau_cons : 1
                """,
                references=(ZENKE_2015,),
            ),
        ),
        states=(State("w", 0.1, "efficacy"),),
        parameters=(
            Parameter("w_min", 0.0, "smallest efficacy", CODE),
            Parameter("w_max", 5.0, "largest efficacy", CODE),
        ),
        longest_step="1 ms",
        longer_step="the fast traces of 20 ms decay in a few steps",
        summary="triplet rule with heterosynaptic plasticity, growth, and a bistable reference weight",
        references=(ZENKE_2015,),
    )
