"""From a network to text and numbers."""

from dataclasses import replace

import numpy as np
import pytest

import tacos
from synapses import DeclarationError, Event, Mechanism, NeuronState, Parameter, State, Synapse, static
from tacos.networks.lowering import numbered_random, site
from tacos.networks.populations import lif, poisson


def between(synapse=None, a=None, b=None, **options):
    populations = (a or lif("a", 2), b or lif("b", 3))
    return tacos.Network(populations, (tacos.Projection("a", "b", synapse or static(), **options),), readout="b")


def asking(tau, name="s"):
    need = NeuronState("X", "dX/dt = -X/tau_x : 1", "X += 1", (Parameter("tau_x", tau),))
    return Synapse(name, (Mechanism("m", pre=(need,), on_pre="w = w + X_pre"),))


def test_unknown_receptor():
    with pytest.raises(DeclarationError, match="'a-b': population 'b' has no receptor 'nmda'; there are current"):
        between(receptor="nmda").lowered


def test_statement_for_a_variable_that_is_not_there():
    with pytest.raises(DeclarationError, match="'a-b': .*'b' has no state 'U'"):
        between(receptor="U += efficacy").lowered


@pytest.mark.parametrize(
    "receptor, message",
    [
        ("V += -0.5*V*efficacy", "receptor: 'V_post \\+= .*' adds to V_post and .* reads it in the same stage"),
        ("V += efficacy*twice", "receptor: 'V_post \\+= .*twice_post' adds to V_post and"),
        ("V += efficacy\nc += V", "'V_post \\+= .*' adds to V_post and 'c_post"),
        ("V = 5*efficacy", "'V_post = .*' assigns a variable of the neuron.*; add to it with \\+= and let the neuron"),
        ("V *= 0.5*efficacy", "'V_post \\*= .*' assigns a variable of the neuron"),
        ("V /= efficacy", "'V_post /= .*' assigns a variable of the neuron"),
        ("twice += efficacy", "has no state 'twice' to add to; there are V, c"),
        ("V += efficacy\nlost += efficacy", "has no state 'lost' to add to"),
    ],
)
@pytest.mark.parametrize("named", [False, True])
def test_receptors_whose_effect_would_depend_on_the_order_of_synapses(receptor, message, named):
    cell = tacos.Population("b", 3, "V : 1\nc : 1\ntwice = 2*V : 1", "V > 1", "V = 0", receptors={"own": receptor})
    with pytest.raises(DeclarationError, match=f"Projection 'a-b'.*{message}"):
        _ = between(b=cell, receptor="own" if named else receptor).lowered


def test_receptors_that_read_other_variables_of_the_neuron():
    cell = tacos.Population("b", 3, "V : 1\nc : 1\ntwice = 2*V : 1", "V > 1", "V = 0")
    for receptor in ("c += efficacy*(1 - V)", "c -= efficacy*twice", "share = efficacy/2\nV += share\nc -= share"):
        code = between(b=cell, receptor=receptor).lowered.projections[0].pathways[0].code
        assert "c_post" in code and "share_post" not in code


@pytest.mark.parametrize(
    "code, message",
    [
        ("V_post += w*twice_post", "adds to V_post and .* reads it"),
        ("V_post += w*twice_pre", "onto itself: .* adds to V_post and .* reads it"),
        ("V_post += w*V_pre", "onto itself: .* adds to V_post and .* reads it"),
    ],
)
def test_order_of_synapses_where_the_neurons_are_known(code, message):
    cell = tacos.Population("b", 3, "V : 1\ntwice = 2*V : 1", "V > 1", "V = 0", receptors={"current": "V += efficacy"})
    needs = (NeuronState("V"), NeuronState("twice"))
    synapse = Synapse("s", (Mechanism("m", pre=needs, post=needs, on_pre=code),))
    with pytest.raises(DeclarationError, match=f"Projection 'b-b', pre.*{message}"):
        _ = tacos.Network((cell,), (tacos.Projection("b", "b", synapse),), readout="b").lowered


def test_source_that_does_not_spike():
    with pytest.raises(DeclarationError, match="'a' does not spike"):
        between(a=tacos.Population("a", 2, equations="V : 1")).lowered


