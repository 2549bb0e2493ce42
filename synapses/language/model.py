"""A synapse: an efficacy and the mechanisms that change it."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from synapses.language.bibtex import bibtex
from synapses.language.checks import check_synapse
from synapses.language.declarations import (
    Event,
    Mechanism,
    Modulator,
    NeuronState,
    Parameter,
    Reference,
    State,
)
from synapses.language.errors import DeclarationError
from synapses.language.lowered import LoweredSynapse, lower
from synapses.language.text import citation_text, requirements_text, synapse_text
from synapses.language.units import si_value, unit_name
from synapses.language.values import meant

if TYPE_CHECKING:
    from brian2 import Quantity, Synapses


@dataclass(frozen=True)
class Requirements:
    """What the groups on either side, and the network, must provide."""

    pre: tuple[NeuronState, ...]
    post: tuple[NeuronState, ...]
    modulators: tuple[Modulator, ...]

    def __str__(self) -> str:
        return requirements_text(self.pre, self.post, self.modulators)


@dataclass(frozen=True, repr=False)
class Synapse:
    """A model of a synapse, composed of mechanisms.

    Models are values: every method returns a new one and changes nothing.

    Attributes
    ----------
    name : str
    mechanisms : tuple of Mechanism
        In the order in which their events are executed.
    states : tuple of State
        States that belong to the model itself, the efficacy first.
    parameters : tuple of Parameter
        Constants that belong to the model itself.
    efficacy : str
        What a presynaptic spike transmits: a state, or an expression over states.
    summary : str
    references : tuple of Reference
    frozen : frozenset of str
        States kept at their initial value.
    longest_step : float
        Longest time step in seconds (the constructor takes quantities and strings as well) with which the model is what
        it says; empty for any with which its equations are stable. A network with a longer one warns.
    longer_step : str
        What a longer one does, in a few words for that warning.
    roles : dict
        ``{role: {parameter: value}}``: other values for projections that play a role in a network, such as
        those onto the ``"output"`` neurons; see :meth:`in_role`.

    Raises
    ------
    DeclarationError
        If the declaration cannot mean anything: unknown names, wrong units, a result that would depend on the
        order of synapses, a mechanism without one that it needs.
    """

    name: str
    mechanisms: tuple[Mechanism, ...] = ()
    states: tuple[State, ...] = (State("w", 0.0, "efficacy"),)
    parameters: tuple[Parameter, ...] = ()
    efficacy: str = "w"
    summary: str = ""
    references: tuple[Reference, ...] = ()
    frozen: frozenset[str] = field(default_factory=frozenset)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    longest_step: Any = ""
    longer_step: str = ""

    def __post_init__(self) -> None:
        for name in ("mechanisms", "states", "parameters", "references"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "frozen", frozenset(self.frozen))
        if self.longest_step != "" and not isinstance(self.longest_step, float):
            what = f"Synapse '{self.name}': the longest step"
            object.__setattr__(self, "longest_step", si_value(self.longest_step, "second", what))
        check_synapse(self)
        object.__setattr__(self, "roles", {role: self._plain_role(role, v) for role, v in self.roles.items()})

    def _plain_role(self, role: str, values: dict[str, Any]) -> dict[str, Any]:
        """Values of a role as numbers or text with a unit, checked; those of absent mechanisms are kept."""
        known = self.all_parameters()
        plain: dict[str, Any] = {}
        for name, value in values.items():
            unit = unit_name(value)
            if name in known:
                unit = known[name].unit
                value = si_value(value, unit, f"Synapse '{self.name}', role '{role}': '{name}'")
            if not isinstance(value, str):
                value = float(value) if unit == "1" else f"{float(value)!r} {unit}"
            plain[name] = value
        return plain

    # -- composition -----------------------------------------------------------------------------------------

    def mechanism_names(self) -> tuple[str, ...]:
        """Names of the mechanisms, in order."""
        return tuple(mechanism.name for mechanism in self.mechanisms)

    def without(self, *names: str) -> Synapse:
        """The model without some mechanisms: their states, equations, events and gates leave with them."""
        self._check_known(names)
        kept = tuple(m for m in self.mechanisms if m.name not in names)
        left = {state.name for m in kept for state in m.states} | {state.name for state in self.states}
        return replace(self, mechanisms=kept, frozen=self.frozen & left)

    def only(self, *names: str) -> Synapse:
        """The model with no mechanisms but these."""
        self._check_known(names)
        return self.without(*(name for name in self.mechanism_names() if name not in names))

    def with_mechanism(self, mechanism: Mechanism) -> Synapse:
        """The model with one more mechanism, or with another one of the same name in its place."""
        if mechanism.name in self.mechanism_names():
            kept = tuple(mechanism if m.name == mechanism.name else m for m in self.mechanisms)
        else:
            kept = (*self.mechanisms, mechanism)
        return replace(self, mechanisms=kept)

    def __add__(self, mechanism: Mechanism) -> Synapse:
        return self.with_mechanism(mechanism)

    def freeze(self, *states: str) -> Synapse:
        """The model with some states kept at their initial value."""
        known = self.all_states()
        for name in states:
            if name not in known:
                raise DeclarationError(
                    f"Synapse '{self.name}' has no state '{name}' to freeze; its states are {', '.join(known)}."
                )
        return replace(self, frozen=self.frozen | set(states))

    def with_parameters(self, **values: Any) -> Synapse:
        """The model with other values of some parameters, in every role, checked for their units."""
        known = self.all_parameters()
        for name in values:
            if name not in known:
                raise DeclarationError(
                    f"Synapse '{self.name}' has no parameter '{name}'; its parameters are {', '.join(known)}."
                )

        def changed(parameters: Iterable[Parameter]) -> tuple[Parameter, ...]:
            return tuple(p.with_value(values[p.name]) if p.name in values else p for p in parameters)

        def changed_mechanism(m: Mechanism) -> Mechanism:
            return replace(
                m,
                parameters=changed(m.parameters),
                pre=tuple(replace(need, parameters=changed(need.parameters)) for need in m.pre),
                post=tuple(replace(need, parameters=changed(need.parameters)) for need in m.post),
                modulators=tuple(replace(mod, parameters=changed(mod.parameters)) for mod in m.modulators),
            )

        return replace(
            self,
            parameters=changed(self.parameters),
            mechanisms=tuple(changed_mechanism(m) for m in self.mechanisms),
            roles={role: {k: v for k, v in named.items() if k not in values} for role, named in self.roles.items()},
        )

    def in_role(self, role: str) -> Synapse:
        """The model with the constants of a role, where it has any of its own for it."""
        values = {name: value for name, value in self.roles.get(role, {}).items() if name in self.all_parameters()}
        return replace(self.with_parameters(**values), roles={})

    def _check_known(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.mechanism_names():
                there = ", ".join(self.mechanism_names()) or "none"
                raise DeclarationError(
                    f"Synapse '{self.name}' has no mechanism '{name}'; its mechanisms are: {there}"
                    f"{meant(name, self.mechanism_names())}"
                )

    def with_efficacy(self, efficacy: str) -> Synapse:
        """The model that transmits something else: a state, or an expression such as ``"w*u*x"``."""
        return replace(self, efficacy=efficacy)

    # -- contents --------------------------------------------------------------------------------------------

    def all_states(self) -> dict[str, State]:
        """All states by name, the model's own first."""
        states = list(self.states) + [state for m in self.mechanisms for state in m.states]
        return {state.name: state for state in states}

    def own_parameters(self) -> dict[str, Parameter]:
        """Parameters that the synapse itself holds, by name."""
        return {p.name: p for p in (*self.parameters, *(p for m in self.mechanisms for p in m.parameters))}

    def all_parameters(self) -> dict[str, Parameter]:
        """All parameters by name, those of asked neuron states and modulators included."""
        parameters = list(self.parameters) + [p for m in self.mechanisms for p in m.all_parameters()]
        return {p.name: p for p in parameters}

    def requires(self) -> Requirements:
        """What the neurons on either side, and the network, must provide."""
        lowered = self.lowered
        return Requirements(lowered.pre, lowered.post, lowered.modulators)

    @cached_property
    def lowered(self) -> LoweredSynapse:
        """Equations, pathways and needs with gates, freezing and event-driven updates resolved."""
        return lower(self)

    def cite(self) -> str:
        """What to cite for this model, and what is our own."""
        return citation_text(self)

    def bibtex(self) -> str:
        """The same sources as BibTeX, each once."""
        return bibtex(self.sources())

    def sources(self) -> tuple[Reference, ...]:
        """References of the model and of its mechanisms, each once."""
        own = [*self.references, *(r for mechanism in self.mechanisms for r in mechanism.references)]
        return tuple(dict.fromkeys(own))

    def __repr__(self) -> str:
        return synapse_text(self)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self))}</pre>"

    # -- in anybody's Brian2 script --------------------------------------------------------------------------

    def pre_equations(self) -> str:
        """Equations, with their constants, that the presynaptic group must contain."""
        from synapses.language.brian import group_equations

        return group_equations(self.lowered.pre)

    def post_equations(self) -> str:
        """Equations, with their constants, that the postsynaptic group must contain."""
        from synapses.language.brian import group_equations

        return group_equations(self.lowered.post)

    def connect(
        self, pre: Any, post: Any, presentation: Quantity | None = None, transmit: str = "", **options: Any
    ) -> Synapses:
        """Build Brian2 ``Synapses`` of this model; see :func:`synapses.language.brian.connect`."""
        from synapses.language.brian import connect

        return connect(self, pre, post, presentation, transmit, **options)

    # -- on disk ---------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The whole declaration as plain data."""
        return plain_data(asdict(self))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Synapse:
        """The model that :meth:`to_dict` described."""
        data = dict(data)
        data["mechanisms"] = tuple(_mechanism(m) for m in data.get("mechanisms", ()))
        data["states"] = _many(State, data.get("states"))
        data["parameters"] = _many(Parameter, data.get("parameters"))
        data["references"] = _many(Reference, data.get("references"))
        return cls(**data)


