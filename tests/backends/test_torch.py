"""The torch backend against Brian2 and against the independent simulator: equal spikes, then equal states."""

import tempfile
import traceback
from dataclasses import replace

import numpy as np
import pytest
import torch

import synapses
import tacos
import tasks
from synapses import Event, Mechanism, NeuronState, Parameter, State, Synapse, static
from tacos.backends import BackendError, RawRecord, Stretch
from tacos.backends.brian2.runtime import RuntimeSimulator
from tacos.backends.independence import presentations_are_independent
from tacos.backends.torch.simulator import TorchSimulator
from tacos.backends.torch.transmission import transmits_alike
from tacos.networks.initial import initial_state
from tacos.networks.populations import conductance_lif, lif, stimulus
from tests.backends import assembly, flagship
from tests.backends.test_reference import PRESENTATIONS, VARIANTS, assert_frozen, check_active, compare

DT = 1e-3


# -- the flagship against the independent simulator ----------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
def test_flagship(variant, tmp_path):
    network = flagship.network(**VARIANTS[variant])
    before, after, rasters = compare(TorchSimulator(network, "float64"), network, tmp_path / "run")
    if variant == "full":
        check_active(before, after, rasters)


def test_flagship_frozen(tmp_path):
    network = flagship.network()
    before, after, _ = compare(TorchSimulator(network, "float64"), network, tmp_path, learning=False, chunk=7)
    assert_frozen(before, after)


# -- everything against Brian2 -------------------------------------------------------------------------------------


def agree(network, n=PRESENTATIONS, chunk=7, learning=True, atol=1e-9):
    """Run both backends on the same input and initial values; the states after it, which must be equal."""
    spiking = [p.name for p in network.lowered.populations if p.spikes]
    width = network.population("input").size
    shown = np.random.default_rng(3).random((n, width))
    state = initial_state(network.lowered, 11)
    torch_state, brian_state = state, state
    torch_backend = TorchSimulator(network, "float64")
    brian_backend = RuntimeSimulator(network, "float64", capacity=chunk, target="numpy")
    for start in range(0, n, chunk):
        count = min(chunk, n - start)
        stretch = Stretch({"image": shown[start : start + count]}, start, 11, 0, learning, count, counts=spiking)
        found, expected = torch_backend.run(torch_state, stretch), brian_backend.run(brian_state, stretch)
        torch_state, brian_state = found.state, expected.state
        for name in spiking:
            np.testing.assert_array_equal(found.counts[name], expected.counts[name], err_msg=f"spikes of {name}")
            assert found.counts[name].sum() > 0 or not learning, f"{name} is silent"
    assert torch_state.keys() == brian_state.keys()
    for key, values in brian_state.items():
        assert torch_state[key].dtype == values.dtype, key
        np.testing.assert_allclose(torch_state[key], values, rtol=1e-9, atol=atol, err_msg=key)
    return state, torch_state


@pytest.mark.slow
@pytest.mark.parametrize("blank", [0.0, 0.01])
@pytest.mark.parametrize("learning", [True, False])
def test_delays_noise_traces_and_sparse_connections(blank, learning):
    """Delayed and event-driven plasticity, noise in the membrane, random numbers in synapses, Dale's law."""
    before, after = agree(assembly.network(0.03 - blank, blank), learning=learning)
    assert (after["input-exc.w"] != before["input-exc.w"]).any() == learning
    assert any(key.endswith(".queue") and len(values) for key, values in after.items())


def driven(synapse, post=None, **options):
    """Some inputs onto some neurons through a synapse."""
    return tacos.Network(
        (stimulus("input", 6, tasks.Rate("200 Hz")), post or lif("post", 4)),
        (tacos.Projection("input", "post", synapse, **options),),
        duration=0.03, dt=DT, readout="post",
    )  # fmt: skip


@pytest.mark.parametrize("pairing", ["all-to-all", "nearest"])
@pytest.mark.parametrize("weight_dependence", ["additive", "multiplicative"])
def test_stdp(pairing, weight_dependence):
    model = synapses.named("stdp", pairing=pairing, weight_dependence=weight_dependence)
    limit = next(p for p in model.all_parameters().values() if p.name == "w_max")
    model = replace(model, efficacy=f"12*w/({limit.value})" if limit.unit == "1" else model.efficacy)
    before, after = agree(driven(model))
    assert np.abs(after["input-post.w"] - before["input-post.w"]).max() > 0


