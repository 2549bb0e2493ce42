"""Two synapses for a network that recruits its cells: prototypes of what surprises it, and a metaplastic readout.

Our own model, in the family of learning vector quantization and adaptive resonance, with ingredients of TACOS (error
neurons, the gate ``exp(-m |w|)``, a neuromodulator made of error spikes, heterosynaptic depression); not a replica of
it. A silent cell that is recruited imprints the spikes of the moment on its input weights; as long as it is not
surprised, it then moves them toward the inputs for which it wins. The readout learns by gated error feedback.

Inspired by: Soures et al., arXiv 2409.00021 (gate); Zohora et al. 2024, Scientific Reports (error neurons); Kohonen
1990, Proceedings of the IEEE 78 (learning vector quantization); Carpenter, Grossberg 1987 (recruitment by mismatch).
Constants were chosen on validation images of split-MNIST.
"""

from __future__ import annotations

from synapses.language import Event, Mechanism, NeuronState, Parameter, Reference, State, Synapse

OURS = "ours, on validation data"
TACOS = Reference("Soures et al. 2024", "arXiv 2409.00021", "inspired by", "the gate exp(-m |w|), and consolidation")
LVQ = Reference("Kohonen 1990, Proceedings of the IEEE 78:1464", "10.1109/5.58325", "inspired by", "prototypes")
ART = Reference(
    "Carpenter, Grossberg 1987, Computer Vision, Graphics, and Image Processing 37:54", "10.1016/S0734-189X(87)80014-2",
    "inspired by", "a mismatch recruits a new cell",
)  # fmt: skip
ZOHORA = Reference("Zohora et al. 2024, Scientific Reports", "", "inspired by", "error neurons and metaplasticity")

COUNT = NeuronState("spike_count", meaning="spikes in this presentation")
N_MEAN = NeuronState("n_mean", meaning="their mean over the inputs")
N_SQUARE = NeuronState("n_square", meaning="the sum of their squared deviations from it, or from zero (Dale's law)")


def prototype(dale: bool = False) -> Synapse:
    """From the inputs to cells that are recruited.

    The cells must have the events ``recruited``, ``confirmed`` and ``released`` and the states that are asked for.

    Parameters
    ----------
    dale : bool
        Whether weights are the spikes themselves, never negative, instead of how they deviate from their mean.
    """
    inputs = (COUNT, N_SQUARE) if dale else (COUNT, N_MEAN, N_SQUARE)
    deviation = "spike_count_pre" if dale else "(spike_count_pre - n_mean_pre)"
    target = f"w_norm*{deviation}/clip(sqrt(n_square_pre), 1e-6, inf)"
    norm = Parameter("w_norm", 4.87 if dale else 4.0, "Euclidean norm of a cell's input weights", OURS)
    imprint = Mechanism(
        "imprint",
        "a cell that is recruited takes over the spikes that its inputs have had in this presentation",
        parameters=(norm, Parameter("heard_for", "81 ms", "time for which it has heard them", OURS)),
        pre=inputs,
        post=(NeuronState("I", meaning="synaptic current"),),
        on_event={
            "recruited_post": f"w = {target}\nI_post += w*spike_count_pre*unit_time/heard_for",
            "released_post": "w = 0",
        },
        references=(LVQ, ART),
    )
    hebbian = Mechanism(
        "Hebbian",
        "at the end of a presentation that it wins, unsurprised, a cell moves its weights toward the inputs' spikes",
        parameters=(norm,),
        pre=inputs,
        post=(NeuronState("rate_of_change", meaning="of a cell's weights: eta gated by its metaplastic state"),),
        on_event={"confirmed_post": f"w = w + rate_of_change_post*({target} - w)"},
        references=(LVQ,),
    )
    w_sum = NeuronState("w_sum", "w_sum : 1", meaning="sum of the cell's weights")
    w_square = NeuronState("w_square", "w_square : 1", meaning="sum of their squares")
    centred = [Event("w_sum_post += w", stage=1), Event("w = w - w_sum_post/n_pre\nw_square_post += w**2", stage=2)]
    normalization = Mechanism(
        "heterosynaptic normalization",
        "what some synapses of the cell gain the others lose: their norm stays what it was"
        + ("" if dale else ", and their mean zero"),
        parameters=(norm,),
        post=(w_square,) if dale else (w_sum, w_square),
        on_event={
            "confirmed_post": [
                *([Event("w_square_post += w**2", stage=2)] if dale else centred),
                Event("w = w*w_norm/clip(sqrt(w_square_post), 1e-6, inf)", stage=3),
            ]
        },
        references=(TACOS,),
    )
    return Synapse(
        "prototype",
        (imprint, hebbian, normalization),
        states=(State("w", 0.0, "weight; zero while the cell is silent"),),
        parameters=(Parameter("unit_time", "1 ms", "unit of time in which a weight is a charge"),),
        summary="a cell's input weights point to the inputs for which it was recruited and has won since",
        references=(LVQ, ART),
    )


def readout(dale: bool = False) -> Synapse:
    """From the recruited cells to the outputs: error feedback, less plastic with every presentation won.

    Parameters
    ----------
    dale : bool
        Whether weights are never negative.
    """
    feedback = Mechanism(
        "error feedback",
        "a spike of the cell moves w against the error signal U of the output",
        parameters=(
            Parameter("eta", 0.5, "learning rate", OURS),
            Parameter("w_max", 6.0, "largest magnitude of a weight", OURS),
        ),
        post=(
            NeuronState(
                "U", "dU/dt = -U/tau_U : 1", meaning="error signal, driven by the error neurons",
                parameters=(Parameter("tau_U", "15 ms", "decay of the error signal", OURS),),
            ),
        ),
        on_pre=f"w = clip(w - eta*U_post*gate, {'0' if dale else '-w_max'}, w_max)",
        on_event={"recruited_pre": "w = 0"},
        references=(ZOHORA,),
    )  # fmt: skip
    metaplasticity = Mechanism(
        "output metaplasticity",
        "m counts the presentations in which the cell fired, and gates the learning rate",
        parameters=(Parameter("k_m", 0.1, "how strongly m gates", OURS),),
        states=(State("m", 0.0, "metaplastic state: the larger, the less plastic"),),
        on_event={"active_pre": "m = m + 1", "recruited_pre": "m = 0"},
        gate="exp(-k_m*m*abs(w))",
        off={"k_m": 0.0},
        references=(TACOS, ZOHORA),
    )
    return Synapse(
        "readout",
        (feedback, metaplasticity),
        states=(State("w", 0.0, "weight"),),
        summary="error feedback, gated by a metaplastic state",
        references=(TACOS, ZOHORA),
    )


def recruiting(dale: bool = False) -> dict[str, Synapse]:
    """Both synapses, by the projections of `tacos.recruiting`, or with Dale's law those of `tacos.recruiting_dale`."""
    return {"input-hidden": prototype(dale), "hidden-output": readout(dale)}
