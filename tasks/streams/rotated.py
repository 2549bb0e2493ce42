"""The same images turned by another angle in each task (rotated-MNIST)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tasks.errors import TaskError
from tasks.streams.stream import Stream, Task
from tasks.streams.variants import variants


@dataclass(frozen=True, repr=False)
class Rotated(Stream):
    """A stream in which each task shows all classes, turned counter-clockwise by its own angle.

    Images are interpolated linearly and what comes in from outside is zero. Every task shows all the training
    images, or draws its own `samples` / number of tasks of them.

    Parameters
    ----------
    dataset : str or Dataset
    tasks : int, optional
        5 unless `angles` are given; the angles are then spread evenly from 0 to below 180 degrees.
    angles : sequence of float, optional
        In degrees, one a task.
    **options
        See `tasks.streams.options.Options`.
    """

    tasks: int | None = None
    angles: tuple[float, ...] | None = None

    kind = "rotated"
    of_images = True

    def __post_init__(self) -> None:
        if self.angles is not None:
            try:
                angles = tuple(float(angle) for angle in self.angles)
            except (TypeError, ValueError):
                angles = ()
            if not angles or not all(map(math.isfinite, angles)):
                raise TaskError(f"angles = {self.angles!r} must be one or more numbers, in degrees.")
            object.__setattr__(self, "angles", angles)
        self._set_whole("tasks")
        super().__post_init__()

    def _angles(self) -> tuple[float, ...]:
        if self.angles is None:
            n = 5 if self.tasks is None else self.tasks
            return tuple(180 * k / n for k in range(n))
        if self.tasks not in (None, len(self.angles)):
            raise TaskError(f"tasks = {self.tasks} and {len(self.angles)} angles are given; leave tasks out.")
        return self.angles

    def _nominal_tasks(self) -> list[Task]:
        return variants([f"{angle:g} degrees" for angle in self._angles()], self._facts.n_classes, self.scenario)

    def _show(self, images: NDArray[np.float64], variant: int) -> NDArray[np.float64]:
        stack = images.reshape(-1, *self.image_shape)
        turned = ndimage.rotate(stack, self._angles()[variant], axes=(2, 1), reshape=False, order=1)
        # A linear interpolation stays within [0, 1] but for the last bit.
        clipped: NDArray[np.float64] = np.clip(turned, 0, 1).reshape(images.shape)
        return clipped
