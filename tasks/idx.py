"""The idx format in which MNIST and Fashion-MNIST are published: a header of sizes, then raw bytes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.errors import DataError

_UNSIGNED_BYTE = 8


def parse(data: bytes, where: str) -> NDArray[np.uint8]:
    """Read an idx array of unsigned bytes.

    Parameters
    ----------
    data : bytes
        The decompressed file: two zero bytes, a type code, the number of axes, a big-endian 32-bit size for
        each axis, then the values.
    where : str
        What to call the file in an error message.

    Returns
    -------
    ndarray of uint8, of the shape that the header gives, read-only

    Raises
    ------
    DataError
        If this is not an idx file of unsigned bytes, or holds more or fewer values than its header says.
    """
    if len(data) < 4 or data[:3] != bytes([0, 0, _UNSIGNED_BYTE]):
        raise DataError(f"{where} is not an idx file of unsigned bytes: it must begin with the bytes 0, 0, 8.")
    start = 4 + 4 * data[3]
    if len(data) < start:
        raise DataError(f"{where} is truncated: its header needs {start} bytes, found {len(data)}.")
    shape = tuple(int(size) for size in np.frombuffer(data, ">u4", count=data[3], offset=4))
    values = np.frombuffer(data, np.uint8, offset=start)
    if values.size != np.prod(shape, dtype=int):
        expected = start + int(np.prod(shape, dtype=int))
        raise DataError(f"{where} must have {expected} bytes for its shape {shape}, found {len(data)}.")
    return values.reshape(shape)
