"""How a stimulus becomes spikes: declared as data, so that every simulator renders the same encoding.

An encoding is a condition in Brian2's syntax that each input neuron evaluates at each step; it spikes where
the condition holds. The condition may read

    stimulus    value of the pixel, 0 to 1
    step        number of the step within the presentation, 0, 1, 2 ...
    dt          length of a step
    rand()      a uniform random number from 0 to 1
    and the parameters of the encoding, by name.

`Encoding.encode` evaluates the same in NumPy, for use without a simulator.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tasks.datasets import check_pixels
from tasks.errors import TaskError, one_of
from tasks.units import Amount, hertz, in_ms, seconds

Floats = NDArray[np.float64]
Spikes = NDArray[np.bool_]


@dataclass(frozen=True)
class Encoding(ABC):
    """What every encoding declares.

    Attributes
    ----------
    name : str
    condition : str
        Boolean expression in Brian2's syntax, see the module's docstring.
    per_step : bool
        Whether the stimulus has a value at each step; else it has one for the whole presentation.
    pooled : dict
        ``{name: reduction}``: numbers about all inputs that the condition reads, such as ``"sum(stimulus)"``.
    """

    name: ClassVar[str]
    condition: ClassVar[str]
    per_step: ClassVar[bool] = False
    pooled: ClassVar[dict[str, str]] = {}
    _units: ClassVar[dict[str, str]] = {}

    @property
    def parameters(self) -> dict[str, tuple[float, str]]:
        """Value in SI units and unit in Brian2's spelling ("Hz", "second", "1") of each parameter."""
        return {name: (getattr(self, name), unit) for name, unit in self._units.items()}

    def check(self, dt: Amount | None = None, duration: Amount | None = None) -> None:
        """Raise a `TaskError` if the encoding does not fit a time step or the duration of a presentation."""
        del dt, duration

    def encode(self, images: NDArray[Any], dt: Amount, steps: int, rng: np.random.Generator) -> Spikes:
        """Encode images as spikes.

        Parameters
        ----------
        images : ndarray of float in [0, 1], shape (n, n_inputs); (n, steps, n_inputs) if `per_step`
        dt : time
        steps : int
            How many steps a presentation has.
        rng : numpy.random.Generator

        Returns
        -------
        ndarray of bool, shape (n, steps, n_inputs)
        """
        dt = seconds(dt, "dt")
        self.check(dt, dt * steps)
        images = np.asarray(images, dtype=np.float64)
        check_pixels(images, "images")
        if images.ndim != (3 if self.per_step else 2) or (self.per_step and images.shape[1] != steps):
            expected = f"(n, {steps}, n_inputs)" if self.per_step else "(n, n_inputs)"
            raise TaskError(f"images has shape {images.shape}; the encoding {self.name!r} needs {expected}.")
        spikes = np.empty((len(images), steps, images.shape[-1]), dtype=bool)
        for image, out in zip(images, spikes, strict=True):  # one at a time: random numbers take much memory
            out[:] = self._encode_one(image, dt, steps, rng)
        return spikes

    @abstractmethod
    def _encode_one(self, image: Floats, dt: float, steps: int, rng: np.random.Generator) -> Spikes: ...

    def to_dict(self) -> dict[str, Any]:
        """Return name and parameters (SI units) as a plain dict; see `from_dict`."""
        return {"name": self.name} | dataclasses.asdict(self)

    def __str__(self) -> str:
        values = [
            f"{name} = {value:g}" + (f" {unit}" if unit != "1" else "")
            for name, (value, unit) in self.parameters.items()
        ]
        return f"{self.name} ({', '.join(values)})" if values else self.name


@dataclass(frozen=True)
class Rate(Encoding):
    """Spikes at random, at a rate proportional to the pixel.

    In each step one spike with probability stimulus * max_rate * dt, independently: a Bernoulli process. It
    approximates a Poisson process of the same rate for max_rate * dt well below one; the number of spikes
    in T steps has the same mean and a variance smaller by the factor 1 - stimulus * max_rate * dt (at 250
    Hz and 1 ms: 0.75).

    Parameters
    ----------
    max_rate : rate
        Of a pixel of one.
    """

    max_rate: Amount = "250 Hz"

    name = "rate"
    condition = "stimulus > 0 and rand() < stimulus*max_rate*dt"
    _units = {"max_rate": "Hz"}

    def __post_init__(self) -> None:
        object.__setattr__(self, "max_rate", rate := hertz(self.max_rate, "max_rate"))
        if rate < 0:
            raise TaskError(f"max_rate = {rate:g} Hz is negative; a rate must be zero or more.")

    def check(self, dt: Amount | None = None, duration: Amount | None = None) -> None:
        """Refuse a time step in which more than one spike would be expected."""
        rate = self.max_rate
        if dt is not None and rate * (dt := seconds(dt, "dt")) > 1 + 1e-12:
            raise TaskError(
                f"max_rate = {rate:g} Hz with dt = {in_ms(dt)} asks for {rate * dt:g} spikes a step; "
                f"take at most {1 / dt:g} Hz or a dt of at most {in_ms(1 / rate)}."
            )

    def _encode_one(self, image: Floats, dt: float, steps: int, rng: np.random.Generator) -> Spikes:
        spikes: Spikes = rng.random((steps, len(image))) < image * self.max_rate * dt
        return spikes