def test_missing_neuron_state():
    synapse = Synapse("s", (Mechanism("m", post=(NeuronState("Ca", meaning="calcium"),), on_pre="w = w + Ca_post"),))
    with pytest.raises(DeclarationError, match=r"'b' has no 'Ca' \(calcium\), which a synapse on it needs"):
        between(synapse).lowered


def test_conflicting_neuron_parameters():
    network = tacos.Network(
        (lif("a", 2), lif("b", 3), lif("c", 3)),
        (tacos.Projection("a", "b", asking("20 ms")), tacos.Projection("a", "c", asking("30 ms"))),
    )
    with pytest.raises(DeclarationError, match="'X' is asked for in two ways.*0.02.*0.03"):
        network.lowered


def test_parameter_of_the_neuron_in_conflict_with_that_of_a_synapse():
    need = NeuronState("X", "dX/dt = -X/tau_m : 1", "X += 1", (Parameter("tau_m", "99 ms"),))
    with pytest.raises(DeclarationError, match="'a' is asked for tau_m = 0.099 second and for 0.015"):
        between(Synapse("s", (Mechanism("m", pre=(need,), on_pre="w = w + X_pre"),))).lowered


TRACE = NeuronState("X", "dX/dt = -X/tau_x : 1", "X += 1", (Parameter("tau_x", "20 ms"),))


def needing(*needs):
    mechanisms = tuple(Mechanism(f"m{k}", post=(need,)) for k, need in enumerate(needs))
    return between(Synapse("s", mechanisms), b=CELL)


CELL = tacos.Population("b", 3, "V : 1", "V > 1", "V = 0", receptors={"current": "V += efficacy"})


@pytest.mark.parametrize(
    "cell, need, message",
    [
        (
            replace(CELL, equations="V : 1\nX : 1"),
            TRACE,
            "'b' has 'X : 1', and a synapse on it needs 'dX/dt = -X/tau_x : 1'",
        ),
        (
            replace(CELL, equations="V : 1\ndX/dt = -2*X/tau_x : 1"),
            TRACE,
            r"'b' has 'dX/dt = -2\*X/tau_x : 1', and a synapse on it needs",
        ),
        (
            replace(CELL, equations="V : 1\nX : volt"),
            replace(TRACE, equations="X : volt", unit="1"),
            "'X' is declared with the unit 1, its equation has volt",
        ),
        (replace(CELL, equations="V : 1\nX : volt"), NeuronState("X"), "'b' has 'X' in volt, and .* needs it in 1"),
        (
            replace(CELL, equations=f"V : 1\n{TRACE.equations}", reset="V = 0\nX = 0"),
            TRACE,
            r"'b' has 'X = 0' in its reset, and a synapse on it needs 'X \+= 1' there",
        ),
        (
            replace(CELL, equations=f"V : 1\n{TRACE.equations}", parameters=(Parameter("tau_x", "5 ms"),)),
            TRACE,
            "'b' is asked for tau_x = 0.02 second and for 0.005",
        ),
        (
            replace(CELL, equations="V : 1\ntau_x : second"),
            TRACE,
            "'b' has 'tau_x' in its equations and as a constant too",
        ),
    ],
)
def test_a_need_in_conflict_with_the_population(cell, need, message):
    with pytest.raises(DeclarationError, match=message):
        _ = between(Synapse("s", (Mechanism("m", post=(need,)),)), b=cell).lowered


def test_a_need_that_the_reset_meets_already():
    cell = replace(CELL, equations=f"V : 1\n{TRACE.equations}", reset="V = 0\nX  += 1")
    lowered = between(Synapse("s", (Mechanism("m", post=(TRACE,)),)), b=cell).lowered.population("b")
    assert lowered.reset[0].count("X") == 1 and lowered.equations.count("dX") == 1


