"""Random numbers of a network: which number a call of ``rand()`` or ``randn()`` means.

They become ``uniform(random_seed, random_phase, presentation, step, index, site)``, and ``normal`` likewise: a function
of the seed, the purpose, where in the stream, which neuron or synapse, and which call in the model.
"""

from __future__ import annotations

import zlib
from functools import partial

from synapses.language.statements import number_calls


def site(name: str) -> int:
    """The number of a random call, from its name: a positive 31-bit integer."""
    return zlib.crc32(name.encode()) & 0x7FFFFFFF


def numbered_random(code: str, owner: str, index: str) -> str:
    """Replace ``rand()`` and ``randn()`` by calls that say which number they mean."""

    def numbered(function: str, k: int) -> str:
        counter_based = {"rand": "uniform", "randn": "normal"}[function]
        where = f"presentation, step, {index}, {site(f'{owner}/{function}/{k}')}"
        return f"{counter_based}(random_seed, random_phase, {where})"

    for function in ("rand", "randn"):
        code = number_calls(code, function, partial(numbered, function))
    return code
