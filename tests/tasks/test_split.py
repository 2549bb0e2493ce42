import numpy as np
import pytest

import tasks
from tasks import TaskError
from tests.tasks import marked

DATA = marked.dataset(uneven=3)


def test_every_sample_once_task_after_task():
    stream = tasks.split(DATA)
    images, targets, contexts = marked.whole(stream)
    assert stream.n_presentations == len(DATA.train_labels) == 6 * 40 + 3 * 15
    assert sorted(marked.numbers(images)) == list(range(285))
    np.testing.assert_array_equal(contexts, np.repeat([0, 1, 2], [83, 95, 107]))
    np.testing.assert_array_equal(marked.labels(images) // 2, contexts)
    np.testing.assert_array_equal(DATA.train_labels[marked.numbers(images)], marked.labels(images))
    assert stream.evaluation_points == (83, 178, 285)
    assert images.dtype == np.float64
    assert targets.dtype == contexts.dtype == np.int64
    assert np.any(np.diff(targets[:83]) != 0)  # the classes of a task are mixed


@pytest.mark.parametrize(
    ("scenario", "n_classes", "outputs", "chance"),
    [
        ("domain-incremental", 2, [0, 1], 1 / 2),
        ("class-incremental", 6, [0, 1, 2, 3, 4, 5], 1 / 6),
        ("task-incremental", 6, [2, 3], 1 / 2),
    ],
)
def test_scenarios(scenario, n_classes, outputs, chance):
    stream = tasks.split(DATA, scenario=scenario)
    assert stream.n_classes == n_classes
    np.testing.assert_array_equal(stream.outputs(1), outputs)
    assert stream.chance(1) == chance
    images, targets, _ = marked.whole(stream)
    expected = marked.labels(images) % 2 if scenario == "domain-incremental" else marked.labels(images)
    np.testing.assert_array_equal(targets, expected)
    for task in range(3):
        images, targets = stream.held_out_presentations(task)
        assert set(targets) <= set(stream.outputs(task))
        assert set(marked.labels(images)) == {2 * task, 2 * task + 1}
        assert len(images) == 20


@pytest.mark.parametrize("scenario", tasks.SCENARIOS)
def test_classes_drawn_from_a_seed(scenario):
    streams = [tasks.split(DATA, scenario=scenario, class_seed=seed) for seed in range(4)]
    assert len({stream.task_names for stream in streams}) > 1
    for stream in streams:
        pairs = [tuple(map(int, name.split("/"))) for name in stream.task_names]
        assert sorted(sum(pairs, ())) == list(range(6))
        images, targets, contexts = marked.whole(stream)
        for context, pair in enumerate(pairs):
            here = contexts == context
            assert set(marked.labels(images)[here]) == set(pair)
            if scenario == "domain-incremental":  # the first named is output 0
                np.testing.assert_array_equal(np.array(pair)[targets[here]], marked.labels(images)[here])
            else:
                np.testing.assert_array_equal(targets[here], marked.labels(images)[here])
                assert stream.scenario != "task-incremental" or set(stream.outputs(context)) == set(pair)


def test_the_order_of_tasks_changes_neither_their_classes_nor_their_samples():
    given = tasks.split(DATA, samples=60)
    drawn = given.with_options(order_seed=1)
    assert sorted(drawn.task_names) == list(given.task_names) == ["0/1", "2/3", "4/5"]
    assert drawn.task_names != given.task_names
    images, _, contexts = marked.whole(drawn)
    for place, name in enumerate(drawn.task_names):
        before = marked.whole(given)[0][given.contexts(0, 0, 60) == given.task_names.index(name)]
        np.testing.assert_array_equal(images[contexts == place], before)
        np.testing.assert_array_equal(
            drawn.held_out_presentations(place).images,
            given.held_out_presentations(given.task_names.index(name)).images,
        )


def test_more_classes_a_task():
    stream = tasks.split(DATA, 3)
    assert stream.task_names == ("0/1/2", "3/4/5")
    assert (stream.n_tasks, stream.n_classes) == (2, 3)
    assert tasks.split(DATA, 1, scenario="class-incremental").n_tasks == 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"classes_per_task": 4}, "classes_per_task = 4 does not divide 6 classes; take 2 or 3 or 6."),
        ({"classes_per_task": 12}, "classes_per_task = 12 does not divide 6 classes"),
        ({"classes_per_task": 1}, "classes_per_task = 1 must be a whole number of at least 2"),
        ({"class_seed": -1}, "class_seed = -1 must be a whole number of at least 0"),
    ],
)
def test_mistakes_are_refused(options, message):
    with pytest.raises(TaskError, match=message):
        tasks.split(DATA, **options)