def test_a_need_without_equations_is_not_dropped():
    asking = NeuronState("V", on_spike="c += 1", at_end="c = c*keep", parameters=(Parameter("keep", 0.5),))
    cell = replace(CELL, equations="V : 1\nc : 1")
    lowered = between(Synapse("s", (Mechanism("m", post=(asking,)),)), b=cell).lowered.population("b")
    assert "c += 1" in lowered.reset[0] and lowered.plastic_end == ("c = c*keep",) and "keep" in lowered.parameters


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize(
    "other, message",
    [
        (replace(TRACE, equations="X : 1"), "'X' is asked for in two ways"),
        (replace(TRACE, on_spike="X = 1"), "'X' is asked for in two ways"),
        (replace(TRACE, persistent=True), "'X' is asked for in two ways"),
        (replace(TRACE, at_end="X = 0"), "'X' is asked for in two ways"),
        (NeuronState("X", on_spike="X = 1"), "'X' is asked for in two ways"),
        (NeuronState("X", parameters=(Parameter("tau_x", "3 ms"),)), "'tau_x' is declared differently"),
        (NeuronState("X", unit="volt"), "'X' is asked for in the units (1|volt) and (1|volt)"),
        (
            NeuronState("Y", "dY/dt = -Y/second : 1\nX : 1"),
            "'b' has '.*', and a synapse on it needs '.*'; give both the same equation",
        ),
    ],
)
def test_two_needs_in_conflict(other, message, swap):
    needs = (TRACE, other)[:: -1 if swap else 1]
    with pytest.raises(DeclarationError, match=message):
        _ = needing(*needs).lowered


def test_two_needs_that_agree():
    again = replace(TRACE, equations="dX/dt = -(X / tau_x) : 1", on_spike="X  +=  1", meaning="the same")
    lowered = needing(TRACE, again, NeuronState("X", at_end="X = 0", persistent=True)).lowered.population("b")
    assert lowered.equations.count("dX") == 1 and lowered.reset[0].count("X += 1") == 1
    assert lowered.plastic_end == ("X = 0",) and "X" not in lowered.end


def test_states_are_added_once():
    network = tacos.Network(
        (lif("a", 2), lif("b", 3), lif("c", 3)),
        (tacos.Projection("a", "b", asking("20 ms")), tacos.Projection("a", "c", asking("20 ms"))),
    )
    lowered = network.lowered.population("a")
    assert lowered.equations.count("dX/dt") == 1 and lowered.reset[0].count("X += 1") == 1


def test_absolute_time():
    with pytest.raises(DeclarationError, match="'a': the equation of 'V' reads the absolute time t"):
        between(a=tacos.Population("a", 2, "dV/dt = sin(t/second)/second : 1", "V > 1")).lowered


def test_equations_that_cannot_be_read():
    with pytest.raises(DeclarationError, match="'a': its equations cannot be read"):
        between(a=tacos.Population("a", 2, "dV/dt - V", "V > 1")).lowered


def test_a_reset_assigns_states():
    cell = tacos.Population("a", 2, "V : 1\nb : 1", "V > 1", "new = V - 1\nV = new\nv = 0")
    with pytest.raises(
        DeclarationError, match=r"'a', reset: 'v = 0' assigns 'v', which is not one of its states \(V, b\)"
    ):
        between(a=cell).lowered
    between(a=replace(cell, reset="new = V - 1\nV = new\nb += 1")).lowered


def test_initial_value_of_an_unknown_state():
    with pytest.raises(DeclarationError, match="'a' gives an initial value to 'W'"):
        between(a=tacos.Population("a", 2, "V : 1", "V > 1", initial={"W": 1})).lowered


def test_modulator_without_signal():
    import synapses

    network = between(synapses.tacos().only("neuromodulation", "error feedback"))
    with pytest.raises(DeclarationError, match="'surprise' listens to 'error', and the network has no such signal"):
        network.lowered


def test_dale_needs_a_state():
    synapse = Synapse("s", states=(State("w", 1.0),), efficacy="2*w")
    with pytest.raises(DeclarationError, match="Dale's law needs an efficacy that is a state"):
        between(synapse, sign="excitatory").lowered


def test_dale_bounds_every_change():
    synapse = Synapse("s", (Mechanism("m", on_pre="w = w - 1", on_post="w = w + 1"),), (State("w", 1.0),))
    lowered = between(synapse, sign="inhibitory").lowered.projection("a-b")
    assert lowered.synapse.efficacy == "-w"
    for pathway in lowered.pathways[1:]:
        assert pathway.code.endswith("w = clip(w, 0.0, inf)")
    assert "(-w)" in lowered.pathways[0].code


