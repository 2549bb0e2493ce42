"""A bistable synapse controlled by calcium.

Graupner, Brunel 2012, "Calcium-based plasticity model explains sensitivity of synaptic changes to spike
pattern, rate, and dendritic location", PNAS 109:3991-3996, doi:10.1073/pnas.1109359109.

Parameter sets and the closed form are those of the first author's public code (CalciumBasedPlasticityModel),
from which nothing was copied; the paper's text was not read, and its differential equations are written from
memory, consistent with that code. What deviates: calcium is integrated by forward Euler at every step, so
that it decays with ``-dt/log(1 - dt/tau_Ca)`` instead of ``tau_Ca``, and it is compared with the thresholds once a
step. Steps of 0.1 ms agree with the closed form, longer ones are biased; a network with a longer step warns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import erf

from synapses.language import DeclarationError, Event, Mechanism, Parameter, Reference, State, Synapse

_COLUMNS = (
    "tau_Ca", "C_presyn", "C_postsyn", "theta_d", "theta_p", "gamma_d", "gamma_p", "sigma", "tau_rho", "D",
    "beta", "b",
)  # fmt: skip

_ROWS = {
    "DP": (0.02, 1, 2, 1, 1.3, 200, 321.808, 2.8284, 150, 0.0137, 0.5, 5),
    "DPD": (0.02, 0.9, 0.9, 1, 1.3, 250, 550, 2.8284, 150, 0.0046, 0.5, 5),
    "DPD'": (0.02, 1, 2, 1, 2.5, 50, 600, 2.8284, 150, 0.0022, 0.5, 5),
    "P": (0.02, 2, 2, 1, 1.3, 160, 257.447, 2.8284, 150, 0, 0.5, 5),
    "D": (0.02, 0.6, 0.6, 1, 1.3, 500, 550, 5.6568, 150, 0, 0.5, 5),
    "D'": (0.02, 1, 2, 1, 3.5, 60, 600, 2.8284, 150, 0, 0.5, 5),
    "hippocampal slices": (
        0.0488373, 1, 0.275865, 1, 1.3, 313.0965, 1645.59, 9.1844, 688.355, 0.0188008, 0.7, 5.28145,
    ),
    "hippocampal cultures": (
        0.0119536, 0.58156, 1.76444, 1, 1.3, 61.141, 113.6545, 2.5654, 33.7596, 0.01, 0.5, 36.0263,
    ),
    "cortical slices": (
        0.0226936, 0.5617539, 1.23964, 1, 1.3, 331.909, 725.085, 3.3501, 346.3615, 0.0046098, 0.5, 5.40988,
    ),
}  # fmt: skip

#: The published parameter sets by name, in base SI units: ``PARAMETER_SETS["DP"]["tau_Ca"]``.
PARAMETER_SETS: dict[str, dict[str, float]] = {
    name: {"rho_star": 0.5, **dict(zip(_COLUMNS, map(float, row), strict=True))} for name, row in _ROWS.items()
}

_MEANINGS = {
    "tau_Ca": "decay of calcium",
    "C_presyn": "calcium of a presynaptic spike",
    "C_postsyn": "calcium of a postsynaptic spike",
    "D": "delay of the presynaptic calcium",
    "theta_d": "calcium above which the synapse is depressed",
    "theta_p": "calcium above which the synapse is potentiated",
    "gamma_d": "rate of depression",
    "gamma_p": "rate of potentiation",
    "sigma": "amplitude of the noise while calcium is above a threshold",
    "tau_rho": "time constant of the efficacy variable",
    "rho_star": "border between the basins of the DOWN and the UP state",
    "beta": "fraction of synapses that are DOWN at first",
    "b": "efficacy of the UP state over that of the DOWN state",
}

GRAUPNER_BRUNEL = Reference(
    "Graupner, Brunel 2012, Calcium-based plasticity model explains sensitivity of synaptic changes to "
    "spike pattern, "
    "rate, and dendritic location, PNAS 109:3991-3996",
    "doi:10.1073/pnas.1109359109",
    what="parameter sets and closed form of the code of that paper; equations from memory",
)


def graupner_brunel(parameter_set: str = "DP") -> Synapse:
    """A bistable efficacy that is potentiated and depressed while calcium is above one threshold or two.

    Both variables follow the clock: calcium is compared with its thresholds at every step, so an update at
    events only would need the times of the crossings, and the noise acts between them.

    Parameters
    ----------
    parameter_set : str
        A name in :data:`PARAMETER_SETS`.
    """
    if parameter_set not in PARAMETER_SETS:
        raise DeclarationError(
            f"Graupner and Brunel's model has no parameter set '{parameter_set}'; there are "
            f"{', '.join(PARAMETER_SETS)}."
        )
    values = PARAMETER_SETS[parameter_set]
    source = f"Graupner & Brunel 2012, code, set {parameter_set}"

    def some(*names: str) -> tuple[Parameter, ...]:
        seconds = ("tau_Ca", "tau_rho", "D")
        return tuple(Parameter(n, values[n], _MEANINGS[n], source, "second" if n in seconds else "1") for n in names)

    return Synapse(
        "graupner_brunel",
        mechanisms=(
            Mechanism(
                "calcium",
                "every spike of either neuron adds calcium, which decays; presynaptic calcium comes with a delay",
                parameters=some("tau_Ca", "C_presyn", "C_postsyn", "D"),
                states=(State("c", 0.0, "calcium"),),
                equations="dc/dt = -c/tau_Ca : 1",
                method="heun",
                on_pre=Event("c = c + C_presyn", delay="D"),
                on_post="c = c + C_postsyn",
                references=(GRAUPNER_BRUNEL,),
            ),
            Mechanism(
                "bistability",
                "rho drifts to 0 or 1, toward 1 while calcium is above theta_p, toward 0 while it is above theta_d",
                parameters=some("theta_d", "theta_p", "gamma_d", "gamma_p", "sigma", "tau_rho", "rho_star"),
                equations="""
                    depressing = int(c > theta_d) : 1
                    potentiating = int(c > theta_p) : 1
                    drift = gamma_p*(1 - rho)*potentiating - gamma_d*rho*depressing : 1
                    drho/dt = (drift - rho*(1 - rho)*(rho_star - rho))/tau_rho
                        + sigma*sqrt((depressing + potentiating)/tau_rho)*xi : 1
                """,
                method="heun",  # the noise is scaled by a function of the state c
                needs=("calcium",),
                references=(GRAUPNER_BRUNEL,),
            ),
        ),
        states=(State("rho", "int(rand() >= beta)", "efficacy variable, 0 in the DOWN and 1 in the UP state"),),
        parameters=(
            Parameter("w_0", 1.0, "efficacy of the DOWN state", "ours: the unit"),
            *some("beta", "b"),
        ),
        efficacy="w_0*(1 + rho*(b - 1))",
        longest_step="0.1 ms",
        longer_step="times above a threshold are rounded to whole steps (at 1 ms, set DPD and a lag of 10 ms, 36 % of "
        "the synapses go UP in place of 21 %)",
        summary=f"calcium-controlled bistable synapse, parameter set {parameter_set}",
        references=(GRAUPNER_BRUNEL,),
    )


def time_above(threshold: float, parameters: Mapping[str, float], dt_pair: float, frequency: float) -> float:
    """Fraction of time that calcium is above a threshold during a periodic train of spike pairs, exactly.

    Parameters
    ----------
    threshold : float
    parameters : mapping
        As in :data:`PARAMETER_SETS`.
    dt_pair : float
        ``t_post - t_pre`` in seconds.
    frequency : float
        Pairs per second.
    """
    tau, period = parameters["tau_Ca"], 1 / frequency
    jumps = sorted([(parameters["D"] % period, parameters["C_presyn"]), (dt_pair % period, parameters["C_postsyn"])])
    times = np.array([time for time, _ in jumps])
    lasts = np.array([times[1] - times[0], times[0] + period - times[1]])  # from one jump to the next
    # Periodic: what is there before the first jump has decayed from both, over all earlier periods.
    first, second = jumps[0][1], jumps[1][1]
    before = (first * np.exp(-period / tau) + second * np.exp(-lasts[1] / tau)) / (1 - np.exp(-period / tau))
    after_first = before + first
    after_second = after_first * np.exp(-lasts[0] / tau) + second
    above = tau * np.log(np.array([after_first, after_second]) / threshold)
    return float(np.clip(above, 0, lasts).sum() / period)


def transitions(
    parameters: Mapping[str, float], dt_pair: float, n_pairs: int = 60, frequency: float = 1.0
) -> tuple[float, float]:
    """Probabilities of the transitions DOWN to UP and UP to DOWN, in the diffusion approximation.

    During the stimulus the double well is neglected, and rho is an Ornstein-Uhlenbeck process with the rates
    averaged over a period; after it, rho falls into the well on whose side of ``rho_star`` it is.
    """
    p = parameters
    depressed = time_above(p["theta_d"], p, dt_pair, frequency)
    potentiated = time_above(p["theta_p"], p, dt_pair, frequency)
    down, up = p["gamma_d"] * depressed, p["gamma_p"] * potentiated
    if down + up == 0:
        return 0.0, 0.0
    mean = up / (up + down)
    variance = p["sigma"] ** 2 * (depressed + potentiated) / (up + down)  # twice that of the stationary state
    decay = np.exp(-n_pairs / frequency * (up + down) / p["tau_rho"])

    def tail(start: float) -> float:
        distance = p["rho_star"] - mean + (mean - start) * decay
        return float(erf(-distance / np.sqrt(variance * (1 - decay**2))))

    return (1 + tail(0.0)) / 2, (1 - tail(1.0)) / 2


def closed_form(parameters: Mapping[str, float], dt_pair: Any, n_pairs: int = 60, frequency: float = 1.0) -> np.ndarray:
    """Change in strength of many synapses by a train of spike pairs, in the diffusion approximation.

    Parameters
    ----------
    parameters : mapping
        As in :data:`PARAMETER_SETS`.
    dt_pair : float or array
        ``t_post - t_pre`` in seconds.
    n_pairs : int
    frequency : float
        Pairs per second.

    Returns
    -------
    array
        Mean efficacy after over before, for each time difference; 1 is no change.
    """
    beta, b = parameters["beta"], parameters["b"]

    def change(time: float) -> float:
        up, down = transitions(parameters, time, n_pairs, frequency)
        after_down = beta * (1 - up) + (1 - beta) * down
        after_up = beta * up + (1 - beta) * (1 - down)
        return (after_down + b * after_up) / (beta + (1 - beta) * b)

    return np.vectorize(change, otypes=[float])(dt_pair)