@pytest.mark.parametrize("noise", [False, True])
def test_graupner_brunel(noise):
    """Heun's method for noise that multiplies a state; with our random numbers even the noise is the same."""
    model = synapses.named("graupner_brunel")
    if not noise:
        model = model.with_parameters(sigma=0.0)
    before, after = agree(driven(replace(model, efficacy="12")))
    assert np.abs(after["input-post.rho"] - before["input-post.rho"]).max() > 1e-3


@pytest.mark.parametrize("update", ["presentation", "step"])
def test_benna_fusi(update):
    model = synapses.named("benna_fusi", n=4, update=update)
    before, after = agree(driven(replace(model, efficacy="12")))
    moved = [key for key in after if np.abs(np.asarray(after[key], float) - before[key]).max() > 0]
    assert sum(key.startswith("input-post.") for key in moved) >= 4


@pytest.mark.slow
@pytest.mark.parametrize("drive", ["activity", "calcium"])
@pytest.mark.parametrize("consolidation", ["linear", "bistable", "chain"])
def test_flagship_variants(drive, consolidation):
    """Calcium with its elapsed times, and the three forms of the reference weight."""
    model = synapses.tacos(metaplasticity_drive=drive, consolidation_form=consolidation)
    network = tacos.error_driven((10, 2), 8, model, duration=0.03, dt=DT)
    thresholds = {"pre_threshold": 0.5} | (
        {"post_threshold": 0.5} if drive == "activity" else {"m_rate": "50 Hz", "pre_calcium": 0.6, "post_calcium": 0.6}
    )
    network = network.with_parameters(w_initial=3.0, **thresholds)
    shown = np.random.default_rng(1).random((PRESENTATIONS, 10))
    targets = np.eye(2)[np.random.default_rng(2).integers(2, size=PRESENTATIONS)]
    state = initial_state(network.lowered, 5)
    stretch = Stretch({"image": shown, "target": targets}, 0, 5, 0, True, PRESENTATIONS)
    found = TorchSimulator(network, "float64").run(state, stretch).state
    expected = RuntimeSimulator(network, "float64", capacity=PRESENTATIONS, target="numpy").run(state, stretch).state
    for key in expected:
        np.testing.assert_allclose(found[key], expected[key], rtol=0, atol=1e-9, err_msg=key)
    assert np.abs(found["input-hidden.w_ref"] - state["input-hidden.w_ref"]).max() > 1e-5
    assert found["input-hidden.m"].max() > 0


def diehl_cook():
    """Diehl and Cook 2015 in small: STDP onto excitatory cells with conductances, each with its inhibitory cell."""
    n = 6
    excitatory = replace(
        conductance_lif("exc", n, refractory="5 ms"),
        equations=conductance_lif("exc", n).equations + "dtheta/dt = -theta/tau_theta : volt\n",
        threshold="V >= V_th + theta", reset="V = V_reset\ntheta += 0.5*mV",
        parameters=(*conductance_lif("exc", n).parameters, Parameter("tau_theta", "10 s")), persistent=("theta",),
    )  # fmt: skip
    model = replace(synapses.named("stdp"), efficacy="4*w")
    return tacos.Network(
        (stimulus("input", 8, tasks.Rate("120 Hz")), excitatory, conductance_lif("inh", n, refractory="2 ms")),
        (
            tacos.Projection("input", "exc", model, "excitatory"),
            tacos.Projection("exc", "inh", static(12.0), "excitatory", tacos.OneToOne(), delay="2 ms"),
            tacos.Projection("inh", "exc", static(4.0), "inhibitory", tacos.AllToAll(self_connections=False), "3 ms"),
        ),
        duration=0.04, dt=DT, readout="exc",
    )  # fmt: skip


def test_excitation_and_inhibition():
    before, after = agree(diehl_cook())
    assert np.abs(after["input-exc.w"] - before["input-exc.w"]).max() > 0
    assert after["exc.theta"].max() > 0


