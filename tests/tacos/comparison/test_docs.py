"""The page on comparing: its Python runs as it stands there."""

import re
from pathlib import Path

import pytest

from tacos.baselines import METHODS, method_class

PAGE = (Path(__file__).parents[3] / "docs" / "compare.md").read_text()


def blocks():
    """Indented blocks that are Python: those that start with an import."""
    found = re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", PAGE, re.MULTILINE)
    plain = [re.sub(r"^ {4}", "", text, flags=re.MULTILINE).strip() for text in found]
    return [text for text in plain if text.startswith(("import ", "from "))]


@pytest.mark.slow
@pytest.mark.compiled
def test_the_code_of_the_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "page"}
    assert len(blocks()) == 3
    for text in blocks():
        exec(compile(text, "docs/compare.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "(2, 5, 5)" in printed and "The flagship is" in printed
    assert len(names["progress"].accuracy[-1]) == 5
    assert (tmp_path / "runs/compare-digits/comparison.png").exists()


def test_the_table_says_what_the_methods_declare():
    rows = {line.split("`")[1]: line.split("|") for line in PAGE.splitlines() if line.startswith("| `")}
    assert set(rows) == set(METHODS)
    for name, (_, _, boundaries, stores, tried, _, _) in rows.items():
        method = method_class(name)
        assert boundaries.strip() == ("yes" if method.boundaries_in_training else "no")
        assert stores.strip().startswith("no") != method.stores_data
        assert ("strength" in tried) == bool(method.grid)
