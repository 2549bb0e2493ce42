"""Composing, changing, describing and keeping models."""

import json
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from brian2 import ms, mV, second
from hypothesis import given, settings
from hypothesis import strategies as st

import synapses
from synapses import (
    DeclarationError,
    Event,
    Mechanism,
    Modulator,
    NeuronState,
    Parameter,
    Reference,
    State,
    Synapse,
)

A = Mechanism(
    "growth",
    "w grows with input",
    parameters=(Parameter("rate", 0.1, "growth", "ours"),),
    states=(State("shared_state", 0.0, "in both"), State("own", "w", "of growth")),
    on_pre="w = w + rate*gate",
    references=(Reference("Somebody 2001", "doi:1", "taken from", "eq. 1"),),
)
B = Mechanism(
    "limit",
    "w is bounded",
    parameters=(
        Parameter("largest", "2", "bound", "ours"),
        Parameter("tau_b", "20 ms", "decay", "Else 2002"),
    ),
    states=(State("shared_state", 0.0, "in both"),),
    post=(
        NeuronState(
            "activity",
            "dactivity/dt = -activity/tau_a : 1",
            "activity += 1",
            (Parameter("tau_a", "30 ms", "memory", "Else 2002"),),
            "firing",
        ),
    ),
    on_post="w = clip(w, 0, largest)",
    gate="exp(-shared_state)",
    references=(Reference("Else 2002", relation="inspired by"),),
)
C = Mechanism("second gate", parameters=(Parameter("half", 3.0),), gate="1/(1 + half)", needs=("growth",))


def model(*mechanisms, **options):
    return Synapse("model", mechanisms=mechanisms, **options)


def test_parts_leave_with_the_last_mechanism_that_has_them():
    whole = model(A, B)
    assert set(whole.all_states()) == {"w", "shared_state", "own"}
    assert set(whole.without("growth").all_states()) == {"w", "shared_state"}
    assert set(whole.without("growth", "limit").all_states()) == {"w"}
    assert set(whole.without("limit").all_parameters()) == {"rate"}
    assert whole.without("limit").requires().post == ()
    assert set(whole.all_parameters()) == {"rate", "largest", "tau_b", "tau_a"}
    assert whole.only("limit") == whole.without("growth")
    assert set(whole.all_states()) == {"w", "shared_state", "own"}  # nothing was changed in place


def test_adding_replaces_a_mechanism_of_the_same_name():
    other = Mechanism("growth", on_pre="w = w + 1")
    assert (model(A, B) + other).mechanism_names() == ("growth", "limit")
    assert "rate" not in (model(A, B) + other).all_parameters()
    assert (model() + A + B).mechanism_names() == ("growth", "limit")


def test_gates_multiply_as_one_factor():
    divided = Mechanism("rule", on_pre="w = w + 1/gate")
    code = model(divided, B, Mechanism("third", gate="1 + w")).lowered.pathways[0].code
    value = eval(code.split("=", 1)[1], {"w": 2.0, "shared_state": 0.0, "exp": lambda x: 1.0})
    assert value == pytest.approx(2 + 1 / 3)
    assert model(A).lowered.pathways[0].code == "w = w + rate*1"


def test_freezing_keeps_a_state():
    frozen = model(A, B).freeze("w")
    assert frozen.lowered.pathways == ()
    assert frozen.without("growth").frozen == {"w"}
    assert model(A).freeze("own").without("growth").frozen == frozenset()
    with pytest.raises(DeclarationError, match="no state 'v' to freeze; its states are w, shared_state, own"):
        model(A).freeze("v")
    moving = Mechanism("decay", states=(State("x"),), equations="dx/dt = -x/(10*ms) : 1")
    assert model(moving).lowered.clock_driven == {"x"}
    assert model(moving).freeze("x").lowered.equations == ""
    calcium = synapses.tacos(metaplasticity_drive="calcium").freeze("calcium")
    assert "elapsed_metaplasticity = " in next(p.code for p in calcium.lowered.pathways if p.name == "pre")


