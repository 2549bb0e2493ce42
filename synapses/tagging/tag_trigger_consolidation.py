"""Synapses that are tagged at random, and consolidated by proteins that the cell makes when many are tagged.

Clopath, Ziegler, Vasilaki, Buesing, Gerstner 2008, "Tag-Trigger-Consolidation: A Model of Early and Late
Long-Term-Potentiation and Depression", PLoS Computational Biology 4:e1000248.

Each synapse has a high tag ``h`` (0 or 1), a low tag ``l`` (0 or 1, the source's ``-l``) and a bistable late
state ``z``; each cell has proteins ``p``:

    w = w_0 + g_h h - g_l l + g_z z
    tau_z dz/dt = z (1 - z) (z - kappa) + gamma (h - l) p
    dp/dt = -p/tau_pd + (1 - p)/tau_pm [sum of h + l over the cell's synapses > theta_p]

Equations and numbers were read in the authors' code (ModelDB 118199), from which nothing was copied; the
paper's text was not read. What deviates:

- The code looks at every synapse in steps of 1 ms. Here a tag is set at a spike: the low one at a presynaptic
  spike, as in the code, the high one at a postsynaptic spike, with the probability that the code adds up over
  the 1 ms in which it holds the cell at its peak. What the code adds while the potential is above
  ``theta_plus`` before a spike is left out.
- A tag does not decay by a throw in every step. When it is set, the time that it will last is drawn from the
  exponential distribution, which is the same process, and allows long steps where nothing happens.
- The postsynaptic spike comes one step after the presynaptic one, so that the presynaptic trace includes it.
- Where both tags would be set in one step, the code throws a coin; here the low one comes first.
"""

from __future__ import annotations

from synapses.language import DeclarationError, Mechanism, NeuronState, Parameter, Reference, State, Synapse

CLOPATH_2008 = Reference(
    "Clopath, Ziegler, Vasilaki, Buesing, Gerstner 2008, Tag-Trigger-Consolidation: A Model of Early and Late "
    "Long-Term-Potentiation and Depression, PLoS Computational Biology 4:e1000248",
    "doi:10.1371/journal.pcbi.1000248",
    what="equations and parameters of the code of that paper (ModelDB 118199)",
)
CODE = "Clopath et al. 2008, code"

_POTENTIAL = NeuronState("V", meaning="membrane potential, spikes included", unit="volt")


def _filtered(name: str, tau: str, milliseconds: float) -> NeuronState:
    return NeuronState(
        name,
        f"d{name}/dt = (V - theta_minus - {name})/{tau} : volt",
        parameters=(
            Parameter(tau, f"{milliseconds} ms", f"time constant of {name}", CODE),
            Parameter("theta_minus", "-70.6 mV", "potential above which the filtered potential counts", CODE),
        ),
        meaning="low-pass filtered potential above theta_minus",
        unit="volt",
    )


