"""Rules that choose synapses or neurons, as text: ``random(200)``, ``between([10:18, 8:20], [0:5])`` and so on.

What is chosen before a run may depend on nothing that happens in it, so that it is the same for every replica:
``all``, ``random``, ``between`` and indices. The most changed synapses, or those that end above a value, are known only
at the end: they are chosen from a recording (:mod:`tacos.recordings.selecting`) or, by ``changed(200, RUN)``, from an
earlier run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from synapses import DeclarationError
from synapses.language.values import said

ALL = "all"
#: Neurons, or rows and columns of an image: an index, a slice, or indices.
Members = int | slice | Sequence[int] | np.ndarray

_RULE = re.compile(r"(random|between|changed|where)\((.*)\)")
_BETWEEN = re.compile(r"\[([^\],]*)(?:,([^\]]*))?\]\s*,\s*\[([^\],]*)\]")
_WHERE = re.compile(r"(\w+)\s*([<>])\s*([-+.\de]+)")
_STATISTICS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda values: values.mean(axis=1),
    "sd": lambda values: values.std(axis=1),
    "min": lambda values: values.min(axis=1),
    "max": lambda values: values.max(axis=1),
    "median": lambda values: np.median(values, axis=1),
}
_ITEM = re.compile(r"(\d+)|(\d*):(\d*)(?::([1-9]\d*))?")


def between(pixels: Members | tuple[Members, Members], neurons: Members) -> str:
    """The synapses between some pixels and some neurons, as a rule.

    Parameters
    ----------
    pixels : index, slice or indices; or a pair of these
        Of the source; a pair means rows and columns of the image that it shows, as in ``image[10:18, 8:20]``.
    neurons : index, slice or indices
        Of the target.

    Returns
    -------
    str
        Such as ``"between([10:18, 8:20], [0:5])"``.
    """
    axes = pixels if isinstance(pixels, tuple) else (pixels,)
    return f"between([{', '.join(map(_written, axes))}], [{_written(neurons)}])"


def parsed(text: str) -> tuple[str, tuple[Any, ...]]:
    """Name and arguments of a rule; indices are the rule ``"indices"``.

    Raises
    ------
    DeclarationError
        If the text is no rule.
    """
    text = text.strip()
    if text == ALL:
        return ALL, ()
    if re.fullmatch(r"-?\d+(\s*,\s*-?\d+)*", text):
        return "indices", tuple(int(number) for number in text.split(","))
    name, inside = match.groups() if (match := _RULE.fullmatch(text)) else ("", "")
    inside = inside.strip()
    if name == "random" and re.fullmatch(r"[1-9]\d*", inside):
        return name, (int(inside),)
    if name == "changed" and (match := re.fullmatch(r"([1-9]\d*)(?:\s*,\s*(.+))?", inside)):
        return name, (int(match[1]), match[2] or "")
    if name == "where" and (match := _WHERE.fullmatch(inside)) and _is_number(match[3]):
        return name, (match[1], match[2], float(match[3]))
    if name == "between" and (match := _BETWEEN.fullmatch(inside)):
        rows, columns, neurons = (None if part is None else " ".join(part.split()) for part in match.groups())
        if all(part is None or _is_members(part) for part in (rows, columns, neurons)):
            return name, (rows, columns, neurons)
    raise DeclarationError(
        "choose all, random(200), between([10:18, 8:20], [0:5]), changed(200, RUN) or indices such as 3,17, "
        f"not '{text}'."
    )


def canonical(text: str) -> str | tuple[int, ...]:
    """A rule written in the one way; indices as numbers."""
    name, arguments = parsed(text)
    if name == "indices":
        return arguments
    if name == "between":
        rows, columns, neurons = arguments
        return f"between([{rows if columns is None else f'{rows}, {columns}'}], [{neurons}])"
    if name == "where":
        return f"where({arguments[0]} {arguments[1]} {arguments[2]:g})"
    return f"{name}({', '.join(str(a) for a in arguments if a != '')})" if arguments else name


def at_random(n: int, count: int) -> np.ndarray:
    """Indices of ``count`` of n, in order, the same at every call."""
    return np.sort(np.random.default_rng(0).choice(n, min(count, n), replace=False))


def largest(values: np.ndarray, count: int) -> np.ndarray:
    """Indices of the largest values, in order; of equal values the first."""
    return np.sort(np.argsort(-values, kind="stable")[:count])


def is_between(
    pre: np.ndarray, post: np.ndarray, rule: str, n_pre: int, n_post: int, image: tuple[int, int] | None
) -> np.ndarray:
    """Which synapses, given by the neurons on either side, a rule ``between`` means.

    Parameters
    ----------
    pre, post : array of shape (n_synapses,)
    rule : str
    n_pre, n_post : int
        Sizes of source and target.
    image : (height, width) or None
        Of the image that the source shows.

    Returns
    -------
    array of bool, shape (n_synapses,)
    """
    rows, columns, neurons = parsed(rule)[1]
    if columns is None:
        source = np.isin(pre, members(rows, n_pre, "neurons of the source"))
    else:
        if image is None or image[0] * image[1] != n_pre:
            raise DeclarationError(
                f"'{rule}' means rows and columns of an image, and the source shows none; name neurons, such as [0:5]."
            )
        row, column = np.divmod(pre, image[1])
        source = np.isin(row, members(rows, image[0], "rows")) & np.isin(column, members(columns, image[1], "columns"))
    return source & np.isin(post, members(neurons, n_post, "neurons of the target"))


def members(text: str, size: int, what: str) -> np.ndarray:
    """Indices that a text such as ``"0:5 9"`` means; nothing is cut off in silence."""
    found: list[int] = []
    for item in text.split():
        index, start, stop, step = _ITEM.fullmatch(item).groups()  # type: ignore[union-attr]  # checked by `parsed`
        first, end = (int(index), int(index) + 1) if index else (int(start or 0), int(stop or size))
        if first >= end:
            raise DeclarationError(f"'{item}' is empty: the end, which is not part of it, comes after the start.")
        if end > size:
            raise DeclarationError(f"'{item}' is outside of the {size} {what}: they are counted from 0 to {size - 1}.")
        found += range(first, end, int(step or 1))
    return np.unique(found)


def presentations(given: Any) -> str:
    """Which presentations are meant, as text: ``"100:200"`` or ``"0,500"``; empty for all."""
    try:
        items = (given.replace(",", " ") if isinstance(given, str) else _written(given)).split()
    except (TypeError, ValueError):
        items = ["?"]
    if not all(_ITEM.fullmatch(item) for item in items):
        raise DeclarationError(
            f"presentations are such as 0,500 or 100:200 (100 to 199), counted from 0, not {said(given)}."
        )
    return " ".join(items)


def closed(text: str, n: int) -> str:
    """The same of a stream of `n` presentations, without open ends."""
    members(text, n, "presentations of the stream")
    items = [item.split(":") for item in text.split()]
    return " ".join(":".join([i[0] or "0", i[1] or str(n), *i[2:]]) if len(i) > 1 else i[0] for i in items)


def statistics(given: str | Iterable[str]) -> tuple[str, ...]:
    """Statistics by name, each once."""
    names = given.split(",") if isinstance(given, str) else list(given)
    found = tuple(dict.fromkeys(str(name).strip() for name in names if str(name).strip()))
    for name in found:
        quantile = name.startswith("q") and _is_number(name[1:]) and 0 <= float(name[1:]) <= 1
        if name not in _STATISTICS and not quantile:
            raise DeclarationError(f"reduce= takes {', '.join(_STATISTICS)} and quantiles such as q0.05, not '{name}'.")
    return found


def reduced(values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Statistics over the last axis, shape (n_rows, n_statistics), computed in double precision, of 32 bits."""
    exact = values.astype(np.float64)
    found = [_STATISTICS[n](exact) if n in _STATISTICS else np.quantile(exact, float(n[1:]), axis=1) for n in names]
    return np.stack(found, axis=1).astype(np.float32)


def _is_members(text: str) -> bool:
    return bool(text) and all(_ITEM.fullmatch(item) for item in text.split())


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _written(item: Members) -> str:
    if isinstance(item, slice):
        ends = [item.start, item.stop] + ([item.step] if item.step is not None else [])
        return ":".join("" if end is None else str(end) for end in ends)
    return " ".join(str(int(index)) for index in (item if isinstance(item, Iterable) else (item,)))
