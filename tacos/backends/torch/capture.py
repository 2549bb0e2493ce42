"""A presentation as one CUDA graph: the host starts it, and has nothing to do before its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

Found = dict[str, Any]


def captured(present: Callable[[], Found], net: Any) -> Callable[[], Found]:
    """What a function does to a network, recorded and ready to be repeated.

    It changes nothing in place but what kernels do; what it leaves in the network is put where it was found.

    Parameters
    ----------
    present : callable
        Returns tensors; each repetition returns the same ones, with other values.
    net : Network
        Of the generated module.
    """
    state, waiting = dict(net.state), {queue: list(events) for queue, events in net.waiting.items()}

    def begin() -> None:
        net.state = dict(state)
        net.waiting = {queue: list(events) for queue, events in waiting.items()}

    def put_back() -> None:
        left = [(place, net.state[key]) for key, place in state.items()]
        left += [pair for queue, places in waiting.items() for pair in zip(places, net.waiting[queue], strict=True)]
        held = {place.data_ptr() for place, _ in left}
        changed = [(place, value) for place, value in left if value is not place]
        # What another place held must be copied before that place gets something else.
        changed = [(place, value.clone() if value.data_ptr() in held else value) for place, value in changed]
        for place, value in changed:
            place.copy_(value)
        begin()

    device = net.seed.device
    aside = torch.cuda.Stream(device)  # what is recorded elsewhere than on this device would be lost
    aside.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(aside):
        before = {key: place.clone() for key, place in state.items()} if net.by_kernels else {}
        present()  # compiles, which cannot be recorded
        for key, values in before.items():
            state[key].copy_(values)
        del before
    torch.cuda.current_stream(device).wait_stream(aside)
    begin()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=aside):
        found = present()
        put_back()

    def repeat() -> Found:
        graph.replay()
        return found

    return repeat
