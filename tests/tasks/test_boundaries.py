import numpy as np
import pytest

import tasks
from tasks import TaskError
from tasks.streams import boundaries
from tests.tasks import marked

DATA = marked.dataset(per_class=50)
COUNTS = [400, 300, 500]


@pytest.mark.parametrize(
    "options",
    [{}, {"boundaries": "blurred", "blur": 60}, {"boundaries": "random", "span": 10}, {"shuffled": True}],
    ids=str,
)
@pytest.mark.parametrize("passes", [1, 3])
def test_every_sample_is_used_once_a_pass_whatever_the_boundaries(options, passes):
    stream = tasks.split(DATA, passes=passes, **options)
    images, targets, contexts = marked.whole(stream, seed=4)
    assert stream.n_presentations == 300 * passes
    np.testing.assert_array_equal(np.bincount(marked.numbers(images)), [passes] * 300)
    np.testing.assert_array_equal(marked.labels(images) // 2, contexts)
    np.testing.assert_array_equal(marked.labels(images) % 2, targets)
    assert len(stream.evaluation_points) == 3
    assert stream.evaluation_points == (100 * passes, 200 * passes, 300 * passes)


def test_passes_go_through_a_task_before_the_next_in_new_orders():
    images, _, contexts = marked.whole(tasks.split(DATA, passes=2))
    np.testing.assert_array_equal(contexts, np.repeat([0, 1, 2], 200))
    first, second = marked.numbers(images)[:100], marked.numbers(images)[100:200]
    assert set(first) == set(second)
    assert list(first) != list(second)


def test_the_share_of_the_next_task_rises_linearly_across_the_blur():
    width = 200
    draws = [boundaries.blurred(COUNTS, width, np.random.default_rng(seed)) for seed in range(600)]
    for draw in draws[:20]:
        np.testing.assert_array_equal(np.bincount(draw), COUNTS)
    share = np.mean([draw == 1 for draw in draws], axis=0)
    np.testing.assert_allclose(share[300:500], (np.arange(200) + 0.5) / width, atol=0.08)
    assert np.abs(np.mean(share[300:500] - (np.arange(200) + 0.5) / width)) < 0.01
    assert np.all(share[:300] == 0)
    assert np.all(share[500:600] == 1)
    last = np.mean([draw == 2 for draw in draws], axis=0)
    assert last[600:800].mean() == pytest.approx(0.5, abs=0.01)
    assert np.all(last[:600] == 0)


def test_blurred_contexts_of_a_stream_keep_to_the_blur():
    stream = tasks.split(DATA, boundaries="blurred", blur=40)
    contexts = stream.contexts(1, 0, 300)
    assert np.all(contexts[:80] == 0) and np.all(contexts[120:180] == 1) and np.all(contexts[220:] == 2)
    assert 0 < np.mean(contexts[80:120]) < 1
    assert not np.array_equal(contexts, stream.contexts(2, 0, 300))


def test_random_spans_have_the_mean_length_asked_for_and_tasks_come_back():
    draws = [boundaries.random([3000, 3000, 3000], 30, np.random.default_rng(seed)) for seed in range(5)]
    for draw in draws:
        np.testing.assert_array_equal(np.bincount(draw), [3000] * 3)
        changes = np.count_nonzero(np.diff(draw))
        # 300 spans follow one another; two of three neighbours are of different tasks.
        assert changes == pytest.approx(300 * 2 / 3, rel=0.15)
        assert all((draw[:4500] == task).any() and (draw[4500:] == task).any() for task in range(3))
    assert not np.array_equal(draws[0], draws[1])


def test_random_with_one_span_a_task_and_with_spans_of_one():
    draw = boundaries.random([5, 7], 1000, np.random.default_rng(0))
    assert np.count_nonzero(np.diff(draw)) == 1
    np.testing.assert_array_equal(np.bincount(boundaries.random([5, 7], 1, np.random.default_rng(0))), [5, 7])


def test_shuffled_mixes_all_tasks_evenly_and_each_pass_by_itself():
    draw = boundaries.shuffled([800, 600, 1000], 2, np.random.default_rng(0))
    for half in (draw[:1200], draw[1200:]):
        np.testing.assert_array_equal(np.bincount(half), [400, 300, 500])
        np.testing.assert_allclose(np.bincount(half[:600]) / 600, np.array([4, 3, 5]) / 12, atol=0.06)


def test_shuffled_is_the_ceiling_of_any_stream():
    blurred = tasks.split(DATA, boundaries="blurred", blur=20)
    sharp = tasks.split(DATA)
    np.testing.assert_array_equal(
        marked.whole(blurred.with_options(shuffled=True))[0],
        marked.whole(sharp.with_options(shuffled=True))[0],
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"blur": 10}, "blur is for boundaries = 'blurred' only, not for 'sharp'; drop it."),
        ({"span": 10, "boundaries": "blurred"}, "span is for boundaries = 'random' only"),
        (
            {"boundaries": "blured"},
            "kind of boundaries 'blured' is not known; there are sharp, blurred, random; did you mean",
        ),
        ({"boundaries": "blurred", "blur": 0}, "blur = 0 must be a whole number of at least 1"),
    ],
)
def test_mistakes_are_refused(options, message):
    with pytest.raises(TaskError, match=message):
        tasks.split(DATA, **options)


def test_a_blur_wider_than_a_task_is_refused():
    stream = tasks.split(DATA, boundaries="blurred", blur=101)
    with pytest.raises(TaskError, match="blur = 101 is wider than the shortest task; take at most its 100"):
        stream.presentations(0, 0, 1)
