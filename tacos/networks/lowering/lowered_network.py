"""A network as a backend needs it: text in Brian2 syntax, numbers and names, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from synapses import Parameter
from synapses.language.lowered import LoweredSynapse
from synapses.language.pathways import Pathway


@dataclass(frozen=True)
class LoweredPopulation:
    """A population as a backend needs it.

    Attributes
    ----------
    name, size : str, int
    equations : str
        Brian2 equations without shared constants.
    parameters : dict of Parameter
    states : dict
        ``{name: type or unit}`` of everything that survives a step.
    initial : dict
        Initial value or expression of each state.
    totals : str
        Variables that are the sum of what several projections sum into them, executed before the state update.
    before_threshold : str
        Floors, refractory countdown and ``fired``, executed after the state update of a step.
    reset : str
        At a spike.
    plastic_end : str
        At the end of a presentation that is learnt from, after the synapses' events.
    end : str
        At the end of a presentation: the states that are reset.
    refractory, spikes, per_step : bool
    channel, method : str
    double : frozenset of str
        States kept in double precision whatever the rest is, with the parameters and expressions that change them.
    """

    name: str
    size: int
    equations: str
    parameters: dict[str, Parameter]
    states: dict[str, str]
    initial: dict[str, Any]
    before_threshold: str
    reset: str
    plastic_end: str
    end: str
    refractory: bool
    spikes: bool
    channel: str
    per_step: bool
    method: str
    totals: str = ""
    double: frozenset[str] = frozenset()


@dataclass(frozen=True)
class LoweredPathway(Pathway):
    """A pathway as a backend needs it.

    Attributes
    ----------
    delay_steps : int
        Of its events, rounded as Brian2 rounds.
    queue : str
        Name of the events under way, as in checkpoints; empty where the pathway was declared without a delay.
    """

    delay_steps: int = 0
    queue: str = ""


@dataclass(frozen=True)
class LoweredProjection:
    """A projection as a backend needs it: who, which pairs, which pathways in which order."""

    name: str
    source: str
    target: str
    sources: np.ndarray
    targets: np.ndarray
    all_to_all: bool
    synapse: LoweredSynapse
    pathways: tuple[LoweredPathway, ...]
    modulators: tuple[str, ...]
    initial_sites: dict[str, str]


@dataclass(frozen=True)
class LoweredNetwork:
    """A network as a backend needs it; ``steps`` counts those of a presentation, blank interval included."""

    populations: tuple[LoweredPopulation, ...]
    projections: tuple[LoweredProjection, ...]
    duration: float
    dt: float
    steps: int
    stimulus_steps: int
    readout: str

    def population(self, name: str) -> LoweredPopulation:
        """The population of a name."""
        return next(p for p in self.populations if p.name == name)

    def projection(self, name: str) -> LoweredProjection:
        """The projection of a name."""
        return next(p for p in self.projections if p.name == name)
