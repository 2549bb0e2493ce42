"""The pages of the documentation that are read in order: their code runs, and gives what they say."""

import re

import pytest

from tests.tacos.docs_support import quoted, run_page


def form(text):
    """The lines of a text without its numbers, which differ from one processor to another in their last bits."""
    return [re.sub(r" *-?\d+(\.\d+)?", " #", line).strip() for line in text.splitlines()]


@pytest.mark.slow
@pytest.mark.compiled
def test_start(tmp_path, capfd, monkeypatch):
    names, printed = run_page("start", tmp_path, capfd, monkeypatch)
    (table,) = quoted("start")
    assert form(table) == form(printed)[: len(form(table))]


@pytest.mark.slow
@pytest.mark.compiled
def test_networks(tmp_path, capfd, monkeypatch):
    names, printed = run_page("networks", tmp_path, capfd, monkeypatch)
    assert names["result"].summary()["average_accuracy"]["mean"] > 0.65
    assert (tmp_path / "runs/cortical/voltage.png").exists()