def test_a_refractory_neuron_keeps_its_potential_but_not_beyond_a_presentation():
    """What arrives while a cell is refractory is lost; its reset value ends with the presentation."""
    neuron = tacos.Population(
        "post", 3, equations="dV/dt = (0.3 - V)/(10*ms) : 1 (unless refractory)", threshold="V >= 1", reset="V = 0.25",
        refractory="30 ms", receptors={"current": "V += efficacy"},
    )  # fmt: skip
    _, after = agree(driven(static(0.5), neuron))
    np.testing.assert_array_equal(after["post.V"], 0.0)


def test_sums_over_synapses_and_later_stages():
    """A neuron's sum of weights, held at a target by a later stage; and a clock-driven sum."""
    mechanism = Mechanism(
        "normalization",
        parameters=(Parameter("total", 2.0),),
        pre=(NeuronState("sent", "sent : 1"),),
        post=(NeuronState("sum_w", "sum_w : 1"), NeuronState("drive", "drive : 1")),
        summed={"drive_post": "w*w"},
        on_pre="w = w + 0.1*drive_post",
        at_end=[Event("sum_w_post += w\nsent_pre += 1"), Event("w = w*total/sum_w_post", stage=1)],
    )
    model = Synapse("normalized", (mechanism,), (State("w", "0.2 + rand()"),), efficacy="8*w")
    _, after = agree(driven(model))
    np.testing.assert_allclose(after["input-post.w"].reshape(6, 4).sum(0), 2.0)
    agree(driven(model, connectivity=tacos.Random(0.7, seed=1)))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["exact", "euler", "exponential_euler", "rk2", "rk4", "heun", "milstein"])
def test_integrators(method):
    noise = " + 0.2*xi*(10*ms)**-0.5" if method in ("heun", "milstein") else ""
    neuron = tacos.Population(
        "post", 3,
        equations=f"""
            dV/dt = (1.3 - V + I)/(10*ms){noise} : 1 (unless refractory)
            dI/dt = -I/(5*ms) : 1
            excess = V - 1 : 1
            held = I*2 : 1 (constant over dt)
        """,
        threshold="excess > 0 and not (held < -10)", reset="V -= 1", refractory="2 ms",
        receptors={"current": "I += efficacy"}, method=method,
    )  # fmt: skip
    reading = Mechanism(
        "reading", post=(NeuronState("excess"), NeuronState("held")), on_pre="w = clip(w - 0.01*excess_post*(1 + held_post), -1*exp(0), 1)",
        equations="shifted = w + 0.1 : 1", on_post="w = w + 0.01*shifted*sqrt(abs(w))",
    )  # fmt: skip
    agree(driven(Synapse("read", (reading,), (State("w", "rand()"),)), neuron))


@pytest.mark.parametrize("first", ["step < 20", "presentation >= 0", "not (step < 3)", "V > -1"])
def test_random_numbers_behind_a_condition_of_any_kind(first):
    """A condition on time says nothing of single neurons, so no number may be left out for it."""
    neuron = tacos.Population(
        "post", 3, equations="dV/dt = -V/(10*ms) : 1", threshold=f"{first} and rand() < 0.2",
        receptors={"current": "V += efficacy"},
    )  # fmt: skip
    agree(driven(static(0.1), neuron), n=4, chunk=2)


# -- random models -------------------------------------------------------------------------------------------------


