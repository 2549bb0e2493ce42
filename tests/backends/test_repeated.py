"""Waiting events that do the same each time: the same bits as events done one by one."""

from dataclasses import replace

import numpy as np
import pytest

from synapses import Mechanism, Parameter, State
from tacos.backends.brian2.flags import drawn, flag
from tacos.backends.brian2.lazy import Kept, Replay, lazy_pathways
from tacos.backends.brian2.repeated import repeated
from tacos.backends.brian2.standalone import StandaloneSimulator
from tests.backends.assembly import assert_identical
from tests.backends.test_lazy import BYSTANDER, DOPAMINE, TRACE, N, forward, network, recurrent, run

READ = ["float w = _ptr_array_s_w[_idx];"]
STORE = "_ptr_array_s_w[_idx] = w;"
SHARED, PRE, POST = Kept("float", "k", "k"), Kept("float", "X_pre", "_ptr_array_a_X"), Kept("float", "X_post", "_x")

#: Conditions on the presynaptic trace, one of them twice; a state that never comes to rest.
DECAY = Mechanism(
    "decay",
    parameters=(Parameter("low", 0.4), Parameter("high", 1.5), Parameter("k", 0.05)),
    states=(State("events"), State("rest", 0.1)),
    pre=(TRACE,),
    on_pre="w = clip(w + 0.02, -1, 1)",
    on_post="""
        w = clip(w - k*int(X_pre <= low)*(w - rest) + k*int(X_pre > high)*(1 - w), -1, 1)
        rest = rest + 0.1*k*int(X_pre <= low)*(w - rest)
        events = events + 1
    """,
    at_end="w = w + 0.01*rand()",
)
#: The same with a value that is another at each step.
MODULATED = replace(
    DECAY, modulators=(DOPAMINE,), on_post="w = w - k*dopamine*int(X_pre <= low)*(w - rest)\nevents = events + 1"
)
PLAIN = replace(DECAY, on_post="w = w - k*(w - rest)")


def test_conditions_are_taken_out():
    line = "w += (k * int_(X_pre <= k)) + (int_(w > k) - (int_(X_pre <= k) * int_(X_pre > 1)));"
    found = repeated(Replay([SHARED], [PRE], [], [*READ, line, STORE]))
    assert found.conditions == {"_condition0": "X_pre <= k", "_condition1": "X_pre > 1"}
    assert found.code[1] == "w += (k * _condition0) + (int_(w > k) - (_condition0 * _condition1));"
    assert "_times[_k] > _round ? w : _old_w" in found.code[2]


@pytest.mark.parametrize(
    "pre, post, line",
    [
        ([PRE], [], "w += X_pre;"),
        ([PRE], [], "w += int_(X_pre < w);"),
        ([PRE], [], "w += int_(X_pre);"),
        ([PRE], [POST], "w += int_(X_pre < k);"),
        ([], [], "w += exp(k);"),
        ([], [], "w += uniform(random_seed, random_phase, presentation, step, _source, 7);"),
        ([], [], "if(k) w += 1;"),
    ],
)
def test_what_is_not_repeated(pre, post, line):
    assert repeated(Replay([SHARED], pre, post, [*READ, line, STORE])) is None


def at_once(built):
    """The same network with its events done at once."""
    some = tuple(
        replace(p, synapse=replace(p.synapse, mechanisms=(*p.synapse.mechanisms, BYSTANDER))) for p in built.projections
    )
    return replace(built, projections=some)


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("mechanisms", [(DECAY, PLAIN), (MODULATED, DECAY)], ids=["constant", "modulated"])
def test_same_bits(mechanisms, tmp_path):
    """Done at once, recorded at some steps and cut into chunks; more than the 255 steps with events that are counted."""
    forth, back = mechanisms
    built = replace(network(forward(forth), recurrent(back)), duration=0.7)
    assert len(lazy_pathways(built.lowered)) == 2
    simulator = StandaloneSimulator(built, "float64", capacity=N)
    source = "".join(path.read_text() for path in simulator.folder.glob("unit*.cpp"))
    assert source.count("once a round changes nothing") == 2
    state, records = run(simulator, tmp_path / "waiting")
    expected, expected_records = run(StandaloneSimulator(at_once(built), "float64", capacity=N), tmp_path / "at once")
    assert_identical(state, {key: expected[key] for key in state})
    assert_identical(records, {key: expected_records[key] for key in records})
    assert_identical(run(simulator, tmp_path / "chunks", chunk=2, every=1)[0], state)
    assert_identical(run(simulator, tmp_path / "unrecorded", every=0)[0], state)
    w = state["input-cells.w"]
    # The last event of a presentation adds up to 0.01 to weights that are clipped at 1; not all of them were.
    assert np.unique(w).size > w.size / 2 and w.min() < 0.99 and np.abs(w).max() < 1.01


# -- inputs and thresholds -----------------------------------------------------------------------------------------

NUMBER = "uniform(random_seed, random_phase, presentation, step, i, 42)"
INPUT = [
    "const float stimulus = _ptr_array_in_stimulus[_idx];",
    "char fired;",
    "",
    "_ptr_array_in_fired[_idx] = fired;",
]


def condition(text):
    return [*INPUT[:2], f"fired = {text};", INPUT[3]]


def test_a_draw():
    found = drawn(condition(f"(stimulus > 0) && ({NUMBER} < (_lio_1 * stimulus))"))
    assert (found.first, found.site, found.array) == ("stimulus > 0", "42", "_ptr_array_in_fired")
    assert found.reads == INPUT[:2]
    assert found.code[2] == "fired = (stimulus > 0) && ((double)_numbers[_k] < (_lio_1 * stimulus));"


@pytest.mark.parametrize(
    "text",
    [
        f"({NUMBER} < stimulus) && (stimulus > 0)",
        f"(step < 9) && ({NUMBER} < stimulus)",
        f"(stimulus > 0) || ({NUMBER} < stimulus)",
        f"((stimulus > 0) && ({NUMBER} < stimulus)) && (step < 9)",
        f"(stimulus > 0) && ({NUMBER} < {NUMBER})",
        "(stimulus > 0) && (step < 9)",
    ],
)
def test_no_draw(text):
    assert drawn(condition(text)) is None


def test_no_draw_beside_other_statements():
    lines = condition(f"(stimulus > 0) && ({NUMBER} < stimulus)")
    assert drawn([*lines, "_ptr_array_in_x[_idx] = 1;"]) is None


def test_flags():
    assert flag(["const char fired = _ptr_array_in_fired[_idx];", "char _cond;"]) == "_ptr_array_in_fired"
    assert flag(["char _cond;", "_cond = step == 3;"]) == ""
