"""How much every parameter matters: moments of per-example gradients, for any network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from tacos.baselines.method import masked, trainable

Score = Callable[[Tensor, slice], Tensor]
"""From logits [n, outputs], and which examples these are, to one number an example [n], of its own example only."""
LABELS = ("all", "predicted", "true")


def gradient_moment(model: nn.Module, score: Score, images: Tensor, power: int) -> list[Tensor]:
    r"""Mean over examples of :math:`|\partial score_n / \partial \theta|^{power}`, by parameter.

    Parameters
    ----------
    model : Module
        Left as it was.
    score : callable
    images : Tensor [n, inputs]
    power : int
        1 or 2.

    Returns
    -------
    list of Tensor
        In the order of `trainable`.

    Notes
    -----
    The gradient of a linear layer for one example is the outer product of its error and its input, so that sums of
    powers over examples are one matrix product; where the layer is used for all steps at once it is a sum of these.
    Networks with other parameters, or that use a layer several times for an image, go example by example.
    """
    fast = _of_linear_layers(model, score, images, power)
    return fast if fast is not None else _example_by_example(model, score, images, power)


def _of_linear_layers(model: nn.Module, score: Score, images: Tensor, power: int) -> list[Tensor] | None:
    layers = [m for m in model.modules() if isinstance(m, nn.Linear)]
    if {id(p) for layer in layers for p in layer.parameters()} != {id(p) for p in trainable(model)}:
        return None
    calls: list[tuple[nn.Module, Tensor, Tensor]] = []

    def remember(layer: nn.Module, given: tuple[Any, ...], output: Tensor) -> None:
        calls.append((layer, given[0].detach(), output))

    sums = {id(p): torch.zeros_like(p) for p in trainable(model)}
    hooks = [layer.register_forward_hook(remember) for layer in layers]
    try:
        for here in slices(len(images), 500):
            calls.clear()
            total = score(model(images[here]), here).sum()
            if [id(c[0]) for c in calls] != list(dict.fromkeys(id(c[0]) for c in calls)) or len(calls) != len(layers):
                return None
            errors = torch.autograd.grad(total, [output for _, _, output in calls])
            for (layer, given, _), error in zip(calls, errors, strict=True):
                weight, bias = _outer(error, given, power)
                sums[id(layer.weight)] += weight
                if layer.bias is not None:
                    sums[id(layer.bias)] += bias
    finally:
        for hook in hooks:
            hook.remove()
    return [(sums[id(p)] / len(images)).detach() for p in trainable(model)]


def _outer(error: Tensor, given: Tensor, power: int) -> tuple[Tensor, Tensor]:
    """Sums over examples of powers of the gradients of a layer's weights and biases.

    Of errors [n, outputs] and inputs [n, inputs]; or [n, steps, ...] where the layer is used for all steps at once and
    an example's gradient is a sum over them.
    """
    if given.ndim == 2:
        error = error.abs() ** power
        return error.T @ given.abs() ** power, error.sum(0)
    weight = torch.zeros(error.shape[-1], given.shape[-1], dtype=error.dtype, device=error.device)
    for here in slices(len(given), 50):  # gradients of some examples at a time
        weight += (torch.einsum("nto,nti->noi", error[here], given[here]).abs() ** power).sum(0)
    return weight, (error.sum(1).abs() ** power).sum(0)


def _example_by_example(model: nn.Module, score: Score, images: Tensor, power: int) -> list[Tensor]:
    parameters = trainable(model)
    sums = [torch.zeros_like(p) for p in parameters]
    for here in slices(len(images), 1):
        gradients = torch.autograd.grad(score(model(images[here]), here).sum(), parameters, allow_unused=True)
        for total, gradient in zip(sums, gradients, strict=True):
            if gradient is not None:
                total += gradient.abs() ** power
    return [(total / len(images)).detach() for total in sums]


def fisher(model: nn.Module, images: Tensor, targets: Tensor, mask: Tensor | None, labels: str = "all") -> list[Tensor]:
    """Diagonal of the Fisher information, from per-example gradients of the log-likelihood.

    Parameters
    ----------
    model : Module
    images : Tensor [n, inputs]
    targets : Tensor [n]
    mask : Tensor [n, outputs], optional
    labels : {"all", "predicted", "true"}
        Which label's likelihood: the expectation over the network's own probabilities (the definition), the most
        probable label, or the true one (the "empirical" Fisher).
    """
    if labels not in LABELS:
        raise ValueError(f"labels = {labels!r} of the Fisher information must be one of {', '.join(LABELS)}.")
    with torch.no_grad():
        p = torch.cat([masked(model(i), m).softmax(1) for i, m in _parts(images, mask)])
    if labels != "all":
        return _weighted(model, images, mask, targets if labels == "true" else p.argmax(1), None)
    terms = [_weighted(model, images, mask, torch.full_like(targets, k), p[:, k]) for k in range(p.shape[1])]
    return [torch.stack(values).sum(0) for values in zip(*terms, strict=True)]


def _weighted(
    model: nn.Module, images: Tensor, mask: Tensor | None, labels: Tensor, weight: Tensor | None
) -> list[Tensor]:
    """Mean squared gradient of the log-likelihood of given labels; a weight multiplies the square."""

    def score(logits: Tensor, here: slice) -> Tensor:
        likely = masked(logits, None if mask is None else mask[here]).log_softmax(1)
        chosen = likely.gather(1, labels[here, None])[:, 0]
        if weight is None:
            return chosen
        # A label outside of the mask has probability zero and would have an infinite log-likelihood.
        return torch.where(weight[here] > 0, chosen, torch.zeros_like(chosen)) * weight[here].sqrt()

    return gradient_moment(model, score, images, 2)


def slices(n: int, size: int) -> list[slice]:
    """All of n examples, so many at once."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def _parts(images: Tensor, mask: Tensor | None) -> list[tuple[Tensor, Tensor | None]]:
    masks = [None] * len(images.split(1000)) if mask is None else list(mask.split(1000))
    return list(zip(images.split(1000), masks, strict=True))