def random_model(rng):
    """A synapse of mechanisms drawn from a small grammar."""
    reads = ["a", "b", "X_pre", "X_post", "V_post", "w", "rand()", "i", "0.5"]

    def expression(depth=2):
        if depth == 0 or rng.random() < 0.3:
            return str(rng.choice(reads))
        one, other = expression(depth - 1), expression(depth - 1)
        return str(
            rng.choice([
                f"({one} + {other})", f"({one}*{other})", f"({one} - {other})", f"exp(-abs({one}))",
                f"int({one} > {other})", f"clip({one}, -1, {rng.integers(1, 3)})", f"({one})/(1 + abs({other}))",
                f"sqrt(abs({one}))", f"int({one} > 0 and not ({other} > 0.5))",
            ])
        )  # fmt: skip

    def statement():
        state = rng.choice(["a", "b", "w"])
        return f"{state} = clip(0.9*{state} + 0.1*({expression()}), -1, 1)"

    needs = (NeuronState("X", "dX/dt = -X/tau_X : 1", "X += 1", (Parameter("tau_X", "20 ms"),)),)
    equations = [
        f"da/dt = -a/({rng.integers(5, 40)}*ms) : 1 ({rng.choice(['event-driven', 'clock-driven'])})"
        if rng.random() < 0.6
        else ""
    ]
    mechanism = Mechanism(
        "drawn", states=(State("a", "rand()"), State("b")), pre=needs, post=(*needs, NeuronState("V")),
        equations="\n".join(equations),
        on_pre=[statement(), Event(statement(), delay="lag")] if rng.random() < 0.5 else statement(),
        on_post=statement() if rng.random() < 0.8 else "",
        at_end=[Event(statement(), stage=k) for k in range(rng.integers(0, 3))],
        parameters=(Parameter("lag", f"{rng.integers(1, 6)} ms"),),
    )  # fmt: skip
    return Synapse("drawn", (mechanism,), (State("w", "rand()"),), efficacy="10 + 6*w")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_random_models(seed):
    rng = np.random.default_rng(seed)
    connectivity = tacos.AllToAll() if rng.random() < 0.5 else tacos.Random(0.6, seed=seed)
    options = {"connectivity": connectivity, "delay": f"{rng.integers(0, 3)} ms"}
    before, after = agree(driven(random_model(rng), **options), n=8, chunk=3)
    assert any(np.abs(after[f"input-post.{name}"] - before[f"input-post.{name}"]).max() > 0 for name in "abw")


# -- replicas ------------------------------------------------------------------------------------------------------


def requests(network, seeds, n=4, learning=True, **changes):
    """Requests of replicas with inputs and random numbers of their own."""
    asked = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        shown = {
            "image": rng.random((n, network.population("input").size)),
            "target": np.eye(2)[rng.integers(2, size=n)],
        }
        state = initial_state(network.lowered, seed)
        stretch = Stretch(
            shown, 3, seed, 0, learning, n, counts=["hidden", "output"], parameters=changes.get(f"of{seed}", {})
        )
        asked.append((state, stretch))
    return asked


@pytest.fixture(scope="module")
def small():
    """A flagship that is small and busy."""
    network = tacos.error_driven((12, 2), 9, duration=0.05, dt=DT).with_parameters(w_initial=3.0)
    return network, TorchSimulator(network, "float32")


def same(one, other):
    assembly.assert_identical(one.state, other.state)
    assembly.assert_identical(one.counts, other.counts)


def same_anywhere(simulator, asked):
    """Run requests alone, together and in the other order, with the same outcomes, which are returned."""
    alone = [simulator.run(*one) for one in asked]
    together = simulator.run_together(asked)
    backwards = simulator.run_together(asked[::-1])[::-1]
    for one, two, three in zip(alone, together, backwards, strict=True):
        same(one, two)
        same(one, three)
    return alone


def test_a_replica_is_the_same_alone_and_anywhere_in_a_batch(small):
    network, simulator = small
    alone = same_anywhere(simulator, requests(network, range(6), of2={"input-hidden.eta": 0.5, "hidden.tau_m": 0.03}))
    assert not np.array_equal(alone[0].state["input-hidden.w"], alone[1].state["input-hidden.w"])


def test_a_perturbed_replica_leaves_the_others_alone(small):
    network, simulator = small
    asked = requests(network, range(5))
    before = simulator.run_together(asked)
    state, stretch = asked[2]
    perturbed = {**state, "input-hidden.w": state["input-hidden.w"] + 0.3}
    asked[2] = perturbed, replace(stretch, parameters={"input-hidden.eta": np.inf})
    after = simulator.run_together(asked)
    for k in (0, 1, 3, 4):
        same(before[k], after[k])
    assert not np.array_equal(before[2].state["input-hidden.w"], after[2].state["input-hidden.w"])


def test_parameters_of_a_replica_are_those_of_a_network(small):
    network, simulator = small
    ((state, stretch),) = requests(network, [4])
    changed = TorchSimulator(network.with_parameters(**{"input-hidden.eta": 0.3, "hidden.tau_m": "30 ms"}), "float32")
    given = replace(stretch, parameters={"input-hidden.eta": 0.3, "hidden.tau_m": 0.03})
    same(changed.run(state, stretch), simulator.run(state, given))


def test_requests_that_differ_in_length_run_apart(small):
    network, simulator = small
    asked = [*requests(network, [0], n=2), *requests(network, [1], n=3), *requests(network, [2], n=2, learning=False)]
    for one, two in zip(asked, simulator.run_together(asked), strict=True):
        same(simulator.run(*one), two)