def plain_data(value: Any) -> Any:
    """A declaration as dictionaries, lists, numbers and texts, without what is empty."""
    if isinstance(value, dict):
        return {key: plain_data(item) for key, item in value.items() if item not in ("", (), {}, frozenset())}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, list | tuple):
        return [plain_data(item) for item in value]
    return value


def _many(kind: Any, items: Any) -> tuple[Any, ...]:
    return tuple(kind(**item) for item in items or ())


def _needs(kind: Any, items: Any) -> tuple[Any, ...]:
    return tuple(kind(**{**item, "parameters": _many(Parameter, item.get("parameters"))}) for item in items or ())


def modulator_from(data: dict[str, Any]) -> Modulator:
    """The neuromodulator that was written as plain data."""
    return Modulator(**{**data, "parameters": _many(Parameter, data.get("parameters"))})


def _mechanism(data: dict[str, Any]) -> Mechanism:
    data = dict(data)
    for name, kind in (("parameters", Parameter), ("states", State), ("references", Reference)):
        data[name] = _many(kind, data.get(name))
    for name in ("on_pre", "on_post", "at_end"):
        data[name] = _many(Event, data.get(name))
    data["on_event"] = {name: _many(Event, events) for name, events in data.get("on_event", {}).items()}
    data["pre"], data["post"] = _needs(NeuronState, data.get("pre")), _needs(NeuronState, data.get("post"))
    data["modulators"] = _needs(Modulator, data.get("modulators"))
    return Mechanism(**data)
