"""Networks as values: checks, variations, and plain data."""

import json
import tomllib

import pytest
import tomli_w

import synapses
import tacos
import tasks
from synapses import DeclarationError, static
from tacos.networks.populations import conductance_lif, lif


def network(**options):
    return tacos.error_driven((6, 2), 3, synapses.tacos(), **options)


def two(*projections, **options):
    return tacos.Network((lif("a", 2), lif("b", 3)), projections, **options)


def test_unknown_population():
    with pytest.raises(DeclarationError, match="'a-c' names the population 'c', which is not there; there are a, b"):
        two(tacos.Projection("a", "c", static()))


def test_duplicated_names():
    with pytest.raises(DeclarationError, match="There are two projections named 'a-b'"):
        two(tacos.Projection("a", "b", static()), tacos.Projection("a", "b", static()))
    with pytest.raises(DeclarationError, match="There are two populations named 'a'"):
        tacos.Network((lif("a", 2), lif("a", 2)), ())
    with pytest.raises(DeclarationError, match="Two names read alike once written as 'a_b'"):
        tacos.Network((lif("a_b", 2), lif("a", 2), lif("b", 2)), (tacos.Projection("a", "b", static()),))


def test_signal_of_an_unknown_population():
    with pytest.raises(DeclarationError, match="Signal 'error' names the population 'c'"):
        two(signals={"error": ("c",)})


def test_time_step_and_duration():
    with pytest.raises(DeclarationError, match="is not a whole number of steps"):
        two(duration=0.1, dt=0.003)
    with pytest.raises(DeclarationError, match="must lie between 0 and the duration"):
        two(duration=0.1, dt=0.2)
    with pytest.raises(DeclarationError, match="must lie between 0 and the duration"):
        two(dt=-1e-3)
    with pytest.raises(DeclarationError, match="The network's dt has the unit volt"):
        two(dt="1 mV")


def test_blank_interval():
    with pytest.raises(DeclarationError, match="blank"):
        two(blank=-0.01)
    with pytest.raises(DeclarationError, match="blank"):
        two(blank=0.0015)


def test_time_step_longer_than_a_time_constant():
    with pytest.raises(DeclarationError, match="'a': the time step of 0.02 s is longer than tau_syn = 0.01 s"):
        two(duration=0.1).with_dt("20 ms")


def test_a_synapse_that_is_none():
    with pytest.raises(DeclarationError, match="one such as synapses.tacos.., or a dictionary of them, not 'tacos'"):
        tacos.error_driven((6, 2), synapse="tacos")


def test_parts():
    built = network()
    assert built.population("hidden").size == 3
    assert [p.name for p in built.plastic_projections()] == ["input-hidden", "hidden-output"]
    with pytest.raises(DeclarationError, match="no population 'hiden'; there are .*; did you mean 'hidden'"):
        built.population("hiden")
    assert "projection input-hidden: synapse 'tacos' (error feedback" in str(built)


def parameter(built, projection, name):
    return built.projection(projection).synapse.all_parameters()[name].value


def test_with_parameters():
    built = network()
    one = built.with_parameters(**{"input-hidden.eta": 0.5})
    assert parameter(one, "input-hidden", "eta") == 0.5
    assert parameter(one, "hidden-output", "eta") == parameter(built, "hidden-output", "eta")
    every = built.with_parameters(eta=0.25, tau_c="2 s")
    assert [parameter(every, p, "eta") for p in ("input-hidden", "hidden-output")] == [0.25, 0.25]
    assert parameter(every, "input-hidden", "tau_c") == 2.0
    neuron = built.with_parameters(**{"hidden.tau_m": "21 ms"}).lowered.population("hidden")
    assert neuron.parameters["tau_m"].value == pytest.approx(0.021)
    assert built == network(), "networks are values"


@pytest.mark.parametrize(
    "values, message",
    [
        ({"etta": 1}, "No plastic projection has a parameter 'etta'; there are "),
        ({"input-hidden.etta": 1}, "has no parameter 'etta'"),
        ({"hidden.tau": 1}, "Population 'hidden' has no parameter 'tau'"),
        ({"input-middle.eta": 1}, "there is no projection or population 'input-middle'"),
        ({"hidden.tau_m": "3 mV"}, "has the unit volt, but second is needed"),
        ({"hidden.tau_m": "0.1 ms"}, "the time step of 0.001 s is longer than tau_m"),
    ],
)
def test_with_wrong_parameters(values, message):
    with pytest.raises(DeclarationError, match=message) as caught:
        network().with_parameters(**values)
    assert "\n" not in str(caught.value)


def test_without():
    built = network().without("metaplasticity", "neuromodulation")
    assert "m" not in built.lowered.projection("input-hidden").synapse.states
    assert "surprise" not in [p.name for p in built.lowered.populations]
    assert "surprise" in [p.name for p in network().lowered.populations]
    with pytest.raises(DeclarationError, match="The network has no mechanism 'sleep'; there are error feedback"):
        network().without("sleep")


def test_without_error_feedback_nothing_drives_the_error_signal():
    built = network().without("error feedback")
    assert "U" not in built.lowered.population("hidden").states
    assert not [p.name for p in built.projections if p.receptor.startswith("U ")]
    assert [p.name for p in network().projections if p.receptor.startswith("U ")]


def everything():
    """Every kind of part in one network."""
    plain = network(silence_target=True, encoding=tasks.Latency("40 ms"), duration="60 ms")
    return tacos.Network(
        (*plain.populations, conductance_lif("cell", 4)),
        (
            *plain.projections,
            tacos.Projection("hidden", "cell", static("rand()"), "excitatory", tacos.Random(0.7, seed=3), "2 ms"),
            tacos.Projection("cell", "cell", static(), "inhibitory", tacos.AllToAll(self_connections=False), sign="excitatory"),
        ),
        plain.duration, plain.dt, "10 ms", plain.signals, "cell",
    )  # fmt: skip


def test_round_trip():
    built = everything()
    for data in (json.loads(json.dumps(built.to_dict())), tomllib.loads(tomli_w.dumps(built.to_dict()))):
        again = tacos.Network.from_dict(data)
        assert again == built
        assert again.lowered.populations == built.lowered.populations
        assert again.to_dict() == built.to_dict()
