"""The networks by name."""

from __future__ import annotations

from typing import Any

from synapses import DeclarationError, Synapse
from synapses.language.values import meant
from tacos.networks.error_driven import error_driven
from tacos.networks.network import Network
from tacos.networks.recruiting import recruiting
from tacos.networks.recruiting_dale import recruiting_dale
from tasks import StreamLike

NETWORKS = ("error-driven", "recruiting", "recruiting-dale")
#: Hidden cells where no number is given.
HIDDEN, RECRUITABLE = 200, 1000


def named(
    name: str, stream: StreamLike, hidden: int | None = None, synapse: Synapse | None = None, dt: Any = "1 ms"
) -> Network:
    """A network for a stream, of so many hidden cells, with its own synapse if none is given.

    Raises
    ------
    DeclarationError
        If there is no network of that name, or it has synapses of its own.
    """
    if name == "error-driven":
        return error_driven(stream, hidden=HIDDEN if hidden is None else hidden, synapse=synapse, dt=dt)
    if name not in NETWORKS:
        raise DeclarationError(f"There is no network '{name}'; there are {', '.join(NETWORKS)}{meant(name, NETWORKS)}")
    if synapse is not None:
        raise DeclarationError(f"The network '{name}' has synapses of its own; leave '{synapse.name}' out.")
    network = recruiting if name == "recruiting" else recruiting_dale
    return network(stream, RECRUITABLE if hidden is None else hidden, dt=dt)
