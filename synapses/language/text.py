"""How models are shown: ``print(model)``, ``model.requires()`` and ``model.cite()``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from synapses.language.declarations import Mechanism, Modulator, NeuronState, Parameter, Reference, State

if TYPE_CHECKING:
    from synapses.language.model import Synapse


def parameter_text(parameter: Parameter) -> str:
    """``name = value unit   meaning [source]``."""
    value = f"{parameter.value:g}" + ("" if parameter.unit == "1" else f" {parameter.unit}")
    source = f" [{parameter.source}]" if parameter.source else ""
    return f"{parameter.name} = {value:<14} {parameter.meaning}{source}"


def _state_text(state: State, frozen: bool) -> str:
    unit = "" if state.unit == "1" else f" ({state.unit})"
    return f"{state.name}{unit}, at first {state.initial}: {state.meaning}" + (" (frozen)" if frozen else "")


def _indented(text: str, depth: int) -> list[str]:
    return [" " * depth + line.strip() for line in text.strip().splitlines()]


def _mechanism_text(mechanism: Mechanism, frozen: frozenset[str]) -> list[str]:
    lines = [f"  {mechanism.name}" + (f": {mechanism.summary}" if mechanism.summary else "")]
    for state in mechanism.states:
        lines.append("    state      " + _state_text(state, state.name in frozen))
    for parameter in mechanism.parameters:
        lines.append("    parameter  " + parameter_text(parameter))
    for side, needs in (("pre", mechanism.pre), ("post", mechanism.post)):
        for need in needs:
            lines.append(f"    needs      {need.name} of the {side}synaptic neuron")
            lines += ["      parameter  " + parameter_text(parameter) for parameter in need.parameters]
    for modulator in mechanism.modulators:
        lines.append(
            f"    modulator  {modulator.equations.strip()}"
            + (f", on a spike of '{modulator.source}': {modulator.on_source}" if modulator.source else "")
        )
        lines += ["      parameter  " + parameter_text(parameter) for parameter in modulator.parameters]
    if mechanism.equations:
        lines += _indented(mechanism.equations, 4)
    for label, _, _, events in mechanism.triggers():
        for event in events:
            when = f"    {label}" + (f", stage {event.stage}" if event.stage else "")
            lines += [when + (f", after {event.delay}" if event.delay else ""), *_indented(event.code, 6)]
    for target, expression in mechanism.summed.items():
        lines.append(f"    {target} = sum over synapses of {expression}")
    if mechanism.gate:
        lines.append(f"    gate       {mechanism.gate}")
    return lines


def synapse_text(synapse: Synapse) -> str:
    """Equations, parameters with units and sources, mechanism by mechanism."""
    lines = [f"Synapse '{synapse.name}'" + (f": {synapse.summary}" if synapse.summary else "")]
    lines.append(f"  transmits {synapse.efficacy}")
    lines += ["  state      " + _state_text(state, state.name in synapse.frozen) for state in synapse.states]
    lines += ["  parameter  " + parameter_text(parameter) for parameter in synapse.parameters]
    for mechanism in synapse.mechanisms:
        lines += ["", *_mechanism_text(mechanism, synapse.frozen)]
    if not synapse.mechanisms:
        lines.append("  no mechanisms: a static synapse")
    return "\n".join(lines)


def requirements_text(pre: Iterable[NeuronState], post: Iterable[NeuronState], modulators: Iterable[Modulator]) -> str:
    """What the neurons and the network must provide, a line each."""
    lines = []
    for side, needs in (("presynaptic", pre), ("postsynaptic", post)):
        for need in needs:
            how = "; ".join(_indented(need.equations, 0)) if need.equations else "to be there already"
            spike = f", on its own spike {need.on_spike}" if need.on_spike else ""
            spike += f" after {need.delay}" if need.delay else ""
            lines.append(
                f"{side} neurons: {need.name} ({need.meaning or 'no description'}): {how}{spike}"
                f"{_with_constants(need.parameters)}"
            )
    for modulator in modulators:
        lines.append(
            f"a neuromodulator '{modulator.name}': {modulator.equations.strip()}"
            + (f", driven by '{modulator.source}'" if modulator.source else "")
            + _with_constants(modulator.parameters)
        )
    return "\n".join(lines) or "nothing"


def _with_constants(parameters: Iterable[Parameter]) -> str:
    said = [f"{p.name} = {p.value:g}" + ("" if p.unit == "1" else f" {p.unit}") for p in parameters]
    return f", with {', '.join(said)}" if said else ""


def citation_text(synapse: Synapse) -> str:
    """References, those taken from a source apart from those that inspired a form of our own."""
    found: dict[str, list[str]] = {"taken from": [], "inspired by": []}

    def add(owner: str, references: Iterable[Reference]) -> None:
        for r in references:
            what = f" ({r.what})" if r.what else ""
            found[r.relation].append(f"  {owner}: {r.citation}{' ' + r.link if r.link else ''}{what}")

    add(synapse.name, synapse.references)
    for mechanism in synapse.mechanisms:
        add(mechanism.name, mechanism.references)
    lines = [f"Synapse '{synapse.name}'"]
    for relation, entries in found.items():
        if entries:
            lines += [f"{relation.capitalize()}:", *entries]
    return "\n".join(lines if len(lines) > 1 else [*lines, "No sources are recorded."])
