"""The BCM rule with spikes: depression below, potentiation above a threshold that slides with the cell's activity.

Bienenstock, Cooper, Munro 1982, "Theory for the development of neuron selectivity: orientation specificity and
binocular interaction in visual cortex", Journal of Neuroscience 2:32-48, doi:10.1523/JNEUROSCI.02-01-00032.1982; the
threshold as a mean of the square: Intrator, Cooper 1992, Neural Networks 5:3-17, doi:10.1016/S0893-6080(05)80003-6.

    dw/dt = eta x y (y - theta),   tau_theta dtheta/dt = y^2/y_0 - theta

Both are theories of rates, from memory; **the form with spikes is ours**. Rates are those of spikes over tens of
milliseconds: ``x`` and ``y`` are traces, in hertz, of time constants ``tau_x_rate`` and ``tau_y_rate``. A
postsynaptic spike stands for the ``y`` outside of the bracket:

    postsynaptic spike   w -> w + eta x (y - theta),   theta -> theta + y/(y_0 tau_theta)

where ``y`` is that of the moment before the spike, and ``theta`` decays with ``tau_theta``. For independent Poisson
spikes the mean of this is the rule of rates, exactly; a cell with correlated inputs has what STDP has besides, the
inputs shortly before its spikes.

What deviates from the theory: spikes; ``w`` stays between zero and ``w_max``; traces follow the integrator of their
population, and spikes in one step do not see each other. ``theta`` survives a presentation, as it is slow.
"""

from __future__ import annotations

from synapses.language import Mechanism, NeuronState, Parameter, Reference, State, Synapse

BCM = Reference(
    "Bienenstock, Cooper, Munro 1982, Theory for the development of neuron selectivity: orientation specificity and "
    "binocular interaction in visual cortex, Journal of Neuroscience 2:32-48",
    "doi:10.1523/JNEUROSCI.02-01-00032.1982",
    "inspired by",
    "a threshold that slides; the form with spikes is ours, the paper was not read",
)
INTRATOR = Reference(
    "Intrator, Cooper 1992, Objective function formulation of the BCM theory of visual cortical plasticity, Neural "
    "Networks 5:3-17",
    "doi:10.1016/S0893-6080(05)80003-6",
    "inspired by",
    "the threshold as a mean of the squared activity; from memory",
)


def _rate(name: str, tau: str, whose: str) -> NeuronState:
    return NeuronState(
        name, f"d{name}/dt = -{name}/tau_{name} : hertz", f"{name} += 1/tau_{name}",
        (Parameter(f"tau_{name}", tau, "time over which spikes are a rate", "ours"),), f"rate of {whose} spikes",
        "hertz",
    )  # fmt: skip


def bcm() -> Synapse:
    """A weight that falls while the cell fires below its threshold, and grows while it fires above.

    Without the mechanism ``"sliding threshold"`` the threshold is the constant ``theta_0``.
    """
    y = _rate("y_rate", "50 ms", "postsynaptic")
    theta = NeuronState(
        "theta_slow", "dtheta_slow/dt = -theta_slow/tau_theta : hertz", "theta_slow += y_rate/(y_0*tau_theta)",
        parameters=(
            Parameter("y_0", "10 Hz", "rate at which a cell is its own threshold", "ours"),
            Parameter("tau_theta", "10 s", "time over which the threshold slides", "ours"),
        ),
        meaning="threshold: mean of y squared over y_0", unit="hertz", persistent=True,
    )  # fmt: skip
    return Synapse(
        "bcm",
        mechanisms=(
            Mechanism(
                "sliding threshold",
                "the threshold follows the mean square of the cell's rate",
                post=(theta, y),  # in this order: the threshold reads y before the spike counts in it
                on_post="theta = theta_slow_post",
                references=(INTRATOR,),
            ),
            Mechanism(
                "Hebbian",
                "a postsynaptic spike changes active inputs, down below the threshold and up above it",
                parameters=(Parameter("eta", "2e-6 second**2", "learning rate, per squared rate", "ours"),),
                pre=(_rate("x_rate", "20 ms", "presynaptic"),),
                post=(y,),
                on_post="w = clip(w + eta*x_rate_pre*(y_rate_post - theta)*gate, 0, w_max)",
                references=(BCM,),
            ),
        ),
        states=(
            State("w", 0.5, "efficacy"),
            State("theta", "theta_0", "threshold at the last postsynaptic spike", "hertz"),
        ),
        parameters=(
            Parameter("w_max", 1.0, "largest efficacy", "ours: the unit of the efficacy"),
            Parameter("theta_0", "10 Hz", "threshold where it does not slide", "ours"),
        ),
        summary="the BCM rule with spikes and a sliding threshold",
        references=(BCM, INTRATOR),
    )
