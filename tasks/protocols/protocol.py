"""A protocol: what an experimenter does to synapses, as plain data that runs like a stream."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from tasks.encodings import Encoding, Raster
from tasks.errors import TaskError
from tasks.streams.protocol import Presentations
from tasks.units import Amount, in_ms, seconds

Times = tuple[float, ...]


@dataclass(frozen=True)
class Protocol:
    """Spike times of a presynaptic and a postsynaptic neuron, condition by condition; all conditions run side by side.

    It is a stream: its presentations are pieces of the whole, one after the other without a break, and nothing is reset
    in between. Presynaptic neurons are inputs ``0 ... n - 1`` of it, postsynaptic ones ``n ... 2 n - 1``, and the one
    that releases neuromodulators, if it fires, the last.

    Attributes
    ----------
    name : str
    pre, post : sequence of sequences of float
        Spike times in seconds, one sequence a condition.
    x : sequence of float
        What differs between the conditions: the abscissa of the curve, such as lags.
    label, unit : str
        Its name and unit, for axes.
    potential : sequence of float, optional
        At which the postsynaptic cell of each condition is clamped, in volt.
    lasts : float
        How long it takes, in seconds; until a second after the last spike if not given.
    dt : float
        Time step in seconds. Spikes fall on the nearest step.
    piece : float
        Length of a presentation in seconds: results are recorded at the ends of pieces.
    release : sequence of float
        Spike times, in seconds, of the neuron that drives the neuromodulators, which reach all conditions alike; if not
        given, nothing drives them.

    Raises
    ------
    TaskError
        If the sequences do not fit each other, or two spikes of a neuron fall on one step.
    """

    name: str
    pre: Sequence[Sequence[float]]
    post: Sequence[Sequence[float]]
    x: Sequence[float]
    label: str = "condition"
    unit: str = "1"
    potential: Sequence[float] | None = None
    lasts: Amount = 0.0
    dt: Amount = 1e-4
    piece: Amount = 1.0
    release: Sequence[float] = ()

    kind: ClassVar[str] = "protocol"
    scenario: ClassVar[str] = "protocol"
    held_out: ClassVar[str] = "test"
    passes: ClassVar[int] = 1
    n_tasks: ClassVar[int] = 1
    has_ends: ClassVar[bool] = False

    def __post_init__(self) -> None:
        def plain(times: Iterable[Iterable[float]]) -> tuple[Times, ...]:
            return tuple(tuple(map(float, own)) for own in times)

        for name, values in (("pre", plain(self.pre)), ("post", plain(self.post)), ("x", tuple(map(float, self.x)))):
            object.__setattr__(self, name, values)
        if self.potential is not None:
            object.__setattr__(self, "potential", tuple(map(float, self.potential)))
        object.__setattr__(self, "release", tuple(map(float, self.release)))
        for name in ("lasts", "dt", "piece"):
            object.__setattr__(self, name, seconds(getattr(self, name), name))
        sizes = {len(self.pre), len(self.post), len(self.x), len(self.potential or self.x)}
        if len(sizes) > 1 or not self.x:
            raise TaskError(f"{self.name!r} needs as many of pre, post, x and potential, at least one; not {sizes}.")
        if not 0 < self.dt <= self.piece / 2:
            raise TaskError(f"a piece of {in_ms(self.piece)} must be at least two steps of {in_ms(self.dt)}.")
        if not self.lasts:
            last = max((own[-1] for own in self._trains if own), default=0.0)
            object.__setattr__(self, "lasts", last + 1.0)
        self._steps  # noqa: B018  (so that spikes that cannot be are refused now)

    # -- what a stream says

    @property
    def encoding(self) -> Encoding:
        """The presentations are the spikes."""
        return Raster()

    @property
    def duration(self) -> float:
        """Of a presentation: a piece but for its last step."""
        return (self.steps - 1) * self.dt

    @property
    def blank(self) -> float:
        """The last step of a piece, in which spikes are shown, too: with a blank nothing is reset between pieces."""
        return self.dt

    @property
    def steps(self) -> int:
        """Of a piece."""
        return round(self.piece / self.dt)

    @property
    def n(self) -> int:
        """How many conditions there are."""
        return len(self.x)

    @property
    def n_inputs(self) -> int:
        """A presynaptic and a postsynaptic spike train a condition, and that which releases neuromodulators."""
        return len(self._trains)

    @property
    def n_classes(self) -> int:
        """As many as inputs: nothing is taught or tested, and the spike trains answer for themselves."""
        return self.n_inputs

    @property
    def n_presentations(self) -> int:
        """How many pieces there are, the rest of the last one included."""
        return int(np.ceil(round((self.lasts + self._lead * self.dt) / self.dt) / self.steps))

    @property
    def task_names(self) -> tuple[str, ...]:
        """The protocol is one task."""
        return (self.name,)

    @property
    def image_shape(self) -> tuple[int, int]:
        """A row of presynaptic, one of postsynaptic trains; all in one where there is another."""
        return (1, self.n_inputs) if self.release else (2, self.n)

    @property
    def evaluation_points(self) -> tuple[int, ...]:
        """The end."""
        return (self.n_presentations,)

    def outputs(self, task: int) -> NDArray[np.int64]:
        """All."""
        del task
        return np.arange(self.n_classes)

    def chance(self, task: int) -> float:
        """There is nothing to guess."""
        del task
        return 1.0

    def presentations(self, seed: int, start: int, stop: int) -> Presentations:
        """Pieces, as rasters: one row a step, shape ``((stop - start) * steps, n_inputs)``; the same for every seed."""
        del seed
        images = np.zeros(((stop - start) * self.steps, self.n_inputs))
        for train, steps in enumerate(self._steps):
            row = steps - start * self.steps
            images[row[(row >= 0) & (row < len(images))], train] = 1
        return Presentations(images, np.zeros(stop - start, dtype=np.int64))

    def first_shown(self, seed: int, start: int, stop: int) -> NDArray[np.int64]:
        """Every piece is shown once."""
        del seed
        return np.arange(start, stop)

    def contexts(self, seed: int, start: int, stop: int) -> NDArray[np.int64]:
        """All of one task."""
        del seed
        return np.zeros(stop - start, dtype=np.int64)

    def held_out_presentations(self, task: int) -> Presentations:
        """One piece without a spike: a protocol is not tested."""
        del task
        return Presentations(np.zeros((self.steps, self.n_inputs)), np.zeros(1, dtype=np.int64))

    def with_options(self, **changes: Any) -> Self:
        """The same with something changed."""
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """All of it, plain enough for TOML; see `tasks.from_dict`."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in ("pre", "post"):
            values[name] = [list(own) for own in values[name]]
        values["x"] = list(self.x)
        if values.pop("potential") is not None:
            values["potential"] = list(self.potential or ())
        if release := values.pop("release"):
            values["release"] = list(release)
        return {"kind": self.kind} | values

    def __repr__(self) -> str:
        return f"{self.name}: {self.n} conditions, {self.lasts:g} s in steps of {in_ms(self.dt)}"

    # -- spikes on steps

    @property
    def _trains(self) -> tuple[Sequence[float], ...]:
        """Spike times of all inputs."""
        return (*self.pre, *self.post, *((self.release,) if self.release else ()))

    @cached_property
    def _lead(self) -> int:
        """Steps before time 0: there are spikes before it where a lag is counted from it."""
        given = [self._rounded(own) for own in self._trains]
        return max(0, -min((int(own[0]) for own in given if len(own)), default=0))

    @cached_property
    def _steps(self) -> tuple[NDArray[np.int64], ...]:
        return tuple(self._rounded(own) + self._lead for own in self._trains)

    def _rounded(self, times: Sequence[float]) -> NDArray[np.int64]:
        steps = np.floor(np.array(times) / self.dt + 0.5).astype(np.int64)
        if (np.diff(steps) <= 0).any():
            raise TaskError(
                f"{self.name!r}: spike times of a neuron ascend, at most one a step of {in_ms(self.dt)}; found {times}."
            )
        return steps
