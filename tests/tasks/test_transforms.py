"""Edges: what they respond to, and that every image is seen by itself."""

import numpy as np
import pytest

import tasks
from tasks import TaskError
from tasks.transforms import edges


def quadrants(image):
    found = edges(image[None])[0]
    half = found.shape[0] // 2
    return [found[:half, :half], found[:half, half:], found[half:, :half], found[half:, half:]]


def test_each_quadrant_responds_to_its_direction():
    bright_right, bright_below = np.zeros((12, 12)), np.zeros((12, 12))
    bright_right[:, 6:] = 1
    bright_below[6:] = 1
    middle = slice(2, 4)  # beyond the image all is dark
    right, down, left, up = (q[middle, 1:4].max() for q in quadrants(bright_right))
    assert right > 0.9 and max(down, left, up) < 0.1
    right, down, left, up = (q[1:4, middle].max() for q in quadrants(bright_below))
    assert down > 0.9 and max(right, left, up) < 0.1


def test_edges_of_the_mirrored_image_are_mirrored():
    image = np.random.default_rng(1).random((9, 9))  # odd: every other pixel is the same from both sides
    right, down, left, up = quadrants(image)
    mirrored_right, mirrored_down, mirrored_left, mirrored_up = quadrants(image[:, ::-1])
    np.testing.assert_allclose(mirrored_left, right[:, ::-1], atol=1e-12)
    np.testing.assert_allclose(mirrored_right, left[:, ::-1], atol=1e-12)
    np.testing.assert_allclose(mirrored_down, down[:, ::-1], atol=1e-12)
    np.testing.assert_allclose(mirrored_up, up[:, ::-1], atol=1e-12)


def test_values_are_those_of_pixels():
    images = np.random.default_rng(1).random((5, 8, 8))
    images[2] = 0
    found = edges(images)
    assert found.shape == (5, 8, 8) and found.min() == 0
    np.testing.assert_array_equal(found.max((1, 2)), [1, 1, 0, 1, 1])
    assert not ((found > 0) & (found < 0.05)).any()
    np.testing.assert_array_equal(np.concatenate([edges(image[None]) for image in images]), found)


def test_a_stream_shows_what_its_transform_makes_of_the_images():
    plain = tasks.split("digits", samples=20)
    stream = plain.with_options(transform="edges")
    shown, images = stream.presentations(0, 0, 20), plain.presentations(0, 0, 20)
    np.testing.assert_array_equal(shown.targets, images.targets)
    np.testing.assert_array_equal(shown.images.reshape(20, 8, 8), edges(images.images.reshape(20, 8, 8)))
    assert stream.n_inputs == 64 and stream.image_shape == (8, 8) and "edges of the images" in repr(stream)
    assert tasks.from_dict(stream.to_dict()) == stream
    with pytest.raises(TaskError, match="transform"):
        tasks.split("digits", transform="contours")