def test_images_tested_together_give_what_they_give_one_by_one(small, tmp_path):
    network, simulator = small
    asked = requests(network, range(3), n=7, learning=False)
    together = simulator.run_together(asked)
    for (state, stretch), found in zip(asked, together, strict=True):
        record = RawRecord("input-hidden.w", tmp_path / f"{stretch.seed}")  # what is recorded runs one by one
        expected = simulator.run(state, replace(stretch, records=[record]))
        assembly.assert_identical(found.counts, expected.counts)
        assert found.counts["hidden"].sum() > 0
        assembly.assert_identical(found.state, state)


def test_images_are_tested_one_by_one_where_they_depend_on_each_other():
    def independent(*projections, **options):
        populations = (stimulus("input", 6, tasks.Rate("200 Hz")), lif("post", 4))
        return presentations_are_independent(
            tacos.Network(populations, projections or (project(static()),), 0.03, readout="post", **options).lowered
        )

    def project(synapse):
        return tacos.Projection("input", "post", synapse)

    fast = Mechanism("fast", states=(State("u"),), on_pre="u = u + 1", plastic=False)
    slow = replace(fast, plastic=True)
    clocked = Mechanism("clocked", states=(State("u"),), equations="du/dt = -u/ms : 1 (clock-driven)")
    summed = Mechanism("summed", post=(NeuronState("all_w", "all_w : 1"),), summed={"all_w_post": "w"})
    assert independent() and independent(project(static() + slow))
    for mechanism in (fast, clocked, summed):
        assert not independent(project(static() + mechanism)), mechanism.name
    assert not independent(blank=0.01)
    assert not presentations_are_independent(diehl_cook().lowered), "the threshold adapts for good"
    assert presentations_are_independent(tacos.error_driven((6, 2), 4).lowered), "plasticity alone reads the surprise"


def test_images_are_tested_by_matrix_products_where_spikes_transmit_the_same_in_all():
    def alike(receptor, equations="", efficacy="w", mechanisms=()):
        post = tacos.Population(
            "post", 4, f"dV/dt = -V/(10*ms) : 1 (unless refractory)\ng : 1\n{equations}", threshold="V >= 1", reset="V = 0",
            refractory="2 ms", parameters=(Parameter("jump", 0.5),), receptors={"current": receptor},
        )  # fmt: skip
        scaled = Synapse("scaled", mechanisms, (State("w", "rand()"),), (Parameter("scale", 2.0),), efficacy=efficacy)
        inputs = stimulus("input", 6, tasks.Rate("200 Hz"))
        return transmits_alike(
            tacos.Network((inputs, post), (tacos.Projection("input", "post", scaled),), 0.03, readout="post").lowered
        )

    assert alike("g += efficacy*jump") and alike("g += efficacy", efficacy="scale*w")
    assert not alike("g += efficacy*(1 - V)"), "the value of a neuron"
    assert not alike("V += efficacy"), "not while refractory"
    assert not alike("g += efficacy", efficacy="w*rand()"), "drawn anew"
    late = Mechanism(
        "late",
        states=(State("seen"),),
        parameters=(Parameter("lag", "5 ms"),),
        on_post=Event("seen = seen + 1", delay="lag"),
    )
    assert not alike("g += efficacy", mechanisms=(late,)), "under way"
    assert transmits_alike(tacos.error_driven((6, 2), 4).lowered)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["metaplasticity", "heterosynaptic", "consolidation"])
@pytest.mark.parametrize("gate", ["hyperbolic", "exponential"])
def test_switched_off_is_the_same_as_taken_out(name, gate):
    network = tacos.error_driven((12, 2), 9, synapses.tacos(gate=gate), duration=0.05, dt=DT)
    network = network.with_parameters(w_initial=3.0, pre_threshold=0.5, post_threshold=0.5)
    off, out = network.switched_off(name), network.without(name)
    ((state, stretch),) = requests(network, [1], n=12)
    switched = TorchSimulator(off, "float64").run(state, stretch)
    taken = TorchSimulator(out, "float64").run(initial_state(out.lowered, 1), stretch)
    for key in set(taken.state) & set(switched.state):
        if name == "consolidation" and key.endswith("w_ref") or not key.startswith(("input-", "hidden-")):
            continue
        np.testing.assert_array_equal(switched.state[key], taken.state[key], err_msg=key)
    full = TorchSimulator(network, "float64").run(state, stretch)
    assert any(not np.array_equal(full.state[key], switched.state[key]) for key in full.state)


