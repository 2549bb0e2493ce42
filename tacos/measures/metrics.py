"""Metrics of continual learning, computed from the accuracy matrix.

The matrix ``R[..., i, j]`` is the accuracy on task ``j`` after training up to and including task ``i``: rows
say what was learned, columns what was tested. Tasks are counted from 0 in the order in which they were
learned, ``T`` is their number, and accuracies are fractions between 0 and 1. Leading axes (replicas) are
kept: a matrix ``[T, T]`` gives a float, ``[replica, T, T]`` one value per replica.

``NaN`` stands for "not evaluated". A metric that needs such an entry, or that has no meaning for the matrix
at hand, raises `UndefinedMetric`, whose message says why; it is never replaced by a 0 that looks like a
result.

References
----------
.. [GEM] Lopez-Paz & Ranzato (2017), Gradient episodic memory for continual learning, NeurIPS,
   arXiv:1706.08840, sec. 2.
.. [RWalk] Chaudhry, Dokania, Ajanthan & Torr (2018), Riemannian walk for incremental learning: understanding
   forgetting and intransigence, ECCV, arXiv:1801.10112, eq. 3.
.. [MER] Riemer et al. (2019), Learning to learn without forgetting by maximizing transfer and minimizing
   interference, ICLR, arXiv:1810.11910.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Accuracies = NDArray[np.float64]
Values = NDArray[np.float64] | float


class UndefinedMetric(ValueError):  # noqa: N818 (a fact about the matrix, as often as an error)
    """A metric has no value for this accuracy matrix; `why` says it without the metric's name."""

    def __init__(self, metric: str, why: str) -> None:
        super().__init__(f"{metric} is undefined: {why}.")
        self.why = why


def average_accuracy(R: ArrayLike) -> Values:
    r"""Mean accuracy over all tasks at the end of the stream.

    .. math:: ACC = \frac{1}{T} \sum_{j=0}^{T-1} R_{T-1,\,j}

    Source: [GEM]_. Range: 0 to 1.

    Parameters
    ----------
    R : array [..., trained_on, tested_on]
        Accuracy matrix, fractions.

    Returns
    -------
    float or array [...]
        One value per matrix.
    """
    matrix = _matrix(R)
    return _mean(_last_row("average accuracy", matrix, np.arange(matrix.shape[-1])))


def learning_accuracy(R: ArrayLike) -> Values:
    r"""Mean accuracy on each task right after it was learned: the diagonal.

    .. math:: LA = \frac{1}{T} \sum_{j=0}^{T-1} R_{j,\,j}

    Source: [MER]_. Range: 0 to 1. High forgetting means little where learning accuracy is low.

    Parameters
    ----------
    R : array [..., trained_on, tested_on]
        Accuracy matrix, fractions.

    Returns
    -------
    float or array [...]
        One value per matrix.
    """
    matrix = _matrix(R)
    tasks = np.arange(matrix.shape[-1])
    return _mean(_entries("learning accuracy", matrix, tasks, tasks))


def backward_transfer(R: ArrayLike) -> Values:
    r"""Mean change of the accuracy on earlier tasks between learning them and the end of the stream.

    .. math:: BWT = \frac{1}{T-1} \sum_{j=0}^{T-2} \left( R_{T-1,\,j} - R_{j,\,j} \right)

    Source: [GEM]_. Range: -1 to 1; negative where learning later tasks harmed earlier ones.

    Parameters
    ----------
    R : array [..., trained_on, tested_on]
        Accuracy matrix, fractions, of at least two tasks.

    Returns
    -------
    float or array [...]
        One value per matrix.
    """
    matrix = _matrix(R)
    earlier = _earlier_tasks("backward transfer", matrix)
    learned = _entries("backward transfer", matrix, earlier, earlier)
    return _mean(_last_row("backward transfer", matrix, earlier) - learned)


