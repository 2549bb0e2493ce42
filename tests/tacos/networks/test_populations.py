"""Declarations of populations."""

import pytest
from brian2 import ms, mV

import tacos
import tasks
from synapses import DeclarationError
from tacos.networks.populations import adaptive_lif, conductance_lif, error_neurons, lif, poisson, stimulus, teacher


def test_constants_with_units():
    neuron = lif("a", 3, tau_m=20 * ms, refractory="2 ms")
    values = {p.name: p.value for p in neuron.parameters}
    assert values["tau_m"] == pytest.approx(0.02)
    assert neuron.refractory == pytest.approx(0.002)
    assert conductance_lif("b", 1, threshold=-45 * mV).threshold == "V >= V_th"


def test_negative_refractory_period():
    with pytest.raises(DeclarationError, match="'a': a refractory period is zero or more, not -0.001"):
        lif("a", 3, refractory="-1 ms")


def test_wrong_unit():
    with pytest.raises(DeclarationError, match="refractory period of 'a' has the unit volt"):
        lif("a", 3, refractory=3 * mV)
    with pytest.raises(DeclarationError, match="'tau_m' has the unit volt, but second is needed"):
        lif("a", 3).with_parameters(tau_m=3 * mV)


@pytest.mark.parametrize("size", [0, -2, 1.5])
def test_size(size):
    with pytest.raises(DeclarationError, match="needs at least one neuron"):
        tacos.Population("a", size)


def test_with_parameters():
    neuron = lif("a", 3).with_parameters(V_th=2.5, tau_m="8 ms")
    values = {p.name: p.value for p in neuron.parameters}
    assert (values["V_th"], values["tau_m"]) == (2.5, 0.008)
    with pytest.raises(DeclarationError, match="'a' has no parameter 'tau'; its parameters are tau_syn, tau_m"):
        lif("a", 3).with_parameters(tau=1)


def test_ready_made_ones_can_be_lowered():
    populations = (
        lif("a", 1), conductance_lif("b", 1), adaptive_lif("c", 1), error_neurons("d", 1, silence_target=True),
        stimulus("e", 1, tasks.Latency()), poisson("f", 1), teacher("g", 1),
    )  # fmt: skip
    lowered = tacos.Network(populations, ()).lowered
    assert lowered.population("c").end.count("theta") == 0, "the adaptive threshold survives"
    assert lowered.population("d").channel == lowered.population("g").channel == "target"
    assert not lowered.population("e").per_step
