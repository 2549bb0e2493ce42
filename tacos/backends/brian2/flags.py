"""Neurons that fire: which of them may draw a random number, and which of them raised a flag.

Inputs are mostly silent. A condition such as ``stimulus > 0 and rand() < stimulus*rate*dt`` draws only where its
first part holds; if that part reads the stimulus alone, these are the same neurons for a whole presentation, and are
looked for at its first step. Random numbers are functions of where they are drawn: drawing fewer changes none of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tacos.backends.brian2.repeated import closing
from tacos.networks.lowering import LoweredNetwork
from tacos.networks.network import identifier

_DRAW = re.compile(r"\buniform\(random_seed, random_phase, presentation, step, i, (\d+)\)")
_RESULT = re.compile(r"fired = \(")
_FLAG = re.compile(r"const char (?:fired|\w+_event) = (_ptr_array_\w+)\[_idx\];")
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Draw:
    """A condition that draws one number a neuron.

    Attributes
    ----------
    first : str
        The part of the condition that is evaluated before the draw.
    site : str
        Of the random number.
    array : str
        Where the result is stored.
    reads, code : list of str
        Declarations that precede the condition, and all statements with ``_numbers`` in the place of the draw.
    """

    first: str
    site: str
    array: str
    reads: list[str]
    code: list[str]


def shown_for_a_presentation(network: LoweredNetwork) -> set[str]:
    """Names in Brian2 of the populations whose stimulus changes between presentations only."""
    return {identifier(p.name) for p in network.populations if p.channel and not p.per_step}


def drawn(vector_code: list[str]) -> Draw | None:
    """The draw of a code block that computes one condition ``first and (... rand() ...)`` and nothing else."""
    lines = [line.strip() for line in vector_code if line.strip()]
    at = next((k for k, line in enumerate(lines) if _RESULT.match(line)), None)
    if at is None or len(lines) != at + 2 or len(_DRAW.findall("".join(lines))) != 1:
        return None
    stored = re.fullmatch(r"(_ptr_array_\w+)\[_idx\] = fired;", lines[at + 1])
    reads, condition = lines[:at], lines[at]
    start = len("fired = ")
    end = closing(condition, start)
    first, draw = condition[start + 1 : end], _DRAW.search(condition)
    if not stored or draw is None or draw.start() < end or not condition[end + 1 :].startswith(" && "):
        return None
    if set(_NAME.findall(first)) != {"stimulus"}:
        return None
    number = _DRAW.sub("(double)_numbers[_k]", condition)
    return Draw(first, draw[1], stored[1], reads, [*reads, number, lines[at + 1]])


def flag(vector_code: list[str]) -> str:
    """The array of the flag without which a thresholder's condition does not hold, or an empty string."""
    match = _FLAG.search("\n".join(vector_code))
    return match[1] if match else ""


def guarded(vector_code: list[str], scalar_code: list[str]) -> str:
    """The array of the one flag that a code block raises and that is down unless ``_due``, or an empty string."""
    if not any(line.strip().startswith("const char _due =") for line in scalar_code):
        return ""
    stored = re.findall(r"(_ptr_array_\w+)\[_idx\] = (\w+);", "\n".join(vector_code))
    return str(stored[0][0]) if len(stored) == 1 and stored[0][1].endswith("_event") else ""
