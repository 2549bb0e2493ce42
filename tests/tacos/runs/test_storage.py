"""Files that are whole or not there at all."""

import errno
import os

import numpy as np
import pytest

from tacos.errors import RunError
from tacos.runs.storage import read_arrays, write_arrays, write_atomically, write_json, write_text


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_arrays_come_back_as_they_were(tmp_path):
    arrays = {"state/a-b.w": np.linspace(0, 1, 7), "n": np.arange(3, dtype=np.int32), "text": np.array("{}")}
    write_arrays(tmp_path / "deep" / "er" / "file.npz", arrays)
    found = read_arrays(tmp_path / "deep" / "er" / "file.npz")
    assert found.keys() == arrays.keys()
    for key, values in arrays.items():
        np.testing.assert_array_equal(found[key], values)
        assert found[key].dtype == values.dtype


def test_text_and_json(tmp_path):
    write_text(tmp_path / "a.txt", "µ")
    write_json(tmp_path / "a.json", {"state": "done"})
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "µ"
    assert (tmp_path / "a.json").read_text() == '{\n "state": "done"\n}\n'
    assert files(tmp_path) == ["a.json", "a.txt"]


def test_a_failing_write_leaves_what_was_there(tmp_path):
    path = tmp_path / "file"
    write_text(path, "old")

    def half(file):
        file.write(b"ne")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(RunError, match=f"^Cannot read or write '{path}': No space left on device; free some space.$"):
        write_atomically(path, half)
    assert path.read_text() == "old"
    assert files(tmp_path) == ["file"]


def test_a_disk_that_fills_at_the_last_moment(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_text(path, "old")

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match="free some space"):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert files(tmp_path) == ["file"]


def test_another_error_leaves_what_was_there_too(tmp_path):
    def interrupted(file):
        file.write(b"ne")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file", interrupted)
    assert files(tmp_path) == []


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="below.*; choose another place.$"):
        write_text(tmp_path / "file" / "below", "")


@pytest.mark.parametrize("cut", [0, 10, 300, -1])
def test_a_damaged_file_is_said_to_be(tmp_path, cut):
    path = tmp_path / "checkpoint.npz"
    write_arrays(path, {"w": np.arange(100.0)})
    content = path.read_bytes()
    path.write_bytes(content[:cut] if cut >= 0 else content[:200] + b"\0" * 50 + content[250:])
    with pytest.raises(RunError, match=f"^'{path}' is damaged; delete it to start this replica anew.$"):
        read_arrays(path)
