"""Data sets learned one after the other, and one learned piece by piece."""

import numpy as np
import pytest

import tasks
from tasks import TaskError
from tasks.joined import joined
from tests.tasks import marked

ONE, OTHER = marked.dataset(per_class=20, n_classes=3), marked.dataset(per_class=40, n_classes=4)


@pytest.mark.parametrize(
    ("scenario", "n_classes", "second"),
    [("domain-incremental", 4, range(4)), ("class-incremental", 7, range(3, 7)), ("task-incremental", 7, range(3, 7))],
)
def test_each_data_set_is_a_task(scenario, n_classes, second):
    stream = tasks.consecutive((ONE, OTHER), scenario=scenario)
    assert (stream.n_classes, stream.task_names, stream.evaluation_points) == (n_classes, ("marked",) * 2, (60, 220))
    images, targets, contexts = marked.whole(stream)
    for task, data, outputs in ((0, ONE, range(3)), (1, OTHER, second)):
        here = contexts == task
        assert sorted(marked.numbers(images[here])) == list(range(len(data.train_labels)))
        np.testing.assert_array_equal(targets[here], np.array(outputs)[marked.labels(images[here])])
        held_out = stream.held_out_presentations(task)
        assert sorted(marked.numbers(held_out.images)) == list(range(len(data.test_labels)))
        np.testing.assert_array_equal(held_out.targets, np.array(outputs)[marked.labels(held_out.images)])


def test_the_last_images_of_each_validate():
    stream = tasks.consecutive((ONE, OTHER), held_out="validation", validation=55)
    images, _, contexts = marked.whole(stream)
    for task, n in ((0, 60), (1, 160)):
        held_out = marked.numbers(stream.held_out_presentations(task).images)
        trained = marked.numbers(images[contexts == task])
        assert len(held_out) == n / 4 and held_out.min() > trained.max()
    known = tasks.consecutive(("mnist", "fashion-mnist"), held_out="validation")
    assert known._facts.validation == 20_000


def test_a_name_with_a_plus_is_a_data_set():
    data = tasks.load("digits+digits")
    once = tasks.load("digits")
    assert (data.n_classes, data.parts) == (20, (("digits", 10), ("digits", 10)))
    np.testing.assert_array_equal(data.train_labels[::2], once.train_labels)
    np.testing.assert_array_equal(data.train_labels[1::2], once.train_labels + 10)
    np.testing.assert_array_equal(data.train_images[1::2], once.train_images)
    assert tasks.load("digits+digits") is data


def test_parts_have_no_image_in_common_and_all_together():
    stream = tasks.subsets(ONE, 6)
    assert (stream.n_tasks, stream.n_classes, stream.n_presentations) == (6, 3, 60)
    images, targets, contexts = marked.whole(stream, seed=3)
    assert sorted(marked.numbers(images)) == list(range(60))
    np.testing.assert_array_equal(targets, marked.labels(images))
    counts = np.array([np.bincount(targets[contexts == task]) for task in range(6)])
    assert counts.min() == 3 and counts.max() == 4
    held_out = [stream.held_out_presentations(task) for task in range(6)]
    assert sorted(np.concatenate([marked.numbers(part.images) for part in held_out])) == list(range(30))
    assert not np.array_equal(images, marked.whole(stream, seed=4)[0])


def test_parts_in_another_order_are_the_same_parts():
    stream = tasks.subsets(ONE, 4, samples=24, test_samples=12)
    mixed = stream.with_options(order_seed=2)
    places = [stream.task_names.index(name) for name in mixed.task_names]
    assert places != [0, 1, 2, 3]

    def parts(one):
        images, _, contexts = marked.whole(one)
        return [sorted(marked.numbers(images[contexts == task])) for task in range(4)]

    assert [parts(stream)[k] for k in places] == parts(mixed)
    for task, place in enumerate(places):
        shown, expected = mixed.held_out_presentations(task).images, stream.held_out_presentations(place).images
        np.testing.assert_array_equal(shown, expected)


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: tasks.consecutive("mnist"), "consecutive-mnist has one data set; give two or more, such as"),
        (lambda: tasks.consecutive([ONE]), "consecutive-marked has one data set"),
        (lambda: tasks.consecutive(("mnist", "mnits")), "data set 'mnits' is not known; .*did you mean 'mnist'"),
        (lambda: tasks.consecutive(("mnist", "digits")), "need images of one size, not mnist 28 x 28, digits 8 x 8"),
        (lambda: joined([ONE, _floats()]), "need images of one type, not marked uint8, grey float64"),
        (lambda: tasks.subsets("digits", 0), "tasks = 0 must be a whole number of at least 1"),
        (lambda: tasks.subsets("digits", scenario="class-incremental"), "subsets show the same classes in every task"),
        (lambda: tasks.subsets(ONE, 21).n_presentations, "21 parts .* need 21 training samples of class 0, .* are 20"),
        (lambda: tasks.subsets(ONE, 4, samples_per_class=6).n_presentations, "need 24 training samples of class 0"),
        (lambda: tasks.subsets(ONE, 12).held_out_presentations(0), "need 12 held-out samples of class 0, .* are 10"),
    ],
)
def test_mistakes_are_refused(mistake, message):
    with pytest.raises(TaskError, match=message):
        mistake()


def _floats():
    return tasks.from_arrays("grey", np.full((2, 4), 0.5), [0, 1], np.full((2, 4), 0.5), [0, 1], (2, 2))
