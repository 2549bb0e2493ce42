"""What to record: reading it from a text, and what is refused."""

import numpy as np
import pytest

import tacos
from synapses import DeclarationError
from tacos.recording import Recording, recordings
from tests.tacos import runs_support as runs

NETWORK = runs.flagship()
PLASTIC = ("input-hidden", "hidden-output")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("input-hidden: w", Recording("input-hidden", ("w",))),
        (" input-hidden :w,m ; every = 10 presentations", Recording("input-hidden", ("w", "m"), every=10)),
        ("input-hidden: w; synapses=all; every=1 step", Recording("input-hidden", ("w",), "all", 1, "step")),
        ("input-hidden: w; synapses=3, 17", Recording("input-hidden", ("w",), (3, 17))),
        ("input-hidden: w; synapses=random(5); every=1presentation", Recording("input-hidden", ("w",), "random(5)")),
        ("hidden: V; neurons=0,1; every=20 steps", Recording("hidden", ("V",), (0, 1), 20, "step")),
        ("hidden: I, U", Recording("hidden", ("I", "U"), "all")),
        ("hidden: spikes", Recording("hidden", ("spikes",), "all")),
        ("surprise: surprise", Recording("surprise", ("surprise",), "all")),
        ("false positive-hidden: g", Recording("false positive-hidden", ("g",))),
    ],
)
def test_text(text, expected):
    assert recordings(text, NETWORK) == (expected,)


def test_without_an_owner_all_plastic_projections_that_have_the_state():
    assert recordings("w, m", NETWORK) == tuple(Recording(name, ("w", "m")) for name in PLASTIC)
    other = NETWORK.with_synapse("hidden-output", NETWORK.projection("hidden-output").synapse.without("metaplasticity"))
    found = recordings("w, m; every=5 presentations", other)
    assert found == (Recording(PLASTIC[0], ("w", "m"), every=5), Recording(PLASTIC[1], ("w",), every=5))


def test_several_and_none():
    assert recordings(None, NETWORK) == ()
    own = Recording("hidden", ("V",), (2,))
    assert recordings([own, "output: V", "output: spikes"], NETWORK) == (
        own,
        Recording("output", ("V",), "all"),
        Recording("output", ("spikes",), "all"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nowhere: w", "Cannot record 'nowhere': there is no such projection or population; there are input-hidden, "),
        ("input-hidden: q", "'input-hidden' has no state 'q' to record; there are w, "),
        ("hidden: q", "'hidden' has no state 'q' to record; there are .*V.*spikes"),
        ("input-hidden: spikes", "'input-hidden' has no state 'spikes' to record"),
        ("input-hidden:", "Recording of 'input-hidden' names no state; there are w, "),
        ("q", "'q': no plastic projection has the state 'q'"),
        ("", "no plastic projection has the state ''"),
        ("input-hidden: w; every=0", "write every=10 presentations, or every=1 step, not every=0"),
        ("input-hidden: w; every=0 steps", "not every=0 steps"),
        ("input-hidden: w; every=-1 steps", "not every=-1 steps"),
        ("input-hidden: w; every=1.5 steps", "not every=1.5 steps"),
        ("input-hidden: w; every=10 ms", "not every=10 ms"),
        ("input-hidden: w; all", "unknown option 'all'; there are synapses=, neurons= and every="),
        ("input-hidden: w; synapses=some", "choose all, random.200. or indices such as 3,17, not 'some'"),
        ("input-hidden: w; synapses=random(0)", "choose all, random.200. or indices"),
        ("input-hidden: w; synapses=512", "indices go from 0 to 511"),
        ("input-hidden: w; synapses=-1", "indices go from 0 to 511"),
        ("hidden: V; neurons=8", "indices go from 0 to 7"),
        ("hidden: spikes, V", "Spikes of 'hidden' are a recording of their own, of every step: 'hidden: spikes'"),
        ("hidden: spikes; every=10 presentations", "Spikes of 'hidden' are a recording of their own"),
        ("hidden: spikes; neurons=0,1", "Spikes of 'hidden' are recorded of all neurons"),
        ("hidden: V, V", "'V' of 'hidden' is to be recorded twice; ask for it once"),
    ],
)
def test_what_is_refused(text, message):
    with pytest.raises(DeclarationError, match=message) as caught:
        recordings(text, NETWORK)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_the_same_twice_is_refused():
    with pytest.raises(DeclarationError, match="'w' of 'hidden-output' is to be recorded twice"):
        recordings(["w", "hidden-output: w; every=3 steps"], NETWORK)


@pytest.mark.parametrize("wrong", [{"every": 0}, {"unit": "second"}, {"which": ()}, {"states": ()}])
def test_a_recording_made_by_hand_is_checked_too(wrong):
    with pytest.raises(DeclarationError, match="hidden"):
        recordings(Recording(**{"owner": "hidden", "states": ("V",), **wrong}), NETWORK)


def test_a_choice_at_random_is_the_same_for_every_replica_and_state():
    lowered = NETWORK.lowered
    chosen = Recording("input-hidden", ("w",), "random(200)").indices(lowered)
    assert len(chosen) == 200 == len(set(chosen))
    assert 0 <= chosen.min() and chosen.max() < 64 * 8
    np.testing.assert_array_equal(chosen, np.sort(chosen))
    np.testing.assert_array_equal(chosen, Recording("input-hidden", ("m",), "random(200)", 5, "step").indices(lowered))
    assert Recording("hidden-output", ("w",), "random(200)").indices(lowered) is None  # there are forty
    assert Recording("input-hidden", ("w",), "all").indices(lowered) is None
    np.testing.assert_array_equal(Recording("input-hidden", ("w",), (9, 3)).indices(lowered), [9, 3])


@pytest.mark.parametrize("which", ["all", "random(3)", (3, 17)])
def test_plain_data(which):
    recording = tacos.Recording("input-hidden", ("w", "m"), which, 5, "step")
    data = recording.to_dict()
    assert data["which"] == (which if isinstance(which, str) else [3, 17])
    assert Recording.from_dict(data) == recording
