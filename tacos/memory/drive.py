"""How a pattern is shown to a synapse: spikes of its two neurons that ask for potentiation or for depression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synapses import Synapse, title
from synapses.language.units import si_value
from tacos.errors import RunError
from tacos.networks.network import Network
from tacos.networks.populations import Population
from tacos.networks.projections import OneToOne, Projection
from tasks import IMAGE

#: The longest time step; shorter where the synapse asks for it.
STEP = 1e-3
#: Names in the network that stores patterns.
PRE, POST, STORED = "pre", "post", "stored"


def _seconds(value: Any, what: str) -> float:
    return float(value) if isinstance(value, int | float) else float(si_value(value, "second", what))


@dataclass(frozen=True)
class Drive:
    """Spikes of both neurons in a presentation, by what is asked of the synapse.

    Attributes
    ----------
    potentiation, depression : tuple
        ``(times of presynaptic spikes, times of postsynaptic spikes)``: in seconds, quantities, or text such as "5 ms".
    duration : float
        Of a presentation; likewise.
    name : str

    Raises
    ------
    RunError
        If a spike is not within the presentation.
    """

    potentiation: tuple[Sequence[Any], Sequence[Any]]
    depression: tuple[Sequence[Any], Sequence[Any]]
    duration: Any
    name: str = "own"

    def __post_init__(self) -> None:
        here = f"The drive '{self.name}'"
        object.__setattr__(self, "duration", _seconds(self.duration, f"{here}: the duration"))
        for side in ("potentiation", "depression"):
            pre, post = ([_seconds(t, f"{here}: a spike") for t in times] for times in getattr(self, side))
            for time in (*pre, *post):
                if not 0 <= time < self.duration:
                    raise RunError(
                        f"{here}: a spike at {time:g} s is not within {self.duration:g} s of a presentation."
                    )
            object.__setattr__(self, side, (tuple(pre), tuple(post)))

    def network(self, synapse: Synapse, n: int) -> Network:
        """As many synapses of a kind, each between two neurons of its own that fire as the drive says.

        Nothing is transmitted, so that efficacies may have any unit.

        Parameters
        ----------
        synapse : Synapse
        n : int

        Raises
        ------
        RunError
            If the synapse needs more than spikes.
        """
        refuse_what_spikes_cannot_drive(synapse)
        dt = min(STEP, synapse.longest_step or STEP)
        sides = zip(self.potentiation, self.depression, strict=True)
        pre, post = (
            Population(
                name, n, "heard : 1", threshold=_condition(up, down, dt), receptors={"current": "heard += efficacy"},
                channel=IMAGE,
            )
            for name, (up, down) in zip((PRE, POST), sides, strict=True)
        )  # fmt: skip
        projection = Projection(PRE, POST, synapse.with_efficacy("0"), connectivity=OneToOne(), name=STORED)
        return Network((pre, post), (projection,), duration=self.duration, dt=dt, readout=POST)


def coincidence(spikes: int = 1, interval: Any = "10 ms", name: str = "coincidence") -> Drive:
    """Both neurons fire together for potentiation, the presynaptic one alone for depression."""
    step = _seconds(interval, "The interval")
    times = [k * step for k in range(spikes)]
    return Drive((times, times), (times, ()), max(2 * STEP, spikes * step if spikes > 1 else 0), name)


def timing(lag: Any = "5 ms", pairs: int = 1, interval: Any = "40 ms", name: str = "timing") -> Drive:
    """The presynaptic spike comes first for potentiation, last for depression."""
    later, step = _seconds(lag, "The lag"), _seconds(interval, "The interval")
    first = [k * step for k in range(pairs)]
    last = [time + later for time in first]
    return Drive((first, last), (last, first), pairs * step, name)


#: By name, in the order in which they are tried.
DRIVES = {
    drive.name: drive for drive in (coincidence(), timing(), coincidence(5, name="burst"))
}  # fmt: skip


def named(name: str) -> Drive:
    """The drive of a name; a :class:`RunError` if there is none."""
    if name not in DRIVES:
        raise RunError(f"There is no drive '{name}'; there are {', '.join(DRIVES)}.")
    return DRIVES[name]


def refuse_what_spikes_cannot_drive(synapse: Synapse) -> None:
    """Raise a :class:`RunError` about a synapse that neurons with given spikes cannot drive.

    What a synapse must offer: an efficacy that its own states and parameters give, and events on spikes or at the end
    of a presentation. Of its neurons it may read what it declares itself (traces of spikes).
    """
    built = synapse.lowered
    for side, needs in (("presynaptic", built.pre), ("postsynaptic", built.post)):
        for need in needs:
            if not need.equations.strip():
                raise RunError(
                    f"'{title(synapse)}' stores no patterns of spikes: it reads '{need.name}' of the {side} neuron, "
                    "which neurons with given spikes do not have."
                )
    for modulator in built.modulators:
        if modulator.source:
            raise RunError(
                f"'{title(synapse)}' stores no patterns of spikes: it waits for the neuromodulator '{modulator.name}', "
                f"which spikes of '{modulator.source}' drive."
            )


def _condition(up: Sequence[float], down: Sequence[float], dt: float) -> str:
    """Condition for a spike, by what the neuron's synapse is asked for: one for potentiation, zero for depression."""
    asked = [("stimulus > 0.5", up), ("stimulus < 0.5", down)]
    parts = [
        f"({which} and ({' or '.join(f'step == {round(time / dt)}' for time in times)}))"
        for which, times in asked
        if times
    ]
    return " or ".join(parts) or "step < 0"