def test_units_of_bounds():
    cell = tacos.Population("a", 2, "V : volt", "V > 1*mV", "V = 0*mV", floors={"V": "-5*mV"})
    lowered = between(a=cell).lowered.population("a")
    assert lowered.before_threshold[0].startswith("V = clip(V, -5*mV, inf*(volt))")
    assert lowered.end.startswith("V = 0.0*(volt)")
    with pytest.raises(DeclarationError, match="'a' gives a floor to 'W'"):
        between(a=tacos.Population("a", 2, "V : 1", "V > 1", floors={"W": "0"})).lowered


def test_delayed_spikes_of_the_previous_presentation():
    """After a reset they have no effect; in a blank interval they arrive."""
    network = between(delay="5 ms")
    assert "arrived = int(step >= 5)" in network.lowered.projection("a-b").pathways[0].code
    blank = tacos.Network(network.populations, network.projections, blank="20 ms")
    assert "arrived" not in blank.lowered.projection("a-b").pathways[0].code
    assert blank.lowered.steps == 170 and blank.lowered.stimulus_steps == 150


def test_delays_are_rounded_as_brian2_does():
    """2.5 steps are three."""
    assert "int(step >= 3)" in between(delay="2.5 ms").lowered.projection("a-b").pathways[0].code


def test_random_calls_are_numbered():
    code = numbered_random("x = rand() + rand()\ny = randn()", "here", "i")
    assert [str(site(f"here/{call}")) in code for call in ("rand/0", "rand/1", "randn/0")] == [True] * 3
    assert "rand()" not in code and "randn()" not in code
    assert len({site(f"here/{k}") for k in range(1000)}) == 1000


def test_random_numbers_do_not_depend_on_other_mechanisms_of_the_network():
    alone = between(a=poisson("a", 2)).lowered.population("a").before_threshold
    other = tacos.Network((lif("z", 1), poisson("a", 2), lif("b", 3)), ()).lowered.population("a").before_threshold
    assert alone == other


@pytest.mark.parametrize(
    "connectivity",
    [tacos.AllToAll(), tacos.OneToOne(), tacos.Random(0.5, seed=1), tacos.Connect([(3, 0), (0, 2), (0, 1)])],
)
def test_pairs_are_sorted_by_their_source(connectivity):
    """Programs know the synapses of a neuron by where its row begins and ends."""
    sources = between(b=lif("b", 4), a=lif("a", 4), connectivity=connectivity).lowered.projection("a-b").sources
    assert len(sources) and (np.diff(sources) >= 0).all()


def test_pairs():
    lowered = between().lowered.projection("a-b")
    assert lowered.all_to_all
    np.testing.assert_array_equal(lowered.sources * 3 + lowered.targets, np.arange(6))
    sparse = between(connectivity=tacos.Random(0.5)).lowered.projection("a-b")
    assert not sparse.all_to_all and sparse.sources.dtype == np.int32


def test_delayed_event_of_a_mechanism():
    mechanism = Mechanism(
        "late", parameters=(Parameter("lag", "7 ms"),), on_pre=Event("w = w + 1", delay="lag"), states=()
    )
    pathway = between(Synapse("s", (mechanism,))).lowered.projection("a-b").pathways[1]
    assert pathway.code == "arrived = int(step >= 7)\nw = arrived*(w + 1) + (1 - arrived)*w"


@pytest.mark.parametrize(
    "delay, steps, queue",
    [("0 ms", 0, ""), ("0.3 ms", 0, "a-b.transmit.queue"), ("2.5 ms", 3, "a-b.transmit.queue")],
)
def test_delay_of_transmission(delay, steps, queue):
    transmit = between(delay=delay).lowered.projection("a-b").pathways[0]
    assert (transmit.delay_steps, transmit.queue) == (steps, queue)


@pytest.mark.parametrize("lag, steps", [("0 ms", 0), ("0.3 ms", 0), ("7 ms", 7)])
def test_delay_of_a_mechanism(lag, steps):
    """Where it is declared there is a queue, whatever its value; the projection's delay is another one."""
    late = Mechanism(
        "late", parameters=(Parameter("lag", lag),), on_pre=Event("w = w + 1", delay="lag"), on_post="w = 0"
    )
    _, *own = between(Synapse("s", (late,)), delay="2 ms").lowered.projection("a-b").pathways
    assert {p.name: (p.delay_steps, p.queue) for p in own} == {"pre_lag": (steps, "a-b.pre_lag.queue"), "post": (0, "")}


