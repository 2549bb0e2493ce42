"""The recruiting network with Dale's law, conductances, and inhibitory cells in the place of the common inhibition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from synapses import Parameter, Synapse, static
from synapses import recruiting as both_synapses
from tacos.networks.network import Network
from tacos.networks.populations import Population
from tacos.networks.projections import Projection
from tacos.networks.recruiting import CELL_STATES, OURS, recruiting
from tasks import Encoding, StreamLike

#: Basket cells, each of which hears all hidden cells and inhibits all of them.
BASKETS = 10
#: Feed-forward inhibitory cells, each of which fires once for so many spikes of the inputs.
FEED_FORWARD, SPIKES_HEARD = 50, 1000
#: Inhibition by one spike of an input, as a conductance times milliseconds.
FEED_FORWARD_INHIBITION = 0.1


def recruiting_dale(
    stream: StreamLike | Sequence[int],
    cells: int = 1000,
    synapse: Mapping[str, Synapse] | None = None,
    *,
    encoding: Encoding | None = None,
    duration: Any = None,
    dt: Any = "1 ms",
) -> Network:
    """`tacos.recruiting` as a physiologist would accept it: excitatory cells excite, inhibitory ones inhibit.

    Inputs and hidden cells are excitatory: their weights are never negative. Hidden cells have conductances with
    reversal potentials. What the negative weights did is done by feed-forward inhibitory cells, which count the spikes
    of all inputs; what the common inhibition did by basket cells, which the hidden cells drive, a step later than that.
    Recruitment, the error neurons and the outputs are as before.

    Parameters
    ----------
    stream, cells, synapse, encoding, duration, dt
        As of `tacos.recruiting`.

    Returns
    -------
    Network
    """
    synapse = both_synapses(dale=True) if synapse is None else synapse
    base = recruiting(stream, cells, synapse, encoding=encoding, duration=duration, dt=dt)
    inputs, hidden = base.population("input"), base.population("hidden")
    inputs = replace(
        inputs, pooled={k: v for k, v in inputs.pooled.items() if k != "n_mean"} | {"n_square": "sum(spike_count**2)"}
    )
    changed = {"input": inputs, "hidden": with_conductances(hidden)}
    per_spike = FEED_FORWARD_INHIBITION * SPIKES_HEARD / FEED_FORWARD / 25
    return replace(
        base,
        populations=(*(changed.get(p.name, p) for p in base.populations), basket_cells(), counting_cells()),
        projections=(
            *base.projections,
            Projection("hidden", "basket", static(1.0), "V += efficacy"),
            Projection("basket", "hidden", static(4.0 / BASKETS), "basket"),
            Projection("input", "feed-forward", static(1 / SPIKES_HEARD), "V += efficacy"),
            Projection("feed-forward", "hidden", static(per_spike), "feed-forward"),
        ),
    )


def with_conductances(cells: Population) -> Population:
    """Recruitable cells with an excitatory conductance I and two inhibitory ones, in the place of currents."""
    gone = {"inhibited", "n_firing"}
    return replace(
        cells,
        equations=f"""
            dI/dt = -I/tau_syn : 1
            dG/dt = -G/tau_G : 1
            dF/dt = -F/tau_F : 1
            dV/dt = (R*I*(E_e - V)/E_e + (G + F)*(E_i - V) - V)/tau_m : 1 (unless refractory)
            {CELL_STATES}
        """,
        pooled={k: v for k, v in cells.pooled.items() if k not in gone},
        events={k: v for k, v in cells.events.items() if k not in gone},
        on_event={k: v for k, v in cells.on_event.items() if k not in gone},
        receptors={**cells.receptors, "basket": "G += efficacy", "feed-forward": "F += efficacy"},
        parameters=(
            *(p for p in cells.parameters if p.name != "inhibition"),
            Parameter("tau_F", "25 ms", "decay of the feed-forward inhibition", OURS),
            Parameter("E_e", 4.67, "excitatory reversal potential: 0 mV, the threshold 15 mV above -70 mV", OURS),
            Parameter("E_i", -1 / 3, "inhibitory reversal potential: -75 mV on the same scale", OURS),
        ),
    )


def basket_cells() -> Population:
    """Inhibitory cells that fire as soon as one excitatory cell does."""
    return Population("basket", BASKETS, "V : 1", threshold="V >= 1", reset="V = 0", refractory="1 ms")


def counting_cells() -> Population:
    """Inhibitory integrators without a leak that count the spikes of the inputs, each out of phase with the others."""
    return Population("feed-forward", FEED_FORWARD, "V : 1", threshold="V >= 1", reset="V -= 1", initial={"V": "i/N"})
