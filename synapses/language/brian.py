"""Rendering a lowered synapse to Brian2 ``Synapses``, for anybody's script and for our Brian2 backend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from brian2.equations.equations import DIFFERENTIAL_EQUATION
from brian2.utils.stringtools import get_identifiers

from synapses.language.declarations import NeuronState, Parameter, State
from synapses.language.errors import DeclarationError
from synapses.language.lowered import LoweredSynapse
from synapses.language.pathways import Pathway
from synapses.language.statements import read_statements, refuse_order_dependence, replace_names
from synapses.language.units import base_unit, dimensions_of

if TYPE_CHECKING:
    from brian2 import NeuronGroup, Quantity, Synapses

    from synapses.language.model import Synapse

#: Slot of what happens after the last step of a presentation: after the resets and the recordings of that
#: step.
END_SLOT = "after_end"
#: Position of stage 0 in that slot: whatever the stage, after the event is found and before records and
#: resets.
END_ORDER = 500
#: Position of synapses' state updates among those of a step: after the neurons', which are at 0, whatever the names.
UPDATE_ORDER = 1

#: Constants that models gave to groups; Brian2 cannot be asked for them before a standalone run.
_constants: WeakKeyDictionary[Any, dict[str, float]] = WeakKeyDictionary()


def state_equations(lowered: LoweredSynapse) -> str:
    """Brian2 equations of the synapse: parameters, states and clock-driven dynamics."""
    lines = [f"{p.name} : {p.unit} (shared, constant)" for p in lowered.parameters.values()]
    lines += [f"{s.name} : {s.unit}" for s in lowered.states.values() if s.name not in lowered.clock_driven]
    lines += [lowered.equations] if lowered.equations else []
    return "\n".join(lines)


def group_equations(needs: Iterable[NeuronState]) -> str:
    """Brian2 equations of what a mechanism needs of neurons, with the constants as shared parameters."""
    lines: dict[str, None] = {}
    for need in needs:
        if need.equations:
            lines.update({f"{p.name} : {p.unit} (shared, constant)": None for p in need.parameters})
            lines.update({line.strip(): None for line in need.equations.strip().splitlines()})
    return "\n".join(lines)


def connect(
    synapse: Synapse,
    pre: NeuronGroup,
    post: NeuronGroup,
    presentation: Quantity | None = None,
    transmit: str = "",
    *,
    connections: Mapping[str, Any] | None = None,
    modulators: Mapping[str, NeuronGroup] | None = None,
    name: str = "synapses*",
) -> Synapses:
    """Build Brian2 ``Synapses`` with initial values, pathways and presentation-end events.

    Parameters
    ----------
    synapse : Synapse
    pre, post : NeuronGroup
        They must carry what ``synapse.requires()`` lists: put ``synapse.pre_equations()`` and
        ``synapse.post_equations()`` in their equations and what happens on their own spike in their
        ``reset``. The constants among these (``tau_x`` ...) are set here, to the values of the model.
    presentation : Quantity, optional
        Duration of a presentation; needed by models with events at its end.
    transmit : str
        What a presynaptic spike does, with ``efficacy`` for what the synapse transmits, e.g.
        ``"I_post += efficacy*nA"``. Empty for a synapse that only listens.
    connections : dict, optional
        Arguments of ``Synapses.connect``; all-to-all if not given.
    modulators : dict, optional
        A group of one neuron for each neuromodulator of the model, by name.
    name : str

    Returns
    -------
    brian2.Synapses

    Raises
    ------
    DeclarationError
        If a group lacks what the model needs, or ``presentation`` is missing.
    """
    from brian2 import second

    lowered = synapse.lowered
    _check_groups(synapse, pre, post, modulators or {})
    code = "\n".join([lowered.equations, *(p.code for p in lowered.pathways)])
    if presentation is None and any(p.event == "end" for p in lowered.pathways):
        raise DeclarationError(
            f"Synapse '{synapse.name}' does something at the end of a presentation: give presentation=, e.g. 150*ms."
        )
    if presentation is None and "duration" in get_identifiers(code):
        raise DeclarationError(
            f"Synapse '{synapse.name}' reads the duration of a presentation: give presentation=, e.g. 150*ms."
        )
    ends = any(p.at_end for p in lowered.pathways)
    if ends:
        _add_presentation_end(pre)
        presentation_end_group(pre, float(presentation / second))
    equations = "\n".join(
        [
            state_equations(lowered),
            "now = t_in_timesteps : integer (shared)",
            "learning : integer (shared, constant)",
            "duration : second (shared, constant)",
        ]
    )
    blocks = []
    if transmit:
        sent = replace_names(transmit, {"efficacy": f"({lowered.efficacy})"})
        blocks.append(Pathway("transmit", "pre", "spike", 0, sent, plastic=False))
    blocks += lowered.pathways
    for block in blocks:
        _check_order(block, synapse, same=pre is post)
    built = brian_synapses(
        pre, post, equations, blocks, lowered, name=name,
        events={(p.side, p.event, p.plastic): "presentation_end" if p.event == "end" else p.event for p in blocks},
        delays={p.name: lowered.parameters[p.delay].value * second for p in lowered.pathways if p.delay},
    )  # fmt: skip
    for modulator, group in (modulators or {}).items():
        built.variables.add_reference(modulator, group, modulator, index="0")
    built.connect(**(connections or {}))
    built.learning = 1
    if presentation is not None:
        built.duration = presentation
    set_initial_values(built, lowered)
    for group, needs in ((pre, lowered.pre), (post, lowered.post)):
        for parameter in (p for need in needs if need.equations for p in need.parameters):
            _set_constant(group, parameter, synapse)
    return built


def brian_synapses(
    pre: Any,
    post: Any,
    equations: str,
    pathways: Iterable[Pathway],
    lowered: LoweredSynapse,
    *,
    name: str,
    events: Mapping[tuple[str, str, bool], str],
    delays: Mapping[str, Any],
    method: Any = None,
    namespace: Mapping[str, Any] | None = None,
    clock: Any = None,
    dtype: Mapping[str, type] | None = None,
) -> Synapses:
    """``Synapses`` with pathways in the order of the lowered synapse, not yet connected.

    ``events`` names the Brian2 event that triggers a pathway, by ``(side, event, plastic)``; ``delays`` are those of
    pathways that have one, by name.
    """
    from brian2 import Synapses

    pathways = tuple(pathways)
    code: dict[str, dict[str, str]] = {"pre": {}, "post": {}}
    triggers: dict[str, str] = {}
    for pathway in pathways:
        code[pathway.side][pathway.name] = pathway.code
        triggers[pathway.name] = events[pathway.side, pathway.event, pathway.plastic]
    summed = "\n".join(
        f"{target} = {expression} : {_summed_unit(lowered, target)} (summed)"
        for target, expression in lowered.summed.items()
    )
    built = Synapses(
        pre, post, f"{equations}\n{summed}",
        on_pre=code["pre"] or None, on_post=code["post"] or None, on_event=triggers, delay=dict(delays) or None,
        method=method or lowered.method, name=name, namespace=dict(namespace or {}) or None,
        clock=clock, dtype=dict(dtype or {}),
    )  # fmt: skip
    if built.state_updater is not None:
        built.state_updater.order = UPDATE_ORDER
    for pathway in pathways:
        runner = getattr(built, pathway.name)
        runner.order = pathway.order
        if pathway.at_end:
            runner.when, runner.order = END_SLOT, END_ORDER + pathway.order
    return built


def _summed_unit(lowered: LoweredSynapse, target: str) -> str:
    name, _, side = target.rpartition("_")
    return next(need.unit for need in (lowered.pre if side == "pre" else lowered.post) if need.name == name)


def set_initial_values(built: Synapses, lowered: LoweredSynapse) -> None:
    """Parameters and initial states; random ones are drawn by Brian2."""
    for parameter in lowered.parameters.values():
        setattr(built, f"{parameter.name}_", parameter.value)
    sizes = {"n_pre": "N_pre", "n_post": "N_post"}
    for state in _by_dependence(lowered):
        # Not by attribute: a state may be named like one of Brian2's, such as "target".
        if isinstance(state.initial, str):
            built.state(state.name)[:] = replace_names(state.initial, sizes)
        else:
            built.state(state.name, use_units=False)[:] = state.initial


def _by_dependence(lowered: LoweredSynapse) -> list[State]:
    """States in an order in which every initial value reads only states that have theirs."""
    waiting = dict(lowered.states)
    ordered: list[State] = []
    while waiting:
        for name, state in list(waiting.items()):
            reads = get_identifiers(state.initial) if isinstance(state.initial, str) else set()
            if not reads & set(waiting):
                ordered.append(waiting.pop(name))
    return ordered


def _check_order(block: Pathway, synapse: Synapse, same: bool) -> None:
    """Refuse an order dependence; neurons connected to themselves are both sides of their synapses."""
    where = f"Synapse '{synapse.name}', {block.name}"
    statements = read_statements(block.code, where)
    refuse_order_dependence(statements, where)
    if same:
        one_side = re.sub(r"_pre\b", "_post", block.code)
        refuse_order_dependence(read_statements(one_side, where), f"{where} of a group onto itself")


def _set_constant(group: Any, parameter: Parameter, synapse: Synapse) -> None:
    """Give a group a constant of the model, unless it defines the state itself; refuse a second value."""
    if parameter.name not in group.variables:
        return
    present = _constants.setdefault(group, {}).setdefault(parameter.name, parameter.value)
    if present != parameter.value:
        raise DeclarationError(
            f"Group '{group.name}' has {parameter.name} = {present:g} {parameter.unit} already, and synapse "
            f"'{synapse.name}' needs {parameter.value:g}; they share the neuron, so they must agree."
        )
    setattr(group, f"{parameter.name}_", parameter.value)


def _check_groups(synapse: Synapse, pre: Any, post: Any, modulators: Mapping[str, Any]) -> None:
    lowered = synapse.lowered
    for side, group, needs in (("pre", pre, lowered.pre), ("post", post, lowered.post)):
        for need in needs:
            if need.name not in group.variables:
                raise DeclarationError(
                    f"The {side}synaptic group '{group.name}' has no '{need.name}', which synapse '{synapse.name}' "
                    f"needs; put model.{side}_equations() into its equations (see model.requires())."
                )
            if need.on_spike and need.equations and not _resets(group, need):
                raise DeclarationError(
                    f"A spike of the {side}synaptic group '{group.name}' does not change its '{need.name}'; put "
                    f"'{need.on_spike}' into its reset (see model.requires())."
                )
    own = {*lowered.parameters, *lowered.states}
    for side, group in (("pre", pre), ("post", post)):
        for name in sorted(own & set(group.variables)):
            raise DeclarationError(
                f"The {side}synaptic group '{group.name}' and synapse '{synapse.name}' both have a '{name}'; use two "
                "names."
            )
    for pathway in lowered.pathways:
        group = pre if pathway.side == "pre" else post
        if pathway.event not in ("spike", "end", *getattr(group, "events", ())):
            raise DeclarationError(
                f"Synapse '{synapse.name}' does something at the event '{pathway.event}' of the {pathway.side}synaptic "
                f"neurons, and the group '{group.name}' has no such event; give it "
                f"events={{'{pathway.event}': condition}}."
            )
    for side, group, needs in (("pre", pre, lowered.pre), ("post", post, lowered.post)):
        for need in needs:
            if need.delay:
                raise DeclarationError(
                    f"Synapse '{synapse.name}' changes the neuron state '{need.name}' some time after the neuron's "
                    "spike, which connect() does not do; run the model in a network of tacos."
                )
            if need.at_end:
                raise DeclarationError(
                    f"Synapse '{synapse.name}' changes the neuron state '{need.name}' at the end of a presentation "
                    f"('{need.at_end}'), which connect() does not do; run the model in a network of tacos."
                )
            found = group.variables[need.name].dim
            if found is not dimensions_of(need.unit):
                raise DeclarationError(
                    f"'{need.name}' of the {side}synaptic group '{group.name}' has the unit {base_unit(found)}, and "
                    f"synapse '{synapse.name}' needs {need.unit}."
                )
    for modulator in lowered.modulators:
        if modulator.name not in modulators:
            raise DeclarationError(
                f"Synapse '{synapse.name}' reads the neuromodulator '{modulator.name}': give "
                f"modulators={{'{modulator.name}': group of one neuron}}."
            )


def _resets(group: Any, need: NeuronState) -> bool:
    """Whether an event of a group changes a state, or the group brings its own definition of it."""
    equations = getattr(group, "equations", {})
    if need.name not in equations or equations[need.name].type != DIFFERENTIAL_EQUATION:
        return True
    return any(need.name in get_identifiers(code) for code in getattr(group, "event_codes", {}).values() if code)


def _add_presentation_end(group: NeuronGroup) -> None:
    """Give an existing group an event after the last step of each presentation."""
    if "presentation_end" in getattr(group, "events", {}):
        return
    from brian2.groups.neurongroup import NeuronGroup, Thresholder

    if not isinstance(group, NeuronGroup):
        raise DeclarationError(
            f"Presentation-end events need a NeuronGroup on the presynaptic side; '{group.name}' is a "
            f"{type(group).__name__}."
        )
    import numpy as np

    group.events["presentation_end"] = "(t_in_timesteps + 1) % steps_per_presentation == 0"
    group.variables.add_array("_presentation_endspace", size=group.N + 1, dtype=np.int32, constant=False)
    thresholder = Thresholder(group, event="presentation_end", when=END_SLOT)
    group.thresholder["presentation_end"] = thresholder
    group.contained_objects.append(thresholder)
    group.event_codes.setdefault("presentation_end", "")


def presentation_end_group(group: NeuronGroup, duration: float) -> None:
    """Fix the number of steps of a presentation in the group's namespace."""
    dt = float(group.clock.dt_)
    steps = round(duration / dt)
    if steps < 1 or abs(steps * dt - duration) > 1e-9 * duration:
        raise DeclarationError(f"A presentation of {duration:g} s is not a whole number of time steps of {dt:g} s.")
    known = group.namespace.setdefault("steps_per_presentation", steps)
    if known != steps:
        raise DeclarationError(
            f"Group '{group.name}' already has presentations of {known} steps; {steps} were asked for."
        )
