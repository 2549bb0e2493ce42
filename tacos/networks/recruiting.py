"""A network that recruits its cells one by one, by surprise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from synapses import DeclarationError, Modulator, Parameter, Synapse, static
from synapses import recruiting as both_synapses
from synapses.language.pathways import THIRD_FACTORS
from tacos.networks.network import Network
from tacos.networks.populations import Population, error_neurons, lif, stimulus
from tacos.networks.projections import OneToOne, Projection
from tacos.networks.supervision import MINUS, PLUS, comparing, shape_of, synapse_for
from tasks import TARGET, Encoding, StreamLike

OURS = "ours, on validation data"
#: Mechanisms that are taken out one by one in an ablation; without the others nothing is learned.
CONDITIONS = (
    "output metaplasticity",
    "neuromodulated recruitment",
    "neuromodulatory gate",
    "Hebbian",
    "hidden metaplasticity",
    "heterosynaptic normalization",
    "release",
)
#: What a cell knows of itself, besides its potential.
CELL_STATES = """
            mature : 1
            m : 1
            age : 1
            confirmations : 1
            fresh : 1
            rate_of_change : 1
"""


def recruiting(
    stream: StreamLike | Sequence[int],
    cells: int = 1000,
    synapse: Mapping[str, Synapse] | None = None,
    *,
    encoding: Encoding | None = None,
    duration: Any = None,
    dt: Any = "1 ms",
) -> Network:
    """Inputs, cells that are recruited one by one, and outputs that error neurons compare with a teacher.

    At first all cells are silent. In each presentation at most one, the lowest, is recruited: rarely by chance, often
    if the outputs were wrong just before (the neuromodulator ``surprise``), and the less the fewer are left. It
    imprints the inputs of the moment. Cells compete by an inhibition that every spike of one of them starts. A cell
    that wins without surprise moves its prototype; one that is hardly ever confirmed goes back to the silent ones.

    Not local: the lowest silent cell knows that it is the lowest, the first presentation recruits if nobody was
    recruited yet, the inhibition, and a cell's sums over its own synapses.

    Parameters
    ----------
    stream : Stream or sequence of int
        A stream of :mod:`tasks`, or the sizes ``(n_inputs, n_outputs)``. Best with ``transform="edges"``.
    cells : int
        How many there are to recruit.
    synapse : dict, optional
        Of ``"input-hidden"`` and ``"hidden-output"``; `synapses.recruiting` if not given.
    encoding : Encoding, optional
        That of the stream if not given, or `tasks.Normalized`, an input layer with divisive normalization, in the
        place of `tasks.Rate`.
    duration, dt : Quantity or str
        That of the stream if not given, or 150 ms.

    Returns
    -------
    Network
    """
    from tasks import Normalized, Rate

    shape = shape_of(stream, duration)
    if shape.blank:
        raise DeclarationError(
            "The recruiting network counts spikes of one presentation, so that all of it but what it learns is reset "
            "after each; leave out the stream's blank interval."
        )
    synapse = both_synapses() if synapse is None else synapse
    n_outputs = shape.n_outputs
    if encoding is None and isinstance(shape.encoding, Rate):
        encoding = Normalized(shape.encoding.max_rate)
    inputs = stimulus("input", shape.n_inputs, encoding or shape.encoding or Normalized())
    counted = {"n_mean": "mean(spike_count)", "n_square": "sum((spike_count - n_mean)**2)"}
    inputs = replace(inputs, pooled={**inputs.pooled, **counted})
    output = lif("output", n_outputs, "10 ms", "10 ms", resistance=120.0, threshold=2.0)
    back = [
        Projection(source, "output", static(sign / 3), "U += efficacy", OneToOne(), order=THIRD_FACTORS)
        for source, sign in ((PLUS, 1), (MINUS, -1))
    ]
    return Network(
        (
            inputs,
            recruitable("hidden", cells),
            output,
            punctual_teacher("teacher", n_outputs),
            error_neurons(PLUS, n_outputs, silence_target=True),
            error_neurons(MINUS, n_outputs),
        ),
        (
            Projection("input", "hidden", synapse_for("input-hidden", synapse)),
            Projection("hidden", "output", synapse_for("hidden-output", synapse)),
            *comparing(),
            *back,
        ),
        shape.duration,
        dt,
        signals={"error": (PLUS, MINUS)},
        modulators=(surprise(),),
        learning_rate="hidden.recruitment",
        conditions=CONDITIONS,
        in_use="hidden.mature",
    )


def surprise() -> Modulator:
    """Error spikes, low-pass filtered; silent at the start of each presentation."""
    return Modulator(
        "surprise", "dsurprise/dt = -surprise/tau_surprise : 1", "error", "surprise += 1",
        (Parameter("tau_surprise", "50 ms", "decay of surprise", OURS),), "recent error spikes", persistent=False,
    )  # fmt: skip


def recruitable(name: str, size: int) -> Population:
    """Cells that are silent until they are recruited, and compete by a common inhibition."""
    base = lif(name, size, "25 ms", "15 ms")
    probability = "recruitment*(p_base + p_surprise*int(surprise > s_recruit))*n_free/N"
    return replace(
        base,
        equations=f"""
            dI/dt = -I/tau_syn : 1
            dG/dt = -G/tau_G : 1
            dV/dt = (R*I - G - V)/tau_m : 1 (unless refractory)
            {CELL_STATES}
        """,
        threshold="V >= V_th and mature > 0",
        persistent=("mature", "m", "age", "confirmations"),
        pooled={
            "n_firing": "sum(int(fired))",
            "n_free": "sum(1 - mature)",
            "first_free": "argmax(1 - mature)",
            "n_fresh": "sum(fresh)",
        },
        events={
            "inhibited": "n_firing > 0",
            "recruited": "step == int(t_recruit/dt + 0.5) and i == first_free and n_free > 0 "
            f"and (n_free == N or rand() < {probability})",
        },
        end_events={
            "active": "spike_count > 0",
            "confirmed": "spike_count >= 2 and surprise < s_learn and n_fresh == 0",
            "released": "mature > 0 and confirmations < n_keep and age >= lifetime",
        },
        on_event={
            "inhibited": "G += inhibition",
            "recruited": "mature = 1\nm = 0\nage = 0\nconfirmations = 0\nfresh = 1\nV = 0.99*V_th",
            "confirmed": "confirmations += 1\nrate_of_change = eta/(1 + k_hidden*m)\nm += 1",
            "released": "mature = 0",
        },
        removable={
            "neuromodulated recruitment": {"p_surprise": 0.0},
            "neuromodulatory gate": {"s_learn": 1e9},
            "hidden metaplasticity": {"k_hidden": 0.0},
            "release": {"lifetime": 1e9},
        },
        at_end="age += mature*clip(int(spike_count > 0), idle, 1)",
        parameters=(
            *base.parameters,
            Parameter("tau_G", "50 ms", "decay of the inhibition", OURS),
            Parameter("inhibition", 4.0, "jump of the inhibition when a cell fires", OURS),
            Parameter("t_recruit", "80 ms", "when in a presentation a cell may be recruited", OURS),
            Parameter("recruitment", 1.0, "factor on the probability of recruitment", OURS),
            Parameter("p_base", 0.03, "probability of recruitment, all cells silent", OURS),
            Parameter("p_surprise", 1.5, "what surprise adds to it", OURS),
            Parameter("s_recruit", 4.0, "surprise above which it does", OURS),
            Parameter("s_learn", 4.0, "surprise below which a winner learns", OURS),
            Parameter("eta", 0.3, "learning rate of a prototype", OURS),
            Parameter("k_hidden", 0.2, "how strongly its metaplastic state slows it", OURS),
            Parameter("n_keep", 5.0, "confirmations with which a cell is kept for good", OURS),
            Parameter("lifetime", 30.0, "age at which one with fewer is released", OURS),
            Parameter("idle", 0.003, "how much a presentation without a spike of it ages a cell", OURS),
        ),
    )  # fmt: skip


def punctual_teacher(name: str, size: int) -> Population:
    """Neurons, one a class, of which that of the class shown fires at a fixed interval after an onset."""
    since = "(step - int(onset/dt + 0.5))"
    return Population(
        name,
        size,
        threshold=f"stimulus > 0.5 and {since} >= 0 and {since} % int(interval/dt + 0.5) == 0",
        parameters=(
            Parameter("onset", "40 ms", "its first spike", OURS),
            Parameter("interval", "10 ms", "between its spikes", OURS),
        ),
        channel=TARGET,
    )
