"""Tasks that are voices: all classes in each, from one speaker."""

import json

import numpy as np
import pytest

import tasks
from tasks import TaskError
from tests.tasks import trains


def voices(n=240):
    """Trains of four classes by three speakers; the number of a presentation is written into a unit of its own."""
    times, units, samples, labels = trains.spikes(n // 4)
    who = np.array(["cy", "ann", "bob"])[np.arange(n) // 4 % 3]
    numbers = np.arange(n)
    times = np.concatenate([times, numbers % 40 * 1e-3, numbers // 40 * 1e-3])
    units = np.concatenate([units, np.full(n, 8), np.full(n, 9)])
    samples = np.concatenate([samples, numbers, numbers])
    data = tasks.from_spikes(
        times, units, labels, samples, test=numbers >= 192, name="voices", duration=0.04, metadata={"speaker": who}
    )
    return data, labels, who


DATA, LABELS, WHO = voices()


def numbers(images):
    """Which presentations these are."""
    raster = images.reshape(-1, 40, 10)
    return raster[:, :, 8].argmax(1) + 40 * raster[:, :, 9].argmax(1)


@pytest.mark.parametrize("scenario", tasks.SCENARIOS)
def test_each_task_is_a_speaker_with_all_classes(scenario):
    stream = tasks.grouped(DATA, scenario=scenario)
    assert stream.task_names == ("ann", "bob", "cy") and stream.n_presentations == 192
    assert stream.n_classes == (4 if scenario == "domain-incremental" else 12)
    images, targets = stream.presentations(2, 0, 192)
    shown = numbers(images)
    assert sorted(shown) == list(range(192))
    contexts = stream.contexts(2, 0, 192)
    np.testing.assert_array_equal(WHO[shown], np.array(["ann", "bob", "cy"])[contexts])
    expected = LABELS[shown] + (0 if scenario == "domain-incremental" else 4 * contexts)
    np.testing.assert_array_equal(targets, expected)
    held_out, tested = stream.held_out_presentations(1)
    assert set(WHO[numbers(held_out)]) == {"bob"} and len(set(tested)) == 4
    np.testing.assert_array_equal(LABELS[numbers(held_out)], tested % 4)


def test_counts_are_of_the_same_presentations():
    stream = tasks.grouped(DATA, order_seed=1, boundaries="random")
    binned = stream.binned(4)
    assert binned.task_names == stream.task_names
    np.testing.assert_array_equal(binned.contexts(1, 0, 192), stream.contexts(1, 0, 192))
    raster, targets = stream.presentations(1, 0, 192)
    counts, same = binned.presentations(1, 0, 192)
    np.testing.assert_array_equal(targets, same)
    sums, spikes = counts.reshape(192, 4, 10).sum(1), raster.reshape(192, 40, 10).sum(1)
    np.testing.assert_allclose(sums / sums.max(), spikes / spikes.max(), atol=1e-6)


def test_by_name_and_there_and_back():
    stream = tasks.named("grouped-spoken-digits")
    assert stream.n_tasks == 6 and stream.task_names[0] == "george" and stream.n_classes == 10
    written = json.loads(json.dumps(tasks.grouped(DATA).to_dict()))
    assert written["by"] == "speaker" and tasks.from_dict(written, dataset=DATA) == tasks.grouped(DATA)
    assert "grouped-mnist" not in tasks.names()


def test_validation_is_of_the_same_presentations():
    stream = tasks.grouped(DATA, held_out="validation", validation=30)
    binned = stream.binned(4)
    assert binned.n_presentations == stream.n_presentations == 162
    for task in range(3):
        raster, _ = stream.held_out_presentations(task)
        counts, _ = binned.held_out_presentations(task)
        assert len(raster) == 40 * len(counts)


def test_the_groups_belong_to_the_data():
    others = tasks.from_spikes(
        [[0.0], [0.0], [0.0]], [[0], [0], [0]], [0, 0, 0], test=[2], metadata={"speaker": ["ann", "bob", "cy"]}
    )
    again = tasks.from_spikes(
        [[0.0], [0.0], [0.0]], [[0], [0], [0]], [0, 0, 0], test=[2], metadata={"speaker": ["ann", "bob", "bob"]}
    )
    assert others.digest != again.digest
    with pytest.raises(TaskError, match="the speaker 'cy' of the held-out part does not occur in the training part."):
        tasks.grouped(others, scenario="class-incremental").held_out_presentations(0)


def test_what_is_not_known_is_refused():
    with pytest.raises(TaskError, match="what is known of presentations, 'accent' is not known; there are speaker"):
        tasks.grouped(DATA, by="accent")
    with pytest.raises(TaskError, match="grouped-digits has no groups: nothing but labels is known"):
        tasks.grouped("digits")
