"""TACOS: error feedback, metaplasticity, heterosynaptic decay, consolidation and neuromodulation.

Soures et al., "TACOS: Task Agnostic Continual Learning in Spiking Neural Networks", arXiv 2409.00021.

A reconstruction: of that paper the abstract and the first lines of the introduction could be read. Error
feedback and metaplasticity follow the public code of the same group (Zohora et al. 2024), the exponential
gate is attributed to TACOS by Shi et al. 2025, and the heterosynaptic and consolidation terms take the form
of Zenke et al. 2015. Every parameter says who printed its value; "ours" means chosen by us on validation
data.
"""

from __future__ import annotations

import math

from synapses.language import Mechanism, Modulator, NeuronState, Parameter, Reference, State, Synapse

TACOS = Reference(
    "Soures et al. 2024, TACOS: task agnostic continual learning in spiking neural networks",
    "arXiv:2409.00021",
    "inspired by",
    "which mechanisms there are; its equations could not be read",
)
ZOHORA = Reference(
    "Zohora, Karia, Soures, Kudithipudi 2024, Probabilistic metaplasticity for continual learning with "
    "memristors "
    "in spiking networks, Scientific Reports",
    what="equations and constants of the public code of that paper",
)
SHI = Reference(
    "Shi et al. 2025, Nature Communications",
    "s41467-025-56405-9",
    what="eqs 9-10: the gate exp(-|m w|), attributed to TACOS",
)
NEFTCI = Reference("Neftci et al. 2017, Frontiers in Neuroscience 11:324", what="event-driven random back-propagation")
ZENKE = Reference(
    "Zenke, Agnes, Gerstner 2015, Nature Communications",
    relation="inspired by",
    what="heterosynaptic decay to a slow reference weight; potential of the reference weight",
)
BENNA_FUSI = Reference(
    "Benna, Fusi 2016, Nature Neuroscience",
    "arXiv:1507.07580",
    "inspired by",
    "a chain of ever slower variables",
)

GROUP = "Zohora et al. 2024, code"
OURS = "ours"

PRE_TRACE = NeuronState(
    "X",
    "dX/dt = -X/tau_x : 1",
    "X += 1",
    (Parameter("tau_x", "25 ms", "decay of the spike trace", GROUP),),
    "spike trace",
)
WEIGHT = State("w", "w_initial*(2*rand() - 1)", "weight: what a presynaptic spike adds to the charge")
WEIGHT_PARAMETERS = (
    Parameter("w_initial", 1.0, "initial weights are uniform between -w_initial and w_initial", GROUP),
    Parameter("w_max", 3.0, "largest magnitude of a weight", GROUP),
)
REFERENCE_WEIGHT = State("w_ref", "w", "reference weight, toward which w decays")
PRE_THRESHOLD = Parameter("pre_threshold", 5.5, "trace above which an input was active", GROUP)


#: Constants that were chosen together on validation data, by the form of the gate: see docs/results/constants.md.
TUNED = {
    "hyperbolic": {"eta": 0.08, "dm": 0.2, "m_max": 1e4},
    "exponential": {"eta": 3e-3, "dm": 36e-4, "m_max": 10.0},
}


def error_feedback(eta: float = TUNED["hyperbolic"]["eta"]) -> Mechanism:
    """Event-driven random back-propagation: a presynaptic spike moves w against the error of the neuron."""
    return Mechanism(
        "error feedback",
        "a presynaptic spike moves w against the neuron's error signal U while its current is within a "
        "window",
        parameters=(
            Parameter("eta", eta, "learning rate", OURS),
            Parameter("I_min", -4.0, "lower end of the window of the current", GROUP),
            Parameter("I_max", 4.0, "upper end of the window of the current", GROUP),
        ),
        post=(
            NeuronState("I", meaning="synaptic current"),
            NeuronState(
                "U", "dU/dt = -U/tau_U : 1",
                parameters=(Parameter("tau_U", "15 ms", "decay of the error signal", GROUP),),
                meaning="error signal, driven by the error neurons",
            ),
        ),
        on_pre="w = clip(w - eta*U_post*int(I_post > I_min and I_post < I_max)*gate, -w_max, w_max)",
        references=(ZOHORA, NEFTCI),
    )  # fmt: skip


