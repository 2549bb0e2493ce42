"""What a mechanism declares: plain data in Brian2 syntax, independent of what will run it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from synapses.language.courses import TimeCourse, read_courses
from synapses.language.errors import DeclarationError
from synapses.language.units import equation_unit, parse_quantity, si_value, unit_name
from synapses.language.values import number

__all__ = ["Event", "Mechanism", "Modulator", "NeuronState", "Parameter", "Reference", "State"]


def check_precision(precision: str, what: str, unit: str = "1") -> None:
    """Refuse a precision that is none, or that of a state which is no real number."""
    if precision not in ("", "single", "double"):
        raise DeclarationError(f"{what}: a precision is 'single' or 'double', or empty, not '{precision}'.")
    if precision and unit in ("integer", "boolean"):
        raise DeclarationError(f"{what} is no real number, so it has no precision.")


@dataclass(frozen=True)
class Reference:
    """Where something comes from.

    Attributes
    ----------
    citation : str
        Authors, year, title or journal.
    link : str
        DOI or address.
    relation : str
        ``"taken from"`` for equations read in the source, ``"inspired by"`` for a form of our own.
    what : str
        What was taken, with equation or figure numbers where there are any.
    """

    citation: str
    link: str = ""
    relation: str = "taken from"
    what: str = ""

    def __post_init__(self) -> None:
        if self.relation not in ("taken from", "inspired by"):
            raise DeclarationError(f"A reference is 'taken from' or 'inspired by' its source, not '{self.relation}'.")


@dataclass(frozen=True)
class Parameter:
    """A constant shared by all synapses of a projection; it can be changed without recompiling.

    Attributes
    ----------
    name : str
    value : float
        In base SI units; the constructor takes a Brian2 quantity, a string such as ``"25 ms"``, or a number.
    meaning, source : str
        One phrase each; ``source`` says who printed the value, or that it is ours.
    unit : str
        Base unit as in Brian2 equations, taken from ``value`` if not given.
    """

    name: str
    value: Any
    meaning: str = ""
    source: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        value = parse_quantity(self.value) if isinstance(self.value, str) else self.value
        object.__setattr__(self, "unit", equation_unit(self.unit) if self.unit else unit_name(value))
        here = f"Parameter '{self.name}'"
        plain = si_value(value, self.unit, here) if hasattr(value, "dim") else number(value, f"{here} is one number")
        if self.unit == "second" and str(self.name).startswith("tau") and plain <= 0:
            raise DeclarationError(f"{here} is a time constant, which is longer than zero, not {plain:g} s.")
        object.__setattr__(self, "value", plain)

    def with_value(self, value: Any) -> Parameter:
        """The same parameter with another value, checked for its unit."""
        return replace(self, value=si_value(value, self.unit, f"Parameter '{self.name}'"))


@dataclass(frozen=True)
class State:
    """A variable of every synapse.

    Attributes
    ----------
    name : str
    initial : float or str
        A number in base SI units, or an expression over parameters, other states, ``rand()`` and ``randn()``.
    meaning : str
    unit : str
        Base unit as in Brian2 equations, or ``"integer"`` or ``"boolean"``.
    precision : {"", "single", "double"}
        Of its numbers in a network that runs in float32; empty for double where single would lose its changes.
    """

    name: str
    initial: Any = 0.0
    meaning: str = ""
    unit: str = "1"
    precision: str = ""

    def __post_init__(self) -> None:
        if self.meaning in ("integer", "boolean"):
            raise DeclarationError(
                f"State '{self.name}': '{self.meaning}' stands where the meaning is said; write unit='{self.meaning}'."
            )
        object.__setattr__(self, "unit", equation_unit(self.unit))
        check_precision(self.precision, f"State '{self.name}'", self.unit)
        if not isinstance(self.initial, str):
            object.__setattr__(self, "initial", si_value(self.initial, self.unit, f"Initial value of '{self.name}'"))


@dataclass(frozen=True)
class NeuronState:
    """What a mechanism needs of the neurons on one side, added to the population once, whoever asks.

    Attributes
    ----------
    name : str
    equations : str
        Brian2 equations that define it, e.g. ``"dX/dt = -X/tau_x : 1"``; empty if the neuron must already
        have it (a synaptic current, a membrane potential).
    on_spike : str
        What the neuron's own spike does to it, at the reset.
    delay : str
        Name of the parameter that holds the delay of ``on_spike``, which then adds with ``+=`` or ``-=`` and arrives
        with the synaptic events; empty for none.
    at_end : str
        What happens to it at the end of a presentation that is learnt from, after the synapses' events.
    parameters : tuple of Parameter
        Constants of ``equations`` and ``on_spike``; they become constants of the population.
    meaning, unit : str
    persistent : bool
        Whether it survives the reset between presentations.
    precision : {"", "single", "double"}
        As of a :class:`State`.
    """

    name: str
    equations: str = ""
    on_spike: str = ""
    parameters: tuple[Parameter, ...] = ()
    meaning: str = ""
    unit: str = "1"
    persistent: bool = False
    at_end: str = ""
    delay: str = ""
    precision: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", tuple(self.parameters))
        object.__setattr__(self, "unit", equation_unit(self.unit))
        if self.delay and self.delay not in [p.name for p in self.parameters]:
            raise DeclarationError(
                f"Neuron state '{self.name}': the delay '{self.delay}' is not one of its parameters."
            )
        check_precision(self.precision, f"Neuron state '{self.name}'", self.unit)


@dataclass(frozen=True)
class Modulator:
    """A neuromodulator: a scalar with dynamics of its own, broadcast to every synapse that reads it.

    Attributes
    ----------
    name : str
    equations : str
        Its dynamics between events.
    source : str
        The signal whose spikes drive it (``"error"``, ``"reward"`` ...); the network connects it. Empty for one that
        its equations alone move.
    on_source : str
        What one spike of the source does, e.g. ``"surprise += 1/n_source"``; ``n_source`` is the number of
        neurons of the source.
    parameters : tuple of Parameter
    meaning : str
    persistent : bool
        Whether it survives the end of a presentation.
    courses : dict
        ``{"dopamine": TimeCourse(...)}``: given variables that its equations read.
    """

    name: str
    equations: str
    source: str = ""
    on_source: str = ""
    parameters: tuple[Parameter, ...] = ()
    meaning: str = ""
    persistent: bool = True
    courses: dict[str, TimeCourse] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", tuple(self.parameters))
        object.__setattr__(self, "courses", read_courses(self.courses))
        if bool(self.source) != bool(self.on_source.strip()):
            raise DeclarationError(
                f"Neuromodulator '{self.name}': a source and what its spike does (on_source) come together."
            )


@dataclass(frozen=True)
class Event:
    """Statements executed for a synapse when something happens.

    Attributes
    ----------
    code : str
        Statements in Brian2 syntax over parameters, states, ``x_pre``/``x_post`` of the neurons, ``gate``
        (the product of all gates), ``rand()``, ``randn()``, ``dt``, ``duration`` (of a presentation), ``now``
        (steps since the start), the indices ``i`` and ``j`` of the neurons and, in mechanisms with
        event-driven equations, ``elapsed`` (time since these were last brought up to date). A name that is
        assigned and not declared is local to the event.
    stage : int
        Events of a lower stage are executed for all synapses before those of a higher one; stages below
        zero precede the transmission of the spike.
    delay : str
        Name of the parameter that holds the delay of this event, empty for none.
    """

    code: str
    stage: int = 0
    delay: str = ""


def _events(value: Any) -> tuple[Event, ...]:
    """One event, its code, or several of either."""
    if not value:
        return ()
    items: Iterable[Any] = (value,) if isinstance(value, str | Event) else value
    return tuple(Event(item) if isinstance(item, str) else item for item in items)


@dataclass(frozen=True)
class Mechanism:
    """A named part of a synapse that can be taken out.

    Attributes
    ----------
    name : str
        As a neuroscientist would say it: ``"metaplasticity"``.
    summary : str
        What it does, in one sentence.
    parameters, states : tuple
    pre, post : tuple of NeuronState
        What it needs of the neurons on either side; the code reads them as ``x_pre`` and ``x_post``.
    modulators : tuple of Modulator
    equations : str
        Differential equations and subexpressions of the synapse in Brian2 syntax; the flag
        ``(event-driven)`` asks for an update at events only.
    method : str
        Integrator of ``equations``: ``"euler"``, ``"exact"``, ``"exponential_euler"``, ``"heun"``,
        ``"milstein"``.
    summed : dict
        ``{"x_post": expression}``: a neuron's variable that is the sum of an expression over its synapses.
    on_pre, on_post, at_end : tuple of Event
        Events on a presynaptic spike, on a postsynaptic spike, at the end of a presentation.
    on_event : dict
        ``{"recruited_post": events}``: on a named event of the population on either side, whose name ends with
        ``_pre`` or ``_post``.
    gate : str
        A read-only expression; the product of all gates multiplies the rules that say ``gate``.
    plastic : bool
        False for fast dynamics that go on while plasticity is frozen (short-term plasticity).
    needs : tuple of str
        Mechanisms without which this one has no meaning.
    off : dict
        ``{parameter: value}``: values at which the mechanism does nothing, to the last bit, so that conditions with and
        without it can share their equations. Quantities, strings such as ``"25 ms"``, or numbers in base SI units.
    references : tuple of Reference
    """

    name: str
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    states: tuple[State, ...] = ()
    pre: tuple[NeuronState, ...] = ()
    post: tuple[NeuronState, ...] = ()
    modulators: tuple[Modulator, ...] = ()
    equations: str = ""
    method: str = "euler"
    summed: dict[str, str] = field(default_factory=dict)
    on_pre: Any = ()
    on_post: Any = ()
    at_end: Any = ()
    gate: str = ""
    plastic: bool = True
    needs: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    off: dict[str, float] = field(default_factory=dict)
    on_event: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "off", {name: self._off_value(name, value) for name, value in self.off.items()})
        for name in ("parameters", "states", "pre", "post", "modulators", "needs", "references"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        # Any above: an event may be given as its code, and several as a list; kept as a tuple of Event.
        for name in ("on_pre", "on_post", "at_end"):
            object.__setattr__(self, name, _events(getattr(self, name)))
        object.__setattr__(self, "on_event", {name: _events(value) for name, value in self.on_event.items()})
        for name in self.on_event:
            if not name.endswith(("_pre", "_post")):
                raise DeclarationError(
                    f"Mechanism '{self.name}': on_event says whose event it is, as in '{name}_post', not '{name}'."
                )

    def triggers(self) -> Iterable[tuple[str, str, str, tuple[Event, ...]]]:
        """All events by what triggers them, ``(label, side, event, events)``; an end is of the presynaptic side."""
        yield "on_pre", "pre", "spike", self.on_pre
        yield "on_post", "post", "spike", self.on_post
        yield "at_end", "pre", "end", self.at_end
        for name, events in self.on_event.items():
            event, _, side = name.rpartition("_")
            yield f"on_event '{name}'", side, event, events

    def _off_value(self, name: str, value: Any) -> float:
        own = {p.name: p for p in self.parameters}
        if name not in own:
            raise DeclarationError(
                f"Mechanism '{self.name}' is said to be off at a value of '{name}', which it does not have."
            )
        return float(value) if isinstance(value, int | float) else float(own[name].with_value(value).value)

    def all_parameters(self) -> tuple[Parameter, ...]:
        """Own parameters and those of the neuron states and modulators it asks for."""
        asking: tuple[NeuronState | Modulator, ...] = (*self.pre, *self.post, *self.modulators)
        asked = [p for need in asking for p in need.parameters]
        return (*self.parameters, *asked)
