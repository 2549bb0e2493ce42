"""The options of a stream: what they mean, which are refused, and how they are written down."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Self

from tasks.datasets import Dataset
from tasks.encodings import Encoding, Raster, Rate
from tasks.errors import TaskError, one_of, whole, whole_numbers
from tasks.events import SpikeTrains
from tasks.library import Facts, facts
from tasks.streams import boundaries
from tasks.transforms import TRANSFORMS
from tasks.units import Amount, in_ms, seconds

SCENARIOS = ("domain-incremental", "class-incremental", "task-incremental")
HELD_OUT = ("test", "validation")


@dataclass(frozen=True, repr=False)
class Options:
    """The options that every kind of stream has.

    Parameters
    ----------
    dataset : str, Dataset or SpikeTrains
        By name it is read only when the first image or count is asked for.
    scenario : {"domain-incremental", "class-incremental", "task-incremental"}
        Domain-incremental: all tasks share one set of outputs. Class-incremental: every class of every task
        has its own output, and the read-out chooses among all. Task-incremental: the same outputs, but the
        read-out is told the task and chooses among its outputs only.
    order_seed : int, optional
        Draws the order of the tasks; without it they come as numbered.
    order : sequence of int, optional
        Instead: the numbers of the tasks, counted from 0, in the order in which they come.
    boundaries : {"sharp", "blurred", "random"}
        How tasks follow one another, see `tasks.streams.boundaries`.
    blur : int, optional
        For blurred boundaries: the width of each in presentations; by default a fifth of a task's mean
        length.
    span : int, optional
        For random boundaries: the mean number of presentations for which a task stays; by default the same
        fifth.
    shuffled : bool
        Mix all tasks uniformly, whatever the boundaries: what the network could reach were there no order.
    passes : int
        How often the samples of a task are shown before the next task, in a new order each time.
    samples : int, optional
        Training samples in all, spread evenly over tasks and classes (and drawn anew for each seed).
    samples_per_class : int, optional
        Instead: training samples of each class in each task. With neither, all there are.
    test_samples : int, optional
        Held-out samples in all, spread evenly over tasks and classes: the first of each; all by default.
    held_out : {"test", "validation"}
        What to evaluate on. "validation": the last training images, which are then not trained on.
    validation : int, optional
        How many; by default 10,000 for MNIST and Fashion-MNIST, a fifth of the training images for other
        data.
    transform : {"edges"}, optional
        What is done to every image before anybody sees it, see `tasks.transforms`.
    encoding : Encoding, optional
        A rate of up to 250 Hz if not given; spike trains are their own raster.
    duration : time, optional
        Of one presentation; 150 ms, or that of the spike trains, if not given.
    blank : time, optional
        An interval without stimulus after each presentation, in place of a reset of the neurons.

    Raises
    ------
    TaskError
        If an option cannot be meant.
    """

    dataset: str | Dataset | SpikeTrains
    _: KW_ONLY
    scenario: str = "domain-incremental"
    order_seed: int | None = None
    order: Sequence[int] | None = None
    boundaries: str = "sharp"
    blur: int | None = None
    span: int | None = None
    shuffled: bool = False
    passes: int = 1
    samples: int | None = None
    samples_per_class: int | None = None
    test_samples: int | None = None
    held_out: str = "test"
    validation: int | None = None
    transform: str | None = None
    encoding: Encoding = None  # type: ignore[assignment]  # settled by the data
    duration: Amount = None
    blank: Amount | None = None

    kind: ClassVar[str]
    of_images: ClassVar[bool] = False
    """Whether it is for images alone, not for spike trains."""

    def __post_init__(self) -> None:
        if isinstance(self.dataset, str):
            facts(self.dataset)  # says what is wrong with the name
        elif not isinstance(self.dataset, Dataset | SpikeTrains):
            raise TaskError(
                f"dataset = {self.dataset!r} must be a name or a data set made by tasks.from_arrays or "
                f"tasks.from_spikes."
            )
        one_of(self.scenario, SCENARIOS, "scenario")
        one_of(self.boundaries, boundaries.KINDS, "kind of boundaries")
        one_of(self.held_out, HELD_OUT, "held-out part")
        if self.transform is not None:
            one_of(self.transform, TRANSFORMS, "transform")
        for option in (
            "blur",
            "span",
            "passes",
            "samples",
            "samples_per_class",
            "test_samples",
            "validation",
        ):
            self._set_whole(option)
        self._set_whole("order_seed", least=0)
        if self.order is not None:
            object.__setattr__(self, "order", whole_numbers(self.order, "order"))
            if self.order_seed is not None:
                raise TaskError("order and order_seed are both given; give one of them.")
        for option, kind in (("blur", "blurred"), ("span", "random")):
            if getattr(self, option) is not None and self.boundaries != kind:
                raise TaskError(f"{option} is for boundaries = {kind!r} only, not for {self.boundaries!r}; drop it.")
        if self.samples is not None and self.samples_per_class is not None:
            raise TaskError("samples and samples_per_class are both given; give one of them.")
        if self.duration is None:
            object.__setattr__(self, "duration", self._facts.duration if self._facts.dt else "150 ms")
        for option in ("duration", "blank"):
            self._set_time(option)
        if self.encoding is None:
            object.__setattr__(self, "encoding", Raster() if self._facts.dt else Rate())
        if not isinstance(self.encoding, Encoding):
            raise TaskError(f"encoding = {self.encoding!r} must be an encoding such as tasks.Rate('250 Hz').")
        if self._facts.dt:
            self._check_spike_trains(self._facts)
        elif self.encoding.per_step:
            raise TaskError(
                f"the encoding {self.encoding.name!r} needs a stimulus a step, but {self.name} shows one "
                f"image a presentation; take tasks.Rate or tasks.Latency."
            )
        self.encoding.check(duration=self.duration)

    @property
    def _facts(self) -> Facts | Dataset | SpikeTrains:
        """Image shape, number of classes and time step of the data set, without reading it."""
        return facts(self.dataset) if isinstance(self.dataset, str) else self.dataset

    def _check_spike_trains(self, facts: Any) -> None:
        """Refuse what spike trains cannot be shown with, and settle the step of their raster."""
        dt: float = facts.dt
        if self.of_images or self.transform is not None:
            what = f"a {self.kind} stream" if self.of_images else f"transform = {self.transform!r}"
            raise TaskError(f"{what} is for images, and {self.name} shows spike trains.")
        if not isinstance(self.encoding, Raster):
            raise TaskError(
                f"the encoding {self.encoding.name!r} is for images, and {self.name} shows spike trains; leave it out."
            )
        if self.encoding.every is None:
            object.__setattr__(self, "encoding", Raster(dt))
        self.encoding.check(dt)
        for option, least in (("duration", facts.duration), ("blank", dt)):
            time = getattr(self, option)
            if time is not None and (time < least - dt / 2 or abs(time / dt - round(time / dt)) > 1e-6):
                raise TaskError(
                    f"{option} = {in_ms(time)} must be whole steps of {in_ms(dt)}, at least {in_ms(least)}: the spike "
                    f"trains are shown to their end."
                )

    def _set_whole(self, option: str, least: int = 1) -> None:
        value = getattr(self, option)
        if value is not None or getattr(type(self), option) is not None:  # None is right where it is the default
            object.__setattr__(self, option, whole(value, option, least))

    def _set_time(self, option: str) -> None:
        value = getattr(self, option)
        if value is not None or getattr(type(self), option) is not None:
            object.__setattr__(self, option, time := seconds(value, option))
            if time <= 0:
                raise TaskError(f"{option} = {in_ms(time)} must be longer than zero.")

    @property
    def name(self) -> str:
        """Kind and data set, such as "split-mnist"."""
        return f"{self.kind}-{self.dataset if isinstance(self.dataset, str) else self.dataset.name}"

    def with_options(self, **changes: Any) -> Self:
        """Return the same stream with some options changed."""
        self.check_names(changes)
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return all that `tasks.from_dict` needs, plain enough for TOML; times in seconds."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        values["dataset"] = self.dataset if isinstance(self.dataset, str) else self.dataset.name
        values["encoding"] = self.encoding.to_dict()
        if not isinstance(self.dataset, str):
            values["digest"] = self.dataset.digest
        return {"kind": self.kind} | {k: _as_lists(v) for k, v in values.items() if v is not None}

    @classmethod
    def check_names(cls, options: dict[str, Any]) -> None:
        """Raise a `TaskError` that lists the options of this kind of stream if one is not among them."""
        known = [field.name for field in dataclasses.fields(cls) if field.name != "dataset"]
        for option in options:
            one_of(option, known, f"option of a {cls.kind} stream")


def _as_lists(value: Any) -> Any:
    return [_as_lists(one) for one in value] if isinstance(value, tuple) else value
