"""A network: populations, projections, and how long a presentation lasts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from brian2.equations.equations import Equations
from brian2.units.fundamentalunits import Quantity

from synapses import DeclarationError, Modulator, Synapse
from synapses.language.check_equations import check_modulator
from synapses.language.units import dimensions_of, si_value
from synapses.language.values import LARGEST, finite, meant
from tacos.networks.populations import Population
from tacos.networks.projections import Projection
from tacos.networks.time_constants import check_time_constants
from tacos.shown import shown_as_printed

if TYPE_CHECKING:
    from tacos.networks.lowering import LoweredNetwork


@shown_as_printed
@dataclass(frozen=True)
class Network:
    """Populations and projections, run in presentations of a fixed duration.

    Networks are values: every method returns a new one.

    Attributes
    ----------
    populations : tuple of Population
    projections : tuple of Projection
    duration : float
        Of a presentation, in seconds.
    dt : float
        Time step in seconds.
    blank : float
        Length of a blank interval after each presentation, in seconds. Zero: all neurons are reset instead.
    signals : dict
        ``{signal: names of populations}``: whose spikes drive the neuromodulators of that source.
    readout : str
        Population whose spike counts are the answer.
    modulators : tuple of Modulator
        Neuromodulators that neurons read, beside those that synapses ask for. Every one of a network can be read, by
        its name, in the code of every population, and is brought up to date before the neurons in each step.
    learning_rate : str
        The constant that is chosen on validation data unless another is named, as in :meth:`with_parameters`.
    conditions : tuple of str
        Those of an ablation that names none, see :mod:`tacos.ablation.conditions`; if empty, what its mechanisms allow.
    in_use : str
        Where cells are recruited, the state that is one in those in use and zero in the others: ``"hidden.mature"``.
        The table of a run says how many there are, and when none is left.

    Raises
    ------
    DeclarationError
        If a projection names a population that is not there, a name occurs twice, or a neuromodulator has no source.
    """

    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    duration: Any = 0.15
    dt: Any = 1e-3
    blank: Any = 0.0
    signals: dict[str, tuple[str, ...]] = field(default_factory=dict)
    readout: str = "output"
    modulators: tuple[Modulator, ...] = ()
    learning_rate: str = "eta"
    conditions: tuple[str, ...] = ()
    in_use: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "modulators", tuple(self.modulators))
        object.__setattr__(self, "conditions", tuple(self.conditions))
        object.__setattr__(self, "populations", tuple(self.populations))
        object.__setattr__(self, "projections", tuple(self.projections))
        object.__setattr__(self, "signals", {key: tuple(names) for key, names in self.signals.items()})
        for name in ("duration", "dt", "blank"):
            object.__setattr__(self, name, seconds(getattr(self, name), f"The network's {name}"))
        self._check()

    def _check(self) -> None:
        if not 0 < self.dt <= self.duration:
            raise DeclarationError(
                f"The time step ({self.dt:g} s) must lie between 0 and the duration ({self.duration:g} s)."
            )
        lasting = {"A presentation": self.duration + self.blank}
        lasting |= {f"The refractory period of '{p.name}'": p.refractory for p in self.populations}
        lasting |= {f"The delay of '{p.name}'": p.longest_delay for p in self.projections}
        for what, time in lasting.items():
            if time / self.dt > LARGEST:
                raise DeclarationError(
                    f"{what} of {time:g} s is more than {LARGEST} steps of {self.dt:g} s; make it shorter, or dt "
                    f"longer."
                )
        if abs(self.duration / self.dt - round(self.duration / self.dt)) > 1e-6:
            raise DeclarationError(
                f"A presentation of {self.duration:g} s is not a whole number of steps of {self.dt:g} s."
            )
        if self.blank < 0 or abs(self.blank / self.dt - round(self.blank / self.dt)) > 1e-6:
            raise DeclarationError(
                f"The blank interval ({self.blank:g} s) must be zero or a whole number of steps of {self.dt:g} s."
            )
        names = [p.name for p in self.populations]
        for kind, found in (("population", names), ("projection", [p.name for p in self.projections])):
            for name in found:
                if found.count(name) > 1:
                    raise DeclarationError(f"There are two {kind}s named '{name}'; give one of them another name.")
        for name in [*names, *(p.name for p in self.projections)]:
            if not re.fullmatch(r"\w[\w .,:+/()-]*", name):  # it is written into the programs that are generated
                raise DeclarationError(f"A name is made of letters, digits, spaces and - . , : + / ( ), not {name!r}.")
        identifiers = [identifier(name) for name in [*names, *(p.name for p in self.projections)]]
        for name in identifiers:
            if identifiers.count(name) > 1:
                raise DeclarationError(f"Two names read alike once written as '{name}'; give one of them another name.")
        for projection in self.projections:
            for end in (projection.source, projection.target):
                if end not in names:
                    raise DeclarationError(
                        f"Projection '{projection.name}' names the population '{end}', which is not there; there are "
                        f"{', '.join(names)}."
                    )
        for signal, sources in self.signals.items():
            for source in sources:
                if source not in names:
                    raise DeclarationError(f"Signal '{signal}' names the population '{source}', which is not there.")
        lasting_states = [f"{p.name}.{state}" for p in self.populations for state in p.persistent]
        if self.in_use and self.in_use not in lasting_states:
            right = f"a persistent state of a population, such as 'hidden.mature', not '{self.in_use}'"
            raise DeclarationError(f"in_use is {right}; there are {', '.join(lasting_states) or 'none'}.")
        for modulator in self.modulators:
            check_modulator(modulator, "The network")
        for population in self.populations:
            check_time_constants(f"Population '{population.name}'", population.parameters, self.dt)

    @cached_property
    def lowered(self) -> LoweredNetwork:
        """Everything that a backend executes, as text and numbers."""
        from tacos.networks.lowering import lower

        return lower(self)

    # -- parts ---------------------------------------------------------------------------------------------------

    def population(self, name: str) -> Population:
        """The population of a name."""
        return _find(self.populations, name, "population")

    def projection(self, name: str) -> Projection:
        """The projection of a name."""
        return _find(self.projections, name, "projection")

    def plastic_projections(self) -> tuple[Projection, ...]:
        """Projections whose synapse has mechanisms."""
        return tuple(p for p in self.projections if p.synapse.mechanisms)

    # -- variations ----------------------------------------------------------------------------------------------

    def mechanism_names(self) -> tuple[str, ...]:
        """Mechanisms of the synapses and of the populations, each once."""
        names = [name for p in self.projections for name in p.synapse.mechanism_names()]
        return tuple(dict.fromkeys([*names, *(name for p in self.populations for name in p.removable)]))

    def has_parameter(self, key: str) -> bool:
        """Whether :meth:`with_parameters` knows a key."""
        try:
            self.parameter(key)
        except KeyError:
            return False
        return True

    def parameter(self, key: str) -> float:
        """The value of a parameter in base units, ``"OWNER.PARAMETER"``; without owner that of the first that has it.

        Raises
        ------
        KeyError
            If there is none.
        """
        owner, dot, name = key.rpartition(".")
        if dot and owner in [p.name for p in self.populations]:
            return {q.name: float(q.value) for q in self.population(owner).parameters}[name]
        plastic = [p for p in self.projections if p.name == owner] if dot else self.plastic_projections()
        values = [p.synapse.all_parameters()[name].value for p in plastic if name in p.synapse.all_parameters()]
        if not values:
            raise KeyError(key)
        return float(values[0])

    def without(self, *mechanisms: str) -> Network:
        """The network with some mechanisms taken out of every synapse and population that has them."""
        known = self.mechanism_names()
        for name in mechanisms:
            if name not in known:
                raise DeclarationError(
                    f"The network has no mechanism '{name}'; there are {', '.join(known)}{meant(name, known)}"
                )

        def changed(p: Projection) -> Projection:
            return p.with_synapse(p.synapse.without(*(n for n in mechanisms if n in p.synapse.mechanism_names())))

        kept = tuple(map(changed, self.projections))
        lost = {p.name: self._asked(p, self.projections) - self._asked(p, kept) for p in self.populations}
        # What drives a neuron state that left with its mechanism (the error signal U) has nothing left to drive.
        kept = tuple(p for p in kept if p.receptor.partition("+=")[0].strip() not in lost[p.target])
        populations = tuple(p.without(*(n for n in mechanisms if n in p.removable)) for p in self.populations)
        conditions = tuple(c for c in self.conditions if c not in mechanisms)
        return replace(self, populations=populations, projections=kept, conditions=conditions)

    def switched_off(self, *mechanisms: str) -> Network:
        """The network with some mechanisms brought to a standstill by their parameters.

        The result is that of :meth:`without`, bit for bit, but the equations stay: conditions of an ablation can so be
        run as one batch.

        Raises
        ------
        DeclarationError
            If a mechanism has no values of its parameters at which it does nothing.
        """
        network = self
        for name in mechanisms:
            having = [(p, m) for p in self.projections for m in p.synapse.mechanisms if m.name == name]
            if not having:
                network = network.without(name)  # of a population; or it says which there are
            for projection, mechanism in having:
                if not mechanism.off:
                    raise DeclarationError(
                        f"'{name}' of projection '{projection.name}' does something whatever its parameters; take it "
                        f"out with without('{name}') instead."
                    )
                units = {p.name: dimensions_of(p.unit) for p in mechanism.parameters}
                values = {key: Quantity(value, dim=units[key]) for key, value in mechanism.off.items()}
                network = network.with_parameters(**{f"{projection.name}.{key}": q for key, q in values.items()})
        return network

    @staticmethod
    def _asked(population: Population, projections: Iterable[Projection]) -> set[str]:
        """States that synapses add to a population."""
        pre = [need for p in projections if p.source == population.name for need in p.synapse.lowered.pre]
        post = [need for p in projections if p.target == population.name for need in p.synapse.lowered.post]
        own = Equations(population.equations)
        return {need.name for need in (*pre, *post) if need.equations and need.name not in own}

    def with_parameters(self, **values: Any) -> Network:
        """The network with other parameter values.

        Keys are ``"PROJECTION.PARAMETER"`` or ``"POPULATION.PARAMETER"``, passed as ``**{"input-hidden.eta": 0.01}``; a
        bare ``PARAMETER`` changes it in every plastic projection that has it.
        """
        network = self
        for key, value in values.items():
            network = network._with_parameter(key, value)
        return network

    def _with_parameter(self, key: str, value: Any) -> Network:
        owner, dot, parameter = key.rpartition(".")
        if dot and owner in [p.name for p in self.populations]:
            changed = self.population(owner).with_parameters(**{parameter: value})
            return replace(self, populations=tuple(changed if p.name == owner else p for p in self.populations))
        if dot and owner not in [p.name for p in self.projections]:
            there = [p.name for p in self.projections] + [p.name for p in self.populations]
            raise DeclarationError(
                f"'{key}': there is no projection or population '{owner}'; there are {', '.join(there)}"
                f"{meant(owner, there)}"
            )
        owners = (
            [owner] if dot else [p.name for p in self.plastic_projections() if parameter in p.synapse.all_parameters()]
        )
        if not owners:
            known = sorted({name for p in self.plastic_projections() for name in p.synapse.all_parameters()})
            raise DeclarationError(
                f"No plastic projection has a parameter '{parameter}'; there are {', '.join(known) or 'none'}"
                f"{meant(parameter, known)}"
            )
        projections = [p.with_parameters(**{parameter: value}) if p.name in owners else p for p in self.projections]
        return replace(self, projections=tuple(projections))

    def with_synapse(self, projection: str, synapse: Synapse) -> Network:
        """The network with another synapse in one projection."""
        changed = self.projection(projection).with_synapse(synapse)
        return replace(self, projections=tuple(changed if p.name == projection else p for p in self.projections))

    def with_population(self, population: Population) -> Network:
        """The network with other neurons in the place of the population of the same name."""
        replaced = self.population(population.name)
        return replace(self, populations=tuple(population if p is replaced else p for p in self.populations))

    def with_dt(self, dt: Any) -> Network:
        """The network with another time step."""
        return replace(self, dt=dt)

    # -- shown and stored ----------------------------------------------------------------------------------------

    def __str__(self) -> str:
        lines = [f"Network, presentations of {self.duration * 1e3:g} ms in steps of {self.dt * 1e3:g} ms"]
        for population in self.populations:
            lines.append(f"  population {population.name}: {population.size} neurons")
            events = [*population.events, *population.end_events]
            named = {"pools": population.pooled, "events": events, "mechanisms": population.removable}
            lines += [f"    {kind}: {', '.join(names)}" for kind, names in named.items() if names]
        for p in self.projections:
            names = ", ".join(p.synapse.mechanism_names())
            lines.append(f"  projection {p.name}: synapse '{p.synapse.name}'" + (f" ({names})" if names else ""))
        lines += [
            f"  neuromodulator {m.name}" + (f", driven by '{m.source}'" if m.source else "") for m in self.modulators
        ]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The whole declaration as plain data."""
        from tacos.networks.stored import as_data

        return as_data(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Network:
        """The network that :meth:`to_dict` described."""
        from tacos.networks.stored import from_data

        return from_data(data)


def identifier(name: str) -> str:
    """A name as an identifier: ``"input-hidden"`` becomes ``"input_hidden"``."""
    return re.sub(r"\W", "_", name)


def seconds(value: Any, what: str) -> float:
    """A finite time; numbers are seconds, quantities and strings carry their unit."""
    right = f"{what} is a time, such as '1 ms' or 0.001 (seconds)"
    return finite(si_value(value, "second", what) if isinstance(value, str | Quantity) else value, right)


def _find(items: Iterable[Any], name: str, kind: str) -> Any:
    found = {item.name: item for item in items}
    if name not in found:
        raise DeclarationError(f"There is no {kind} '{name}'; there are {', '.join(found)}{meant(name, found)}")
    return found[name]
