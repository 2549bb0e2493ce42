"""A network as a backend needs it: text in Brian2 syntax, numbers and names, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from synapses import Parameter
from synapses.language.lowered import LoweredSynapse
from synapses.language.pathways import Pathway
from synapses.language.statements import parsed
from synapses.language.subexpressions import definitions_in
from tacos.networks.lowering.pools import Pool, Reading


@dataclass(frozen=True)
class LoweredEvent:
    """A named event of a population.

    Attributes
    ----------
    name : str
    flag : str
        Boolean of each neuron that says whether it has the event.
    at_end : bool
        Whether it is looked for at the end of a presentation rather than in each step.
    lasting : bool
        Whether it changes what survives a presentation, and so happens only while plasticity is not frozen.
    own : tuple of str
        What it does to its neurons.
    """

    name: str
    flag: str
    at_end: bool
    lasting: bool
    own: tuple[str, ...] = ()


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
    before_threshold : tuple of str
        Floors, ``fired``, refractory countdown and flags of named events, executed after the state update of a step.
        Blocks that read pools are cut into parts, executed one after the other, each for all neurons.
    reset : tuple of str
        At a spike.
    before_end : tuple of str
        Flags of named events at the end of a presentation, before everything else there.
    plastic_end : tuple of str
        At the end of a presentation that is learnt from, after the synapses' events.
    end : str
        At the end of a presentation: the states that are reset.
    refractory, spikes, per_step : bool
    channel, method : str
    pools : dict of Pool
    events : dict of LoweredEvent
    modulators : tuple of str
        Neuromodulators that its code reads.
    courses : dict
        Values of its time courses by the function of an index that its equations call.
    broadcast : bool
        Whether it is itself a neuromodulator, which is updated before the neurons that may read it.
    double : frozenset of str
        States kept in double precision whatever the rest is, with the parameters and expressions that change them.
    """

    name: str
    size: int
    equations: str
    parameters: dict[str, Parameter]
    states: dict[str, str]
    initial: dict[str, Any]
    before_threshold: tuple[str, ...]
    reset: tuple[str, ...]
    before_end: tuple[str, ...]
    plastic_end: tuple[str, ...]
    end: str
    refractory: bool
    spikes: bool
    channel: str
    per_step: bool
    method: str
    totals: str = ""
    pools: dict[str, Pool] = field(default_factory=dict)
    events: dict[str, LoweredEvent] = field(default_factory=dict)
    modulators: tuple[str, ...] = ()
    courses: dict[str, tuple[float, ...]] = field(default_factory=dict)
    broadcast: bool = False
    double: frozenset[str] = frozenset()

    @property
    def definitions(self) -> dict[str, str]:
        """What its subexpressions say."""
        return definitions_in(parsed(self.equations))

    @property
    def reading(self) -> Reading:
        """What its code reads, through subexpressions and pools."""
        return Reading(self.pools, self.definitions)


@dataclass(frozen=True)
class LoweredPathway(Pathway):
    """A pathway as a backend needs it.

    Attributes
    ----------
    delay_steps : int
        Of its events, rounded as Brian2 rounds.
    delays : array or None
        The same for each synapse, where they differ; ``delay_steps`` is the longest then.
    queue : str
        Name of the events under way, as in checkpoints; empty where the pathway was declared without a delay.
    """

    delay_steps: int = 0
    delays: np.ndarray | None = None
    queue: str = ""


@dataclass(frozen=True)
class LoweredProjection:
    """A projection as a backend needs it: who, which pairs, which pathways in which order, which values of its own.

    Synapses are sorted by source.
    """

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
    values: dict[str, np.ndarray] = field(default_factory=dict)


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

    def states_in_double(self) -> list[str]:
        """States that are kept in double precision wherever they run, as ``owner.state``."""
        parts = [(p.name, p.double & set(p.states)) for p in self.populations]
        parts += [(p.name, p.synapse.double & set(p.synapse.states)) for p in self.projections]
        return [f"{owner}.{name}" for owner, names in parts for name in sorted(names)]