def test_what_cannot_be_switched_off_says_so():
    network = tacos.error_driven((12, 2), 9)
    with pytest.raises(synapses.DeclarationError, match=r"take it out with without\('neuromodulation'\) instead"):
        network.switched_off("neuromodulation")
    with pytest.raises(synapses.DeclarationError, match="The network has no mechanism 'magic'"):
        network.switched_off("magic")


# -- chunks, records, checkpoints ----------------------------------------------------------------------------------


def test_chunks_and_records(tmp_path):
    """Records are those of Brian2, byte for byte where they are spikes; chunks change nothing."""
    network = assembly.network(0.03)

    def go(simulator, chunk, folder):
        folder.mkdir()
        records = [
            RawRecord("exc", folder / "spikes", unit="spikes"),
            RawRecord("input-exc.w", folder / "w", np.array([3, 1]), 2),
            RawRecord("exc.V", folder / "V", None, 5, "step"),
            RawRecord("exc.refractory_steps", folder / "steps", None, 3, "step"),
        ]
        return assembly.run(simulator, 6, chunk, records=records)

    states = {
        "torch": go(TorchSimulator(network, "float64"), 6, tmp_path / "torch"),
        "chunks": go(TorchSimulator(network, "float64"), 2, tmp_path / "chunks"),
        "brian": go(RuntimeSimulator(network, "float64", capacity=6, target="numpy"), 6, tmp_path / "brian"),
    }
    assembly.assert_identical(states["torch"], states["chunks"])
    for name in ("spikes", "w", "V", "steps"):
        found = (tmp_path / "torch" / name).read_bytes()
        assert found == (tmp_path / "chunks" / name).read_bytes() and found
        if name in ("spikes", "steps"):
            assert found == (tmp_path / "brian" / name).read_bytes()
        else:
            values = [np.frombuffer(x, np.float32) for x in (found, (tmp_path / "brian" / name).read_bytes())]
            np.testing.assert_allclose(*values, rtol=0, atol=1e-6)


@pytest.mark.parametrize("blank", [0.0, 0.01])
def test_checkpoints_are_those_of_the_other_backend(blank):
    """Half a stream on one backend, half on the other, both ways; with spikes under way at the cut."""
    network = assembly.network(0.03 - blank, blank)
    brian = RuntimeSimulator(network, "float64", capacity=3, target="numpy")
    generated = TorchSimulator(network, "float64")
    whole = assembly.run(brian, 6, 3)
    for first, second in ((brian, generated), (generated, brian)):
        state = assembly.run(first, 3, 3, shown=assembly.images(6))
        found = assembly.run(second, 6, 3, state=state, first=3)
        for key, values in whole.items():
            np.testing.assert_allclose(found[key], values, rtol=0, atol=1e-9, err_msg=key)


def test_two_delays_on_one_recurrent_projection():
    """Spikes under way of its neurons as sources, and of the same neurons as targets."""
    late = Mechanism(
        "late", states=(State("seen"),), parameters=(Parameter("lag", "5 ms"),),
        on_post=Event("seen = seen + 1 + i - j", delay="lag"),
    )  # fmt: skip
    recurrent = Synapse("recurrent", (late,), (State("w", "4*rand()"),))
    network = tacos.Network(
        (stimulus("input", 4, tasks.Rate("200 Hz")), lif("exc", 5, refractory="2 ms")),
        (
            tacos.Projection("input", "exc", static(20.0)),
            tacos.Projection("exc", "exc", recurrent, connectivity=tacos.Random(0.6, seed=2), delay="3 ms"),
        ),
        duration=0.02, dt=DT, blank=0.002, readout="exc",
    )  # fmt: skip
    shown = np.random.default_rng(0).random((6, 4))
    brian, generated = (
        RuntimeSimulator(network, "float64", capacity=3, target="numpy"),
        TorchSimulator(network, "float64"),
    )
    whole = assembly.run(brian, 6, 3, shown=shown)
    assert sum(len(whole[key]) > 0 for key in whole if key.endswith(".queue")) == 2
    for first, second in ((brian, generated), (generated, brian), (generated, generated)):
        state = assembly.run(first, 3, 3, shown=shown)
        found = assembly.run(second, 6, 3, state=state, first=3, shown=shown)
        for key, values in whole.items():
            if key.endswith(".queue"):  # in which order the events of one step stand there means nothing
                assert sorted(map(tuple, found[key])) == sorted(map(tuple, values)), key
            else:
                np.testing.assert_allclose(found[key], values, rtol=0, atol=1e-9, err_msg=key)


