"""A fast weight that decays, and a slow one that takes over what decays where it is worth keeping.

Leimer, Herzog, Senn 2019, "Synaptic weight decay with selective consolidation enables fast learning without
catastrophic forgetting", bioRxiv, doi:10.1101/613265.

    dw_f = learning - lambda_1 sign(V) x - lambda_2 w_f
    dw_s = lambda_2 w_f [V_mean > theta_V] [|w_f| > theta_w]

Equations were read in the authors' code (GitHub unibe-cns/twoWeightComponentModel), from which nothing was copied; its
parameters are given on its command line and were not found, so **all numbers here are ours**. What deviates: the code
has rates and one update a trial, and learns by reward in a winner-take-all layer. Here neurons spike, decay and
consolidation go on in time, ``x`` is a presynaptic spike, and pairs of spikes stand in for the learning.
"""

from __future__ import annotations

from synapses.language import Mechanism, NeuronState, Parameter, Reference, State, Synapse
from synapses.spike_timing.stdp import EXAMPLE, MEMORY, SONG, traces

LEIMER_2019 = Reference(
    "Leimer, Herzog, Senn 2019, Synaptic weight decay with selective consolidation enables fast learning without "
    "catastrophic forgetting, bioRxiv 613265",
    "doi:10.1101/613265",
    what="decay, penalty and consolidation of the code; in time instead of trials, with numbers of our own",
)


def two_component() -> Synapse:
    """Fast weight ``w`` and slow weight ``w_slow``, which are transmitted together.

    What the fast weight loses by decay the slow one gains, if the neuron was depolarized and the fast weight is large:
    then the sum stays. The neuron needs a potential ``V`` without unit, as :func:`tacos.networks.populations.lif` has.
    """
    pre_trace, post_trace = traces()
    fast = (State("w", 0.0, "fast weight", precision="double"),)
    rate = Parameter("lambda_2", "1/(100*second)", "rate at which the fast weight decays", "ours", "hertz")
    potential = NeuronState("V", meaning="membrane potential, without unit")
    return Synapse(
        "two_component",
        mechanisms=(
            Mechanism(
                "learning",
                "pairs of spikes change the fast weight",
                parameters=(
                    Parameter("A_plus", 0.005, "potentiation of a pair without delay", MEMORY),
                    Parameter("A_minus", 0.00525, "depression of a pair, 1.05 A_plus", EXAMPLE),
                ),
                states=fast,
                pre=(pre_trace,),
                post=(post_trace,),
                on_pre="w = w - A_minus*trace_minus_post*gate",
                on_post="w = w + A_plus*trace_plus_pre*gate",
                references=(SONG,),
            ),
            Mechanism(
                "penalty",
                "a presynaptic spike takes from the potential's sign",
                parameters=(Parameter("lambda_1", 1e-4, "loss of the fast weight at a presynaptic spike", "ours"),),
                states=fast,
                post=(potential,),
                on_pre="w = w - lambda_1*sign(V_post)*gate",
                off={"lambda_1": 0.0},
                references=(LEIMER_2019,),
            ),
            Mechanism(
                "decay",
                "the fast weight decays",
                parameters=(rate,),
                states=fast,
                equations="dw/dt = -lambda_2*w : 1",
                references=(LEIMER_2019,),
            ),
            Mechanism(
                "selective consolidation",
                "the slow weight takes over what decays, where the weight is large and the neuron was depolarized",
                parameters=(
                    rate,
                    Parameter("theta_w", 0.05, "fast weight that is worth keeping", "ours"),
                    Parameter("theta_V", 0.2, "mean potential above which weights are kept", "ours"),
                ),
                states=(*fast, State("w_slow", 0.0, "slow weight", precision="double")),
                post=(
                    potential,
                    NeuronState(
                        "V_mean",
                        "dV_mean/dt = (V - V_mean)/tau_V : 1",
                        parameters=(Parameter("tau_V", "10 second", "time constant of the mean potential", "ours"),),
                        meaning="mean potential",
                        persistent=True,
                    ),
                ),
                equations="dw_slow/dt = lambda_2*w*int(V_mean_post > theta_V)*int(abs(w) > theta_w) : 1",
                references=(LEIMER_2019,),
            ),
        ),
        states=(*fast, State("w_slow", 0.0, "slow weight", precision="double")),
        parameters=(Parameter("w_start", 0.2, "weight that is neither learned nor lost", "ours"),),
        efficacy="w_start + w + w_slow",
        longest_step="1 second",
        longer_step="decay and consolidation follow a forward step",
        summary="decaying fast weight, selectively consolidated into a slow one",
        references=(LEIMER_2019,),
    )
