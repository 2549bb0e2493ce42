"""Connections and values of single synapses, given as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from brian2.units.fundamentalunits import DIMENSIONLESS

from synapses import DeclarationError
from synapses.language.units import base_unit, dimensions_of


class Values:
    """Numbers in base units that never change, so that declarations with them can be compared."""

    def __init__(self, array: Any) -> None:
        self.array = np.array(array, dtype=float)
        self.array.setflags(write=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Values) and np.array_equal(self.array, other.array, equal_nan=True)

    def __hash__(self) -> int:
        return hash((self.array.shape, self.array.tobytes()))

    def __repr__(self) -> str:
        return f"Values of shape {self.array.shape}"

    def __deepcopy__(self, memo: Any) -> Values:
        return self

    def of(self, i: np.ndarray, j: np.ndarray, shape: tuple[int, int], what: str) -> np.ndarray:
        """The value of each synapse, sorted by source.

        Raises
        ------
        DeclarationError
            If there is none for one, or they are not as many as synapses.
        """
        if self.array.ndim == 2:
            if self.array.shape != shape:
                raise DeclarationError(
                    f"{what} are a matrix of {self.array.shape[0]} x {self.array.shape[1]}; the populations have "
                    f"{shape[0]} and {shape[1]} neurons."
                )
            found = self.array[i, j]
        elif self.array.shape == (len(i),):
            found = self.array
        else:
            raise DeclarationError(
                f"{what} have the shape {self.array.shape}; give a matrix of {shape[0]} x {shape[1]}, or a number for "
                f"each of the {len(i)} synapses, sorted by source, then target."
            )
        if not np.isfinite(found).all():
            raise DeclarationError(f"{what}: there is a synapse whose value is not a finite number.")
        return found


def values_of(given: Any, unit: str, what: str) -> Values:
    """Numbers or a Brian2 quantity as values in a unit."""
    if isinstance(given, Values):
        return given
    try:
        array = Values(given)
    except (TypeError, ValueError) as error:
        raise DeclarationError(f"{what} are not an array of numbers.") from error
    found = getattr(given, "dim", DIMENSIONLESS)
    if hasattr(given, "dim") and found is not dimensions_of(unit):
        raise DeclarationError(f"{what} have the unit {base_unit(found)}, but {unit} is needed.")
    return array


@dataclass(frozen=True)
class Connect:
    """The pairs that are given, as in a measured connectome.

    Attributes
    ----------
    ends : sequence of (int, int)
        Source and target of each synapse, each pair once; kept sorted by source, then target.
    """

    ends: Any

    def __post_init__(self) -> None:
        given = np.asarray(self.ends)
        if given.ndim != 2 or given.shape[1] != 2 or given.dtype.kind not in "iu" or not len(given):
            raise DeclarationError(
                "Connect takes pairs of whole numbers, [(source, target), ...] or an array of shape (n_synapses, 2)."
            )
        ordered = given[np.lexsort((given[:, 1], given[:, 0]))]
        twice = (ordered[1:] == ordered[:-1]).all(1)
        if twice.any():
            i, j = ordered[1:][twice][0]
            raise DeclarationError(f"Connect names the pair ({i}, {j}) twice; there is one synapse for a pair.")
        object.__setattr__(self, "ends", tuple(map(tuple, ordered.tolist())))

    def pairs(self, n_source: int, n_target: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices of source and target, shape (n_synapses,) each, sorted by source."""
        i, j = np.array(self.ends).T
        for side, index, size in (("source", i, n_source), ("target", j, n_target)):
            if index.min() < 0 or index.max() >= size:
                wrong = index.min() if index.min() < 0 else index.max()
                raise DeclarationError(f"Connect names the {side} neuron {wrong}; there are neurons 0 to {size - 1}.")
        return i, j
