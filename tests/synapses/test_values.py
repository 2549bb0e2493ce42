"""Values at the door: numbers of any type are numbers, and everything else gets its sentence."""

from fractions import Fraction

import numpy as np
import pytest
from brian2 import ms

import synapses
import tacos
from synapses import DeclarationError, Parameter, State
from synapses.language.values import LARGEST, finite, number, whole
from tacos.networks.populations import lif

NO_NUMBERS = ["5", b"5", None, [1, 2, 3], [1, [2]], np.array([1, 2]), 1j, float("nan"), {}, object, 10**400]


@pytest.mark.parametrize("five", [5, 5.0, np.int64(5), np.uint8(5), np.float32(5), np.array(5), Fraction(5)])
def test_five_is_five(five):
    assert (type(whole(five, "It")), whole(five, "It")) == (int, 5)
    assert (type(finite(five, "It")), finite(five, "It")) == (float, 5.0)


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number(value):
    for check in (whole, finite, number):
        with pytest.raises(DeclarationError, match="^It is a number, not .{1,60}[.]$"):
            check(value, "It is a number")


def test_a_number_that_python_does_not_write():
    with pytest.raises(DeclarationError, match="It is a number, not one of thousands of digits."):
        number(10**5000, "It is a number")


def test_bounds():
    for value in (True, 2.5, -1, float("inf")):
        with pytest.raises(DeclarationError, match="^A count, not "):
            whole(value, "A count")
    with pytest.raises(KeyError, match="A count, and at most 7, not 8."):
        whole(8, "A count", 1, 7, KeyError)
    for value in (0, 1.5, float("inf"), True):
        with pytest.raises(DeclarationError, match="^A share, not "):
            finite(value, "A share", most=1, above=0)
    assert number(float("inf"), "It") == float("inf") and number(True, "It") == 1


@pytest.mark.parametrize("value", [v for v in NO_NUMBERS if not isinstance(v, str)])
def test_parameters_and_states(value):
    right = "is one number, not .{1,60}[.]$"
    with pytest.raises(DeclarationError, match=f"Parameter 'a' {right}"):
        Parameter("a", value)
    with pytest.raises(DeclarationError, match=f"Parameter 'a' {right}"):
        Parameter("a", 1.0).with_value(value)
    with pytest.raises(DeclarationError, match=f"Initial value of 's' {right}"):
        State("s", value)


def test_a_list_with_a_unit():
    with pytest.raises(DeclarationError, match="Parameter 'tau' is one number in second, not .*1.*2.* ms"):
        Parameter("tau", [1, 2] * ms)


@pytest.mark.parametrize("value", ["-10 ms", "0 ms", -10 * ms])
def test_a_time_constant_is_longer_than_zero(value):
    for make in (lambda: Parameter("tau_m", value), lambda: lif("a", 2).with_parameters(tau_m=value)):
        with pytest.raises(
            DeclarationError, match="'tau_m' is a time constant, which is longer than zero, not -?0.* s"
        ):
            make()
    assert Parameter("tau_c", float("inf") * ms).value == float("inf")  # no decay at all
    assert Parameter("shift", -10 * ms).value == -0.01


def test_an_infinite_learning_rate():
    with pytest.raises(
        DeclarationError, match="Parameter 'eta' is infinite, and '.*eta.*' would be, too; give it a number"
    ):
        synapses.tacos().with_parameters(eta=float("inf"))
    for bound in ("m_max", "w_max", "I_max"):
        synapses.tacos().with_parameters(**{bound: float("inf")})
    synapses.tacos().with_parameters(tau_c=float("inf") * ms)


@pytest.mark.parametrize("size", [5, np.int64(5), 5.0, np.array(5), [np.int32(5)], np.array([5])])
def test_sizes_of_any_kind(size):
    network = tacos.error_driven((np.int64(6), np.uint8(2)), size)
    sizes = [network.population(name).size for name in ("input", "hidden", "output")]
    assert sizes == [6, 5, 2] and {type(n) for n in sizes} == {int}
    assert tacos.Network.from_dict(network.to_dict()) == network == tacos.error_driven((6, 2), 5)


@pytest.mark.parametrize("size", [*NO_NUMBERS[:3], True, 2.5, 10**12, 10**20, float("inf"), -1])
def test_sizes_that_cannot_be(size):
    right = "Population 'a' needs at least one neuron, (and at most 10000000, )?not "
    with pytest.raises(DeclarationError, match=right):
        lif("a", size)
    with pytest.raises(
        DeclarationError, match="hidden=200 or hidden=.200, 100., (and|not)|'hidden' needs at least one"
    ):
        tacos.error_driven((6, 2), size)


def test_sizes_of_a_network():
    for sizes in ((6,), 6, None, "64"):
        with pytest.raises(DeclarationError, match="for a stream, such as .* or for sizes .n_inputs, n_outputs., not"):
            tacos.error_driven(sizes)


@pytest.mark.parametrize("time", [float("nan"), float("inf"), None, [1, 2], True, 1j])
def test_times_of_a_network(time):
    with pytest.raises(DeclarationError, match="^The network's dt is a time, such as '1 ms' or 0.001 .seconds., not "):
        tacos.Network((), (), dt=time)
    builds = [lambda: lif("a", 2, refractory=time)]
    if not isinstance(time, list):  # which are delays of single synapses
        builds.append(lambda: tacos.Projection("a", "b", synapses.static(1.0), delay=time))
    for build in builds:
        if time is not None:
            with pytest.raises(DeclarationError, match="is zero or more, not|is one number in second, not|unit"):
                build()


def test_times_of_any_type():
    assert tacos.Network((), (), duration=np.float32(0.5), dt=np.int64(1) / 4).dt == 0.25


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"dt": "1e-300 s"}, "A presentation of 0.15 s"),
        ({"dt": 5e-324}, "A presentation of 0.15 s"),
        ({"duration": "1e9 s"}, "A presentation of 1e.09 s"),
        ({"blank": "1e9 s"}, "A presentation of 1e.09 s"),
    ],
)
def test_more_steps_than_can_be(options, what):
    with pytest.raises(
        DeclarationError, match=f"{what} is more than {LARGEST} steps of .* s; make it shorter, or dt longer"
    ):
        tacos.Network((), (), **options)


def test_delays_and_refractory_periods_that_take_too_many_steps():
    with pytest.raises(DeclarationError, match="The refractory period of 'a' of 1e.09 s is more than"):
        tacos.Network((lif("a", 1, refractory="1e9 s"),), ())


@pytest.mark.parametrize("probability", [0, 1.5, float("nan"), "0.1", None, True])
def test_probabilities(probability):
    with pytest.raises(DeclarationError, match="A probability of connection is above zero and at most one, not"):
        tacos.Random(probability)