def test_freezing_takes_locals_that_nothing_reads_with_it():
    rule = Mechanism("rule", states=(State("x"),), on_pre="r = rand()\ns = 2*r\nx = s\nw = w + 1")
    assert model(rule).freeze("x").lowered.pathways[0].code == "w = w + 1"


def test_parameters_change_with_a_check_of_the_unit():
    changed = model(A, B).with_parameters(tau_b=5 * ms, tau_a="7 ms", rate=1)
    values = {name: p.value for name, p in changed.all_parameters().items()}
    assert values == {"rate": 1.0, "largest": 2.0, "tau_b": 0.005, "tau_a": 0.007}
    assert changed.lowered.post[0].parameters[0].value == 0.007
    with pytest.raises(DeclarationError, match="'tau_b' has the unit volt, but second is needed"):
        model(B).with_parameters(tau_b=5 * mV)
    with pytest.raises(DeclarationError, match="'tau_b' has the unit 1 .no unit., but second"):
        model(B).with_parameters(tau_b=5)
    with pytest.raises(DeclarationError, match="no parameter 'tau'; its parameters are largest, tau_b, tau_a"):
        model(B).with_parameters(tau=5 * ms)


def test_roles():
    roles = {"output": {"rate": 0.5, "tau_b": 4 * ms, "absent": "3 mV"}}
    whole = model(A, B, roles=roles)
    assert whole.in_role("output").all_parameters()["rate"].value == 0.5
    assert whole.in_role("output").all_parameters()["tau_b"].value == 0.004
    assert whole.in_role("hidden").all_parameters()["rate"].value == 0.1
    assert whole.without("growth").in_role("output").all_parameters()["tau_b"].value == 0.004
    assert whole.with_parameters(rate=0.7).in_role("output").all_parameters()["rate"].value == 0.7
    assert Synapse.from_dict(json.loads(json.dumps(whole.to_dict()))) == whole
    with pytest.raises(DeclarationError, match="role 'output': 'rate' has the unit second, but 1"):
        model(A, roles={"output": {"rate": 3 * second}})


MODELS = {
    "static": synapses.static(),
    "tacos": synapses.tacos(),
    "calcium": synapses.tacos(metaplasticity_drive="calcium", consolidation_form="chain").freeze("m"),
    "stdp": synapses.stdp(),
    "graupner_brunel": synapses.graupner_brunel(),
    "benna_fusi": synapses.benna_fusi(),
    "model": model(A, B, C),
}


@pytest.mark.parametrize("name", MODELS)
def test_kept_as_plain_data(name):
    whole = MODELS[name]
    assert Synapse.from_dict(whole.to_dict()) == whole
    again = Synapse.from_dict(json.loads(json.dumps(whole.to_dict())))
    assert again == whole and again.lowered == whole.lowered


@pytest.mark.parametrize("name", MODELS)
def test_print_shows_every_parameter_with_unit_and_source(name):
    text = str(MODELS[name]).splitlines()
    for parameter in MODELS[name].all_parameters().values():
        (line,) = {line.strip() for line in text if f"  {parameter.name} = " in line}
        assert f"{parameter.value:g}" in line and parameter.meaning in line
        assert parameter.unit == "1" or parameter.unit in line
        assert not parameter.source or f"[{parameter.source}]" in line
    for state in MODELS[name].all_states():
        assert any(f"  {state}, at first" in line for line in text)


@pytest.mark.parametrize("name", synapses.names())
def test_models_by_name_say_where_every_parameter_comes_from(name):
    whole = synapses.named(name)
    assert whole.name == name
    assert all(p.meaning and p.source for p in whole.all_parameters().values())
    assert all(state.meaning for state in whole.all_states().values())


def test_unknown_model():
    with pytest.raises(DeclarationError, match="There is no synapse 'taco'.*did you mean 'tacos'"):
        synapses.named("taco")


