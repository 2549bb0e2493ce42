"""A run as it is asked for: checked, and written into its folder."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import synapses
from synapses.language.values import LARGEST_COUNT, whole
from tacos.backends import Choice
from tacos.errors import RunError, Unlearnable
from tacos.networks.initial import initial_state
from tacos.networks.network import Network
from tacos.recordings.recording import Recordable
from tacos.runs.asked import text
from tacos.runs.earlier import wanted
from tacos.runs.jobs import Job
from tacos.runs.folder import FORMAT, RunFolder, free_folder
from tacos.runs.seeds import listed
from tacos.runs.simulating import Networks
from tasks import BOUNDARY, IMAGE, TARGET, StreamLike, is_stream


def declare(
    network: Network,
    stream: StreamLike,
    seeds: int | Iterable[int],
    choice: Choice | None = None,
    out: Path | None = None,
    record: Recordable = None,
    evaluate_every: int | None = None,
    label: str = "",
) -> Job:
    """Check what is asked for, and write it into the folder of the run; see :func:`tacos.run`."""
    chosen = listed(seeds)
    every = check(chosen, stream, network, evaluate_every)
    declaration = {
        "format": FORMAT,
        "label": text(label, "label is a text, the name of a condition") or _label(network),
        "seeds": chosen,
        **(choice or Choice()).to_dict(),
        "evaluate_every": every,
        "record": [recording.to_dict() for recording in wanted(record, network, stream.image_shape, stream.n_presentations)],
        "stream": stream.to_dict(),
        "network": network.to_dict(),
    }
    folder = RunFolder(out or free_folder(Path("runs"), stream.name))
    folder.create(declaration)
    return Job(folder, declaration, stream, Networks())


def _label(network: Network) -> str:
    return "; ".join(dict.fromkeys(synapses.title(p.synapse) for p in network.plastic_projections())) or "static"


def check(seeds: list[int], stream: StreamLike, network: Network, evaluate_every: Any) -> int:
    """Raise an error about a run that cannot be, before anything is written; how often to test, 0 for at ends only."""
    if not (is_stream(stream) and isinstance(network, Network)):
        given = f"{type(network).__name__} and {type(stream).__name__}"
        raise RunError(f"A network learns a stream, such as tasks.named('split-digits'), in this order; not {given}.")
    right = "evaluate_every is a whole number of presentations, at least one"
    every = 0 if evaluate_every is None else whole(evaluate_every, right, 1, error=RunError)
    _check_channels(stream, network)
    _check_readout(stream, network)
    stream.encoding.check(network.dt, network.duration)
    # Reads the data, lowers the network and draws its states: what is wrong is said before there is a folder.
    steps = max(stream.n_presentations, len(stream.held_out_presentations(0).targets)) * network.lowered.steps
    if steps > LARGEST_COUNT:
        raise RunError(
            f"{steps} steps are more than the {LARGEST_COUNT} that can be counted; shorten the stream or the "
            f"presentations, or make dt longer."
        )
    initial_state(network.lowered, seeds[0])
    return every


def _check_channels(stream: StreamLike, network: Network) -> None:
    """Refuse populations that listen to what the stream does not show."""
    sizes = {p.channel: p.size for p in network.populations if p.channel}
    shown = {IMAGE: stream.n_inputs, TARGET: stream.n_classes, BOUNDARY: 1}
    if BOUNDARY in sizes:
        told = next(p.name for p in network.populations if p.channel == BOUNDARY)
        refuse_without_ends(stream, f"The population '{told}'")
    for channel, size in sizes.items():
        if channel not in shown:
            raise RunError(
                f"A population listens to '{channel}', which streams do not show; they show image, target and boundary."
            )
        if size != shown[channel]:
            raise RunError(
                f"The network expects {size} values of '{channel}', the stream '{stream.name}' shows "
                f"{shown[channel]}; build the network for this stream."
            )


def _check_readout(stream: StreamLike, network: Network) -> None:
    """Refuse a readout that cannot answer."""
    readout = next((p for p in network.populations if p.name == network.readout), None)
    if readout is None:
        raise RunError(f"The network has no population '{network.readout}' to read answers from.")
    if not readout.threshold:
        raise RunError(f"'{readout.name}' does not spike, and answers are counted in its spikes; give it a threshold.")
    if readout.size < stream.n_classes:
        raise RunError(
            f"'{readout.name}' has {readout.size} neurons for the {stream.n_classes} classes that '{stream.name}' asks "
            f"for; answers are read from one neuron a class."
        )


    if readout.size > stream.n_classes:
        warnings.warn(
            f"'{readout.name}' has {readout.size} neurons and '{stream.name}' asks for {stream.n_classes} classes: answers "
            f"are read from neurons 0 to {stream.n_classes - 1}, one a class, and the spikes of the others count for none.",
            stacklevel=2,
        )


def refuse_without_ends(stream: StreamLike, who: str) -> None:
    """Refuse what is told of boundaries on a stream that has none."""
    if not stream.has_ends:
        raise Unlearnable(
            f"{who} has to be told when a task ends, but tasks of this stream do not end (shuffled, or random "
            f"boundaries); take sharp or blurred boundaries, or a method that needs none."
        )
