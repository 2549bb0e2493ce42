"""What to record: reading it from a text, and what is refused."""

import tomllib

import numpy as np
import pytest
import tomli_w

import tacos
from synapses import DeclarationError, Mechanism, State
from synapses import tacos as tacos_synapse
from tacos.recordings import rules
from tacos.recordings.asked import recordings
from tacos.recordings.recording import Recording
from tacos.runs.earlier import wanted
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
        ("input-hidden: w; all", "unknown option 'all'; there are synapses=, neurons=, every=, from="),
        ("input-hidden: w; synapses=some", r"choose all, random.200., .* or indices such as 3,17, not 'some'"),
        ("input-hidden: w; synapses=random(0)", "choose all, random.200., "),
        ("input-hidden: w; synapses=between([0:2])", "choose all, .* not 'between..0:2..'"),
        ("input-hidden: w; synapses=between([], [0])", "choose all, "),
        ("input-hidden: w; synapses=between([0:2, 0:2, 0:2], [0])", "choose all, "),
        ("input-hidden: w; synapses=between([0:9, 0:2], [0])", "'0:9' is outside of the 8 rows: .* from 0 to 7"),
        ("input-hidden: w; synapses=between([0, 8], [0])", "'8' is outside of the 8 columns"),
        (
            "input-hidden: w; synapses=between([3:3], [0])",
            "'3:3' is empty: the end, which is not part of it, comes after the start",
        ),
        ("input-hidden: w; synapses=between([:], [0 8])", "'8' is outside of the 8 neurons of the target"),
        ("hidden-output: w; synapses=between([0:2, 0:2], [0])", "the source shows none; name neurons, such as .0:5."),
        ("hidden: V; neurons=between([0], [0])", "it is a population, and between.* chooses synapses; name neurons"),
        ("w; synapses=between([0:2, 0:2], [0])", "Recording of 'hidden-output': .* the source shows none"),
        ("input-hidden: w; synapses=where(m > 1)", r"where.m > 1. is known only at the end; record all or random"),
        ("input-hidden: w; synapses=where(m > much)", "choose all, "),
        (
            "input-hidden: w; synapses=changed(5)",
            r"name an earlier run, changed.5, RUN., or record all and choose when",
        ),
        ("input-hidden: w; synapses=changed(0)", "choose all, "),
        ("input-hidden: w; synapses=-", "choose all, .* not '-'"),
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
        recordings(text, NETWORK, (8, 8))
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_the_same_twice_is_refused():
    with pytest.raises(DeclarationError, match="'w' of 'hidden-output' is to be recorded twice"):
        recordings(["w", "hidden-output: w; every=3 steps"], NETWORK)


@pytest.mark.parametrize("wrong", [{"every": 0}, {"unit": "second"}, {"which": ()}, {"states": ()}, {"which": "some"}])
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


def test_between_pixels_and_neurons():
    """Of an image of 8 x 8: rows 2 and 3, columns 0, 1 and 7, onto the neurons 0 and 5; synapse k = 8 pixel + neuron."""
    text = "input-hidden: w; synapses= between( [2:4,0:2  7], [0 5] )"
    (recording,) = recordings(text, NETWORK, (8, 8))
    assert recording == Recording("input-hidden", ("w",), "between([2:4, 0:2 7], [0 5])", image=(8, 8))
    pixels = [16, 17, 23, 24, 25, 31]
    expected = [8 * pixel + neuron for pixel in pixels for neuron in (0, 5)]
    np.testing.assert_array_equal(recording.indices(NETWORK.lowered), expected)
    assert rules.between((slice(2, 4), [0, 1, 7]), [0, 5]) == "between([2:4, 0 1 7], [0 5])"
    same = Recording("input-hidden", ("w",), rules.between((slice(2, 4), [0, 1, 7]), [0, 5]))
    np.testing.assert_array_equal(recordings(same, NETWORK, (8, 8))[0].indices(NETWORK.lowered), expected)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (rules.between(slice(None), 3), [3 + 5 * k for k in range(8)]),
        (rules.between(slice(1, 8, 3), slice(4, None)), [9, 24, 39]),
        (rules.between(np.array([7, 0]), [0, 0, 1]), [0, 1, 35, 36]),
    ],
)
def test_between_neurons(rule, expected):
    (recording,) = recordings(Recording("hidden-output", ("w",), rule), NETWORK, (8, 8))
    assert recording.image is None
    np.testing.assert_array_equal(recording.indices(NETWORK.lowered), expected)


