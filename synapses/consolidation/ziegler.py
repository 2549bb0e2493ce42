"""Three bistable variables, each protected against what happens to the one before it.

Inspired by Ziegler, Zenke, Kastner, Gerstner 2015, "Synaptic Consolidation: From Synapses to Behavioral Modeling",
Journal of Neuroscience 35:1319-1334: plasticity changes the efficacy ``w``; a scaffold ``z`` is written and read by way
of a variable ``T`` that has to do with tags; tag and scaffold change only where a write protection is overcome.

Of the paper the abstract was read, its equations were not. **The form here is ours**, a chain of double wells:

    tau_w dw/dt = w - w^3 + a_w (T - w)
    tau_T dT/dt = T - T^3 + a_T open_T (w - T) + b_T (z - T)
    tau_z dz/dt = z - z^3 + a_z open_z (T - z)

``open_T`` is one while ``m_T``, the difference of ``w`` and ``T`` filtered with ``tau_m``, and the neuromodulator
``novelty`` are together above ``theta_T``; ``open_z`` likewise with the difference of ``T`` and ``z``. Pairs of spikes
move ``w``. All numbers are ours, chosen so that an efficacy without a tag and a tag without a scaffold fall back.
"""

from __future__ import annotations

from synapses.language import Mechanism, Modulator, Parameter, Reference, State, Synapse
from synapses.spike_timing.stdp import traces

ZIEGLER = Reference(
    "Ziegler, Zenke, Kastner, Gerstner 2015, Synaptic Consolidation: From Synapses to Behavioral Modeling, Journal of "
    "Neuroscience 35:1319-1334",
    relation="inspired by",
    what="three bistable variables with write protection; form and numbers are ours",
)

_NOVELTY = Modulator(
    "novelty",
    "dnovelty/dt = -novelty/tau_novelty : 1",
    source="novelty",
    on_source="novelty += 1/n_source",
    parameters=(Parameter("tau_novelty", "1200 second", "decay of the neuromodulator", "ours"),),
    meaning="neuromodulator that overcomes write protection",
)
_STATES = (
    State("w", -1.0, "efficacy variable, -1 or 1 at rest", precision="double"),
    State("T", -1.0, "tag-related variable, -1 or 1 at rest", precision="double"),
    State("z", -1.0, "scaffold, -1 or 1 at rest", precision="double"),
)
_FILTER = Parameter("tau_m", "600 second", "time constant of the filtered differences", "ours")


def ziegler() -> Synapse:
    """A chain of efficacy, tag and scaffold, with write protection between them.

    A stimulus turns ``w`` over. Without more it falls back within the hour. If it lasts, or with a neuromodulator, the
    tag follows; only with a neuromodulator the scaffold does, which then holds tag and efficacy for good.
    """
    pre_trace, post_trace = traces()
    return Synapse(
        "ziegler",
        mechanisms=(
            Mechanism(
                "induction",
                "pairs of spikes push the efficacy",
                parameters=(
                    Parameter("A_plus", 0.05, "push of a pair, pre before post", "ours"),
                    Parameter("A_minus", 0.05, "push of a pair, post before pre", "ours"),
                    Parameter("w_bound", 1.5, "largest magnitude that pairs push to", "ours"),
                ),
                states=_STATES,
                pre=(pre_trace,),
                post=(post_trace,),
                on_pre="w = clip(w - A_minus*trace_minus_post*gate, -w_bound, w_bound)",
                on_post="w = clip(w + A_plus*trace_plus_pre*gate, -w_bound, w_bound)",
                references=(ZIEGLER,),
            ),
            Mechanism(
                "efficacy",
                "bistable, and pulled towards the tag",
                parameters=(
                    Parameter("tau_w", "600 second", "time constant of the efficacy", "ours"),
                    Parameter("a_w", 0.5, "pull of the tag", "ours"),
                ),
                states=_STATES,
                equations="dw/dt = (w - w**3 + a_w*(T - w))/tau_w : 1",
                references=(ZIEGLER,),
            ),
            Mechanism(
                "tag",
                "bistable, pulled towards the scaffold, and towards the efficacy while its gate is open",
                parameters=(
                    _FILTER,
                    Parameter("tau_T", "600 second", "time constant of the tag", "ours"),
                    Parameter("a_T", 2.0, "pull of the efficacy while the gate is open", "ours"),
                    Parameter("b_T", 0.3, "pull of the scaffold", "ours"),
                    Parameter("theta_T", 1.4, "filtered difference and neuromodulator that open the gate", "ours"),
                ),
                states=(*_STATES, State("m_T", 0.0, "filtered difference of efficacy and tag", precision="double")),
                modulators=(_NOVELTY,),
                equations="""
                    open_T = int(m_T + novelty > theta_T) : 1
                    dm_T/dt = (abs(w - T) - m_T)/tau_m : 1
                    dT/dt = (T - T**3 + a_T*open_T*(w - T) + b_T*(z - T))/tau_T : 1
                """,
                references=(ZIEGLER,),
            ),
            Mechanism(
                "scaffold",
                "bistable, and pulled towards the tag while its gate is open",
                parameters=(
                    _FILTER,
                    Parameter("tau_z", "600 second", "time constant of the scaffold", "ours"),
                    Parameter("a_z", 2.0, "pull of the tag while the gate is open", "ours"),
                    Parameter("theta_z", 2.0, "filtered difference and neuromodulator that open the gate", "ours"),
                ),
                states=(*_STATES, State("m_z", 0.0, "filtered difference of tag and scaffold", precision="double")),
                modulators=(_NOVELTY,),
                equations="""
                    open_z = int(m_z + novelty > theta_z) : 1
                    dm_z/dt = (abs(T - z) - m_z)/tau_m : 1
                    dz/dt = (z - z**3 + a_z*open_z*(T - z))/tau_z : 1
                """,
                references=(ZIEGLER,),
            ),
        ),
        states=_STATES,
        parameters=(
            Parameter("w_0", 1.0, "efficacy half way between the wells", "ours: the unit"),
            Parameter("swing", 0.5, "share of it by which a well is above or below", "ours"),
        ),
        efficacy="w_0*(1 + swing*w)",
        longest_step="5 second",
        longer_step="efficacy, tag and scaffold, of time constants of minutes, follow a forward step",
        summary="write-protected chain of efficacy, tag and scaffold (form ours)",
        references=(ZIEGLER,),
    )