def tag_trigger_consolidation(tags: str = "random") -> Synapse:
    """A synapse with two tags and a late state that needs the tag and the cell's proteins to change.

    The postsynaptic cell must have a potential ``V`` in volt that shows its spikes as long as they last, as
    :func:`tacos.networks.adex.adaptive_exponential` does.

    Parameters
    ----------
    tags : {"random", "expected"}
        Whether tags are set and lost at random, or are the expected values of that (``h`` and ``l`` are then
        numbers between 0 and 1). The late state is not linear in them, so the second is no average of the first.
    """
    if tags not in ("random", "expected"):
        raise DeclarationError(f"Tags are 'random' or 'expected', not '{tags}'.")
    random = tags == "random"
    high, low = ("int(left_h > 0*second)", "int(left_l > 0*second)") if random else ("h", "l")
    free = f"(1 - {high})*(1 - {low})"
    if random:
        states = (
            State(
                "left_h", 0.0, "time that the high tag will last; there is none at zero or below", "second", "double"
            ),
            State("left_l", 0.0, "time that the low tag will last; there is none at zero or below", "second", "double"),
        )
        decay = f"""
            dleft_h/dt = -1.0*{high} : second
            dleft_l/dt = -1.0*{low} : second
        """
    else:
        states = (
            State("h", 0.0, "expected high tag", precision="double"),
            State("l", 0.0, "expected low tag", precision="double"),
        )
        decay = """
            dh/dt = -k_h*h : 1
            dl/dt = -k_l*l : 1
        """

    def setting(tag: str) -> str:
        if not random:
            return f"{tag} = {tag} + {free}*clip(chance, 0, 1)"
        return f"""
            caught = int(rand() < chance)*{free}
            left_{tag} = left_{tag}*(1 - caught) - caught*log(1 - rand())/k_{tag}
        """

    decay_rates = (
        Parameter("k_h", "1/(3600*second)", "rate at which high tags are lost", CODE),
        Parameter("k_l", "1/(5400*second)", "rate at which low tags are lost", CODE),
    )
    return Synapse(
        "tag_trigger_consolidation",
        mechanisms=(
            Mechanism(
                "low tag",
                "a presynaptic spike tags the synapse low, the more probably the more depolarized the cell was",
                parameters=(
                    Parameter("A_minus", "1e-2/mV", "chance of a low tag, per depolarization", CODE, "1/volt"),
                ),
                states=states,
                post=(_POTENTIAL, _filtered("u_minus", "tau_u_minus", 1000)),
                on_pre="chance = A_minus*u_minus_post*int(u_minus_post > 0*volt)*gate" + "\n" + setting("l"),
                needs=("tag decay",),
                references=(CLOPATH_2008,),
            ),
            Mechanism(
                "high tag",
                "a postsynaptic spike tags the synapse high if it was used, and the cell was depolarized",
                parameters=(
                    Parameter(
                        "A_plus",
                        "1e-3/ms/mV**2",
                        "rate of high tags, per depolarization squared",
                        CODE,
                        "hertz/volt**2",
                    ),
                    Parameter("theta_plus", "-50 mV", "potential above which high tags are set", CODE),
                    Parameter("V_spike", "20 mV", "potential of a spike", CODE),
                    Parameter("width", "1 ms", "time that a spike lasts", CODE),
                ),
                states=states,
                pre=(
                    NeuronState(
                        "use",
                        "duse/dt = -use/tau_use : 1",
                        "use += use_jump",
                        (
                            Parameter("tau_use", "100 ms", "decay of the presynaptic trace", CODE),
                            Parameter("use_jump", 0.01, "1 ms over tau_use: a spike lasts 1 ms", CODE),
                        ),
                        "trace of presynaptic spikes",
                    ),
                ),
                post=(_POTENTIAL, _filtered("u_plus", "tau_u_plus", 100)),
                on_post=f"""
                    chance = A_plus*width*(V_spike - theta_plus)*use_pre*u_plus_post*int(u_plus_post > 0*volt)*gate
                    {setting("h")}
                """,
                needs=("tag decay",),
                references=(CLOPATH_2008,),
            ),
            Mechanism(
                "tag decay",
                "tags are lost within an hour or two",
                parameters=decay_rates,
                states=states,
                equations=decay,
                references=(CLOPATH_2008,),
            ),
            Mechanism(
                "protein synthesis",
                "the cell makes proteins while more than theta_p of its synapses are tagged",
                states=states,
                post=(
                    NeuronState("n_tagged", "n_tagged : 1", meaning="number of tagged synapses"),
                    NeuronState(
                        "p",
                        "dp/dt = -p/tau_pd + synthesis*(1 - p)/tau_pm*int(n_tagged > theta_p) : 1",
                        parameters=(
                            Parameter("tau_pd", "3600 second", "decay of the proteins", CODE),
                            Parameter("tau_pm", "360 second", "time constant of their synthesis", CODE),
                            Parameter("theta_p", 60.0, "tagged synapses that trigger it, of 200", CODE),
                            Parameter("synthesis", 1.0, "zero where synthesis is blocked", CODE),
                        ),
                        meaning="proteins of the cell",
                        persistent=True,
                        precision="double",
                    ),
                ),
                summed={"n_tagged_post": f"1.0*{high} + 1.0*{low}"},
                references=(CLOPATH_2008,),
            ),
            Mechanism(
                "consolidation",
                "proteins push the late state of tagged synapses over its threshold, up with a high tag, else down",
                parameters=(
                    Parameter("tau_z", "360 second", "time constant of the late state", CODE),
                    Parameter("kappa", 0.5, "threshold of the late state", CODE),
                    Parameter("gamma", 0.1, "push by tag and proteins", CODE),
                ),
                states=states,
                equations=f"dz/dt = (z*(1 - z)*(z - kappa) + gamma*({high} - {low})*p_post)/tau_z : 1",
                needs=("protein synthesis",),
                references=(CLOPATH_2008,),
            ),
        ),
        states=(*states, State("z", "int(rand() < z_share)", "late state, 0 or 1 at rest", precision="double")),
        parameters=(
            Parameter("w_0", 1.0, "efficacy without tags, late state at zero", CODE),
            Parameter("g_h", 1.0, "efficacy of a high tag", CODE),
            Parameter("g_l", 0.5, "loss of efficacy by a low tag", CODE),
            Parameter("g_z", 2.0, "efficacy of the late state", CODE),
            Parameter("z_share", 0.3, "share of synapses that are late-potentiated at first", CODE),
        ),
        efficacy=f"w_0 + g_h*{high} - g_l*{low} + g_z*z",
        longest_step="1 second",
        longer_step="tags are lost at whole steps, and proteins and late states follow a forward step",
        summary=f"tags, proteins and a late state; tags are {tags}",
        references=(CLOPATH_2008,),
    )