# -- the generated module, and what cannot be ----------------------------------------------------------------------


def test_the_module_needs_pytorch_alone(small):
    _, simulator = small
    imported = {
        line.split()[1].split(".")[0] for line in simulator.source.splitlines() if line.startswith(("import ", "from "))
    }
    assert imported == {"__future__", "math", "collections", "typing", "torch"}
    assert "def input_hidden_pre(_n, _at):" in simulator.source
    compile(simulator.source, "network.py", "exec")


def test_an_error_in_the_module_shows_its_line_without_leaving_a_file(small, tmp_path, monkeypatch):
    network, _ = small
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    simulator = TorchSimulator(network, "float64")
    with pytest.raises(Exception) as error:
        simulator._module.input_hidden_pre(None, None)
    line = traceback.extract_tb(error.value.__traceback__)[-1].line
    assert line and line in simulator.source
    assert not list(tmp_path.iterdir())


def test_the_users_precision_is_left_alone(small):
    network, _ = small
    before = torch.get_default_dtype()
    TorchSimulator(network, "float64").run(*requests(network, [0], n=1)[0])
    assert torch.get_default_dtype() == before


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"device": "quantum"}, r"There is no device 'quantum'; there are cpu"),
        ({"device": "cuda:99"}, r"There is no device 'cuda:99' here; there are cpu"),
    ],
)
def test_a_device_that_is_not_there(small, choice, message):
    with pytest.raises(BackendError, match=message):
        TorchSimulator(small[0], **choice)


def test_not_enough_memory(small, monkeypatch):
    network, _ = small
    monkeypatch.setattr("tacos.backends.torch.simulator.free_memory", lambda device: 1000)
    with pytest.raises(
        BackendError,
        match=r"One replica needs about .* GiB, and cpu has .* free; make the network or the chunk smaller",
    ):
        TorchSimulator(network, "float64")


def test_a_batch_that_does_not_fit_is_split(small, monkeypatch):
    network, _ = small
    said = []
    simulator = TorchSimulator(network, "float32", say=said.append)
    asked = requests(network, range(5))
    expected = simulator.run_together(asked)
    monkeypatch.setattr("tacos.backends.torch.simulator.free_memory", lambda device: 2.6 * simulator._bytes)
    found = simulator.run_together(asked)
    assert len(said) == 1 and "5 replicas need" in said[0] and "running 2 at a time" in said[0]
    for one, other in zip(expected, found, strict=True):
        same(one, other)


def test_too_many_presentations_for_one_run(small):
    network, _ = small
    with pytest.raises(BackendError, match="4 presentations in one run are more than the 2 at most"):
        TorchSimulator(network, "float64", capacity=2).run(*requests(network, [0])[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"equations": "V : 1", "threshold": "poisson(V) > 1"}, "function 'poisson' cannot be run by the torch backend"),
        ({"equations": "V : 1", "threshold": "V > nonsense"}, "the torch backend does not know the name 'nonsense'"),
        ({"equations": "V : volt", "threshold": "V > 1"}, "before threshold"),
        ({"equations": "V : 1", "threshold": "V > 1", "reset": "V = 3*mV"}, "reset"),
        ({"equations": "dV/dt = -V**2/ms : 1", "method": "exact", "threshold": "V > 1"}, "'exact' cannot solve"),
    ],
)  # fmt: skip
def test_what_cannot_be_translated_names_the_term(change, message):
    added = "efficacy*volt" if "volt" in change["equations"] else "efficacy"
    post = tacos.Population("post", 2, receptors={"current": f"V += {added}"}, **change)
    with pytest.raises(synapses.DeclarationError, match=message) as caught:
        TorchSimulator(driven(static(1.0), post))
    assert "Population 'post'" in str(caught.value)
