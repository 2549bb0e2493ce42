"""What a declaration says is what every backend does: small networks whose numbers are known."""

import numpy as np
import pytest

import tacos
import tasks
from synapses import Mechanism, NeuronState, Parameter, State, Synapse
from tacos.backends import RawRecord, Stretch
from tacos.networks.initial import initial_state
from tacos.networks.populations import stimulus
from tests.backends.by_name import simulator

BACKENDS = ("runtime", "torch")


def shown(backend, network, folder, raster, *keys):
    """States at every step of one presentation, and all states after it."""
    folder.mkdir(exist_ok=True)
    records = [RawRecord(key, folder / key, unit="step") for key in keys]
    stretch = Stretch({"image": np.asarray(raster, float)}, 0, 1, 0, True, 1, records=records)
    after = simulator(backend, network).run(initial_state(network.lowered, 1), stretch).state
    steps = network.lowered.steps
    types = {p.name: p.states for p in network.lowered.populations}
    found = []
    for key in keys:
        owner, _, name = key.rpartition(".")
        kind = np.int32 if types.get(owner, {}).get(name) == "integer" else np.float32
        found.append(np.fromfile(folder / key, kind).reshape(steps, -1))
    return found, after


def network(populations, projections, steps=8, **options):
    return tacos.Network(populations, projections, steps * 1e-3, readout=populations[-1].name, **options)


def given(size=1, name="input"):
    return stimulus(name, size, tasks.Raster())


def ones(steps=8, size=1):
    return np.ones((steps, size))


# -- what synapses need of neurons ---------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("declared", ["", "dX/dt = -X * 1/tau_x  : 1", "dX/dt = -X/tau_x : 1"])
def test_a_need_is_met_whether_the_population_has_the_name_or_not(backend, declared, tmp_path):
    need = NeuronState(
        "X", "dX/dt = -X/tau_x : 1", "X += 1", (Parameter("tau_x", "4 ms"),), persistent=True, at_end="X += 10"
    )
    reading = Synapse("reading", (Mechanism("m", post=(need,), on_pre="w = w + X_post"),))
    cell = tacos.Population("cell", 1, f"{declared}\nV : 1", "step % 2 == 0", receptors={"current": "V += efficacy"})
    net = network((given(), cell), (tacos.Projection("input", "cell", reading),))
    (x,), after = shown(backend, net, tmp_path, ones(), "cell.X")
    expected, value = [], 0.0
    for step in range(8):
        value = value * 0.75 + (step % 2 == 0)
        expected.append(value)
    np.testing.assert_allclose(x[:-1, 0], expected[:-1], rtol=1e-6)
    np.testing.assert_allclose(after["cell.X"], expected[-1] + 10)


# -- sums over synapses --------------------------------------------------------------------------------------------


def summing(efficacy, target="total_post", **options):
    """A synapse whose efficacy is summed into a neuron's variable; the neuron must have a reader for it."""
    need = (NeuronState("total", "total : 1"),)
    side = "pre" if target.endswith("_pre") else "post"
    return Synapse("summing", (Mechanism("sums", summed={target: "w"}, **{side: need}),), (State("w", efficacy),))


def summed_network():
    """Two projections, and a third from the other side, sum into one variable of the same neurons."""
    cell = tacos.Population(
        "cell", 2, "dV/dt = total/(1*ms) : 1", "V > 1e9", receptors={"current": "V += 0*efficacy"}
    )  # fmt: skip
    return network(
        (
            given(2),
            given(2, "other"),
            cell,
            tacos.Population("end", 1, "V : 1", receptors={"current": "V += efficacy"}),
        ),
        (
            tacos.Projection("input", "cell", summing(1.0)),
            tacos.Projection("other", "cell", summing("1.5*(j + 1)")),
            tacos.Projection("cell", "end", summing("0.5", "total_pre")),
            tacos.Projection("cell", "cell", summing(0.25), connectivity=tacos.OneToOne()),
        ),
        steps=3,
    )


