"""Tasks of one's own: several classes with one answer, other answers later, images that drift."""

import numpy as np
import pytest

import tacos
import tasks
from tasks import TaskError
from tests.tasks import marked

DATA = marked.dataset()


def dimmer(images, task):
    return images * (1 - 0.25 * task)


def test_several_classes_have_one_answer_and_another_in_another_task():
    stream = tasks.custom(DATA, [{0: 0, 1: 0, 2: 1}, {2: 0, 0: 1}], samples=50, test_samples=20)
    assert (stream.n_tasks, stream.n_classes, stream.task_names) == (2, 2, ("0,1/2", "2/0"))
    images, targets, contexts = marked.whole(stream)
    labels = marked.labels(images)
    expected = [{0: 0, 1: 0, 2: 1}[k] if c == 0 else {2: 0, 0: 1}[k] for k, c in zip(labels, contexts, strict=True)]
    np.testing.assert_array_equal(targets, expected)
    assert set(labels[contexts == 1]) == {0, 2}
    assert set(stream.held_out_presentations(1).targets) == {0, 1}


def test_a_task_may_be_told_and_have_fewer_answers():
    stream = tasks.custom(DATA, [{0: 0, 1: 1, 2: 2}, {3: 1, 4: 2}], scenario="task-incremental")
    assert stream.outputs(1).tolist() == [1, 2] and stream.chance(0) == 1 / 3


def test_images_as_a_function_shows_them():
    plain = tasks.custom(DATA, [{0: 0, 1: 1}] * 3, samples=30, names=["bright", "dim", "dark"])
    assert plain.with_options(names=None).task_names == ("0/1", "0/1 (2)", "0/1 (3)")
    drifting = plain.with_options(show=dimmer)
    assert drifting.task_names == ("bright", "dim", "dark")
    for task in range(3):
        before, after = (one.held_out_presentations(task).images for one in (plain, drifting))
        np.testing.assert_array_equal(after, before * (1 - 0.25 * task))
    images, _, contexts = marked.whole(drifting)
    np.testing.assert_array_equal(images, marked.whole(plain)[0] * (1 - 0.25 * contexts[:, None]))


def test_written_down_and_rebuilt():
    stream = tasks.custom("digits", [{0: 0, 1: 0, 2: 1}, {3: 0, 4: 1}], names=["a", "b"], samples=20)
    assert stream.to_dict()["answers"] == [[[0, 0], [1, 0], [2, 1]], [[3, 0], [4, 1]]]
    assert tasks.from_dict(stream.to_dict()) == stream
    shown = stream.with_options(show=dimmer)
    assert shown.to_dict()["show"] == "dimmer"
    assert shown.to_dict()["digest"] != stream.with_options(show=lambda images, task: images).to_dict()["digest"]
    with pytest.raises(TaskError, match=r"by your own function 'dimmer'; give the stream, as in tacos.resume"):
        tasks.from_dict(shown.to_dict())


def test_a_run_goes_on_with_the_function_given_again(tmp_path):
    stream = tasks.custom(
        "digits", [{0: 0, 1: 1}, {0: 1, 1: 0}], samples=8, test_samples=8, duration="10 ms", show=dimmer
    )
    options = dict(out=tmp_path / "run", backend="torch", progress=False)
    done = tacos.run(tacos.error_driven(stream, 3), stream, **options)
    assert done.folder.how_to_resume() == f'tacos.resume("{tmp_path / "run"}", stream=...)'
    again = tacos.resume(tmp_path / "run", stream=stream, progress=False)
    np.testing.assert_array_equal(again.accuracy_matrix, done.accuracy_matrix)
    with pytest.raises(tacos.RunError, match=r"another stream \(another digest"):
        tacos.resume(tmp_path / "run", stream=stream.with_options(show=lambda images, task: images / 2))


@pytest.mark.parametrize(
    ("answers", "options", "message"),
    [
        ([], {}, r"answers are a mapping .* for every task, such as .*, not \[\]."),
        ({0: 1}, {}, r"for every task, such as .*, not \{0: 1\}."),
        ([{}], {}, "a task is empty."),
        ([{0: -1}], {}, r"not \{0: -1\}."),
        ([{0: 0, 9: 1}], {}, "answers: there is no class 9; custom-marked has 0 to 5."),
        ([{0: 0}], {"names": ["a", "b"]}, "2 names are given for 1 tasks."),
        ([{0: 0}], {"show": 3}, "show = 3 must be a function of images and the number of the task."),
    ],
)
def test_what_cannot_be_is_refused(answers, options, message):
    with pytest.raises(TaskError, match=message):
        tasks.custom(DATA, answers, **options)


@pytest.mark.parametrize(
    ("show", "message"),
    [
        (lambda images, task: images + 1, "must be images of the same shape from 0 to 1"),
        (lambda images, task: images[:1], "must be images of the same shape"),
        (lambda images, task: images * np.nan, "must be images of the same shape from 0 to 1"),
        (lambda images, task: images * images.mean(), "one by one than together; each by itself is right"),
    ],
)
def test_what_shows_no_images_is_refused(show, message):
    stream = tasks.custom(DATA, [{0: 0, 1: 1}], show=show)
    with pytest.raises(TaskError, match=message):
        stream.presentations(0, 0, 2)
