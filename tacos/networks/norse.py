"""Populations with Norse's neurons, declared as equations: they run on every backend.

Forward Euler with our order of a step is Norse's own order. ``lif_feed_forward_step`` adds its input to the current
before the voltage sees it, whereas spikes of our step t enter the current after the threshold of step t and act on the
voltage at t + 1: Norse gives our spikes if it is handed the input one step later. ``lsnn_feed_forward_step`` adds its
input after the threshold, as we do.

Norse multiplies its default parameters, tensors in single precision, by dt in single precision; ours are multiplied in
the precision of the backend. With parameters in double precision both agree to rounding.
"""

from __future__ import annotations

import math
from typing import Any

from synapses import DeclarationError, Parameter
from tacos.networks.populations import Population

NORSE = "Norse 1.1.0"
_MEANING = {
    "tau_syn_inv": ("inverse synaptic time constant", "hertz"),
    "tau_mem_inv": ("inverse membrane time constant", "hertz"),
    "tau_adapt_inv": ("inverse time constant of the threshold", "hertz"),
    "v_leak": ("leak potential", "1"),
    "v_th": ("threshold; that to which an adaptive one relaxes", "1"),
    "v_reset": ("reset potential", "1"),
    "beta": ("rise of the threshold at a spike", "1"),
}
_LIF = ("tau_syn_inv", "tau_mem_inv", "v_leak", "v_th", "v_reset")


def norse_lif(name: str, size: int, parameters: Any = None) -> Population:
    """Norse's leaky integrate-and-fire neurons (``norse.torch.functional.lif``).

    ``dV/dt = tau_mem_inv ((v_leak - V) + I)``, ``dI/dt = -tau_syn_inv I``, a spike adds its weight to ``I``; spike at
    ``V > v_th``, reset to ``v_reset``. Dimensionless voltage, rates per second.

    Parameters
    ----------
    name, size : str, int
    parameters : norse.torch.LIFParameters, optional
        Scalars; Norse's defaults if not given.

    Raises
    ------
    DeclarationError
        If a parameter is one for each neuron, or Norse is needed for its defaults and is not installed.
    """
    p = _norse().LIFParameters() if parameters is None else parameters
    return Population(
        name,
        size,
        equations="dV/dt = tau_mem_inv*((v_leak - V) + I) : 1\ndI/dt = -tau_syn_inv*I : 1",
        threshold="V > v_th",
        reset="V = v_reset",
        parameters=_parameters(name, p, _LIF),
        initial={"V": "v_leak"},
        receptors={"current": "I += efficacy"},
    )


def norse_lif_refractory(name: str, size: int, parameters: Any = None) -> Population:
    """Norse's LIF neurons with an absolute refractory period in steps (``norse.torch.functional.lif_refrac``).

    As :func:`norse_lif`; for ``rho_reset`` steps after a spike the voltage stays and nothing fires, while the current
    goes on. ``rho`` is Norse's count and one more, from the spike on, so that it says both what the voltage may do
    (as the step begins) and whether to fire (once it is counted down).

    Parameters
    ----------
    name, size : str, int
    parameters : norse.torch.LIFRefracParameters, optional
        Scalars; Norse's defaults if not given.

    Raises
    ------
    DeclarationError
        As :func:`norse_lif`.
    """
    p = _refractory_defaults() if parameters is None else parameters
    steps = math.ceil(_scalar(name, "rho_reset", p.rho_reset))
    return Population(
        name,
        size,
        equations="""
            dV/dt = int(rho < 1.5)*tau_mem_inv*((v_leak - V) + I) : 1
            dI/dt = -tau_syn_inv*I : 1
            drho/dt = -int(rho > 0.5)/dt : 1
        """,
        threshold="V > v_th and rho < 0.5",
        reset="V = v_reset\nrho = rho_reset + 1",
        parameters=(
            *_parameters(name, p.lif, _LIF),
            Parameter("rho_reset", float(steps), "refractory steps", NORSE),
        ),
        initial={"V": "v_leak"},
        receptors={"current": "I += efficacy"},
    )


def norse_lsnn(name: str, size: int, parameters: Any = None) -> Population:
    """Norse's LIF neurons with an adaptive threshold (``norse.torch.functional.lsnn``).

    As :func:`norse_lif`, with spikes at ``V > b``, ``db/dt = tau_adapt_inv (v_th - b)`` and ``b += beta`` at a spike.

    Parameters
    ----------
    name, size : str, int
    parameters : norse.torch.LSNNParameters, optional
        Scalars; Norse's defaults if not given, of which ``tau_adapt_inv`` is 1/(800 s).

    Raises
    ------
    DeclarationError
        As :func:`norse_lif`.
    """
    p = _norse().LSNNParameters() if parameters is None else parameters
    return Population(
        name,
        size,
        equations="""
            dV/dt = tau_mem_inv*((v_leak - V) + I) : 1
            dI/dt = -tau_syn_inv*I : 1
            db/dt = tau_adapt_inv*(v_th - b) : 1
        """,
        threshold="V > b",
        reset="V = v_reset\nb += beta",
        parameters=_parameters(name, p, (*_LIF, "tau_adapt_inv", "beta")),
        initial={"V": "v_leak", "b": "v_th"},
        receptors={"current": "I += efficacy"},
    )


def _norse() -> Any:
    try:
        import norse.torch
    except ImportError as error:
        raise DeclarationError("Norse's default parameters need Norse: pip install 'tacos-snn[torch]'.") from error
    return norse.torch


def _refractory_defaults() -> Any:
    _norse()
    from norse.torch.functional.lif_refrac import LIFRefracParameters

    return LIFRefracParameters()


def _parameters(population: str, given: Any, names: tuple[str, ...]) -> tuple[Parameter, ...]:
    """Norse's parameters of those names as ours."""
    found = []
    for name in names:
        meaning, unit = _MEANING[name]
        found.append(Parameter(name, _scalar(population, name, getattr(given, name)), meaning, NORSE, unit=unit))
    return tuple(found)


def _scalar(population: str, name: str, value: Any) -> float:
    """A number from a number or a tensor without axes."""
    shape = tuple(getattr(value, "shape", ()))
    if shape:
        raise DeclarationError(
            f"Population '{population}': all neurons share one '{name}', so it is a number, not a tensor of {shape}."
        )
    return float(value)
