"""What holds for streams of every kind: slices, seeds, subsets, validation, text."""

import pickle

import numpy as np
import pytest
from brian2 import ms
from hypothesis import given, settings
from hypothesis import strategies as st

import tasks
from tasks import TaskError
from tests.tasks import marked

DATA = marked.dataset(uneven=3)
STREAMS = [
    tasks.split(DATA, boundaries="blurred", blur=30, samples=100, passes=2),
    tasks.permuted(DATA, 3, boundaries="random", samples_per_class=5),
    tasks.split(DATA, shuffled=True, order_seed=2, class_seed=3, held_out="validation"),
]


@pytest.mark.parametrize("stream", STREAMS, ids=str)
@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, 90), max_size=5), seed=st.integers(0, 3))
def test_the_pieces_of_any_cut_are_those_of_the_whole(stream, cuts, seed):
    edges = [0, *sorted(cuts), 90]
    images, targets = stream.presentations(seed, 0, 90)
    pieces = [stream.presentations(seed, a, b) for a, b in zip(edges, edges[1:], strict=False)]
    np.testing.assert_array_equal(np.concatenate([piece.images for piece in pieces]), images)
    np.testing.assert_array_equal(np.concatenate([piece.targets for piece in pieces]), targets)
    contexts = [stream.contexts(seed, a, b) for a, b in zip(edges, edges[1:], strict=False)]
    np.testing.assert_array_equal(np.concatenate(contexts), stream.contexts(seed, 0, 90))


@pytest.mark.parametrize("stream", STREAMS, ids=str)
def test_a_pure_function_of_the_seed(stream):
    again = pickle.loads(pickle.dumps(stream))  # another object, as in another process
    again_images, _, again_contexts = marked.whole(again, seed=5)
    images, _, contexts = marked.whole(stream, seed=5)
    np.testing.assert_array_equal(images, again_images)
    np.testing.assert_array_equal(contexts, again_contexts)
    assert not np.array_equal(images, marked.whole(stream, seed=6)[0])
    for task in range(stream.n_tasks):
        np.testing.assert_array_equal(
            stream.held_out_presentations(task).images, again.held_out_presentations(task).images
        )


def test_what_is_handed_out_may_be_changed():
    stream = STREAMS[0]
    before = stream.presentations(0, 0, 10).images.copy()
    stream.presentations(0, 0, 10).images[:] = 0
    stream.contexts(0, 0, 10)[:] = 7
    np.testing.assert_array_equal(stream.presentations(0, 0, 10).images, before)
    assert stream.contexts(0, 0, 10).max() < 7


def test_the_very_numbers():
    """Numbers of samples that earlier versions drew: a change here changes every published result."""
    stream = tasks.split(DATA, samples=60, boundaries="random", span=4)
    images, _, contexts = marked.whole(stream)
    assert list(marked.numbers(images)[:8]) == [224, 103, 78, 96, 215, 22, 101, 263]
    assert list(contexts[:8]) == [2, 2, 2, 2, 2, 2, 1, 2]


def test_samples_are_spread_evenly_over_tasks_and_classes():
    images, _, contexts = marked.whole(tasks.split(DATA, samples=64))
    np.testing.assert_array_equal(np.bincount(marked.labels(images)), [11, 11, 11, 10, 11, 10])
    np.testing.assert_array_equal(np.bincount(contexts), [22, 21, 21])
    assert len(set(marked.numbers(images))) == 64


def test_samples_of_a_permuted_stream_are_spread_over_tasks():
    stream = tasks.permuted(DATA, 3, samples=90, test_samples=36)
    images, targets, contexts = marked.whole(stream)
    for task in range(3):
        np.testing.assert_array_equal(np.bincount(targets[contexts == task]), [5] * 6)
        np.testing.assert_array_equal(np.bincount(stream.held_out_presentations(task).targets), [2] * 6)
    assert len(set(marked.numbers(images[contexts == 0]))) == 30


def test_samples_per_class():
    stream = tasks.split(DATA, samples_per_class=7, passes=2)
    images = marked.whole(stream)[0]
    assert stream.n_presentations == 6 * 7 * 2
    np.testing.assert_array_equal(np.bincount(marked.labels(images)), [14] * 6)


