"""Spike trains as stimuli: what is kept of them, every stream and boundary, and what is refused."""

import json
import warnings

import numpy as np
import pytest

import tasks
from tasks import DataError, TaskError
from tests.tasks import trains

DATA = trains.dataset(duration="40 ms")


def spelled_out(samples, rows=40):
    """Rasters of presentations, spike by spike."""
    times, units, of, _ = trains.spikes()
    raster = np.zeros((len(samples), rows, 8))
    for k, sample in enumerate(samples):
        for t, unit in zip(times[of == sample], units[of == sample], strict=True):
            raster[k, round(t * 1000), unit] = 1
    return raster


def test_spike_trains_become_rasters_of_one_length():
    assert (DATA.n_units, DATA.n_classes, DATA.dt, DATA.duration, DATA.image_shape) == (8, 4, 0.001, 0.04, (1, 8))
    chosen = np.array([7, 0, 33, 7])
    given = DATA.rasters("train", chosen, 55)
    assert given.dtype == np.uint8
    np.testing.assert_array_equal(given.reshape(4, 55, 8), spelled_out(chosen, 55))
    np.testing.assert_array_equal(DATA.rasters("test", np.array([3]), 40), spelled_out([63])[0])
    assert str(DATA) == "trains: 60 training and 20 test spike trains of 8 units, 40 ms in steps of 1 ms, 4 classes"


def test_arrays_a_presentation_are_the_same_as_all_spikes_together():
    times, units, samples, labels = trains.spikes()
    cuts = np.flatnonzero(np.diff(samples)) + 1
    mixed = np.random.default_rng(0).permutation(len(times))  # in any order
    for given in (
        (np.split(times, cuts), np.split(units, cuts), labels),
        (times[mixed], units[mixed], labels, samples[mixed]),
    ):
        data = tasks.from_spikes(*given, test=np.arange(60, 80), name="trains", n_units=8, duration=0.04)
        assert data.digest == DATA.digest
    other = tasks.from_spikes(times, units, labels, samples, test=np.arange(59, 80), n_units=8)
    assert other.digest != DATA.digest


def test_spikes_fall_on_the_nearest_step_and_the_last_one_ends_a_presentation():
    data = tasks.from_spikes([[0.0, 0.00149, 0.0151], [], []], [[0, 0, 2], [], []], [0, 1, 0], test=[2], dt="1 ms")
    assert (data.duration, data.n_units) == (0.016, 3)
    np.testing.assert_array_equal(np.argwhere(data.rasters("train", np.array([0]), 16)), [[0, 0], [1, 0], [15, 2]])
    assert not data.rasters("train", np.array([1]), 16).any()
    for n in range(1, 200):  # rounding of a quotient moves no spike
        assert tasks.from_spikes([[n * 1e-4], []], [[0], []], [0, 0], test=[1], dt=1e-4).train.steps[0] == n


def test_spikes_of_one_step_count_once_and_that_is_said():
    with pytest.warns(UserWarning, match="1 of 4 spikes fall on a step of 1 ms in which their unit spikes already"):
        data = tasks.from_spikes([[0.001, 0.0012, 0.002], [0.001]], [[0, 0, 0], [0]], [0, 0], test=[1])
    assert data.rasters("train", np.array([0]), 3).sum() == 2


