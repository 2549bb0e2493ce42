import gzip
import hashlib

import pytest

from tasks import DataError
from tasks.download import RemoteFile, obtain

CONTENT = bytes(range(256)) * 40
FILE = RemoteFile("some-data", "images", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
MIRRORS = ("https://one.org/data/", "https://two.org/data/")


@pytest.fixture(autouse=True)
def no_folder(monkeypatch):
    monkeypatch.delenv("TACOS_DATA", raising=False)


class Mirrors:
    """Answers by mirror: bytes to deliver, or an exception."""

    def __init__(self, one, two):
        self.answers, self.asked = {"one": one, "two": two}, []

    def __call__(self, url, path):
        self.asked.append(url)
        answer = self.answers["one" if "//one" in url else "two"]
        if isinstance(answer, Exception):
            raise answer
        path.write_bytes(answer)


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_second_mirror_is_asked_when_the_first_is_down(tmp_path):
    fetch = Mirrors(ConnectionError("down"), gzip.compress(CONTENT, mtime=0))
    assert obtain(FILE, MIRRORS, fetch, tmp_path) == CONTENT
    assert fetch.asked == ["https://one.org/data/images.gz", "https://two.org/data/images.gz"]
    assert files(tmp_path) == ["some-data/images.gz"]


def test_the_second_mirror_is_asked_when_the_first_gives_a_wrong_file(tmp_path):
    fetch = Mirrors(gzip.compress(CONTENT[::-1], mtime=0), gzip.compress(CONTENT))
    assert obtain(FILE, MIRRORS, fetch, tmp_path) == CONTENT
    assert gzip.decompress((tmp_path / "some-data/images.gz").read_bytes()) == CONTENT


def test_what_was_downloaded_is_not_fetched_again(tmp_path):
    obtain(FILE, MIRRORS, Mirrors(gzip.compress(CONTENT, mtime=0), b""), tmp_path)
    nobody = Mirrors(ConnectionError(), ConnectionError())
    assert obtain(FILE, MIRRORS, nobody, tmp_path) == CONTENT
    assert nobody.asked == []


@pytest.mark.parametrize(
    "wrong",
    [
        b"<html>moved</html>",
        gzip.compress(CONTENT, mtime=0)[:-20],
        gzip.compress(CONTENT[:-1], mtime=0),
        gzip.compress(b"other", mtime=0),
    ],
)
def test_a_wrong_file_is_never_cached(tmp_path, wrong):
    with pytest.raises(DataError) as error:
        obtain(FILE, MIRRORS, Mirrors(wrong, ConnectionError("down")), tmp_path)
    assert files(tmp_path) == []
    assert FILE.sha256 in str(error.value)
    assert "https://one.org/data/images.gz is " in str(error.value)


def test_without_a_network_the_message_names_the_folder_to_set(tmp_path):
    with pytest.raises(
        DataError,
        match=r"^some-data/images.gz was not found: set TACOS_DATA \(now not set\) to the folder",
    ) as error:
        obtain(FILE, MIRRORS, Mirrors(ConnectionError("no network"), OSError("no network")), tmp_path)
    assert "\n" not in str(error.value)
    assert "https://two.org/data/images.gz: no network" in str(error.value)


@pytest.mark.parametrize(("name", "stored"), [("images.gz", gzip.compress(CONTENT, mtime=0)), ("images", CONTENT)])
def test_the_users_own_folder_comes_first(tmp_path, monkeypatch, name, stored):
    (tmp_path / "own/some-data").mkdir(parents=True)
    (tmp_path / "own/some-data" / name).write_bytes(stored)
    monkeypatch.setenv("TACOS_DATA", str(tmp_path / "own"))
    nobody = Mirrors(ConnectionError(), ConnectionError())
    assert obtain(FILE, MIRRORS, nobody, tmp_path / "cache") == CONTENT
    assert nobody.asked == []


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (
            gzip.compress(CONTENT, mtime=0)[:-20],
            "images.gz is truncated: expected sha256 {expected} .* without its end",
        ),
        (
            gzip.compress(CONTENT[:-1], mtime=0),
            "images.gz is truncated: expected sha256 {expected} .*, found {short} of 10239.",
        ),
        (
            gzip.compress(CONTENT + b"x", mtime=0),
            "images.gz is altered: expected sha256 {expected} .*, found [0-9a-f]+ of 10241.",
        ),
        (b"no gzip", "images.gz is altered: expected sha256 {expected} .* found no valid gzip stream."),
    ],
)
def test_an_altered_or_truncated_file_is_refused_with_both_checksums(tmp_path, monkeypatch, stored, message):
    (tmp_path / "some-data").mkdir()
    (tmp_path / "some-data/images.gz").write_bytes(stored)
    monkeypatch.setenv("TACOS_DATA", str(tmp_path))
    short = hashlib.sha256(CONTENT[:-1]).hexdigest()
    with pytest.raises(DataError, match=message.format(expected=FILE.sha256, short=short)) as error:
        obtain(FILE, MIRRORS, Mirrors(gzip.compress(CONTENT, mtime=0), b""), tmp_path / "cache")
    assert str(tmp_path) in str(error.value)
