"""Streams by name, and streams rebuilt from what a run wrote down."""

from __future__ import annotations

from typing import Any

from tasks import encodings
from tasks.datasets import Dataset
from tasks.errors import TaskError, one_of
from tasks.events import SpikeTrains
from tasks.library import KNOWN
from tasks.protocols.protocol import Protocol
from tasks.streams.consecutive import Consecutive
from tasks.streams.custom import Custom
from tasks.streams.grouped import Grouped
from tasks.streams.permuted import Permuted
from tasks.streams.rotated import Rotated
from tasks.streams.split import Split
from tasks.streams.stream import Stream
from tasks.streams.subsets import Subsets

KINDS: dict[str, type[Stream]] = {
    kind.kind: kind for kind in (Split, Permuted, Rotated, Consecutive, Subsets, Grouped, Custom)
}


def names() -> tuple[str, ...]:
    """Return the names that `named` knows: every kind of stream with every data set that it can show.

    Of consecutive ones there is an example: any data sets of images joined by "+" are data sets, too.
    """
    single = [
        f"{name}-{dataset}" for name, kind in KINDS.items() for dataset, facts in KNOWN.items()
        if not (kind in (Consecutive, Custom) or kind.of_images and facts.dt or kind is Grouped and not facts.groups)
    ]  # fmt: skip
    return (*single, f"{Consecutive.kind}-mnist+fashion-mnist")


def named(name: str, **options: Any) -> Stream:
    """Return a stream by its name, such as "split-mnist"; the options are those of its kind."""
    kind, _, dataset = name.partition("-")
    if "+" not in dataset or kind not in KINDS or KINDS[kind] is Custom:
        one_of(name, names(), "stream")
    return _built(KINDS[kind], dataset, options)


def from_dict(values: dict[str, Any], dataset: Dataset | SpikeTrains | None = None) -> Stream | Protocol:
    """Return the stream that `Stream.to_dict` described, or the protocol.

    `dataset` is needed only if the stream was made with a data set of your own (`tasks.from_arrays`).
    """
    options = dict(values)
    if options.get("kind") == Protocol.kind:
        return Protocol(**{name: given for name, given in options.items() if name != "kind"})
    kind = KINDS[one_of(str(options.pop("kind", "")), KINDS, "kind of stream")]
    name, digest = str(options.pop("dataset", "")), options.pop("digest", None)
    if dataset is not None and dataset.name != name:
        raise TaskError(f"the stream was made with the data set {name!r}, not with {dataset.name!r}; give that one.")
    if dataset is not None and digest not in (None, dataset.digest):
        raise TaskError(f"the stream was made with other images or labels of the name {name!r}; give those.")
    if dataset is None and not all(part in KNOWN for part in name.split("+")):
        raise TaskError(
            f"the stream's data set {name!r} is your own and not known by name; give it, as in from_dict(..., "
            f"dataset=...), or the stream, as in tacos.resume(path, stream=...)."
        )
    if isinstance(options.get("encoding"), dict):
        options["encoding"] = encodings.from_dict(options["encoding"])
    return _built(kind, dataset or name, options)


def _built(kind: type[Stream], dataset: str | Dataset | SpikeTrains, options: dict[str, Any]) -> Stream:
    kind.check_names(options)
    return kind(dataset, **options)