def metaplasticity(drive: str = "activity", gate: str = "hyperbolic") -> Mechanism:
    """Synapses that took part become less plastic.

    Parameters
    ----------
    drive : {"activity", "calcium"}
        What makes m grow: spike traces above thresholds at the end of a presentation, or the time that a
        synaptic calcium variable spends above one.
    gate : {"hyperbolic", "exponential"}
        ``1/(1 + m)`` whatever the weight (ours), or ``exp(-m |w|)``.
    """
    gates = {"exponential": "exp(-m*abs(w))", "hyperbolic": "1/(1 + m)"}
    m = State("m", 0.0, "metaplastic state: the larger, the less plastic")
    m_max = Parameter("m_max", TUNED[gate]["m_max"], "largest m", GROUP if gate == "exponential" else OURS)
    if drive == "activity":
        return Mechanism(
            "metaplasticity",
            "m grows at the end of a presentation in which both neurons were active, and gates the learning rate",
            parameters=(
                PRE_THRESHOLD,
                Parameter("post_threshold", 2.25, "trace above which the postsynaptic neuron was active", GROUP),
                Parameter("dm", TUNED[gate]["dm"], "growth of m at a presentation", OURS),
                m_max,
            ),
            states=(m,),
            pre=(PRE_TRACE,),
            post=(PRE_TRACE,),
            at_end="m = clip(m + dm*int(X_pre > pre_threshold and X_post > post_threshold), 0, m_max)",
            gate=gates[gate],
            references=(ZOHORA, SHI),
            off={"dm": 0.0},
        )
    # Calcium decays exponentially, so it was above one for tau_ca*log(calcium) after the last event.
    above_one = "clip(elapsed + tau_ca*log(clip(calcium, 1e-30, inf)), 0*second, elapsed)"
    grow = f"m = clip(m + m_rate*{above_one}, 0, m_max)"
    return Mechanism(
        "metaplasticity",
        "m grows while the synapse's calcium is above one, and gates the learning rate",
        parameters=(
            Parameter("tau_ca", "50 ms", "decay of calcium", OURS),
            Parameter("pre_calcium", 0.06, "calcium of a presynaptic spike", OURS),
            Parameter("post_calcium", 0.09, "calcium of a postsynaptic spike", OURS),
            Parameter("m_rate", "2 Hz", "growth of m while calcium is above one", OURS),
            m_max,
        ),
        states=(m, State("calcium", 0.0, "calcium; m grows while it is above one")),
        equations="dcalcium/dt = -calcium/tau_ca : 1 (event-driven)",
        on_pre=f"{grow}\ncalcium = calcium + pre_calcium",
        on_post=f"{grow}\ncalcium = calcium + post_calcium",
        at_end=grow + "\ncalcium = 0",
        gate=gates[gate],
        off={"m_rate": 0.0},
        references=(
            SHI,
            Reference(
                "Graupner, Brunel 2012, PNAS",
                relation="inspired by",
                what="calcium with jumps and a threshold",
            ),
        ),
    )


def heterosynaptic() -> Mechanism:
    """Inputs that are silent while the cell fires decay toward their reference weight."""
    return Mechanism(
        "heterosynaptic",
        "at a postsynaptic spike, synapses of inputs that are not active decay toward w_ref",
        parameters=(
            PRE_THRESHOLD,
            Parameter("k_het", 0.003, "decay toward w_ref at a postsynaptic spike", OURS),
        ),
        states=(REFERENCE_WEIGHT,),
        pre=(PRE_TRACE,),
        on_post="w = w - k_het*int(X_pre <= pre_threshold)*(w - w_ref)",
        references=(ZENKE, TACOS),
        off={"k_het": 0.0},
    )


