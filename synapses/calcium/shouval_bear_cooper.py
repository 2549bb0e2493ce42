"""The unified calcium model: calcium through NMDA receptors decides how the weight changes.

Shouval, Bear, Cooper 2002, "A unified model of NMDA receptor-dependent bidirectional synaptic plasticity", PNAS
99:10831-10836, doi:10.1073/pnas.152343099.

The paper's text was not read. Equations and constants are those of a third party's replication (folmez/CaDP-MatLab,
read, nothing copied), which corrects two printed typos: in eta P_2 = P_1*1e-4, in Omega the third coefficient is -0.25.
As there, a presynaptic spike opens half of the receptors that are closed, and the spine sees only the last
back-propagating action potential. The replication reports shapes and zero crossings of the paper's curves, with other
amplitudes in the spike-timing curve; so does this model.

What deviates: the midpoint method with the network's time step, and events at its steps. The fast part of the action
potential lasts 3 ms, so that steps above 0.25 ms change the curves; a network with a longer one warns.
"""

from __future__ import annotations

from synapses.language import DeclarationError, Event, Mechanism, NeuronState, Parameter, Reference, State, Synapse

SHOUVAL = Reference(
    "Shouval, Bear, Cooper 2002, A unified model of NMDA receptor-dependent bidirectional synaptic plasticity, PNAS "
    "99:10831-10836",
    "doi:10.1073/pnas.152343099",
    what="equations and constants as in a third party's replication; the paper's text was not read",
)
REPLICATION = "Shouval et al. 2002 as in folmez/CaDP-MatLab"

#: What depolarizes the spine; zero where the mechanism that does so was taken out.
_BAP = (
    State("bap_fast", 0.0, "fast part of the back-propagating action potential", "volt"),
    State("bap_slow", 0.0, "its slow part", "volt"),
)
_EPSP = (
    State("epsp_slow", 0.0, "decaying part of the postsynaptic potential", "volt"),
    State("epsp_fast", 0.0, "its rising part, which is subtracted", "volt"),
)
MIDPOINT = "rk2"


def nmda_receptors(share: float = 0.5, fast: float = 0.5, source: str = REPLICATION) -> Mechanism:
    """A share of the closed receptors opens at a presynaptic spike; a part of them closes fast, the others slowly."""
    return Mechanism(
        "NMDA receptors",
        "a presynaptic spike opens a share of the closed receptors, which close with two time constants",
        parameters=(
            Parameter("P_0", share, "share of the closed receptors that a spike opens", source),
            Parameter("I_f", fast, "share of these that closes fast", source),
            Parameter("tau_f", "50 ms", "fast closing", source),
            Parameter("tau_s", "200 ms", "slow closing", source),
        ),
        states=(
            State("open_fast", 0.0, "share of receptors that are open and close fast"),
            State("open_slow", 0.0, "share of receptors that are open and close slowly"),
        ),
        equations="dopen_fast/dt = -open_fast/tau_f : 1\ndopen_slow/dt = -open_slow/tau_s : 1",
        method=MIDPOINT,
        on_pre="""
            closed = 1 - open_fast - open_slow
            open_fast = open_fast + P_0*I_f*closed
            open_slow = open_slow + P_0*(1 - I_f)*closed
        """,
        plastic=False,
        references=(SHOUVAL,),
    )


def back_propagation(
    size: str = "100 mV", slow: str = "25 ms", delay: str = "2 ms", source: str = REPLICATION
) -> Mechanism:
    """The postsynaptic spike as the spine sees it: its size, the decay of its slow part, and its delay."""
    return Mechanism(
        "back-propagating action potential",
        "a postsynaptic spike depolarizes the spine after a delay; the last spike alone counts",
        parameters=(
            Parameter("bap_size", size, "size of the back-propagating action potential", source),
            Parameter("bap_share", 0.75, "share of its fast part", source),
            Parameter("tau_bap_fast", "3 ms", "decay of its fast part", source),
            Parameter("tau_bap_slow", slow, "decay of its slow part", source),
            Parameter("D_bap", delay, "delay with which it reaches the spine", source),
        ),
        states=_BAP,
        equations="""
            dbap_fast/dt = -bap_fast/tau_bap_fast : volt
            dbap_slow/dt = -bap_slow/tau_bap_slow : volt
        """,
        method=MIDPOINT,
        on_post=Event("bap_fast = bap_size*bap_share\nbap_slow = bap_size*(1 - bap_share)", delay="D_bap"),
        plastic=False,
        references=(SHOUVAL,),
    )


def postsynaptic_potential() -> Mechanism:
    """The depolarization by the synapse's own input, or by all inputs that are active with it."""
    return Mechanism(
        "postsynaptic potential",
        "a presynaptic spike depolarizes the spine; potentials add up",
        parameters=(
            Parameter("epsp_size", "1 mV", "peak of one potential; 10 mV for many inputs at once", REPLICATION),
            Parameter("epsp_norm", 0.6968, "peak of the difference of the two exponentials", REPLICATION),
            Parameter("tau_epsp_slow", "50 ms", "decay", REPLICATION),
            Parameter("tau_epsp_fast", "5 ms", "rise", REPLICATION),
        ),
        states=_EPSP,
        equations="""
            depsp_slow/dt = -epsp_slow/tau_epsp_slow : volt
            depsp_fast/dt = -epsp_fast/tau_epsp_fast : volt
        """,
        method=MIDPOINT,
        on_pre="epsp_slow = epsp_slow + epsp_size/epsp_norm\nepsp_fast = epsp_fast + epsp_size/epsp_norm",
        plastic=False,
        references=(SHOUVAL,),
    )


