import os
import warnings
from pathlib import Path

import numpy as np
import pytest

import tasks
from tasks import DataError, TaskError

GREY = np.linspace(0, 1, 6 * 4).reshape(6, 2, 2)
LABELS = [0, 1, 2, 0, 1, 2]


def arrays(**changes):
    given = {
        "train_images": GREY,
        "train_labels": LABELS,
        "test_images": GREY[:3],
        "test_labels": LABELS[:3],
        "image_shape": (2, 2),
    }
    return tasks.from_arrays("mine", **given | changes)


def spoilt(value, images=GREY):
    images = images.copy()
    images[4, 1, 0] = value
    return images


def test_own_arrays():
    data = arrays()
    assert (data.name, data.image_shape, data.n_classes) == ("mine", (2, 2), 3)
    images = data.images("train", np.array([5, 0]))
    assert images.dtype == np.float64
    np.testing.assert_array_equal(images, GREY.reshape(6, 4)[[5, 0]])
    assert str(data) == "mine: 6 training and 3 test images of 2 x 2, 3 classes"


def test_the_shape_of_images_need_not_be_said_again():
    assert arrays(image_shape=None).digest == arrays().digest


def test_bytes_are_handed_out_from_zero_to_one():
    data = arrays(train_images=np.array(6 * [[0, 51, 102, 255]], dtype=np.uint8))
    assert data.train_images.dtype == np.uint8
    np.testing.assert_array_equal(data.images("train", np.array([2])), [[0, 51 / 255, 102 / 255, 1]])


def test_a_data_set_does_not_change_with_the_arrays_it_was_made_of():
    mine = GREY.copy()
    data = arrays(train_images=mine)
    mine[:] = 0
    assert data.train_images[5, 3] == 1
    with pytest.raises(ValueError, match="read-only"):
        data.train_images[0] = 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"train_images": spoilt(np.nan)},
            "train_images: pixel 2 of image 4 is nan; pixels must be numbers from 0 to 1.",
        ),
        ({"train_images": spoilt(-0.5)}, "train_images: pixel 2 of image 4 is -0.5; "),
        ({"train_images": spoilt(1.5)}, "train_images: pixel 2 of image 4 is 1.5; "),
        ({"train_images": spoilt(255.0)}, "0 to 1; divide images from 0 to 255 by 255, or give them as uint8.$"),
        ({"train_images": spoilt(256.0)}, "pixels must be numbers from 0 to 1.$"),
        (
            {"train_images": GREY.reshape(6, 4), "image_shape": None},
            r"has shape \(6, 4\); give images of shape \(n, height, width\), or say image_shape=\(height, width\).",
        ),
        ({"test_images": spoilt(np.inf)[:5]}, "test_images: pixel 2 of image 4 is inf; "),
        (
            {"train_images": GREY.reshape(6, 4)[:, :3]},
            r"train_images has shape \(6, 3\); for images of 2 x 2 it must be ",
        ),
        ({"train_images": GREY.reshape(6, 1, 4)}, r"\(n, 4\) or \(n, 2, 2\)."),
        ({"train_images": np.zeros(6)}, r"train_images has shape \(6,\);"),
        ({"train_images": np.zeros((6, 4), dtype=int)}, "train_images has type int64; give uint8"),
        ({"test_images": np.zeros((0, 4))}, "test_images holds no image"),
        ({"train_labels": LABELS[:5]}, "train_labels has 5 labels for 6 images; there must be one for each."),
        ({"train_labels": [0, 1, 2, 0, -1, 2]}, "train_labels: label 4 is -1; labels must be 0, 1, 2"),
        (
            {"train_labels": [0, 1, 3, 0, 1, 3]},
            "train_labels reach 3 but lack 2; number classes without gaps.",
        ),
        ({"train_labels": [0.0, 1, 2, 0, 1, 2]}, "train_labels must be whole numbers of shape"),
        (
            {"test_labels": [0, 1, 3]},
            "test_labels: label 2 is 3; labels must be from 0 to 2, the classes trained on.",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(DataError, match=message) as error:
        arrays(**changes)
    assert "\n" not in str(error.value)


def test_digits():
    digits = tasks.load("digits")
    assert digits is tasks.load("digits")
    assert (digits.image_shape, digits.n_classes) == ((8, 8), 10)
    assert len(digits.train_labels) + len(digits.test_labels) == 1797
    shares = np.bincount(digits.test_labels) / (np.bincount(digits.train_labels) + np.bincount(digits.test_labels))
    assert np.all(np.abs(shares - 0.2) < 0.006)
    grey = np.unique(digits.train_images)
    np.testing.assert_array_equal(grey, np.arange(17) / 16)


def test_digits_are_those_of_scikit_learn_each_once():
    from sklearn.datasets import load_digits

    images = load_digits().data
    digits = tasks.load("digits")
    ours = np.concatenate([digits.train_images, digits.test_images]) * 16
    np.testing.assert_array_equal(ours[np.lexsort(ours.T)], images[np.lexsort(images.T)])


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(
        TaskError,
        match="data set 'minst' is not known; there are digits, mnist, fashion-mnist, spoken-digits; did you mean 'mnist'?",
    ):
        tasks.load("minst")


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_published_files(name):
    if not Path(os.environ.get("TACOS_DATA", "nowhere"), name).is_dir():
        pytest.skip("TACOS_DATA is not set or holds no such folder")
    data = tasks.load(name)
    assert data.train_images.shape == (60000, 784)
    assert data.test_images.shape == (10000, 784)
    assert data.images("test", np.arange(9)).max() == 1
    if name == "mnist":
        np.testing.assert_array_equal(data.train_labels[:10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    else:
        np.testing.assert_array_equal(np.bincount(data.train_labels), [6000] * 10)


def test_bytes_that_were_scaled_already_are_remarked():
    images = np.eye(4, dtype=np.uint8).reshape(4, 4)
    with pytest.warns(
        UserWarning, match="train_images are uint8 from 0 to 255, and none is above 1, .* give floats from 0"
    ):
        tasks.from_arrays("mine", images, [0, 1, 0, 1], images * 255, [0, 1, 0, 1], (2, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tasks.from_arrays("mine", images * 2, [0, 1, 0, 1], images * 0, [0, 1, 0, 1], (2, 2))