def test_requirements_in_words():
    text = str(model(A, B).requires())
    assert "postsynaptic neurons: activity (firing): dactivity/dt" in text
    assert "on its own spike activity += 1, with tau_a = 0.03 second" in text
    assert str(synapses.static().requires()) == "nothing"
    assert "neuromodulator 'surprise'" in str(synapses.tacos().requires())
    two = NeuronState("y", "dy/dt = -y/(5*ms) : 1\nhalf_y = y/2 : 1")
    assert "dy/dt = -y/(5*ms) : 1; half_y = y/2 : 1" in str(model(Mechanism("m", pre=(two,))).requires())


def test_a_need_with_equations_stands_for_one_without():
    reads = Mechanism("reads", post=(NeuronState("activity"),), on_pre="w = activity_post")
    assert model(reads, B).requires().post == B.post
    assert model(B, reads).requires().post == B.post


def test_taken_from_and_inspired_by_are_kept_apart():
    taken, inspired = model(A, B).cite().split("Inspired by:")
    assert "Taken from:\n  growth: Somebody 2001 doi:1 (eq. 1)" in taken and "Else" not in taken
    assert "limit: Else 2002" in inspired
    assert "No sources are recorded." in model(C, Mechanism("growth")).cite()
    assert "Inspired by:" in synapses.tacos().cite() and "Taken from:" in synapses.tacos().cite()


def test_stages_and_delays_are_ordered():
    delayed = Parameter("late", 3 * ms)
    rules = Mechanism(
        "rules",
        parameters=(delayed,),
        on_pre=[Event("w = 3", stage=1), Event("w = 1", stage=-1), "w = 2", Event("w = 4", delay="late")],
        on_post=[Event("w = 6", stage=2), "w = 5"],
        at_end=[Event("w = 8", stage=1), "w = 7"],
    )
    fast = Mechanism("fast", on_pre="w = 9", plastic=False)
    pathways = model(rules, fast).lowered.pathways
    named = {p.name: p for p in pathways}
    assert named["pre_stagem1"].order < 0 < named["pre"].order
    spikes = sorted((p for p in pathways if p.event == "spike"), key=lambda p: (p.order, p.name))
    assert spikes == [p for p in pathways if p.event == "spike"]  # as Brian2 sorts them
    assert [p.name for p in spikes] == [
        "pre_stagem1",
        "pre",
        "pre_fast",
        "pre_late",
        "post",
        "pre_stage1",
        "post_stage2",
    ]
    assert [p.name for p in pathways if p.event == "end"] == ["end", "end_stage1"]
    assert named["pre_late"].delay == "late" and not named["pre_fast"].plastic


def test_mechanisms_act_in_their_order():
    first, then = Mechanism("first", on_pre="w = 1"), Mechanism("then", on_pre="w = 2")
    assert model(first, then).lowered.pathways[0].code == "w = 1\nw = 2"
    assert model(then, first).lowered.pathways[0].code == "w = 2\nw = 1"


def test_locals_of_two_mechanisms_are_two():
    first = Mechanism("first", on_pre="r = rand()\nw = w + r")
    second_ = Mechanism("2nd", on_pre="r = int(w > 1)\nw = w + r")
    code = model(first, second_).lowered.pathways[0].code
    assert code == "first_r = rand()\nw = w + first_r\nof_2nd_r = int(w > 1)\nw = w + of_2nd_r"