def test_a_small_subset_is_part_of_a_larger_one_and_seeds_draw_others():
    small, large = (set(marked.numbers(marked.whole(tasks.split(DATA, samples=n))[0])) for n in (60, 120))
    assert small < large
    assert small != set(marked.numbers(marked.whole(tasks.split(DATA, samples=60), seed=1)[0]))


def test_test_samples_are_the_first_of_each_class():
    stream = tasks.split(DATA, test_samples=12)
    for task in range(3):
        images, targets = stream.held_out_presentations(task)
        np.testing.assert_array_equal(marked.numbers(images), [2 * task, 2 * task + 1, 2 * task + 6, 2 * task + 7])
        np.testing.assert_array_equal(targets, [0, 1, 0, 1])


def test_validation_images_are_not_trained_on():
    stream = tasks.split(DATA, held_out="validation", validation=45)
    trained = set(marked.numbers(marked.whole(stream)[0]))
    held_out = [marked.numbers(stream.held_out_presentations(task).images) for task in range(3)]
    assert trained == set(range(240))
    assert sorted(np.concatenate(held_out)) == list(range(240, 285))  # the last ones, and not the test images
    for task, numbers in enumerate(held_out):
        assert set(DATA.train_labels[numbers]) == {2 * task, 2 * task + 1}


def test_a_fifth_validates_by_default_and_the_test_split_takes_none_away():
    assert tasks.split(DATA, held_out="validation").n_presentations == 285 - 57
    assert tasks.split(DATA, held_out="test", validation=45).n_presentations == 285


def test_mnist_validates_on_ten_thousand_without_reading_it():
    assert tasks.split("mnist", held_out="validation")._facts.validation == 10_000


def test_nothing_is_read_before_it_is_needed(monkeypatch):
    def unreadable(name):
        raise AssertionError(name)

    monkeypatch.setattr("tasks.streams.stream.load", unreadable)
    stream = tasks.split("mnist", scenario="task-incremental", class_seed=1, samples=100, held_out="validation")
    assert (stream.n_tasks, stream.n_inputs, stream.image_shape, stream.n_classes) == (5, 784, (28, 28), 10)
    assert len(stream.outputs(3)) == 2
    assert stream.name in str(stream)
    assert tasks.from_dict(stream.to_dict()) == stream


def test_times_are_seconds_however_they_are_given():
    stream = tasks.split(DATA, duration=100 * ms, blank="20 ms")
    assert (stream.duration, stream.blank) == (0.1, 0.02)
    assert tasks.split(DATA).duration == 0.15
    assert tasks.split(DATA).blank is None


def test_text_names_the_scenario():
    assert str(tasks.split("digits", samples=500)) == (
        "split-digits, domain-incremental: 5 tasks (0/1, 2/3, 4/5, 6/7, 8/9); sharp boundaries, 500 samples, "
        "1 pass, rate (max_rate = 250 Hz) for 150 ms, evaluated on the test split"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"scenario": "class"},
            "scenario 'class' is not known; there are domain-incremental, class-incremental, task-",
        ),
        ({"held_out": "train"}, "held-out part 'train' is not known; there are test, validation"),
        (
            {"samples": 10, "samples_per_class": 2},
            "samples and samples_per_class are both given; give one of them.",
        ),
        ({"samples": 0}, "samples = 0 must be a whole number of at least 1"),
        ({"samples": 10.5}, "samples = 10.5 must be a whole number"),
        ({"passes": None}, "passes = None must be a whole number"),
        ({"duration": "long"}, "duration = .long. is not a time"),
        ({"passes": True}, "passes = True must be a whole number"),
        ({"order_seed": -3}, "order_seed = -3 must be a whole number of at least 0"),
        ({"duration": "0 ms"}, "duration = 0 ms must be longer than zero"),
        ({"duration": "150 mV"}, "duration = '150 mV' is not a time"),
        ({"blank": -0.1}, "blank = -100 ms must be longer than zero"),
        ({"encoding": "rate"}, r"encoding = 'rate' must be an encoding such as tasks.Rate"),
        ({"encoding": tasks.Raster()}, "the encoding 'raster' needs a stimulus a step"),
        ({"encoding": tasks.Latency("200 ms")}, "latest = 200 ms is too long for a presentation of 150 ms"),
    ],
)
def test_mistakes_are_refused_at_once(options, message):
    with pytest.raises(TaskError, match=message) as error:
        tasks.split(DATA, **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"samples": 300}, "50 training samples of class 0 were asked for, but there are 40; take fewer."),
        ({"samples_per_class": 41}, "41 training samples of class 0 were asked for, but there are 40"),
        ({"samples": 5}, "5 training samples in all leave class 5 of task 2 without one; take at least 6"),
        (
            {"held_out": "validation", "validation": 285},
            "validation = 285 leaves none of the 285 training images",
        ),
    ],
)
def test_more_samples_than_there_are_is_refused(options, message):
    with pytest.raises(TaskError, match=message):
        _ = tasks.split(DATA, **options).n_presentations


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (
            lambda s: s.presentations(0, 0, 286),
            "presentations 0 to 286 of split-marked were asked for; take 0 <= start",
        ),
        (lambda s: s.contexts(0, 5, 4), "presentations 5 to 4"),
        (lambda s: s.presentations(-1, 0, 5), "seed = -1 must be a whole number"),
        (lambda s: s.held_out_presentations(3), "task 3 was asked for, but split-marked has tasks 0 to 2"),
        (lambda s: s.chance(-1), "task -1 was asked for"),
        (
            lambda s: s.with_options(test_samples=61).held_out_presentations(0),
            "11 held-out samples of class 0 .* are 10",
        ),
        (
            lambda s: s.with_options(sample=5),
            "option of a split stream 'sample' is not known; .*did you mean 'samples'?",
        ),
    ],
)
def test_what_is_not_there_is_refused(mistake, message):
    with pytest.raises(TaskError, match=message):
        mistake(tasks.split(DATA))


