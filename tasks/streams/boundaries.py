"""In which order contexts follow one another: with sharp, blurred or random boundaries, or shuffled.

Each function takes how many presentations every task has and returns one task index a presentation, with
exactly those counts: whatever the boundaries, every sample is used as often as with sharp ones.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.errors import TaskError

KINDS = ("sharp", "blurred", "random")


def sharp(counts: Sequence[int]) -> NDArray[np.int16]:
    """One task after the other, shape (sum(counts),)."""
    return np.repeat(np.arange(len(counts), dtype=np.int16), counts)


def blurred(counts: Sequence[int], width: int, rng: np.random.Generator) -> NDArray[np.int16]:
    """Around each boundary the share of the next task rises linearly from 0 to 1 over `width` presentations.

    Outside of that nothing changes. A presentation at the place x of the blur, 0 < x < 1, would come from the
    next task if a uniform draw fell below x; that all tasks keep their counts, the places with the largest
    x - draw are taken, which moves the ramp by the order of 1 / sqrt(width).
    """
    if width > min(counts):
        raise TaskError(
            f"blur = {width} is wider than the shortest task; take at most its {min(counts)} presentations."
        )
    contexts = sharp(counts)
    half = width // 2
    for k, boundary in enumerate(np.cumsum(counts[:-1])):
        x = (np.arange(width) + 0.5) / width
        places = np.argsort(rng.random(width) - x)
        blur = contexts[boundary - half : boundary - half + width]  # a view
        blur[places[: width - half]] = k + 1
        blur[places[width - half :]] = k
    return contexts


def random(counts: Sequence[int], span: int, rng: np.random.Generator) -> NDArray[np.int16]:
    """Tasks are cut at random places into spans of `span` presentations on average; all spans are shuffled.

    Tasks therefore come back, at times and for durations that nothing announces; two spans of one task that
    happen to meet make a longer one.
    """
    spans: list[tuple[int, int]] = []
    for task, count in enumerate(counts):
        n_cuts = max(1, round(count / span)) - 1
        cuts = np.sort(rng.choice(np.arange(1, count), n_cuts, replace=False))
        spans += [(task, int(length)) for length in np.diff(cuts, prepend=0, append=count)]
    order = rng.permutation(len(spans))
    tasks, lengths = np.array(spans)[order].T
    return np.repeat(tasks.astype(np.int16), lengths)


def shuffled(counts: Sequence[int], passes: int, rng: np.random.Generator) -> NDArray[np.int16]:
    """All tasks mixed uniformly; each of the `passes` is mixed by itself, as one does with epochs.

    `counts` are those of all passes together.
    """
    once = sharp([count // passes for count in counts])
    return np.concatenate([rng.permutation(once) for _ in range(passes)])
