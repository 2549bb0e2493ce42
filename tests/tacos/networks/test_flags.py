"""Flags of equations are obeyed or refused, never dropped."""

import pytest

import tacos
from synapses import DeclarationError, Mechanism, Modulator, NeuronState, State, Synapse
from tacos.networks.populations import lif


def of_a_synapse(text):
    return Synapse("s", (Mechanism("m", equations=text),), (State("w", 1.0), State("x")))


def of_neurons(text):
    cell = tacos.Population("c", 2, text, "V > 1", "V = 0", refractory="2 ms")
    return tacos.Network((cell,), (), 0.01, readout="c").lowered


def of_a_need(text):
    return Synapse("s", (Mechanism("m", post=(NeuronState("x", text),), on_pre="w = w + x_post"),), (State("w"),))


def of_a_modulator(text):
    modulator = Modulator("x", text, "error", "x += 1")
    return tacos.Network((lif("c", 2),), (), 0.01, readout="c", signals={"error": ("c",)}, modulators=(modulator,))


@pytest.mark.parametrize(
    ("place", "text", "flag", "right"),
    [
        (of_a_synapse, "dx/dt = -x/second : 1 (shared)", "shared", "it can be 'clock-driven' or 'event-driven'"),
        (of_a_synapse, "dx/dt = -x/second : 1 (unless refractory)", "unless refractory", "it can be 'clock-driven'"),
        (of_a_synapse, "k = 2*w : 1 (constant over dt)", "constant over dt", "it has none there"),
        (of_neurons, "V : 1 (unless refractory)", "unless refractory", "it has none there"),
        (of_neurons, "V : 1 (shared)", "shared", "a constant: Parameter\\('V', ...\\)"),
        (of_neurons, "dV/dt = -V/second : 1 (event-driven)", "event-driven", "it can be 'unless refractory'"),
        (of_neurons, "V : 1\nW : volt (constant)", "constant", "a constant: Parameter\\('W', ...\\)"),
        (of_a_need, "dx/dt = -x/second : 1 (event-driven)", "event-driven", "it can be 'unless refractory'"),
        (of_a_modulator, "dx/dt = -x/second : 1 (unless refractory)", "unless refractory", "it has none there"),
    ],
)
def test_a_flag_without_a_meaning_is_refused(place, text, flag, right):
    with pytest.raises(DeclarationError, match=f"has the flag '{flag}'; .*{right}") as error:
        place(text)
    assert "\n" not in str(error.value)


def test_flags_that_mean_something():
    of_neurons("dV/dt = -V/second : 1 (unless refractory)\nk = 2*V : 1 (constant over dt)")
    of_a_synapse("dx/dt = -x/second : 1 (clock-driven)\nk = 2*x : 1")
    of_a_modulator("dx/dt = -x/second : 1\nk = 2*x : 1 (constant over dt)")
