"""Models in anybody's Brian2 script."""

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, SpikeGeneratorGroup, StateMonitor, defaultclock, ms, mV, second, seed

import synapses
from synapses import DeclarationError, Event, Mechanism, NeuronState, Parameter, State, Synapse

COUNTER = Mechanism(
    "counter", states=(State("count", 0, "ends", "integer"), State("first", -1, "when", "integer"),
                       State("last", -1, "when", "integer")),
    at_end="first = first + int(first < 0)*(now + 1)\nlast = now\ncount = count + 1",
)  # fmt: skip


def silent(n=1, equations="", **options):
    return NeuronGroup(n, equations or "unused : 1", threshold="False", reset="", **options)


def test_a_presentation_ends_after_its_last_step_and_never_before_the_first():
    model = Synapse("counting", mechanisms=(COUNTER,))
    pre, post = silent(2), silent(1)
    built = model.connect(pre, post, presentation=100 * ms)
    watch = StateMonitor(built, "count", record=0, when="start")
    Network(pre, post, built, watch).run(350 * ms)
    # Recorded at the start of each step: the event of step 99 is seen from step 100 on.
    np.testing.assert_array_equal(watch.count[0], np.arange(350) // 100)
    assert (built.count[:].tolist(), built.first[0], built.last[0]) == ([3, 3], 99, 299)


@pytest.mark.parametrize("dt", [10 * ms, 12.5 * ms])
def test_more_than_a_thousand_presentations_are_counted_exactly(dt):
    """A second clock of 100 ms would slip after 640."""
    defaultclock.dt = dt
    model = Synapse("counting", mechanisms=(COUNTER,))
    pre, post = silent(1), silent(1)
    built = model.connect(pre, post, presentation=100 * ms)
    steps = round(0.1 / float(dt / second))
    Network(pre, post, built).run(1203 * 100 * ms)
    assert built.count[0] == 1203
    assert built.last[0] == 1203 * steps - 1


def test_a_presentation_is_a_whole_number_of_steps():
    model = Synapse("counting", mechanisms=(COUNTER,))
    defaultclock.dt = 0.3 * ms
    with pytest.raises(DeclarationError, match="0.1 s is not a whole number of time steps of 0.0003 s"):
        model.connect(silent(), silent(), presentation=100 * ms)
    with pytest.raises(DeclarationError, match="give presentation="):
        model.connect(silent(), silent())
    reads = Synapse("reads", mechanisms=(Mechanism("m", on_pre="w = duration/second"),))
    with pytest.raises(DeclarationError, match="reads the duration of a presentation: give presentation="):
        reads.connect(silent(), silent())
    group = silent()
    model.connect(group, silent(), presentation=3 * ms)
    with pytest.raises(DeclarationError, match="already has presentations of 10 steps; 20"):
        model.connect(group, silent(), presentation=6 * ms)
    generator = SpikeGeneratorGroup(1, [], [] * ms)
    with pytest.raises(DeclarationError, match="need a NeuronGroup on the presynaptic side"):
        model.connect(generator, silent(), presentation=3 * ms)


def test_five_lines_of_ones_own_learn(neurons):
    habituation = Mechanism(
        "habituation",
        parameters=(Parameter("loss", 0.1, "lost with a spike", "ours"),),
        on_pre="w = w*(1 - loss*gate)",
    )
    model = synapses.static(1.0) + habituation
    pre, post = neurons(model, "pre", [[1, 3], [2], []]), silent()
    built = model.connect(pre, post)
    Network(pre, post, built).run(10 * ms)
    np.testing.assert_allclose(built.w[:], [0.81, 0.9, 1.0], rtol=1e-15)


def test_the_weight_is_transmitted_before_it_changes(neurons):
    model = synapses.static(2.0) + Mechanism("loss", on_pre="w = 0")
    pre, post = neurons(model, "pre", [[1, 3]]), silent(1, "total : 1")
    built = model.connect(pre, post, transmit="total_post += efficacy")
    Network(pre, post, built).run(2 * ms)
    assert (post.total[0], built.w[0]) == (2.0, 0.0)
    early = synapses.static(2.0) + Mechanism("loss", on_pre=Event("w = 0", stage=-1))
    other = silent(1, "total : 1")
    pre = neurons(model, "pre", [[1]])
    built = early.connect(pre, other, transmit="total_post += efficacy")
    Network(pre, other, built).run(2 * ms)
    assert other.total[0] == 0


@pytest.mark.parametrize("when", ["at_end", "on_pre"])
def test_sums_over_the_synapses_of_a_neuron_by_stages(neurons, when):
    normalize = [Event("total_post += w"), Event("w = w*target/total_post", stage=1)]
    rule = Mechanism(
        "normalization",
        parameters=(Parameter("target", 3.0, "sum of the weights of a neuron", "ours"),),
        post=(NeuronState("total", "total : 1"),),
        **{when: normalize},
    )
    seed(3)
    model = Synapse("normalized", mechanisms=(rule,), states=(State("w", "rand() + 0.1"),))
    pre, post = neurons(model, "pre", [[4]] * 7), silent(5, "total : 1")
    built = model.connect(pre, post, presentation=10 * ms)
    Network(pre, post, built).run(10 * ms)
    sums = np.bincount(np.asarray(built.j), np.asarray(built.w[:]))
    np.testing.assert_allclose(sums, 3.0, rtol=1e-14)


def test_stages_at_the_end_of_a_presentation_run_in_order_and_at_once():
    stages = [Event("w = 10*w + 3", stage=2), Event("w = 10*w + 1", stage=-2), "w = 10*w + 2"]
    model = Synapse("staged", mechanisms=(Mechanism("m", at_end=stages),))
    pre, post = silent(), silent()
    built = model.connect(pre, post, presentation=5 * ms)
    network = Network(pre, post, built)
    network.run(4 * ms)
    assert built.w[0] == 0
    network.run(1 * ms)
    assert built.w[0] == 123


def test_an_event_driven_state_equals_the_exact_solution_at_every_event(neurons):
    def trace(flag):
        return Mechanism(
            "trace",
            parameters=(Parameter("tau", "17 ms"), Parameter("rest", 0.3)),
            states=(State("y"), State("z"), State("seen")),
            equations=f"dy/dt = (rest - y)/tau : 1{flag}\ndz/dt = (y - z)/(2*tau) : 1{flag}",
            method="exact",
            on_pre="seen = z\ny = y + 1",
            on_post="seen = z\nz = z*2",
        )

    rng = np.random.default_rng(5)
    pre_steps = [sorted(rng.choice(300, 20, replace=False).tolist()) for _ in range(4)]
    post_steps = [sorted(rng.choice(300, 9, replace=False).tolist()) for _ in range(3)]
    found = {}
    for flag in ("", " (event-driven)"):
        model = Synapse("trace", mechanisms=(trace(flag),))
        assert model.lowered.event_driven == bool(flag)
        pre, post = neurons(model, "pre", pre_steps), neurons(model, "post", post_steps)
        built = model.connect(pre, post)
        if flag:
            built.last_update_trace = -1  # like the other, integrated in step 0 too
        watch = StateMonitor(built, "seen", record=True, when="end")
        Network(pre, post, built, watch).run(301 * ms)
        found[flag] = np.asarray(watch.seen)
    clock, event = found[""], found[" (event-driven)"]
    assert clock.max() > 0.3
    np.testing.assert_allclose(event, clock, rtol=1e-12, atol=1e-15)


def test_an_event_driven_decay_is_exact(neurons):
    def trace(flag):
        return Mechanism(
            "trace",
            parameters=(Parameter("tau", "17 ms"),),
            states=(State("y"), State("seen")),
            equations=f"dy/dt = -y/tau : 1{flag}",
            method="exact",
            on_pre="seen = y\ny = y + 1",
            on_post="seen = y\ny = y/2",
        )

    rng = np.random.default_rng(6)
    steps = [[sorted(rng.choice(300, k, replace=False).tolist()) for _ in range(3)] for k in (20, 9)]
    found = []
    for flag in ("", " (event-driven)"):
        model = Synapse("trace", mechanisms=(trace(flag),))
        pre, post = neurons(model, "pre", steps[0]), neurons(model, "post", steps[1])
        built = model.connect(pre, post)
        watch = StateMonitor(built, "seen", record=True, when="end")
        Network(pre, post, built, watch).run(301 * ms)
        found.append(np.asarray(watch.seen))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-12, atol=1e-15)