def check_sums(backend, folder):
    (total, v), _ = shown(backend, summed_network(), folder, np.zeros((3, 2)), "cell.total", "cell.V")
    np.testing.assert_allclose(total, [[5.75, 8.75]] * 3)
    np.testing.assert_allclose(v, [[5.75, 8.75], [11.5, 17.5], [17.25, 26.25]])


@pytest.mark.parametrize("backend", BACKENDS)
def test_projections_that_sum_into_one_variable(backend, tmp_path):
    check_sums(backend, tmp_path)


def test_one_sum_is_a_sum_as_it_was():
    net = summed_network()
    alone = tacos.Network(net.populations, net.projections[:1], net.duration, readout="end")
    lowered = alone.lowered.population("cell")
    assert lowered.totals == "" and list(lowered.states)[:2] == ["V", "total"]


# -- powers --------------------------------------------------------------------------------------------------------

POWERS = {
    "2**-1": 0.5,
    "V0*2**-1": 1.5,
    "V0*2**(i - 1)": 1.5,
    "V0*2**(k - 3)": 1.5,
    "k**-1": 0.5,
    "(k + 1)**(-k)": 1 / 9,
    "int(V0)**-1": 1 / 3,
    "(-k)**(i - 1)": -0.5,
    "2**(k**-1)": 2**0.5,
    "k**2 + 2**3": 12.0,
    "5 // k": 2.0,
    "clip(k, 0.5, 1.5)": 1.5,
    "clip(k, 0, 1)": 1.0,
    "clip(int(V0 > 5), 0.25, 1)": 0.25,
    "clip(V0 > 1, 0.25, 0.5)": 0.5,
    "k // 0.75": 2.0,
    "-k // 4": -1.0,
    "-k % 3": 1.0,
    "-V0 % 2": 1.0,
    "V0 % (0.25*k)": 0.0,
    "abs(-k)/4": 0.5,
    "sign(-k)/4": -0.25,
}


def powers_network():
    """Powers in equations, resets, synaptic events, receptors and initial values, over whole numbers."""
    names = [f"v{position}" for position in range(len(POWERS))]
    cell = tacos.Population(
        "cell", 1,
        "\n".join([*(f"{name} : 1" for name in names), "V0 : 1", "k : integer", "m : integer", "z : 1", "yes : boolean", "c : 1", "d : 1",
                   "part = 3**(k - 3) : 1", "du/dt = 2**-1/ms : 1"]),
        "step >= 0",
        "\n".join([*(f"{name} = {text}" for name, text in zip(names, POWERS, strict=True)), "m = 4*2**(i - 1)",
                   "yes = V0 > 1", "c = clip(yes, 0.25, 0.5)", "d = clip(fired, 0.25, 0.75)"]),
        initial={"V0": 3.0, "k": "4*2**(i - 1)"}, receptors={"current": "z += efficacy*k**-1*part"},
        persistent=(*names, "m", "c", "d"),
    )  # fmt: skip
    states = [State(name) for name in names] + [State("k", 2, unit="integer"), State("V0", 3.0)]
    rule = Mechanism(
        "powers", states=states, on_pre="\n".join(f"{name} = {text}" for name, text in zip(names, POWERS, strict=True))
    )
    synapse = Synapse("s", (rule,), (State("w", "9*2**(j - 1)"),))
    return network((given(), cell), (tacos.Projection("input", "cell", synapse),), steps=2)


def check_powers(backend, folder):
    (z, u), after = shown(backend, powers_network(), folder, ones(2), "cell.z", "cell.u")
    np.testing.assert_allclose(z[:2, 0], [0.75, 1.5], rtol=1e-6)
    np.testing.assert_allclose(u[:2, 0], [0.5, 1.0], rtol=1e-6)
    assert after["cell.m"] == 2 and after["cell.c"] == 0.5 and after["cell.d"] == 0.75
    for owner in ("cell", "input-cell"):
        for position, (text, value) in enumerate(POWERS.items()):
            np.testing.assert_allclose(after[f"{owner}.v{position}"], value, rtol=1e-12, err_msg=text)


@pytest.mark.parametrize("backend", BACKENDS)
def test_powers_are_real_numbers(backend, tmp_path):
    check_powers(backend, tmp_path)


