"""What networks with a teacher share: the sizes that a stream asks for, and error neurons beside the outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from synapses import DeclarationError, Synapse, static
from synapses.language.values import said
from tacos.networks.projections import OneToOne, Projection
from tasks import Encoding, StreamLike, is_stream

#: The error neurons of each class: an answer too many, an answer too few.
PLUS, MINUS = "false positive", "false negative"

SynapseChoice = Synapse | Callable[[], Synapse] | Mapping[str, Synapse]


class Shape(NamedTuple):
    """What a stream asks of a network; without a stream, its sizes and 150 ms."""

    n_inputs: int
    n_outputs: int
    duration: Any
    blank: float = 0.0
    encoding: Encoding | None = None


def shape_of(stream: StreamLike | Sequence[int], duration: Any = None) -> Shape:
    """What a stream, or sizes ``(n_inputs, n_outputs)``, ask of a network; its duration if none is given."""
    if is_stream(stream):
        lasting = stream.duration if duration is None else duration
        return Shape(stream.n_inputs, stream.n_classes, lasting, stream.blank or 0.0, stream.encoding)
    try:
        n_inputs, n_outputs = () if isinstance(stream, str | bytes) else cast(Sequence[int], stream)
    except (TypeError, ValueError):
        raise DeclarationError(
            f"A network is built for a stream, such as tasks.named('split-digits'), or for sizes (n_inputs, "
            f"n_outputs), not for {said(stream)}."
        ) from None
    return Shape(n_inputs, n_outputs, 0.15 if duration is None else duration)


def synapse_for(projection: str, choice: SynapseChoice) -> Synapse:
    """The synapse of a projection, where one is given for all or each has its own."""
    if isinstance(choice, Mapping):
        if projection not in choice:
            raise DeclarationError(f"No synapse is given for projection '{projection}', only for {', '.join(choice)}.")
        return choice[projection]
    if not isinstance(choice, Synapse) and not callable(choice):
        raise DeclarationError(
            f"A synapse is one such as synapses.tacos(), or a dictionary of them, not {said(choice)}."
        )
    return choice if isinstance(choice, Synapse) else choice()


def comparing() -> list[Projection]:
    """Outputs and teacher drive the error neurons with opposite signs."""
    return [
        Projection(source, target, static(sign), "mismatch", OneToOne())
        for source, signs in (("output", (1, -1)), ("teacher", (-1, 1)))
        for target, sign in zip((PLUS, MINUS), signs, strict=True)
    ]