def forward_transfer(R: ArrayLike, initial: ArrayLike | None) -> Values:
    r"""Mean gain on tasks not yet learned, over the accuracy of the network at initialisation.

    .. math:: FWT = \frac{1}{T-1} \sum_{j=1}^{T-1} \left( R_{j-1,\,j} - b_j \right)

    Source: [GEM]_. Range: -1 to 1. Compares with the *same* network before any training, not with chance.

    Parameters
    ----------
    R : array [..., trained_on, tested_on]
        Accuracy matrix, fractions, of at least two tasks.
    initial : array [..., tested_on] or [tested_on], or None
        Accuracies ``b`` at initialisation, fractions. None, not measured, makes the metric undefined.

    Returns
    -------
    float or array [...]
        One value per matrix.
    """
    matrix = _matrix(R)
    earlier = _earlier_tasks("forward transfer", matrix)
    if initial is None:
        raise UndefinedMetric(
            "forward transfer",
            "the accuracies at initialisation were not measured; evaluate every task once before training",
        )
    b = _fractions(initial, "the accuracies at initialisation")
    if b.shape not in {matrix.shape[-1:], matrix.shape[:-1]}:
        raise ValueError(
            f"The accuracies at initialisation have shape {b.shape}; for an accuracy matrix of shape "
            f"{matrix.shape} it must be {matrix.shape[:-1]}, or {matrix.shape[-1:]} if replicas share them."
        )
    for task in earlier + 1:
        if np.isnan(b[..., task]).any():
            raise UndefinedMetric("forward transfer", f"task {task} was not evaluated at initialisation (NaN)")
    return _mean(_entries("forward transfer", matrix, earlier, earlier + 1) - b[..., 1:])


def forgetting(R: ArrayLike) -> Values:
    r"""Mean drop from the best accuracy a task ever had to the one it has at the end.

    .. math:: F = \frac{1}{T-1} \sum_{j=0}^{T-2} \left( \max_{j \le i \le T-2} R_{i,\,j} - R_{T-1,\,j} \right)

    Source: [RWalk]_, where an accuracy exists only for tasks already learned; so the maximum begins at row
    ``j``, ends at the last row but one, and what a network knew of a task before learning it does not count.
    All tasks but the last are averaged. Range: -1 to 1; negative where accuracy rose after every earlier row.
    Never less than minus the backward transfer, and equal to it where each task was best right after
    learning.

    Parameters
    ----------
    R : array [..., trained_on, tested_on]
        Accuracy matrix, fractions, of at least two tasks.

    Returns
    -------
    float or array [...]
        One value per matrix.
    """
    matrix = _matrix(R)
    earlier = _earlier_tasks("forgetting", matrix)
    last = matrix.shape[-1] - 1
    best = []
    for task in earlier:
        rows = np.arange(task, last)
        best.append(_entries("forgetting", matrix, rows, np.full_like(rows, task)).max(axis=-1))
    return _mean(np.stack(best, axis=-1) - _last_row("forgetting", matrix, earlier))


def retention(R: ArrayLike) -> Values:
    r"""Mean share of the accuracy right after learning an earlier task that is left at the end.

    .. math:: \frac{1}{T-1} \sum_{j=0}^{T-2} \frac{R_{T-1,\,j}}{R_{j,\,j}}

    Source: this project's own (a mean of ratios, not a ratio of means); backward transfer expressed as a
    ratio. Range: 0 upward; 1 where nothing was lost, above 1 where earlier tasks improved. Accuracies are not
    corrected for chance: a network that has fallen back to chance on two classes keeps about 0.5, not 0.

    Parameters
    ----------
    R : array [..., trained_on, tested_on]
        Accuracy matrix, fractions, of at least two tasks.

    Returns
    -------
    float or array [...]
        One value per matrix.
    """
    matrix = _matrix(R)
    earlier = _earlier_tasks("retention", matrix)
    learned = _entries("retention", matrix, earlier, earlier)
    never = np.flatnonzero((learned == 0).reshape(-1, earlier.size).any(axis=0))
    if never.size:
        raise UndefinedMetric(
            "retention",
            f"the accuracy on task {never[0]} right after learning it is 0, so that there is nothing to retain",
        )
    return _mean(_last_row("retention", matrix, earlier) / learned)