@pytest.mark.parametrize("scenario", tasks.SCENARIOS)
@pytest.mark.parametrize(
    "options",
    [{}, {"boundaries": "blurred", "blur": 10}, {"boundaries": "random"}, {"shuffled": True, "passes": 2}],
    ids=str,
)
def test_every_scenario_and_boundary(scenario, options):
    """The units that spike tell the class, and with it the task and the target; nothing depends on the cut."""
    stream = tasks.split(DATA, classes_per_task=2, scenario=scenario, blank="3 ms", **options)
    images, targets = stream.presentations(3, 0, stream.n_presentations)
    assert stream.rows == 43 and images.shape == (43 * stream.n_presentations, 8)
    raster = images.reshape(-1, 43, 8)
    classes = raster.sum(1).argmax(1) // 2
    assert not raster[:, 40:].any()
    np.testing.assert_array_equal(targets, classes % 2 if scenario == "domain-incremental" else classes)
    np.testing.assert_array_equal(stream.contexts(3, 0, stream.n_presentations), classes // 2)
    again, _ = stream.presentations(3, 17, 40)
    np.testing.assert_array_equal(again, images[43 * 17 : 43 * 40])
    held_out, tested = stream.held_out_presentations(1)
    assert set(held_out.reshape(len(tested), 43, 8).sum(1).argmax(1) // 2) == {2, 3}


def test_permuted_units():
    stream = tasks.permuted(DATA, 2)
    images, _ = stream.presentations(0, 0, 120)
    per_unit = images.reshape(120, 40, 8).sum(1)
    pairs = [tuple(np.flatnonzero(row)) for row in per_unit]
    assert set(pairs[:60]) == {(0, 1), (2, 3), (4, 5), (6, 7)} != set(pairs[60:])
    assert len(set(pairs[60:])) == 4 and set(per_unit[per_unit > 0]) == {12}


def test_counts_in_bins_are_those_of_the_rasters():
    stream = tasks.permuted(DATA, 2, blank="5 ms")
    binned = stream.binned(8)
    assert (binned.image_shape, binned.n_inputs, binned.bins, stream.bins) == ((8, 8), 64, 8, 0)
    rasters, targets = stream.presentations(1, 0, 120)
    images, same = binned.presentations(1, 0, 120)
    np.testing.assert_array_equal(targets, same)
    counts = rasters.reshape(120, 45, 8)[:, :40].reshape(120, 8, 5, 8).sum(2).reshape(120, 64)
    np.testing.assert_allclose(images * counts.max(), counts, atol=1e-6)
    longer = stream.with_options(duration="80 ms").binned(8).presentations(1, 0, 120).images.reshape(120, 8, 8)
    assert not longer[:, 4:].any() and longer[:, :4].any()
    with pytest.raises(DataError, match="bins = 41 are more than the 40 steps of 1 ms; take fewer."):
        stream.binned(41)
    with pytest.raises(TaskError, match="split-digits shows images; only spike trains are counted in bins."):
        tasks.split("digits").binned(4)


def test_one_task_alone():
    stream = tasks.split(DATA, held_out="validation", order_seed=1)
    alone = stream.alone(1)
    images, targets = alone.held_out_presentations(0)
    whole, expected = stream.held_out_presentations(1)
    np.testing.assert_array_equal(images, whole)
    np.testing.assert_array_equal(targets, expected)


def test_there_and_back_through_text():
    stream = tasks.split(DATA, duration="50 ms", samples=20)
    written = json.loads(json.dumps(stream.to_dict()))
    assert written["encoding"] == {"name": "raster", "every": 0.001}
    assert tasks.from_dict(written, dataset=DATA) == stream


def test_a_network_has_the_time_step_of_the_data():
    with pytest.raises(TaskError, match="dt = 0.5 ms is not the step of the spike trains, 1 ms; take that as dt"):
        tasks.split(DATA).encoding.check("0.5 ms")
    tasks.split(DATA).encoding.check("1 ms")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tasks.rotated(DATA), "a rotated stream is for images, and rotated-trains shows spike trains."),
        (lambda: tasks.split(DATA, transform="edges"), "transform = 'edges' is for images, and split-trains"),
        (lambda: tasks.split(DATA, encoding=tasks.Rate()), "the encoding 'rate' is for images, and split-trains"),
        (lambda: tasks.split(DATA, duration="30 ms"), "duration = 30 ms must be whole steps of 1 ms, at least 40 ms"),
        (lambda: tasks.split(DATA, blank="2.5 ms"), "blank = 2.5 ms must be whole steps of 1 ms, at least 1 ms"),
        (lambda: tasks.split(DATA, encoding=tasks.Raster("2 ms")), "dt = 1 ms is not the step of the spike trains"),
    ],
)
def test_what_spike_trains_cannot_be_shown_with(make, message):
    with pytest.raises(TaskError, match=message):
        make()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"times": [0.1, -0.2]}, "the time of spike 1 is -0.2; it must be a finite number of seconds"),
        ({"times": [0.1, np.nan]}, "the time of spike 1 is nan"),
        ({"units": [0, 3], "n_units": 3}, "the unit of spike 1 is 3; it must be from 0 to 2."),
        ({"units": [0.0, 1.0]}, "units must be whole numbers, found float64."),
        ({"samples": [0, 3]}, "the sample of spike 1 is 3; it must be from 0 to 2, one a label."),
        ({"samples": [0]}, r"times, units and samples have shapes \(2,\), \(2,\), \(1,\); each spike has one"),
        ({"labels": [0, 2, 0]}, "labels of the training part reach 2 but lack 1; number classes without gaps."),
        ({"labels": [0, 0, 1]}, "label 1 is held out for the test, but not trained on."),
        ({"test": []}, "test holds out no presentation; at least one is needed."),
        ({"test": [3]}, r"test must be a mask of shape \(3,\) or indices from 0 to 2"),
        ({"duration": "150 ms"}, "duration = 150 ms ends before the last spike, at 200 ms"),
        ({"image_shape": (2, 2)}, r"image_shape = \(2, 2\) has not the size of 2 units."),
        ({"metadata": {"who": [1]}}, r"metadata 'who' has shape \(1,\); it must be \(3,\), one for each label."),
        ({"dt": "-1 ms"}, "dt = -1 ms must be longer than zero."),
        ({"samples": None}, "there are 3 labels, times of 2 and units of 2 presentations"),
    ],
)
def test_what_cannot_be_is_said_with_its_place(changes, message):
    given = {"times": [0.1, 0.2], "units": [0, 1], "labels": [0, 1, 0], "samples": [0, 1], "test": [2]} | changes
    if given["samples"] is None:
        given |= {"times": [[0.1], [0.2]], "units": [[0], [1]]}
    with warnings.catch_warnings(), pytest.raises(DataError, match=message):
        warnings.simplefilter("error")
        tasks.from_spikes(**given)