def test_between_of_an_image_that_is_not_square():
    network = tacos.error_driven((6, 2), hidden=3)
    (recording,) = recordings("input-hidden: w; synapses=between([1, 0:3:2], [2])", network, (2, 3))
    np.testing.assert_array_equal(recording.indices(network.lowered), [3 * 3 + 2, 5 * 3 + 2])
    with pytest.raises(DeclarationError, match="rows and columns of an image, and the source shows none"):
        recordings("input-hidden: w; synapses=between([1, 0:3:2], [2])", network)


def test_random_connections_are_found_by_their_ends():
    network = runs.sparse_network()
    (recording,) = recordings("input-hidden: w; synapses=between([0:4], [1])", network)
    chosen = recording.indices(network.lowered)
    projection = network.lowered.projection("input-hidden")
    assert 0 < len(chosen) < 4
    np.testing.assert_array_equal(
        chosen, [k for k in range(len(projection.sources)) if projection.sources[k] < 4 and projection.targets[k] == 1]
    )
    with pytest.raises(DeclarationError, match=r"no synapse is between\(\[0 1\], \[2\]\)"):
        recordings("input-hidden: w; synapses=between([0 1], [2])", runs.sparse_network(one_to_one=True))


def test_changed_is_settled_when_declared(monkeypatch):
    """The earlier run is asked once; what is kept are the indices and where they came from."""
    asked = []

    def most_changed(result, *arguments):
        asked.append((str(result.folder.path), *arguments))
        return np.array([4, 9])

    monkeypatch.setattr("tacos.runs.earlier.most_changed", most_changed)
    (recording,) = wanted("input-hidden: m, w; synapses=changed(2, runs/pilot, 1)", NETWORK, (8, 8), 60)
    assert asked == [("runs/pilot, 1", "input-hidden", "m", 2, 512)]
    assert recording == Recording("input-hidden", ("m", "w"), (4, 9), rule="changed(2, runs/pilot, 1)")
    assert Recording.from_dict(recording.to_dict()) == recording


def test_changed_in_a_run_that_is_not_there(tmp_path):
    with pytest.raises(tacos.RunError, match="is not the folder of a run"):
        wanted(f"input-hidden: w; synapses=changed(2, {tmp_path}/no)", NETWORK, (8, 8), 60)
    with pytest.raises(DeclarationError, match="Cannot record 'nowhere'"):
        wanted(f"nowhere: w; synapses=changed(2, {tmp_path}/no)", NETWORK, (8, 8), 60)


@pytest.mark.parametrize(
    "which", ["all", "random(3)", (3, 17), "between([0:2, 1], [3])", rules.between((0, slice(1, 2)), [3, 4])]
)
def test_plain_data(which):
    recording = tacos.Recording("input-hidden", ("w", "m"), which, 5, "step")
    data = recording.to_dict()
    assert data["which"] == (which if isinstance(which, str) else [3, 17])
    assert Recording.from_dict(data) == recording
    settled = recordings(recording, NETWORK, (8, 8))
    in_a_file = tomllib.loads(tomli_w.dumps({"record": [item.to_dict() for item in settled]}))["record"]
    assert tuple(Recording.from_dict(item) for item in in_a_file) == settled
    text = f"input-hidden: w, m; synapses={which if isinstance(which, str) else '3,17'}; every=5 steps"
    assert recordings(text, NETWORK, (8, 8)) == settled


def test_states_with_the_name_of_a_coordinate():
    network = tacos.error_driven((4, 2), hidden=3, synapse=timed())
    with pytest.raises(DeclarationError, match="'time' of 'input-hidden' cannot be recorded: .* rename the state"):
        recordings("input-hidden: time", network)


def timed():
    return tacos_synapse().with_mechanism(Mechanism("timer", states=(State("time"),), at_end="time = time + 1"))


def test_numbers_of_numpy_and_a_single_state():
    one = Recording("input-hidden", "w_ref", np.array([3, 17]))
    assert one == Recording("input-hidden", ("w_ref",), (3, 17))
    assert recordings(one, NETWORK)[0].to_dict()["which"] == [3, 17]
    tomli_w.dumps(one.to_dict())