@pytest.mark.parametrize(
    "options", [{}, {"samples": 60, "test_samples": 24}, {"class_seed": 1, "order_seed": 2, "passes": 2}]
)
@pytest.mark.parametrize("held_out", ["test", "validation"])
def test_one_task_alone(options, held_out):
    whole = tasks.split(DATA, held_out=held_out, **options)
    for task in range(3):
        alone = whole.alone(task)
        assert (alone.n_tasks, alone.n_classes, alone.scenario) == (1, 2, "domain-incremental")
        images, targets, contexts = marked.whole(alone)
        assert set(contexts) == {0}
        shown, wanted, from_task = marked.whole(whole)
        pair = {label: target for label, target in zip(marked.labels(shown), wanted, strict=True)}
        assert len(images) == np.count_nonzero(from_task == task)
        assert {(label, target) for label, target in zip(marked.labels(images), targets, strict=True)} == {
            (label, pair[label]) for label in set(marked.labels(shown[from_task == task]))
        }
        for one, other in zip(alone.held_out_presentations(0), whole.held_out_presentations(task), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_task_alone_is_for_shared_outputs():
    with pytest.raises(TaskError, match="domain-incremental streams, not for class-incremental"):
        tasks.split(DATA, scenario="class-incremental").alone(0)
    with pytest.raises(TaskError, match="task 3 was asked for"):
        tasks.split(DATA).alone(3)


# -- own groups and orders ------------------------------------------------------------------------------------------


def test_named_classes_of_uneven_tasks_with_shared_outputs():
    stream = tasks.split(DATA, classes=[[5, 0, 1], [3, 2]], samples=50, test_samples=25)
    assert stream.task_names == ("5/0/1", "3/2") and stream.n_classes == 3
    images, targets, contexts = marked.whole(stream)
    assert np.bincount(contexts).tolist() == [30, 20], "samples are spread over classes"
    output = {5: 0, 0: 1, 1: 2, 3: 0, 2: 1}
    np.testing.assert_array_equal(targets, [output[label] for label in marked.labels(images)])
    assert 4 not in marked.labels(images), "what is not named is not shown"
    alone = stream.alone(0)
    assert (alone.n_classes, alone.n_presentations) == (3, 30) and stream.alone(1).n_classes == 2


def test_named_classes_have_outputs_in_the_order_of_their_labels():
    stream = tasks.split(DATA, classes=[[5, 0], [3]], scenario="class-incremental")
    assert stream.n_classes == 3 and stream.chance(0) == 1 / 3
    for task, labels in enumerate(([0, 5], [3])):
        images, targets = stream.held_out_presentations(task)
        assert sorted(set(marked.labels(images))) == labels
        np.testing.assert_array_equal(targets, [{0: 0, 3: 1, 5: 2}[label] for label in marked.labels(images)])


def test_all_classes_by_name_are_those_by_number():
    named = tasks.split(DATA, classes=[[0, 1], [2, 3], [4, 5]], scenario="class-incremental", samples=60)
    numbered = tasks.split(DATA, scenario="class-incremental", samples=60)
    for one, other in zip(marked.whole(named), marked.whole(numbered), strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_order_of_ones_own():
    given = tasks.split(DATA, samples=60)
    turned = given.with_options(order=[2, 0, 1])
    assert turned.task_names == ("4/5", "0/1", "2/3") and turned == given.with_options(order=np.array([2, 0, 1]))
    here = given.contexts(0, 0, 60) == 2
    np.testing.assert_array_equal(marked.whole(turned)[0][:20], marked.whole(given)[0][here])


def test_as_texts_and_as_plain_data():
    stream = tasks.named("split-digits", classes="0,1,5/2,3", order="1,0")
    assert stream == tasks.split("digits", classes=[(0, 1, 5), [2, 3]], order=(1, 0))
    assert stream.to_dict()["classes"] == [[0, 1, 5], [2, 3]] and tasks.from_dict(stream.to_dict()) == stream


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": [0, 1]}, r"order = \[0, 1\] must name each of the 3 tasks of split-marked once, from 0 to 2."),
        ({"order": "2,x,0"}, "a number of order = 'x' must be a whole number of at least 0"),
        ({"order": 3}, r"order = 3 must be whole numbers, such as \[2, 0, 1\]."),
        ({"order": [0, 1, 2], "order_seed": 1}, "order and order_seed are both given; give one of them."),
        ({"classes": [0, 1]}, r"classes = \[0, 1\] must be the classes of every task, such as"),
        ({"classes": []}, r"classes = \[\] must be the classes of every task, such as"),
        ({"classes": [[0, 1], [1, 2]]}, "class 1 is named twice; each belongs to one task."),
        ({"classes": [[0, 6]]}, "classes: split-marked has classes 0 to 5, none of number 6."),
        ({"classes": [[0, 1], [2]]}, r"classes = \[\[0, 1\], \[2\]\]: a task of this scenario has 2 at least."),
        ({"classes": [[0, 1], []]}, "a task of this scenario has 2 at least."),
        ({"classes": [[0, 1]], "class_seed": 1}, "drop classes_per_task and class_seed."),
        ({"classes": [[0, 1, 2]], "classes_per_task": 3}, "drop classes_per_task and class_seed."),
    ],
)
def test_groups_and_orders_that_cannot_be(options, message):
    with pytest.raises(TaskError, match=message):
        tasks.split(DATA, **options)