def calcium(
    potential: str = "spine", decay: str = "50 ms", conductance: str = "", source: str = REPLICATION
) -> Mechanism:
    """Calcium through open receptors, as far as the potential frees them of magnesium.

    Parameters
    ----------
    potential : {"spine", "neuron"}
        See :func:`shouval_bear_cooper`.
    decay : str
        Time constant of calcium.
    conductance : str
        The state of the model that is the conductance of a synapse's receptors; empty for one constant of all.
    source : str
        Of the decay of calcium.
    """
    spine = potential == "spine"
    own = "V_0 + epsp_slow - epsp_fast" if spine else "V_post"
    some = [Parameter("V_0", "-65 mV", "resting or clamped potential", REPLICATION)] if spine else []
    if not conductance:
        meaning = "conductance of all receptors, uM/(s V)"
        some += [Parameter("G_NMDA", -1 / 500 * 1e6, meaning, REPLICATION, "hertz/volt")]
    return Mechanism(
        "calcium",
        "flows in through open receptors, as far as the potential frees them of magnesium, and decays",
        parameters=(
            *some,
            Parameter("V_r", "130 mV", "reversal potential of calcium", REPLICATION),
            Parameter("Mg", 1.0, "magnesium, mM", REPLICATION),
            Parameter("Mg_half", 3.57, "magnesium that blocks half of the receptors at 0 mV, mM", REPLICATION),
            Parameter("V_Mg", 1e-3 / 0.062, "potential that frees e times as many", REPLICATION, "volt"),
            Parameter("tau_Ca", decay, "decay of calcium", source),
        ),
        states=(
            State("Ca", 0.0, "calcium above rest, uM"),
            *_BAP,
            *(_EPSP if spine else ()),
        ),
        post=() if spine else (NeuronState("V", meaning="membrane potential", unit="volt"),),
        equations=f"""
            V_spine = {own} + bap_fast + bap_slow : volt
            H = (V_spine - V_r)/(1 + exp(-V_spine/V_Mg)*Mg/Mg_half) : volt
            I_NMDA = {conductance or "G_NMDA"}*(open_fast + open_slow)*H : Hz
            dCa/dt = I_NMDA - Ca/tau_Ca : 1
        """,
        method=MIDPOINT,
        plastic=False,
        needs=("NMDA receptors",),
        references=(SHOUVAL,),
    )


def weight_change() -> Mechanism:
    """The weight relaxes to a value and with a rate that calcium sets."""
    return Mechanism(
        "weight change",
        "the weight goes to Omega(Ca): depressed by some calcium, potentiated by much; the more calcium, the faster",
        parameters=(
            Parameter("theta_d", 0.35, "calcium of depression, uM", REPLICATION),
            Parameter("theta_p", 0.55, "calcium of potentiation, uM", REPLICATION),
            Parameter("beta_d", 80.0, "steepness at theta_d, 1/uM", REPLICATION),
            Parameter("beta_p", 80.0, "steepness at theta_p, 1/uM", REPLICATION),
            Parameter("w_rest", 0.25, "Omega without calcium, and what depression takes away", REPLICATION),
            Parameter("lam", 1.0, "decay of the weight, lambda", REPLICATION),
            Parameter("P_1", "0.1 second", "learning time, numerator", REPLICATION),
            Parameter("P_2", 1e-5, "learning time, constant: P_1*1e-4 (the paper prints another)", REPLICATION),
            Parameter("P_3", 3.0, "learning time, exponent of calcium", REPLICATION),
            Parameter("P_4", "1 second", "shortest learning time", REPLICATION),
        ),
        equations="""
            potentiated = 1/(1 + exp(-beta_p*(Ca - theta_p))) : 1
            depressed = 1/(1 + exp(-beta_d*(Ca - theta_d))) : 1
            Omega = w_rest + potentiated - w_rest*depressed : 1
            eta = 1/(P_1/(P_2 + Ca**P_3) + P_4) : Hz
            dw/dt = eta*(Omega - lam*w) : 1
        """,
        method=MIDPOINT,
        needs=("calcium",),
        references=(SHOUVAL,),
    )


def shouval_bear_cooper(potential: str = "spine") -> Synapse:
    """A weight that calcium through NMDA receptors depresses or potentiates.

    All variables follow the clock: the weight is moved by calcium between spikes.

    Parameters
    ----------
    potential : {"spine", "neuron"}
        The spine's own (rest, the synapse's postsynaptic potential, the back-propagating action potential), as in the
        paper's protocols; or that of a neuron with a membrane potential ``V`` in volts, and the action potential.

    Examples
    --------
    A clamped potential is that of a spine which nothing depolarizes::

        clamped = shouval_bear_cooper().without("back-propagating action potential", "postsynaptic potential")
        clamped = clamped.with_parameters(V_0="-55 mV")
    """
    if potential not in ("spine", "neuron"):
        raise DeclarationError(
            f"The unified calcium model takes the potential of its 'spine' or of the 'neuron', not '{potential}'."
        )
    return Synapse(
        "shouval_bear_cooper",
        mechanisms=(
            nmda_receptors(),
            back_propagation(),
            *((postsynaptic_potential(),) if potential == "spine" else ()),
            calcium(potential),
            weight_change(),
        ),
        states=(State("w", 0.25, "efficacy"),),
        longest_step="0.25 ms",
        longer_step="the action potential of 3 ms is not resolved, and the spike-timing curve changes",
        summary=f"unified calcium model, potential of the {potential}",
        references=(SHOUVAL,),
    )
