"""Adaptive exponential integrate-and-fire cells."""

from __future__ import annotations

from synapses.language import Parameter
from tacos.networks.populations import Population


def plateau_adex(name: str, size: int) -> Population:
    """Adaptive exponential cells whose spikes have a shape, for plasticity that reads the potential ``V``.

    ``V`` is at most ``V_spike``, where a spike keeps it for 2 ms; then it goes on from ``V_reset``, with an
    afterdepolarization and a threshold that jumps and decays. Receptor ``"current"``: a spike moves the potential by
    the efficacy in mV.

    Equations and constants: those of Clopath et al. 2010, doi:10.1038/nn.2479, as in the documentation and the defaults
    of NEST's ``aeif_psc_delta_clopath``; ``U`` is the potential without the shape of spikes, which is ours.
    """
    source = "Clopath et al. 2010, as in NEST's aeif_psc_delta_clopath"
    return Population(
        name,
        size,
        equations="""
            V = clip(U + 1*volt*int(refractory_steps > 0), -1*volt, V_spike) : volt
            flow = g_L*slope*exp(clip((U - V_T)/slope, -inf, 20)) - g_L*(U - E_L) : amp
            dU/dt = (flow - adaptation + afterdepolarization + I_e)/C_m : volt (unless refractory)
            dadaptation/dt = (a*(U - E_L) - adaptation)/tau_adaptation : amp
            dafterdepolarization/dt = -afterdepolarization/tau_z : amp
            dV_T/dt = (V_T_rest - V_T)/tau_V_T : volt
        """,
        threshold="U > V_peak",
        reset="U = V_reset\nadaptation += b\nafterdepolarization = I_spike\nV_T = V_T_spike",
        parameters=(
            Parameter("C_m", "281 pF", "capacitance", source),
            Parameter("g_L", "30 nS", "leak conductance", source),
            Parameter("E_L", "-70.6 mV", "resting potential", source),
            Parameter("slope", "2 mV", "sharpness of the exponential", source),
            Parameter("a", "4 nS", "adaptation by the potential", source),
            Parameter("b", "80.5 pA", "adaptation by a spike", source),
            Parameter("tau_adaptation", "144 ms", "decay of adaptation", source),
            Parameter("I_spike", "400 pA", "afterdepolarization by a spike", source),
            Parameter("tau_z", "40 ms", "decay of afterdepolarization", source),
            Parameter("V_T_rest", "-50.4 mV", "threshold at rest", source),
            Parameter("V_T_spike", "30.4 mV", "threshold after a spike", source),
            Parameter("tau_V_T", "50 ms", "decay of the threshold", source),
            Parameter("V_spike", "33 mV", "potential during a spike", source),
            Parameter("V_peak", "33 mV", "potential at which it fires", source),
            Parameter("V_reset", "-60 mV", "potential after a spike", source),
            Parameter("I_e", "0 amp", "constant current", "ours", "amp"),
        ),
        initial={"U": "E_L", "V_T": "V_T_rest"},
        refractory="2.1 ms",
        receptors={"current": "U += efficacy*mV"},
    )
