"""Time steps, presentations, delays and rates with which a network would not do what it says."""

import warnings

import pytest

import synapses
import tacos
import tasks
from synapses import DeclarationError, Event, Mechanism, NeuronState, Parameter, State, Synapse
from tacos.networks.populations import lif, poisson, stimulus, teacher

C = (State("c"),)


def network(cell=None, synapse=None, source=None, projection=None, **options):
    source, cell = source or poisson("input", 2), cell or lif("cell", 2)
    synapse = synapse or synapses.static(1.0)
    joined = tacos.Projection("input", "cell", synapse, **(projection or {}))
    return tacos.Network((source, cell), (joined,), readout="cell", **options)


def neuron(equations, *parameters, **options):
    receptors = {"current": "x += efficacy"}
    return tacos.Population("cell", 2, equations, parameters=parameters, receptors=receptors, **options)


def rule(*parameters, states=C, **parts):
    return Synapse("s", (Mechanism("m", parameters=parameters, states=states, **parts),))


def warned(made):
    """What is said of a time step while a network is lowered."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert made()
    return [str(warning.message) for warning in said if "time step" in str(warning.message)]


REFUSED = {
    "another name": (
        {"cell": neuron("dx/dt = -x/T_m : 1", Parameter("T_m", "0.4 ms"))},
        r"Population 'cell': 'x' decays with a time constant of 0.0004 s by 'dx/dt = -x/T_m', and the time step of "
        r"0.001 s is longer than that, so it would grow without bound; make dt shorter\.$",
    ),
    "a rate": (
        {"cell": neuron("dx/dt = -leak*x : 1", Parameter("leak", "2500 Hz"))},
        "a time constant of 0.0004 s by 'dx/dt = -leak\\*x', .* grow without bound",
    ),
    "a number": ({"cell": neuron("dx/dt = -x/(0.8*ms) : 1")}, "time constant of 0.0008 s by .*overshoot at every step"),
    "through an expression": (
        {"cell": neuron("flow = 3*(1 - x) : 1\ndx/dt = flow/ms : 1")}, "a time constant of 0.000333333 s by",
    ),
    "while a condition holds": (
        {"cell": neuron("dx/dt = -x/second - x/ms*int(step > 5)*4 : 1")}, "a time constant of 0.000249",
    ),
    "a synapse": (
        {"synapse": rule(equations="dc/dt = -c/(0.3*ms) : 1", on_pre="w = w + c")},
        r"Projection 'input-cell': 'c' decays with .* by 'dc/dt = -c/\(0.3\*ms\)', and the time step",
    ),
    "what a synapse asks of a neuron": (
        {"synapse": rule(post=(NeuronState("y", "dy/dt = -y/(0.3*ms) : 1", "y += 1"),), on_pre="w = w + y_post")},
        "Population 'cell': 'y' decays with a time constant of 0.0003 s",
    ),
    "the end of a presentation": (
        {"synapse": rule(Parameter("tau_c", "50 ms"), at_end="c = c + duration/tau_c*(w - c)")},
        r"'c = c \+ duration/tau_c\*\(w - c\)' takes 3 times the distance to its target off 'c' at the end of a "
        r"presentation of 0.15 s, so it would grow without bound; make that factor at most one\.$",
    ),
    "a spike": (
        {"synapse": rule(on_post="gone = 2.5*c\nc = clip(c - gone*int(w > 0), 0, 1)")},
        "takes 2.5 times the distance to its target off 'c' at one event",
    ),
    "a delay": (
        {"projection": {"delay": "150 ms"}},
        r"Projection 'input-cell': the delay of 0.15 s is not shorter than a presentation of 0.15 s, whose end removes "
        r"what is under way, so nothing would ever arrive; make it shorter, or give the network a blank interval\.$",
    ),
    "a delay of an event": (
        {"synapse": rule(Parameter("late", "0.2 second"), on_pre=Event("c = c + 1", delay="late"))},
        "Projection 'input-cell': 'late' of 0.2 s is not shorter than a presentation",
    ),
    "a rate of spikes": (
        {"source": poisson("input", 2, "1200 Hz")},
        r"Population 'input': 'stimulus \* rate \* dt' asks for 1.2 spikes in a step, a rate of 1200 Hz with a time "
        r"step of 0.001 s, and a neuron has at most one; make the rate or dt smaller\.$",
    ),
    "a rate of the teacher": ({"source": teacher("input", 2, "2 kHz")}, "asks for 2 spikes in a step"),
    "a rate of an encoding": (
        {"source": stimulus("input", 2, tasks.Rate("1500 Hz"))},
        "Population 'input': max_rate = 1500 Hz with dt = 1 ms asks for 1.5 spikes a step",
    ),
    "a latency": (
        {"source": stimulus("input", 2, tasks.Latency("200 ms"))},
        "Population 'input': latest = 200 ms is too long for a presentation of 150 ms",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_one_sentence(name):
    parts, message = REFUSED[name]
    with pytest.raises(DeclarationError, match=message) as caught:
        _ = network(**parts).lowered
    assert "\n" not in str(caught.value)


ACCEPTED = {
    "as long as a step": {"cell": neuron("dx/dt = -x/ms : 1")},
    "solved exactly": {"cell": neuron("dx/dt = -x/(0.3*ms) : 1", method="exact")},
    "growing": {"cell": neuron("dx/dt = x/(0.3*ms) : 1")},
    "brought up to date at events": {
        "synapse": rule(Parameter("tau_c", "0.3 ms"), equations="dc/dt = -c/tau_c : 1 (event-driven)", on_pre="w = c")
    },
    "set": {"synapse": rule(at_end="c = 0\nw = -w")},
    "a step that just does not grow": {"synapse": rule(at_end="c = c - 2*(c - w)")},
    "switched off": {"synapse": rule(Parameter("tau_c", float("inf"), unit="second"), at_end="c = c - duration/tau_c*c")},
    "a short delay": {"projection": {"delay": "149 ms"}},
    "a blank interval": {"projection": {"delay": "200 ms"}, "blank": 0.1},
    "one spike a step": {"source": poisson("input", 2, "1000 Hz")},
    "silent": {"source": poisson("input", 2, "0 Hz")},
    "all of the presentation": {"source": stimulus("input", 2, tasks.Latency("150 ms", threshold=0.1))},
}  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name):
    assert not warned(lambda: network(**ACCEPTED[name]).lowered)


def test_consolidation_within_a_presentation():
    built = tacos.error_driven((4, 2), 3)
    assert built.with_parameters(**{"tau_c": "80 ms"}).lowered
    with pytest.raises(DeclarationError, match=r"takes 2.5 times the distance to its target off 'w_ref' at the end"):
        _ = built.with_parameters(**{"tau_c": "60 ms"}).lowered


def test_a_step_longer_than_a_model_is_made_for():
    model = synapses.graupner_brunel("DPD")
    assert synapses.Synapse.from_dict(model.to_dict()) == model and model.longest_step == pytest.approx(1e-4)
    with pytest.warns(UserWarning, match="time step of 1 ms is longer than the 0.1 ms that 'graupner_brunel' is made"):
        _ = network(synapse=model).lowered
    assert not warned(lambda: network(synapse=model, dt="0.1 ms").lowered)
    assert not warned(lambda: tacos.error_driven((4, 2), 3).lowered)
    with pytest.raises(DeclarationError, match="Synapse 's': the longest step has the unit volt"):
        Synapse("s", longest_step="1 mV")
