"""Names of a declaration: possible, not taken, one meaning each."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from brian2.equations.equations import Equations

from synapses.language.declarations import Parameter, State
from synapses.language.errors import DeclarationError
from synapses.language.values import said
from synapses.language.words import WORDS

if TYPE_CHECKING:
    from synapses.language.model import Synapse


#: Names that the language gives a meaning; a declaration may not take them.
RESERVED = frozenset(
    "gate now elapsed duration learning step presentation stimulus n_source n_pre n_post dt t i j N delay rand randn "
    "xi pre post end transmit "
    "spike_count refractory_steps fired first_presentation random_seed random_phase".split()
)


def check_names(synapse: Synapse, here: str) -> None:
    """A name stands for one thing in a model."""
    names = [m.name for m in synapse.mechanisms]
    for name in names:
        if not name.strip():
            raise DeclarationError(f"{here} has a mechanism without a name.")
        if names.count(name) > 1:
            raise DeclarationError(f"{here} has two mechanisms named '{name}'; a name stands for one.")
    owners: dict[str, tuple[str, object]] = {}
    groups: list[tuple[str, list[State | Parameter]]] = [("the model", [*synapse.states, *synapse.parameters])]
    groups += [(f"mechanism '{m.name}'", [*m.states, *m.all_parameters()]) for m in synapse.mechanisms]
    for owner, items in groups:
        for item in items:
            check_name(item.name, here)
            other, known = owners.setdefault(item.name, (owner, item))
            if known != item:
                raise DeclarationError(
                    f"{here}: '{item.name}' is declared differently by {other} ({known}) and by {owner} ({item}); "
                    "declare it identically or use two names."
                )
    for mechanism in synapse.mechanisms:
        needs = (*mechanism.pre, *mechanism.post)
        asked = [
            need.name for need in needs if need.name != "spike_count" or need.equations
        ]  # every spiking cell has it
        for name in [*asked, *(modulator.name for modulator in mechanism.modulators)]:
            check_name(name, here)
        for modulator in mechanism.modulators:
            if modulator.name in owners:
                raise DeclarationError(
                    f"{here}: '{modulator.name}' is a neuromodulator and also declared by {owners[modulator.name][0]}; "
                    "use two names."
                )


def check_name(name: str, here: str) -> None:
    """A name that can be, here and in generated code."""
    if not isinstance(name, str):
        raise DeclarationError(f"{here}: a name is a text, not {said(name)}.")
    if name in RESERVED:
        raise DeclarationError(f"{here}: '{name}' has a meaning in the language; choose another name.")
    if name.endswith(("_pre", "_post")):
        raise DeclarationError(f"{here}: '{name}' reads like a variable of a neuron; end it with something else.")
    if name.endswith("_"):
        raise DeclarationError(f"{here}: '{name}' cannot be a name (no name ends with an underscore).")
    check_identifier(name, here)


def check_identifier(name: str, here: str) -> None:
    """A name that equations can read; it is written into the programs that are generated."""
    if not isinstance(name, str):
        raise DeclarationError(f"{here}: a name is a text, not {said(name)}.")
    if name in WORDS:
        raise DeclarationError(
            f"{here}: '{name}' cannot be a name (it has a meaning in the programs that are generated)."
        )
    try:
        _check_identifier(name)
    except (SyntaxError, TypeError, ValueError) as error:
        raise DeclarationError(f"{here}: '{name}' cannot be a name ({str(error).rstrip('.')}).") from error


@lru_cache(maxsize=4096)
def _check_identifier(name: str) -> None:
    Equations.check_identifier(name)


def check_needs(synapse: Synapse, here: str) -> None:
    """Mechanisms that need another have it."""
    names = synapse.mechanism_names()
    for mechanism in synapse.mechanisms:
        for needed in mechanism.needs:
            if needed not in names:
                raise DeclarationError(
                    f"{here}: mechanism '{mechanism.name}' needs mechanism '{needed}', which is not there."
                )
