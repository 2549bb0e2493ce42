"""Launches of Triton kernels that visit a row of synapses only where its neuron fired.

Copied into modules that are generated with kernels; needs PyTorch and Triton.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from tacos.backends.torch.events import Events
from tacos.backends.torch.workspace import Network

#: Synapses side by side in one program, and events that are looked up at once.
LANES, LOOKED_UP = 64, 1024
NUMBERS = {torch.float32: tl.float32, torch.float64: tl.float64}


@triton.jit
def kernel_whole(x, number: tl.constexpr):
    """See `whole`."""
    if x.dtype.is_floating():
        return tl.where(x < 0, tl.ceil(x), tl.floor(x))
    else:
        return x.to(number)


@triton.jit
def kernel_sign(x):
    """See `sign`."""
    return tl.where(x > 0, 1.0, tl.where(x < 0, -1.0, x - x))  # of what is no number, none


@triton.jit
def kernel_over(x, y):
    """A quotient as exact as the numbers are."""
    if x.dtype == tl.float64:
        return x / y
    elif y.dtype == tl.float64:
        return x / y
    else:
        return tl.div_rn(x, y)


@triton.jit
def kernel_sqrt(x):
    """A root as exact as the numbers are."""
    if x.dtype == tl.float64:
        return tl.sqrt(x)
    else:
        return tl.sqrt_rn(x)


@triton.jit
def kernel_clip(x, low, high):
    """See `clip`; what is no number stays so, for divergence to be noticed."""
    above = tl.maximum(x, low, propagate_nan=tl.PropagateNan.ALL)
    return tl.minimum(above, high, propagate_nan=tl.PropagateNan.ALL)


@triton.jit
def kernel_listed(happened, found, count, n, WIDTH: tl.constexpr):  # noqa: N803
    """The neurons of a member that had an event, in order, and how many they are."""
    member = tl.program_id(0).to(tl.int64)
    total = 0
    for begin in range(0, n, WIDTH):
        neuron = begin + tl.arange(0, WIDTH)
        here = tl.load(happened + member * n + neuron, mask=neuron < n, other=0).to(tl.int32)
        tl.store(found + member * n + total + tl.cumsum(here, 0) - here, neuron, mask=here > 0)
        total += tl.sum(here, 0)
    tl.store(count + member, total)


def listed(events: Events) -> tuple[Tensor, Tensor]:
    """Neurons with an event, ``[member, n]`` of which the first ``count[member]`` count; looked up once."""
    if events.listed is None:
        happened = events.happened.contiguous()
        members, n = happened.shape
        found = torch.empty((members, n), dtype=torch.int32, device=happened.device)
        count = torch.empty(members, dtype=torch.int32, device=happened.device)
        kernel_listed[(members,)](happened, found, count, n, WIDTH=min(LOOKED_UP, triton.next_power_of_2(n)))
        events.listed = found, count
    return events.listed


@torch.compiler.disable
def on_rows(
    net: Network, projection: str, population: str, side: str, rows: Any, plastic: bool, delayed: str = ""
) -> None:
    """As `Network.on_spike`, by a kernel; the projection is all-to-all."""
    events = net.arriving(population, plastic, delayed)
    if events is not None:
        with torch.cuda.device_of(net.seed):  # Triton launches where this process is
            rows(net, net.wiring[projection], events)


def launched(
    kernel: Any,
    net: Network,
    wiring: Any,
    events: Events,
    side: str,
    own: Sequence[str],
    added: Sequence[str],
    lanes: Sequence[Tensor],
    fired: Sequence[Tensor],
    shared: Sequence[Tensor],
    **constants: Any,
) -> None:
    """Run a kernel: a program for each member and so many neurons on the side that did not fire.

    The states of the synapses change in place; those of the neurons to which something is added are new tensors.
    """
    members, sizes = len(net.seed), (wiring.n_pre, wiring.n_post)
    n_fired, n_lanes = sizes if side == "pre" else sizes[::-1]
    for key in own:
        net.state[key] = net.state[key].contiguous()
    for key in added:
        net.state[key] = net.state[key].clone(memory_format=torch.contiguous_format)
    arguments: list[Any] = [*listed(events), *sizes, *(net.state[key] for key in (*own, *added))]
    for size, tensors in ((n_lanes, lanes), (n_fired, fired), (1, shared)):
        for given in tensors:
            x = torch.as_tensor(given, device=net.seed.device)
            spread = x.expand(members, size)
            arguments += [x, *spread.stride()]
    kernel[(members, triton.cdiv(n_lanes, LANES))](
        *arguments, **constants, NUMBER=NUMBERS[torch.get_default_dtype()], WIDTH=LANES, num_warps=2
    )
