"""Receptive fields of a run: incoming synapses of neurons as images, before the stream and after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synapses import DeclarationError
from tacos.errors import RunError
from tacos.networks.lowering import LoweredNetwork, LoweredProjection
from tacos.recordings import rules
from tacos.runs.earlier import before_and_after
from tacos.runs.result import Result


@dataclass(frozen=True)
class ReceptiveFields:
    """Images of some neurons.

    Attributes
    ----------
    neurons : array of shape (n,)
    fields : dict
        ``{state: (before, after)}``, each of shape (n, height, width); NaN where there is no synapse.
    units : dict
        ``{state: unit}``.
    """

    neurons: np.ndarray
    fields: dict[str, tuple[np.ndarray, np.ndarray]]
    units: dict[str, str]


def sees_an_image(projection: LoweredProjection, network: LoweredNetwork, image: tuple[int, int] | None) -> bool:
    """Whether the source of a projection shows the stream's images, pixel by pixel."""
    source = network.population(projection.source)
    return image is not None and source.channel == "image" and source.size == image[0] * image[1]


def receptive_fields(
    result: Result,
    projection: str,
    states: tuple[str, ...] = ("w", "m"),
    *,
    seed: int = 0,
    neurons: str = "changed(6)",
    image: tuple[int, int] | None = None,
) -> ReceptiveFields:
    """Receptive fields of some neurons, from the initial state and the last checkpoint.

    Parameters
    ----------
    result : Result
    projection : str
        From the population that shows images.
    states : tuple of str
    seed : int
        Of the replica.
    neurons : str
        ``changed(6)``: whose first state changed most, by the root of the mean square over their synapses;
        ``random(6)``, ``all``, or indices such as ``0,3``.
    image : (height, width), optional
        Of the images; that of the stream if not given.

    Returns
    -------
    ReceptiveFields

    Raises
    ------
    RunError
        If the projection does not come from images, or the rule is none for neurons.
    """
    network = result.folder.network().lowered
    found = next((p for p in network.projections if p.name == projection), None)
    image = image or result.image_shape
    if found is None or image is None or not sees_an_image(found, network, image):
        raise RunError(f"'{projection}' of '{result.folder.path}' does not come from a population that shows images.")
    pairs = {state: before_and_after(result, projection, state, seed) for state in states}
    before, after = next(iter(pairs.values()))
    size = network.population(found.target).size
    square = np.bincount(found.targets, (after.astype(float) - before) ** 2, minlength=size)
    change = np.sqrt(square / np.maximum(np.bincount(found.targets, minlength=size), 1))
    chosen = _neurons(neurons, change)

    def images(values: np.ndarray) -> np.ndarray:
        matrix = np.full((size, image[0] * image[1]), np.nan)
        matrix[found.targets, found.sources] = values
        return matrix[chosen].reshape(-1, *image)

    return ReceptiveFields(
        chosen,
        {state: (images(first), images(last)) for state, (first, last) in pairs.items()},
        {state: found.synapse.states[state].unit for state in states},
    )


def _neurons(rule: str, change: np.ndarray) -> np.ndarray:
    """Which neurons a rule chooses."""
    try:
        name, arguments = rules.parsed(rule)
    except DeclarationError:
        name, arguments = "", ()
    if name == rules.ALL:
        return np.arange(change.size)
    if name == "random":
        return rules.at_random(change.size, arguments[0])
    if name == "changed" and not arguments[1]:
        return rules.largest(change, arguments[0])
    if name == "indices" and 0 <= min(arguments) and max(arguments) < change.size:
        return np.asarray(arguments)
    raise RunError(
        f"Choose neurons by changed(6), random(6), all or indices from 0 to {change.size - 1}, not '{rule}'."
    )
