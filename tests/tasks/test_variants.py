"""Permuted and rotated streams: all classes in every task, each in its own way."""

import numpy as np
import pytest

import tasks
from tasks import TaskError
from tests.tasks import marked

DATA = marked.dataset(per_class=20, n_classes=3)


@pytest.mark.parametrize("kind", [tasks.permuted, tasks.rotated])
@pytest.mark.parametrize(
    ("scenario", "n_classes", "outputs"),
    [
        ("domain-incremental", 3, [0, 1, 2]),
        ("class-incremental", 12, range(12)),
        ("task-incremental", 12, [6, 7, 8]),
    ],
)
def test_scenarios(kind, scenario, n_classes, outputs):
    stream = kind(DATA, tasks=4, scenario=scenario)
    assert (stream.n_tasks, stream.n_classes, stream.n_presentations) == (4, n_classes, 4 * 60)
    assert stream.evaluation_points == (60, 120, 180, 240)
    np.testing.assert_array_equal(stream.outputs(2), outputs)
    _, targets, contexts = marked.whole(stream)
    shift = 0 if scenario == "domain-incremental" else 3
    for task in range(4):
        np.testing.assert_array_equal(np.unique(targets[contexts == task]), shift * task + np.arange(3))
        np.testing.assert_array_equal(
            np.unique(stream.held_out_presentations(task).targets), shift * task + np.arange(3)
        )


def test_each_task_has_its_own_permutation_of_all_images():
    stream = tasks.permuted("digits", 3)
    data = tasks.load("digits")
    held_out = [stream.held_out_presentations(task).images for task in range(3)]
    np.testing.assert_array_equal(held_out[0], data.test_images)
    for images in held_out[1:]:
        np.testing.assert_array_equal(np.sort(images), np.sort(held_out[0]))
        assert not np.array_equal(images, held_out[0])
    assert not np.array_equal(held_out[1], held_out[2])
    # One permutation for training and test, and for every image: brightness by pixel moves as a whole.
    images, _, contexts = marked.whole(stream)
    pixel = {task: images[contexts == task].mean(axis=0) for task in range(3)}
    moved = np.sort(pixel[0])
    np.testing.assert_allclose(np.sort(pixel[1]), moved)
    np.testing.assert_allclose(np.sort(pixel[2]), moved)


def test_permutations_depend_on_their_seed_only():
    one = tasks.permuted("digits", 3, permutation_seed=1)
    np.testing.assert_array_equal(
        one.held_out_presentations(2).images, one.with_options(tasks=5).held_out_presentations(2).images
    )
    other = one.with_options(permutation_seed=2).held_out_presentations(2).images
    assert not np.array_equal(one.held_out_presentations(2).images, other)


def test_rotation_is_counter_clockwise_and_keeps_the_range():
    image = np.zeros((1, 5, 5))
    image[0, 2, 4] = 1  # in the middle of the right side
    data = tasks.from_arrays("dot", image, [0], image, [0], (5, 5))
    stream = tasks.rotated(data, angles=[0, 90, 180, 33])
    turned = [stream.held_out_presentations(task).images.reshape(5, 5) for task in range(4)]
    np.testing.assert_array_equal(turned[0], image[0])
    for got, at in zip(turned[1:3], [(0, 2), (2, 0)], strict=True):
        assert got[at] == pytest.approx(1)
        assert got.sum() == pytest.approx(1)
    assert 0 <= turned[3].min() and turned[3].max() <= 1
    assert stream.task_names == ("0 degrees", "90 degrees", "180 degrees", "33 degrees")


def test_angles_are_spread_evenly():
    names = tasks.rotated("digits", tasks=4).task_names
    assert names == ("0 degrees", "45 degrees", "90 degrees", "135 degrees")
    assert tasks.rotated("digits").n_tasks == 5


def test_rotated_slices_are_those_of_the_whole():
    stream = tasks.rotated("digits", angles=[10, 20], samples=40, shuffled=True)
    images = marked.whole(stream)[0]
    pieces = [stream.presentations(0, i, i + 8).images for i in range(0, 40, 8)]
    np.testing.assert_array_equal(np.concatenate(pieces), images)


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: tasks.permuted("digits", 0), "tasks = 0 must be a whole number of at least 1"),
        (lambda: tasks.permuted("digits", permutation_seed=-1), "permutation_seed = -1 must be"),
        (
            lambda: tasks.rotated("digits", 2, angles=[1, 2, 3]),
            "tasks = 2 and 3 angles are given; leave tasks out.",
        ),
        (lambda: tasks.rotated("digits", angles=[]), r"angles = \[\] must be one or more numbers"),
        (lambda: tasks.rotated("digits", angles=[np.nan]), r"angles = \[nan\] must be one or more numbers"),
        (lambda: tasks.rotated("digits", angles="45 90"), "angles = '45 90' must be one or more numbers"),
    ],
)
def test_mistakes_are_refused(mistake, message):
    with pytest.raises(TaskError, match=message):
        mistake()
