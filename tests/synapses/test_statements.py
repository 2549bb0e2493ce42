"""Reading statements, and refusing what depends on the order of synapses or on when something was read."""

import pytest

from synapses import DeclarationError, Event, Mechanism, NeuronState, Parameter, State, Synapse
from synapses.language.real_numbers import real_numbers_of_block
from synapses.language.statements import number_calls, read_statements, refuse_order_dependence, replace_names

TRACE = NeuronState("x", "x : 1")


def model(*mechanisms, **options):
    return Synapse("model", mechanisms=mechanisms, **options)


def test_lines():
    code = """
        a = clip(w,   # a comment
                 0, 1)

        w += a*exp(-1e-3)
    """
    first, then = read_statements(code, "here")
    assert (first.target, first.operation, first.expression) == ("a", "=", "clip(w, 0, 1)")
    assert (first.reads, then.reads) == ({"clip", "w"}, {"a", "exp", "w"})


@pytest.mark.parametrize("code", ["w", "if w > 1: w = 1", "w = clip(w, 0", "w = 1; v = 2", "print(w)"])
def test_not_a_statement(code):
    with pytest.raises(DeclarationError, match="model"):
        model(Mechanism("m", on_pre=code))


def test_names_are_replaced_whole():
    assert replace_names("w + w_ref*dw - 1e-3*e", {"w": "W", "e": "E"}) == "W + w_ref*dw - 1e-3*E"
    assert number_calls("rand() + f(rand( ))*randn()", "rand", lambda k: f"r{k}") == "r0 + f(r1)*randn()"


@pytest.mark.parametrize(
    "code",
    ["x_post = w", "x_post *= 2", "x_post += w\nw = x_post", "w = x_post\nx_post -= w", "x_post += x_post*w",
     "x_pre += 1\nr = x_pre\nw = r"],
)  # fmt: skip
def test_order_dependence_is_refused(code):
    with pytest.raises(DeclarationError, match="depends on the order of synapses"):
        model(Mechanism("m", pre=(TRACE,), post=(TRACE,), on_pre=code))


def test_order_dependence_across_mechanisms_gates_and_expressions():
    adds = Mechanism("adds", post=(TRACE,), on_pre="x_post += w")
    reads = Mechanism("reads", post=(TRACE,), on_pre="w = x_post")
    gated = Mechanism("gated", on_pre="w = gate")
    gate = Mechanism("gate of x", post=(TRACE,), gate="x_post")
    defined = Mechanism("defined", post=(TRACE,), equations="y = 2*x_post : 1", on_pre="w = y")
    for wrong in ((adds, reads), (adds, gated, gate), (adds, defined)):
        with pytest.raises(DeclarationError, match="adds to x_post and"):
            model(*wrong)
    later = Mechanism("later", post=(TRACE,), on_pre=Event("w = x_post", stage=1))
    assert len(model(adds, later).lowered.pathways) == 2
    assert model(adds, Mechanism("other side", pre=(TRACE,), on_pre="w = x_pre"))


def test_refusal_names_the_statements():
    with pytest.raises(DeclarationError) as error:
        refuse_order_dependence(read_statements("x_post += w\nw = x_post", "here"), "here")
    assert str(error.value).startswith("here: 'x_post += w' adds to x_post and 'w = x_post' reads it in the same stage")


TAU = Parameter("tau", "10 ms")
DECAYING = {"parameters": (TAU,), "states": (State("y"),), "equations": "dy/dt = -y/tau : 1 (event-driven)"}


def test_what_reads_an_event_driven_state_between_events_is_refused():
    trace = Mechanism("trace", on_pre="y = y + 1", **DECAYING)
    follows = Mechanism("follows", equations="dw/dt = (y - w)/tau : 1")
    through = Mechanism("through", equations="z = 2*y : 1\ndw/dt = (z - w)/tau : 1")
    sums = Mechanism("sums", post=(TRACE,), summed={"x_post": "y"})
    for wrong in (follows, through, sums):
        with pytest.raises(DeclarationError, match="reads 'y', which is brought up to date at events only"):
            model(trace, wrong)
    with pytest.raises(DeclarationError, match="the efficacy reads 'y'.*stage below zero"):
        model(trace, efficacy="w*y")
    early = Mechanism("trace", on_pre=Event("y = y + 1", stage=-1), **DECAYING)
    assert model(early, efficacy="w*y").lowered.pathways[0].order < 0


def test_an_expression_over_an_event_driven_state_brings_it_up_to_date():
    parts = {**DECAYING, "equations": DECAYING["equations"] + "\nz = 2*y : 1"}
    code = model(Mechanism("trace", on_pre="w = w + z", **parts)).lowered.pathways[0].code
    assert code.index("y = _y") < code.index("w = w + (2*y)")


def test_elapsed_time_must_be_used_wherever_it_is_used_up():
    growing = Mechanism("trace", on_post="w = w + elapsed/tau\ny = y + 1", **DECAYING)
    reading = Mechanism("reading", on_pre="w = w + y")
    with pytest.raises(DeclarationError, match="uses the time that has elapsed"):
        model(growing, reading)
    assert model(growing)


@pytest.mark.parametrize(
    "code, expected",
    [
        ("w = w**2 + 2**3 + x**-1 + tau**0.5", "w = w**2 + 2**3 + x**-1 + tau**0.5"),
        ("w = 2**-1", "w = 2.0 ** (-1)"),
        ("w = (k % 3)**(-k)", "w = (1.0 * int(k % 3)) ** (-k)"),
        ("w = clip(k, 0, 3)**k", "w = (1.0 * int(clip(k, 0, 3))) ** k"),
        ("n = k//2\nw = n**-1", "n = k//2\nw = (1.0 * int(n)) ** (-1)"),
        ("k = 4*2**-1", "k = int(4 * 2.0 ** (-1))"),
        ("w = clip(k, 0, 3) + clip(w, 0.5, 1)", "w = clip(k, 0, 3) + clip(w, 0.5, 1)"),
        ("w = clip(k + 1, a, inf)", "w = clip(1.0 * int(k + 1), a, inf)"),
        ("w = clip(x > 0, 0.5, 1)", "w = clip(1.0 * int(x > 0), 0.5, 1)"),
        ("y = x > 0\nw = clip(y, 0.5, 1)", "y = x > 0\nw = clip(1.0 * int(y), 0.5, 1)"),
        ("k = clip(k, 0.5, 2) > 1", "k = clip(1.0 * int(k), 0.5, 2) > 1"),
        ("k = clip(k, 0.5, inf)", "k = int(clip(1.0 * int(k), 0.5, inf))"),
    ],
)
def test_powers_and_clipped_values_are_real(code, expected):
    assert real_numbers_of_block(code, {"k"}) == expected
    assert real_numbers_of_block(expected, {"k"}) == expected
