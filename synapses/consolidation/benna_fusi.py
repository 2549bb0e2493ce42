"""A chain of ever slower variables that consolidates the efficacy.

Benna, Fusi 2016, "Computational principles of synaptic memory consolidation", Nature Neuroscience
19:1697-1706, arXiv:1507.07580.

    C_k du_k/dt = g_{k-1,k} (u_{k-1} - u_k) + g_{k,k+1} (u_{k+1} - u_k),  C_k = x^(k-1),  g_{k,k+1} = g
    x^-(k-1)

with ``u_1 = w``, the efficacy, and ``u_{n+1} = 0``. Of the paper the abstract was read; equations and the
usual constants (x = 2, g = 1/8) are from memory. What deviates: ``w`` is driven by pair-based STDP, additive
and without bounds (the theory is linear); all variables are continuous; the unit of time ``alpha`` is ours.
"""

from __future__ import annotations

from synapses.language import DeclarationError, Mechanism, Parameter, Reference, State, Synapse
from synapses.spike_timing.stdp import EXAMPLE, MEMORY, SONG, traces

BENNA_FUSI = Reference(
    "Benna, Fusi 2016, Computational principles of synaptic memory consolidation, Nature Neuroscience 19:1697-1706",
    "arXiv:1507.07580",
    "inspired by",
    "the chain and its constants, from memory; the abstract was read",
)
FROM_MEMORY = "Benna & Fusi 2016, from memory"


def drive(pairing: str = "all-to-all") -> Mechanism:
    """Additive pair-based STDP without bounds: the input of the chain."""
    pre_trace, post_trace = traces(pairing)
    return Mechanism(
        "drive",
        "pairs of spikes push the efficacy, the first variable of the chain",
        parameters=(
            Parameter("A_plus", 0.005, "push of a pair, pre before post", MEMORY),
            Parameter("A_minus", 0.00525, "push of a pair, post before pre, 1.05 A_plus", EXAMPLE),
        ),
        pre=(pre_trace,),
        post=(post_trace,),
        on_pre="w = w - A_minus*trace_minus_post*gate",
        on_post="w = w + A_plus*trace_plus_pre*gate",
        references=(SONG,),
    )


def consolidation_chain(
    n: int = 6, leak: bool = True, update: str = "presentation", start: float | str = 0.0
) -> Mechanism:
    """The chain of variables behind the efficacy.

    Parameters
    ----------
    n : int
        Number of variables, the efficacy included; at least 2.
    leak : bool
        Whether the last variable leaks to zero (``u_{n+1} = 0``); otherwise ``sum_k C_k u_k`` is conserved.
    update : {"presentation", "step"}
        A forward Euler step of the duration of a presentation at its end, or one of dt at every time step.
        Both are stable, and keep all variables of one sign, up to steps of ``alpha/g``; see
        :func:`longest_step`.
    start : float or str
        Initial value of the slower variables; ``"w"`` for a chain at rest, whatever the efficacy.

    Notes
    -----
    Once a presentation is the default: the fastest variable changes within ``alpha/g``, many presentations,
    so that an update at every time step would cost a hundred times more and change the result by
    duration*g/alpha of a change.
    """
    if n != int(n) or n < 2:
        raise DeclarationError(f"A chain has at least 2 variables, the efficacy included, not {n}.")
    if update not in ("presentation", "step"):
        raise DeclarationError(f"The chain is updated once a 'presentation' or a 'step', not '{update}'.")
    u = ["w", *(f"u_{k}" for k in range(2, n + 1)), "0"]
    capacity = ["1", "x", *(f"x**{k}" for k in range(2, n))]
    flows = [f"g/{capacity[k]}*({u[k]} - {u[k + 1]})" for k in range(n if leak else n - 1)]
    out = [f"flow_{k}" for k in range(1, len(flows) + 1)] + ([] if leak else ["0"])
    net = [f"-{out[0]}", *(f"({out[k - 1]} - {out[k]})/{capacity[k]}" for k in range(1, n))]
    named = list(zip(out, flows, strict=False))
    if update == "presentation":
        lines = [f"{name} = {flow}" for name, flow in named]
        lines += [f"{u[k]} = {u[k]} + duration/alpha*({net[k]})" for k in range(n)]
        at_end, equations = "\n".join(lines), ""
    else:
        lines = [f"{name} = {flow} : 1" for name, flow in named]
        lines += [f"d{u[k]}/dt = ({net[k]})/alpha : 1" for k in range(n)]
        at_end, equations = "", "\n".join(lines)
    return Mechanism(
        "consolidation chain",
        f"the efficacy is the first of {n} variables, each slower than the one before",
        parameters=(
            Parameter("alpha", "10 s", "unit of time of the chain", "ours"),
            Parameter("x", 2.0, "ratio of neighbouring capacities, and of couplings", FROM_MEMORY),
            Parameter("g", 0.125, "coupling of the first two variables", FROM_MEMORY),
        ),
        states=tuple(State(name, start, f"variable {k} of the chain") for k, name in enumerate(u[1:n], 2)),
        references=(BENNA_FUSI,),
        equations=equations,
        at_end=at_end,
    )


def longest_step(model: Synapse) -> float:
    """Longest step of time, in seconds, with which the chain is integrated stably: ``alpha/g`` for x >= 1.

    The first variable empties at the rate ``g/alpha``, every later one more slowly, so by Gershgorin's
    theorem no rate of the chain is above ``2 g/alpha``; forward Euler is stable up to two over that.
    """
    values = {name: p.value for name, p in model.all_parameters().items()}
    fastest = max(1.0, (1 + 1 / values["x"]) / values["x"])
    return values["alpha"] / values["g"] / fastest


def benna_fusi(n: int = 6, leak: bool = True, update: str = "presentation", pairing: str = "all-to-all") -> Synapse:
    """A synapse whose changes are consolidated along a chain of ever slower variables.

    Parameters
    ----------
    n, leak, update
        See :func:`consolidation_chain`.
    pairing : {"all-to-all", "nearest"}
        Of the spikes that drive it; see :func:`synapses.spike_timing.stdp.stdp`.
    """
    return Synapse(
        "benna_fusi",
        mechanisms=(drive(pairing), consolidation_chain(n, leak, update)),
        states=(State("w", 0.0, "efficacy, the first variable of the chain"),),
        summary=f"additive STDP, consolidated by a chain of {n} variables",
        references=(BENNA_FUSI,),
    )