@pytest.mark.parametrize("name", ["E", "S", "gamma", "trace"])
def test_event_driven_states_with_names_that_sympy_knows(name):
    """Brian2 2.9 takes E for 2.718 and fails at the others."""
    mechanism = Mechanism(
        "m",
        parameters=(Parameter("tau", "10 ms"),),
        states=(State(name),),
        equations=f"d{name}/dt = -{name}/tau : 1 (event-driven)",
        on_pre=f"{name} = {name} + 1",
    )
    assert f"_{name} = {name}*exp(-elapsed_m/tau)" in Synapse("s", (mechanism,)).lowered.pathways[0].code


def test_dales_law_and_a_differential_equation_of_the_weight():
    fall = Mechanism("fall", parameters=(Parameter("v", "1 Hz"),), equations="dw/dt = -v : 1")
    falling = Synapse("falling", (fall,), (State("w", 1.0),))
    network = tacos.Network(
        (lif("a", 2), lif("b", 2)), (tacos.Projection("a", "b", falling, sign="excitatory"),), readout="b"
    )
    assert network.lowered.projection("a-b").synapse.bounds == "w = clip(w, 0.0, inf)"


def test_time_constants_of_synapses_and_of_what_they_need():
    def net(**parts):
        synapse = Synapse("s", (Mechanism("m", **parts),), (State("w", 1.0),))
        return tacos.Network((lif("a", 2), lif("b", 2)), (tacos.Projection("a", "b", synapse),), readout="b")

    short = (Parameter("tau_y", "0.3 ms"),)
    trace = NeuronState("Y", "dY/dt = -Y/tau_y : 1", "Y += 1", short)
    with pytest.raises(DeclarationError, match="'b': the time step of 0.001 s is longer than tau_y = 0.0003 s"):
        _ = net(post=(trace,), on_pre="w = w + Y_post").lowered
    c = (State("c"),)
    with pytest.raises(DeclarationError, match="Projection 'a-b': the time step of 0.001 s is longer than tau_y"):
        _ = net(parameters=short, states=c, equations="dc/dt = -c/tau_y : 1", on_pre="w = w + c").lowered
    # The update at events is exact.
    _ = net(parameters=short, states=c, equations="dc/dt = -c/tau_y : 1 (event-driven)", on_pre="w = w + c").lowered


@pytest.mark.parametrize(
    ("receptor", "message"),
    [
        (
            "V += nothing*efficacy",
            "'V \\+= nothing\\*efficacy' reads 'nothing', which the population 'b' does not have",
        ),
        ("V += efficacy", "the units do not fit in 'V \\+= efficacy': 'V' has volt, the right side 1"),
        ("V += (efficacy + 1*volt)", "receptor: "),
    ],
)
def test_names_and_units_of_receptors(receptor, message):
    cell = tacos.Population("b", 2, "V : volt", "V > 1*volt")
    network = tacos.Network((lif("a", 2), cell), (tacos.Projection("a", "b", static(1.0), receptor),), readout="b")
    with pytest.raises(DeclarationError, match=message):
        _ = network.lowered


def test_bounds_with_units_in_a_differential_equation():
    from tacos.backends.torch.source import module_source

    cell = tacos.Population(
        "b",
        2,
        "dV/dt = clip(V - 3*mV, 0*volt, inf*volt)/(5*ms) : volt",
        "V > 1*volt",
        receptors={"current": "V += 0*mV"},
    )
    network = tacos.Network((lif("a", 2), cell), (tacos.Projection("a", "b", static(1.0)),), readout="b")
    assert "clip(" in module_source(network.lowered)
    wrong = replace(cell, equations="dV/dt = clip(V - 3*mV, 0*amp, inf*volt)/(5*ms) : volt")
    with pytest.raises(DeclarationError, match="equation of 'V': .*clip"):
        module_source(replace(network, populations=(network.populations[0], wrong)).lowered)
