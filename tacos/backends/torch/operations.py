"""Functions of the generated code: Brian2's, on tensors. Copied into every generated module; needs PyTorch alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

inf, pi, e = math.inf, math.pi, math.e


def _tensor(x: Any) -> Tensor:
    return x if isinstance(x, Tensor) else torch.tensor(x, dtype=torch.get_default_dtype())


def _of_tensors(function: Callable[[Tensor], Tensor]) -> Callable[[Any], Tensor]:
    return lambda x: function(_tensor(x))


exp, log, log10, log1p, expm1 = map(_of_tensors, (torch.exp, torch.log, torch.log10, torch.log1p, torch.expm1))
sin, cos, tan, sinh, cosh, tanh = map(
    _of_tensors, (torch.sin, torch.cos, torch.tan, torch.sinh, torch.cosh, torch.tanh)
)
arcsin, arccos, arctan = map(_of_tensors, (torch.asin, torch.acos, torch.atan))
sqrt, sign, floor, ceil = map(_of_tensors, (torch.sqrt, torch.sign, torch.floor, torch.ceil))


def exprel(x: Any) -> Tensor:
    """``(exp(x) - 1)/x``, and 1 at zero."""
    x = _tensor(x)
    return torch.where(x.abs() < 1e-16, torch.ones_like(x), torch.expm1(x) / torch.where(x == 0, 1, x))


def clip(x: Any, low: Any, high: Any) -> Tensor:
    """``x`` between two bounds, of which each is a number or a tensor."""
    x = _tensor(x)
    if isinstance(low, Tensor) or low != -inf:
        x = x.clamp(min=low)
    if isinstance(high, Tensor) or high != inf:
        x = x.clamp(max=high)
    return x


def whole(x: Any) -> Any:
    """Brian2's ``int``: towards zero. Kept as a float, so that it multiplies floats without a conversion."""
    if not isinstance(x, Tensor):
        return int(x)
    return torch.trunc(x) if x.is_floating_point() else x.to(torch.get_default_dtype())


def logical_not(x: Any) -> Any:
    """``not``, of a number or a tensor."""
    return ~x if isinstance(x, Tensor) else not x


def timestep(t: Any, dt: float) -> Any:
    """Number of steps of a time."""
    return whole((t + 1e-3 * dt) / dt)


def copied(x: Any) -> Any:
    """The value of a variable, which later changes of the variable leave alone."""
    return x.clone() if isinstance(x, Tensor) else x


def chosen(condition: Tensor, value: Any, otherwise: Tensor) -> Tensor:
    """``value`` where a condition holds, of the type of ``otherwise``."""
    if not isinstance(value, Tensor):
        value = torch.full((), value, dtype=otherwise.dtype, device=otherwise.device)  # no copy from the host
    return torch.where(condition, value.to(otherwise.dtype), otherwise)


def due(condition: Any) -> bool:
    """Whether a number is needed now; always, where that cannot be told without waiting for the device."""
    return isinstance(condition, Tensor) or bool(condition)


def pooled(kind: str, x: Any, shape: tuple[int, int], rank: int) -> Tensor:
    """A number about the neurons of each member, ``[member, 1]``; sums are added up in the order of the neurons."""
    x = _tensor(x).expand(shape)
    if kind == "argmax":
        return x.to(torch.get_default_dtype()).argmax(1, keepdim=True)
    if kind in ("sum", "mean"):
        total = x.to(torch.float64).cumsum(1)[:, -1:]
        return (total / shape[1] if kind == "mean" else total).to(torch.get_default_dtype())
    x = x.to(torch.get_default_dtype())
    if kind == "largest":
        return x.sort(1, descending=True).values[:, rank - 1 : rank]
    return x.amax(1, keepdim=True) if kind == "max" else x.amin(1, keepdim=True)


# -- random numbers: a pure function of where they are used (Philox-4x32-10, see tacos/random.py) -------------------


