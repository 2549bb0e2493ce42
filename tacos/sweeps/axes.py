"""What is varied: values along each axis, all combinations of them or some drawn at random, and what they change."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from synapses.language.values import finite, said, whole
from tacos.ablation.conditions import scaled
from tacos.errors import RunError
from tacos.networks.network import Network
from tacos.runs.asked import by_label
from tasks import StreamLike

#: A network, or what makes one for a stream, such as :func:`tacos.error_driven`.
Builder = Network | Callable[..., Network]


@dataclass(frozen=True)
class Between:
    """Values drawn between two bounds.

    Attributes
    ----------
    low, high : float
    log : bool
        Whether orders of magnitude are equally likely; both bounds are above zero then.
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            right = f"The bound '{name}' of an axis is a finite number"
            object.__setattr__(self, name, finite(getattr(self, name), right, error=RunError))
        if not self.low < self.high or (self.log and self.low <= 0):
            above = " above zero" if self.log else ""
            raise RunError(f"Between takes a low bound{above} and a higher one, not {self.low:g} and {self.high:g}.")

    def value(self, u: float) -> float:
        """The value at a fraction `u` of the way."""
        if self.log:
            return float(self.low * (self.high / self.low) ** u)
        return float(self.low + (self.high - self.low) * u)


def cells(axes: Mapping[str, Any], draws: int | None = None, draw_seed: int = 0) -> list[dict[str, Any]]:
    """The value of every axis in every cell: all combinations, the last axis fastest, or some drawn at random.

    Raises
    ------
    RunError
        If an axis is empty, has a value twice, or is `Between` bounds where nothing is drawn.
    """
    by_label(axes, "Axes are a dictionary {name: values}")
    if not axes:
        raise RunError("A sweep has at least one axis, such as {'dm': [0.1, 0.2]}.")
    choices: dict[str, Between | list[Any]] = {name: _choices(name, given) for name, given in axes.items()}
    if draws is None:
        if bounds := [name for name, given in choices.items() if isinstance(given, Between)]:
            raise RunError(f"'{bounds[0]}' lies between bounds, from which values are drawn; say how many: draws=20.")
        return [dict(zip(choices, found, strict=True)) for found in product(*choices.values())]  # type: ignore[arg-type]
    count = whole(draws, "draws is how many cells are drawn, at least one", 1, error=RunError)
    numbers = np.random.default_rng(draw_seed).random((count, len(choices)))
    return [{name: _drawn(given, u) for (name, given), u in zip(choices.items(), row, strict=True)} for row in numbers]


def _choices(name: str, given: Any) -> Between | list[Any]:
    if isinstance(given, Between):
        return given
    if isinstance(given, str | bytes) or not isinstance(given, Sequence | np.ndarray):
        raise RunError(f"The axis '{name}' is a list of values, such as [0.1, 0.2], not {said(given)}.")
    values = [v.item() if isinstance(v, np.generic) else v for v in given]
    if not values:
        raise RunError(f"The axis '{name}' has no value.")
    if len({str(v) for v in values}) < len(values):
        raise RunError(f"The axis '{name}' has the same value twice; give each once.")
    return values


def _drawn(given: Between | list[Any], u: float) -> Any:
    return given.value(u) if isinstance(given, Between) else given[int(u * len(given))]


def changed(builder: Builder, stream: StreamLike, values: Mapping[str, Any]) -> tuple[Network, Any]:
    """The network and the stream of a cell.

    ``"dm*"`` multiplies a parameter wherever it occurs, ``"input-hidden.dm"`` or ``"dm"`` sets it (texts carry units),
    ``"stream.samples"`` sets an option of the stream, and the name of an argument of the builder is handed to it.
    """
    shown, handed, rest = stream, {}, {}
    arguments = () if isinstance(builder, Network) else inspect.signature(builder).parameters
    for name, value in values.items():
        if name.startswith("stream."):
            option = name.removeprefix("stream.")
            if option == "held_out":
                raise RunError("The data that are tested on are no axis; say validation=False for the test data.")
            shown = shown.with_options(**{option: value})
        elif name in arguments:
            handed[name] = value
        else:
            rest[name] = value
    network = builder if isinstance(builder, Network) else builder(shown, **handed)
    if not isinstance(network, Network):
        raise RunError(f"What makes a network of a stream returned {said(network)}.")
    for name, value in rest.items():
        if name.endswith("*"):
            try:
                factor = float(value)
            except (TypeError, ValueError):
                raise RunError(f"'{name}': a parameter is multiplied by numbers, not by {said(value)}.") from None
            network = scaled(network, name[:-1].strip(), factor)
        else:
            network = network.with_parameters(**{name: value})
    return network, shown


def written(values: Mapping[str, Any]) -> str:
    """The values of a cell as a label: ``dm=0.1, hidden=50``."""
    return ", ".join(
        f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value}" for name, value in values.items()
    )