# -- subexpressions ------------------------------------------------------------------------------------------------


def reading_network():
    """Subexpressions read before and after what they are made of is assigned: in every kind of block."""
    post = NeuronState(
        "m", "m : 1\ntwice_m = 2*m : 1\nseen : 1", at_end="seen = twice_m\nm = m + 1\nseen = 10*seen + twice_m",
        persistent=True,
    )  # fmt: skip
    cell = tacos.Population(
        "cell", 1,
        """
            x : 1
            before : 1
            z : 1
            y = 2*x : 1
            more = y + 1 : 1
            floored : 1
            level = floored + 3 : 1
            drawn = rand() + 0*x : 1
            first : 1
            again : 1
        """,
        "step % 2 == 0 and level > 1", "before = more\nfirst = drawn\nx += 1\nz = more\nagain = drawn\nx += 0*y",
        initial={"floored": -9}, floors={"floored": "-1"}, receptors={"current": "x += 0*efficacy"}, persistent=("seen",),
    )  # fmt: skip
    rule = Mechanism(
        "rule",
        parameters=(Parameter("tau_c", "2 ms"),),
        states=(State("a"), State("early"), State("b"), State("c"), State("d")),
        post=(post,),
        equations="twice_a = 2*a : 1\nmore_a = twice_a + 1 : 1\ndc/dt = -c/tau_c : 1 (event-driven)\nsame_c = c : 1",
        on_pre="early = more_a\na = a + 1\nb = more_a\nd = same_c\nc = c + 1",
    )
    synapse = Synapse("s", (rule,))
    return network((given(), cell), (tacos.Projection("input", "cell", synapse),), steps=6)


def check_reading(backend, folder):
    keys = ("cell.before", "cell.z", "cell.first", "cell.again", "input-cell.early", "input-cell.b", "input-cell.d")
    (before, z, first, again, early, b, d), after = shown(backend, reading_network(), folder, ones(6), *keys)
    np.testing.assert_allclose(before[:, 0], [1, 1, 3, 3, 5, 5])
    np.testing.assert_allclose(z[:, 0], [3, 3, 5, 5, 7, 7])
    np.testing.assert_array_equal(first, again)
    assert len(np.unique(first)) == 3, "drawn anew in every step"
    np.testing.assert_allclose(early[:, 0], np.arange(6) * 2 + 1)
    np.testing.assert_allclose(b[:, 0], np.arange(6) * 2 + 3)
    decayed = [0.0]
    for _ in range(5):
        decayed.append((decayed[-1] + 1) * np.exp(-0.5))
    np.testing.assert_allclose(d[:, 0], decayed, rtol=1e-6)
    assert after["cell.seen"] == 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_subexpressions_are_what_they_say_when_they_are_read(backend, tmp_path):
    check_reading(backend, tmp_path)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_state_given_to_another_is_a_copy(backend, tmp_path):
    cell = tacos.Population(
        "cell", 1, "x : 1\nz : 1\nV : 1", "step % 2 == 0", "z = x\nx = x + 1", receptors={"current": "V += efficacy"}
    )
    rule = Mechanism("rule", states=(State("c"), State("d")), on_pre="d = c\nc = c + 1")
    net = network((given(), cell), (tacos.Projection("input", "cell", Synapse("s", (rule,))),), steps=4)
    (z, d), _ = shown(backend, net, tmp_path, ones(4), "cell.z", "input-cell.d")
    np.testing.assert_array_equal(z[:, 0], [0, 0, 1, 1])
    np.testing.assert_array_equal(d[:, 0], [0, 1, 2, 3])


# -- the order of a step -------------------------------------------------------------------------------------------


def clocked_network(name):
    """A synapse that integrates its neuron's membrane; the names sort it before or after its neurons."""
    cell = tacos.Population("cell", 1, "dV/dt = 1/ms : 1", "V > 1e9", receptors={"current": "V += 0*efficacy"})
    rule = Mechanism(
        "rule", states=(State("c"),), post=(NeuronState("V"),), equations="dc/dt = V_post/ms : 1 (clock-driven)"
    )
    return network((given(), cell), (tacos.Projection("input", "cell", Synapse("s", (rule,)), name=name),), steps=4)


