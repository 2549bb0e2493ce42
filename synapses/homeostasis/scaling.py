"""Synaptic scaling: all synapses of a cell are multiplied, slowly, until it fires at its target rate.

Turrigiano, Leslie, Desai, Rutherford, Nelson 1998, Nature 391:892-896, doi:10.1038/36103 (the phenomenon); van
Rossum, Bi, Turrigiano 2000, "Stable Hebbian learning from spike timing-dependent plasticity", Journal of Neuroscience
20:8812-8821, doi:10.1523/JNEUROSCI.20-23-08812.2000 (the form):

    da/dt = -a/tau_a + spikes,   dw/dt = beta w (target - a) + gamma w e,   de/dt = target - a

The papers' text was not read. Form and constants were read in a third party's program that quotes equation 3 of the
second; the integral term has its sign and meaning from there.

Since every synapse of a cell has the same factor, the cell keeps the logarithm of the product so far, and a synapse
catches up with it at its spikes, before it is used: ``w -> w exp(L - L_seen)``, which solves ``dw/dt = w dL/dt``
exactly for any course of ``L``, with whatever else changes ``w`` at spikes in between.

What deviates: ``L`` and the sensor ``a`` follow the integrator of the population (``"euler"``; ``"exact"`` cannot solve
integrals of integrals); a synapse neither of whose cells fires keeps a weight that is out of date until one does; the
factor is not bounded.
"""

from __future__ import annotations

from typing import Any

from synapses.language import Event, Mechanism, NeuronState, Parameter, Reference, State, Synapse

TURRIGIANO = Reference(
    "Turrigiano, Leslie, Desai, Rutherford, Nelson 1998, Activity-dependent scaling of quantal amplitude in "
    "neocortical neurons, Nature 391:892-896",
    "doi:10.1038/36103",
    "inspired by",
    "that synapses are scaled, all by one factor; the paper was not read",
)
VAN_ROSSUM = Reference(
    "van Rossum, Bi, Turrigiano 2000, Stable Hebbian learning from spike timing-dependent plasticity, Journal of "
    "Neuroscience 20:8812-8821",
    "doi:10.1523/JNEUROSCI.20-23-08812.2000",
    what="form and constants, as quoted by a third party's program; the paper was not read",
)
PROGRAM = "van Rossum et al. 2000, as quoted by a third party's program"


def synaptic_scaling(target: Any = "10 Hz") -> Mechanism:
    """Multiplicative scaling of a weight ``w``, to be added to any model that has one.

    Parameters
    ----------
    target : quantity or str
        Rate of the postsynaptic cell at which nothing changes.
    """
    sensor = NeuronState(
        "sensed_rate", "dsensed_rate/dt = -sensed_rate/tau_sensor : hertz", "sensed_rate += 1/tau_sensor",
        (Parameter("tau_sensor", "100 s", "time over which a cell senses its rate", PROGRAM),),
        "rate that the cell senses", "hertz", persistent=True,
    )  # fmt: skip
    missing = NeuronState(
        "missing_spikes", "dmissing_spikes/dt = target_rate - sensed_rate : 1",
        parameters=(Parameter("target_rate", target, "rate to which synapses are scaled", PROGRAM),),
        meaning="integral of the error of the rate", persistent=True,
    )  # fmt: skip
    factor = NeuronState(
        "log_factor",
        "dlog_factor/dt = beta_scaling*(target_rate - sensed_rate) + gamma_scaling*missing_spikes : 1",
        parameters=(
            Parameter("beta_scaling", 4e-5, "scaling per spike that is missing", PROGRAM),
            Parameter("gamma_scaling", "1e-7 Hz", "scaling by the integral of the error", PROGRAM),
        ),
        meaning="logarithm of the factor by which the cell's synapses have been scaled", persistent=True,
    )  # fmt: skip
    catch_up = Event("w = w*exp(log_factor_post - log_factor_seen)\nlog_factor_seen = log_factor_post", stage=-1)
    return Mechanism(
        "scaling",
        "all synapses of a cell are multiplied until it fires at its target rate",
        states=(State("log_factor_seen", 0.0, "logarithm of the factor that this synapse has followed"),),
        post=(sensor, missing, factor),
        on_pre=catch_up,
        on_post=catch_up,
        references=(TURRIGIANO, VAN_ROSSUM),
    )


def scaling(target: Any = "10 Hz") -> Synapse:
    """A weight that is changed by synaptic scaling alone.

    Parameters
    ----------
    target : quantity or str
        See :func:`synaptic_scaling`, which can be added to any other model: ``synapses.stdp() + synaptic_scaling()``.
    """
    return Synapse(
        "scaling",
        mechanisms=(synaptic_scaling(target),),
        states=(State("w", "0.5 + rand()", "efficacy"),),
        summary="synaptic scaling to a target rate",
        references=(TURRIGIANO, VAN_ROSSUM),
    )
