"""A metaplastic weight of several levels: a hidden weight is held back where it would change the level that is stored.

D'Agostino, Moro, Hirtzlin, Arcamone, Castellani, Querlioz, Payvand, Vianello 2023, "Synaptic metaplasticity with
multi-level memristive devices", arXiv:2306.12142. Of the paper the abstract was read, and in a third party's summary
that its meta-function is defined on the intervals between neighbouring levels, with a strength that works well from 2
to 4. Its formula could not be read, so **the form is ours**. Thresholds lie halfway between neighbouring levels. Where
the nearest one is u half distances of two levels away, an update toward it is multiplied by

    f = 1 - tanh(m u)^2

and one away from it by one, so that hidden weights are drawn to the levels. With two levels this is the binary weight
of Laborieux et al. 2021, to the last bit. As there, the update is that of error feedback in a spiking network.
Measuring u to the threshold that lies ahead, also from beyond a level, was tried and left: it gathers hidden weights at
thresholds, and levels then change more often with m = 2 than without.
"""

from __future__ import annotations

from dataclasses import replace

from synapses.language import DeclarationError, Mechanism, Parameter, Reference, Synapse
from synapses.metaplastic_weights.binary import (
    ETA,
    HIDDEN,
    LABORIEUX,
    hidden_weight_parameters,
)
from synapses.tacos import error_feedback

DAGOSTINO = Reference(
    "D'Agostino, Moro, Hirtzlin, Arcamone, Castellani, Querlioz, Payvand, Vianello 2023, Synaptic metaplasticity with "
    "multi-level memristive devices",
    "arXiv:2306.12142",
    "inspired by",
    "a gate on the intervals between levels; its formula could not be read",
)
SUMMARY = "2 to 4: D'Agostino et al. 2023, in a summary"


def quantized(levels: int = 4) -> Synapse:
    """Weights of some levels learned by error feedback through a hidden weight, with a metaplastic gate.

    Levels are evenly spaced: those of the hidden weight ``2*half_cell`` apart, those of the weight that is used from
    ``-w_size`` to ``w_size``. Hidden weights start spread over the outer thresholds and what lies between them.

    Parameters
    ----------
    levels : int
        At least 2; two are the binary weight.

    Raises
    ------
    DeclarationError
        If there are fewer.
    """
    if levels != int(levels) or levels < 2:
        raise DeclarationError(f"A quantized weight has at least 2 levels, not {levels}.")
    levels = int(levels)
    even = levels % 2 == 0
    # Both are exact at a threshold of zero, so that two levels are the binary weight.
    level = f"clip(floor(w/(2*half_cell){'' if even else ' + 0.5'}) + {levels // 2}, 0, {levels - 1})"
    nearest = "2*floor(w/(2*half_cell) + 0.5)" if even else "2*floor(w/(2*half_cell)) + 1"
    beyond = f"(w - half_cell*clip({nearest}, {2 - levels}, {levels - 2}))"
    eta = ETA if levels == 2 else 0.01  # chosen on validation data with 4 levels
    meaning = "initial hidden weights are uniform, so many half cells around zero"
    initial = Parameter("w_initial", levels - 2 + 0.05, meaning, "ours: a little beyond the outer thresholds")
    return Synapse(
        "quantized",
        mechanisms=(
            error_feedback(eta),
            Mechanism(
                "metaplasticity",
                "the further the hidden weight is from the nearest threshold, the less it moves toward it",
                parameters=(Parameter("m", 2.0, "strength of metaplasticity", SUMMARY),),
                gate=f"1 - int((U_post > 0 and {beyond} > 0) or (U_post < 0 and {beyond} < 0))"
                f"*tanh(m*abs({beyond})/half_cell)**2",
                needs=("error feedback",),
                references=(DAGOSTINO, LABORIEUX),
                off={"m": 0.0},
            ),
        ),
        states=(replace(HIDDEN, initial="w_initial*half_cell*(2*rand() - 1)"),),
        parameters=(
            *hidden_weight_parameters(initial, 1.0 if levels == 2 else 3.0),
            Parameter("half_cell", 1.0, "half the distance of two levels of the hidden weight", "ours"),
        ),
        efficacy=f"w_size*(2*{level} - {levels - 1})/{levels - 1}",
        roles={"output": {"eta": eta / 10}},
        summary=f"one of {levels} levels, which a hidden weight leaves the harder the further it is from the next",
        references=(DAGOSTINO,),
    )