def test_initial_values_may_read_states_that_are_declared_later():
    seed(1)
    late = Mechanism("late", states=(State("target", "rand()"), State("copy", "w")))
    model = Synapse("model", mechanisms=(late,), states=(State("w", "2*target/sqrt(n_pre) + 0*n_post"),))
    pre, post = silent(4), silent(2)
    built = model.connect(pre, post)
    np.testing.assert_allclose(built.w[:], np.asarray(built.state("target")[:]), rtol=1e-15)
    np.testing.assert_array_equal(np.asarray(built.state("copy")[:]), np.asarray(built.w[:]))
    assert len(set(built.w[:])) == 8


def test_summed_variables(neurons):
    rule = Mechanism("sum", post=(NeuronState("total", "total : 1"),), summed={"total_post": "2*w"})
    model = Synapse("summed", mechanisms=(rule,), states=(State("w", "1.0*i"),))
    pre, post = silent(4), silent(2, "total : 1")
    built = model.connect(pre, post)
    Network(pre, post, built).run(1 * ms)
    np.testing.assert_allclose(post.total[:], 12)


def test_what_the_groups_lack_is_said():
    model = synapses.stdp()
    good = NeuronGroup(1, model.pre_equations(), threshold="False", reset="trace_plus += 1", method="euler")
    with pytest.raises(DeclarationError, match="has no 'trace_minus'.*model.post_equations"):
        model.connect(good, silent())
    forgotten = NeuronGroup(1, model.post_equations(), threshold="False", reset="", method="euler")
    with pytest.raises(DeclarationError, match="does not change its 'trace_minus'; put 'trace_minus .= 1'"):
        model.connect(good, forgotten)
    named_alike = NeuronGroup(1, model.post_equations() + "\nw : 1", threshold="False", reset="trace_minus += 1")
    with pytest.raises(DeclarationError, match="both have a 'w'; use two names"):
        model.connect(good, named_alike)
    volts = Synapse("v", mechanisms=(Mechanism("m", post=(NeuronState("v", unit="volt"),), on_pre="w = v_post/mV"),))
    with pytest.raises(DeclarationError, match="has the unit 1, and synapse 'v' needs volt"):
        volts.connect(silent(), silent(1, "v : 1"))
    assert volts.connect(silent(), silent(1, "v : volt"))
    with pytest.raises(DeclarationError, match="reads the neuromodulator 'surprise': give modulators="):
        synapses.tacos().only("neuromodulation").connect(silent(), silent())