def consolidation(form: str = "linear") -> Mechanism:
    """The reference weight follows the weight slowly.

    Parameters
    ----------
    form : {"linear", "bistable", "chain"}
        ``linear``: a low-pass of w. ``bistable``: drawn besides into wells at 0 and +-w_well. ``chain``:
        coupled to two ever slower variables.
    """
    tau = Parameter("tau_c", "3 s", "time constant of consolidation", OURS)
    follow = "(w - w_ref)"
    if form == "linear":
        return Mechanism(
            summary="w_ref follows w", parameters=(tau,), states=(REFERENCE_WEIGHT,),
            at_end=f"w_ref = w_ref + duration/tau_c*{follow}", name="consolidation",
            references=(ZENKE, TACOS), off={"tau_c": math.inf},
        )  # fmt: skip
    if form == "bistable":
        well = "w_ref*(w_well/2 - abs(w_ref))*(w_well - abs(w_ref))"
        return Mechanism(
            summary="w_ref follows w and is drawn into wells at 0 and +-w_well",
            parameters=(
                tau,
                Parameter("potential", 1.0, "depth of the wells", OURS),
                Parameter("w_well", 1.0, "weight at the outer wells", OURS),
            ),
            states=(REFERENCE_WEIGHT,),
            at_end=f"w_ref = w_ref + duration/tau_c*({follow} - potential*{well})",
            name="consolidation",
            references=(ZENKE, TACOS),
            off={"tau_c": math.inf},
        )
    slower = "w_ref follows w and is coupled to two ever slower variables"
    return Mechanism(
        summary=slower,
        parameters=(tau,),
        states=(
            REFERENCE_WEIGHT,
            State("w_slow", "w", "second variable of the chain"),
            State("w_slowest", "w", "third variable of the chain"),
        ),
        at_end="""
            first = w_ref - w_slow
            further = w_slow - w_slowest
            w_ref = w_ref + duration/tau_c*((w - w_ref) - first/2)
            w_slow = w_slow + duration/tau_c*(first/2 - further/4)/2
            w_slowest = w_slowest + duration/tau_c*(further/4)/4
        """,
        name="consolidation",
        references=(ZENKE, TACOS, BENNA_FUSI),
        off={"tau_c": math.inf},
    )


def neuromodulation() -> Mechanism:
    """Surprise, a low-pass of the error spikes, scales the learning rate."""
    return Mechanism(
        "neuromodulation",
        "surprise, the recent rate of error spikes, scales the learning rate",
        parameters=(Parameter("reference_surprise", "17 Hz", "surprise at which the learning rate is eta", OURS),),
        modulators=(
            Modulator(
                "surprise",
                "dsurprise/dt = -surprise/tau_s : hertz",
                source="error",
                on_source="surprise += 1/(n_source*tau_s)",
                parameters=(Parameter("tau_s", "4.5 s", "memory of the surprise", OURS),),
                meaning="recent rate of an error neuron",
            ),
        ),
        gate="surprise/reference_surprise",
        references=(TACOS,),
    )


#: Constants of projections onto output neurons that do not depend on the gate.
OUTPUT_LAYER = {
    "w_max": 1.5, "pre_threshold": 2.25, "post_threshold": 1.4,
    "pre_calcium": 0.11, "post_calcium": 0.18, "m_rate": "0.67 Hz",
}  # fmt: skip


def tacos(
    metaplasticity_drive: str = "activity", consolidation_form: str = "linear", gate: str = "hyperbolic"
) -> Synapse:
    """The flagship synapse with all its mechanisms; take some out with ``without(...)``.

    Parameters
    ----------
    metaplasticity_drive : {"activity", "calcium"}
    consolidation_form : {"linear", "bistable", "chain"}
    gate : {"hyperbolic", "exponential"}
        See the mechanisms of the same names in this file.

    Returns
    -------
    Synapse
        With the constants of a projection onto hidden neurons; ``in_role("output")`` gives those onto output
        neurons.
    """
    tuned = TUNED[gate]
    return Synapse(
        "tacos",
        mechanisms=(
            error_feedback(tuned["eta"]),
            metaplasticity(metaplasticity_drive, gate),
            heterosynaptic(),
            consolidation(consolidation_form),
            neuromodulation(),
        ),
        states=(WEIGHT,),
        parameters=WEIGHT_PARAMETERS,
        roles={"output": {**OUTPUT_LAYER, "eta": tuned["eta"] / 10, "dm": tuned["dm"] / 3}},
        summary="error-driven learning that is gated, decayed and consolidated by synapse-local states",
        references=(TACOS,),
    )
