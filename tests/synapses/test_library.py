"""Every model of the library says what it is made of, and where it comes from."""

import json
import re
from pathlib import Path

import pytest

import synapses
from synapses import DeclarationError, Synapse

MODELS = synapses.names()
DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", MODELS)
def test_every_constant_and_state_is_explained(name):
    model = synapses.named(name)
    assert model.name == name and model.summary or name in ("static",)
    for parameter in model.all_parameters().values():
        assert parameter.meaning and parameter.source, f"{name}: {parameter.name}"
    for state in model.all_states().values():
        assert state.meaning, f"{name}: {state.name}"
    for mechanism in model.mechanisms:
        assert mechanism.summary, f"{name}: {mechanism.name}"


@pytest.mark.parametrize("name", [name for name in MODELS if name != "static"])
def test_every_model_has_a_source_and_a_place_in_the_gallery(name):
    model = synapses.named(name)
    assert model.references or any(mechanism.references for mechanism in model.mechanisms)
    assert re.search(rf"`{name}`", (DOCS / "models.md").read_text())


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_data_and_stays_a_model_without_any_mechanism(name):
    model = synapses.named(name)
    assert Synapse.from_dict(json.loads(json.dumps(model.to_dict()))) == model
    for mechanism in model.mechanism_names():
        try:
            left = model.without(mechanism)
        except DeclarationError as error:
            assert mechanism in str(error) or re.search(r"'\w+'", str(error))
            continue
        assert mechanism not in left.mechanism_names() and left.lowered is not None
        assert left.with_mechanism(model.mechanisms[model.mechanism_names().index(mechanism)]).all_states() == dict(
            left.all_states() | {s.name: s for s in model.mechanisms[model.mechanism_names().index(mechanism)].states}
        )


def test_options_and_parameters_may_be_written_into_a_name():
    named = synapses.named
    assert named("cascade:n=5,x=0.4") == synapses.cascade(5, 0.4)
    assert named("benna_fusi:n=4,alpha=40 ms") == synapses.benna_fusi(4).with_parameters(alpha="40 ms")
    assert named("benna_fusi:leak=false") == synapses.benna_fusi(leak=False)
    assert named("stdp:A_plus=0.1") == synapses.stdp().with_parameters(A_plus=0.1)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cascad", "did you mean 'cascade'"),
        ("cascade:n", "'n' is not of the form OPTION=VALUE, as in 'cascade:OPTION=VALUE"),
        ("cascade:", "'' is not of the form OPTION=VALUE"),
        ("stdp:A_pluss=1", "A_pluss"),
    ],
)
def test_names_that_cannot_be_read_get_one_sentence(text, sentence):
    with pytest.raises(DeclarationError, match=re.escape(sentence)):
        synapses.named(text)