PARTS = [
    A,
    B,
    C,
    Mechanism(
        "decay",
        states=(State("x", 1.0),),
        equations="dx/dt = -x/(10*ms) : 1 (event-driven)",
        on_pre="x = x + 1",
        gate="1/(1 + x)",
    ),
    Mechanism("noise", states=(State("z", 0.0),), equations="dz/dt = -z/(5*ms) + xi*sqrt(1/second) : 1"),
    Mechanism(
        "normalization",
        parameters=(Parameter("target", 4.0),),
        post=(NeuronState("total", "total : 1"),),
        at_end=[Event("total_post += w"), Event("w = w*target/total_post", stage=1)],
    ),
    Mechanism(
        "surprise",
        modulators=(Modulator("mood", "dmood/dt = -mood/(1*second) : 1", "error", "mood += 1"),),
        gate="mood",
    ),
    Mechanism("chance", on_post="r = rand()\nw = w + r*gate"),
]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(PARTS), unique_by=lambda m: m.name), st.data())
def test_any_composition_is_a_model_or_one_sentence(parts, data):
    names = [m.name for m in parts]
    if "second gate" in names and "growth" not in names:
        with pytest.raises(DeclarationError, match="needs mechanism 'growth'"):
            model(*parts)
        return
    whole = model(*parts)
    assert Synapse.from_dict(json.loads(json.dumps(whole.to_dict()))) == whole
    free = [name for name in names if name != "growth" or "second gate" not in names]
    removed = data.draw(st.lists(st.sampled_from(free), unique=True)) if free else []
    left = whole.without(*removed)
    assert left == model(*(m for m in parts if m.name not in removed))
    assert left.lowered == model(*(m for m in parts if m.name not in removed)).lowered
    frozen = left.freeze(*left.all_states())
    assert frozen.lowered.clock_driven == frozenset()
    assert all(s not in p.code for p in frozen.lowered.pathways for s in ("w = ", "x = "))
    gates = sum(bool(m.gate) for m in left.mechanisms)
    for pathway in left.lowered.pathways:
        if "chance" in left.mechanism_names() and pathway.name == "post":
            assert sum(f"({m.gate})" in pathway.code for m in left.mechanisms if m.gate) == gates


def test_a_title_says_what_differs_from_the_library():
    model = synapses.tacos()
    fading = Mechanism("fading", parameters=[Parameter("fade", 0.1)], at_end="w = w*(1 - fade)")
    assert synapses.title(model) == "tacos"
    assert synapses.title(model + fading) == "tacos + fading"
    assert (
        synapses.title(model.without("neuromodulation", "metaplasticity"))
        == "tacos without metaplasticity, neuromodulation"
    )
    assert synapses.title(model.only("error feedback")) == "tacos without all but error feedback"
    assert synapses.title(model.without("metaplasticity").freeze("w_ref") + fading) == (
        "tacos + fading without metaplasticity, frozen w_ref"
    )
    assert synapses.title(Synapse("mine", mechanisms=[fading], states=[State("w")])) == "mine"


def test_values_at_a_standstill_have_units():
    parameters = [Parameter("rate", "2 Hz"), Parameter("tau", "1 s")]
    still = Mechanism(
        "wear", parameters=parameters, at_end="w = w*(1 - rate*duration)", off={"rate": "0 Hz", "tau": 1e9}
    )
    assert still.off == {"rate": 0.0, "tau": 1e9}
    with pytest.raises(DeclarationError, match="Parameter 'rate' has the unit second, but hertz"):
        replace(still, off={"rate": "1 s"})


def test_a_parameter_is_a_number():
    with pytest.raises(DeclarationError, match="Parameter 'dm' is one number, not nan"):
        synapses.tacos().with_parameters(dm=float("nan"))
    assert synapses.tacos().with_parameters(tau_c=float("inf") * second).all_parameters()["tau_c"].value == float("inf")


def test_an_uncaught_error_of_ours_is_no_bug_of_brian2():
    code = "import synapses\nsynapses.tacos().without('{}')" + "\n"
    ended = [
        subprocess.run(
            [sys.executable, "-c", text], capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False
        ).stderr
        for text in (code.format("metaplasticty"), "import synapses\nprint(1/0)")
    ]
    assert "has no mechanism 'metaplasticty'" in ended[0].splitlines()[-1]
    assert "report this issue" not in ended[0] and "Traceback" in ended[0]
    assert "report this issue" in ended[1]


def test_importing_the_packages_changes_nothing_of_pythons():
    code = """
        import ast, sys
        import brian2  # which has a hook of its own
        before = sys.excepthook, ast.parse
        import synapses, tasks, tacos
        assert (sys.excepthook, ast.parse) == before
    """
    ended = [sys.executable, "-c", textwrap.dedent(code)]
    subprocess.run(ended, cwd=Path(__file__).parents[2], check=True)
