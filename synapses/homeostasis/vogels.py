"""Inhibitory plasticity that balances a cell at a target rate.

Vogels, Sprekeler, Zenke, Clopath, Gerstner 2011, "Inhibitory plasticity balances excitation and inhibition in sensory
pathways and memory networks", Science 334:1569-1573, doi:10.1126/science.1211095.

    presynaptic spike    w -> w + eta (x_post - alpha),   alpha = 2 rho_0 tau
    postsynaptic spike   w -> w + eta x_pre

with spike traces ``x`` of time constant ``tau``: coincidence strengthens in either order, a presynaptic spike alone
weakens, and both cancel where the cell fires at ``rho_0``. The paper's text was not read: the rule was read in the
documentation of NEST's ``vogels_sprekeler_synapse``, and constants in Zenke's example for Brian, which reproduces it.

What deviates: ``w`` stays between 0 and ``w_max``; it is a magnitude, so project with ``sign="inhibitory"`` or onto an
inhibitory receptor; traces follow the integrator of their population; spikes in one step do not see each other,
which raises the rate at which nothing changes by dt/(2 tau), 2.5 % with steps of 1 ms.
"""

from __future__ import annotations

from typing import Any

from synapses.language import DeclarationError, Mechanism, NeuronState, Parameter, Reference, State, Synapse

VOGELS = Reference(
    "Vogels, Sprekeler, Zenke, Clopath, Gerstner 2011, Inhibitory plasticity balances excitation and inhibition in "
    "sensory pathways and memory networks, Science 334:1569-1573",
    "doi:10.1126/science.1211095",
    what="the rule as in NEST's documentation, constants as in Zenke's example for Brian; the paper was not read",
)
EXAMPLE = "Vogels et al. 2011, as in Zenke's example for Brian"


def vogels(target: Any = "3 Hz", tau: Any = "20 ms") -> Synapse:
    """An inhibitory synapse that brings its cell to a target rate.

    Parameters
    ----------
    target : quantity or str
        Rate at which nothing changes on average.
    tau : quantity or str
        Time constant of the window, the same in both directions.

    Raises
    ------
    DeclarationError
        If the target is no rate above zero.
    """
    rate = Parameter("target", target, unit="hertz").value
    if not rate > 0:
        raise DeclarationError(f"A target rate is above zero, such as '3 Hz', not {rate:g} Hz.")
    window = Parameter("tau_window", tau, "time constant of the window", EXAMPLE)

    def trace(whose: str) -> NeuronState:
        meaning = f"trace of {whose} spikes"
        return NeuronState(
            "coincidence_trace", "dcoincidence_trace/dt = -coincidence_trace/tau_window : 1", "coincidence_trace += 1",
            (window,), meaning,
        )  # fmt: skip

    eta = Parameter("eta", 0.01, "learning rate", EXAMPLE)
    return Synapse(
        "vogels",
        mechanisms=(
            Mechanism(
                "coincidence",
                "spikes of both neurons within the window strengthen the synapse, in whatever order",
                pre=(trace("presynaptic"),),
                post=(trace("postsynaptic"),),
                on_pre="w = clip(w + eta*coincidence_trace_post*gate, 0, w_max)",
                on_post="w = clip(w + eta*coincidence_trace_pre*gate, 0, w_max)",
                references=(VOGELS,),
            ),
            Mechanism(
                "depression",
                "every presynaptic spike weakens the synapse by the same amount",
                parameters=(
                    Parameter(
                        "alpha", 2 * rate * window.value, "depression by a spike in units of eta: 2 target tau", EXAMPLE
                    ),
                ),
                on_pre="w = clip(w - eta*alpha*gate, 0, w_max)",
                references=(VOGELS,),
            ),
        ),
        states=(State("w", 0.0, "magnitude of the inhibitory efficacy"),),
        parameters=(eta, Parameter("w_max", 10.0, "largest efficacy", "ours")),
        summary=f"inhibitory plasticity with a target of {rate:g} Hz",
        references=(VOGELS,),
    )