def test_two_models_on_a_neuron_agree_on_its_constants(neurons):
    model = synapses.stdp()
    pre, post = neurons(model, "pre", [[1]]), neurons(model, "post", [[2]])
    model.connect(pre, post)
    model.with_parameters(A_plus=1).connect(pre, post)
    with pytest.raises(DeclarationError, match="has tau_plus = 0.02 second already, and synapse 'stdp' needs 0.03"):
        model.with_parameters(tau_plus=30 * ms).connect(pre, post)


def test_a_group_onto_itself_is_checked_for_the_order_of_synapses():
    needs = {"pre": (NeuronState("x"),), "post": (NeuronState("x"),)}
    model = Synapse("recurrent", mechanisms=(Mechanism("m", on_pre="x_post += w\nw = x_pre", **needs),))
    group = silent(3, "x : 1")
    assert model.connect(silent(2, "x : 1"), group)
    with pytest.raises(DeclarationError, match="onto itself: .*depends on the order of synapses"):
        model.connect(group, group)


def test_transmission_is_checked_for_the_order_of_synapses():
    with pytest.raises(DeclarationError, match="'v_post = .w.' assigns a variable of the neuron"):
        synapses.static().connect(silent(), silent(1, "v : 1"), transmit="v_post = efficacy")


def test_quantities_are_transmitted(neurons):
    model = synapses.static(0.5)
    pre, post = neurons(model, "pre", [[1, 2]]), silent(1, "v : volt")
    built = model.connect(pre, post, transmit="v_post += efficacy*2*mV")
    Network(pre, post, built).run(5 * ms)
    assert post.v[0] == 2 * mV
