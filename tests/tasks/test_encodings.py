import numpy as np
import pytest
from brian2 import Hz, ms

import tasks
from tasks import TaskError, encodings

DT, STEPS = 0.001, 50
PIXELS = np.array([[0.0, 1e-3, 0.2, 0.21, 0.5, 0.777, 1.0], [1.0, 0.9, 0.3, 0.0, 0.2, 0.6, 0.55]])


def by_condition(encoding, images, random):
    """Evaluate the text of the condition for every neuron and step, as a simulator would."""
    names = {name: value for name, (value, _) in encoding.parameters.items()} | {"dt": DT, "int": int}
    spikes = np.zeros((len(images), STEPS, images.shape[-1]), dtype=bool)
    for image, step, neuron in np.ndindex(spikes.shape):
        stimulus = images[image, step, neuron] if encoding.per_step else images[image, neuron]
        here = {"stimulus": stimulus, "step": step, "rand": lambda at=(image, step, neuron): random[at]}
        spikes[image, step, neuron] = eval(encoding.condition, {}, names | here)
    return spikes


@pytest.mark.parametrize(
    ("encoding", "images"),
    [
        (tasks.Rate(), PIXELS),
        (tasks.Rate("1000 Hz"), PIXELS),
        (tasks.Latency("40 ms"), PIXELS),
        (tasks.Latency("49 ms", threshold=0.0), PIXELS),
        (tasks.Raster(), np.random.default_rng(3).integers(0, 2, (2, STEPS, 7)).astype(float)),
    ],
    ids=str,
)
def test_encode_is_what_the_condition_says(encoding, images):
    random = np.random.default_rng(1).random((2, STEPS, 7))
    spikes = encoding.encode(images, DT, STEPS, np.random.default_rng(1))
    assert spikes.dtype == bool
    np.testing.assert_array_equal(spikes, by_condition(encoding, images, random))
    assert spikes.any()


def test_rate_has_mean_and_variance_of_a_bernoulli_process():
    steps, pixel = 200, 0.6
    images = np.full((20, 500), pixel)
    counts = tasks.Rate("250 Hz").encode(images, "1 ms", steps, np.random.default_rng(0)).sum(axis=1)
    p = pixel * 0.25
    assert counts.mean() == pytest.approx(steps * p, rel=0.01)
    assert counts.var() == pytest.approx(steps * p * (1 - p), rel=0.05)


def test_latency_is_one_spike_a_pixel_the_brighter_the_earlier():
    spikes = tasks.Latency("40 ms", threshold=0.2).encode(PIXELS, 1 * ms, STEPS, np.random.default_rng())
    np.testing.assert_array_equal(spikes.sum(axis=1), PIXELS > 0.2)
    assert spikes[0, 0, 6]  # a pixel of 1 at once
    assert spikes[0, 20, 4]  # a pixel of 0.5 after half of 40 ms


def test_parameters_carry_units():
    assert tasks.Rate(100 * Hz).parameters == {"max_rate": (100.0, "Hz")}
    assert tasks.Latency("80 ms").parameters == {"latest": (0.08, "second"), "threshold": (0.2, "1")}
    assert tasks.Raster().parameters == {}
    assert [tasks.Rate().per_step, tasks.Latency().per_step, tasks.Raster().per_step] == [False, False, True]


@pytest.mark.parametrize("encoding", [tasks.Rate("80 Hz"), tasks.Latency("35 ms", 0.1), tasks.Raster()], ids=str)
def test_there_and_back(encoding):
    assert encodings.from_dict(encoding.to_dict()) == encoding


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda: tasks.Rate("-5 Hz"), "max_rate = -5 Hz is negative"),
        (lambda: tasks.Rate("5 ms"), "max_rate = '5 ms' is not a rate"),
        (
            lambda: tasks.Rate("2 kHz").check("1 ms"),
            "max_rate = 2000 Hz with dt = 1 ms asks for 2 spikes a step; "
            "take at most 1000 Hz or a dt of at most 0.5 ms.",
        ),
        (
            lambda: tasks.Rate("2 kHz").encode(PIXELS, DT, STEPS, np.random.default_rng()),
            "asks for 2 spikes a step",
        ),
        (lambda: tasks.Normalized("-2 Hz"), "max_rate = -2 Hz is negative"),
        (lambda: tasks.Normalized(norm=0), "norm = 0 must be a finite number above zero"),
        (lambda: tasks.Normalized(norm=True), "norm = True must be a finite number above zero"),
        (lambda: tasks.Latency("0 ms"), "latest = 0 ms must be longer than zero"),
        (lambda: tasks.Latency("9 ms", threshold=1.0), "threshold = 1.0 must be a number from 0 to below 1"),
        (
            lambda: tasks.Latency("200 ms").check(duration="150 ms"),
            "latest = 200 ms is too long for a presentation of 150 ms",
        ),
        (
            lambda: tasks.Latency("50 ms", 0.0).encode(PIXELS, DT, STEPS, np.random.default_rng()),
            "latest = 50 ms is too long",
        ),
        (
            lambda: tasks.Rate().encode(PIXELS - 0.5, DT, STEPS, np.random.default_rng()),
            "images: pixel 0 of image 0 is -0.5",
        ),
        (
            lambda: tasks.Rate().encode(PIXELS[0], DT, STEPS, np.random.default_rng()),
            r"images has shape \(7,\); the encoding 'rate' needs \(n, n_inputs\).",
        ),
        (
            lambda: tasks.Raster().encode(np.zeros((2, 9, 7)), DT, STEPS, np.random.default_rng()),
            r"needs \(n, 50, n_inputs\)",
        ),
        (
            lambda: encodings.from_dict({"name": "rat"}),
            "encoding 'rat' is not known; there are rate, normalized, latency, raster; did you mean 'rate'?",
        ),
        (
            lambda: encodings.from_dict({"name": "rate", "rate": 3}),
            "parameter of the encoding rate 'rate' is not known; there are max_rate",
        ),
    ],
)
def test_mistakes_are_refused(mistake, message):
    with pytest.raises(TaskError, match=message) as error:
        mistake()
    assert "\n" not in str(error.value)


def test_the_fastest_rate_and_the_latest_spike_that_fit_are_taken():
    tasks.Rate("1 kHz").check("1 ms")
    tasks.Latency("150 ms").check("1 ms", "150 ms")