def _philox(seed: Tensor, phase: int, presentation: Tensor, step: Any, index: Tensor, site: int) -> tuple[Any, Any]:
    low = 0xFFFFFFFF
    words: tuple[Any, ...] = (index & low, step, presentation & low, site, seed, phase)
    c0, c1, c2, c3, k0, k1 = words
    for _ in range(10):
        first, second = c0 * 0xD2511F53, c2 * 0xCD9E8D57  # products of 64 bits wrap, their bits are right
        c0, c1, c2, c3 = ((second >> 32) & low) ^ c1 ^ k0, second & low, ((first >> 32) & low) ^ c3 ^ k1, first & low
        k0, k1 = (k0 + 0x9E3779B9) & low, (k1 + 0xBB67AE85) & low
    return c0, c1


#: By site: what its last numbers were drawn for, the first step of them, and the words of that step and the next ones.
_DRAWN: dict[int, tuple[Any, int, Any]] = {}
_STEPS_AHEAD, _NUMBERS_AHEAD, _FEW = 32, 2**16, 2**11


def _words(seed: Tensor, phase: int, presentation: Tensor, step: int, index: Tensor, site: int) -> Any:
    """Two random words for each place; on a CPU, where a call costs more than its numbers, those of later steps too."""
    if isinstance(step, Tensor) or seed.is_cuda:
        return _philox(seed, phase, presentation, step, index, site)
    mode, given = (phase, torch.is_inference_mode_enabled()), (seed, presentation, index)
    before, first, words = _DRAWN.get(site, (None, 0, ()))
    again = before is not None and before[0] == mode and all(map(torch.equal, before[1], given))
    if again and 0 <= step - first < len(words):
        return words[step - first]
    ahead = 1
    if again and step == first + len(words):  # one step after the other asks for the same
        ahead = max(1, min(_STEPS_AHEAD, _NUMBERS_AHEAD // max(1, _numel(given))))
    steps = torch.arange(step, step + ahead).view(-1, *[1] * max(x.dim() for x in given))
    first_words, second_words = _philox(seed, phase, presentation, steps, index, site)
    words = list(zip(first_words, second_words, strict=True))
    _DRAWN[site] = ((mode, tuple(x.clone() for x in given)), step, words)
    return words[0]


def _shape(tensors: tuple[Tensor, ...]) -> tuple[int, ...]:
    """What tensors of one or two axes are broadcast to, in a tenth of the time that PyTorch's function takes."""
    rank = max(x.dim() for x in tensors)
    return tuple(max(sizes) for sizes in zip(*((1,) * (rank - x.dim()) + tuple(x.shape) for x in tensors), strict=True))


def _numel(tensors: tuple[Tensor, ...]) -> int:
    return math.prod(_shape(tensors))


def uniform(
    seed: Tensor, phase: int, presentation: Tensor, step: int, index: Tensor, site: int, needed: Any = None
) -> Tensor:
    """Uniform numbers in [0, 1) with 24 bits; anything where they are not ``needed``, if that is given."""
    few = not isinstance(needed, Tensor) or needed.numel() < _FEW  # then looking up those that are needed costs more
    if few or needed.is_cuda or needed.shape != _shape((seed, presentation, index)):
        return (_words(seed, phase, presentation, step, index, site)[0] >> 8).to(torch.get_default_dtype()) * 2.0**-24
    places = needed.reshape(-1).nonzero().squeeze(1)
    seed, presentation, index = (x.expand(needed.shape).reshape(-1)[places] for x in (seed, presentation, index))
    drawn = torch.zeros(needed.shape, dtype=torch.get_default_dtype())
    drawn.view(-1)[places] = uniform(seed, phase, presentation, step, index, site)
    return drawn


def normal(seed: Tensor, phase: int, presentation: Tensor, step: int, index: Tensor, site: int) -> Tensor:
    """Standard normal numbers (Box and Muller), computed in double precision as everywhere."""
    first, second = _words(seed, phase, presentation, step, index, site)
    radius = ((first >> 8).to(torch.float64) + 1.0) * 2.0**-24
    angle = (second >> 8).to(torch.float64) * 2.0**-24
    drawn = torch.sqrt(-2.0 * torch.log(radius)) * torch.cos(2.0 * pi * angle)
    return drawn.to(torch.get_default_dtype())
