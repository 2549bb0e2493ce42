"""Counter-based random numbers."""

import numpy as np
import pytest
from scipy import stats

from tacos.networks import random_numbers

KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize("counter, key, expected", KNOWN)
def test_known_answers(counter, key, expected):
    """The known-answer tests of the Random123 library."""
    assert tuple(int(word) for word in random_numbers.philox(counter, key)) == expected


def test_philox_of_arrays():
    index = np.arange(5)
    words = random_numbers.philox((index, 3, 2, 1), (7, 8))
    for k in index:
        assert [int(w[k]) for w in words] == [int(w) for w in random_numbers.philox((k, 3, 2, 1), (7, 8))]


def test_uniform():
    values = random_numbers.uniform(1, 0, 5, 3, np.arange(200_000), 77)
    assert values.min() >= 0 and values.max() < 1
    assert stats.kstest(values, "uniform").pvalue > 1e-3
    np.testing.assert_array_equal(values, values.astype(np.float32))


def test_normal():
    values = random_numbers.normal(1, 0, 5, 3, np.arange(200_000), 77)
    assert np.isfinite(values).all()
    assert stats.kstest(values, "norm").pvalue > 1e-3


def test_every_coordinate_matters():
    """Neighbours in any direction are independent of each other."""
    index = np.arange(20_000)
    base = dict(seed=1, phase=0, presentation=5, step=3, index=index, site=77)
    draw = random_numbers.uniform(**base)
    for name in ("seed", "phase", "presentation", "step", "site"):
        other = random_numbers.uniform(**{**base, name: base[name] + 1})
        assert abs(np.corrcoef(draw, other)[0, 1]) < 0.03, name
    assert abs(np.corrcoef(draw[1:], draw[:-1])[0, 1]) < 0.03
    assert abs(np.corrcoef(draw, random_numbers.normal(**base))[0, 1]) < 1  # of the same words, but not the same number
