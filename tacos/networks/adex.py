"""Adaptive exponential integrate-and-fire cells."""

from __future__ import annotations

from typing import Any

from synapses.language import Parameter
from tacos.networks.populations import Population


def plateau_adex(name: str, size: int) -> Population:
    """Adaptive exponential cells whose spikes have a shape, for plasticity that reads the potential ``V``.

    ``V`` is at most ``V_spike``, where a spike keeps it for 2 ms; then it goes on from ``V_reset``, with an
    afterdepolarization and a threshold that jumps and decays. Receptor ``"current"``: a spike moves the potential by
    the efficacy in mV.

    Equations and constants: those of Clopath et al. 2010, doi:10.1038/nn.2479, as in the documentation and the defaults
    of NEST's ``aeif_psc_delta_clopath``; ``V_m`` is the potential without the shape of spikes, which is ours.
    """
    source = "Clopath et al. 2010, as in NEST's aeif_psc_delta_clopath"
    return Population(
        name,
        size,
        equations="""
            V = clip(V_m + 1*volt*int(refractory_steps > 0), -1*volt, V_spike) : volt
            flow = g_L*slope*exp(clip((V_m - V_T)/slope, -inf, 20)) - g_L*(V_m - E_L) : amp
            dV_m/dt = (flow - adaptation + afterdepolarization + I_e)/C_m : volt (unless refractory)
            dadaptation/dt = (a*(V_m - E_L) - adaptation)/tau_adaptation : amp
            dafterdepolarization/dt = -afterdepolarization/tau_z : amp
            dV_T/dt = (V_T_rest - V_T)/tau_V_T : volt
        """,
        threshold="V_m > V_peak",
        reset="V_m = V_reset\nadaptation += b\nafterdepolarization = I_spike\nV_T = V_T_spike",
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
        initial={"V_m": "E_L", "V_T": "V_T_rest"},
        refractory="2.1 ms",
        receptors={"current": "V_m += efficacy*mV"},
    )


def adaptive_exponential(
    name: str,
    size: int,
    capacitance: Any = "281 pF",
    leak: Any = "30 nS",
    rest: Any = "-70.6 mV",
    exponential_threshold: Any = "-50.4 mV",
    slope: Any = "2 mV",
    tau_adaptation: Any = "144 ms",
    coupling: Any = "4 nS",
    jump: Any = "0.0805 nA",
    peak: Any = "10 mV",
    top: Any = "20 mV",
    width: Any = "1 ms",
    tau_syn: Any = "1 ms",
    charge: Any = "281 pF*3*mV",
) -> Population:
    """Adaptive exponential integrate-and-fire neurons that show their spikes.

    Above ``peak`` the neuron fires: its potential ``V`` is at ``top`` for ``width``, then at rest, and its adaptation
    current grows by ``jump``. Voltage-based rules see the spike in ``V``; the equation is of ``V_m``, the potential
    without it. A presynaptic spike is a pulse of current of time constant ``tau_syn`` that carries the efficacy times
    ``charge``; with a time step of ``tau_syn`` it lasts one step. Constants: Clopath et al. 2008, code, in steps of
    1 ms. That code adds 0.0805, which it calls nA, to a current in pA: ``jump="0.0805 pA"`` is what it computes.
    """
    here = "Clopath et al. 2008, code"
    return Population(
        name,
        size,
        equations="""
            dI/dt = -I/tau_syn : 1
            flow = g_L*(E_L - V_m) + g_L*slope*exp((V_m - V_T)/slope) : amp
            dV_m/dt = (flow - adaptation + I*charge/tau_syn)/C : volt (unless refractory)
            dadaptation/dt = (coupling*(V_m - E_L) - adaptation)/tau_adaptation : amp
            dsilence/dt = 1 : second
            V = V_m + (V_top - V_m)*int(silence < spike_width - dt/2) : volt
        """,
        threshold="V_m > V_peak",
        reset="V_m = E_L\nadaptation += jump\nsilence = 0*second",
        parameters=(
            Parameter("C", capacitance, "capacitance", here),
            Parameter("g_L", leak, "leak conductance", here),
            Parameter("E_L", rest, "resting potential", here),
            Parameter("V_T", exponential_threshold, "potential at which the exponential takes over", here),
            Parameter("slope", slope, "slope of the exponential", here),
            Parameter("tau_adaptation", tau_adaptation, "decay of the adaptation current", here),
            Parameter("coupling", coupling, "adaptation to the potential", here),
            Parameter("jump", jump, "adaptation at a spike", here),
            Parameter("V_peak", peak, "potential that counts as a spike", here),
            Parameter("V_top", top, "potential during a spike", here),
            Parameter("spike_width", width, "time that a spike lasts", here),
            Parameter("tau_syn", tau_syn, "decay of the synaptic current", here),
            Parameter("charge", charge, "charge of an efficacy of one", here),
        ),
        initial={"V_m": "E_L", "silence": "1e3*second"},
        refractory=width,
        receptors={"current": "I += efficacy"},
    )
