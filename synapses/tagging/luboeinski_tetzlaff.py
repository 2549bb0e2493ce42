"""Early plasticity controlled by calcium, tags where it is strong, and a late phase that needs the cell's proteins.

Luboeinski, Tetzlaff 2021, "Memory consolidation and improvement by synaptic tagging and capture in recurrent neural
networks", Communications Biology 4:275.

    tau_h dh/dt = 0.1 (h_0 - h) + gamma_p (10 mV - h) [Ca > theta_p] - gamma_d h [Ca > theta_d] + noise
    tau_pro dp/dt = -p + alpha [sum of |h - h_0| over the cell's synapses > theta_pro]
    tau_z dz/dt = alpha p (z_max - z) [h - h_0 > theta_tag] - alpha p (z - z_min) [h_0 - h > theta_tag]

A spike is transmitted with ``h + z h_0``. Equations and numbers were read in the first author's Brian2 code (GitHub
jlubo/brian_synaptic_plasticity_stc), from which nothing was copied; the paper's text was not read. What deviates:
calcium decays by forward Euler steps and is compared with its thresholds once a step; at a threshold the code's sign
function gives a half, here nothing.
"""

from __future__ import annotations

from synapses.language import Event, Mechanism, NeuronState, Parameter, Reference, State, Synapse

LUBOEINSKI_TETZLAFF = Reference(
    "Luboeinski, Tetzlaff 2021, Memory consolidation and improvement by synaptic tagging and capture in recurrent "
    "neural networks, Communications Biology 4:275",
    "doi:10.1038/s42003-021-01778-y",
    what="equations and parameters of the Brian2 code of the first author",
)
CODE = "Luboeinski & Tetzlaff, code"


def luboeinski_tetzlaff() -> Synapse:
    """Calcium, an early phase ``h``, proteins ``p`` of the cell, and a late phase ``z``.

    Without ``calcium`` the state stays as it is: silent hours can then be run with steps of a second, see
    ``scripts/reproduce/long_times.py``. The efficacy is a voltage, in mV.
    """
    calcium = (State("Ca", 0.0, "calcium"),)
    rest = Parameter("h_0", "4.20075 mV", "early phase at rest", CODE)
    early = (State("h", "h_0", "early phase", "volt", "double"),)
    return Synapse(
        "luboeinski_tetzlaff",
        mechanisms=(
            Mechanism(
                "calcium",
                "spikes of either neuron add calcium, which decays; presynaptic calcium comes with a delay",
                parameters=(
                    Parameter("tau_Ca", "48.8 ms", "decay of calcium", CODE),
                    Parameter("Ca_presyn", 1.0, "calcium of a presynaptic spike", CODE),
                    Parameter("Ca_postsyn", 0.2758, "calcium of a postsynaptic spike", CODE),
                    Parameter("D", "18.8 ms", "delay of the presynaptic calcium", CODE),
                ),
                states=calcium,
                equations="dCa/dt = -Ca/tau_Ca : 1",
                method="heun",
                on_pre=Event("Ca = Ca + Ca_presyn", delay="D"),
                on_post="Ca = Ca + Ca_postsyn",
                references=(LUBOEINSKI_TETZLAFF,),
            ),
            Mechanism(
                "early phase",
                "calcium above one threshold depresses, above the higher one potentiates; both are forgotten in hours",
                parameters=(
                    rest,
                    Parameter("tau_h", "688.4 second", "time constant of the early phase", CODE),
                    Parameter("theta_p", 3.0, "calcium above which the synapse is potentiated", CODE),
                    Parameter("theta_d", 1.2, "calcium above which the synapse is depressed", CODE),
                    Parameter("gamma_p", 1645.6, "rate of potentiation", CODE),
                    Parameter("gamma_d", 313.1, "rate of depression", CODE),
                    Parameter("h_max", "10 mV", "early phase at the end of all potentiation", CODE),
                    Parameter("relaxation", 0.1, "rate of the return to rest", CODE),
                    Parameter("sigma_pl", "2.90436 mV", "noise while calcium is above a threshold", CODE),
                ),
                states=(*calcium, *early),
                equations="""
                    potentiating = int(Ca > theta_p) : 1
                    depressing = int(Ca > theta_d) : 1
                    drift = gamma_p*(h_max - h)*potentiating - gamma_d*h*depressing : volt
                    dh/dt = (relaxation*(h_0 - h) + drift)/tau_h
                        + sigma_pl*sqrt((potentiating + depressing)/tau_h)*xi : volt
                """,
                method="heun",
                references=(LUBOEINSKI_TETZLAFF,),
            ),
            Mechanism(
                "protein synthesis",
                "the cell makes proteins while its synapses have changed much altogether",
                parameters=(rest,),
                states=early,
                post=(
                    NeuronState("change", "change : volt", meaning="early changes of all synapses", unit="volt"),
                    NeuronState(
                        "p",
                        "dp/dt = (synthesis*int(change > theta_pro) - p)/tau_pro : 1",
                        parameters=(
                            Parameter("tau_pro", "3600 second", "time constant of the proteins", CODE),
                            Parameter("theta_pro", "2.10037 mV", "early changes that trigger their synthesis", CODE),
                            Parameter("synthesis", 1.0, "its strength, alpha; zero where it is blocked", CODE),
                        ),
                        meaning="proteins of the cell",
                        persistent=True,
                        precision="double",
                    ),
                ),
                summed={"change_post": "abs(h - h_0)"},
                references=(LUBOEINSKI_TETZLAFF,),
            ),
            Mechanism(
                "late phase",
                "where the early change is above theta_tag, proteins turn it into a late one of the same sign",
                parameters=(
                    rest,
                    Parameter("tau_z", "3600 second", "time constant of the late phase", CODE),
                    Parameter("z_max", 1.0, "largest late phase", CODE),
                    Parameter("z_minimal", -0.5, "smallest late phase, z_min", CODE),
                    Parameter("theta_tag", "0.840149 mV", "early change that is a tag", CODE),
                    Parameter("alpha", 1.0, "strength of the proteins", CODE),
                ),
                states=early,
                equations="""
                    upward = (z_max - z)*int(h - h_0 > theta_tag) : 1
                    downward = (z - z_minimal)*int(h_0 - h > theta_tag) : 1
                    dz/dt = alpha*p_post*(upward - downward)/tau_z : 1
                """,
                method="heun",
                needs=("protein synthesis",),
                references=(LUBOEINSKI_TETZLAFF,),
            ),
        ),
        states=(*early, State("z", 0.0, "late phase", precision="double")),
        parameters=(rest,),
        efficacy="(h + z*h_0)/mV",
        longest_step="0.2 ms",
        longer_step="times above the thresholds of calcium are rounded to whole steps",
        summary="calcium-controlled early phase, tagged and captured into a late phase",
        references=(LUBOEINSKI_TETZLAFF,),
    )
