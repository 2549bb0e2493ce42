"""Hours of biological time: short steps while something happens, long ones while nothing does.

Slow states (tags, proteins, late phases) go on while neurons are silent. A second network with the same slow states,
and without what is fast, runs those hours with a longer step, from the state of the first and back.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tacos.backends import Choice, RawRecord, Simulator, Stretch, simulator
from tacos.networks.initial import State, initial_state
from tacos.networks.network import Network


def carried(state: State, network: Network, seed: int) -> State:
    """The state of a network at its start, with those values that another network has under the same names.

    Parameters
    ----------
    state : dict
        Of the other network; populations and projections that are to go on have the same names and sizes.
    network : Network
    seed : int
        Of the initial values of what the other network does not have.
    """
    fresh = initial_state(network.lowered, seed)
    return {key: state.get(key, value) for key, value in fresh.items()}


class Timeline:
    """Several networks that take turns on one time axis.

    Parameters
    ----------
    networks : dict
        By a name of their own. Each is compiled once.
    recorded : sequence of str
        States that all networks have, ``"population.state"`` or ``"projection.state"``: noted at the end of each
        presentation.
    seed : int
        Of initial values and of all random numbers.
    choice : Choice, optional
        What runs the networks; Brian2's C++ in float64 if not given.

    Attributes
    ----------
    state : dict
        Of the network that ran last. What the next one has besides starts anew: fast states are at rest after a
        silent time.
    time : float
        Seconds since the start.
    """

    def __init__(
        self,
        networks: Mapping[str, Network],
        recorded: Sequence[str] = (),
        seed: int = 1,
        choice: Choice | None = None,
        simulators: Mapping[str, Simulator] | None = None,
    ) -> None:
        self._networks, self._recorded, self._seed = dict(networks), tuple(recorded), seed
        choice = choice or Choice(dtype="float64")
        self.simulators = dict(simulators or {name: simulator(n, choice) for name, n in networks.items()})
        self.state: State = {}
        self.time, self._presentations = 0.0, 0
        self._times: list[np.ndarray] = []
        self._records: dict[str, list[np.ndarray]] = {key: [] for key in recorded}

    def run(
        self,
        name: str,
        n: int = 1,
        shown: Mapping[str, np.ndarray] | None = None,
        parameters: Mapping[str, float] | None = None,
    ) -> None:
        """Run some presentations of one network.

        Parameters
        ----------
        name : str
        n : int
            Number of presentations.
        shown : dict, optional
            ``{channel: values}``, a row for each presentation, or for each step of it; nothing if not given.
        parameters : dict, optional
            ``{"owner.parameter": value}`` in base SI units that hold for this time.
        """
        network, made = self._networks[name], self.simulators[name]
        length = network.duration + network.blank
        state = carried(self.state, network, self._seed)
        for first in range(0, n, made.capacity):
            count = min(made.capacity, n - first)
            rows = {}
            for channel, values in (shown or {}).items():
                each = len(values) // n  # one, or the steps of a presentation
                rows[channel] = values[first * each : (first + count) * each]
            with tempfile.TemporaryDirectory() as folder:
                records = [RawRecord(key, Path(folder) / str(k)) for k, key in enumerate(self._recorded)]
                stretch = Stretch(
                    rows, self._presentations, self._seed, 0, True, count, records=records, parameters=parameters or {}
                )
                state = made.run(state, stretch).state
                for record in records:
                    kind = np.int32 if state[record.key].dtype == np.int32 else np.float32
                    self._records[record.key].append(np.fromfile(record.path, kind).reshape(count, -1))
            self._times.append(self.time + length * np.arange(1, count + 1))
            self.time += length * count
            self._presentations += count
        self.state = state

    def traces(self) -> tuple[np.ndarray, dict[str, Any]]:
        """Times in seconds, and for each recorded state its values ``[time, neuron or synapse]``."""
        return np.concatenate(self._times), {key: np.concatenate(rows) for key, rows in self._records.items()}
