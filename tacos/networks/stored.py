"""Networks as plain data, and networks made of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from synapses import Parameter, Synapse
from synapses.language.model import modulator_from, plain_data
from tacos.networks.connectomes import Values
from tacos.networks.network import Network
from tacos.networks.populations import Population
from tacos.networks.projections import CONNECTIVITIES, Projection


def as_data(network: Network) -> dict[str, Any]:
    """The whole declaration as plain data."""
    data = {key: getattr(network, key) for key in ("duration", "dt", "blank", "signals", "readout")}
    data["populations"] = [asdict(p) for p in network.populations]
    data["modulators"] = tuple(asdict(m) for m in network.modulators)
    data["conditions"] = network.conditions
    data |= {"learning_rate": network.learning_rate} if network.learning_rate != "eta" else {}
    data |= {"in_use": network.in_use} if network.in_use else {}
    data["projections"] = [
        {
            **{
                k: getattr(p, k)
                for k in ("source", "target", "receptor", "delay", "sign", "name", "random_name", "order", "values")
            },
            "connectivity": {"kind": type(p.connectivity).__name__, **asdict(p.connectivity)},
            "synapse": p.synapse.to_dict(),
        }
        for p in network.projections
    ]
    return plain_data(_as_lists(data))


def from_data(data: dict[str, Any]) -> Network:
    """The network that was written as plain data."""
    populations = [
        Population(**{**p, "parameters": tuple(Parameter(**q) for q in p.get("parameters", ()))})
        for p in data["populations"]
    ]
    projections = []
    for p in data["projections"]:
        connectivity = dict(p["connectivity"])
        built = CONNECTIVITIES[connectivity.pop("kind")](**connectivity)
        p = {**p, "values": {name: np.array(v) for name, v in p.get("values", {}).items()}}
        projections.append(Projection(**{**p, "connectivity": built, "synapse": Synapse.from_dict(p["synapse"])}))
    modulators = [modulator_from(m) for m in data.get("modulators", ())]
    return Network(**{**data, "populations": populations, "projections": projections, "modulators": modulators})


def _as_lists(value: Any) -> Any:
    """Data with arrays as lists."""
    if isinstance(value, Values):
        return value.array.tolist()
    if isinstance(value, dict):
        return {key: _as_lists(item) for key, item in value.items()}
    return type(value)(map(_as_lists, value)) if isinstance(value, list | tuple) else value