def check_clocked(backend, folder, name="a"):
    (c,), _ = shown(backend, clocked_network(name), folder, np.zeros((4, 1)), f"{name}.c")
    np.testing.assert_allclose(c[:, 0], [1, 3, 6, 10])


@pytest.mark.parametrize("name", ["a", "z"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_neurons_are_updated_before_synapses_whatever_the_names(backend, name, tmp_path):
    check_clocked(backend, tmp_path, name)


@pytest.mark.compiled
@pytest.mark.parametrize("check", [check_sums, check_powers, check_reading, check_clocked])
def test_compiled(check, tmp_path):
    check("standalone", tmp_path)


# -- random numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drawn", ["rand()", "rand() + rand()", "randn() - rand()*2"])
@pytest.mark.parametrize(
    "rule",
    [
        {"equations": "dw/dt = (DRAWN - w)/second : 1"},
        {"equations": "q = DRAWN : 1", "on_pre": "w += q + q*q"},
        {"equations": "q = DRAWN : 1\ndw/dt = (q - w)/second : 1"},
        {"gate": "DRAWN", "equations": "dw/dt = gate/second : 1"},
        {"post": (NeuronState("x", "x : 1"),), "summed": {"x_post": "DRAWN"}, "on_post": "w += x_post"},
    ],
)
def test_random_calls_of_a_synapse_are_the_same_numbers_on_every_backend(drawn, rule, tmp_path):
    rule = {key: part.replace("DRAWN", drawn) if isinstance(part, str) else part for key, part in rule.items()}
    rule |= {"summed": {"x_post": drawn}} if "summed" in rule else {}
    cell = tacos.Population("cell", 3, "V : 1", "step % 2 == 0", receptors={"current": "V += efficacy"})
    net = network((given(2), cell), (tacos.Projection("input", "cell", Synapse("s", (Mechanism("m", **rule),))),))
    after = [shown(b, net, tmp_path, ones(size=2), "input-cell.w")[1]["input-cell.w"] for b in BACKENDS]
    np.testing.assert_allclose(*after, rtol=1e-12, atol=1e-15)
    assert len(set(after[0])) > 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_two_random_calls_in_one_equation_are_two_numbers(backend, tmp_path):
    rule = Mechanism("m", equations="dw/dt = (rand() - rand())/second : 1")
    cell = tacos.Population("cell", 3, "V : 1", receptors={"current": "V += efficacy"})
    net = network((given(2), cell), (tacos.Projection("input", "cell", Synapse("s", (rule,))),))
    assert np.all(shown(backend, net, tmp_path, ones(size=2))[1]["input-cell.w"] != 0)


def test_an_initial_value_drawn_anew_for_every_presentation(tmp_path):
    cell = tacos.Population("cell", 3, "V : 1", initial={"V": "rand() + rand()"})
    after = [shown(b, network((given(), cell), ()), tmp_path, ones())[1]["cell.V"] for b in BACKENDS]
    np.testing.assert_array_equal(*after)
    assert len({*after[0], *initial_state(network((given(), cell), ()).lowered, 1)["cell.V"]}) == 6


@pytest.mark.parametrize("name", ["driven", "clock", "over"])
def test_a_name_may_be_part_of_a_flag(name, tmp_path):
    """On Brian2 names of a synapse are written anew, and a flag such as (clock-driven) is none of them."""
    moving = Mechanism("moving", parameters=(Parameter(name, "4 ms"),), equations=f"dw/dt = (1 - w)/{name} : 1")
    cell = tacos.Population("cell", 1, "V : 1", "V > 100", receptors={"current": "V += efficacy"})
    net = network((given(), cell), (tacos.Projection("input", "cell", Synapse("moving", (moving,))),))
    found = [shown(backend, net, tmp_path / backend, ones())[1]["input-cell.w"] for backend in BACKENDS]
    np.testing.assert_allclose(found, 1 - 0.75**8, rtol=1e-6)
