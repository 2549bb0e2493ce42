"""A weight that is a belief: its mean learns as fast as its uncertainty is large (MESU).

Bonnet, Cottart, Hirtzlin, Januel, Dalgaty, Vianello, Querlioz 2025, "Bayesian continual learning and forgetting in
neural networks", Nature Communications, arXiv:2504.13569, first as Bonnet et al. 2023, arXiv:2312.10153. The rule was
read on the page of the authors' talk (UQ4ML 2025), the limit of a step in the authors' code; of the papers the
abstracts were read. For every weight with mean mu and width sigma, and the expected loss C of a presentation,

    mu    <- mu    - sigma^2 dC/dmu      + sigma^2/(N sigma_prior^2) (mu_prior - mu)
    sigma <- sigma - sigma^2/2 dC/dsigma + sigma/(2 N sigma_prior^2) (sigma_prior^2 - sigma^2)

with N the number of presentations that are remembered. **The local form is ours**: one weight mu + sigma x is drawn for
each presentation, x of a normal distribution; what error feedback sums up over the presentation, times ``eta``, stands
for dC/dmu, and that times x for dC/dsigma. So the synapse needs nothing but its own draw and the error that reaches its
neuron, where the source has ten draws for each image and exact gradients.

While plasticity is frozen the weight is the mean, or with ``evaluation="draw"`` the last draw. The mean is the better
guess of a single network, and testing it adds no chance of its own; the source averages answers over ten draws, for
which a frozen synapse would have to be drawn anew.
"""

from __future__ import annotations

from dataclasses import replace

from synapses.language import DeclarationError, Event, Mechanism, Parameter, Reference, State, Synapse
from synapses.tacos import error_feedback

MESU = Reference(
    "Bonnet, Cottart, Hirtzlin, Januel, Dalgaty, Vianello, Querlioz 2025, Bayesian continual learning and forgetting "
    "in neural networks, Nature Communications",
    "arXiv:2504.13569",
    what="the rule of mean and width, from a page of the authors' talk; the local form is ours",
)
FIRST = Reference(
    "Bonnet et al. 2023, MEtaplasticity from Synaptic Uncertainty", "arXiv:2312.10153", "inspired by", "abstract read"
)
MESU_CODE = "Bonnet et al. 2025, code"
OURS = "ours, on validation data"
#: Chosen on validation data, see docs/models/metaplastic_weights.md.
ETA, SIGMA, MEMORY = 1.0, 0.3, 1e4

MEAN = State("mu", "w_initial*(2*rand() - 1)", "mean of the weight")
WIDTH = State("sigma", "sigma_initial", "width of the weight: its uncertainty")
SLOPE = State("slope", 0.0, "eta times the errors that met spikes in this presentation: slope of the loss")
DRAWN = State("drawn", 0.0, "draw of this presentation, in widths from the mean")


def bayesian(evaluation: str = "mean") -> Synapse:
    """Weights with a mean and a width that learn by error feedback, drawn anew for every presentation.

    Without ``"sampling"`` the weight is the mean, and nothing is learned of its width, which relaxes to the prior.

    Parameters
    ----------
    evaluation : {"mean", "draw"}
        What the weight is while plasticity is frozen: the mean, or the draw for the next presentation.
    """
    if evaluation not in ("mean", "draw"):
        raise DeclarationError(f"A frozen Bayesian weight is its 'mean' or its last 'draw', not '{evaluation}'.")
    draw = "w = mu + sigma*drawn"
    return Synapse(
        "bayesian",
        mechanisms=(
            replace(
                error_feedback(ETA),
                summary="a presynaptic spike adds the neuron's error signal U to the slope of the loss while its "
                "current is within a window",
                states=(SLOPE,),
                on_pre="slope = slope + eta*U_post*int(I_post > I_min and I_post < I_max)*gate",
            ),
            Mechanism(
                "uncertainty",
                "at the end of a presentation the mean moves down the slope, the faster the wider, and the width "
                "shrinks where draws say that the loss is curved; both relax to the prior",
                parameters=(
                    Parameter("memory", MEMORY, "number of presentations that are remembered, N of the source", OURS),
                    Parameter("mu_prior", 0.0, "mean to which a weight relaxes", MESU_CODE),
                    Parameter("sigma_prior", 1.0, "width to which a weight relaxes", MESU_CODE),
                    Parameter("largest_step", 0.5, "largest change of mean or width, in widths", MESU_CODE),
                ),
                states=(SLOPE, DRAWN),
                at_end="""
                    towards_mean = sigma**2/(memory*sigma_prior**2)*(mu_prior - mu) - sigma**2*slope
                    towards_width = sigma/(2*memory*sigma_prior**2)*(sigma_prior**2 - sigma**2) - sigma**2/2*slope*drawn
                    largest = largest_step*sigma
                    mu = mu + clip(towards_mean, -largest, largest)
                    sigma = sigma + clip(towards_width, -largest, largest)
                    slope = 0
                    w = mu
                """,
                needs=("error feedback",),
                references=(MESU, FIRST),
            ),
            Mechanism(
                "sampling",
                "the weight of a presentation is drawn at the end of the one before",
                states=(DRAWN,),
                at_end="drawn = randn()" if evaluation == "mean" else f"drawn = randn()\n{draw}",
                # Before transmission, and not while plasticity is frozen.
                on_pre=Event(draw, stage=-1) if evaluation == "mean" else (),
                needs=("uncertainty",),
                references=(MESU,),
            ),
        ),
        states=(State("w", "mu", "weight that is used"), MEAN, WIDTH),
        parameters=(
            Parameter("w_initial", 1.0, "initial means are uniform between -w_initial and w_initial", "as tacos"),
            Parameter("sigma_initial", SIGMA, "initial width", OURS),
        ),
        roles={"output": {"eta": ETA / 10}},
        summary="mean and width of a weight, drawn for each presentation; the wider, the faster it learns",
        references=(MESU,),
    )
