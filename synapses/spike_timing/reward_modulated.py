"""Spike-timing-dependent plasticity that waits for a reward.

Izhikevich 2007, "Solving the distal reward problem through linkage of STDP and dopamine signaling", Cerebral Cortex
17:2443-2452, doi:10.1093/cercor/bhl152.

    dc/dt = -c/tau_c + STDP(t_post - t_pre) at every spike        eligibility trace
    dw/dt = c (d - baseline)
    dd/dt = -d/tau_d + releases                                   dopamine, one for all synapses

The paper's text was not read: equations and constants were read in the documentation and defaults of NEST's
``stdp_dopamine_synapse``, which says that it follows the paper.

What deviates: a weight stops at the bounds, in the step in which it reaches one, overshooting by less than that step's
change, and ``clip(w, 0, w_max)`` is transmitted; all traces are forward Euler where their population is; a release is
divided by the number of neurons of the source, so that a spike of each of them is one release.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from synapses.language import Mechanism, Modulator, NeuronState, Parameter, Reference, State, Synapse
from synapses.spike_timing.stdp import traces

IZHIKEVICH = Reference(
    "Izhikevich 2007, Solving the distal reward problem through linkage of STDP and dopamine signaling, Cerebral "
    "Cortex 17:2443-2452",
    "doi:10.1093/cercor/bhl152",
    what="equations and constants as in NEST's stdp_dopamine_synapse; the paper was not read",
)
NEST = "Izhikevich 2007, as in NEST's defaults of stdp_dopamine_synapse"


def dopamine(tau: Any = "200 ms") -> Modulator:
    """Dopamine: jumps at spikes of the signal ``"reward"`` and decays; the integral of a release is one."""
    return Modulator(
        "dopamine",
        "ddopamine/dt = -dopamine/tau_dopamine : hertz",
        source="reward",
        on_source="dopamine += 1/(n_source*tau_dopamine)",
        parameters=(Parameter("tau_dopamine", tau, "clearance of dopamine", NEST),),
        meaning="concentration of dopamine, as the rate at which it turns eligibility into weight",
    )


def reward_modulated(pairing: str = "all-to-all") -> Synapse:
    """STDP that marks a synapse for a second; dopamine that comes meanwhile changes the weight.

    A network says whose spikes are the reward: ``signals={"reward": ["critic"]}``.

    Parameters
    ----------
    pairing : {"all-to-all", "nearest"}
        Of the spikes that mark a synapse.
    """
    pre_trace, post_trace = (_as_in_nest(trace) for trace in traces(pairing))
    return Synapse(
        "reward_modulated",
        mechanisms=(
            Mechanism(
                "potentiation",
                "a postsynaptic spike marks inputs that fired before it for potentiation",
                parameters=(Parameter("A_plus", 1.0, "mark of a pair, pre before post", NEST),),
                pre=(pre_trace,),
                on_post="c = c + A_plus*trace_plus_pre",
                needs=("reward",),
                references=(IZHIKEVICH,),
            ),
            Mechanism(
                "depression",
                "a presynaptic spike marks its synapse for depression if the cell fired before",
                parameters=(Parameter("A_minus", 1.5, "mark of a pair, post before pre", NEST),),
                post=(post_trace,),
                on_pre="c = c - A_minus*trace_minus_post",
                needs=("reward",),
                references=(IZHIKEVICH,),
            ),
            Mechanism(
                "reward",
                "the mark fades; dopamine above its baseline turns it into weight",
                parameters=(
                    Parameter("tau_c", "1 s", "decay of the eligibility trace", NEST),
                    Parameter("baseline", "0 Hz", "dopamine at which nothing changes", NEST),
                ),
                states=(State("c", 0.0, "eligibility trace"),),
                modulators=(dopamine(),),
                equations="""
                    dc/dt = -c/tau_c : 1
                    change = c*(dopamine - baseline)*gate : hertz
                    dw/dt = change*int((change > 0*Hz and w < w_max) or (change < 0*Hz and w > 0)) : 1
                """,
                references=(IZHIKEVICH,),
            ),
        ),
        states=(State("w", 1.0, "efficacy"),),
        parameters=(Parameter("w_max", 200.0, "largest efficacy", NEST),),
        efficacy="clip(w, 0, w_max)",
        summary=f"reward-modulated STDP with an eligibility trace, {pairing}",
        references=(IZHIKEVICH,),
    )


def _as_in_nest(trace: NeuronState) -> NeuronState:
    return replace(trace, parameters=tuple(replace(p, source=NEST) for p in trace.parameters))
