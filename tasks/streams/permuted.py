"""The same images with their pixels in another fixed order in each task (permuted-MNIST)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.randomness import Purpose, generator
from tasks.streams.stream import Stream, Task
from tasks.streams.variants import variants


@dataclass(frozen=True, repr=False)
class Permuted(Stream):
    """A stream in which each task shows all classes with its own permutation of the pixels.

    Permutation 0 leaves the images as they are. Every task shows all the training images, or draws its own
    `samples` / number of tasks of them.

    Parameters
    ----------
    dataset : str or Dataset
    tasks : int
    permutation_seed : int
        Draws the permutations; the same ones for every seed of the presentations.
    **options
        See `tasks.streams.options.Options`.
    """

    tasks: int = 10
    permutation_seed: int = 0

    kind = "permuted"

    def __post_init__(self) -> None:
        self._set_whole("tasks")
        self._set_whole("permutation_seed", least=0)
        super().__post_init__()

    def _nominal_tasks(self) -> list[Task]:
        names = [f"permutation {k}" for k in range(self.tasks)]
        return variants(names, self._facts.n_classes, self.scenario)

    def _show(self, images: NDArray[np.float64], variant: int) -> NDArray[np.float64]:
        if variant == 0:
            return images
        order = generator(self.permutation_seed, Purpose.PERMUTATION, variant).permutation(images.shape[1])
        return np.take(images, order, axis=1)  # three times faster than indexing
