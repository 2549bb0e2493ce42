import struct

import numpy as np
import pytest

from tasks import DataError, idx


def packed(shape, values):
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape) + bytes(values)


def test_values_and_shape():
    array = idx.parse(packed((2, 1, 3), [0, 1, 2, 3, 4, 255]), "file")
    np.testing.assert_array_equal(array, [[[0, 1, 2]], [[3, 4, 255]]])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"\x1f\x8b\x08\x00",
            "file is not an idx file of unsigned bytes: it must begin with the bytes 0, 0, 8.",
        ),
        (b"", "file is not an idx file"),
        (packed((2, 3), range(6))[:9], "file is truncated: its header needs 12 bytes, found 9."),
        (packed((2, 3), range(5)), r"file must have 18 bytes for its shape \(2, 3\), found 17."),
        (packed((2, 3), range(7)), r"file must have 18 bytes for its shape \(2, 3\), found 19."),
    ],
)
def test_what_is_not_idx_is_refused(data, message):
    with pytest.raises(DataError, match=message):
        idx.parse(data, "file")
