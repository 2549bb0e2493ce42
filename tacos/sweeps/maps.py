"""How sensitive the accuracy is to two parameters, or to a parameter and the stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from tacos.errors import RunError
from tacos.networks.network import Network
from tacos.runs.asked import folder
from tacos.runs.running import Running
from tacos.sweeps.sweep import sweep
from tasks import StreamLike, is_stream


def sensitivity(
    network: Network,
    stream: StreamLike,
    axes: Mapping[str, Sequence[Any]],
    seeds: int | Iterable[int] = 1,
    *,
    out: str | Path | None = None,
    validation: bool = True,
    running: Running | None = None,
    **options: Any,
) -> xr.Dataset:
    """Final accuracy over two quantities, on validation data; nothing else is changed or chosen anew.

    Parameters
    ----------
    network : Network
    stream : Stream
    axes : dict
        Two items, the horizontal axis first. ``"dm*": [0.5, 1, 2]`` multiplies a parameter wherever it occurs,
        ``"input-hidden.dm": [0.1, 0.2]`` sets it (texts carry units), ``"stream.samples": [1000, 2000]`` sets an option
        of the stream, here the length of its tasks.
    seeds, out, validation, running, **options
        As of :func:`tacos.sweep`, which runs it; the folder is ``runs/sensitivity-<stream>`` if not given.

    Returns
    -------
    xarray.Dataset
        ``accuracy(y, x, replica, trained_on, tested_on)`` as fractions, NaN where a cell failed with ``reason(y, x)``;
        :func:`tacos.plots.sensitivity_map` draws it.
    """
    if not (isinstance(network, Network) and is_stream(stream) and isinstance(axes, Mapping)):
        given = ", ".join(type(one).__name__ for one in (network, stream, axes))
        raise RunError(f"A map takes a network, a stream and a dictionary of two axes, in this order; not {given}.")
    if len(axes) != 2 or any(len(values) == 0 for values in axes.values()):
        raise RunError(f"A map has two axes with at least one value each; {len(axes)} were given: {', '.join(axes)}.")
    base = stream.with_options(held_out="validation") if validation else stream
    (x_name, xs), (y_name, ys) = axes.items()
    found = sweep(
        network, stream, {y_name: ys, x_name: xs}, seeds, out=folder(out, Path("runs") / f"sensitivity-{stream.name}"),
        validation=validation, running=running, **options,
    )  # fmt: skip
    data = found.dataset
    dataset = data.drop_vars([x_name, y_name]).rename_dims({x_name: "x", y_name: "y"})
    dataset = dataset.drop_vars("state").assign_coords(x=[str(v) for v in xs], y=[str(v) for v in ys])
    dataset.attrs |= {
        "x_name": x_name, "y_name": y_name, "x_now": _now(network, base, x_name), "y_now": _now(network, base, y_name),
    }  # fmt: skip
    return dataset


def _now(network: Network, stream: StreamLike, name: str) -> str:
    """The value that network or stream have as they are, as an axis would write it; empty if there is none."""
    if name.endswith("*"):
        return "1"
    if name.startswith("stream."):
        return str(getattr(stream, name.removeprefix("stream.")))
    owner, _, parameter = name.rpartition(".")
    found = {
        p.synapse.all_parameters()[parameter].value
        for p in network.plastic_projections()
        if parameter in p.synapse.all_parameters() and owner in ("", p.name)
    }
    return f"{found.pop():g}" if len(found) == 1 else ""