@dataclass(frozen=True)
class Normalized(Encoding):
    """Spikes at random, at rates whose overall strength is the same for every image (divisive normalization).

    The rate of a pixel is ``max_rate * stimulus * norm / |stimulus|``, divided by the Euclidean norm of the image.
    In a step it spikes with that rate times dt as the probability, and for certain where this is above one.

    Parameters
    ----------
    max_rate : rate
    norm : float
        Euclidean norm to which an image is brought.
    """

    max_rate: Amount = "250 Hz"
    norm: float = 9.0

    name = "normalized"
    condition = "stimulus > 0 and rand() < stimulus*max_rate*dt*norm/sqrt(x_square)"
    pooled = {"x_square": "sum(stimulus**2)"}
    _units = {"max_rate": "Hz", "norm": "1"}

    def __post_init__(self) -> None:
        object.__setattr__(self, "max_rate", rate := hertz(self.max_rate, "max_rate"))
        if rate < 0:
            raise TaskError(f"max_rate = {rate:g} Hz is negative; a rate must be zero or more.")
        norm = self.norm
        if isinstance(norm, bool) or not isinstance(norm, Real) or not 0 < norm < np.inf:
            raise TaskError(f"norm = {norm!r} must be a finite number above zero.")
        object.__setattr__(self, "norm", float(norm))

    def _encode_one(self, image: Floats, dt: float, steps: int, rng: np.random.Generator) -> Spikes:
        length = np.sqrt(np.sum(image**2)) or 1.0
        spikes: Spikes = rng.random((steps, len(image))) < image * self.max_rate * dt * self.norm / length
        return spikes


@dataclass(frozen=True)
class Latency(Encoding):
    """One spike for each pixel above a threshold, the brighter the earlier: at (1 - stimulus) * latest.

    Parameters
    ----------
    latest : time
        When a pixel of zero would spike.
    threshold : float in [0, 1)
        Pixels up to this one never spike.
    """

    latest: Amount = "100 ms"
    threshold: float = 0.2

    name = "latency"
    condition = "stimulus > threshold and step == int((1 - stimulus)*latest/dt + 0.5)"
    _units = {"latest": "second", "threshold": "1"}

    def __post_init__(self) -> None:
        object.__setattr__(self, "latest", latest := seconds(self.latest, "latest"))
        if latest <= 0:
            raise TaskError(f"latest = {in_ms(latest)} must be longer than zero.")
        object.__setattr__(self, "threshold", float(self.threshold))
        if not 0 <= self.threshold < 1:
            raise TaskError(f"threshold = {self.threshold!r} must be a number from 0 to below 1, as pixels are.")

    def check(self, dt: Amount | None = None, duration: Amount | None = None) -> None:
        """Refuse a presentation too short for the last spikes."""
        if duration is None:
            return
        latest, duration = self.latest, seconds(duration, "duration")
        step = 0.0 if dt is None else seconds(dt, "dt")
        last = (1 - self.threshold) * latest
        # Spikes are rounded to the nearest step, which must still be one of the presentation.
        if latest > duration * (1 + 1e-12) or (step and int(last / step + 0.5) >= round(duration / step)):
            raise TaskError(
                f"latest = {in_ms(latest)} is too long for a presentation of {in_ms(duration)}: the faintest "
                f"pixels would lose their spikes; take a shorter latest or a longer duration."
            )

    def _encode_one(self, image: Floats, dt: float, steps: int, rng: np.random.Generator) -> Spikes:
        at = ((1 - image) * self.latest / dt + 0.5).astype(int)
        spikes: Spikes = (image > self.threshold) & (np.arange(steps)[:, None] == at)
        return spikes


@dataclass(frozen=True)
class Raster(Encoding):
    """The stimulus is the raster of spikes itself: one value a step, a spike where it is 1.

    Parameters
    ----------
    every : time, optional
        The step at which there are values: that of the data. A network with another one is refused.
    """

    every: Amount | None = None

    name = "raster"
    condition = "stimulus > 0.5"
    per_step = True

    def __post_init__(self) -> None:
        if self.every is not None:
            object.__setattr__(self, "every", seconds(self.every, "every"))

    def check(self, dt: Amount | None = None, duration: Amount | None = None) -> None:
        """Refuse a time step other than that of the data."""
        if self.every is None or dt is None:
            return
        if abs((dt := seconds(dt, "dt")) - self.every) > 1e-9 * self.every:
            raise TaskError(
                f"dt = {in_ms(dt)} is not the step of the spike trains, {in_ms(self.every)}; take that as dt, or make "
                f"the data with another."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return name and step (seconds, if it is known) as a plain dict; see `from_dict`."""
        return {"name": self.name} | ({} if self.every is None else {"every": self.every})

    def __str__(self) -> str:
        return self.name if self.every is None else f"{self.name} (steps of {in_ms(self.every)})"

    def _encode_one(self, image: Floats, dt: float, steps: int, rng: np.random.Generator) -> Spikes:
        return image > 0.5


KINDS: dict[str, type[Encoding]] = {kind.name: kind for kind in (Rate, Normalized, Latency, Raster)}


def from_dict(values: dict[str, Any]) -> Encoding:
    """Return the encoding that `Encoding.to_dict` described."""
    parameters = dict(values)
    kind = KINDS[one_of(str(parameters.pop("name", "")), KINDS, "encoding")]
    for name in parameters:
        one_of(name, [field.name for field in dataclasses.fields(kind)], f"parameter of the encoding {kind.name}")
    return kind(**parameters)
