"""A metaplastic binary weight: the further the hidden weight is from zero, the harder it is to turn back.

Laborieux, Ernoult, Hirtzlin, Querlioz 2021, "Synaptic metaplasticity in binarized neural networks", Nature
Communications 12:2549, doi:10.1038/s41467-021-22768-y. The rule and its constants were read in the authors' public code
(SynapticMetaplasticityBNN), of the paper its opening. The weight that is used is the sign of a hidden weight, and an
update that would make the hidden weight smaller in magnitude is multiplied by

    f(m, w) = 1 - tanh(m |w|)^2

What deviates: the update is that of error feedback in a spiking network, spike by spike, where the source has the
straight-through gradient of a loss and Adam; there is no batch normalisation and no weight decay; the binary weight has
a size of its own. A hidden weight of zero is on the positive side.
"""

from __future__ import annotations

import math

from synapses.language import Mechanism, Parameter, Reference, State, Synapse
from synapses.tacos import error_feedback

LABORIEUX = Reference(
    "Laborieux, Ernoult, Hirtzlin, Querlioz 2021, Synaptic metaplasticity in binarized neural networks, "
    "Nature Communications 12:2549",
    "doi:10.1038/s41467-021-22768-y",
    what="hidden weight, its sign, and the asymmetric gate, from the authors' code",
)
CODE = "Laborieux et al. 2021, code"
OURS = "ours, on validation data"

HIDDEN = State("w", "w_initial*(2*rand() - 1)", "hidden weight, which learns")
#: Chosen on validation data, see docs/models/metaplastic_weights.md.
ETA = 3e-3


def hidden_weight_parameters(w_initial: Parameter, size: float) -> tuple[Parameter, ...]:
    """Constants of the hidden weight, and the size of the weight that is used."""
    return (
        w_initial,
        Parameter("w_max", math.inf, "largest magnitude of a hidden weight: none", CODE),
        Parameter("w_size", size, "magnitude of the largest weight that is used", OURS),
    )


def binary() -> Synapse:
    """Binary weights learned by error feedback through a hidden weight, with a metaplastic gate.

    Without ``"metaplasticity"``, or with ``m = 0``, it is a plain binarized weight.
    """
    return Synapse(
        "binary",
        mechanisms=(
            error_feedback(ETA),
            Mechanism(
                "metaplasticity",
                "the further the hidden weight is from zero, the less it moves back",
                parameters=(Parameter("m", 1.35, "strength of metaplasticity", CODE),),
                # U > 0 makes w smaller.
                gate="1 - int((U_post > 0 and w > 0) or (U_post < 0 and w < 0))*tanh(m*abs(w))**2",
                needs=("error feedback",),
                references=(LABORIEUX,),
                off={"m": 0.0},
            ),
        ),
        states=(HIDDEN,),
        parameters=hidden_weight_parameters(
            Parameter("w_initial", 0.05, "initial hidden weights are uniform between -w_initial and w_initial", CODE),
            1.0,
        ),
        efficacy="w_size*(2*int(w >= 0) - 1)",
        roles={"output": {"eta": ETA / 10}},
        summary="the sign of a hidden weight, which the harder leaves a side the further it is there",
        references=(LABORIEUX,),
    )
