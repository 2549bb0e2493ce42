"""Conditions of an ablation: from short texts to networks, the default set, and what equations say of them.

A condition is one change or several, with commas in between:

    full                        nothing is changed
    metaplasticity              the mechanism is taken out ("without metaplasticity" says the same)
    all                         every mechanism but the learning rule is taken out
    freeze w_ref                the state keeps its initial value
    input-hidden.dm=0.01        a parameter has another value; without "input-hidden." wherever it occurs
    dm*0.5                      a parameter is multiplied, wherever it occurs

Conditions are separated by semicolons; ``default`` stands for those of :func:`default_conditions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from brian2.units.fundamentalunits import Quantity

from synapses import DeclarationError
from synapses.language.units import dimensions_of
from tacos.ablation.defaults import FULL, default_conditions, mechanisms
from tacos.ablation.notes import notes
from tacos.errors import RunError
from tacos.networks.network import Network
from tacos.runs.asked import texts


@dataclass(frozen=True)
class Condition:
    """One setting of an ablation.

    Attributes
    ----------
    label : str
        For tables and figures.
    network : Network
    notes : tuple of str
        What the equations say of it: a mechanism that does nothing there, a state that nobody moves.
    """

    label: str
    network: Network
    notes: tuple[str, ...] = ()


Wanted = str | Sequence[str] | Mapping[str, "str | Network"] | None


def read_conditions(wanted: Wanted, network: Network, learning_rate: str, shared: bool) -> tuple[Condition, ...]:
    """The conditions that were asked for, the full network first.

    Parameters
    ----------
    wanted : str, sequence of str, mapping of label to str or Network, or None
        See the top of this file; None for the default.
    network : Network
        The full one.
    learning_rate : str
        The parameter that the grid chooses, and the mark of the learning rule, which 'all' leaves in.
    shared : bool
        Bring mechanisms to a standstill by their parameters where that is possible, so that conditions share their
        equations.
    """
    reader = _Reader(network, learning_rate, shared)
    if isinstance(wanted, Mapping):
        read = [reader.condition(given, label) for label, given in wanted.items()]
    else:
        right = (
            "conditions are texts such as 'metaplasticity; dm*0.5', a list of these, or a dictionary {label: network}"
        )
        given = texts(wanted or "default", right)
        pieces = [piece.strip() for text in given for piece in text.split(";") if piece.strip()]
        read = []
        for piece in pieces:
            these = default_conditions(network, learning_rate) if piece == "default" else [piece]
            read += [reader.condition(one) for one in these]
    if not any(c.network == network for c in read):
        read.insert(0, reader.condition(FULL))
    read.sort(key=lambda c: c.network != network)
    unique = {c.label: c for c in read}
    for c in read:
        if unique[c.label].network != c.network:
            raise RunError(f"Two conditions are called '{c.label}'; give one of them another label.")
    return tuple(unique.values())


def scaled(network: Network, parameter: str, factor: float) -> Network:
    """The network with a parameter multiplied, wherever it occurs; ``"input-hidden.eta"`` for one projection only."""
    owner, dot, name = parameter.rpartition(".")
    if dot and owner in [p.name for p in network.populations]:
        known = {p.name: p for p in network.population(owner).parameters}
        owners = {owner: known}
    else:
        plastic = [network.projection(owner)] if dot else network.plastic_projections()
        owners = {p.name: p.synapse.all_parameters() for p in plastic}
    values = {
        f"{key}.{name}": Quantity(known[name].value * factor, dim=dimensions_of(known[name].unit))
        for key, known in owners.items()
        if name in known
    }
    return network.with_parameters(**values) if values else network.with_parameters(**{parameter: factor})  # says why


class _Reader:
    def __init__(self, network: Network, learning_rate: str, shared: bool) -> None:
        self.full, self.learning_rate, self.shared = network, learning_rate, shared
        self.mechanisms = [m.name for m in mechanisms(network)]
        self.rules = [m.name for m in mechanisms(network) if learning_rate in {p.name for p in m.parameters}]
        self.states = list(dict.fromkeys(s for p in network.plastic_projections() for s in p.synapse.all_states()))

    def condition(self, given: Any, label: str = "") -> Condition:
        if isinstance(given, Network):
            return Condition(label, given, notes(label, given, self.full) if _alike(given, self.full) else ())
        network, out, frozen, values = self.full, [], [], []
        for change in (part.strip() for part in given.split(",")):
            word = re.sub(r"^without\s+", "", change)
            freeze = re.fullmatch(r"(?:freeze|frozen)\s+(\w+)", change)
            value = re.fullmatch(r"([\w .-]+?)\s*([=*])\s*(.+)", change)
            if change == FULL:
                continue
            if word in ("all", "all mechanisms"):
                out += [name for name in self.mechanisms if name not in self.rules]
            elif word in self.mechanisms:
                out.append(word)
            elif freeze and freeze.group(1) in self.states:
                frozen.append(freeze.group(1))
            elif value:
                network = self._with_value(network, change, *value.groups())
                values.append(change.replace(" ", "") if value.group(2) == "*" else change)
            else:
                raise self._unknown(change)
        # Each group of changes in an order of its own: labels do not depend on how a text was ordered.
        out = [name for name in self.mechanisms if name in out]
        plain = network  # notes read the equations of the condition, not those of its standstill
        try:
            network = _taken_out(network, out, self.shared)
            plain = _taken_out(plain, out, False)
        except DeclarationError as error:
            raise DeclarationError(f"Condition '{given}': {error}") from None
        network, plain = _frozen(network, frozen), _frozen(plain, frozen)
        everything = len(out) > 1 and out == [name for name in self.mechanisms if name not in self.rules]
        named = "all mechanisms" if everything else ", ".join(out)
        words = [f"without {named}" if out else "", *(f"frozen {s}" for s in frozen), *values]
        label = label or ", ".join(filter(None, words)) or FULL
        return Condition(label, network, notes(label, plain, self.full))

    def _with_value(self, network: Network, change: str, name: str, operation: str, value: str) -> Network:
        if self.learning_rate in (name, name.rpartition(".")[2]):
            raise RunError(
                f"'{change}': every condition gets its own {self.learning_rate} from the grid, so that this is none; "
                f"other factors of the grid can be asked for, or a map with tacos.sensitivity."
            )
        if operation == "=":
            return network.with_parameters(**{name: value})
        try:
            factor = float(value)
        except ValueError:
            raise RunError(f"'{change}': a parameter is multiplied by a number, such as {name}*0.5.") from None
        return scaled(network, name, factor)

    def _unknown(self, change: str) -> RunError:
        return RunError(
            f"There is no condition '{change}'; there are the mechanisms {', '.join(self.mechanisms)} (taken out), "
            f"'freeze STATE' with {', '.join(self.states)}, 'PARAMETER=VALUE', 'PARAMETER*FACTOR', full, all, default."
        )


def _taken_out(network: Network, names: Iterable[str], shared: bool) -> Network:
    names = list(names)
    still = [name for name in names if shared and _has_standstill(network, name)]
    return network.switched_off(*still).without(*(name for name in names if name not in still))


def _has_standstill(network: Network, name: str) -> bool:
    return all(m.off for p in network.projections for m in p.synapse.mechanisms if m.name == name)


def _frozen(network: Network, states: Iterable[str]) -> Network:
    for state in states:
        for projection in network.plastic_projections():
            if state in projection.synapse.all_states():
                network = network.with_synapse(projection.name, projection.synapse.freeze(state))
    return network


def _alike(network: Network, full: Network) -> bool:
    return {p.name for p in network.plastic_projections()} <= {p.name for p in full.plastic_projections()}