def summary(R: ArrayLike, initial: ArrayLike | None = None) -> dict[str, dict[str, Any]]:
    """All metrics as mean and standard deviation over replicas.

    Parameters
    ----------
    R : array [replica, trained_on, tested_on] or [trained_on, tested_on]
        Accuracy matrix, fractions; without a replica axis it is one replica.
    initial : array [replica, tested_on] or [tested_on], optional
        Accuracies at initialisation, for forward transfer.

    Returns
    -------
    dict
        ``{metric: {"mean": float, "sd": float | None, "n": int}}`` with the sample standard deviation
        (``ddof=1``; None for one replica) and the number of replicas, and ``"undefined": {metric: reason}``,
        empty if all have a value.

    Raises
    ------
    ValueError
        If there is no replica, or the matrix is none.
    """
    matrix = _matrix(R)
    if matrix.ndim > 3:
        raise ValueError(f"A summary takes R[replica, trained_on, tested_on]; this one has {matrix.ndim} axes.")
    replicas = 1 if matrix.ndim == 2 else matrix.shape[0]
    if replicas == 0:
        raise ValueError("There is no replica to summarize: the replica axis of the accuracy matrix has length 0.")
    result: dict[str, dict[str, Any]] = {}
    undefined: dict[str, str] = {}
    metrics: dict[str, Callable[[Accuracies], Values]] = {
        "average_accuracy": average_accuracy,
        "learning_accuracy": learning_accuracy,
        "backward_transfer": backward_transfer,
        "forward_transfer": lambda matrix: forward_transfer(matrix, initial),
        "forgetting": forgetting,
        "retention": retention,
    }
    for name, metric in metrics.items():
        try:
            values = metric(matrix)
        except UndefinedMetric as reason:
            undefined[name] = reason.why
            continue
        sd = float(np.std(values, ddof=1)) if replicas > 1 else None
        result[name] = {"mean": float(np.mean(values)), "sd": sd, "n": replicas}
    result["undefined"] = undefined
    return result


def _fractions(values: ArrayLike, what: str) -> Accuracies:
    """Accuracies as float64, refused where one lies outside 0 to 1 (percentages, mostly)."""
    array = np.asarray(values, dtype=np.float64)
    outside = array[(array < 0) | (array > 1)]
    if outside.size:
        raise ValueError(
            f"{what[0].upper()}{what[1:]} must be fractions between 0 and 1; found {outside[0]:g}"
            + (" (divide percentages by 100)." if outside[0] > 1 else ".")
        )
    return array


def _matrix(R: ArrayLike) -> Accuracies:
    """R as a float64 array [..., T, T], with labelled axes in the right order."""
    dims = getattr(R, "dims", None)  # an xarray.DataArray knows its axes: a transposed one must not pass
    if dims is not None and tuple(dims[-2:]) != ("trained_on", "tested_on"):
        raise ValueError(f"The last two axes of R must be (trained_on, tested_on); these are {tuple(dims)}.")
    matrix = _fractions(R, "the accuracies in R")
    if matrix.ndim < 2 or matrix.shape[-1] != matrix.shape[-2] or matrix.shape[-1] == 0:
        raise ValueError(
            "R must have shape [..., tasks, tasks], a row for each task trained on and a column for each "
            f"task tested on; this one has shape {matrix.shape}."
        )
    return matrix


def _earlier_tasks(name: str, matrix: Accuracies) -> NDArray[np.intp]:
    """All tasks but the last."""
    if matrix.shape[-1] < 2:
        raise UndefinedMetric(name, "with one task there is none before or after it to compare with")
    return np.arange(matrix.shape[-1] - 1)


def _last_row(name: str, matrix: Accuracies, columns: NDArray[np.intp]) -> Accuracies:
    """Accuracies [..., column] at the end of the stream."""
    return _entries(name, matrix, np.full_like(columns, matrix.shape[-1] - 1), columns)


def _entries(name: str, matrix: Accuracies, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Accuracies:
    """Entries (rows[k], columns[k]) as [..., k], refused where one was not evaluated."""
    entries: Accuracies = matrix[..., rows, columns]
    missing = np.flatnonzero(np.isnan(entries).reshape(-1, rows.size).any(axis=0))
    if missing.size:
        k = missing[0]
        raise UndefinedMetric(
            name,
            f"it needs the accuracy on task {columns[k]} after training up to task {rows[k]}, which was not evaluated "
            "(NaN)",
        )
    return entries


def _mean(per_task: Accuracies) -> Values:
    mean: Values = per_task.mean(axis=-1)
    return mean
