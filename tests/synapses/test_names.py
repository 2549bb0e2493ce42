"""Names that cannot be, wherever they are declared, and what is written in Python but not in the language."""

import pytest

from synapses import DeclarationError, Mechanism, Modulator, NeuronState, Parameter, State, Synapse
from tacos.networks.populations import Population

#: Of C++, of its headers, of Cython, and of what is called in generated programs.
WORDS = [
    "double",
    "float",
    "NULL",
    "NAN",
    "M_PI",
    "stdin",
    "cdef",
    "typename",
    "uniform",
    "normal",
    "template",
    "whole",
]
#: Of Brian2: functions, units, constants.
TAKEN = ["int", "exp", "clip", "volt", "ms", "pi", "inf", "e"]


def synapse(**parts):
    return Synapse("model", (Mechanism("rule", **parts),))


PLACES = {
    "state": lambda name: synapse(states=(State(name),)),
    "parameter": lambda name: synapse(parameters=(Parameter(name, 1.0),)),
    "own state": lambda name: Synapse("model", states=(State(name),), efficacy=name),
    "subexpression": lambda name: synapse(equations=f"{name} = 2*w : 1"),
    "local name": lambda name: synapse(on_pre=f"{name} = 2*w\nw = {name}"),
    "neuron state": lambda name: synapse(post=(NeuronState(name),)),
    "equation of a neuron state": lambda name: synapse(post=(NeuronState("x", f"x : 1\n{name} : 1"),)),
    "parameter of a neuron state": lambda name: synapse(
        post=(NeuronState("x", "x : 1", parameters=(Parameter(name, 1.0),)),)
    ),
    "modulator": lambda name: synapse(modulators=(Modulator(name, f"{name} : 1", "error", f"{name} += 1"),)),
    "equation of a modulator": lambda name: synapse(
        modulators=(Modulator("x", f"x : 1\n{name} : 1", "error", "x += 1"),)
    ),
    "state of a population": lambda name: Population("a", 1, f"{name} : 1"),
    "equation of a population": lambda name: Population("a", 1, f"d{name}/dt = -{name}/second : 1"),
    "parameter of a population": lambda name: Population("a", 1, parameters=(Parameter(name, 1.0),)),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", WORDS)
def test_words_of_generated_programs(place, name):
    with pytest.raises(DeclarationError, match=f"'{name}' cannot be a name|cannot read .*{name}") as error:
        PLACES[place](name)
    assert "\n" not in str(error.value) and str(error.value).endswith((").", "'."))


@pytest.mark.parametrize("place", [place for place in PLACES if "equation" not in place and "population" not in place])
@pytest.mark.parametrize("name", TAKEN)
def test_names_of_functions_units_and_constants(place, name):
    with pytest.raises(DeclarationError, match=f"'{name}' cannot be a name|'{name}', which has a meaning|cannot read"):
        PLACES[place](name)


@pytest.mark.parametrize("name", ["step", "now", "spike_count", "fired", "stimulus", "refractory_steps", "learning"])
def test_what_a_population_has_already(name):
    for place in ("state", "equation", "parameter"):
        with pytest.raises(DeclarationError, match=f"'a': '{name}' has a meaning in the language; choose another name"):
            PLACES[f"{place} of a population"](name)


@pytest.mark.parametrize("name", [3, None, b"x"])
def test_a_name_is_a_text(name):
    for build in (
        lambda: synapse(states=(State(name),)),
        lambda: Population("a", 1, parameters=(Parameter(name, 1.0),)),
    ):
        with pytest.raises(DeclarationError, match="a name is a text, not"):
            build()


@pytest.mark.parametrize("name", ["E", "I", "V", "gamma", "beta", "S", "max_rate", "memory", "index"])
def test_names_of_neuroscience_stay(name):
    for place in ("state", "parameter", "local name", "state of a population", "parameter of a population"):
        PLACES[place](name)


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("max(w, 0)", r"write max.x, low. as clip.x, low, inf."),
        ("min(w, 0)", r"write min.x, high. as clip.x, -inf, high."),
        ("w if w > 0 else 0", r"write 'a if c else b' as int.c.\*a \+ .1 - int.c..\*b"),
        ("round(w)", r"write round.x. as floor.x \+ 0.5."),
        ("nan", "write a number in place of nan"),
    ],
)
def test_what_python_has(written, instead):
    for parts in ({"on_pre": f"w = {written}"}, {"gate": written}, {"equations": f"dw/dt = ({written})/second : 1"}):
        with pytest.raises(DeclarationError, match=instead):
            synapse(**parts)
    with pytest.raises(DeclarationError, match=instead):
        Synapse("model", states=(State("v"), State("w", written.replace("w", "v"))))


@pytest.mark.parametrize("written", ["w^2", "w @ w", "w | 1", "(w > 0)*w > 1", "w[0]"])
def test_equations_that_mean_nothing(written):
    with pytest.raises(DeclarationError, match="cannot read the equations 'q = .*'; write (them like|a power as)"):
        synapse(equations=f"q = {written} : 1")
    with pytest.raises(DeclarationError, match="cannot (read|be read)"):
        from tacos import Network

        _ = Network((Population("a", 1, f"w : 1\nq = {written} : 1"),), ()).lowered


@pytest.mark.parametrize("name", ["i", "j"])
def test_indices_in_sums_and_efficacies(name):
    right = f"reads '{name}', which has a meaning only in events, equations and initial values"
    with pytest.raises(DeclarationError, match=right):
        synapse(post=(NeuronState("x", "x : 1"),), summed={"x_post": f"w*{name}"})
    with pytest.raises(DeclarationError, match=right):
        Synapse("model", efficacy=f"w*{name}")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("(w > 1)*2.0", "'w > 1' in '.*' is no number; write int.w > 1."),
        ("int(w > 0)*(w > 1)", "'w > 1' in '.*' is no number"),
        ("flag*2", "'flag' in '.*' is no number; write int.flag."),
        ("int(w and w > 1)", "'w' in '.*' is neither true nor false; compare it, such as w > 0"),
        ("int(not w)", "'w' in '.*' is neither true nor false"),
        ("int(1 < w < 2)", "write '1 < w < 2' as two comparisons with 'and' in between"),
        ("1e999", "has a number that is not real and finite"),
        ("w*1j", "has a number that is not real and finite"),
        ("10**400", "'10 [*][*] 400' has an exponent above 300"),
    ],
)
def test_numbers_and_truth_values(written, sentence):
    flag = State("flag", unit="boolean")
    for parts in ({"on_pre": f"w = {written}"}, {"gate": written}):
        with pytest.raises(DeclarationError, match=sentence):
            synapse(states=(flag,), **parts)
    with pytest.raises(DeclarationError, match=f"{sentence}|cannot read the equations"):
        synapse(states=(flag,), equations=f"q = {written} : 1")


def test_truth_values_that_are_made_numbers():
    flag = State("flag", unit="boolean")
    for written in ("2*int(w > 0.5)*w > 1", "flag and not (w > 2 or flag)", "int(flag)*int(w > 0) > 0.5", "w == 1"):
        synapse(states=(flag,), on_pre=f"flag = {written}")
        synapse(equations=f"q = {written.replace('flag', 'w > 3')} : boolean")
