"""Populations of neurons: any Brian2 equations, and the ready-made ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from brian2.equations.equations import EquationError

from synapses.language import DeclarationError, Parameter
from synapses.language.check_names import check_identifier
from synapses.language.courses import TimeCourse, read_courses
from synapses.language.declarations import check_precision
from synapses.language.readable import UNREADABLE, read_equations
from synapses.language.statements import parsed
from synapses.language.units import dimensions_of, si_value
from synapses.language.values import LARGEST, finite, whole
from synapses.language.words import OF_NEURONS
from tasks import BOUNDARY, IMAGE, TARGET

GROUP = "Zohora et al. 2024, code"


@dataclass(frozen=True)
class Population:
    """A group of identical neurons.

    Attributes
    ----------
    name : str
    size : int
    equations : str
        Brian2 equations, ``(unless refractory)`` included. ``stimulus`` is the value that the neuron is shown, if
        the population has a channel; ``step`` the step within the presentation.
    threshold : str
        Condition for a spike; empty for neurons that do not spike.
    reset : str
        Statements executed at a spike.
    parameters : tuple of Parameter
        Shared constants that can be changed without recompiling.
    initial : dict
        Values of states at the start of each presentation, zero where not given; numbers in base SI units or
        expressions over parameters.
    refractory : float
        Refractory period in seconds (the constructor takes quantities and strings as well).
    floors : dict
        ``{state: expression}``: lower bounds, applied once a step before the threshold.
    receptors : dict
        ``{name: statement}``: what a presynaptic spike does, with ``efficacy`` for what its synapse transmits.
    channel : str
        Which part of a presentation the neurons are shown: ``"image"``, ``"target"`` or ``"boundary"`` (one in the last
        presentation of a task, else zero); empty for none.
    per_step : bool
        Whether the channel gives a value for each step rather than one for the presentation.
    persistent : tuple of str
        States that survive the reset between presentations.
    transient : tuple of str
        States that are reset even where a blank interval stands in for the reset.
    method : str
        Integrator.
    pooled : dict
        ``{"V_top": "max(V)", "n_free": "sum(1 - mature)"}``: numbers about the whole population, ``sum``, ``mean``,
        ``max``, ``min``, ``largest(x, k)`` (the k-th largest) or ``argmax`` (the index of the largest, the lowest of
        equals). A pool is what it says at the moment it is read, by the neurons or, as ``V_top_post``, by synapses.
    events : dict
        ``{"recruited": condition}``: named events, looked for in each step after the spikes; see ``on_event``.
    end_events : dict
        The same, looked for at the end of a presentation, before everything else that happens there.
    on_event : dict
        ``{"recruited": statements}``: what an event does to its own neurons, before the synapses' events. An event that
        changes a state that survives the presentation happens only while plasticity is not frozen.
    at_end : str
        What happens to the neurons at the end of a presentation that is learnt from, after the synapses' events.
    removable : dict
        ``{"release": {"lifetime": 1e9}}``: mechanisms of the population itself, each with values of parameters at which
        it does nothing; ``network.without("release")`` takes it out.
    courses : dict
        ``{"current": TimeCourse(...)}``: given variables that its code reads.
    precision : dict
        ``{state: "single" or "double"}`` in a network that runs in float32; states that are not named are kept in
        double precision where single would lose their changes.
    """

    name: str
    size: int
    equations: str = ""
    threshold: str = ""
    reset: str = ""
    parameters: tuple[Parameter, ...] = ()
    initial: dict[str, Any] = field(default_factory=dict)
    refractory: Any = 0.0
    floors: dict[str, str] = field(default_factory=dict)
    receptors: dict[str, str] = field(default_factory=dict)
    channel: str = ""
    per_step: bool = False
    persistent: tuple[str, ...] = ()
    transient: tuple[str, ...] = ()
    method: str = "euler"
    pooled: dict[str, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    end_events: dict[str, str] = field(default_factory=dict)
    on_event: dict[str, str] = field(default_factory=dict)
    at_end: str = ""
    removable: dict[str, dict[str, Any]] = field(default_factory=dict)
    courses: dict[str, TimeCourse] = field(default_factory=dict)
    precision: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", tuple(self.parameters))
        object.__setattr__(self, "persistent", tuple(self.persistent))
        object.__setattr__(self, "transient", tuple(self.transient))
        object.__setattr__(self, "courses", read_courses(self.courses))
        here = f"Population '{self.name}'"
        size = whole(self.size, f"{here} needs at least one neuron", 1, LARGEST)
        object.__setattr__(self, "size", size)
        period = self.refractory
        if not isinstance(period, float):
            period = si_value(period, "second", f"The refractory period of '{self.name}'")
        object.__setattr__(self, "refractory", finite(period, f"{here}: a refractory period is zero or more", least=0))
        for state, precision in self.precision.items():
            check_precision(precision, f"{here}, state '{state}'")
        for mechanism, values in self.removable.items():
            for name in values:
                if name not in [p.name for p in self.parameters]:
                    raise DeclarationError(
                        f"{here}: '{mechanism}' is taken out by '{name}', which is no parameter of it."
                    )
        names = [p.name for p in self.parameters] + self._names_of_equations(here)
        names += [*self.pooled, *self.courses]
        for name in names:
            check_identifier(name, here)
            if name in OF_NEURONS:
                raise DeclarationError(f"{here}: '{name}' has a meaning in the language; choose another name.")

    def _names_of_equations(self, here: str) -> list[str]:
        try:
            return list(parsed(self.equations))
        except (EquationError, SyntaxError, ValueError):
            return []  # said where they are joined with what synapses ask for
        except UNREADABLE:
            read_equations(self.equations, here)
            raise

    def without(self, *mechanisms: str) -> Population:
        """The population with some of its own mechanisms at a standstill."""
        values = {name: value for mechanism in mechanisms for name, value in self.removable[mechanism].items()}
        return self.with_parameters(**values)

    def with_parameters(self, **values: Any) -> Population:
        """The population with other values of some parameters."""
        known = [p.name for p in self.parameters]
        for name in values:
            if name not in known:
                raise DeclarationError(
                    f"Population '{self.name}' has no parameter '{name}'; its parameters are {', '.join(known)}."
                )
        changed = tuple(p.with_value(values[p.name]) if p.name in values else p for p in self.parameters)
        return replace(self, parameters=changed)


def lif(
    name: str,
    size: int,
    tau_syn: Any = "10 ms",
    tau_m: Any = "15 ms",
    resistance: float = 1.0,
    threshold: float = 1.0,
    refractory: Any = "4 ms",
) -> Population:
    """Leaky integrate-and-fire neurons with a synaptic current, a refractory period and a floor.

    ``tau_syn dI/dt = -I``, a spike adds ``w/tau_syn`` (in ms); ``tau_m dV/dt = -V + R I``, spike at ``V >= V_th``,
    reset to 0, ``V >= -V_th/10``. Dimensionless voltage. Constants: Zohora et al. 2024, code.
    """
    return Population(
        name,
        size,
        equations="dI/dt = -I/tau_syn : 1\ndV/dt = (-V + R*I)/tau_m : 1 (unless refractory)",
        threshold="V >= V_th",
        reset="V = 0",
        parameters=(
            Parameter("tau_syn", tau_syn, "decay of the synaptic current", GROUP),
            Parameter("tau_m", tau_m, "membrane time constant", GROUP),
            Parameter("R", resistance, "input resistance", GROUP),
            Parameter("V_th", threshold, "threshold", GROUP),
            Parameter("unit_time", "1 ms", "unit of time in which a weight is a charge", GROUP),
        ),
        refractory=refractory,
        floors={"V": "-V_th/10"},
        receptors={"current": "I += efficacy*unit_time/tau_syn"},
    )


def conductance_lif(
    name: str,
    size: int,
    tau_m: Any = "20 ms",
    rest: Any = "-65 mV",
    reset: Any = "-65 mV",
    threshold: Any = "-50 mV",
    refractory: Any = "2 ms",
    tau_e: Any = "5 ms",
    tau_i: Any = "10 ms",
    reversal_e: Any = "0 mV",
    reversal_i: Any = "-80 mV",
) -> Population:
    """Leaky integrate-and-fire neurons with excitatory and inhibitory conductances, relative to the leak.

    Receptors ``"excitatory"`` and ``"inhibitory"``: a spike adds the efficacy to ``g_e`` or ``g_i``. Textbook
    constants (ours).
    """
    return Population(
        name,
        size,
        equations="""
            dV/dt = ((V_rest - V) + g_e*(E_e - V) + g_i*(E_i - V))/tau_m : volt (unless refractory)
            dg_e/dt = -g_e/tau_e : 1
            dg_i/dt = -g_i/tau_i : 1
        """,
        threshold="V >= V_th",
        reset="V = V_reset",
        parameters=(
            Parameter("tau_m", tau_m, "membrane time constant"),
            Parameter("V_rest", rest, "resting potential"),
            Parameter("V_reset", reset, "reset potential"),
            Parameter("V_th", threshold, "threshold"),
            Parameter("tau_e", tau_e, "decay of the excitatory conductance"),
            Parameter("tau_i", tau_i, "decay of the inhibitory conductance"),
            Parameter("E_e", reversal_e, "excitatory reversal potential", unit="volt"),
            Parameter("E_i", reversal_i, "inhibitory reversal potential"),
        ),
        initial={"V": "V_rest"},
        refractory=refractory,
        receptors={"excitatory": "g_e += efficacy", "inhibitory": "g_i += efficacy"},
    )


def adaptive_lif(
    name: str,
    size: int,
    tau_theta: Any = "100 s",
    theta_step: float = 0.05,
    persistent: bool = True,
    **constants: Any,
) -> Population:
    """LIF neurons whose threshold rises at each spike and decays slowly, and survives the presentation.

    ``tau_theta dtheta/dt = -theta``, ``theta += theta_step`` at a spike, spike at ``V >= V_th + theta``.
    """
    base = lif(name, size, **constants)
    return replace(
        base,
        equations=base.equations + "\ndtheta/dt = -theta/tau_theta : 1",
        threshold="V >= V_th + theta",
        reset=base.reset + "\ntheta += theta_step",
        parameters=(
            *base.parameters,
            Parameter("tau_theta", tau_theta, "decay of the adaptive threshold"),
            Parameter("theta_step", theta_step, "rise of the threshold at a spike"),
        ),
        persistent=("theta",) if persistent else (),
    )


def error_neurons(name: str, size: int, silence_target: bool = False) -> Population:
    """Non-leaky integrators of mismatch spikes, reset by subtraction.

    ``E += jump*efficacy`` for each input spike, spike at ``E >= E_th``, ``E >= -E_th/10``: with the constants of Zohora
    et al. 2024, one mismatch spike is one error spike.

    Parameters
    ----------
    silence_target : bool
        Whether the neuron of the class that is shown stays silent.
    """
    return Population(
        name,
        size,
        equations="E : 1",
        threshold="E >= E_th" + (" and stimulus < 0.5" if silence_target else ""),
        reset="E -= E_th",
        parameters=(
            Parameter("jump", 2.5, "effect of an input spike: R_E/tau_E, 25 over 10 ms", GROUP),
            Parameter("E_th", 2.5, "threshold", GROUP),
        ),
        floors={"E": "-E_th/10"},
        receptors={"mismatch": "E += efficacy*jump"},
        channel=TARGET if silence_target else "",
    )


def stimulus(name: str, size: int, encoding: Any, channel: str = IMAGE) -> Population:
    """Input neurons that spike as an encoding of :mod:`tasks` says."""
    return Population(
        name,
        size,
        threshold=encoding.condition,
        parameters=tuple(Parameter(key, value, unit=unit) for key, (value, unit) in encoding.parameters.items()),
        channel=channel,
        per_step=encoding.per_step,
        pooled=dict(encoding.pooled),
    )


def poisson(name: str, size: int, rate: Any = "250 Hz", channel: str = IMAGE) -> Population:
    """Neurons that spike at a rate in proportion to what they are shown: Bernoulli, one number a step."""
    most = Parameter("rate", rate, "rate where the stimulus is one")
    if dimensions_of(most.unit) is not dimensions_of("hertz") or most.value < 0:
        raise DeclarationError(f"Population '{name}': a rate is zero or more, such as '100 Hz', not {rate}.")
    return Population(
        name,
        size,
        threshold="stimulus > 0 and rand() < stimulus*rate*dt",
        parameters=(most,),
        channel=channel,
    )


def teacher(name: str, size: int, rate: Any = "100 Hz") -> Population:
    """Neurons, one a class, of which that of the class shown fires at random. Rate: Zohora et al. 2024, code."""
    return poisson(name, size, rate, channel=TARGET)


def boundary(name: str = "boundary") -> Population:
    """A neuron that fires in the last presentation of a task, for synapses that have to be told when a task ends."""
    return Population(name, 1, threshold="stimulus > 0 and step == 0", channel=BOUNDARY)