def test_a_data_set_must_be_one():
    with pytest.raises(TaskError, match=r"must be a name or a data set made by tasks.from_arrays"):
        tasks.split(np.zeros((3, 4)))
    with pytest.raises(TaskError, match="did you mean 'mnist'?"):
        tasks.split("mnits")


def test_data_of_ones_own_are_known_by_what_they_are():
    def own(brightness):
        images = np.full((4, 4), brightness)
        data = tasks.from_arrays("bars", images, [0, 1, 2, 3], images, [0, 1, 2, 3], (2, 2))
        return data, tasks.split(data, classes_per_task=2)

    data, stream = own(0.5)
    other, _ = own(0.25)
    described = stream.to_dict()
    assert described != own(0.25)[1].to_dict() and described == own(0.5)[1].to_dict()
    assert tasks.from_dict(described, data).to_dict() == described
    with pytest.raises(TaskError, match="made with other images or labels of the name 'bars'"):
        tasks.from_dict(described, other)
    with pytest.raises(TaskError, match=r"'bars' is your own .* tacos.resume\(path, stream=...\)"):
        tasks.from_dict(described)


def test_sorted_images_leave_no_class_to_validate():
    images, labels = np.zeros((40, 4)), np.repeat(np.arange(4), 10)
    data = tasks.from_arrays("sorted", images, labels, images, labels, (2, 2))
    stream = tasks.split(data, classes_per_task=2, held_out="validation")
    with pytest.raises(
        tasks.TaskError,
        match="no held-out sample of class 0; every class needs at least one; the last 8 of 40 training images validate: put",
    ):
        stream.held_out_presentations(0)


@pytest.mark.parametrize("options", [{}, {"shuffled": True}, {"boundaries": "random"}])
def test_what_is_shown_for_the_first_time(options):
    """By sample and task: the same image permuted otherwise is another one, the second pass shows nothing new."""
    stream = tasks.permuted("digits", tasks=2, samples=30, passes=2, **options)
    first = stream.first_shown(0, 0, stream.n_presentations)
    assert len(first) == 30 and (np.diff(first) > 0).all() and first[0] == 0
    shown = stream.presentations(0, 0, stream.n_presentations).images
    assert len(np.unique(shown[first], axis=0)) == len(np.unique(shown, axis=0))
    assert stream.first_shown(0, 5, 9)[0] == 5


def test_as_many_samples_as_there_are():
    whole = tasks.split(DATA)
    fewest = min(np.bincount(DATA.train_labels))
    assert whole.at_most(60, 30) == whole.with_options(samples=60, test_samples=30)
    assert whole.at_most(6 * fewest) == whole, "some of them validate"
    assert whole.at_most(60, 10**6) == whole.with_options(samples=60)
    for asked in (
        whole.with_options(samples=12, test_samples=6),
        whole.with_options(samples_per_class=2, test_samples=6),
    ):
        assert asked.at_most(60, 30) == asked, "what the stream says itself stays"
